//! The page of the clock as HTML.

use askama::Template;
use jiff::civil::Date;
use names::Language;

use super::Build;
use crate::pages::texts::{self, ClockText, fill};
use crate::pages::view::{ClockView, day_in_words};

/// What the page says beside its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockSays {
    /// Nothing.
    Nothing,
    /// The day is far ahead: asked again, with what was typed.
    AskAgain {
        /// The day.
        day: Date,
        /// The time as it was typed, or empty.
        time: String,
    },
    /// The box was at work on this day: it cannot be before it.
    Before(Date),
    /// It can hardly be after this day.
    After(Date),
    /// What was typed is no day.
    NotADay,
}

#[derive(Template)]
#[template(path = "clock.html")]
struct ClockPage<'a> {
    assets: &'a str,
    view: &'a ClockView,
    text: &'static ClockText,
    tag: &'static str,
    other_tag: &'static str,
    next: &'a str,
    title: &'a str,
    lead: &'a str,
    said: Option<String>,
    shown_day: Date,
    shown_time: String,
    field_time: String,
    weekday: String,
    date: String,
    yes: String,
    shows_day: bool,
    asks: bool,
    sure: bool,
    open: bool,
}

/// The page of the clock.
///
/// # Errors
/// A template that cannot be rendered.
pub fn clock_page(
    view: &ClockView,
    next: &str,
    language: Language,
    says: ClockSays,
    build: &Build,
) -> Result<String, askama::Error> {
    let text = texts::clock(language);
    let (tag, other_tag) = match language {
        Language::De => ("de", "en"),
        Language::En => ("en", "de"),
    };
    let (title, lead) = match (view.known, view.confirmed) {
        (true, _) => (&text.title_known, &text.lead_known),
        (false, None) => (&text.title, &text.lead),
        (false, Some(_)) => (&text.title_confirmed, &text.lead_confirmed),
    };
    let (shown_day, shown_time, sure) = match &says {
        ClockSays::AskAgain { day, time } => (*day, time.clone(), true),
        // One tap takes the time the box proposes itself.
        ClockSays::Nothing | ClockSays::Before(_) | ClockSays::After(_) | ClockSays::NotADay => {
            (view.confirmed.unwrap_or(view.day), String::new(), false)
        }
    };
    let (weekday, date) = day_in_words(shown_day, language);
    let yes = fill(if sure { &text.yes_sure } else { &text.yes }, &[("day", &format!("{weekday}, {date}"))]);
    ClockPage {
        assets: &build.assets,
        view,
        text,
        tag,
        other_tag,
        next,
        title,
        lead,
        said: said(&says, text, language),
        shown_day,
        field_time: if shown_time.is_empty() { view.field() } else { shown_time.clone() },
        shown_time,
        weekday,
        date,
        yes,
        shows_day: !view.known,
        asks: view.asks() || (sure && !view.known),
        sure,
        open: matches!(says, ClockSays::Before(_) | ClockSays::After(_) | ClockSays::NotADay),
    }
    .render()
}

fn said(says: &ClockSays, text: &ClockText, language: Language) -> Option<String> {
    let with_day = |form: &str, day: Date| {
        let (weekday, date) = day_in_words(day, language);
        Some(fill(form, &[("day", &format!("{weekday}, {date}"))]))
    };
    match says {
        ClockSays::Nothing => None,
        ClockSays::AskAgain { .. } => Some(text.ask_again.clone()),
        ClockSays::Before(day) => with_day(&text.before, *day),
        ClockSays::After(day) => with_day(&text.after, *day),
        ClockSays::NotADay => Some(text.not_a_day.clone()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    fn view() -> ClockView {
        ClockView { known: false, confirmed: None, day: date(2026, 11, 23), time: time(7, 31, 0, 0) }
    }

    fn html(view: &ClockView, says: ClockSays, language: Language) -> String {
        let build = Build { assets: "static".to_owned(), name: "x".to_owned() };
        clock_page(view, "/platz/3", language, says, &build).expect("the page renders")
    }

    #[test]
    fn the_day_is_asked_once_with_one_tap_and_can_be_corrected() {
        let page = html(&view(), ClockSays::Nothing, Language::De);
        assert!(page.contains("Ja, heute ist Montag, 23. November 2026"), "{page}");
        assert!(page.contains("type=\"date\"") && page.contains("value=\"07:31\""), "{page}");
        let confirmed = ClockView { confirmed: Some(date(2026, 11, 23)), ..view() };
        let page = html(&confirmed, ClockSays::Nothing, Language::De);
        assert!(!page.contains("class=\"yes\"") && page.contains("type=\"date\""), "only the correction is left");
        let known = ClockView { known: true, ..view() };
        let page = html(&known, ClockSays::Nothing, Language::En);
        assert!(!page.contains("<form") && page.contains("nothing to do"), "{page}");
    }

    #[test]
    fn a_day_far_ahead_is_asked_again_with_what_was_typed() {
        let says = ClockSays::AskAgain { day: date(2026, 12, 24), time: "08:15".to_owned() };
        let page = html(&view(), says, Language::De);
        for part in ["wirklich Donnerstag, 24. Dezember 2026", "name=\"sure\"", "value=\"08:15\"", "noch einmal"] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
    }
}
