//! What the box knows of bookings, for today and for the days around it.
//!
//! What must always hold: the highest version is true; a cancelled booking stays cancelled;
//! telling the same thing twice changes nothing. Nothing here depends on when it was told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use names::{BookingId, Pin};

use crate::limits::{BOOKINGS_AT_MOST, PAST_DAYS_KNOWN};
use crate::{Appointment, Queue};

/// All known bookings.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bookings {
    known: BTreeMap<BookingId, Known>,
    /// The day of every booking whose day is known: every picture asks for one day's, and months
    /// of them may be known.
    days: BTreeSet<(Date, BookingId)>,
}

impl Queue {
    /// All good bookings that are known, of every day: what the hall works with, for whoever compares
    /// it with the other end of the line.
    pub fn known_bookings(&self) -> impl Iterator<Item = &Appointment> {
        self.bookings.good()
    }
}

/// One booking as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known {
    /// Good.
    Booked(Appointment),
    /// Cancelled at that moment; the day is known if the booking was.
    Cancelled { was: Option<Appointment>, at: Timestamp },
}

impl Bookings {
    pub(crate) fn get(&self, booking: BookingId) -> Option<&Known> {
        self.known.get(&booking)
    }

    /// Would this tell anything new? What a cancelled booking was is worth knowing, too.
    pub(crate) fn is_news(&self, told: &Appointment) -> bool {
        match self.known.get(&told.booking) {
            Some(known) => known.appointment().is_none_or(|old| told.version > old.version),
            None => self.known.len() < BOOKINGS_AT_MOST,
        }
    }

    /// Would this cancellation tell anything new? Of two the first one counts.
    pub(crate) fn is_news_of_cancelling(&self, booking: BookingId, at: Timestamp) -> bool {
        match self.known.get(&booking) {
            Some(Known::Cancelled { at: known, .. }) => at < *known,
            Some(Known::Booked(_)) | None => true,
        }
    }

    /// Keeps an appointment; says whether it was news.
    pub(crate) fn tell(&mut self, told: &Appointment) -> bool {
        let news = self.is_news(told);
        if news {
            if let Some(old) = self.known.get(&told.booking).and_then(Known::appointment) {
                self.days.remove(&(old.day, told.booking));
            }
            self.days.insert((told.day, told.booking));
            let now_known = match self.known.remove(&told.booking) {
                Some(Known::Cancelled { at, .. }) => Known::Cancelled { was: Some(told.clone()), at },
                Some(Known::Booked(_)) | None => Known::Booked(told.clone()),
            };
            self.known.insert(told.booking, now_known);
        }
        news
    }

    /// Marks a booking as cancelled, also one never heard of.
    pub(crate) fn cancel(&mut self, booking: BookingId, at: Timestamp) {
        let (was, at) = match self.known.remove(&booking) {
            Some(Known::Booked(appointment)) => (Some(appointment), at),
            Some(Known::Cancelled { was, at: before }) => (was, before.min(at)),
            None => (None, at),
        };
        if was.is_some() || self.known.len() < BOOKINGS_AT_MOST {
            self.known.insert(booking, Known::Cancelled { was, at });
        }
    }

    /// The booking a PIN means today: a PIN may come back after its booking is over, so today's
    /// goes before a coming one, and that before a past one; good ones before cancelled ones.
    pub(crate) fn by_pin(&self, pin: Pin, today: Option<Date>) -> Option<(BookingId, &Known)> {
        let nearness = |day: Date| match today {
            Some(today) if day == today => (0, 0),
            Some(today) if day > today => (1, days_between(today, day)),
            Some(today) => (2, days_between(day, today)),
            None => (3, 0),
        };
        self.known
            .iter()
            .filter_map(|(id, known)| known.appointment().filter(|a| a.pin == pin).map(|a| (id, known, a.day)))
            .min_by_key(|(id, known, day)| (matches!(known, Known::Cancelled { .. }), nearness(*day), **id))
            .map(|(id, known, _)| (*id, known))
    }

    fn good(&self) -> impl Iterator<Item = &Appointment> {
        self.known.values().filter_map(|known| match known {
            Known::Booked(appointment) => Some(appointment),
            Known::Cancelled { .. } => None,
        })
    }

    /// The good bookings of a day, in the order of their ids.
    pub(crate) fn of_day(&self, day: Date) -> impl Iterator<Item = &Appointment> {
        let first = (day, BookingId::from_bits(u64::MIN));
        let last = (day, BookingId::from_bits(u64::MAX));
        self.days.range(first..=last).filter_map(|(_day, booking)| match self.known.get(booking)? {
            Known::Booked(appointment) => Some(appointment),
            Known::Cancelled { .. } => None,
        })
    }

    /// Forgets what is long past when `today` begins.
    pub(crate) fn forget_before(&mut self, today: Date) {
        let oldest = today.checked_sub(PAST_DAYS_KNOWN.days()).unwrap_or(today);
        self.known.retain(|_, known| known.appointment().is_none_or(|a| a.day >= oldest));
        self.days.retain(|(day, _booking)| *day >= oldest);
    }
}

impl Known {
    /// The appointment, good or cancelled.
    pub(crate) fn appointment(&self) -> Option<&Appointment> {
        match self {
            Self::Booked(appointment) => Some(appointment),
            Self::Cancelled { was, .. } => was.as_ref(),
        }
    }
}

fn days_between(early: Date, late: Date) -> i32 {
    early.until(late).map_or(i32::MAX, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use names::{Language, Minutes, ServiceId, Side};
    use proptest::prelude::*;

    use super::*;

    /// One of a few bookings, in one of a few versions, on one of a few days.
    fn told(booking: u64, version: u16, day: i8) -> Appointment {
        Appointment {
            booking: BookingId::from_random(Side::Booking, booking),
            version,
            pin: Pin::from_index(u32::from(version)).expect("a pin"),
            day: date(2026, 2, day),
            start: Timestamp::UNIX_EPOCH,
            length: Minutes(10),
            service: ServiceId(1),
            language: Language::De,
        }
    }

    /// What [`Bookings::of_day`] says, found by looking at everything.
    fn looked_through(bookings: &Bookings, day: Date) -> Vec<&Appointment> {
        let good = bookings.known.values().filter(|known| matches!(known, Known::Booked(_)));
        good.filter_map(Known::appointment).filter(|appointment| appointment.day == day).collect()
    }

    proptest! {
        #[test]
        fn the_bookings_of_a_day_are_those_of_that_day_whatever_was_told(
            acts in proptest::collection::vec((0..3_u8, 0..5_u64, 1..4_u16, 1..28_i8), 0..40)
        ) {
            let mut bookings = Bookings::default();
            for (act, booking, version, day) in acts {
                let told = told(booking, version, day);
                match act {
                    0 => bookings.cancel(told.booking, told.start),
                    1 if day % 9 == 0 => bookings.forget_before(told.day),
                    _ => drop(bookings.tell(&told)),
                }
                for day in (1..28).map(|day| date(2026, 2, day)) {
                    prop_assert_eq!(bookings.of_day(day).collect::<Vec<_>>(), looked_through(&bookings, day));
                }
            }
        }
    }
}
