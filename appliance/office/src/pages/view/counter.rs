//! The counter page: what one clerk sees.
//!
//! What must always hold: everything needed for the next step and no figure about a clerk
//! (`rules.md`, Staff data): no service time, no idle time, no calls per counter.

mod common;
mod standing;

use std::collections::BTreeMap;

use names::{CounterId, Language, Now, ServiceId};
use queue::{CounterState, LineKind, LineView, Queue, Reason, VisitId};
use serde::Serialize;

use common::Common;

use super::calendar::Words;
use super::{ClockNote, Context, LinkState, Shown, clock, noun};
use crate::pages::texts::{self, CounterText, fill};

/// Rows of the list; more than anybody looks through, few enough to send at every change.
pub(super) const LINE_ROWS: usize = 40;
/// Booked times that are shown as not here yet.
pub(super) const EXPECTED_TIMES: usize = 3;

/// The whole counter page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CounterView {
    /// The number on the plate.
    pub counter: u8,
    /// What a counter is called here.
    pub noun: String,
    /// The office.
    pub office: String,
    /// What this counter serves, in words.
    pub skills: String,
    /// What this counter is doing.
    pub state: State,
    /// Who is called or served.
    pub visitor: Option<Visitor>,
    /// Everybody in the hall who waits.
    pub waiting: usize,
    /// Those this counter may call.
    pub mine: usize,
    /// The longest wait in the hall, in words; empty while nobody waits.
    pub longest: String,
    /// Who waits, in the order of the calls; at most 40.
    pub line: Vec<LineRow>,
    /// How many more wait.
    pub more: usize,
    /// Booked and not here yet; at most three times.
    pub expected: Vec<Expected>,
    /// The line to the booking server, in words.
    pub link: String,
    /// Whether that line is cut.
    pub cut: bool,
    /// The office's day in figures.
    pub tally: String,
    /// What has to be said of the clock; nothing while the box knows the time.
    pub clock: Option<ClockNote>,
    /// What has to be said of the journal and its stick, in words; nothing while all is well.
    pub journal: Vec<String>,
}

/// What a counter is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not opened.
    Closed,
    /// Calls nobody for now.
    Paused,
    /// Nobody here.
    Free,
    /// Somebody is on the way; still being announced or not.
    Called,
    /// Somebody is here.
    Serving,
    /// Somebody is probably here.
    Presumed,
}

/// Who is called or served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Visitor {
    /// Who.
    pub code: Shown,
    /// Whether the call is still being spoken.
    pub speaking: bool,
    /// What the head strip says.
    pub head: String,
    /// And beside it.
    pub note: String,
    /// What a clerk should know.
    pub facts: Vec<Fact>,
}

/// One thing a clerk should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// `Termin`.
    pub label: String,
    /// `9:40 Uhr, da seit 9:31`.
    pub value: String,
}

/// One person in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineRow {
    /// Which visit, to call this one.
    pub visit: u32,
    /// Who.
    pub code: Shown,
    /// `Termin 9:50`.
    pub what: String,
    /// `da seit 9:44`.
    pub since: String,
    /// What for.
    pub service: String,
    /// Why at this place of the list.
    pub why: String,
    /// What a clerk should know before calling: what became of the booking online, or why nobody
    /// knows it; may be empty.
    pub notice: String,
    /// Whether a clerk may let this person count as an appointment.
    pub lift: bool,
    /// Whether this counter calls this person next.
    pub next: bool,
    /// Whether this counter may call this person.
    pub mine: bool,
}

/// People booked for one time who are not here yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// `10:00`.
    pub start: String,
    /// How many.
    pub people: String,
}

impl CounterView {
    /// The page of one counter at this moment; nothing for a counter the office does not have.
    #[must_use]
    pub fn of(queue: &Queue, context: &Context, counter: CounterId, now: Now) -> Option<Self> {
        Self::all(queue, context, now).remove(&counter)
    }

    /// The pages of all counters; what they have in common is drawn once.
    #[must_use]
    pub fn all(queue: &Queue, context: &Context, now: Now) -> BTreeMap<CounterId, Self> {
        let line = queue.line(now);
        let page = |counter| Page {
            queue,
            context,
            counter,
            now,
            line: &line,
            words: Words::new(&context.zone, Language::De),
        };
        let pages: Vec<Page<'_>> = queue.counters(now).into_iter().map(|counter| page(counter.id)).collect();
        let Some(common) = pages.first().map(Page::common) else { return BTreeMap::new() };
        pages.iter().filter_map(|page| Some((page.counter, page.view(&common)?))).collect()
    }
}

struct Page<'a> {
    queue: &'a Queue,
    context: &'a Context,
    counter: CounterId,
    now: Now,
    line: &'a [LineView],
    words: Words<'a>,
}

impl Page<'_> {
    fn view(&self, common: &Common) -> Option<CounterView> {
        let text = texts::counter();
        let state = self.queue.counter(self.counter, self.now)?.state;
        let line = self.line;
        let (link, cut) = self.link(text);
        Some(CounterView {
            counter: self.counter.number(),
            noun: noun(self.context),
            office: self.context.office.as_ref().map(|office| office.name.clone()).unwrap_or_default(),
            skills: self.skills(text),
            state: name(&state),
            visitor: self.visitor(&state),
            waiting: line.len(),
            mine: self.queue.waiting_for(self.counter, self.now),
            longest: common.longest.clone(),
            more: line.len().saturating_sub(common.rows.len()),
            line: self.own(&common.rows),
            expected: common.expected.clone(),
            link,
            cut,
            tally: common.tally.clone(),
            clock: clock::note(self.context, self.now),
            journal: Vec::new(),
        })
    }

    fn skills(&self, text: &CounterText) -> String {
        let plan = self.queue.plan();
        let mine = plan.and_then(|plan| plan.counters.iter().find(|own| own.id == self.counter));
        let names: Vec<String> =
            mine.map(|own| own.skills.iter()).into_iter().flatten().map(|id| self.service(Some(*id))).collect();
        if names.is_empty() { text.all_services.clone() } else { names.join(", ") }
    }

    /// Whether this counter may call somebody with this service.
    fn may(&self, service: Option<ServiceId>) -> bool {
        let plan = self.queue.plan();
        let mine = plan.and_then(|plan| plan.counters.iter().find(|own| own.id == self.counter));
        let (Some(own), Some(service)) = (mine, service) else { return true };
        own.skills.is_empty() || own.skills.contains(&service)
    }

    fn service(&self, id: Option<ServiceId>) -> String {
        let text = texts::counter();
        let Some(id) = id else { return text.service_unknown.clone() };
        let office = self.context.office.as_ref();
        let named = office.and_then(|office| office.service(id)).map(|service| service.name.clone());
        named.unwrap_or_else(|| format!("{} {id}", text.fact_service))
    }

    fn visitor(&self, state: &CounterState) -> Option<Visitor> {
        let text = texts::counter();
        match state {
            CounterState::Closed | CounterState::Paused | CounterState::Free => None,
            CounterState::Called { visit, code, at, times, announced, reason } => {
                let at = self.words.at(*at);
                let head = match times {
                    0 | 1 => fill(&text.state_called, &[("time", &at)]),
                    2.. => fill(&text.state_again, &[("times", &times.to_string()), ("time", &at)]),
                };
                let note = if announced.is_some() { &text.state_on_board } else { &text.state_speaking };
                let facts = self.facts(*visit, Some(*reason));
                Some(Visitor { code: (*code).into(), speaking: announced.is_none(), head, note: note.clone(), facts })
            }
            CounterState::Serving { visit, code, presumed, .. } => Some(Visitor {
                code: (*code).into(),
                speaking: false,
                head: if *presumed { text.state_presumed.clone() } else { text.state_serving.clone() },
                note: if *presumed { text.state_presumed_note.clone() } else { String::new() },
                facts: self.facts(*visit, None),
            }),
        }
    }

    fn facts(&self, visit: VisitId, reason: Option<Reason>) -> Vec<Fact> {
        let text = texts::counter();
        let Some(visit) = self.queue.visit(visit, self.now) else { return Vec::new() };
        let service = match visit.service {
            Some(id) => self.service(Some(id)),
            None => text.fact_service_unknown.clone(),
        };
        let mut facts = vec![self.came(&visit, text), fact(&text.fact_service, service)];
        match visit.language {
            Language::De => {}
            Language::En => facts.push(fact(&text.fact_language, text.language_en.clone())),
        }
        facts.extend(self.online(visit.online, text).map(|online| fact(&text.fact_online, online)));
        facts.extend(reason.map(|reason| fact(&text.fact_reason, self.reason(reason, text))));
        facts
    }

    fn reason(&self, reason: Reason, text: &CounterText) -> String {
        text.reason.get(reason_key(reason)).cloned().unwrap_or_default()
    }

    fn row(&self, one: &LineView) -> LineRow {
        let text = texts::counter();
        let (what, why) = self.standing(one, text);
        let arrived = self.words.clock(one.arrived);
        LineRow {
            visit: one.visit.0,
            code: one.code.into(),
            what,
            since: fill(&text.here_since, &[("time", &arrived)]),
            service: self.service(one.service),
            why,
            notice: self.notice(one, text),
            lift: one.kind == LineKind::Unverified,
            next: false,
            mine: false,
        }
    }

    fn link(&self, text: &CounterText) -> (String, bool) {
        match self.context.link {
            LinkState::Connected { as_of } => (fill(&text.line_ok, &[("time", &self.words.clock(as_of))]), false),
            LinkState::Offline { since } => (fill(&text.line_cut, &[("time", &self.words.clock(since))]), true),
            LinkState::Never => (text.line_none.clone(), false),
        }
    }
}

fn name(state: &CounterState) -> State {
    match state {
        CounterState::Closed => State::Closed,
        CounterState::Paused => State::Paused,
        CounterState::Free => State::Free,
        CounterState::Called { .. } => State::Called,
        CounterState::Serving { presumed: false, .. } => State::Serving,
        CounterState::Serving { presumed: true, .. } => State::Presumed,
    }
}

/// The name of a reason, as in the text file.
pub(crate) fn reason_key(reason: Reason) -> &'static str {
    match reason {
        Reason::Due => "due",
        Reason::EarlyIdle => "early-idle",
        Reason::NobodyElse => "nobody-else",
        Reason::TicketOrder => "ticket-order",
        Reason::Alternating => "alternating",
        Reason::PastBound => "past-bound",
        Reason::AppointmentWaited => "appointment-waited",
        Reason::BackInFront => "back-in-front",
        Reason::Returning => "returning",
        Reason::Chosen => "chosen",
    }
}

fn fact(label: &str, value: String) -> Fact {
    Fact { label: label.to_owned(), value }
}
