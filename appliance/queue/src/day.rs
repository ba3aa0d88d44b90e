//! One day in the hall: its plan, its visits, its counters, its tickets.
//!
//! What must always hold: visits are numbered from 1 and never removed; a counter has at most
//! one visit; a change of plan loses nobody.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use names::{BookingId, Code, CounterId, Language, Now, Pin, ServiceId, TicketNumber};

use crate::bookings::Bookings;
use crate::limits::{CALLS_KEPT, SAME_TICKET};
use crate::order::Turn;
use crate::press::Presses;
use crate::visit::{Call, Claim, Stage, Visit};
use crate::{Act, CallView, Fact, Greeting, Plan, PressId, Reader, Reason, Recorded, VisitId, timing};

/// One day.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Day {
    pub(crate) plan: Plan,
    pub(crate) closed: bool,
    pub(crate) visits: BTreeMap<VisitId, Visit>,
    /// The visit of each booking whose holder has come: asked for every expected booking at every step.
    pub(crate) by_booking: BTreeMap<BookingId, VisitId>,
    /// All counters that stood in a plan of this day.
    pub(crate) desks: BTreeMap<CounterId, Desk>,
    /// The highest number given out.
    pub(crate) last_ticket: u16,
    pub(crate) tickets: BTreeMap<Reader, Presses<Option<ServiceId>, VisitId>>,
    /// Newest first.
    pub(crate) calls: VecDeque<CallView>,
}

/// A counter, apart from who stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Desk {
    pub(crate) door: DeskDoor,
    /// When somebody opened, paused or closed it.
    pub(crate) set: Option<Timestamp>,
    pub(crate) turn: Turn,
}

/// Whether a counter calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DeskDoor {
    Open,
    Paused,
    #[default]
    Closed,
}

impl Desk {
    /// Somebody came to this counter since then.
    pub(crate) fn was_set_since(&self, moment: Timestamp) -> bool {
        self.set.is_some_and(|set| set >= moment)
    }
}

impl DeskDoor {
    /// The state an act asks for, if it is such an act.
    pub(crate) fn asked(act: Act) -> Option<Self> {
        match act {
            Act::Open => Some(Self::Open),
            Act::Pause => Some(Self::Paused),
            Act::Close => Some(Self::Closed),
            Act::CallNext
            | Act::CallThis(_)
            | Act::Recall
            | Act::Missed
            | Act::IsHere
            | Act::Finish
            | Act::FinishAndNext
            | Act::ComesBack
            | Act::Lift(_)
            | Act::Button(_) => None,
        }
    }
}

impl Day {
    pub(crate) fn begin(plan: &Plan) -> Self {
        let mut day = Self {
            plan: plan.clone(),
            closed: false,
            visits: BTreeMap::new(),
            by_booking: BTreeMap::new(),
            desks: BTreeMap::new(),
            last_ticket: 0,
            tickets: BTreeMap::new(),
            calls: VecDeque::new(),
        };
        day.change_plan(plan);
        day
    }

    pub(crate) fn change_plan(&mut self, plan: &Plan) {
        self.plan = plan.clone();
        for counter in &plan.counters {
            self.desks.entry(counter.id).or_default();
        }
    }

    /// Gives the day another date; what it left of an earlier one is not settled.
    pub(crate) fn redate(&mut self, plan: &Plan, not_settled: &[VisitId], at: Timestamp) {
        for id in not_settled {
            self.end_call(*id, Stage::NotSettled, at);
        }
        self.change_plan(plan);
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded, bookings: &Bookings) {
        let now = recorded.at;
        let at = now.at;
        match &recorded.fact {
            Fact::Arrived { visit, code, booking, version, service, standing } => {
                self.arrive(*visit, (*code, *booking, *version, *service), standing, now, bookings);
            }
            Fact::TicketTaken { visit, ticket, service, reader, press } => {
                self.insert_ticket(*visit, *ticket, *service, now);
                self.keep_press(*visit, *service, *reader, press, at);
            }
            Fact::TicketRepeated { visit, service, reader, press } => {
                self.keep_press(*visit, *service, *reader, press, at);
            }
            Fact::Returned { visit, standing, version } => self.come_back(*visit, standing, *version, at),
            Fact::Lifted { visit, .. } => self.lift(*visit),
            Fact::CounterSet { counter, act } => self.set_desk(*counter, *act, at),
            Fact::Called { visit, counter, reason } => self.call(*visit, *counter, *reason, at),
            Fact::Recalled { visit, .. } => self.recall(*visit, at),
            Fact::Announced { visit } => self.announced(*visit, at),
            Fact::Missed { visit, .. } => self.miss(*visit, at),
            Fact::Serving { visit, counter } => self.put(*visit, Stage::Serving { counter: *counter, since: at }),
            Fact::Served { visit, .. } => self.end_call(*visit, Stage::Served, at),
            Fact::WentAway { visit, counter } => self.end_call(*visit, Stage::Away { counter: *counter }, at),
            Fact::DayClosed { not_settled, .. } => self.close(not_settled, at),
            Fact::Planned { .. }
            | Fact::Redated { .. }
            | Fact::ClockSet { .. }
            | Fact::Expected { .. }
            | Fact::TokenShown { .. }
            | Fact::Withdrawn { .. }
            | Fact::Guessed { .. }
            | Fact::Pressed { .. } => {}
        }
    }

    fn arrive(
        &mut self,
        id: VisitId,
        (code, booking, version, service): (Code, Option<BookingId>, Option<u16>, Option<ServiceId>),
        standing: &Greeting,
        now: Now,
        bookings: &Bookings,
    ) {
        let told = booking.and_then(|it| bookings.get(it)).and_then(|known| known.appointment());
        let (claim, from) = standing_claim(standing, now.at);
        if let Code::Ticket(ticket) = code {
            self.last_ticket = self.last_ticket.max(ticket.number());
        }
        let visit = Visit {
            code,
            booking,
            // Facts of the first version of this program do not say it.
            version: version.or(told.map(|it| it.version)),
            other_day: None,
            service,
            language: told.map(|it| it.language).unwrap_or_default(),
            takes: told.map(|it| it.length),
            arrived: now,
            claim,
            from,
            stage: Stage::Waiting,
            called: false,
        };
        self.visits.insert(id, visit);
        if let Some(booking) = booking {
            self.by_booking.entry(booking).or_insert(id);
        }
        self.verify_known(code, bookings);
    }

    fn insert_ticket(&mut self, id: VisitId, ticket: TicketNumber, service: Option<ServiceId>, now: Now) {
        self.last_ticket = self.last_ticket.max(ticket.number());
        let visit = Visit {
            code: Code::Ticket(ticket),
            booking: None,
            version: None,
            other_day: None,
            service,
            language: Language::default(),
            takes: None,
            arrived: now,
            claim: Claim::WalkIn,
            from: now.at,
            stage: Stage::Waiting,
            called: false,
        };
        self.visits.insert(id, visit);
    }

    fn keep_press(&mut self, id: VisitId, service: Option<ServiceId>, reader: Reader, press: &PressId, at: Timestamp) {
        let presses = self.tickets.entry(reader).or_insert_with(|| Presses::within(SAME_TICKET));
        presses.keep(service, press.clone(), id, at);
    }

    fn come_back(&mut self, id: VisitId, standing: &Greeting, version: Option<u16>, at: Timestamp) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        (visit.claim, visit.from) = match standing_claim(standing, at) {
            (Claim::WalkIn, _) => (Claim::WalkIn, visit.arrived.at),
            other => other,
        };
        visit.version = version.or(visit.version);
        visit.stage = Stage::Waiting;
    }

    fn set_desk(&mut self, counter: CounterId, act: Act, at: Timestamp) {
        if let Some(door) = DeskDoor::asked(act) {
            let desk = self.desks.entry(counter).or_default();
            (desk.door, desk.set) = (door, Some(at));
        }
    }

    fn call(&mut self, id: VisitId, counter: CounterId, reason: Reason, at: Timestamp) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        let booked = matches!(visit.claim, Claim::Appointment { .. } | Claim::Lifted);
        visit.stage = Stage::Called(Call { counter, first_at: at, at, times: 1, announced: None, reason });
        visit.called = true;
        let code = visit.code;
        let desk = self.desks.entry(counter).or_default();
        desk.turn = desk.turn.after(reason, booked);
        let view = CallView { visit: id, code, counter, at, first_at: at, times: 1, announced: None, over: None };
        self.calls.push_front(view);
        self.calls.truncate(CALLS_KEPT);
    }

    fn recall(&mut self, id: VisitId, at: Timestamp) {
        let Some(call) = self.standing_call(id) else { return };
        call.times = call.times.saturating_add(1);
        call.at = at;
        call.announced = None;
        let times = call.times;
        if let Some(place) = self.calls.iter().position(|view| view.visit == id)
            && let Some(view) = self.calls.remove(place)
        {
            self.calls.push_front(CallView { at, times, announced: None, ..view });
        }
    }

    fn announced(&mut self, id: VisitId, at: Timestamp) {
        let Some(call) = self.standing_call(id) else { return };
        call.announced = Some(at);
        if let Some(view) = self.calls.iter_mut().find(|view| view.visit == id) {
            view.announced = Some(at);
        }
    }

    fn miss(&mut self, id: VisitId, at: Timestamp) {
        let last_call = self.standing_call(id).map_or(at, |call| call.at);
        self.end_call(id, Stage::Missed { last_call }, at);
    }

    fn end_call(&mut self, id: VisitId, stage: Stage, at: Timestamp) {
        self.put(id, stage);
        if let Some(view) = self.calls.iter_mut().find(|view| view.visit == id) {
            view.over.get_or_insert(at);
        }
    }

    fn close(&mut self, not_settled: &[VisitId], at: Timestamp) {
        for id in not_settled {
            self.end_call(*id, Stage::NotSettled, at);
        }
        for desk in self.desks.values_mut() {
            desk.door = DeskDoor::Closed;
        }
        self.closed = true;
    }

    fn put(&mut self, id: VisitId, stage: Stage) {
        if let Some(visit) = self.visits.get_mut(&id) {
            visit.stage = stage;
        }
    }

    fn standing_call(&mut self, id: VisitId) -> Option<&mut Call> {
        match &mut self.visits.get_mut(&id)?.stage {
            Stage::Called(call) => Some(call),
            Stage::Waiting
            | Stage::Serving { .. }
            | Stage::Missed { .. }
            | Stage::Away { .. }
            | Stage::Served
            | Stage::NotSettled => None,
        }
    }

    /// The visit of a booking, if its holder has come.
    pub(crate) fn by_booking(&self, booking: BookingId) -> Option<VisitId> {
        self.by_booking.get(&booking).copied()
    }

    /// The visit that has this PIN; one that is not over goes before.
    pub(crate) fn by_pin(&self, pin: Pin) -> Option<(VisitId, &Visit)> {
        let with_pin = self.visits.iter().filter(|(_, visit)| visit.code == Code::Pin(pin));
        with_pin.min_by_key(|(_, visit)| visit.stage.is_over()).map(|(id, visit)| (*id, visit))
    }

    /// The visit with this ticket; three digits are enough.
    pub(crate) fn by_ticket(&self, fits: impl Fn(TicketNumber) -> bool) -> Option<VisitId> {
        let has = |visit: &Visit| match visit.code {
            Code::Ticket(ticket) => fits(ticket),
            Code::Pin(_) => false,
        };
        self.visits.iter().find(|(_, visit)| has(visit)).map(|(id, _)| *id)
    }

    /// Who stands at or was called to a counter.
    pub(crate) fn at_counter(&self, counter: CounterId) -> Option<(VisitId, &Visit)> {
        self.visits.iter().find(|(_, v)| v.stage.at_counter() == Some(counter)).map(|(id, visit)| (*id, visit))
    }

    /// The number of the next visit.
    pub(crate) fn next_visit(&self) -> VisitId {
        VisitId(self.visits.last_key_value().map_or(1, |(id, _)| id.0 + 1))
    }

    /// How many are in the hall and not called.
    pub(crate) fn waiting(&self) -> usize {
        self.visits.values().filter(|visit| visit.waits()).count()
    }
}

/// The right to be called that an answer promised, and from when its wait counts.
fn standing_claim(standing: &Greeting, at: Timestamp) -> (Claim, Timestamp) {
    match standing {
        Greeting::Here { timing, .. } => timing::claim(*timing, at),
        Greeting::Unverified { .. } => (Claim::Unverified, at),
        Greeting::BackInFront { .. } => (Claim::BackInFront, at),
        Greeting::Returning { counter, .. } => (Claim::Returning { counter: *counter }, at),
        Greeting::BackInLine { .. }
        | Greeting::Waiting { .. }
        | Greeting::GoTo { .. }
        | Greeting::Ticket { .. }
        | Greeting::OtherDay { .. }
        | Greeting::OtherOffice
        | Greeting::Cancelled
        | Greeting::AlreadyServed
        | Greeting::CheckDigits
        | Greeting::Unknown
        | Greeting::Unreadable
        | Greeting::Rest { .. }
        | Greeting::NoTickets
        | Greeting::Closed { .. } => (Claim::WalkIn, at),
    }
}
