//! Figures for machines that watch the box: kept up by the loop and the keeper, read by `/metrics`.
//!
//! What must always hold: figures are of the whole office; none is of a person, an account or a
//! counter.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use names::{Now, Trust};
use queue::{Queue, Tally};

/// The figures. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Arc<Mutex<Kept>>);

/// What is kept; nothing of what nobody told yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// The hall at the last picture.
    pub(crate) hall: Option<HallFigures>,
    /// The journal at the last look of the keeper.
    pub(crate) journal: Option<JournalFigures>,
    /// When the booking server answered last.
    pub(crate) answered: Option<Timestamp>,
    /// How often each part broke in this run; the broker's are its restarts.
    pub(crate) broken: BTreeMap<String, u64>,
}

/// The hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HallFigures {
    /// People who wait.
    pub(crate) waiting: usize,
    /// For how long half of them, and nine in ten of them, have waited at most, in seconds.
    pub(crate) waited: [i64; 2],
    /// The day.
    pub(crate) tally: Tally,
    /// How far the clock can be believed.
    pub(crate) clock: Trust,
}

/// The journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JournalFigures {
    /// Entries of both ends.
    pub(crate) entries: u64,
    /// Own entries that the booking server has not acknowledged.
    pub(crate) backlog: u64,
    /// Bytes on the disk; none: it cannot be seen.
    pub(crate) bytes: Option<u64>,
}

impl HallFigures {
    /// Of this moment.
    pub(crate) fn of(queue: &Queue, now: Now) -> Self {
        let line = queue.line(now);
        let mut waited: Vec<i64> =
            line.iter().map(|one| now.at.duration_since(one.counts_from).as_secs().max(0)).collect();
        waited.sort_unstable();
        let waited = [50, 90].map(|percent| share(&waited, percent));
        Self { waiting: queue.waiting(), waited, tally: queue.tally(), clock: now.trust }
    }
}

/// The smallest value that so many percent do not exceed; 0 of nothing.
fn share(sorted: &[i64], percent: usize) -> i64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

impl Figures {
    /// The hall has changed, or time went by.
    pub(crate) fn hall(&self, hall: HallFigures) {
        self.change(|kept| kept.hall = Some(hall));
    }

    /// The journal was looked at.
    pub(super) fn journal(&self, journal: JournalFigures) {
        self.change(|kept| kept.journal = Some(journal));
    }

    /// The booking server answered.
    pub(super) fn answered(&self, at: Timestamp) {
        self.change(|kept| kept.answered = Some(at));
    }

    /// A part broke.
    pub(super) fn broke(&self, part: &str) {
        self.change(|kept| match kept.broken.get_mut(part) {
            Some(often) => *often += 1,
            None => drop(kept.broken.insert(part.to_owned(), 1)),
        });
    }

    /// All of them.
    pub(crate) fn kept(&self) -> Kept {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_those_who_are_there() {
        let ten: Vec<i64> = (1..=10).collect();
        assert_eq!(
            (share(&ten, 50), share(&ten, 90), share(&[7], 50), share(&[7], 90), share(&[], 90)),
            (5, 9, 7, 7, 0)
        );
    }

    #[test]
    fn each_break_of_a_part_counts() {
        let figures = Figures::default();
        for part in ["broker", "sound", "broker"] {
            figures.broke(part);
        }
        let broken: Vec<(String, u64)> = figures.kept().broken.into_iter().collect();
        assert_eq!(broken, [("broker".to_owned(), 2), ("sound".to_owned(), 1)]);
    }
}
