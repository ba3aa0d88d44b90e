//! After a power cut: the day from its facts, in the order they were committed; after a restore, in
//! the order in which they happened.

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::entry::{Entry, FromBooking, FromBox};
use queue::Queue;
use store::journal;
use store::rusqlite::Transaction;

use super::order::Order;
use super::{LedgerError, facts, newest};
use crate::eventloop::Known;

/// What the journal says.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// The queue as it was after its last fact.
    pub(crate) queue: Queue,
    /// What the booking server told.
    pub(crate) known: Known,
    /// The newest moment this box wrote.
    pub(crate) newest: Option<Timestamp>,
    /// How many entries were read.
    pub(crate) entries: usize,
}

/// Reads the whole journal of the office.
pub(super) fn replay(tx: &Transaction<'_>, office: &OfficeId) -> Result<Replayed, LedgerError> {
    let mut so_far = Replayed { queue: Queue::new(), known: Known::nothing(), newest: None, entries: 0 };
    let order = Order::of(tx, office)?;
    for pass in 0..order.passes() {
        for row in journal::in_order(tx, office, 0) {
            let (position, entry) = row?;
            if order.takes(pass, position, &entry) {
                so_far.read(&entry)?;
            }
        }
    }
    if let Some(today) = so_far.queue.day() {
        so_far.known.diary.forget_before(today);
    }
    Ok(so_far)
}

impl Replayed {
    fn read(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        self.entries += 1;
        match entry.origin {
            // What came before had come from a wrong clock: it is no floor any more.
            Side::Box if facts::sets_the_clock(entry) => self.newest = Some(entry.at),
            Side::Box => {
                self.newest = newest(self.newest, entry.at);
                if let Some(Ok(told)) = FromBox::of(entry) {
                    self.known.learn_own(told);
                }
            }
            Side::Booking => {
                if let Some(Ok(told)) = FromBooking::of(entry) {
                    self.known.learn(told);
                }
            }
        }
        if let Some(recorded) = facts::recorded(entry)? {
            self.queue.apply(&recorded);
        }
        Ok(())
    }
}
