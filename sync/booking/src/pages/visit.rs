//! A visit in words: what, how long, when; and how long it is still held.

use jiff::Timestamp;
use names::{Language, Minutes, ServiceId};

use super::form::Pairs;
use super::say::{bare_clock, minutes_left};
use super::text::{Text, Texts};
use crate::citizen::{AppointmentView, HeldView, LinkBooking, OfficeView, Pick};

/// What a page says about a visit.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) services: Vec<String>,
    pub(crate) persons: Text,
    pub(crate) long: Text,
    /// "Dienstag, 3. Februar, 9:40 Uhr"; empty before a time was chosen.
    pub(crate) when: String,
    pub(crate) day: String,
    pub(crate) clock: String,
    pub(crate) documents: Vec<String>,
}

impl Visit {
    fn new(office: &OfficeView, language: Language, services: &[ServiceId], persons: u8, length: Minutes) -> Self {
        let t = Texts::of(language);
        let known: Vec<_> = services.iter().filter_map(|id| office.service(*id)).collect();
        let mut documents: Vec<String> = Vec::new();
        for document in known.iter().flat_map(|service| service.documents_in(language)) {
            if !documents.contains(document) {
                documents.push(document.clone());
            }
        }
        Self {
            services: known.iter().map(|service| service.name_in(language).to_owned()).collect(),
            persons: t.persons(persons),
            long: t.minutes(length),
            when: String::new(),
            day: String::new(),
            clock: String::new(),
            documents,
        }
    }

    fn at(mut self, office: &OfficeView, language: Language, start: Timestamp) -> Self {
        let t = Texts::of(language);
        self.when = t.moment(start, &office.zone).to_string();
        self.day = t.day(start.to_zoned(office.zone.clone()).date()).to_string();
        self.clock = t.clock(start, &office.zone).to_string();
        self
    }

    pub(crate) fn of_pick(office: &OfficeView, language: Language, pick: &Pick) -> Self {
        Self::new(office, language, pick.services(), pick.persons(), pick.length())
    }

    pub(crate) fn of_held(office: &OfficeView, language: Language, held: &HeldView) -> Self {
        Self::of_pick(office, language, &held.pick).at(office, language, held.start)
    }

    pub(crate) fn of_link(office: &OfficeView, language: Language, booking: &LinkBooking) -> Self {
        let visit = Self::new(office, language, &booking.services, booking.persons, booking.length);
        visit.at(office, language, booking.start)
    }

    pub(crate) fn of_appointment(office: &OfficeView, language: Language, view: &AppointmentView) -> Self {
        Self::new(office, language, &view.services, view.persons, view.length).at(office, language, view.start)
    }
}

/// A free start as it can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// The moment, exact.
    pub(crate) value: Timestamp,
    /// "Dienstag, 3. Februar, 9:40 Uhr".
    pub(crate) when: Text,
    /// "Dienstag, 3. Februar".
    pub(crate) day: Text,
    /// "9:40 Uhr".
    pub(crate) clock: Text,
    /// "9:40".
    pub(crate) bare: String,
}

impl Slot {
    pub(crate) fn of(office: &OfficeView, t: &Texts, start: Timestamp) -> Self {
        let local = start.to_zoned(office.zone.clone());
        Self {
            value: start,
            when: t.moment(start, &office.zone),
            day: t.day(local.date()),
            clock: t.clock(start, &office.zone),
            bare: bare_clock(local.time()),
        }
    }
}

/// How long something is still held.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// In words, whole minutes.
    pub(crate) left: Text,
    /// For the script, which counts on.
    pub(crate) seconds: i64,
    /// Whether it can be extended.
    pub(crate) longer: bool,
}

impl Left {
    pub(crate) fn of_hold(t: &Texts, held: &HeldView, now: Timestamp) -> Self {
        let longer = held.extensions_left > 0;
        // A hold ends when it is let go, not at a moment: past it, going on may still work.
        let last = if held.until > now { &t.hold.left_last } else { &t.hold.over };
        Self { longer, ..Self::until(t, held.until, now, (&t.hold.left, last)) }
    }

    pub(crate) fn of_link(t: &Texts, until: Timestamp, now: Timestamp) -> Self {
        Self::until(t, until, now, (&t.waiting.left, &t.waiting.left_last))
    }

    fn until(t: &Texts, until: Timestamp, now: Timestamp, (many, last): (&Text, &Text)) -> Self {
        let minutes = minutes_left(until, now);
        let left = if minutes.0 == 0 { last.clone() } else { many.with("minutes", t.minutes(minutes)) };
        Self { left, seconds: until.duration_since(now).as_secs().max(0), longer: false }
    }
}

/// A choice as it travels from page to page, so that it outlives a hold that lapsed.
pub(crate) fn pick_query(pick: &Pick) -> Pairs {
    let services = pick.services().iter().fold(Pairs::default(), |pairs, id| pairs.with("service", id));
    services.with("personen", pick.persons())
}
