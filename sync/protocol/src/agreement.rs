//! Whether both ends believe the same of all bookings, found out while they run.
//!
//! ```text
//!   read model ─► Belief ─ total ──► with a request   the other end has all entries too: are the totals equal?
//!                    │                                    │ no                              │ yes
//!                    └──── days ───► with the next one ◄──┴─ again no: Apart, days named    └─► all is well
//! ```
//!
//! What must always hold: a belief is made from what a program works with (its tables, its queue),
//! never from the journal: the journals are compared by their chains already. Only standing bookings
//! count: of a cancelled one an end may know no more than that it is off. Two beliefs are compared
//! only when each end has every entry that the other one's belief rests on, and from the same day on.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::digest::{Digest, Row};
use crate::exchange::MAX_DAYS;

/// What one end believes of all bookings that stand, from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belief {
    from: Date,
    days: BTreeMap<Date, Digest>,
}

impl Belief {
    /// Counts every booking of its day; earlier days and cancelled bookings do not count.
    pub fn of(from: Date, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut days: BTreeMap<Date, Digest> = BTreeMap::new();
        for row in rows {
            if row.day >= from && !row.cancelled {
                days.entry(row.day).or_default().add(&row);
            }
        }
        Self { from, days }
    }

    /// The first day that counts.
    #[must_use]
    pub fn from_day(&self) -> Date {
        self.from
    }

    /// All days together.
    #[must_use]
    pub fn total(&self) -> Digest {
        let mut total = Digest::EMPTY;
        self.days.values().for_each(|day| total.join(*day));
        total
    }

    /// The days with bookings, the first [`MAX_DAYS`].
    #[must_use]
    pub fn days(&self) -> BTreeMap<Date, Digest> {
        self.days.iter().take(MAX_DAYS).map(|(day, digest)| (*day, *digest)).collect()
    }

    /// The days on which the other end believes something else, with what is believed here; at
    /// most [`MAX_DAYS`].
    #[must_use]
    pub fn against(&self, theirs: &BTreeMap<Date, Digest>) -> BTreeMap<Date, Digest> {
        let here = |day: &Date| self.days.get(day).copied().unwrap_or_default();
        let there = |day: &Date| theirs.get(day).copied().unwrap_or_default();
        let mut days: Vec<Date> = self.days.keys().chain(theirs.keys()).copied().collect();
        days.sort_unstable();
        days.dedup();
        let differing = days.into_iter().filter(|day| here(day) != there(day));
        differing.take(MAX_DAYS).map(|day| (day, here(&day))).collect()
    }
}

/// What a comparison changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that was not known.
    Nothing,
    /// Both ends differ for the first time: they compare once more, day by day.
    Suspected,
    /// Both ends differ again, or on other days than before.
    Apart,
    /// Both ends agree again.
    Mended,
}

/// How the two ends of an office agree, as one of them sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Good,
    Suspected,
    Apart(Vec<Date>),
}

impl Agreement {
    /// The ends compared what they believe; `days` are the ones on which they differ, as far as
    /// they were told, and nothing else says that they are equal.
    pub fn compared(&mut self, equal: bool, days: Vec<Date>) -> Change {
        let (next, change) = match (&self.state, equal) {
            (State::Good | State::Suspected, true) => (State::Good, Change::Nothing),
            (State::Apart(_), true) => (State::Good, Change::Mended),
            (State::Good, false) => (State::Suspected, Change::Suspected),
            (State::Suspected, false) => (State::Apart(days), Change::Apart),
            (State::Apart(known), false) if *known == days => return Change::Nothing,
            (State::Apart(_), false) => (State::Apart(days), Change::Apart),
        };
        self.state = next;
        change
    }

    /// Whether the last comparison found the ends equal, or there was none.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.state == State::Good
    }

    /// The days on which both ends are known to differ; nothing while they agree or it is not sure.
    #[must_use]
    pub fn apart(&self) -> Option<&[Date]> {
        match &self.state {
            State::Good | State::Suspected => None,
            State::Apart(days) => Some(days),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::{Timestamp, ToSpan};
    use names::{BookingId, Minutes, Pin, Side};
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date(2026, 2, 3);

    fn row(day: Date, seed: u64, version: u16) -> Row {
        Row {
            booking: BookingId::from_random(Side::Box, seed),
            version,
            day,
            start: Timestamp::UNIX_EPOCH,
            length: Minutes(10),
            pin: Pin::from_index(7).expect("a pin"),
            cancelled: false,
        }
    }

    fn day(number: u16) -> Date {
        TODAY.saturating_add(i32::from(number).days())
    }

    #[test]
    fn what_is_past_or_cancelled_does_not_count() {
        let yesterday = TODAY.yesterday().expect("a day");
        let cancelled = Row { cancelled: true, ..row(TODAY, 2, 1) };
        let belief = Belief::of(TODAY, [row(yesterday, 1, 1), cancelled]);
        assert_eq!((belief.total(), belief.days().len()), (Digest::EMPTY, 0));
        assert_ne!(Belief::of(TODAY, [row(TODAY, 1, 1)]).total(), Digest::EMPTY);
    }

    #[test]
    fn two_differences_in_a_row_are_told_once_until_the_days_change_or_all_is_well() {
        let mut agreement = Agreement::default();
        assert_eq!(agreement.compared(true, vec![]), Change::Nothing);
        assert_eq!(agreement.compared(false, vec![]), Change::Suspected);
        assert_eq!(agreement.compared(true, vec![]), Change::Nothing, "once is not told");
        assert_eq!(agreement.compared(false, vec![]), Change::Suspected);
        assert!(!agreement.is_good() && agreement.apart().is_none());
        assert_eq!(agreement.compared(false, vec![TODAY]), Change::Apart);
        assert_eq!(agreement.compared(false, vec![TODAY]), Change::Nothing, "known already");
        assert_eq!(agreement.compared(false, vec![day(1)]), Change::Apart);
        assert_eq!(agreement.apart(), Some([day(1)].as_slice()));
        assert_eq!(agreement.compared(true, vec![]), Change::Mended);
        assert!(agreement.is_good() && agreement.apart().is_none());
    }

    #[test]
    fn more_days_than_a_message_may_hold_are_not_told() {
        let rows = (0..=500).map(|number| row(day(number), u64::from(number), 1));
        let belief = Belief::of(TODAY, rows);
        assert_eq!(belief.days().len(), MAX_DAYS);
        assert_eq!(belief.against(&BTreeMap::new()).len(), MAX_DAYS);
    }

    proptest! {
        #[test]
        fn exactly_the_days_that_differ_are_named(
            common in prop::collection::vec((0..20_u16, 0..1000_u64), 0..30),
            moved in prop::collection::btree_map(0..20_u16, 1000..2000_u64, 0..4),
            extra in prop::collection::btree_map(0..20_u16, 2000..3000_u64, 0..4),
        ) {
            let rows = |version| {
                let common = common.iter().map(|(number, seed)| row(day(*number), *seed, 1));
                common.chain(moved.iter().map(move |(number, seed)| row(day(*number), *seed, version)))
            };
            let here = Belief::of(TODAY, rows(1));
            let there = Belief::of(TODAY, rows(2).chain(extra.iter().map(|(number, seed)| row(day(*number), *seed, 1))));
            let mut expected: Vec<Date> = moved.keys().chain(extra.keys()).map(|number| day(*number)).collect();
            expected.sort_unstable();
            expected.dedup();
            let named: Vec<Date> = here.against(&there.days()).into_keys().collect();
            prop_assert_eq!(&named, &expected);
            prop_assert_eq!(&there.against(&here.days()).into_keys().collect::<Vec<_>>(), &expected);
            prop_assert_eq!(here.total() == there.total(), expected.is_empty());
        }
    }
}
