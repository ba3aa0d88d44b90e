//! The screens of this machine: which one is watched, and when its page was painted last.
//!
//! ```text
//!   page ─"painted" every 10 s─► Screens ◄─"how long silent?"─ watcher (aufruf-console page)
//!                                   └─ missing ─► health, warnings of staff
//! ```
//!
//! What must always hold: a screen that nobody watches is never missed, so a box without screens is
//! well; the time is an argument, and only its difference counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Outputs a machine of ours may have; a request for another screen is refused.
pub(crate) const MAX_SCREENS: u8 = 4;

/// A page tells every 10 s; six times nothing is a page that stands still or was never painted.
const SILENT: Duration = Duration::from_secs(60);

/// The screens. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Screens(Arc<Mutex<BTreeMap<u8, Screen>>>);

#[derive(Debug, Default)]
struct Screen {
    painted: Option<Instant>,
    /// Since when somebody wants to know.
    watched: Option<Instant>,
}

impl Screens {
    /// A page says that it was just painted; whether there can be such a screen.
    pub(crate) fn painted(&self, screen: u8, now: Instant) -> bool {
        self.change(screen, |it| it.painted = Some(now)).is_some()
    }

    /// Somebody watches this screen and asks how long its page has been silent: nothing before the
    /// first word. The outer nothing: there can be no such screen.
    pub(crate) fn silent(&self, screen: u8, now: Instant) -> Option<Option<Duration>> {
        self.change(screen, |it| {
            it.watched.get_or_insert(now);
            it.painted.map(|painted| now.duration_since(painted))
        })
    }

    /// Every watched screen, and whether its page is missing.
    pub(crate) fn missing(&self, now: Instant) -> Vec<(u8, bool)> {
        let late = |at: Instant| now.duration_since(at) > SILENT;
        let screens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = |it: &Screen| it.painted.max(it.watched).is_some_and(late);
        screens.iter().filter(|(_, it)| it.watched.is_some()).map(|(number, it)| (*number, missing(it))).collect()
    }

    fn change<T>(&self, screen: u8, change: impl FnOnce(&mut Screen) -> T) -> Option<T> {
        let mut screens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (1..=MAX_SCREENS).contains(&screen).then(|| change(screens.entry(screen).or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_watched_screen_is_missed_when_its_page_was_silent_for_a_minute() {
        let (screens, begun) = (Screens::default(), monotonic());
        assert_eq!(screens.silent(1, begun), Some(None), "no page yet");
        assert_eq!(screens.missing(begun + SILENT), [(1, false)], "a browser may take its time");
        assert_eq!(screens.missing(begun + SILENT + SECOND), [(1, true)]);
        assert!(screens.painted(1, begun + 90 * SECOND));
        assert_eq!(screens.missing(begun + 100 * SECOND), [(1, false)]);
        assert_eq!(screens.silent(1, begun + 100 * SECOND), Some(Some(10 * SECOND)));
        assert_eq!(screens.missing(begun + 151 * SECOND), [(1, true)]);
    }

    #[test]
    fn a_screen_that_nobody_watches_is_not_missed_and_one_that_cannot_be_is_refused() {
        let (screens, begun) = (Screens::default(), monotonic());
        assert!(screens.painted(2, begun), "a browser of ours on another machine");
        assert_eq!(screens.missing(begun + 3600 * SECOND), []);
        for nowhere in [0, MAX_SCREENS + 1] {
            assert!(!screens.painted(nowhere, begun));
            assert_eq!(screens.silent(nowhere, begun), None);
        }
    }
}
