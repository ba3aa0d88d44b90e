//! How long a page may be silent before its browser is ended.
//!
//! What must always hold: a box that is away is no fault of the browser's: the last picture stays; a
//! page of an earlier browser vouches for nothing.

use std::time::{Duration, Instant};

/// A page tells every 10 s that it is painted.
const SILENT: Duration = Duration::from_secs(60);
/// The first paint takes a minute on an emulated machine that is busy.
const FIRST: Duration = Duration::from_secs(200);

/// What the box says of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The box cannot be asked.
    Away,
    /// No page has spoken since the box is up.
    Never,
    /// The page spoke so long ago.
    Ago(Duration),
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go on; nothing has been painted yet.
    Waiting,
    /// Go on; there is a picture.
    Painted,
    /// End the browser.
    Over,
}

/// The patience with one browser.
#[derive(Debug)]
pub(crate) struct Patience {
    started: Instant,
    until: Instant,
    painted: bool,
}

impl Patience {
    /// A browser was started.
    pub(crate) fn with_one_started(now: Instant) -> Self {
        Self { started: now, until: now + FIRST, painted: false }
    }

    /// The box said this of its page.
    pub(crate) fn hear(&mut self, word: Word, now: Instant) -> Verdict {
        match word {
            Word::Away => self.until = self.until.max(now + SILENT),
            Word::Never => {}
            Word::Ago(ago) => self.spoke(now.checked_sub(ago)),
        }
        match (now > self.until, self.painted) {
            (true, _) => Verdict::Over,
            (false, true) => Verdict::Painted,
            (false, false) => Verdict::Waiting,
        }
    }

    /// A word from before this browser is not its own.
    fn spoke(&mut self, at: Option<Instant>) {
        if let Some(at) = at.filter(|at| *at >= self.started) {
            self.until = if self.painted { self.until.max(at + SILENT) } else { at + SILENT };
            self.painted = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_browser_that_never_paints_is_ended_and_words_of_an_earlier_one_do_not_save_it() {
        let begun = monotonic();
        let mut patience = Patience::with_one_started(begun);
        assert_eq!(patience.hear(Word::Never, begun + 5 * SECOND), Verdict::Waiting);
        assert_eq!(patience.hear(Word::Ago(30 * SECOND), begun + 10 * SECOND), Verdict::Waiting);
        assert_eq!(patience.hear(Word::Never, begun + FIRST + SECOND), Verdict::Over);
    }

    #[test]
    fn a_page_that_falls_silent_is_ended_after_a_minute() {
        let begun = monotonic();
        let mut patience = Patience::with_one_started(begun);
        assert_eq!(patience.hear(Word::Ago(SECOND), begun + 20 * SECOND), Verdict::Painted);
        assert_eq!(patience.hear(Word::Ago(SECOND), begun + 30 * SECOND), Verdict::Painted);
        assert_eq!(patience.hear(Word::Ago(60 * SECOND), begun + 89 * SECOND), Verdict::Painted);
        assert_eq!(patience.hear(Word::Ago(61 * SECOND), begun + 90 * SECOND), Verdict::Over);
    }

    #[test]
    fn a_box_that_is_away_for_an_hour_and_comes_back_costs_no_browser() {
        let begun = monotonic();
        let mut patience = Patience::with_one_started(begun);
        assert_eq!(patience.hear(Word::Ago(SECOND), begun + 20 * SECOND), Verdict::Painted);
        for minute in 1..60 {
            assert_eq!(patience.hear(Word::Away, begun + minute * 60 * SECOND), Verdict::Painted);
        }
        let back = begun + 3570 * SECOND;
        assert_eq!(patience.hear(Word::Never, back), Verdict::Painted, "the page tells the new box within 10 s");
        assert_eq!(patience.hear(Word::Never, back + 60 * SECOND), Verdict::Over, "or it stands still");
    }
}
