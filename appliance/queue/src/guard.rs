//! Against guessing codes at a terminal (`rules.md`, Codes, Typing).
//!
//! What must always hold: only the number of wrong codes and their times are kept, never a
//! code; a rest never lasts longer than a minute.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use crate::Reader;
use crate::clock_set::Shift;
use crate::limits::{GUESS_WINDOW, GUESSES, REST, REST_AT_MOST};
use crate::timing::{after, waited};

/// The wrong codes of all readers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Guard {
    readers: BTreeMap<Reader, Guesses>,
}

/// The wrong codes of one reader.
#[derive(Clone, Debug, Default, PartialEq)]
struct Guesses {
    /// The newest, at most [`GUESSES`], oldest first.
    times: VecDeque<Timestamp>,
    /// Rests in a row.
    rests: u32,
    rests_until: Option<Timestamp>,
}

impl Guard {
    /// Until when typed codes rest at this reader, if they do.
    pub(crate) fn rests_until(&self, reader: Reader, now: Timestamp) -> Option<Timestamp> {
        let until = self.readers.get(&reader)?.rests_until?;
        // A rest further away than the longest one is a clock that was set back.
        (now < until && until <= after(now, REST_AT_MOST)).then_some(until)
    }

    /// The clock was set: what it gave moves along.
    pub(crate) fn shift(&mut self, shift: Shift) {
        for guesses in self.readers.values_mut() {
            guesses.times.iter_mut().for_each(|time| shift.moves(time));
            shift.moves_some(&mut guesses.rests_until);
        }
    }

    /// Counts one wrong code.
    pub(crate) fn count(&mut self, reader: Reader, at: Timestamp) {
        let guesses = self.readers.entry(reader).or_default();
        guesses.times.retain(|time| waited(*time, at) < GUESS_WINDOW);
        guesses.times.push_back(at);
        if guesses.times.len() > GUESSES {
            guesses.times.pop_front();
        }
        guesses.rest(at);
    }
}

impl Guesses {
    fn rest(&mut self, at: Timestamp) {
        if self.times.len() < GUESSES {
            self.rests = 0;
            self.rests_until = None;
            return;
        }
        let doubled = REST.saturating_mul(1 << self.rests.min(3));
        self.rests_until = Some(after(at, doubled.min(REST_AT_MOST)));
        self.rests = self.rests.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn the_tenth_guess_in_ten_minutes_brings_a_rest_that_doubles_up_to_a_minute() {
        let mut guard = Guard::default();
        let mut now = Timestamp::UNIX_EPOCH;
        for _ in 0..9 {
            guard.count(Reader(1), now);
        }
        assert_eq!(guard.rests_until(Reader(1), now), None);
        for seconds in [10, 20, 40, 60, 60] {
            guard.count(Reader(1), now);
            assert_eq!(guard.rests_until(Reader(1), now), Some(now + SignedDuration::from_secs(seconds)));
            assert_eq!(guard.rests_until(Reader(2), now), None, "each terminal counts for itself");
            now += SignedDuration::from_secs(seconds);
            assert_eq!(guard.rests_until(Reader(1), now), None, "the rest is over");
        }
        guard.count(Reader(1), now + GUESS_WINDOW);
        assert_eq!(guard.rests_until(Reader(1), now + GUESS_WINDOW), None, "ten minutes later it is forgotten");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_prolong_a_rest() {
        let mut guard = Guard::default();
        let late = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        (0..GUESSES).for_each(|_| guard.count(Reader(1), late));
        assert!(guard.rests_until(Reader(1), late).is_some());
        assert_eq!(guard.rests_until(Reader(1), Timestamp::UNIX_EPOCH), None);
    }
}
