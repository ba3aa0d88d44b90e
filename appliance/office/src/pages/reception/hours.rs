//! The opening hours of a week in a few lines: neighbouring days with the same hours stand together.

use jiff::civil::Time;
use protocol::office::{DayOfWeek, OfficeDoc};

use super::text::SlipText;
use crate::pages::texts::{Calendar, fill};

const WEEK: [DayOfWeek; 7] =
    [DayOfWeek::Mon, DayOfWeek::Tue, DayOfWeek::Wed, DayOfWeek::Thu, DayOfWeek::Fri, DayOfWeek::Sat, DayOfWeek::Sun];

/// `Mo–Mi 7:30 bis 12:00`, one line for each run of like days; closed days at the end are left out.
pub(super) fn lines(doc: &OfficeDoc, words: &SlipText, calendar: &Calendar) -> Vec<String> {
    let hours = WEEK.map(|day| of_day(doc, day));
    let mut lines = Vec::new();
    let mut from = 0;
    while from < WEEK.len() {
        let same = hours[from..].iter().take_while(|other| **other == hours[from]).count();
        let (to, short) = (from + same - 1, &calendar.weekdays_short);
        if !(hours[from].is_empty() && to + 1 == WEEK.len()) {
            let days = if same == 1 { short[from].clone() } else { format!("{}–{}", short[from], short[to]) };
            lines.push(format!("{days} {}", spoken(&hours[from], words)));
        }
        from += same;
    }
    lines
}

fn of_day(doc: &OfficeDoc, day: DayOfWeek) -> Vec<(Time, Time)> {
    let mut hours: Vec<_> = doc.hours.iter().filter(|h| h.weekday == day).map(|h| (h.opens, h.closes)).collect();
    hours.sort_unstable();
    hours
}

fn spoken(hours: &[(Time, Time)], words: &SlipText) -> String {
    let clock = |time: &Time| format!("{}:{:02}", time.hour(), time.minute());
    let one = |(from, to): &(Time, Time)| fill(&words.until, &[("from", &clock(from)), ("to", &clock(to))]);
    if hours.is_empty() { words.closed.clone() } else { hours.iter().map(one).collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests {
    use names::Language;

    use super::*;
    use crate::pages::reception::text::slip;
    use crate::pages::texts::calendar;

    #[test]
    fn like_days_stand_together_and_closed_ones_are_said_between() {
        let doc = crate::desk::tests::doc();
        let lines = lines(&doc, slip(Language::De), calendar(Language::De));
        assert_eq!(lines, ["Mo geschlossen", "Di–Mi 7:30 bis 12:00, 13:00 bis 16:00"]);
    }
}
