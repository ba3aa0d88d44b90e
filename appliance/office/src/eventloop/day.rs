//! Which day it is, and what the calendar asks for. Pure. The queue ends its day by itself.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use names::{Now, Trust};
use queue::{Event, Queue};

use super::Known;
use crate::config::Config;
use crate::plan;

/// What has to happen now because of the calendar or the office document: a new day, or a new
/// plan for the same day. While the clock is unknown the day is the one somebody confirmed; before
/// that no day follows another, but an empty box begins one.
pub(crate) fn asks(queue: &Queue, known: &Known, config: &Config, now: Now, confirmed: Option<Date>) -> Option<Event> {
    let told = now.at.to_zoned(known.zone.clone()).date();
    let day = match now.trust {
        Trust::Unknown => confirmed.or(queue.day()).unwrap_or(told),
        Trust::Plausible | Trust::Trusted => told,
    };
    let plan = plan::of(config, known.office.as_deref(), day);
    if queue.plan() == Some(&plan) {
        return None;
    }
    let another = queue.day().is_some_and(|running| running != day);
    match start(&known.zone, day) {
        Some(midnight) if another => Some(Event::Redated { plan, midnight }),
        Some(_) | None => Some(Event::Planned(plan)),
    }
}

/// When a day begins.
fn start(zone: &TimeZone, day: Date) -> Option<Timestamp> {
    Some(day.to_zoned(zone.clone()).ok()?.start_of_day().ok()?.timestamp())
}

/// The next moment after a look at which [`asks`] may answer something new by itself: midnight.
pub(crate) fn next(zone: &TimeZone, looked: Timestamp) -> Option<Timestamp> {
    let tomorrow = looked.to_zoned(zone.clone()).tomorrow().ok()?;
    Some(tomorrow.start_of_day().ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_empty_box_begins_its_day_and_begins_the_next_one_after_midnight() {
        let (mut queue, known, config) = (Queue::new(), Known::nothing(), config());
        step(&mut queue, &known, &config, "2026-02-03T08:00:00Z");
        assert_eq!(queue.day(), Some(date(2026, 2, 3)));
        assert_eq!(asks(&queue, &known, &config, at("2026-02-03T08:00:01Z"), None), None, "once is enough");
        step(&mut queue, &known, &config, "2026-02-03T23:00:00Z");
        assert_eq!(queue.day(), Some(date(2026, 2, 4)), "midnight in Berlin is 23:00 in Greenwich");
    }

    #[test]
    fn a_midnight_that_passed_while_something_else_was_done_is_due_at_once() {
        let (looked, now) = (at("2026-02-03T22:59:59Z").at, at("2026-02-03T23:00:01Z").at);
        assert!(next(&plan::zone(None), looked).is_some_and(|due| due <= now));
        assert!(next(&plan::zone(None), now).is_some_and(|due| due > now), "asked from now on it is a day away");
    }

    #[test]
    fn a_clock_that_is_not_believed_does_not_begin_a_day() {
        let (mut queue, known, config) = (Queue::new(), Known::nothing(), config());
        step(&mut queue, &known, &config, "2026-02-03T08:00:00Z");
        let lost = Now { at: at("2031-01-01T23:00:00Z").at, trust: Trust::Unknown };
        assert_eq!(asks(&queue, &known, &config, lost, None), None);
        let confirmed = Some(date(2026, 2, 4));
        let event = asks(&queue, &known, &config, lost, confirmed).expect("somebody confirmed another day");
        queue.handle(event, lost);
        assert_eq!(queue.day(), confirmed);
        assert_eq!(asks(&queue, &known, &config, lost, confirmed), None, "once");
    }

    #[test]
    fn a_day_that_does_not_begin_at_midnight_has_a_beginning_and_the_nights_of_the_changing_clock_too() {
        let havana = TimeZone::get("America/Havana").expect("a zone that changes at midnight");
        let begins = start(&havana, date(2026, 3, 8)).expect("a beginning");
        assert_eq!(begins.to_zoned(havana).to_string(), "2026-03-08T01:00:00-04:00[America/Havana]");
        for (night, hours) in [
            (date(2026, 3, 29), 23),
            (date(2026, 10, 25), 25),
            (date(2027, 3, 28), 23),
            (date(2027, 10, 31), 25),
            (date(2028, 2, 29), 24),
        ] {
            let zone = Known::nothing().zone;
            let begins = start(&zone, night).expect("a beginning");
            let ends = next(&zone, begins).expect("an end");
            assert_eq!(ends.duration_since(begins).as_hours(), hours, "{night}");
            assert_eq!(start(&zone, night.tomorrow().expect("a day")), Some(ends), "{night}");
        }
    }

    #[test]
    fn every_minute_of_a_changing_night_belongs_to_one_day_and_days_only_follow_each_other() {
        let office = Some(Arc::new(crate::desk::tests::doc()));
        for first in ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z", "2027-03-27T12:00:00Z", "2027-10-30T12:00:00Z"] {
            let known = Known { office: office.clone(), ..Known::nothing() };
            let (mut queue, config) = (Queue::new(), config());
            let mut days = Vec::new();
            for minute in 0..48 * 60 {
                let now = Now::trusted(at(first).at + jiff::SignedDuration::from_mins(minute));
                while let Some(event) = asks(&queue, &known, &config, now, None) {
                    queue.handle(event, now);
                }
                queue.handle(Event::Tick, now);
                let day = queue.day().expect("a day");
                assert_eq!(day, now.at.to_zoned(known.zone.clone()).date());
                let local = now.at.to_zoned(known.zone.clone());
                assert_eq!(queue.is_closed(), local.time() >= jiff::civil::time(23, 30, 0, 0), "{local}");
                if days.last() != Some(&day) {
                    days.push(day);
                }
            }
            assert!(days.len() == 3 && days.is_sorted(), "{days:?}");
        }
    }

    #[test]
    fn the_calendar_is_looked_at_again_at_midnight() {
        let next = next(&Known::nothing().zone, at("2026-02-03T08:00:00Z").at);
        assert_eq!(next, Some(at("2026-02-03T23:00:00Z").at));
    }

    fn step(queue: &mut Queue, known: &Known, config: &Config, moment: &str) {
        let event = asks(queue, known, config, at(moment), None).expect("the calendar asks for something");
        queue.handle(event, at(moment));
    }

    fn at(text: &str) -> Now {
        Now::trusted(text.parse().expect("a moment"))
    }

    fn config() -> Config {
        let text = "office = \"musterland\"\ndata = \"/nowhere\"\n[[counter]]\nnumber = 1\n";
        Config::parse(std::path::Path::new("test.toml"), text).expect("a good file")
    }
}
