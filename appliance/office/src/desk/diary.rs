//! All bookings the box knows of, of both sides, as the desk looks at them: by day, by PIN, by id.
//!
//! What must always hold: telling the same thing twice changes nothing; the highest version is
//! true; what is cancelled stays so. Pure; rebuilt from the journal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use names::{BookingId, Pin};
use protocol::entry::Booked;

/// Days after which a booking is nobody's business at the desk any more.
const KEPT_DAYS: i32 = 7;

/// The most bookings kept: 180 days of 500 each and room for cancelled ones; a flood ends here.
const MOST: usize = 120_000;

/// One booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// What was booked.
    pub(crate) booked: Booked,
    /// Whether it was cancelled.
    pub(crate) cancelled: bool,
}

/// The bookings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diary {
    pages: BTreeMap<BookingId, Page>,
    /// Cancellations that came before their booking.
    cancelled: BTreeSet<BookingId>,
}

impl Diary {
    /// A booking was told, or a newer version of one.
    pub(crate) fn booked(&mut self, booked: Booked) {
        let known = self.pages.get(&booked.booking);
        let news = known.is_none_or(|page| booked.version > page.booked.version);
        if !news || (known.is_none() && self.pages.len() >= MOST) {
            return;
        }
        let id = booked.booking;
        let cancelled = known.is_some_and(|page| page.cancelled) || self.cancelled.remove(&id);
        self.pages.insert(id, Page { booked, cancelled });
    }

    /// A cancellation was told.
    pub(crate) fn cancel(&mut self, booking: BookingId) {
        match self.pages.get_mut(&booking) {
            Some(page) => page.cancelled = true,
            None if self.cancelled.len() < MOST => drop(self.cancelled.insert(booking)),
            None => {}
        }
    }

    /// One booking.
    pub(crate) fn get(&self, booking: BookingId) -> Option<&Page> {
        self.pages.get(&booking)
    }

    /// All bookings of a day, by their start.
    pub(crate) fn of_day(&self, day: Date) -> Vec<&Page> {
        let mut pages: Vec<&Page> = self.pages.values().filter(|page| page.booked.day == day).collect();
        pages.sort_by_key(|page| (page.booked.start, page.booked.pin));
        pages
    }

    /// The open booking of a PIN, today's or the next one.
    pub(crate) fn by_pin(&self, pin: Pin, today: Date) -> Option<&Page> {
        let open = self.pages.values().filter(|p| p.booked.pin == pin && !p.cancelled && p.booked.day >= today);
        open.min_by_key(|page| page.booked.start)
    }

    /// The PINs that belong to somebody who may still come.
    pub(crate) fn open_pins(&self, today: Date) -> BTreeSet<Pin> {
        let open = self.pages.values().filter(|page| !page.cancelled && page.booked.day >= today);
        open.map(|page| page.booked.pin).collect()
    }

    /// Forgets what is long past.
    pub(crate) fn forget_before(&mut self, today: Date) {
        let oldest = today.checked_sub(KEPT_DAYS.days()).unwrap_or(today);
        self.pages.retain(|_, page| page.booked.day >= oldest);
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use names::Side;

    use super::*;
    use crate::desk::tests::booked;

    const TODAY: Date = date(2026, 2, 3);

    fn id(number: u64) -> BookingId {
        BookingId::from_random(Side::Box, number)
    }

    #[test]
    fn the_highest_version_is_true_and_a_cancelled_booking_stays_cancelled_in_any_order() {
        let mut diary = Diary::default();
        diary.cancel(id(2));
        diary.booked(booked(id(1), 5, TODAY));
        diary.booked(Booked { version: 2, persons: 4, ..booked(id(1), 5, TODAY) });
        diary.booked(booked(id(1), 5, TODAY));
        diary.booked(booked(id(2), 6, TODAY));
        assert_eq!(diary.get(id(1)).map(|page| page.booked.persons), Some(4));
        assert_eq!(diary.get(id(2)).map(|page| page.cancelled), Some(true));
        assert_eq!(diary.of_day(TODAY).len(), 2);
        assert_eq!(diary.open_pins(TODAY).len(), 1);
    }

    #[test]
    fn a_pin_means_the_next_open_booking_and_the_long_past_is_forgotten() {
        let mut diary = Diary::default();
        let (past, later) = (date(2026, 1, 3), date(2026, 3, 3));
        diary.booked(booked(id(1), 5, past));
        diary.booked(booked(id(2), 5, later));
        let pin = booked(id(1), 5, past).pin;
        assert_eq!(diary.by_pin(pin, TODAY).map(|page| page.booked.booking), Some(id(2)));
        diary.forget_before(TODAY);
        assert!(diary.get(id(1)).is_none() && diary.get(id(2)).is_some());
    }
}
