//! After a restore, as transactions: rounds of telling everything, then the exchange goes on.
//!
//! ```text
//!   box: an exchange was refused ─ heed ─► Next::Rejoin
//!        ┌► prepare ─ seal ─────────────────► open_request ─ answer ─┐  whatever came: own lost
//!        └─ open_answer ─ absorb ◄──── seal ─────────────────────────┘  entries and the peer's
//! ```
//!
//! What must always hold: as in [`crate::exchange`].

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::agree;
pub use protocol::agree::{Found, Next};
use protocol::exchange::{Lives, Refusal, Rejoin, RejoinAnswer, Rejoined, Sealed};
use rusqlite::Transaction;

use crate::exchange::{from_box, open, read, remember};
use crate::log::SqlLog;
use crate::{ExchangeError, StoreError};

/// The box's next round; `heard` is what the last answer said, nothing in the first round.
///
/// # Errors
/// [`Refusal::NotEnrolled`], [`Refusal::Fork`]; or when the database fails.
pub fn prepare(tx: &Transaction<'_>, office: &OfficeId, heard: Option<&Lives>) -> Result<Rejoin, ExchangeError> {
    agree::prepare_rejoin(&mut SqlLog::of(tx, office, Side::Box), heard)
}

/// The booking server reads a round and checks who sent it.
///
/// # Errors
/// As [`crate::exchange::open_request`].
pub fn open_request(tx: &Transaction<'_>, sealed: &Sealed) -> Result<Rejoin, ExchangeError> {
    let rejoin: Rejoin = read(&sealed.body)?;
    from_box(tx, &rejoin.office, sealed)?;
    if rejoin.nonce == sealed.nonce { Ok(rejoin) } else { Err(Refusal::Malformed.into()) }
}

/// The booking server takes in a round that [`open_request`] let in: gives back what was new, for
/// the caller to apply in this transaction, and the answer.
///
/// # Errors
/// Every [`Refusal`] of [`agree::answer_rejoin`]; or when the database fails.
pub fn answer(tx: &Transaction<'_>, rejoin: &Rejoin, time: Timestamp) -> Result<(Found, Rejoined), ExchangeError> {
    agree::answer_rejoin(&mut SqlLog::of(tx, &rejoin.office, Side::Booking), rejoin, time)
}

/// The box reads an answer and checks who sent it; see [`crate::exchange::open_answer`].
///
/// # Errors
/// As [`crate::exchange::open_answer`].
pub fn open_answer(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<RejoinAnswer, ExchangeError> {
    let answer: RejoinAnswer = open(tx, office, sealed)?;
    if let RejoinAnswer::Refused(refusal) = &answer {
        remember(tx, office, refusal)?;
    }
    Ok(answer)
}

/// The box takes in an answer that [`open_answer`] let in: gives back what was new, for the caller
/// to apply in this transaction.
///
/// # Errors
/// Every [`Refusal`] of [`agree::absorb_rejoin`]; or when the database fails.
pub fn absorb(tx: &Transaction<'_>, rejoined: &Rejoined) -> Result<Found, ExchangeError> {
    agree::absorb_rejoin(&mut SqlLog::of(tx, &rejoined.office, Side::Box), rejoined)
}

/// Does what a refusal asks of this store, whether it gave or heard it. Only after the signature
/// of the other end was checked, in a transaction of its own.
///
/// # Errors
/// When the database fails.
pub fn heed(tx: &Transaction<'_>, office: &OfficeId, me: Side, refusal: &Refusal) -> Result<Next, StoreError> {
    match agree::heed(&mut SqlLog::of(tx, office, me), refusal) {
        Ok(next) => Ok(next),
        Err(ExchangeError::Store(error)) => Err(error),
        // No decision about oneself is refused.
        Err(ExchangeError::Refused(_)) => Ok(Next::Person),
    }
}
