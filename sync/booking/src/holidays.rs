//! Public holidays of the 16 federal states, computed.
//!
//! Only what holds in the whole state stands here. What holds in some communities (Mariä
//! Himmelfahrt in Bavaria, Fronleichnam in parts of Saxony and Thuringia, the Augsburg peace
//! festival) is an exception in the office file of those communities.

use jiff::civil::{Date, Weekday, date};
use jiff::{Span, ToSpan};
use serde::Deserialize;

/// A federal state, by its usual two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the federal states")]
pub enum State {
    Bw,
    By,
    Be,
    Bb,
    Hb,
    Hh,
    He,
    Mv,
    Ni,
    Nw,
    Rp,
    Sl,
    Sn,
    St,
    Sh,
    Th,
}

impl State {
    /// All sixteen.
    pub const ALL: [Self; 16] = [
        Self::Bw,
        Self::By,
        Self::Be,
        Self::Bb,
        Self::Hb,
        Self::Hh,
        Self::He,
        Self::Mv,
        Self::Ni,
        Self::Nw,
        Self::Rp,
        Self::Sl,
        Self::Sn,
        Self::St,
        Self::Sh,
        Self::Th,
    ];
}

/// A rule: the day, the name, and where it holds.
struct Rule {
    when: When,
    name: &'static str,
    states: &'static [State],
}

/// How a holiday finds its day.
enum When {
    /// Month and day.
    Fixed(i8, i8),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The Wednesday before 23 November.
    Repentance,
    /// One year only.
    Once(Date),
}

use State::{Bb, Be, Bw, By, Hb, He, Hh, Mv, Ni, Nw, Rp, Sh, Sl, Sn, St, Th};

const RULES: &[Rule] = &[
    Rule { when: When::Fixed(1, 1), name: "Neujahr", states: &State::ALL },
    Rule { when: When::Fixed(1, 6), name: "Heilige Drei Könige", states: &[Bw, By, St] },
    Rule { when: When::Fixed(3, 8), name: "Internationaler Frauentag", states: &[Be, Mv] },
    Rule { when: When::Easter(-2), name: "Karfreitag", states: &State::ALL },
    Rule { when: When::Easter(0), name: "Ostersonntag", states: &[Bb] },
    Rule { when: When::Easter(1), name: "Ostermontag", states: &State::ALL },
    Rule { when: When::Fixed(5, 1), name: "Tag der Arbeit", states: &State::ALL },
    Rule { when: When::Easter(39), name: "Christi Himmelfahrt", states: &State::ALL },
    Rule { when: When::Easter(49), name: "Pfingstsonntag", states: &[Bb] },
    Rule { when: When::Easter(50), name: "Pfingstmontag", states: &State::ALL },
    Rule { when: When::Easter(60), name: "Fronleichnam", states: &[Bw, By, He, Nw, Rp, Sl] },
    Rule { when: When::Once(date(2028, 6, 17)), name: "Jahrestag des Volksaufstandes", states: &[Be] },
    Rule { when: When::Fixed(8, 15), name: "Mariä Himmelfahrt", states: &[Sl] },
    Rule { when: When::Fixed(9, 20), name: "Weltkindertag", states: &[Th] },
    Rule { when: When::Fixed(10, 3), name: "Tag der Deutschen Einheit", states: &State::ALL },
    Rule { when: When::Fixed(10, 31), name: "Reformationstag", states: &[Bb, Mv, Sn, St, Th, Hb, Hh, Ni, Sh] },
    Rule { when: When::Fixed(11, 1), name: "Allerheiligen", states: &[Bw, By, Nw, Rp, Sl] },
    Rule { when: When::Repentance, name: "Buß- und Bettag", states: &[Sn] },
    Rule { when: When::Fixed(12, 25), name: "1. Weihnachtstag", states: &State::ALL },
    Rule { when: When::Fixed(12, 26), name: "2. Weihnachtstag", states: &State::ALL },
];

/// The holidays of a state in a year, in the order of the calendar.
#[must_use]
pub fn holidays(state: State, year: i16) -> Vec<(Date, &'static str)> {
    let mut days: Vec<_> = RULES
        .iter()
        .filter(|rule| rule.states.contains(&state))
        .filter_map(|rule| Some((day_of(&rule.when, year)?, rule.name)))
        .collect();
    days.sort_by_key(|(day, _name)| *day);
    days
}

fn day_of(when: &When, year: i16) -> Option<Date> {
    match when {
        When::Fixed(month, day) => Date::new(year, *month, *day).ok(),
        When::Easter(after) => easter(year)?.checked_add(Span::new().days(*after)).ok(),
        When::Repentance => wednesday_before(Date::new(year, 11, 23).ok()?),
        When::Once(day) => (day.year() == year).then_some(*day),
    }
}

/// The last Wednesday that lies before a day, never the day itself.
fn wednesday_before(day: Date) -> Option<Date> {
    day.nth_weekday(-1, Weekday::Wednesday).ok()
}

/// Easter Sunday of the Gregorian calendar: the first Sunday after the first full moon of
/// spring, by the church's tables (golden number, century corrections, epact).
fn easter(year: i16) -> Option<Date> {
    let year_number = i32::from(year);
    let century = year_number / 100 + 1;
    let golden = year_number % 19 + 1;
    let left_out_leap_years = 3 * century / 4 - 12;
    let moon_correction = (8 * century + 5) / 25 - 5;
    let mut epact = (11 * golden + 20 + moon_correction - left_out_leap_years).rem_euclid(30);
    if (epact == 25 && golden > 11) || epact == 24 {
        epact += 1;
    }
    let mut full_moon = 44 - epact;
    if full_moon < 21 {
        full_moon += 30;
    }
    // March the nth; past 31 it runs on into April.
    let moon_day = Date::new(year, 3, 1).ok()?.checked_add(i64::from(full_moon - 1).days()).ok()?;
    moon_day.nth_weekday(1, Weekday::Sunday).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_falls_on_the_published_days() {
        let published = [
            (1999, 4, 4),
            (2000, 4, 23),
            (2008, 3, 23),
            (2019, 4, 21),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2028, 4, 16),
            (2030, 4, 21),
            (2038, 4, 25),
            (2049, 4, 18),
            (2076, 4, 19),
        ];
        for (year, month, day) in published {
            assert_eq!(easter(year), Some(date(year, month, day)), "{year}");
        }
    }

    #[test]
    fn rhineland_palatinate_has_its_eleven_days() {
        let days: Vec<_> = holidays(State::Rp, 2026).into_iter().map(|(day, _name)| day.to_string()).collect();
        let published = [
            "2026-01-01",
            "2026-04-03",
            "2026-04-06",
            "2026-05-01",
            "2026-05-14",
            "2026-05-25",
            "2026-06-04",
            "2026-10-03",
            "2026-11-01",
            "2026-12-25",
            "2026-12-26",
        ];
        assert_eq!(days, published);
    }

    #[test]
    fn each_state_has_as_many_days_as_its_law_says() {
        let counts = [
            (Bw, 12),
            (By, 12),
            (Be, 10),
            (Bb, 12),
            (Hb, 10),
            (Hh, 10),
            (He, 10),
            (Mv, 11),
            (Ni, 10),
            (Nw, 11),
            (Rp, 11),
            (Sl, 12),
            (Sn, 11),
            (St, 11),
            (Sh, 10),
            (Th, 11),
        ];
        for (state, count) in counts {
            assert_eq!(holidays(state, 2026).len(), count, "{state:?}");
        }
    }

    #[test]
    fn the_day_of_repentance_is_the_wednesday_before_the_23rd_of_november() {
        let of =
            |year| holidays(State::Sn, year).into_iter().find(|(_, name)| name.starts_with("Buß")).map(|(day, _)| day);
        assert_eq!(of(2022), Some(date(2022, 11, 16)), "the 23rd is itself a Wednesday");
        assert_eq!(of(2026), Some(date(2026, 11, 18)));
    }
}
