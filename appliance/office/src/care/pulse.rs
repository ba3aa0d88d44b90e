//! The pulse: tells the service manager (systemd) that the box is ready, that its loop turns, and
//! that it stops.
//!
//! ```text
//!   eventloop: select! ─ due ─► beat ─WATCHDOG=1─► systemd      (NOTIFY_SOCKET, WATCHDOG_USEC)
//! ```
//!
//! What must always hold: only the loop's own turn beats, never a task beside it, so that a loop that
//! stands still has no pulse and is ended; without a service manager nothing of this happens.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Beats in one time-out of the watchdog: one that comes late is no alarm.
const BEATS: u32 = 3;

/// The pulse of the loop.
#[derive(Debug)]
pub(crate) struct Pulse {
    /// Nothing: nobody watches.
    beats: Option<Interval>,
}

impl Pulse {
    /// A pulse as often as the service manager asks for; it says so in the environment.
    pub(crate) fn asked_for() -> Self {
        Self::every(sd_notify::watchdog_enabled())
    }

    fn every(timeout: Option<Duration>) -> Self {
        let pace = timeout.map(|timeout| timeout / BEATS).filter(|pace| !pace.is_zero());
        let beats = pace.map(|pace| {
            let mut beats = interval(pace);
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
            beats
        });
        Self { beats }
    }

    /// Resolves when the next beat is due; never if nobody watches.
    pub(crate) async fn due(&mut self) {
        match &mut self.beats {
            Some(beats) => drop(beats.tick().await),
            None => std::future::pending().await,
        }
    }

    /// The loop turns.
    pub(crate) fn beat() {
        tell(NotifyState::Watchdog);
    }

    /// Everything listens, and the first step is taken.
    pub(crate) fn ready() {
        tell(NotifyState::Ready);
    }

    /// The box was told to stop.
    pub(crate) fn stopping() {
        tell(NotifyState::Stopping);
    }
}

/// A service manager that does not listen is no reason to close the hall.
fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(&state)) {
        tracing::warn!(%error, "failed to tell the service manager that {state:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_pulse_is_faster_than_the_watchdog_and_nobody_watching_needs_none() {
        let mut pulse = Pulse::every(Some(Duration::from_secs(30)));
        let begun = tokio::time::Instant::now();
        for _beat in 0..4 {
            pulse.due().await;
        }
        assert_eq!(begun.elapsed(), Duration::from_secs(30), "the first at once, then every ten seconds");
        for unwatched in [None, Some(Duration::ZERO)] {
            let mut pulse = Pulse::every(unwatched);
            let beat = tokio::time::timeout(Duration::from_secs(3600), pulse.due()).await;
            assert!(beat.is_err(), "{unwatched:?}");
        }
    }
}
