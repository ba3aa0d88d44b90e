//! The only place of this program that asks the time.
//!
//! What must always hold: the clock never steps behind what the journal has seen, so that facts
//! stay in order through an offline boot, and it says how far it can be believed (`rules.md`,
//! Clock). Safety never depends on it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use names::{Now, Trust};

/// systemd touches this file once the network's time was taken over.
const TIME_SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

/// Two clocks this close are the same clock: the round trip of one exchange is inside it.
const SAME_TIME: SignedDuration = SignedDuration::from_secs(2);

/// The clock of the box. Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// Nothing was ever recorded after this moment.
    floor: Timestamp,
    /// The booking server's signed answer agreed with us.
    confirmed: bool,
}

impl Clock {
    /// A clock that knows the newest moment of the journal, if there is one.
    #[must_use]
    pub(crate) fn starting_at(newest: Option<Timestamp>) -> Self {
        let floor = newest.unwrap_or(Timestamp::UNIX_EPOCH);
        Self { state: Arc::new(Mutex::new(State { floor, confirmed: false })) }
    }

    /// The present moment; never before one it has told already.
    #[must_use]
    pub(crate) fn now(&self) -> Now {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let system = system_time();
        let trust = judge(system, &state);
        state.floor = state.floor.max(system);
        Now { at: state.floor, trust }
    }

    /// The booking server's signed answer told its time.
    pub(crate) fn heard(&self, server: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.confirmed = system_time().duration_since(server).abs() <= SAME_TIME;
    }
}

fn judge(system: Timestamp, state: &State) -> Trust {
    if system.saturating_add(SAME_TIME).unwrap_or(system) < state.floor || system < built() {
        return Trust::Unknown;
    }
    if state.confirmed || Path::new(TIME_SYNCHRONIZED).exists() { Trust::Trusted } else { Trust::Plausible }
}

/// No box runs before it was built: the date of the first version with this clock.
fn built() -> Timestamp {
    Timestamp::constant(1_795_000_000, 0)
}

#[expect(clippy::disallowed_methods, reason = "this is the one clock of the program")]
fn system_time() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_steps_behind_the_journal() {
        let future = system_time().saturating_add(SignedDuration::from_hours(5)).expect("a few hours fit");
        let now = Clock::starting_at(Some(future)).now();
        assert_eq!(now, Now { at: future, trust: Trust::Unknown });
    }

    #[test]
    fn a_clock_the_server_agrees_with_is_trusted_and_another_is_not() {
        let clock = Clock::starting_at(None);
        clock.heard(system_time());
        assert_eq!(clock.now().trust, Trust::Trusted);
        clock.heard(system_time().saturating_add(SignedDuration::from_mins(3)).expect("minutes fit"));
        assert_ne!(clock.now().trust, Trust::Unknown);
    }
}
