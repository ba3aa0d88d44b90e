//! Enrolment as transactions: a code makes a box the box of an office, and makes peace after a fork.
//!
//! ```text
//!   box                                        booking server
//!   ask ── Question, sealed by the box's key ─► open_enrol ─ (the code) ─ enrol ─┐
//!   enrolled ◄──────── EnrolAnswer, sealed by the server's key ──────────────────┘
//! ```
//!
//! What must always hold: a box that is enrolled already asks with a new key and a new life, which
//! it uses only once it was let in; whoever had its place is refused from then on; all lives of the
//! office stay.

use names::{Incarnation, OfficeId, Side};
use protocol::agree;
use protocol::exchange::{EnrolAnswer, EnrolReply, EnrolRequest, Nonce, Refusal, Sealed, seal, unpack, verify_body};
use protocol::seats::Restored;
use rusqlite::Transaction;

use crate::exchange::read;
use crate::log::{SqlLog, last_written};
use crate::{ExchangeError, StoreError, cursor, journal, keys, kv, peer, random, standing};

/// What a box asks with, and how it is sealed.
#[derive(Debug)]
pub struct Question {
    /// The question itself.
    pub request: EnrolRequest,
    /// Signed with the key that it tells.
    pub sealed: Sealed,
}

/// What a box asks with. Asked again before it was answered, it is the same key and life.
///
/// # Errors
/// When the database fails.
pub fn ask(tx: &Transaction<'_>, office: &OfficeId, code: &str) -> Result<Question, ExchangeError> {
    let again = peer::find(tx, office)?.is_some();
    let signer = if again { keys::next_signer(tx, office)? } else { keys::signer(tx, office)? };
    let incarnation = if again { next_life(tx, office)? } else { cursor::identity(tx, office, Side::Box)? };
    let request = EnrolRequest {
        code: code.to_owned(),
        office: office.clone(),
        public_key: signer.public(),
        incarnation,
        nonce: Nonce(random::bytes()?),
    };
    let sealed = seal(&signer, request.nonce, &request)?;
    Ok(Question { request, sealed })
}

/// Whether a code that stands in the settings could be a new one: the one that let this box in is
/// used up.
///
/// # Errors
/// When the database fails.
pub fn wants_code(tx: &Transaction<'_>, office: &OfficeId, code: &str) -> Result<bool, StoreError> {
    Ok(kv::get(tx, &used(office))?.is_none_or(|used| used != code.as_bytes()))
}

/// The booking server reads what a box asks with. That it has the key it tells is proven; whether
/// its code is good is for the caller to say.
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::TooLarge`], [`Refusal::BadSignature`].
pub fn open_enrol(sealed: &Sealed) -> Result<EnrolRequest, Refusal> {
    let request: EnrolRequest = read(&sealed.body)?;
    verify_body(&request.public_key, sealed.nonce, &sealed.body, &sealed.signature)?;
    if request.nonce == sealed.nonce { Ok(request) } else { Err(Refusal::Malformed) }
}

/// The booking server takes a box in; the caller has checked the one-time code and marks it used
/// in the same transaction. The same box asking again gets the same answer; another one takes the
/// place of the one before.
///
/// # Errors
/// [`Refusal::UnknownOffice`] for an office that was never opened here;
/// [`Refusal::UnknownIncarnation`] for a life that was given up before; or when the database fails.
pub fn enrol(tx: &Transaction<'_>, request: &EnrolRequest) -> Result<EnrolReply, ExchangeError> {
    let office = &request.office;
    cursor::cursor(tx, office, Side::Booking)?.ok_or(Refusal::UnknownOffice)?;
    let known = peer::find(tx, office)?.filter(|peer| peer.key == request.public_key);
    let nonce = match known {
        Some(peer) => peer.nonce,
        None => {
            let nonce = Nonce(random::bytes()?);
            peer::put(tx, office, Side::Box, &request.public_key, nonce)?;
            nonce
        }
    };
    let rejoin = agree::enrol(&mut SqlLog::of(tx, office, Side::Booking), request.incarnation)?;
    Ok(EnrolReply {
        server_public_key: keys::signer(tx, office)?.public(),
        incarnation: cursor::identity(tx, office, Side::Booking)?,
        nonce,
        rejoin,
        forked: cursor::forked(tx, office)?,
    })
}

/// The box keeps what the server answered to a [`Question`]. The same answer again changes nothing.
///
/// # Errors
/// What the server refused with; [`Refusal::BadSignature`] when the answer is not signed with the
/// key it tells, or is not to this question; or when the database fails.
pub fn enrolled(tx: &Transaction<'_>, question: &EnrolRequest, sealed: &Sealed) -> Result<(), ExchangeError> {
    let reply = match unpack(&sealed.body)? {
        EnrolAnswer::Refused(refusal) => return Err(refusal.into()),
        EnrolAnswer::Enrolled(reply) => reply,
    };
    verify_body(&reply.server_public_key, question.nonce, &sealed.body, &sealed.signature)?;
    let office = &question.office;
    let again = peer::find(tx, office)?.is_some();
    if again && !take_place(tx, question)? {
        return Ok(());
    }
    peer::put(tx, office, Side::Booking, &reply.server_public_key, reply.nonce)?;
    let log = &mut SqlLog::of(tx, office, Side::Box);
    if agree::enrolled(log, reply.incarnation, reply.rejoin, &reply.forked)? {
        // Nothing was lost here: the new life goes on where the one before ended, once both know.
        let backup = last_written(tx, office, Side::Box)?;
        standing::set_restored(tx, office, Restored { backup, witness: backup })?;
    }
    kv::set(tx, &used(office), question.code.as_bytes())?;
    Ok(())
}

/// Begins to use the key and the life that the question was asked with; false if that was done.
fn take_place(tx: &Transaction<'_>, question: &EnrolRequest) -> Result<bool, StoreError> {
    let office = &question.office;
    if keys::signer(tx, office)?.public() == question.public_key {
        return Ok(false);
    }
    keys::use_next(tx, office)?;
    journal::meet(tx, office, Side::Box, question.incarnation, true)?;
    kv::remove(tx, &life(office))?;
    Ok(true)
}

/// The life that an enrolled box asks with: random, the same until it is let in.
fn next_life(tx: &Transaction<'_>, office: &OfficeId) -> Result<Incarnation, StoreError> {
    let stored = kv::get(tx, &life(office))?.map(<[u8; 16]>::try_from);
    if let Some(Ok(bits)) = stored {
        return Ok(Incarnation::from_bits(u128::from_be_bytes(bits)));
    }
    let bits: [u8; 16] = random::bytes()?;
    kv::set(tx, &life(office), &bits)?;
    Ok(Incarnation::from_bits(u128::from_be_bytes(bits)))
}

fn life(office: &OfficeId) -> String {
    format!("enrol.life.{office}")
}

fn used(office: &OfficeId) -> String {
    format!("enrol.used.{office}")
}
