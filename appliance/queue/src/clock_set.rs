//! The clock was set while the hall was at work (`rules.md`, Clock).
//!
//! ```text
//! clock-set { delta } ──► every moment the wrong clock gave moves along: nobody waits longer or
//!                         shorter for it, and the order stays
//! redated { plan }    ──► the running day gets its true date; who came since midnight stays
//! ```
//!
//! What must always hold: waiting times do not change; booked times, opening times and the times
//! of days never move, they did not come from this clock; nobody who came today is lost.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::plan::Plan;
use crate::step::Step;
use crate::timing::{after, claim};
use crate::visit::{Claim, Stage, Visit};
use crate::{Fact, Queue, Timing, VisitId};

/// Who told the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockSource {
    /// The battery clock of this computer.
    Chip,
    /// Two or more browsers of the house.
    Browsers,
    /// Somebody who signed in: the day, not the hour.
    Person,
    /// The time of the network (NTP).
    Network,
    /// The booking server's signed answers.
    Server,
}

/// Which moments move, and how far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    since: Timestamp,
    delta: SignedDuration,
}

impl Shift {
    pub(crate) fn new(since: Timestamp, delta_ms: i64) -> Self {
        Self { since, delta: SignedDuration::from_millis(delta_ms) }
    }

    /// Moves a moment that the wrong clock gave; at the edges of time it stays.
    pub(crate) fn moves(self, moment: &mut Timestamp) {
        if *moment >= self.since {
            *moment = after(*moment, self.delta);
        }
    }

    pub(crate) fn moves_some(self, moment: &mut Option<Timestamp>) {
        if let Some(moment) = moment {
            self.moves(moment);
        }
    }

    fn moves_visit(self, visit: &mut Visit) {
        self.moves(&mut visit.arrived.at);
        match visit.claim {
            Claim::Appointment { start } => visit.from = start.max(visit.arrived.at),
            Claim::Late { start } => (_, visit.from) = claim(Timing::Late { start }, visit.arrived.at),
            Claim::WalkIn | Claim::Unverified | Claim::Lifted | Claim::Returning { .. } | Claim::BackInFront => {
                self.moves(&mut visit.from);
            }
        }
        match &mut visit.stage {
            Stage::Called(call) => {
                self.moves(&mut call.first_at);
                self.moves(&mut call.at);
                self.moves_some(&mut call.announced);
            }
            Stage::Serving { since, .. } => self.moves(since),
            Stage::Missed { last_call } => self.moves(last_call),
            Stage::Waiting | Stage::Away { .. } | Stage::Served | Stage::NotSettled => {}
        }
    }

    fn moves_day(self, day: &mut Day) {
        day.visits.values_mut().for_each(|visit| self.moves_visit(visit));
        day.desks.values_mut().for_each(|desk| self.moves_some(&mut desk.set));
        day.tickets.values_mut().for_each(|presses| presses.shift(self));
        for call in &mut day.calls {
            self.moves(&mut call.at);
            self.moves(&mut call.first_at);
            self.moves_some(&mut call.announced);
            self.moves_some(&mut call.over);
        }
    }
}

impl Queue {
    /// Moves every moment the wrong clock gave.
    pub(crate) fn shift(&mut self, shift: Shift) {
        if let Some(day) = &mut self.day {
            shift.moves_day(day);
        }
        self.presses.values_mut().for_each(|presses| presses.shift(shift));
        self.guard.shift(shift);
    }

    /// The running day is another one than it was taken for.
    pub(crate) fn redate(&mut self, plan: &Plan, not_settled: &[VisitId], at: Timestamp) {
        self.bookings.forget_before(plan.day);
        if let Some(day) = &mut self.day {
            day.redate(plan, not_settled, at);
        }
    }
}

impl Step<'_> {
    /// The true date of the day in the hall is known: who came since its midnight stays, clerks
    /// too; what an earlier day left is not settled. Without anybody it is a day like any other.
    pub(crate) fn redated(&mut self, plan: Plan, midnight: Timestamp) {
        let Some(day) = self.queue.open_day() else { return self.planned(plan) };
        if plan.day == day.plan.day {
            return self.planned(plan);
        }
        let open = || day.visits.iter().filter(|(_, visit)| visit.stage.is_open());
        let came_today = |visit: &Visit| visit.arrived.at >= midnight;
        let clerks_came = day.desks.values().any(|desk| desk.was_set_since(midnight));
        let not_settled: Vec<VisitId> = open().filter(|(_, it)| !came_today(it)).map(|(id, _)| *id).collect();
        let back = plan.day < day.plan.day;
        if back && !not_settled.is_empty() {
            // A day of the past never ends a running one: its people would be lost.
            return;
        }
        if back || clerks_came || open().any(|(_, visit)| came_today(visit)) {
            self.record(Fact::Redated { plan, not_settled });
        } else {
            self.planned(plan);
        }
    }
}
