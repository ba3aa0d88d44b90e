//! The nights in which the clocks of Berlin change, and a leap day: a hall that is open all night,
//! with everything the calendar, the plan and the queue make of the hour that is not there and of
//! the hour that comes twice.

use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use names::{BookingId, CounterId, Language, Minutes, Now, Pin, ServiceId, Side};
use queue::{Act, Answer, Appointment, Effect, Event, Greeting, Presented, PressId, Queue, Reader, Timing};

use super::{Known, day};
use crate::config::Config;

/// Spring: 2:00 is 3:00. Autumn: 3:00 is 2:00 again.
const SPRING: [Date; 2] = [date(2026, 3, 29), date(2027, 3, 28)];
const AUTUMN: [Date; 2] = [date(2026, 10, 25), date(2027, 10, 31)];

/// A hall that is open around the clock, with one counter.
struct Night {
    queue: Queue,
    known: Known,
    config: Config,
    now: Now,
    presses: u32,
}

impl Night {
    /// The night before this day, at the moment given in Greenwich.
    fn at(day: Date, greenwich: &str) -> Self {
        let text = "office = \"musterland\"\ndata = \"/nowhere\"\n[[counter]]\nnumber = 1\n";
        let config = Config::parse(std::path::Path::new("test.toml"), text).expect("a good file");
        let now = Now::trusted(moment(day, greenwich));
        let mut night = Self { queue: Queue::new(), known: Known::nothing(), config, now, presses: 0 };
        night.tick();
        night.act(Act::Open);
        night
    }

    fn tick(&mut self) {
        while let Some(event) = day::asks(&self.queue, &self.known, &self.config, self.now, None) {
            self.event(event);
        }
        self.event(Event::Tick);
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.queue.handle(event, self.now);
        self.queue.verify_invariants().expect("the invariants hold in every night");
        effects
    }

    fn later(&mut self, minutes: i64) -> &mut Self {
        self.now.at += SignedDuration::from_mins(minutes);
        self.tick();
        self
    }

    fn act(&mut self, act: Act) -> Answer {
        self.presses += 1;
        let counter = CounterId::try_from(1).expect("a counter");
        let effects = self.event(Event::Counter { counter, act, press: PressId(format!("p{}", self.presses)) });
        let answer = effects.into_iter().find_map(|it| match it {
            Effect::Answer { answer, .. } => Some(answer),
            Effect::Record(_) | Effect::Announce { .. } | Effect::Greet { .. } => None,
        });
        answer.expect("every press is answered")
    }

    /// Somebody booked for that moment scans; how they are judged.
    fn scans(&mut self, n: u32, start: Timestamp) -> Timing {
        let appointment = Appointment {
            booking: BookingId::from_random(Side::Booking, u64::from(n)),
            version: 1,
            pin: Pin::from_index(n).expect("inside the count"),
            day: start.to_zoned(self.known.zone.clone()).date(),
            start,
            length: Minutes(10),
            service: ServiceId(1),
            language: Language::De,
        };
        let effects = self.event(Event::CheckIn { reader: Reader(1), presented: Presented::Token(appointment) });
        let timing = effects.into_iter().find_map(|it| match it {
            Effect::Greet { greeting: Greeting::Here { timing, .. }, .. } => Some(timing),
            Effect::Greet { .. } | Effect::Record(_) | Effect::Announce { .. } | Effect::Answer { .. } => None,
        });
        timing.expect("admitted")
    }
}

fn moment(day: Date, greenwich: &str) -> Timestamp {
    format!("{day}T{greenwich}:00Z").parse().expect("a moment")
}

#[test]
fn in_the_hour_that_comes_twice_each_booking_is_judged_by_its_own_two_oclock() {
    for day in AUTUMN {
        // 2:30 in summer time is 0:30 in Greenwich, 2:30 in winter time an hour later.
        let (first, second) = (moment(day, "00:30"), moment(day, "01:30"));
        let mut night = Night::at(day, "00:30");
        assert_eq!(night.scans(1, first), Timing::OnTime { start: first });
        let callable = moment(day, "01:00");
        assert_eq!(
            night.scans(2, second),
            Timing::Early { start: second, callable },
            "an hour early, though it is 2:30"
        );
        night.later(60);
        assert_eq!(night.scans(3, second), Timing::OnTime { start: second });
        assert_eq!(night.scans(4, first), Timing::Late { start: first }, "an hour late, though it is 2:30");
    }
}

#[test]
fn over_the_hour_that_is_not_there_nobody_is_an_hour_late() {
    for day in SPRING {
        // 1:55 and 3:05 are ten minutes apart.
        let (before, after) = (moment(day, "00:55"), moment(day, "01:05"));
        let mut night = Night::at(day, "00:55");
        assert_eq!(night.scans(1, after), Timing::OnTime { start: after });
        night.later(10);
        assert_eq!(night.scans(2, before), Timing::OnTime { start: before });
        night.later(1);
        assert_eq!(night.scans(3, before), Timing::Late { start: before });
    }
}

#[test]
fn calls_and_waits_go_on_through_both_nights() {
    for day in SPRING.into_iter().chain(AUTUMN) {
        let mut night = Night::at(day, "00:20");
        for press in ["a", "b"] {
            let press = PressId(press.to_owned());
            night.event(Event::TakeTicket { reader: Reader(1), service: None, press });
            night.later(5);
        }
        night.later(45);
        let waits: Vec<i64> =
            night.queue.line(night.now).iter().map(|it| night.now.at.duration_since(it.arrived).as_mins()).collect();
        assert_eq!(waits, [55, 50], "{day}: a wait is what passed, not what the wall shows");
        assert!(matches!(night.act(Act::CallNext), Answer::Called { .. }), "{day}");
        night.later(60);
        assert_eq!(night.act(Act::Finish), Answer::Done, "{day}");
        assert_eq!(night.queue.day(), Some(day));
    }
}

#[test]
fn every_night_rolls_over_once_at_its_own_midnight() {
    for day in SPRING.into_iter().chain(AUTUMN).chain([date(2028, 2, 29)]) {
        let zone = Known::nothing().zone;
        let midnight = day.to_zoned(zone).expect("a midnight").timestamp();
        let mut night = Night::at(day.yesterday().expect("a day before"), "12:00");
        night.known.office = Some(Arc::new(crate::desk::tests::doc()));
        night.now.at = midnight - SignedDuration::from_mins(1);
        night.tick();
        assert_eq!((night.queue.day(), night.queue.is_closed()), (day.yesterday().ok(), true));
        night.later(1);
        assert_eq!((night.queue.day(), night.queue.is_closed()), (Some(day), false));
    }
}
