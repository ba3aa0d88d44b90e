//! What the hall believes of all bookings goes out with a request, if it fits it.
//!
//! What must always hold: a belief is told only together with the journal that it stands on. If
//! anything was written or came in between, it is left out and told another time.

use std::collections::BTreeMap;

use jiff::civil::Date;
use names::{OfficeId, Side};
use protocol::agreement::Belief;
use protocol::digest::{Digest, Row};
use protocol::exchange::{Cursor, Reply, Request};
use protocol::now::BoxNow;
use queue::{Appointment, Queue};
use store::rusqlite::Transaction;
use store::{StoreError, journal};

use super::Ledger;

/// How far both sides' present lives are here.
pub(crate) type Heads = [Option<Cursor>; 2];

/// What the hall has to tell of this moment.
#[derive(Debug, Default)]
pub(crate) struct Moment {
    /// For citizens.
    pub(crate) now: BoxNow,
    /// For the comparison with the booking server, if it is due.
    pub(crate) stand: Option<Stand>,
}

/// What the hall believes of all bookings.
#[derive(Clone, Debug)]
pub(crate) struct Stand {
    /// The belief.
    pub(crate) belief: Belief,
    /// Whether every day is told, not only the total.
    pub(crate) by_day: bool,
    /// The journal that it stands on.
    pub(crate) heads: Heads,
}

/// What a reply says of the bookings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// The sum of its bookings, if it could be compared.
    pub(crate) digest: Option<Digest>,
    /// The day it counts from, if it is another one than ours.
    pub(crate) from: Option<Date>,
    /// The days that differ there.
    pub(crate) days: BTreeMap<Date, Digest>,
}

impl From<&Reply> for Heard {
    fn from(reply: &Reply) -> Self {
        Self { digest: reply.digest, from: reply.digest_from, days: reply.days.clone() }
    }
}

impl Ledger {
    /// How far the journal is.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn heads(&self) -> Result<Heads, StoreError> {
        let office = self.office.clone();
        self.db.read(move |tx| heads(tx, &office)).await
    }
}

fn heads(tx: &Transaction<'_>, office: &OfficeId) -> Result<Heads, StoreError> {
    Ok([journal::cursor(tx, office, Side::Box)?, journal::cursor(tx, office, Side::Booking)?])
}

/// What the queue believes of all bookings from a day on.
pub(crate) fn belief(queue: &Queue, from: Date) -> Belief {
    Belief::of(from, queue.known_bookings().map(row))
}

fn row(told: &Appointment) -> Row {
    Row {
        booking: told.booking,
        version: told.version,
        day: told.day,
        start: told.start,
        length: told.length,
        pin: told.pin,
        cancelled: false,
    }
}

/// Adds what the hall believes to a request that tells of the same journal.
pub(super) fn tell(tx: &Transaction<'_>, stand: &Stand, request: &mut Request) -> Result<(), StoreError> {
    if heads(tx, &request.office)? != stand.heads {
        return Ok(());
    }
    request.digest = Some(stand.belief.total());
    request.digest_from = Some(stand.belief.from_day());
    if stand.by_day {
        request.days = stand.belief.days();
    }
    Ok(())
}
