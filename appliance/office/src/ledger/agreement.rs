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
    /// For citizens; nothing if the last one is still good.
    pub(crate) now: Option<BoxNow>,
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::civil::date;
    use jiff::{SignedDuration, Timestamp, ToSpan};
    use names::{BookingId, Language, Minutes, Now, Pin, ServiceId, Trust};
    use proptest::prelude::*;
    use protocol::exchange::unpack;
    use queue::{Fact, Recorded};

    use super::super::backlog_tests::{Server, write};
    use super::*;

    const TODAY: Date = date(2026, 2, 3);

    fn told(booking: u64, version: u16, day: i32, side: Side) -> Appointment {
        Appointment {
            booking: BookingId::from_random(side, booking),
            version,
            pin: Pin::from_index(7).expect("a pin"),
            day: TODAY.saturating_add(day.days()),
            start: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(i64::from(version)),
            length: Minutes(10),
            service: ServiceId(1),
            language: Language::De,
        }
    }

    proptest! {
        /// What the booking server's table says, fact by fact, is what the queue believes, whatever
        /// the order in which the box hears of it.
        #[test]
        fn the_queue_believes_every_standing_booking_of_either_side_and_no_other(
            facts in proptest::collection::vec((0..8_u64, 1..4_u16, -1..5_i32, any::<bool>(), any::<bool>()), 0..40)
        ) {
            let (mut queue, mut table, mut off) = (Queue::new(), BTreeMap::<BookingId, Appointment>::new(), BTreeSet::new());
            let at = Now { at: Timestamp::UNIX_EPOCH, trust: Trust::Trusted };
            for (booking, version, day, online, cancels) in facts {
                let side = if online { Side::Booking } else { Side::Box };
                let appointment = told(booking, version, day, side);
                let id = appointment.booking;
                let fact = if cancels {
                    off.insert(id);
                    Fact::Withdrawn { booking: id, cancelled_at: at.at }
                } else {
                    if table.get(&id).is_none_or(|known| version > known.version) {
                        table.insert(id, appointment.clone());
                    }
                    Fact::Expected { appointment }
                };
                queue.apply(&Recorded { at, fact });
            }
            let standing = table.into_values().filter(|known| !off.contains(&known.booking));
            let expected = Belief::of(TODAY, standing.map(|known| row(&known)));
            prop_assert_eq!(belief(&queue, TODAY), expected);
        }
    }

    async fn asked(ledger: &Ledger, moment: &Moment) -> Request {
        unpack(&ledger.outgoing(moment).await.expect("enrolled").body).expect("our own")
    }

    #[tokio::test]
    async fn a_belief_goes_out_only_with_the_journal_that_it_stands_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let office: OfficeId = "musterland".parse().expect("a name");
        let (ledger, _opened) = Ledger::open(folder.path(), &office, None).expect("a journal");
        let _server = Server::with(&ledger, folder.path()).await;
        write(&ledger, 1).await;
        let heads = ledger.heads().await.expect("readable");
        let stand = |by_day| Stand { belief: belief(&Queue::new(), TODAY), by_day, heads };
        let moment = |by_day| Moment { stand: Some(stand(by_day)), ..Moment::default() };
        let request = asked(&ledger, &moment(false)).await;
        assert_eq!((request.digest, request.digest_from), (Some(Digest::EMPTY), Some(TODAY)));
        assert_eq!(asked(&ledger, &Moment::default()).await.digest, None);
        write(&ledger, 1).await;
        let request = asked(&ledger, &moment(true)).await;
        assert_eq!((request.digest, request.digest_from), (None, None), "the hall went on meanwhile");
    }
}
