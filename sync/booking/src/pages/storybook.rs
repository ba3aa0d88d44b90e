//! Every page with canned data, to be looked at without an office, and to be tested.
//!
//! The office, the person and the telephone number are made up.

mod canned;

use jiff::Timestamp;
use names::Language;

use super::appointment::{AppointmentPage, CancelPage};
use super::assets;
use super::details::DetailsPage;
use super::form::Pairs;
use super::frame::{Contact, Frame};
use super::link::LinkPage;
use super::offer::OfferPage;
use super::review::ReviewPage;
use super::services::{OfficesPage, ServicesPage};
use super::status::StatusPage;
use super::text::Texts;
use super::times::{TimesPage, Window};
use super::trouble::{MessagePage, Stop};
use super::visit::Left;
use super::waiting::{WaitingPage, Ways};
use crate::citizen::{AppointmentState, DetailsForm, Field, FieldError, MailState, OfficeView, What};
use askama::Template;
use canned::{at, now, office, pick};

/// All pages: a file name and its HTML, German first.
#[must_use]
pub fn pages() -> Vec<(String, String)> {
    Language::ALL
        .into_iter()
        .flat_map(|language| Book { office: office(), language, pages: Vec::new() }.all())
        .collect()
}

/// The static files: address without the first stroke, and content.
#[must_use]
pub fn files() -> Vec<(String, &'static [u8])> {
    let file = |(name, bytes)| (assets::address(name).trim_start_matches('/').to_owned(), bytes);
    assets::all().map(file).collect()
}

struct Book {
    office: OfficeView,
    language: Language,
    pages: Vec<(String, String)>,
}

impl Book {
    fn all(mut self) -> Vec<(String, String)> {
        self.choosing();
        self.filling_in();
        self.confirming();
        self.coming();
        self.endings();
        self.pages
    }

    fn frame(&self) -> Frame {
        let t = Texts::of(self.language);
        let contact = Contact::of(&self.office, t);
        Frame {
            t,
            language: self.language,
            title: String::new(),
            office: Some(contact.clone()),
            contacts: vec![contact],
            path: "/musterland/".to_owned(),
            query: Pairs::default(),
            again_after: None,
        }
    }

    fn add(&mut self, name: &str, page: &impl Template) {
        let html = page.render().unwrap_or_else(|error| error.to_string());
        self.pages.push((format!("{name}-{}.html", self.language.tag()), html));
    }

    fn choosing(&mut self) {
        let picked = Pairs::read(b"service=1&personen=2");
        let f = self.frame();
        let mut whole = self.frame();
        whole.office = None;
        self.add("0-offices", &OfficesPage::new(whole));
        self.add("1-services", &ServicesPage::new(self.frame(), &self.office, &Pairs::default(), None));
        self.add("1-services-picked", &ServicesPage::new(self.frame(), &self.office, &picked, None));
        let problem = Some(f.t.services.none_picked.clone());
        self.add("1-services-problem", &ServicesPage::new(self.frame(), &self.office, &Pairs::default(), problem));
        let pick = pick(&self.office);
        self.add("2-times", &TimesPage::new(self.frame(), &self.office, &pick, &canned::window(), None));
        let later = Window { earlier: Some(canned::day(3)), later: None, ..canned::window() };
        let problem = Some(f.t.times.pick_one.clone());
        self.add("2-times-later", &TimesPage::new(self.frame(), &self.office, &pick, &later, problem));
        let none = Window { days: Vec::new(), earlier: None, later: None };
        self.add("2-times-none", &TimesPage::new(self.frame(), &self.office, &pick, &none, None));
        let words = (&f.t.times.taken_heading, &f.t.times.taken_text);
        let taken = OfferPage::new(f.clone(), &self.office, &canned::next(), words, f.to("halten"), f.to("zeit"));
        self.add("2-times-taken", &taken);
    }

    fn filling_in(&mut self) {
        let held = canned::held(&self.office);
        let left = |f: &Frame| Left::of_hold(f.t, &held, now());
        let f = self.frame();
        let action = f.to("daten/0000");
        let empty = DetailsForm::default();
        let page = DetailsPage::new(self.frame(), &self.office, (&held, left(&f)), &empty, &[], action.clone());
        self.add("3-details", &page);
        let typed = DetailsForm { mail: "erika@beispiel".to_owned(), ..empty };
        let errors = [
            FieldError { field: Field::Name, what: What::Missing },
            FieldError { field: Field::Mail, what: What::Form },
        ];
        let page = DetailsPage::new(self.frame(), &self.office, (&held, left(&f)), &typed, &errors, action.clone());
        self.add("3-details-problems", &page);
        let who = canned::who();
        let ways = (f.to("pruefen/0000"), action);
        self.add("4-review", &ReviewPage::new(self.frame(), &self.office, (&held, left(&f)), &who, ways));
    }

    fn confirming(&mut self) {
        let waiting = |f: Frame, office: &OfficeView, state: &MailState| {
            let ways = Ways {
                events: String::new(),
                resend: f.to("wartet/0000"),
                reload: f.to("wartet/0000"),
                again: f.to("zeit"),
            };
            let (until, mail) = (canned::link_ends(), ("e…a@beispiel.de", state));
            WaitingPage::new(f, office, Some(canned::start()), (until, now()), mail, ways)
        };
        let sent = MailState::Sent { at: now() };
        let refused = MailState::Refused { why: "550 no such user".to_owned() };
        for (name, state) in [("5-waiting", &sent), ("5-waiting-queued", &MailState::Queued), ("5-refused", &refused)] {
            let page = waiting(self.frame(), &self.office, state);
            self.add(name, &page);
        }
        let booking = canned::link_booking(&self.office);
        self.add("6-link", &LinkPage::new(self.frame(), &self.office, &booking, false, String::new()));
        self.add("6-link-late", &LinkPage::new(self.frame(), &self.office, &booking, true, String::new()));
        let f = self.frame();
        let words = (&f.t.link.late_taken_heading, &f.t.link.late_taken_text);
        let taken = OfferPage::new(f.clone(), &self.office, &canned::next(), words, String::new(), f.to("zeit"));
        self.add("6-link-taken", &taken.pressed_by(&f.t.link.late_take));
    }

    fn coming(&mut self) {
        let here = "termin/0000";
        let states = [
            ("7-appointment", AppointmentState::Confirmed),
            ("7-appointment-arrived", AppointmentState::Arrived),
            ("7-appointment-called", AppointmentState::Called { counter: 3.try_into().ok() }),
            ("7-appointment-missed", AppointmentState::Missed),
            ("7-appointment-cancelled", AppointmentState::Cancelled),
            ("7-appointment-served", AppointmentState::Served),
        ];
        for (name, state) in states {
            let view = canned::appointment(&self.office, self.language, state);
            self.add(name, &AppointmentPage::new(self.frame(), &self.office, &view, false, here));
        }
        let view = canned::appointment(&self.office, self.language, AppointmentState::Confirmed);
        self.add("7-appointment-past", &AppointmentPage::new(self.frame(), &self.office, &view, true, here));
        self.add("8-cancel", &CancelPage::new(self.frame(), &self.office, &view, here));
        self.add("9-status", &StatusPage::new(self.frame(), &self.office, &canned::status(&self.office), now()));
        let over: Timestamp = at("2026-02-09T08:00:00Z");
        self.add("9-status-past", &StatusPage::new(self.frame(), &self.office, &canned::status(&self.office), over));
    }

    fn endings(&mut self) {
        let stops = [
            ("lapsed", Stop::Lapsed(Some(pick(&self.office)))),
            ("not-found", Stop::NotFound),
            ("method", Stop::Method),
            ("large", Stop::Large),
            ("unreadable", Stop::Unreadable),
            ("foreign", Stop::Foreign),
            ("unknown-link", Stop::UnknownLink),
            ("unknown-appointment", Stop::UnknownAppointment),
            ("unknown-code", Stop::UnknownCode),
            ("already-here", Stop::AlreadyHere),
            ("limit", Stop::Limit(vec![canned::day(5), canned::day(9), canned::day(12)])),
            ("twice", Stop::Twice(canned::day(5))),
            ("paused", Stop::Paused),
            ("broken", Stop::Trouble(crate::citizen::Trouble::Corrupt("an example".to_owned()))),
        ];
        for (name, stop) in stops {
            let page = MessagePage::new(self.frame(), &stop);
            self.add(&format!("x-{name}"), &page);
        }
    }
}

#[cfg(test)]
mod tests;
