//! The exchange as transactions: what each end does with its store, once for both programs. What is
//! to be decided is decided in [`protocol::agree`]; here are keys, signatures and tables.
//!
//! ```text
//!   box                                   booking server
//!   prepare ─ seal ──────────────────────► open_request ─ answer ─┐ one transaction, with whatever
//!   open_answer ─ absorb ◄───────── seal ─────────────────────────┘ the program makes of the entries
//! ```
//!
//! What must always hold: every function runs inside the caller's transaction and the caller
//! applies the new entries in that same transaction; on `Err` the caller rolls back, and heeds the
//! refusal ([`crate::rejoin::heed`]) in a transaction of its own.

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::agree;
use protocol::entry::Entry;
use protocol::exchange::{Answer, PROTOCOL, Refusal, Reply, Request, Sealed, unpack};
use rusqlite::Transaction;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use crate::enrol::{Question, ask, enrol, enrolled, open_enrol, wants_code};
use crate::log::SqlLog;
use crate::{ExchangeError, journal, peer};

/// The box's next request: everything the server has not acknowledged, up to a batch. Changes
/// nothing, so a request that got lost is simply prepared again.
///
/// # Errors
/// [`Refusal::NotEnrolled`]; [`Refusal::Rejoin`] while the store is not active;
/// [`Refusal::TooLarge`] for a *now* past its limit; or when the database fails.
pub fn prepare(tx: &Transaction<'_>, office: &OfficeId, now: Option<Value>) -> Result<Request, ExchangeError> {
    agree::prepare(&mut SqlLog::of(tx, office, Side::Box), now)
}

/// The booking server reads a request and checks who sent it.
///
/// # Errors
/// [`Refusal::Malformed`], [`Refusal::TooLarge`], [`Refusal::Schema`], [`Refusal::UnknownOffice`],
/// [`Refusal::NotEnrolled`], [`Refusal::Replaced`], [`Refusal::BadSignature`]; or when the database
/// fails.
pub fn open_request(tx: &Transaction<'_>, sealed: &Sealed) -> Result<Request, ExchangeError> {
    let request: Request = read(&sealed.body)?;
    from_box(tx, &request.office, sealed)?;
    if request.nonce == sealed.nonce { Ok(request) } else { Err(Refusal::Malformed.into()) }
}

/// The office that a message is about, whether it can be believed or not.
#[must_use]
pub fn office_of(sealed: &Sealed) -> Option<OfficeId> {
    /// All that every message says.
    #[derive(serde::Deserialize)]
    struct About {
        office: OfficeId,
    }
    unpack::<About>(&sealed.body).ok().map(|about| about.office)
}

/// Reads a message of ours; one of another protocol is told apart from garbage.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    /// All that every protocol begins with.
    #[derive(serde::Deserialize)]
    struct Frame {
        protocol: u16,
    }
    unpack(body).map_err(|refusal| match unpack::<Frame>(body) {
        Ok(Frame { protocol }) if protocol != PROTOCOL => Refusal::Schema { found: protocol },
        Ok(_) | Err(_) => refusal,
    })
}

/// The booking server checks that a message comes from the enrolled box. Whether its nonce is fresh
/// is for the caller to say: the nonce of the exchange is neither asked nor used up. Writes nothing.
///
/// # Errors
/// [`Refusal::UnknownOffice`], [`Refusal::NotEnrolled`], [`Refusal::Replaced`],
/// [`Refusal::BadSignature`]; or when the database fails.
pub fn check_sender(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<(), ExchangeError> {
    journal::cursor(tx, office, Side::Booking)?.ok_or(Refusal::UnknownOffice)?;
    peer::recognise(tx, office, sealed)?;
    Ok(())
}

/// As [`check_sender`], and a key that was only announced so far is the box's key from now on.
pub(crate) fn from_box(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<(), ExchangeError> {
    journal::cursor(tx, office, Side::Booking)?.ok_or(Refusal::UnknownOffice)?;
    peer::verify(tx, office, sealed)?;
    Ok(())
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
    agree::answer(&mut SqlLog::of(tx, &request.office, Side::Booking), request, time, now)
}

/// The box reads an answer and checks who sent it. A refusal that says which nonce is due is
/// remembered, so that the next request is good; commit the transaction then, too.
///
/// # Errors
/// [`Refusal::NotEnrolled`], [`Refusal::BadSignature`] (also for the page of a captive portal),
/// [`Refusal::BadNonce`] for an answer to an older request, [`Refusal::Malformed`],
/// [`Refusal::TooLarge`]; or when the database fails.
pub fn open_answer(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<Answer, ExchangeError> {
    check_answer(tx, office, sealed)?;
    // Nearly always a reply, and often a full one: read as such, not first as either of both.
    let answer = match unpack(&sealed.body) {
        Ok(reply) => Answer::Reply(reply),
        Err(_another) => unpack(&sealed.body)?,
    };
    if let Answer::Refused(refusal) = &answer {
        remember(tx, office, refusal)?;
    }
    Ok(answer)
}

/// Who sent it is checked before a byte of it is read.
pub(crate) fn open<T: DeserializeOwned>(
    tx: &Transaction<'_>,
    office: &OfficeId,
    sealed: &Sealed,
) -> Result<T, ExchangeError> {
    check_answer(tx, office, sealed)?;
    Ok(unpack(&sealed.body)?)
}

fn check_answer(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<(), ExchangeError> {
    let peer = peer::verify(tx, office, sealed)?;
    if sealed.nonce == peer.nonce { Ok(()) } else { Err(Refusal::BadNonce { due: None }.into()) }
}

pub(crate) fn remember(tx: &Transaction<'_>, office: &OfficeId, refusal: &Refusal) -> Result<(), ExchangeError> {
    if let Refusal::BadNonce { due: Some(due) } = refusal {
        peer::set_nonce(tx, office, *due)?;
    }
    Ok(())
}

/// The box applies a reply that [`open_answer`] let in: gives back the new entries, for the
/// caller to apply in this transaction.
///
/// # Errors
/// [`Refusal::BadNonce`] for a reply to an older request, and every refusal of
/// [`agree::absorb`]; or when the database fails.
pub fn absorb(tx: &Transaction<'_>, reply: &Reply) -> Result<Vec<Entry>, ExchangeError> {
    agree::absorb(&mut SqlLog::of(tx, &reply.office, Side::Box), reply)
}
