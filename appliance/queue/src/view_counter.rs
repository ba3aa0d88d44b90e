//! What a counter's page and lamp may know.

use jiff::Timestamp;
use names::{Code, CounterId, Now};

use crate::day::{Day, DeskDoor};
use crate::visit::{Stage, Visit};
use crate::{Queue, Reason, VisitId};

/// A counter as its page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterView {
    /// Which.
    pub id: CounterId,
    /// What goes on there.
    pub state: CounterState,
}

/// What goes on at a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterState {
    /// Nobody sits there.
    Closed,
    /// Calls nobody for now.
    Paused,
    /// Open, with nobody.
    Free,
    /// Somebody was called and is perhaps on the way.
    Called {
        /// Who.
        visit: VisitId,
        /// What is shown.
        code: Code,
        /// The last call or recall.
        at: Timestamp,
        /// How often it was called, from 1.
        times: u8,
        /// When the announcement of the last call ended.
        announced: Option<Timestamp>,
        /// Why this person.
        reason: Reason,
    },
    /// Somebody is served.
    Serving {
        /// Who.
        visit: VisitId,
        /// What is shown.
        code: Code,
        /// Since when.
        since: Timestamp,
        /// Nobody said so; 90 s after the announcement it is taken for granted.
        presumed: bool,
    },
}

impl Queue {
    /// A counter, if it is planned today or still has somebody.
    #[must_use]
    pub fn counter(&self, id: CounterId, now: Now) -> Option<CounterView> {
        let day = self.day.as_ref()?;
        let occupied = day.at_counter(id);
        (day.planned(id).is_some() || occupied.is_some())
            .then(|| CounterView { id, state: state(day, id, occupied, now.at) })
    }

    /// All counters, by number.
    #[must_use]
    pub fn counters(&self, now: Now) -> Vec<CounterView> {
        let desks = self.day.iter().flat_map(|day| day.desks.keys());
        desks.filter_map(|id| self.counter(*id, now)).collect()
    }

    /// Of the free counters that may take somebody now, the one with the fewest skills: it
    /// should call, so that the others stay free for those whom only they can serve.
    #[must_use]
    pub fn should_call(&self, now: Now) -> Option<CounterId> {
        let day = self.open_day()?;
        let free = day.open_counters().filter(|id| day.at_counter(*id).is_none());
        let useful = free.filter(|id| !day.candidates(*id, now).is_empty());
        useful.min_by_key(|id| (day.skills(*id), *id))
    }
}

fn state(day: &Day, id: CounterId, occupied: Option<(VisitId, &Visit)>, now: Timestamp) -> CounterState {
    let Some((visit, of)) = occupied else { return door(day.door(id)) };
    let code = of.code;
    match of.stage {
        Stage::Called(call) if call.presumed_from() <= now => {
            CounterState::Serving { visit, code, since: call.presumed_from(), presumed: true }
        }
        Stage::Called(call) => {
            let (at, times, announced, reason) = (call.at, call.times, call.announced, call.reason);
            CounterState::Called { visit, code, at, times, announced, reason }
        }
        Stage::Serving { since, .. } => CounterState::Serving { visit, code, since, presumed: false },
        Stage::Waiting | Stage::Missed { .. } | Stage::Away { .. } | Stage::Served | Stage::NotSettled => {
            door(day.door(id))
        }
    }
}

fn door(door: DeskDoor) -> CounterState {
    match door {
        DeskDoor::Open => CounterState::Free,
        DeskDoor::Paused => CounterState::Paused,
        DeskDoor::Closed => CounterState::Closed,
    }
}
