//! The state of the hall: the fold of its facts.
//!
//! What must always hold: only [`Queue::apply`] changes anything, it never fails, and it looks
//! at nothing but the fact and the state; a fact about somebody unknown changes nothing.

use std::collections::BTreeMap;

use names::{CounterId, Now};

use crate::bookings::Bookings;
use crate::clock_set::Shift;
use crate::day::Day;
use crate::guard::Guard;
use crate::press::Presses;
use crate::{Act, Answer, Appointment, Fact, Plan, PressId, Recorded};

/// The queue engine: one office, one day at a time, and the bookings known around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    pub(crate) bookings: Bookings,
    pub(crate) day: Option<Day>,
    pub(crate) guard: Guard,
    /// Answered presses, also across days: a late repetition must not act on the new day.
    pub(crate) presses: BTreeMap<CounterId, Presses<Act, Answer>>,
}

impl Queue {
    /// An empty hall without a day.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one fact over, when it is decided and again when the day is replayed.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.fact {
            Fact::Planned { plan } => self.begin_or_change(plan),
            Fact::Redated { plan, not_settled } => self.redate(plan, not_settled, at.at),
            Fact::ClockSet { delta_ms, since, .. } => self.shift(Shift::new(*since, *delta_ms)),
            Fact::Expected { appointment } | Fact::TokenShown { appointment } => self.tell(appointment),
            Fact::Withdrawn { booking, cancelled_at } => self.bookings.cancel(*booking, *cancelled_at),
            Fact::Guessed { reader } => self.guard.count(*reader, at.at),
            Fact::Pressed { counter, press, act, answer } => self.remember(*counter, press, *act, answer, at),
            Fact::Arrived { .. }
            | Fact::TicketTaken { .. }
            | Fact::TicketRepeated { .. }
            | Fact::Returned { .. }
            | Fact::Lifted { .. }
            | Fact::CounterSet { .. }
            | Fact::Called { .. }
            | Fact::Recalled { .. }
            | Fact::Announced { .. }
            | Fact::Missed { .. }
            | Fact::Serving { .. }
            | Fact::Served { .. }
            | Fact::WentAway { .. }
            | Fact::DayClosed { .. } => self.apply_to_day(recorded),
        }
    }

    fn apply_to_day(&mut self, recorded: &Recorded) {
        if let Some(day) = &mut self.day {
            day.apply(recorded, &self.bookings);
        }
    }

    fn begin_or_change(&mut self, plan: &Plan) {
        match &mut self.day {
            Some(day) if day.plan.day == plan.day => day.change_plan(plan),
            Some(_) | None => {
                self.bookings.forget_before(plan.day);
                self.day = Some(Day::begin(plan));
            }
        }
    }

    /// Keeps what was told; somebody admitted unverified by this PIN is now known.
    fn tell(&mut self, appointment: &Appointment) {
        if self.bookings.tell(appointment)
            && let Some(day) = &mut self.day
        {
            day.verify(appointment);
        }
    }

    fn remember(&mut self, counter: CounterId, press: &PressId, act: Act, answer: &Answer, at: Now) {
        self.presses.entry(counter).or_default().keep(act, press.clone(), answer.clone(), at.at);
    }

    /// The day, unless it is closed.
    pub(crate) fn open_day(&self) -> Option<&Day> {
        self.day.as_ref().filter(|day| !day.closed)
    }
}
