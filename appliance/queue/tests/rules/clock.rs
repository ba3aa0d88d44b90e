//! The clock is unknown, is confirmed, is set: who came is never lost and never waits otherwise.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use names::Trust;
use proptest::prelude::*;
use queue::{Act, Answer, ClockSource, Event, Greeting, Timing, Wait};

use crate::hall::{DOOR, Hall, PASSPORT, PICK_UP, TODAY, booked, clock, on, plan};
use crate::replay::replayed;

const TOMORROW: Date = date(2026, 3, 4);
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Moments from the beginning of all time on came from the wrong clock.
const EVER: Timestamp = Timestamp::MIN;

impl Hall {
    /// The clock is set by so much: moments from `since` on move along.
    fn set_clock(&mut self, delta_ms: i64, since: Timestamp) {
        self.now.at += SignedDuration::from_millis(delta_ms);
        self.event(Event::ClockSet { by: ClockSource::Server, delta_ms, since });
    }

    fn redated(&mut self, day: Date) {
        self.event(Event::Redated { plan: plan(day), midnight: on(day, "00:00") });
    }

    /// How long everybody has waited, in their order.
    fn waits(&self) -> Vec<(names::Code, SignedDuration)> {
        self.queue.line(self.now).iter().map(|it| (it.code, self.now.at.duration_since(it.arrived))).collect()
    }
}

#[test]
fn with_an_unknown_clock_codes_of_the_day_are_admitted_by_arrival_and_others_get_their_date() {
    let mut hall = Hall::open();
    hall.lose_the_clock();
    for (n, start) in [(1, "08:00"), (2, "15:30")] {
        hall.at("12:00").scan(&booked(n, start, PICK_UP));
        assert!(matches!(hall.greeting(), Greeting::Here { timing: Timing::ByArrival, .. }), "booked at {start}");
    }
    let mut other = booked(3, "12:00", PICK_UP);
    (other.day, other.start) = (TOMORROW, on(TOMORROW, "12:00"));
    let known = Greeting::OtherDay { day: TOMORROW, start: Some(other.start) };
    assert_eq!(hall.scan(&other), known);
    hall.at("23:59").event(Event::Tick);
    assert!(!hall.queue.is_closed(), "no day ends by an unknown clock");
    hall.now.trust = Trust::Plausible;
    hall.event(Event::Tick);
    assert!(hall.queue.is_closed(), "a plausible clock judges normally");
}

#[test]
fn with_a_plausible_clock_early_and_late_are_judged() {
    let mut hall = Hall::open();
    hall.now.trust = Trust::Plausible;
    hall.at("12:00").scan(&booked(1, "14:00", PICK_UP));
    assert!(matches!(hall.greeting(), Greeting::Here { timing: Timing::Early { .. }, .. }));
    hall.scan(&booked(2, "11:00", PICK_UP));
    assert!(matches!(hall.greeting(), Greeting::Here { timing: Timing::Late { .. }, .. }));
}

#[test]
fn a_clock_that_is_set_by_days_changes_no_waiting_time_and_no_order() {
    let mut hall = Hall::open();
    hall.lose_the_clock();
    let first = hall.ticket(PICK_UP);
    let second = hall.later(600).ticket(PICK_UP);
    let before = hall.later(60).waits();
    assert_eq!(before.iter().map(|it| it.0).collect::<Vec<_>>(), [first, second]);
    for delta in [3 * DAY, -5 * DAY, 86_399_999] {
        hall.set_clock(delta, EVER);
        assert_eq!(hall.waits(), before, "after {delta} ms");
    }
    assert_eq!(replayed(&hall.facts), hall.queue);
}

#[test]
fn moments_before_the_wrong_clock_began_stay_where_they_are() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    hall.at("10:00").lose_the_clock();
    hall.ticket(PICK_UP);
    hall.set_clock(3_600_000, clock("10:00"));
    let minutes: Vec<i64> = hall.waits().iter().map(|it| it.1.as_mins()).collect();
    assert_eq!(minutes, [180, 0], "the power was away for an hour, and the first one waited through it");
}

#[test]
fn a_call_goes_on_while_the_clock_is_set() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    hall.call(1);
    let visit = hall.queue.calls()[0].visit;
    hall.announce(visit);
    hall.lose_the_clock();
    hall.later(60).set_clock(DAY, EVER);
    let presumed = |hall: &Hall| matches!(hall.state(1), queue::CounterState::Serving { presumed: true, .. });
    assert!(!presumed(&hall), "a jump of the clock is no minute of walking");
    hall.later(31).event(Event::Tick);
    assert!(presumed(&hall), "90 seconds of real time are");
    assert_eq!(hall.press(1, Act::Finish), Answer::Done);
}

#[test]
fn a_rest_after_guessing_is_not_prolonged_by_a_clock_that_is_set_back() {
    let mut hall = Hall::open();
    for n in 0..10 {
        hall.type_pin(crate::hall::pin(100 + n));
    }
    hall.set_clock(-DAY, EVER);
    assert!(matches!(hall.type_pin(crate::hall::pin(200)), Greeting::Rest { .. }));
    hall.later(10);
    assert_eq!(hall.type_pin(crate::hall::pin(200)), Greeting::Unknown);
}

#[test]
fn who_came_before_the_day_was_confirmed_is_still_there_after_it() {
    let mut hall = Hall::open();
    let left_over = hall.ticket(PICK_UP);
    // The power failed; the next morning the clock stands where it stopped.
    hall.at("16:00").lose_the_clock();
    let booted = hall.now.at;
    hall.press(1, Act::Close);
    let early_bird = hall.later(60).ticket(PASSPORT);
    hall.later(60).set_clock(DAY - 8 * 3_600_000, booted);
    hall.redated(TOMORROW);
    assert_eq!(hall.queue.day(), Some(TOMORROW));
    assert_eq!(hall.line(), [early_bird], "{left_over} was of yesterday");
    assert_ne!(hall.ticket(PICK_UP), early_bird, "no number twice");
    assert!(matches!(hall.state(1), queue::CounterState::Closed), "as it was left this morning");
    assert!(matches!(hall.state(3), queue::CounterState::Free), "nobody has to open again");
    assert_eq!(replayed(&hall.facts), hall.queue);
}

#[test]
fn without_anybody_in_the_hall_another_day_is_a_new_day() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    hall.now.at = on(TOMORROW, "08:00");
    hall.redated(TOMORROW);
    assert_eq!((hall.queue.day(), hall.line().len()), (Some(TOMORROW), 0));
    assert_eq!(hall.press(1, Act::Open), Answer::Done);
    assert_eq!(hall.ticket(PICK_UP).to_string(), "A 001");
}

#[test]
fn a_day_that_was_confirmed_wrongly_is_put_right_and_loses_nobody() {
    let mut hall = Hall::empty();
    hall.lose_the_clock();
    hall.now.at = on(TOMORROW, "08:00");
    hall.event(Event::Planned(plan(TOMORROW)));
    hall.press(1, Act::Open);
    let code = hall.ticket(PICK_UP);
    hall.later(60).set_clock(-DAY, EVER);
    hall.now.trust = Trust::Trusted;
    hall.redated(TODAY);
    assert_eq!((hall.queue.day(), hall.line()), (Some(TODAY), vec![code]));
    assert!(matches!(hall.scan(&booked(1, "08:00", PICK_UP)), Greeting::Here { .. }), "today's code is good");
}

#[test]
fn a_day_of_the_past_never_ends_a_running_one() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    hall.event(Event::Redated { plan: plan(date(2026, 3, 2)), midnight: on(TOMORROW, "00:00") });
    assert_eq!((hall.queue.day(), hall.line()), (Some(TODAY), vec![code]));
}

#[test]
fn a_leap_day_is_a_day() {
    let leap = date(2028, 2, 29);
    let mut hall = Hall::empty();
    hall.now.at = on(leap, "08:00");
    hall.event(Event::Planned(plan(leap)));
    hall.press(1, Act::Open);
    let mut of_that_day = booked(1, "08:00", PICK_UP);
    (of_that_day.day, of_that_day.start) = (leap, on(leap, "08:10"));
    assert!(matches!(hall.scan(&of_that_day), Greeting::Here { timing: Timing::OnTime { .. }, .. }));
    hall.now.at = on(leap, "23:30");
    hall.event(Event::Tick);
    assert!(hall.queue.is_closed());
}

#[derive(Clone, Debug)]
enum Op {
    Later(i64),
    Jump(i64),
    Ticket,
    Call,
    Scan(u32),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..900_i64).prop_map(Op::Later),
        (-400 * DAY..400 * DAY).prop_map(Op::Jump),
        Just(Op::Ticket),
        Just(Op::Call),
        (0..6_u32).prop_map(Op::Scan),
    ]
}

/// One hall whose clock is set all the time, and one whose clock is never touched.
fn play(ops: &[Op], jumps: bool) -> (Hall, Vec<(names::Code, SignedDuration)>) {
    let mut hall = Hall::open();
    hall.lose_the_clock();
    for op in ops {
        match op {
            Op::Later(seconds) => drop(hall.later(*seconds)),
            Op::Jump(delta) if jumps => hall.set_clock(*delta, EVER),
            Op::Jump(_) => {}
            Op::Ticket => drop(hall.ticket(PICK_UP)),
            Op::Call => drop(hall.press(1, Act::Button(queue::Gesture::Short))),
            Op::Scan(n) => {
                hall.event(Event::CheckIn {
                    reader: DOOR,
                    presented: queue::Presented::Token(booked(*n, "08:30", PICK_UP)),
                });
            }
        }
    }
    let waits = hall.waits();
    (hall, waits)
}

proptest! {
    /// Whatever the clock does, everybody waits as long as really passed, and is called the same.
    #[test]
    fn whatever_the_clock_does_the_hall_goes_the_same(ops in prop::collection::vec(op(), 0..60)) {
        let ((steady, expected), (jumping, waits)) = (play(&ops, false), play(&ops, true));
        prop_assert_eq!(waits, expected);
        let calls = |hall: &Hall| hall.queue.calls().iter().map(|it| (it.code, it.counter, it.times)).collect::<Vec<_>>();
        prop_assert_eq!(calls(&jumping), calls(&steady));
        prop_assert_eq!(replayed(&jumping.facts), jumping.queue);
        prop_assert_ne!(steady.queue.wait(steady.now), Wait::About(names::Minutes(u16::MAX)));
    }
}
