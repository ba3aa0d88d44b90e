//! The day, as it is put to a clerk while the box cannot know it.
//!
//! What must always hold: a time that is not sure is never shown as if it were.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use names::{Language, Now, Trust};
use serde::Serialize;

use super::Context;
use crate::pages::texts::{self, fill};

/// The page of the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// Whether the box knows the time by itself.
    pub known: bool,
    /// The day somebody confirmed, while it does not.
    pub confirmed: Option<Date>,
    /// The day it proposes.
    pub day: Date,
    /// And the time of day, to the minute.
    pub time: Time,
}

/// What a counter page says of the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockNote {
    /// In one sentence.
    pub text: String,
    /// Whether somebody has to confirm the day.
    pub ask: bool,
}

/// Before the loop has looked, nobody is asked anything.
impl Default for ClockView {
    fn default() -> Self {
        Self { known: true, confirmed: None, day: Date::default(), time: Time::default() }
    }
}

impl ClockView {
    /// The page at a moment the box proposes.
    #[must_use]
    pub fn of(known: bool, confirmed: Option<Date>, proposed: Timestamp, zone: &TimeZone) -> Self {
        let local = proposed.to_zoned(zone.clone()).datetime();
        let time = Time::new(local.hour(), local.minute(), 0, 0).unwrap_or_default();
        Self { known, confirmed, day: local.date(), time }
    }

    /// Whether somebody has to say which day it is.
    #[must_use]
    pub fn asks(&self) -> bool {
        !self.known && self.confirmed.is_none()
    }

    /// The time of day for a field: `07:31`.
    #[must_use]
    pub fn field(&self) -> String {
        format!("{:02}:{:02}", self.time.hour(), self.time.minute())
    }
}

/// `Montag` and `23. November 2026`.
pub(crate) fn day_in_words(day: Date, language: Language) -> (String, String) {
    let (calendar, text) = (texts::calendar(language), texts::clock(language));
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
    let month = usize::try_from(day.month() - 1).unwrap_or(0);
    let values = [("day", day.day().to_string()), ("year", day.year().to_string())];
    let date =
        fill(&text.date, &[("day", &values[0].1), ("month", &calendar.months[month % 12]), ("year", &values[1].1)]);
    (calendar.weekdays[weekday % 7].clone(), date)
}

/// What a counter page says of the clock; nothing while the box knows the time.
pub(super) fn note(context: &Context, now: Now) -> Option<ClockNote> {
    let text = texts::counter();
    match (now.trust, context.confirmed) {
        (Trust::Unknown, None) => Some(ClockNote { text: text.clock_ask.clone(), ask: true }),
        (Trust::Unknown, Some(day)) => {
            let (weekday, date) = day_in_words(day, Language::De);
            let text = fill(&text.clock_confirmed, &[("day", &format!("{weekday}, {date}"))]);
            Some(ClockNote { text, ask: false })
        }
        (Trust::Plausible | Trust::Trusted, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn a_day_is_said_with_its_weekday_and_its_year() {
        let said = day_in_words(date(2026, 11, 23), Language::De);
        assert_eq!(said, ("Montag".to_owned(), "23. November 2026".to_owned()));
        let said = day_in_words(date(2028, 2, 29), Language::En);
        assert_eq!(said, ("Tuesday".to_owned(), "29 February 2028".to_owned()));
    }

    #[test]
    fn the_page_proposes_the_local_day_and_minute() {
        let zone = TimeZone::get("Europe/Berlin").expect("a known zone");
        let view = ClockView::of(false, None, "2026-11-22T23:31:59Z".parse().expect("a moment"), &zone);
        assert_eq!((view.day, view.time, view.field()), (date(2026, 11, 23), time(0, 31, 0, 0), "00:31".to_owned()));
    }

    #[test]
    fn a_counter_page_asks_until_somebody_confirmed_and_is_silent_when_the_time_is_known() {
        let now = |trust| Now { at: Timestamp::UNIX_EPOCH, trust };
        let zone = TimeZone::UTC;
        let mut context = Context { office: None, link: super::super::LinkState::Never, zone, confirmed: None };
        assert!(note(&context, now(Trust::Unknown)).is_some_and(|it| it.ask));
        context.confirmed = Some(date(2026, 11, 23));
        let said = note(&context, now(Trust::Unknown)).expect("still not sure of the hour");
        assert!(!said.ask && said.text.contains("Montag, 23. November 2026"), "{said:?}");
        assert_eq!(note(&context, now(Trust::Plausible)), None);
    }
}
