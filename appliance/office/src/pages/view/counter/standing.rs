//! By what right somebody waits, in the clerk's words, and what became of the booking online.

use jiff::Timestamp;
use names::Trust;
use queue::{LineKind, LineView, Online, VisitView};

use super::{Fact, LinkState, Page, fact};
use crate::pages::texts::{CounterText, fill};

impl Page<'_> {
    /// How and when the visitor came.
    pub(super) fn came(&self, visit: &VisitView, text: &CounterText) -> Fact {
        let arrived = self.words.clock(visit.arrived);
        let (label, form, start) = match visit.kind {
            LineKind::Appointment { start } | LineKind::Early { start, .. } => {
                (&text.fact_appointment, &text.fact_appointment_value, Some(start))
            }
            LineKind::Late { start } => (&text.fact_appointment, &text.fact_late, Some(start)),
            LineKind::WalkIn | LineKind::BackInFront => (&text.fact_arrived, &text.fact_walk_in, None),
            LineKind::Returning { .. } => (&text.fact_arrived, &text.fact_returning, None),
            LineKind::Unverified | LineKind::Lifted => (&text.fact_appointment, &text.fact_unverified, None),
        };
        let start = start.map(|start| self.words.at(start)).unwrap_or_default();
        let state = self.unverified(visit.arrived, text);
        fact(label, fill(form, &[("start", &start), ("arrived", &arrived), ("state", &state)]))
    }

    /// What somebody in the list waits with, and why at this place.
    pub(super) fn standing(&self, one: &LineView, text: &CounterText) -> (String, String) {
        let time = |at: Timestamp| self.words.clock(at);
        let appointment = |start: Timestamp| fill(&text.appointment_at, &[("time", &time(start))]);
        match one.kind {
            // With an unknown clock all are called in the order they came.
            LineKind::Appointment { start } | LineKind::Early { start, .. } if self.now.trust == Trust::Unknown => {
                (appointment(start), text.why_walk_in.clone())
            }
            LineKind::Appointment { start } if start <= self.now.at => {
                (appointment(start), text.why_appointment_due.clone())
            }
            LineKind::Appointment { start } => {
                (appointment(start), fill(&text.why_appointment, &[("time", &time(start))]))
            }
            LineKind::Late { start } => (appointment(start), fill(&text.why_late, &[("time", &time(one.counts_from))])),
            LineKind::Early { start, callable } => {
                (appointment(start), fill(&text.why_early, &[("time", &time(callable))]))
            }
            LineKind::WalkIn => (text.walk_in.clone(), text.why_walk_in.clone()),
            LineKind::Returning { counter } => {
                (text.kind_returning.clone(), fill(&text.why_returning, &[("counter", &counter.to_string())]))
            }
            LineKind::BackInFront => (text.kind_back.clone(), text.why_back.clone()),
            LineKind::Unverified => (text.fact_appointment.clone(), text.why_walk_in.clone()),
            LineKind::Lifted => (text.fact_appointment.clone(), text.why_lifted.clone()),
        }
    }

    /// What a clerk should know before calling; may be empty.
    pub(super) fn notice(&self, one: &LineView, text: &CounterText) -> String {
        let unverified = matches!(one.kind, LineKind::Unverified | LineKind::Lifted);
        let unknown = unverified.then(|| self.unverified(one.arrived, text));
        self.online(one.online, text).or(unknown).unwrap_or_default()
    }

    /// Why nobody knows yet whether there is such an appointment; after an exchange, that there is none.
    fn unverified(&self, arrived: Timestamp, text: &CounterText) -> String {
        let at = |form: &str, time| fill(form, &[("time", &self.words.clock(time))]);
        match self.context.link {
            LinkState::Offline { since } => at(&text.unverified_offline, since),
            LinkState::Connected { as_of } if as_of > arrived => at(&text.unverified_not_found, as_of),
            LinkState::Connected { .. } | LinkState::Never => text.unverified.clone(),
        }
    }

    /// What became of a booking online whose holder is here.
    pub(super) fn online(&self, online: Option<Online>, text: &CounterText) -> Option<String> {
        let today = self.words.day(self.now.at);
        let (form, day, time) = match online? {
            Online::Cancelled { at } if self.words.day(at) == today => (&text.online_cancelled, today, at),
            Online::Cancelled { at } => (&text.online_cancelled_on, self.words.day(at), at),
            Online::Moved { day, start } if day == today => (&text.online_moved, day, start),
            Online::Moved { day, start } => (&text.online_moved_to_day, day, start),
            Online::OtherDay { day, start } => (&text.online_other_day, day, start),
        };
        let (day, time) = (self.words.date_inline(day), self.words.at(time));
        Some(fill(form, &[("day", &day), ("time", &time)]))
    }
}
