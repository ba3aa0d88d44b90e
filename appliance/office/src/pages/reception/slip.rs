//! The slip as a page of its own, made for paper: German first, then the language of the booking.
//! Pure. What must always hold: nothing personal on it.

use askama::Template;
use names::Language;

use super::qr::{Drawn, drawn};
use super::render::{Html, clock, date, pin, services};
use super::text::{DeskText, SlipText, desk, slip};
use crate::desk::Slip;
use crate::pages::render::Build;
use crate::pages::texts::{calendar, fill};

/// The slip as a page of its own.
#[derive(Template)]
#[template(path = "slip.html")]
struct SlipPage<'a> {
    assets: &'a str,
    text: &'static DeskText,
    list: String,
    notice: Option<&'static str>,
    office: &'a str,
    address: &'a str,
    pin: String,
    code: Option<Drawn>,
    parts: Vec<SlipPart>,
}

/// What stands on the slip in one language.
struct SlipPart {
    tag: &'static str,
    words: &'static SlipText,
    day: String,
    time: String,
    services: String,
    persons: String,
    call: String,
    hours: Vec<String>,
}

/// The slip: German first, then the language of the booking.
pub(super) fn slip_page(slip: &Slip, notice: Option<&'static str>, build: &Build) -> Html {
    let doc = &slip.desk.office;
    let mut languages = vec![Language::De];
    languages.extend(Some(slip.booked.language).filter(|language| *language != Language::De));
    SlipPage {
        assets: &build.assets,
        text: desk(),
        list: format!("/empfang?liste={}", slip.booked.day),
        notice,
        office: &doc.name,
        address: &doc.address,
        pin: pin(&slip.booked),
        code: slip.code.as_deref().and_then(drawn),
        parts: languages.into_iter().map(|language| part(slip, language)).collect(),
    }
    .render()
}

fn part(whole: &Slip, language: Language) -> SlipPart {
    let (words, booked, doc) = (slip(language), &whole.booked, &whole.desk.office);
    SlipPart {
        tag: language.tag(),
        words,
        day: date(&words.day, booked.day, calendar(language)),
        time: clock(booked, &whole.desk.zone, language),
        services: services(booked, doc, language),
        persons: match booked.persons {
            1 => words.person.clone(),
            count => fill(&words.persons, &[("count", &count.to_string())]),
        },
        call: fill(&words.call, &[("telephone", &doc.telephone.replace(' ', "\u{a0}"))]),
        hours: super::hours::lines(doc, words, calendar(language)),
    }
}
