//! The state is the fold of its facts, also through their stored form.

use queue::{Act, Event, Presented, Queue, Recorded};

use crate::hall::{DOOR, Hall, MOVING, PASSPORT, PICK_UP, booked, code_of, pin};

/// What a restart finds: every fact as it is stored, read back and applied.
pub(crate) fn replayed(facts: &[Recorded]) -> Queue {
    let mut queue = Queue::new();
    for fact in facts {
        let stored = serde_json::to_string(fact).expect("a fact can be stored");
        let read: Recorded = serde_json::from_str(&stored).unwrap_or_else(|e| panic!("{e}: {stored}"));
        assert_eq!(read, *fact, "a stored fact reads as it was: {stored}");
        queue.apply(&read);
    }
    queue
}

/// A morning with every kind of fact.
fn full_morning() -> Hall {
    let mut hall = Hall::open();
    let (known, shown) = (booked(1, "08:30", PICK_UP), booked(2, "08:40", PASSPORT));
    hall.expect(&known);
    hall.withdraw(booked(3, "09:00", MOVING).booking);
    let ticket = hall.ticket(PICK_UP);
    for press in ["x", "y"] {
        let press = queue::PressId(press.to_owned());
        hall.event(Event::TakeTicket { reader: DOOR, service: None, press });
    }
    hall.type_pin(pin(9));
    let unverified = hall.check_in(Presented::Pin { pin: pin(10), may_exist_unseen: true });
    let unverified = hall.visit_of(code_of(&unverified));
    hall.lift(1, unverified);
    hall.at("08:30").scan(&known);
    hall.scan(&shown);
    hall.call(1);
    let visit = hall.queue.calls()[0].visit;
    hall.announce(visit);
    hall.press(1, Act::Recall);
    hall.press(1, Act::IsHere);
    hall.press(1, Act::ComesBack);
    hall.type_pin(pin(10));
    hall.later(6).call(1);
    hall.press(1, Act::Finish);
    hall.call(2);
    hall.press(2, Act::Missed);
    hall.type_code(ticket);
    let (since, midnight) = (hall.now.at, crate::hall::clock("00:00"));
    hall.event(Event::ClockSet { by: queue::ClockSource::Server, delta_ms: 86_400_000, since });
    hall.now.at += jiff::SignedDuration::from_hours(24);
    let tomorrow = crate::hall::TODAY.tomorrow().expect("a tomorrow");
    hall.event(Event::Redated { plan: crate::hall::plan(tomorrow), midnight });
    hall
}

#[test]
fn replaying_the_facts_gives_the_identical_state() {
    let mut hall = full_morning();
    assert_eq!(replayed(&hall.facts), hall.queue);
    hall.event(Event::CloseDay);
    assert_eq!(replayed(&hall.facts), hall.queue);
    let kinds: std::collections::BTreeSet<String> = hall
        .facts
        .iter()
        .map(|it| serde_json::to_value(it).expect("plain")["type"].as_str().expect("a type").to_owned())
        .collect();
    assert_eq!(kinds.len(), 22, "every kind of fact was there: {kinds:?}");
}

#[test]
fn facts_of_the_booking_server_may_be_told_twice_and_in_any_order() {
    let old = booked(1, "08:30", PICK_UP);
    let mut moved = old.clone();
    moved.version = 2;
    let told = |appointments: &[&queue::Appointment]| {
        let mut queue = Hall::planned().queue;
        for appointment in appointments {
            let fact = queue::Fact::Expected { appointment: (*appointment).clone() };
            queue.apply(&Recorded { at: Hall::planned().now, fact });
        }
        queue
    };
    assert_eq!(told(&[&old, &moved]), told(&[&moved, &old, &moved]));
}

#[test]
fn an_entry_of_the_booking_server_may_be_read_before_an_arrival_that_was_older() {
    let mut hall = Hall::open();
    let appointment = booked(1, "08:10", PASSPORT);
    hall.check_in(Presented::Pin { pin: appointment.pin, may_exist_unseen: true });
    hall.later(6).expect(&appointment);
    let (told, mut others): (Vec<_>, Vec<_>) =
        hall.facts.iter().cloned().partition(|it| matches!(it.fact, queue::Fact::Expected { .. }));
    assert_eq!(told.len(), 1);
    others.splice(1..1, told);
    assert_eq!(replayed(&others), hall.queue);
}

#[test]
fn a_fact_about_somebody_unknown_changes_nothing() {
    let mut queue = Queue::new();
    for fact in full_morning().facts.iter().filter(|it| !matches!(it.fact, queue::Fact::Planned { .. })) {
        queue.apply(fact);
        assert_eq!(queue.verify_invariants(), Ok(()));
    }
    assert_eq!(queue.day(), None);
}
