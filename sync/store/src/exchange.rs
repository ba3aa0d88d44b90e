//! The exchange as transactions: what each end does with its store, once for both programs.
//!
//! ```text
//!   box                                   booking server
//!   prepare ─ seal ──────────────────────► open_request ─ answer ─┐ one transaction, with whatever
//!   open_answer ─ absorb ◄───────── seal ─────────────────────────┘ the program makes of the entries
//! ```
//!
//! What must always hold: every function runs inside the caller's transaction and the caller
//! applies the new entries in that same transaction; on `Err` the caller rolls back.

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::entry::Entry;
use protocol::exchange::{
    Answer, Cursor, EnrolReply, EnrolRequest, MAX_NOW_BYTES, Nonce, PROTOCOL, Refusal, Reply, Request, Sealed, unpack,
    verify_body,
};
use rusqlite::Transaction;
use serde_json::Value;

use crate::journal::{self, Limits, cursor, hash_at, identity, set_acked};
use crate::peer::{self, Peer};
use crate::{ExchangeError, StoreError, keys, random};

/// What an empty box asks with.
///
/// # Errors
/// When the database fails.
pub fn ask(tx: &Transaction<'_>, office: &OfficeId, code: &str) -> Result<EnrolRequest, StoreError> {
    Ok(EnrolRequest {
        code: code.to_owned(),
        office: office.clone(),
        public_key: keys::node_signer(tx)?.public(),
        incarnation: identity(tx, office, Side::Box)?,
    })
}

/// The booking server takes a box in; the caller has checked the one-time code and marks it used
/// in the same transaction. The same box asking again gets the same answer.
///
/// # Errors
/// [`Refusal::UnknownOffice`] for an office that was never opened here;
/// [`Refusal::AlreadyEnrolled`] when another box serves it; or when the database fails.
pub fn enrol(tx: &Transaction<'_>, request: &EnrolRequest) -> Result<EnrolReply, ExchangeError> {
    let own = cursor(tx, &request.office, Side::Booking)?.ok_or(Refusal::UnknownOffice)?;
    let nonce = match peer::find(tx, &request.office)? {
        None => {
            let nonce = Nonce(random::bytes()?);
            peer::add(tx, &request.office, Side::Box, &request.public_key, request.incarnation, nonce)?;
            nonce
        }
        Some(known) => {
            let theirs = cursor(tx, &request.office, Side::Box)?.map(|c| c.incarnation);
            if known.key != request.public_key || theirs != Some(request.incarnation) {
                return Err(Refusal::AlreadyEnrolled.into());
            }
            known.nonce
        }
    };
    let server_public_key = keys::node_signer(tx)?.public();
    Ok(EnrolReply { server_public_key, incarnation: own.incarnation, nonce })
}

/// The box keeps what the server answered. The same answer again changes nothing.
///
/// # Errors
/// [`Refusal::AlreadyEnrolled`] when it belongs to another server already; or when the database
/// fails.
pub fn enrolled(tx: &Transaction<'_>, office: &OfficeId, reply: &EnrolReply) -> Result<(), ExchangeError> {
    identity(tx, office, Side::Box)?;
    match peer::find(tx, office)? {
        None => {
            peer::add(tx, office, Side::Booking, &reply.server_public_key, reply.incarnation, reply.nonce)?;
            Ok(())
        }
        Some(known) if known.key == reply.server_public_key => Ok(()),
        Some(_other_server) => Err(Refusal::AlreadyEnrolled.into()),
    }
}

/// The box's next request: everything the server has not acknowledged, up to a batch. Changes
/// nothing, so a request that got lost is simply prepared again.
///
/// # Errors
/// [`Refusal::NotEnrolled`]; [`Refusal::TooLarge`] for a *now* past its limit; or when the
/// database fails.
pub fn prepare(tx: &Transaction<'_>, office: &OfficeId, now: Option<Value>) -> Result<Request, ExchangeError> {
    let peer = peer::find(tx, office)?.ok_or(Refusal::NotEnrolled)?;
    fits(now.as_ref())?;
    let (entries, more) = outgoing(tx, office, Side::Box, peer.acked)?;
    Ok(Request {
        protocol: PROTOCOL,
        office: office.clone(),
        incarnation: identity(tx, office, Side::Box)?,
        nonce: peer.nonce,
        ack: cursor(tx, office, Side::Booking)?.ok_or(Refusal::NotEnrolled)?,
        entries,
        more,
        now,
    })
}

/// The booking server reads a request and checks who sent it.
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::TooLarge`], [`Refusal::UnknownOffice`],
/// [`Refusal::NotEnrolled`], [`Refusal::BadSignature`]; or when the database fails.
pub fn open_request(tx: &Transaction<'_>, sealed: &Sealed) -> Result<Request, ExchangeError> {
    let request: Request = unpack(&sealed.body)?;
    cursor(tx, &request.office, Side::Booking)?.ok_or(Refusal::UnknownOffice)?;
    let peer = peer::find(tx, &request.office)?.ok_or(Refusal::NotEnrolled)?;
    verify_body(&peer.key, sealed.nonce, &sealed.body, &sealed.signature)?;
    if request.nonce == sealed.nonce { Ok(request) } else { Err(Refusal::Malformed.into()) }
}

/// The booking server checks that a request without entries, such as the one for the poke, comes
/// from the enrolled box. Whether its nonce is fresh is for the caller to say: the nonce of the
/// exchange is neither asked nor used up.
///
/// # Errors
/// [`Refusal::UnknownOffice`], [`Refusal::NotEnrolled`], [`Refusal::BadSignature`]; or when the
/// database fails.
pub fn check_sender(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<(), ExchangeError> {
    cursor(tx, office, Side::Booking)?.ok_or(Refusal::UnknownOffice)?;
    let peer = peer::find(tx, office)?.ok_or(Refusal::NotEnrolled)?;
    Ok(verify_body(&peer.key, sealed.nonce, &sealed.body, &sealed.signature)?)
}

/// The booking server applies a request that [`open_request`] let in: gives back the new entries,
/// for the caller to apply in this transaction, and the reply.
///
/// # Errors
/// Every [`Refusal`] but those of [`open_request`]; or when the database fails.
pub fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    time: Timestamp,
    now: Option<Value>,
) -> Result<(Vec<Entry>, Reply), ExchangeError> {
    let office = &request.office;
    let peer = peer::find(tx, office)?.ok_or(Refusal::NotEnrolled)?;
    if request.nonce != peer.nonce {
        return Err(Refusal::BadNonce { due: Some(peer.nonce) }.into());
    }
    fits(request.now.as_ref())?;
    fits(now.as_ref())?;
    let heard = Heard {
        protocol: request.protocol,
        office,
        from: Side::Box,
        incarnation: request.incarnation,
        ack: request.ack,
        entries: &request.entries,
    };
    let new = take_in(tx, &peer, &heard)?;
    let next_nonce = Nonce(random::bytes()?);
    peer::set_nonce(tx, office, next_nonce)?;
    let (entries, more) = outgoing(tx, office, Side::Booking, request.ack.number)?;
    let reply = Reply {
        protocol: PROTOCOL,
        office: office.clone(),
        incarnation: identity(tx, office, Side::Booking)?,
        nonce: request.nonce,
        next_nonce,
        time,
        ack: cursor(tx, office, Side::Box)?.ok_or(Refusal::NotEnrolled)?,
        entries,
        more,
        now,
    };
    Ok((new, reply))
}

/// The box reads an answer and checks who sent it. A refusal that says which nonce is due is
/// remembered, so that the next request is good; commit the transaction then, too.
///
/// # Errors
/// [`Refusal::NotEnrolled`], [`Refusal::BadSignature`] (also for the page of a captive portal),
/// [`Refusal::BadNonce`] for an answer to an older request, [`Refusal::Malformed`],
/// [`Refusal::TooLarge`]; or when the database fails.
pub fn open_answer(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<Answer, ExchangeError> {
    let peer = peer::find(tx, office)?.ok_or(Refusal::NotEnrolled)?;
    verify_body(&peer.key, sealed.nonce, &sealed.body, &sealed.signature)?;
    if sealed.nonce != peer.nonce {
        return Err(Refusal::BadNonce { due: None }.into());
    }
    let answer: Answer = unpack(&sealed.body)?;
    if let Answer::Refused(Refusal::BadNonce { due: Some(due) }) = &answer {
        peer::set_nonce(tx, office, *due)?;
    }
    Ok(answer)
}

/// The box applies a reply that [`open_answer`] let in: gives back the new entries, for the
/// caller to apply in this transaction.
///
/// # Errors
/// [`Refusal::BadNonce`] for a reply to an older request, and every refusal of
/// [`journal::receive`]; or when the database fails.
pub fn absorb(tx: &Transaction<'_>, reply: &Reply) -> Result<Vec<Entry>, ExchangeError> {
    let peer = peer::find(tx, &reply.office)?.ok_or(Refusal::NotEnrolled)?;
    if reply.nonce != peer.nonce {
        return Err(Refusal::BadNonce { due: None }.into());
    }
    fits(reply.now.as_ref())?;
    let heard = Heard {
        protocol: reply.protocol,
        office: &reply.office,
        from: Side::Booking,
        incarnation: reply.incarnation,
        ack: reply.ack,
        entries: &reply.entries,
    };
    let new = take_in(tx, &peer, &heard)?;
    peer::set_nonce(tx, &reply.office, reply.next_nonce)?;
    Ok(new)
}

/// What both directions have in common.
struct Heard<'a> {
    protocol: u16,
    office: &'a OfficeId,
    from: Side,
    incarnation: names::Incarnation,
    ack: Cursor,
    entries: &'a [Entry],
}

/// The order of checks: protocol, the peer's life, what it says about us, then its entries.
fn take_in(tx: &Transaction<'_>, peer: &Peer, heard: &Heard<'_>) -> Result<Vec<Entry>, ExchangeError> {
    if heard.protocol != PROTOCOL {
        return Err(Refusal::Schema { found: heard.protocol }.into());
    }
    let applied = cursor(tx, heard.office, heard.from)?.ok_or(Refusal::NotEnrolled)?;
    if applied.incarnation != heard.incarnation {
        return Err(Refusal::UnknownIncarnation { side: heard.from }.into());
    }
    check_ack(tx, peer, heard)?;
    let new = journal::receive(tx, heard.office, heard.from, heard.entries)?;
    set_acked(tx, heard.office, heard.ack.number)?;
    Ok(new)
}

fn check_ack(tx: &Transaction<'_>, peer: &Peer, heard: &Heard<'_>) -> Result<(), ExchangeError> {
    let (me, ack) = (heard.from.other(), heard.ack);
    let own = cursor(tx, heard.office, me)?.ok_or(Refusal::UnknownOffice)?;
    if ack.incarnation != own.incarnation {
        return Err(Refusal::UnknownIncarnation { side: me }.into());
    }
    if ack.number > own.number {
        return Err(Refusal::PeerWentBack { side: me, has: own.number, had: ack.number }.into());
    }
    if ack.number < peer.acked {
        return Err(Refusal::PeerWentBack { side: heard.from, has: ack.number, had: peer.acked }.into());
    }
    if hash_at(tx, heard.office, me, own, ack.number)? != Some(ack.hash) {
        return Err(Refusal::Fork { number: ack.number }.into());
    }
    Ok(())
}

/// What the peer lacks, and whether more remains after it.
fn outgoing(tx: &Transaction<'_>, office: &OfficeId, me: Side, after: u64) -> Result<(Vec<Entry>, bool), StoreError> {
    let entries = journal::since(tx, office, me, after, Limits::default())?;
    let last = entries.last().map_or(after, |e| e.number);
    let head = cursor(tx, office, me)?.map_or(0, |c| c.number);
    Ok((entries, head > last))
}

fn fits(now: Option<&Value>) -> Result<(), Refusal> {
    let len = now.map_or(0, |value| value.to_string().len());
    if len > MAX_NOW_BYTES { Err(Refusal::TooLarge) } else { Ok(()) }
}
