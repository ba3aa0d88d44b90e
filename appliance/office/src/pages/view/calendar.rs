//! Days and hours in words, in the office's own zone.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use names::Language;
use protocol::office::OfficeDoc;
use serde::Serialize;

use crate::pages::texts::{self, Calendar, fill};

/// How far ahead the next opening is looked for: longer than any office is closed at a stretch.
const LOOK_AHEAD_DAYS: i64 = 60;

/// When the doors open next, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// `morgen` and `7:30 Uhr`, on two lines.
    pub big: String,
    /// `Mittwoch,` and `4. Februar`, on two lines; empty for today.
    pub small: String,
    /// `morgen, 7:30 Uhr`, on one line.
    pub inline: String,
    /// Whether it is today.
    pub today: bool,
    /// `7:30 Uhr`.
    pub time: String,
}

/// `Dienstag, 3. März` and `9:42 Uhr`.
pub(crate) fn moment_in_words(zone: &TimeZone, language: Language, at: Timestamp) -> (String, String) {
    let words = Words::new(zone, language);
    (words.date_inline(words.day(at)), words.at(at))
}

/// Speaks of days and hours.
#[derive(Debug)]
pub(super) struct Words<'a> {
    zone: &'a TimeZone,
    text: &'static Calendar,
}

impl<'a> Words<'a> {
    pub(super) fn new(zone: &'a TimeZone, language: Language) -> Self {
        Self { zone, text: texts::calendar(language) }
    }

    /// `9:42`.
    pub(super) fn clock(&self, at: Timestamp) -> String {
        time_of_day(at.to_zoned(self.zone.clone()).time())
    }

    /// `9:42 Uhr`.
    pub(super) fn at(&self, at: Timestamp) -> String {
        self.hour(&self.clock(at))
    }

    fn hour(&self, clock: &str) -> String {
        fill(&self.text.at, &[("time", clock)])
    }

    pub(super) fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The hour of the day, 0 to 23, for the greeting.
    pub(super) fn hour_of_day(&self, at: Timestamp) -> i8 {
        at.to_zoned(self.zone.clone()).hour()
    }

    /// `Di, 3. Februar`.
    pub(super) fn date_short(&self, day: Date) -> String {
        self.date(&self.text.date_short, day)
    }

    /// `Dienstag, 3. März`.
    pub(super) fn date_inline(&self, day: Date) -> String {
        self.date(&self.text.date_inline, day)
    }

    /// `3.` and `Februar`, for a calendar leaf.
    pub(super) fn leaf(&self, day: Date) -> (String, String) {
        (fill(&self.text.day_of_month, &[("day", &day.day().to_string())]), self.month(day).to_owned())
    }

    fn date(&self, form: &str, day: Date) -> String {
        let place = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
        fill(
            form,
            &[
                ("weekday", &self.text.weekdays[place % 7]),
                ("short", &self.text.weekdays_short[place % 7]),
                ("day", &day.day().to_string()),
                ("month", self.month(day)),
            ],
        )
    }

    fn month(&self, day: Date) -> &'static str {
        let place = usize::try_from(day.month() - 1).unwrap_or(0);
        &self.text.months[place % 12]
    }

    /// The next time the doors open after `now`.
    pub(super) fn next_opening(&self, office: &OfficeDoc, now: Timestamp) -> Option<Opening> {
        let local = now.to_zoned(self.zone.clone()).datetime();
        for ahead in 0..LOOK_AHEAD_DAYS {
            let day = local.date().checked_add(ahead.days()).ok()?;
            let mut hours = office.hours_of(day);
            hours.sort_unstable();
            let next = hours.into_iter().map(|(opens, _)| opens).find(|opens| day.to_datetime(*opens) > local);
            if let Some(opens) = next {
                return Some(self.opening(local.date(), day, &time_of_day(opens)));
            }
        }
        None
    }

    /// A known opening in words.
    pub(super) fn opening_at(&self, opens: Timestamp, now: Timestamp) -> Opening {
        self.opening(self.day(now), self.day(opens), &self.clock(opens))
    }

    fn opening(&self, today: Date, day: Date, clock: &str) -> Opening {
        let time = self.hour(clock);
        let near = if day == today {
            Some(&self.text.today)
        } else {
            (today.tomorrow().ok() == Some(day)).then_some(&self.text.tomorrow)
        };
        let weekday = self.date("{weekday}", day);
        let values = |day: &str| fill(&self.text.opens, &[("day", day), ("time", &time)]);
        let small = if day == today { String::new() } else { self.date(&self.text.date_long, day) };
        let far = self.date_inline(day);
        let inline_day = near.map_or(far.as_str(), String::as_str);
        let inline = fill(&self.text.opens_inline, &[("day", inline_day), ("time", &time)]);
        Opening { big: values(near.unwrap_or(&weekday)), small, inline, today: day == today, time }
    }

    /// Today's hours in one short line: what a visitor needs to know now.
    pub(super) fn hours_today(&self, office: &OfficeDoc, now: Timestamp) -> String {
        let local = now.to_zoned(self.zone.clone()).datetime();
        let mut hours = office.hours_of(local.date());
        hours.sort_unstable();
        match hours.into_iter().find(|(_, closes)| *closes > local.time()) {
            Some((opens, closes)) if opens <= local.time() => self.hours(&self.text.hours_until, closes),
            Some((opens, _)) => self.hours(&self.text.hours_from, opens),
            None => self.text.hours_closed.clone(),
        }
    }

    fn hours(&self, form: &str, time: Time) -> String {
        fill(form, &[("time", &self.hour(&time_of_day(time)))])
    }
}

fn time_of_day(time: Time) -> String {
    format!("{}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use names::OfficeId;
    use protocol::office::{DayOfWeek, ExceptionDoc, HoursDoc};

    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the zone of the examples")
    }

    fn office() -> OfficeDoc {
        let weekdays = [DayOfWeek::Mon, DayOfWeek::Tue, DayOfWeek::Wed, DayOfWeek::Thu, DayOfWeek::Fri];
        let hours = |weekday| HoursDoc { weekday, opens: time(7, 30, 0, 0), closes: time(12, 0, 0, 0) };
        OfficeDoc {
            revision: 1,
            id: "musterland".parse::<OfficeId>().expect("a good name"),
            name: "Bürgerbüro Musterland".to_owned(),
            telephone: "030 23125 100".to_owned(),
            address: String::new(),
            zone: "Europe/Berlin".to_owned(),
            counter_noun: "Platz".to_owned(),
            ticket_letter: 'A',
            qr_base: String::new(),
            services: Vec::new(),
            hours: weekdays.map(hours).to_vec(),
            exceptions: vec![ExceptionDoc {
                day: date(2026, 2, 4),
                hours: Vec::new(),
                reason: "Betriebsausflug".to_owned(),
            }],
            seal_key: None,
            share: None,
        }
    }

    fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
        date(2026, 2, day).at(hour, minute, 0, 0).to_zoned(zone()).expect("a clear time").timestamp()
    }

    #[test]
    fn days_and_hours_are_said_as_people_say_them() {
        let zone = zone();
        let words = Words::new(&zone, Language::De);
        assert_eq!(words.at(at(3, 9, 5)), "9:05 Uhr");
        assert_eq!(words.date_short(date(2026, 2, 3)), "Di, 3. Februar");
        assert_eq!(words.date_inline(date(2026, 3, 3)), "Dienstag, 3. März");
        assert_eq!(Words::new(&zone, Language::En).date_short(date(2026, 2, 3)), "Tue, 3 February");
    }

    #[test]
    fn the_next_opening_skips_closed_days_and_names_near_ones() {
        let zone = zone();
        let words = Words::new(&zone, Language::De);
        let opening = |now| words.next_opening(&office(), now).expect("the office opens again");
        assert_eq!(opening(at(2, 6, 0)).inline, "heute, 7:30 Uhr");
        assert_eq!(opening(at(2, 13, 0)).big, "morgen\n7:30 Uhr");
        assert_eq!(opening(at(3, 13, 0)).big, "Donnerstag\n7:30 Uhr", "Wednesday is closed");
        assert_eq!(opening(at(3, 13, 0)).inline, "Donnerstag, 5. Februar, 7:30 Uhr");
        assert_eq!(opening(at(6, 13, 0)).small, "Montag,\n9. Februar");
    }

    #[test]
    fn the_hours_of_today_say_what_matters_now() {
        let zone = zone();
        let words = Words::new(&zone, Language::De);
        assert_eq!(words.hours_today(&office(), at(3, 6, 0)), "heute ab 7:30 Uhr");
        assert_eq!(words.hours_today(&office(), at(3, 9, 0)), "heute bis 12:00 Uhr");
        assert_eq!(words.hours_today(&office(), at(3, 13, 0)), "heute geschlossen");
    }
}
