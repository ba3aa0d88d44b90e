//! One press, one person: repeated, doubled and late presses.

use names::CounterId;
use queue::{Act, Answer, Event, Gesture, Greeting, PressId, Queue};

use crate::hall::{DOOR, Hall, PICK_UP, code_of};
use crate::replay::replayed;

fn id(text: &str) -> PressId {
    PressId(text.to_owned())
}

#[test]
fn the_same_press_gets_the_same_answer_and_calls_nobody_again() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    hall.ticket(PICK_UP);
    let answer = hall.press_id(1, Act::FinishAndNext, id("a"));
    let called = hall.later(6).press_id(1, Act::CallNext, id("b"));
    hall.later(600).finish(1);
    assert_eq!(hall.later(600).press_id(1, Act::CallNext, id("b")), called);
    assert!(hall.recorded_nothing());
    assert!(hall.announced().is_empty(), "no chime either");
    assert_eq!(hall.press_id(1, Act::FinishAndNext, id("a")), answer, "a refusal is remembered too");
    assert_eq!(hall.queue.waiting(), 1);
}

#[test]
fn the_same_press_gets_the_same_answer_after_a_restart_and_on_the_next_day() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    let called = hall.press_id(1, Act::CallNext, id("b"));
    hall.queue = replayed(&hall.facts);
    assert_eq!(hall.later(60).press_id(1, Act::CallNext, id("b")), called);
    let tomorrow = jiff::civil::date(2026, 3, 4);
    hall.event(Event::Planned(crate::hall::plan(tomorrow)));
    assert_eq!(hall.press_id(1, Act::CallNext, id("b")), called);
}

#[test]
fn a_second_press_within_five_seconds_is_the_same_press_whatever_its_id() {
    let mut hall = Hall::open();
    for _ in 0..3 {
        hall.ticket(PICK_UP);
    }
    let first = hall.press_id(1, Act::Button(Gesture::Short), id("a"));
    assert_eq!(hall.at("08:00:04").press_id(1, Act::Button(Gesture::Short), id("b")), first);
    assert!(hall.announced().is_empty());
    let recalled = hall.at("08:00:05").press_id(1, Act::Button(Gesture::Short), id("c"));
    assert!(matches!(recalled, Answer::Recalled { times: 2, .. }), "five seconds after the first, it counts");
    assert_eq!(hall.at("08:05").press_id(1, Act::Button(Gesture::Short), id("b")), first, "its id got that answer");
}

#[test]
fn different_acts_and_different_counters_are_different_keys() {
    let mut hall = Hall::open();
    for _ in 0..2 {
        hall.ticket(PICK_UP);
    }
    hall.press_id(1, Act::CallNext, id("a"));
    assert_eq!(hall.press_id(1, Act::Finish, id("a")), Answer::Done);
    assert!(matches!(hall.press_id(2, Act::CallNext, id("a")), Answer::Called { .. }));
    assert_eq!(hall.queue.waiting(), 0);
}

#[test]
fn a_ticket_key_pressed_twice_gives_one_ticket() {
    let mut hall = Hall::open();
    let take = |press: &str| Event::TakeTicket { reader: DOOR, service: Some(PICK_UP), press: id(press) };
    hall.event(take("a"));
    let first = code_of(&hall.greeting());
    for (time, press) in [("08:00:01", "b"), ("08:30", "a"), ("08:31", "b")] {
        hall.at(time).event(take(press));
        assert!(matches!(hall.greeting(), Greeting::Ticket { code, .. } if code == first), "{press} at {time}");
    }
    hall.at("08:00:02").event(take("c"));
    assert_ne!(code_of(&hall.greeting()), first, "the next person");
    assert_eq!(hall.queue.waiting(), 2);
}

#[test]
fn a_press_before_the_first_day_is_refused_for_good() {
    let mut queue = Queue::new();
    let mut hall = Hall::empty();
    let refused = hall.press_id(1, Act::CallNext, id("a"));
    assert!(matches!(refused, Answer::Refused { .. }));
    hall.event(Event::Planned(crate::hall::plan(crate::hall::TODAY)));
    hall.press_id(1, Act::Open, id("b"));
    hall.ticket(PICK_UP);
    assert_eq!(hall.later(60).press_id(1, Act::CallNext, id("a")), refused);
    let counter = CounterId::try_from(1).expect("a counter");
    let effects = queue.handle(Event::Counter { counter, act: Act::CallNext, press: id("a") }, hall.now);
    assert_eq!(effects.len(), 2, "kept and answered");
}
