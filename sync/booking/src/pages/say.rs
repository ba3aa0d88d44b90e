//! Days, hours and lengths in a citizen's words.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use names::Minutes;

use super::text::{Text, Texts, counted};
use crate::citizen::{HoursLine, Pick, ServiceView};

impl Texts {
    /// "Dienstag, 3. Februar".
    pub(crate) fn day(&self, day: Date) -> Text {
        let weekday = self.weekday(day);
        self.in_month(&self.date.day, day).with("weekday", weekday)
    }

    /// "Dienstag".
    pub(crate) fn weekday(&self, day: Date) -> &Text {
        &self.date.weekdays[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs()) % 7]
    }

    /// "3. Februar".
    pub(crate) fn short_day(&self, day: Date) -> Text {
        self.in_month(&self.date.short_day, day)
    }

    fn in_month(&self, pattern: &Text, day: Date) -> Text {
        let month = &self.date.months[usize::from(day.month().unsigned_abs() - 1) % 12];
        pattern.with("day", day.day()).with("month", month)
    }

    /// "9:40 Uhr".
    pub(crate) fn clock(&self, at: Timestamp, zone: &TimeZone) -> Text {
        self.date.clock.with("time", bare_clock(at.to_zoned(zone.clone()).time()))
    }

    /// "Dienstag, 3. Februar, 9:40\u{a0}Uhr".
    pub(crate) fn moment(&self, at: Timestamp, zone: &TimeZone) -> Text {
        let day = at.to_zoned(zone.clone()).date();
        self.date.moment.with("day", self.day(day)).with("clock", self.clock(at, zone))
    }

    /// "20 Minuten".
    pub(crate) fn minutes(&self, minutes: Minutes) -> Text {
        counted(&self.count.minutes_one, &self.count.minutes, minutes.0)
    }

    /// "2 Personen".
    pub(crate) fn persons(&self, persons: u8) -> Text {
        counted(&self.count.persons_one, &self.count.persons, persons)
    }

    /// "1 Anliegen, 2 Personen".
    pub(crate) fn wish(&self, pick: &Pick) -> String {
        let services = counted(&self.count.services_one, &self.count.services, pick.services().len() as u64);
        format!("{services}, {}", self.persons(pick.persons()))
    }

    /// "10 Minuten je Person".
    pub(crate) fn takes(&self, service: &ServiceView) -> Text {
        let minutes = self.minutes(service.minutes);
        if service.per_person.0 == 0 {
            minutes
        } else if service.per_person == service.minutes {
            self.services.each.with("minutes", minutes)
        } else {
            self.services.further.with("minutes", minutes).with("more", self.minutes(service.per_person))
        }
    }

    /// "Mo–Mi, Fr 7:30–12:00 Uhr", one for each line of hours.
    pub(crate) fn hours(&self, line: &HoursLine) -> String {
        let spans: Vec<_> =
            line.spans.iter().map(|(from, to)| format!("{}–{}", bare_clock(*from), bare_clock(*to))).collect();
        let end = &self.site.hours_end;
        let gap = if end.is_empty() { "" } else { " " };
        format!("{} {}{gap}{end}", self.weekdays(line), spans.join(", "))
    }

    /// "Mo–Mi, Fr": three and more in a row are drawn together.
    fn weekdays(&self, line: &HoursLine) -> String {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for day in line.days.iter().map(|day| *day as usize) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == day => *last = day,
                Some(_) | None => runs.push((day, day)),
            }
        }
        let name = |day: usize| &self.date.weekdays_short[day % 7];
        let said: Vec<_> = runs
            .into_iter()
            .map(|(from, to)| match to - from {
                0 => name(from).to_string(),
                1 => format!("{}, {}", name(from), name(to)),
                _ => format!("{}–{}", name(from), name(to)),
            })
            .collect();
        said.join(", ")
    }
}

/// "9:40": hours without a leading zero, as Germans write them.
pub(crate) fn bare_clock(time: Time) -> String {
    format!("{}:{:02}", time.hour(), time.minute())
}

/// The whole minutes that are surely left; nothing once the moment has passed.
pub(crate) fn minutes_left(until: Timestamp, now: Timestamp) -> Minutes {
    let left = until.duration_since(now).as_secs() / 60;
    Minutes(u16::try_from(left.max(0)).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use names::Language;
    use protocol::office::DayOfWeek::{Fri, Mon, Sat, Thu, Tue, Wed};

    use super::*;

    #[test]
    fn a_moment_is_said_in_the_zone_of_the_office() {
        let zone = TimeZone::get("Europe/Berlin").expect("a known zone");
        let at: Timestamp = "2026-02-03T08:40:00Z".parse().expect("a moment");
        assert_eq!(Texts::of(Language::De).moment(at, &zone).to_string(), "Dienstag, 3. Februar, 9:40\u{a0}Uhr");
        assert_eq!(Texts::of(Language::En).moment(at, &zone).to_string(), "Tuesday, 3 February, 9:40");
        assert_eq!(Texts::of(Language::De).short_day(date(2026, 12, 31)).to_string(), "31. Dezember");
    }

    #[test]
    fn hours_draw_days_in_a_row_together() {
        let line = |days: &[_]| HoursLine { days: days.to_vec(), spans: vec![(time(7, 30, 0, 0), time(12, 0, 0, 0))] };
        let said = |days: &[_]| Texts::of(Language::De).hours(&line(days));
        assert_eq!(said(&[Mon, Tue, Wed, Fri]), "Mo–Mi, Fr 7:30–12:00 Uhr");
        assert_eq!(said(&[Tue, Thu]), "Di, Do 7:30–12:00 Uhr");
        assert_eq!(said(&[Fri, Sat]), "Fr, Sa 7:30–12:00 Uhr");
    }

    #[test]
    fn a_number_decides_between_one_and_many() {
        let german = Texts::of(Language::De);
        assert_eq!(german.minutes(Minutes(1)).to_string(), "1 Minute");
        assert_eq!(german.persons(8).to_string(), "8 Personen");
    }

    #[test]
    fn minutes_left_are_never_more_than_there_are() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        assert_eq!(minutes_left(at(600), at(0)), Minutes(10));
        assert_eq!(minutes_left(at(600), at(1)), Minutes(9));
        assert_eq!(minutes_left(at(600), at(900)), Minutes(0));
    }
}
