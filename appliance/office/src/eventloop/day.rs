//! Which day it is, and what the calendar asks for. Pure. The queue ends its day by itself.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use names::{Now, Trust};
use queue::{Event, Queue};

use super::Known;
use crate::config::Config;
use crate::plan;

/// What has to happen now because of the calendar or the office document: a new day, or a new
/// plan for the same day. While the clock is unknown no day follows another by itself, but an
/// empty box begins one.
pub(crate) fn asks(queue: &Queue, known: &Known, config: &Config, now: Now) -> Option<Event> {
    let believed = now.trust != Trust::Unknown;
    let day = match queue.day() {
        Some(day) if !believed => day,
        Some(_) | None => now.at.to_zoned(known.zone.clone()).date(),
    };
    let todays = plan::of(config, known.office.as_deref(), day);
    (queue.plan() != Some(&todays)).then_some(Event::Planned(todays))
}

/// The next moment [`asks`] may answer something new by itself: midnight.
pub(crate) fn next(zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let tomorrow = now.to_zoned(zone.clone()).tomorrow().ok()?;
    Some(tomorrow.start_of_day().ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_empty_box_begins_its_day_and_begins_the_next_one_after_midnight() {
        let (mut queue, known, config) = (Queue::new(), Known::nothing(), config());
        step(&mut queue, &known, &config, "2026-02-03T08:00:00Z");
        assert_eq!(queue.day(), Some(date(2026, 2, 3)));
        assert_eq!(asks(&queue, &known, &config, at("2026-02-03T08:00:01Z")), None, "once is enough");
        step(&mut queue, &known, &config, "2026-02-03T23:00:00Z");
        assert_eq!(queue.day(), Some(date(2026, 2, 4)), "midnight in Berlin is 23:00 in Greenwich");
    }

    #[test]
    fn a_clock_that_is_not_believed_does_not_begin_a_day() {
        let (mut queue, known, config) = (Queue::new(), Known::nothing(), config());
        step(&mut queue, &known, &config, "2026-02-03T08:00:00Z");
        let lost = Now { at: at("2031-01-01T23:00:00Z").at, trust: Trust::Unknown };
        assert_eq!(asks(&queue, &known, &config, lost), None);
    }

    #[test]
    fn the_calendar_is_looked_at_again_at_midnight() {
        let next = next(&Known::nothing().zone, at("2026-02-03T08:00:00Z").at);
        assert_eq!(next, Some(at("2026-02-03T23:00:00Z").at));
    }

    fn step(queue: &mut Queue, known: &Known, config: &Config, moment: &str) {
        let event = asks(queue, known, config, at(moment)).expect("the calendar asks for something");
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
