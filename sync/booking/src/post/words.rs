//! Days, times and lists in words, from one file per language (`mails/words.*.toml`).

use std::sync::LazyLock;

use jiff::Zoned;
use jiff::civil::{Date, Time};
use names::Language;
use protocol::office::DayOfWeek;
use serde::Deserialize;

use crate::citizen::{HoursLine, OfficeView};

/// The words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    weekdays: [String; 7],
    months: [String; 12],
    day: String,
    short_day: String,
    time: String,
    moment: String,
    persons: String,
    until: String,
    until_time: String,
    and: String,
    summary: String,
    pin: String,
    telephone: String,
    bring: String,
}

static GERMAN: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../mails/words.de.toml")));
static ENGLISH: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../mails/words.en.toml")));

fn read(text: &str) -> Words {
    toml::from_str(text).expect("the words are compiled in and read by a test")
}

impl Words {
    /// The words of a language.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::De => &GERMAN,
            Language::En => &ENGLISH,
        }
    }

    /// "Dienstag, 3. Februar 2026, 9:40 Uhr".
    #[must_use]
    pub fn moment(&self, at: &Zoned) -> String {
        self.moment.replace("{day}", &self.day(at.date())).replace("{time}", &clock(at.time()))
    }

    /// "Dienstag, 3. Februar 2026".
    #[must_use]
    pub fn day(&self, day: Date) -> String {
        let weekday = &self.weekdays[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())];
        let short = self.fill_day(&self.day, day);
        short.replace("{weekday}", weekday).replace("{year}", &day.year().to_string())
    }

    /// "3. Februar".
    #[must_use]
    pub fn short_day(&self, day: Date) -> String {
        self.fill_day(&self.short_day, day)
    }

    fn fill_day(&self, pattern: &str, day: Date) -> String {
        let month = &self.months[usize::from(day.month().unsigned_abs()) - 1];
        pattern.replace("{day}", &day.day().to_string()).replace("{month}", month)
    }

    /// "9:40 Uhr".
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        self.time.replace("{time}", &clock(time))
    }

    /// "bis 9:40 Uhr".
    #[must_use]
    pub fn until_time(&self, time: Time) -> String {
        self.until_time.replace("{time}", &self.time(time))
    }

    /// "Personalausweis beantragen, 2 Personen".
    #[must_use]
    pub fn what(&self, services: &[&str], persons: u8) -> String {
        let services = services.join(", ");
        match persons {
            0 | 1 => services,
            more => format!("{services}, {}", self.persons.replace("{n}", &more.to_string())),
        }
    }

    /// The opening hours, one line for weekdays that share them: "Montag, Mittwoch und Freitag 7:30–12:00 Uhr".
    #[must_use]
    pub fn hours(&self, office: &OfficeView) -> Vec<String> {
        office.hours.iter().map(|line| self.hours_line(line)).collect()
    }

    fn hours_line(&self, line: &HoursLine) -> String {
        let spans: Vec<String> =
            line.spans.iter().map(|(from, to)| format!("{}–{}", clock(*from), clock(*to))).collect();
        format!("{} {}", self.weekday_list(&line.days), self.time.replace("{time}", &spans.join(", ")))
    }

    fn weekday_list(&self, days: &[DayOfWeek]) -> String {
        let name = |day: &DayOfWeek| self.weekdays[*day as usize].as_str();
        let neighbours = days.windows(2).all(|pair| pair[0] as usize + 1 == pair[1] as usize);
        match days {
            [] => String::new(),
            [one] => name(one).to_owned(),
            [first, .., last] if neighbours && days.len() > 2 => {
                format!("{} {} {}", name(first), self.until, name(last))
            }
            [init @ .., last] => {
                let init: Vec<&str> = init.iter().map(name).collect();
                format!("{} {} {}", init.join(", "), self.and, name(last))
            }
        }
    }

    /// The title of a calendar event.
    #[must_use]
    pub fn summary(&self, office: &str) -> String {
        self.summary.replace("{office}", office)
    }

    /// The description of a calendar event.
    #[must_use]
    pub fn description(&self, what: &str, pin: &str, bring: &[String], telephone: &str) -> String {
        let mut lines = vec![what.to_owned(), self.pin.replace("{pin}", pin)];
        if !bring.is_empty() {
            lines.push(self.bring.clone());
            lines.extend(bring.iter().map(|item| format!("- {item}")));
        }
        lines.push(self.telephone.replace("{telephone}", telephone));
        lines.join("\n")
    }
}

fn clock(time: Time) -> String {
    format!("{}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_times_read_as_people_write_them() {
        let at = date(2026, 2, 3).at(9, 40, 0, 0).in_tz("Europe/Berlin").expect("a zone");
        assert_eq!(Words::of(Language::De).moment(&at), "Dienstag, 3. Februar 2026, 9:40 Uhr");
        assert_eq!(Words::of(Language::En).moment(&at), "Tuesday, 3 February 2026 at 9:40");
        assert_eq!(Words::of(Language::De).short_day(at.date()), "3. Februar");
    }

    #[test]
    fn weekdays_with_the_same_hours_share_a_line() {
        use DayOfWeek::{Fri, Mon, Thu, Tue, Wed};
        let german = Words::of(Language::De);
        assert_eq!(german.weekday_list(&[Mon, Tue, Wed, Thu, Fri]), "Montag bis Freitag");
        assert_eq!(german.weekday_list(&[Tue, Thu]), "Dienstag und Donnerstag");
        assert_eq!(german.weekday_list(&[Mon, Wed, Fri]), "Montag, Mittwoch und Freitag");
    }
}
