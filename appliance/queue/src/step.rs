//! One step: an event is decided into facts, each applied at once, and into effects.
//!
//! What must always hold: facts come first and in the order they were applied; deciding reads
//! the state only, so that nothing can be forgotten when the facts are replayed.

use names::{CounterId, Now, Trust};

use crate::{Answer, Effect, Event, Fact, Greeting, PressId, Queue, Reader, Recorded, VisitId};

/// One step in the making.
pub(crate) struct Step<'q> {
    pub(crate) queue: &'q mut Queue,
    pub(crate) now: Now,
    records: Vec<Effect>,
    moments: Vec<Effect>,
}

impl Queue {
    /// Decides what an event brings, takes it over, and returns what is to be kept (first) and done.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut step = Step { queue: self, now, records: Vec::new(), moments: Vec::new() };
        step.decide(event);
        step.records.append(&mut step.moments);
        step.records
    }
}

impl Step<'_> {
    fn decide(&mut self, event: Event) {
        if !matches!(event, Event::Planned(_) | Event::Redated { .. } | Event::ClockSet { .. }) {
            self.end_overdue_day();
        }
        match event {
            Event::Planned(plan) => self.planned(plan),
            Event::Redated { plan, midnight } => self.redated(plan, midnight),
            Event::ClockSet { by, delta_ms, since } => self.record(Fact::ClockSet { by, delta_ms, since }),
            Event::Expected(appointment) => {
                if self.queue.bookings.is_news(&appointment) {
                    self.record(Fact::Expected { appointment });
                }
            }
            Event::Withdrawn { booking, cancelled_at } => {
                if self.queue.bookings.is_news_of_cancelling(booking, cancelled_at) {
                    self.record(Fact::Withdrawn { booking, cancelled_at });
                }
            }
            Event::CheckIn { reader, presented } => self.check_in(reader, presented),
            Event::TakeTicket { reader, service, press } => self.take_ticket(reader, service, press),
            Event::Counter { counter, act, press } => self.press(counter, act, press),
            Event::Announced { visit } => self.announced(visit),
            Event::Tick => {}
            Event::CloseDay => self.close_day(),
        }
    }

    pub(crate) fn planned(&mut self, plan: crate::Plan) {
        if let Some(day) = &self.queue.day {
            if day.plan == plan {
                return;
            }
            // A plan of the past must not end a running day: its people would be lost.
            if plan.day < day.plan.day && !day.closed {
                return;
            }
            if plan.day != day.plan.day {
                self.close_day();
            }
        }
        self.record(Fact::Planned { plan });
    }

    fn announced(&mut self, visit: VisitId) {
        let call = self.queue.open_day().and_then(|day| day.visits.get(&visit)).and_then(|it| it.stage.call());
        if call.is_some_and(|call| call.announced.is_none()) {
            self.record(Fact::Announced { visit });
        }
    }

    fn end_overdue_day(&mut self) {
        let ends = self.queue.open_day().map(|day| day.plan.ends);
        if self.now.trust != Trust::Unknown && ends.is_some_and(|ends| ends <= self.now.at) {
            self.close_day();
        }
    }

    fn close_day(&mut self) {
        let Some(day) = self.queue.open_day() else { return };
        let open = day.visits.iter().filter(|(_, visit)| visit.stage.is_open());
        let not_settled = open.map(|(id, _)| *id).collect();
        self.record(Fact::DayClosed { day: day.plan.day, not_settled });
    }

    /// Keeps a fact and takes it over at once.
    pub(crate) fn record(&mut self, fact: Fact) {
        let recorded = Recorded { at: self.now, fact };
        self.queue.apply(&recorded);
        self.records.push(Effect::Record(recorded));
    }

    /// Answers at a terminal.
    pub(crate) fn greet(&mut self, reader: Reader, greeting: Greeting) {
        self.moments.push(Effect::Greet { reader, greeting });
    }

    /// Answers at a counter.
    pub(crate) fn answer(&mut self, counter: CounterId, press: PressId, answer: Answer) {
        self.moments.push(Effect::Answer { counter, press, answer });
    }

    /// Shows and sounds the call that stands for a visit.
    pub(crate) fn announce(&mut self, visit: VisitId, counter: CounterId) {
        if let Some(it) = self.queue.day.as_ref().and_then(|day| day.visits.get(&visit)) {
            self.moments.push(Effect::Announce { visit, code: it.code, counter });
        }
    }
}
