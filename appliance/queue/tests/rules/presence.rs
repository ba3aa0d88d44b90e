//! Presence wins: cancelled, moved or sold again online while the holder stands in the hall; and
//! codes the box has never heard of (`rules.md`, Checking in; Booking, move).

use jiff::civil::date;
use names::{BookingId, Code, Side};
use queue::{Act, Answer, Appointment, Event, Fact, Greeting, LineKind, Online, Presented, Reason, Refusal, Timing};

use crate::hall::{Hall, PASSPORT, PICK_UP, about, booked, clock, on, pin};
use crate::replay::replayed;

/// The same booking with a higher version at another time of today.
fn moved_to(of: &Appointment, start: &str) -> Appointment {
    Appointment { version: of.version + 1, start: clock(start), ..of.clone() }
}

/// The same booking with a higher version, two days later.
fn moved_away(of: &Appointment) -> Appointment {
    let day = date(2026, 3, 5);
    Appointment { version: of.version + 1, day, start: on(day, "11:00"), ..of.clone() }
}

fn unseen(of: &Appointment) -> Presented {
    Presented::Pin { pin: of.pin, may_exist_unseen: true }
}

/// What the last fact of a kind says of the booking: its id and the version of the admission.
fn admission(hall: &Hall) -> Option<(Option<BookingId>, Option<u16>)> {
    hall.facts.iter().rev().find_map(|it| {
        if let Fact::Arrived { booking, version, .. }
        | Fact::Served { booking, version, .. }
        | Fact::Missed { booking, version, .. } = &it.fact
        {
            Some((*booking, *version))
        } else {
            None
        }
    })
}

/// The three places in which somebody can stand when the news comes.
const PLACES: [&str; 3] = ["waiting", "called", "serving"];

/// Somebody with an appointment at ten, checked in and brought to that place at counter 1.
fn present(place: &str) -> (Hall, Appointment) {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    hall.expect(&appointment);
    hall.at("10:00").scan(&appointment);
    if place != "waiting" {
        hall.call(1);
    }
    if place == "serving" {
        hall.press(1, Act::IsHere);
    }
    (hall, appointment)
}

#[test]
fn who_is_cancelled_online_while_in_the_hall_is_served_and_the_clerk_sees_when_and_why() {
    for place in PLACES {
        let (mut hall, appointment) = present(place);
        hall.at("10:02").withdraw(appointment.booking);
        let visit = queue::VisitId(1);
        assert_eq!(hall.online_of(visit), Some(Online::Cancelled { at: clock("10:02") }), "{place}");
        if place == "waiting" {
            assert_eq!(hall.queue.line(hall.now)[0].online, hall.online_of(visit));
            assert_eq!(hall.kind_of(Code::Pin(appointment.pin)), LineKind::Appointment { start: clock("10:00") });
            assert_eq!(hall.call(1), (Code::Pin(appointment.pin), Reason::Due));
        }
        hall.later(60).finish(1);
        assert_eq!(hall.queue.tally().served, 1, "{place}");
        assert_eq!(hall.scan(&appointment), Greeting::Cancelled, "{place}: it is over now");
        assert_eq!(replayed(&hall.facts), hall.queue);
    }
}

#[test]
fn who_is_moved_online_while_in_the_hall_is_served_as_judged_at_check_in_and_the_facts_say_by_which_version() {
    for place in PLACES {
        for later in [moved_away, |of: &Appointment| moved_to(of, "14:00")] {
            let (mut hall, appointment) = present(place);
            let moved = later(&appointment);
            assert_eq!(admission(&hall), Some((Some(appointment.booking), Some(1))));
            hall.at("10:02").expect(&moved);
            let told = Online::Moved { day: moved.day, start: moved.start };
            assert_eq!(hall.online_of(queue::VisitId(1)), Some(told), "{place}");
            assert_eq!(hall.queue.expected(hall.now), vec![], "{place}: nobody is expected twice");
            if place == "waiting" {
                assert!(matches!(hall.scan(&moved), Greeting::Waiting { .. }), "the new code finds the same person");
                assert_eq!(hall.call(1), (Code::Pin(appointment.pin), Reason::Due));
            }
            hall.later(60).finish(1);
            assert_eq!(admission(&hall), Some((Some(appointment.booking), Some(1))), "{place}: version 2 is free");
            assert_eq!(replayed(&hall.facts), hall.queue);
        }
    }
}

#[test]
fn who_was_missed_keeps_the_new_date_on_another_day() {
    let (mut hall, appointment) = present("called");
    let moved = moved_away(&appointment);
    hall.expect(&moved);
    hall.press(1, Act::Missed);
    assert_eq!(admission(&hall), Some((Some(appointment.booking), Some(1))));
    hall.now.at = on(moved.day, "10:55");
    hall.event(Event::Planned(crate::hall::plan(moved.day)));
    let greeting = hall.scan(&moved);
    assert!(matches!(greeting, Greeting::Here { timing: Timing::OnTime { .. }, .. }), "{greeting:?}");
    assert_eq!(admission(&hall), Some((Some(appointment.booking), Some(2))), "admitted with the new version");
}

#[test]
fn who_was_missed_keeps_a_new_time_of_the_same_day() {
    let (mut hall, appointment) = present("called");
    let moved = moved_to(&appointment, "14:00");
    hall.expect(&moved);
    hall.press(1, Act::Missed);
    let expected = hall.queue.expected(hall.now);
    assert_eq!(expected.first().map(|it| it.start), Some(moved.start), "expected again, at the new time");
    assert_eq!(hall.queue.tally().expected, 1);
    let greeting = hall.at("13:50").type_pin(appointment.pin);
    let timing = Timing::OnTime { start: clock("14:00") };
    assert_eq!(greeting, Greeting::Here { code: Code::Pin(appointment.pin), timing, wait: about(10) });
    assert_eq!(hall.kind_of(Code::Pin(appointment.pin)), LineKind::Appointment { start: clock("14:00") });
    assert_eq!(hall.online_of(queue::VisitId(1)), None, "all is as it is booked");
    assert_eq!(hall.queue.expected(hall.now), vec![]);
    hall.at("14:00").call(1);
    hall.finish(1);
    assert_eq!(admission(&hall), Some((Some(appointment.booking), Some(2))), "no later date is free");
    assert_eq!(replayed(&hall.facts), hall.queue);
}

#[test]
fn who_was_missed_and_comes_back_long_before_the_new_time_waits_with_the_old_arrival() {
    let (mut hall, appointment) = present("called");
    hall.expect(&moved_to(&appointment, "15:00"));
    hall.press(1, Act::Missed);
    let greeting = hall.at("11:00").scan(&appointment);
    assert!(matches!(greeting, Greeting::BackInLine { .. }), "{greeting:?}");
    hall.call(1);
    hall.finish(1);
    assert_eq!(admission(&hall), Some((Some(appointment.booking), Some(1))), "the new time is free");
}

#[test]
fn a_seat_that_was_sold_again_brings_two_people_and_both_are_served() {
    let mut hall = Hall::open();
    let gone = booked(1, "10:00", PASSPORT);
    let next = booked(2, "10:00", PASSPORT);
    hall.expect(&gone);
    hall.at("09:55").scan(&gone);
    hall.withdraw(gone.booking);
    hall.expect(&next);
    hall.at("09:56").scan(&next);
    assert_eq!(hall.queue.waiting(), 2);
    hall.at("10:00");
    let called = [hall.call(1).0, hall.call(3).0];
    assert_eq!(called, [Code::Pin(gone.pin), Code::Pin(next.pin)], "by booked time, then by arrival");
    hall.finish(1);
    hall.finish(3);
    assert_eq!(hall.queue.tally().served, 2);
}

#[test]
fn a_token_of_an_older_version_is_judged_by_the_newer_one_of_the_same_day() {
    let mut hall = Hall::open();
    let old = booked(1, "09:00", PASSPORT);
    hall.expect(&moved_to(&old, "11:00"));
    let greeting = hall.at("10:45").scan(&old);
    let timing = Timing::OnTime { start: clock("11:00") };
    assert!(matches!(greeting, Greeting::Here { timing: told, .. } if told == timing), "{greeting:?}");
    assert_eq!(admission(&hall), Some((Some(old.booking), Some(2))));
    assert_eq!(hall.online_of(queue::VisitId(1)), None);
}

#[test]
fn a_token_of_an_older_version_is_told_its_new_day_and_one_of_today_beats_an_older_other_day() {
    let mut hall = Hall::open();
    let old = booked(1, "10:00", PASSPORT);
    let new = moved_away(&old);
    hall.expect(&new);
    assert_eq!(hall.at("09:55").scan(&old), Greeting::OtherDay { day: new.day, start: Some(new.start) });
    assert_eq!(hall.queue.waiting(), 0);
    let brought_forward = Appointment { version: 3, ..old.clone() };
    assert!(matches!(hall.scan(&brought_forward), Greeting::Here { .. }), "the box had not heard of it");
}

#[test]
fn a_newer_token_for_another_day_ends_the_old_time_although_the_box_was_not_told() {
    let mut hall = Hall::open();
    let old = booked(1, "10:00", PASSPORT);
    let new = moved_away(&old);
    hall.expect(&old);
    let told = Greeting::OtherDay { day: new.day, start: Some(new.start) };
    assert_eq!(hall.at("09:55").scan(&new), told);
    assert_eq!(hall.type_pin(old.pin), told, "nor by the PIN any more");
    assert_eq!(hall.queue.expected(hall.now), vec![]);
    assert_eq!(replayed(&hall.facts), hall.queue);
}

#[test]
fn a_used_token_is_told_that_its_holder_waits_and_nobody_comes_in_twice() {
    let mut hall = Hall::open();
    let appointment = booked(1, "08:10", PASSPORT);
    assert!(matches!(hall.scan(&appointment), Greeting::Here { .. }));
    let again = hall.check_in_at(queue::Reader(2), Presented::Token(appointment.clone()));
    assert!(matches!(again, Greeting::Waiting { .. }), "{again:?}");
    assert_eq!(hall.queue.waiting(), 1);
}

#[test]
fn a_token_unknown_here_is_told_later_and_stays_one_visit_whatever_version_is_told() {
    let mut hall = Hall::open();
    let shown = booked(1, "08:10", PASSPORT);
    hall.scan(&shown);
    hall.expect(&shown);
    assert!(hall.recorded_nothing(), "told by its own token before");
    hall.expect(&moved_away(&shown));
    assert_eq!((hall.queue.waiting(), hall.queue.tally().expected), (1, 0));
}

#[test]
fn a_cancelled_booking_never_heard_of_is_told_by_its_pin_once_its_token_was_seen() {
    let mut hall = Hall::open();
    let appointment = booked(1, "08:10", PASSPORT);
    hall.withdraw(appointment.booking);
    assert_eq!(hall.scan(&appointment), Greeting::Cancelled);
    assert_eq!(hall.type_pin(appointment.pin), Greeting::Cancelled);
    assert_eq!(hall.queue.waiting(), 0);
}

#[test]
fn an_unverified_appointment_gets_time_service_and_claim_when_it_is_told() {
    for (start, kind) in [
        ("10:00", LineKind::Appointment { start: clock("10:00") }),
        ("09:00", LineKind::Late { start: clock("09:00") }),
        ("12:00", LineKind::Early { start: clock("12:00"), callable: clock("11:30") }),
    ] {
        let mut hall = Hall::open();
        let appointment = booked(1, start, PASSPORT);
        hall.at("09:55").check_in(unseen(&appointment));
        hall.at("10:05").expect(&appointment);
        let code = Code::Pin(appointment.pin);
        assert_eq!(hall.kind_of(code), kind, "judged by the arrival at 9:55");
        let visit = hall.queue.visit(hall.visit_of(code), hall.now).expect("a visit");
        assert_eq!((visit.booking, visit.service), (Some(appointment.booking), Some(PASSPORT)));
        assert_eq!((hall.queue.waiting(), hall.queue.tally().expected), (1, 0));
        hall.call(1);
        hall.finish(1);
        assert_eq!(admission(&hall), Some((Some(appointment.booking), Some(1))), "the fact tells whose it was");
    }
}

#[test]
fn an_unverified_appointment_of_another_day_stays_a_walk_in_and_the_clerk_sees_the_date() {
    let mut hall = Hall::open();
    let other = moved_away(&booked(1, "10:00", PASSPORT));
    hall.check_in(unseen(&other));
    hall.expect(&other);
    let visit = hall.visit_of(Code::Pin(other.pin));
    assert_eq!(hall.kind_of(Code::Pin(other.pin)), LineKind::Unverified);
    assert_eq!(hall.online_of(visit), Some(Online::OtherDay { day: other.day, start: other.start }));
}

#[test]
fn an_unverified_appointment_that_was_cancelled_meanwhile_is_linked_so_that_the_clerk_sees_it() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    hall.at("09:55").check_in(unseen(&appointment));
    hall.at("10:05").expect(&appointment);
    hall.event(Event::Withdrawn { booking: appointment.booking, cancelled_at: clock("09:10") });
    let cancelled = Some(Online::Cancelled { at: clock("09:10") });
    assert_eq!(hall.online_of(hall.visit_of(Code::Pin(appointment.pin))), cancelled);
    assert_eq!(replayed(&hall.facts), hall.queue);
}

#[test]
fn a_clerk_lets_an_unverified_appointment_count_as_one() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    let ticket = hall.at("09:50").ticket(PICK_UP);
    hall.at("09:55").check_in(unseen(&appointment));
    let code = Code::Pin(appointment.pin);
    assert_eq!(hall.line(), vec![ticket, code], "by arrival");
    let visit = hall.visit_of(code);
    assert_eq!(hall.at("09:56").lift(2, visit), Answer::Done);
    assert_eq!(hall.kind_of(code), LineKind::Lifted);
    assert_eq!(hall.line(), vec![code, ticket], "as an appointment");
    assert_eq!(hall.later(6).lift(3, visit), Answer::Done, "a second clerk has the same wish");
    assert!(!hall.facts.iter().rev().take(1).any(|it| matches!(it.fact, Fact::Lifted { .. })));
    assert_eq!(replayed(&hall.facts), hall.queue);
    assert_eq!(hall.call(1), (code, Reason::Due));
}

#[test]
fn a_lifted_appointment_gets_its_own_time_when_the_booking_is_told() {
    let mut hall = Hall::open();
    let appointment = booked(1, "11:00", PASSPORT);
    hall.at("09:55").check_in(unseen(&appointment));
    let code = Code::Pin(appointment.pin);
    hall.lift(1, hall.visit_of(code));
    hall.expect(&appointment);
    assert_eq!(hall.kind_of(code), LineKind::Early { start: clock("11:00"), callable: clock("10:30") });
}

#[test]
fn only_an_unverified_appointment_that_waits_can_be_lifted() {
    let mut hall = Hall::open();
    let refused = |why| Answer::Refused { why };
    let ticket = hall.ticket(PICK_UP);
    let walk_in = hall.visit_of(ticket);
    assert_eq!(hall.lift(1, walk_in), refused(Refusal::NotUnverified));
    assert_eq!(hall.lift(1, queue::VisitId(77)), refused(Refusal::NotWaiting));
    let appointment = booked(1, "08:00", PASSPORT);
    hall.scan(&appointment);
    let verified = hall.visit_of(Code::Pin(appointment.pin));
    assert_eq!(hall.later(6).lift(2, verified), Answer::Done, "it is one already");
    hall.check_in(unseen(&booked(2, "08:00", PASSPORT)));
    let unverified = hall.visit_of(Code::Pin(pin(2)));
    hall.press(1, Act::CallThis(unverified));
    assert_eq!(hall.lift(3, unverified), refused(Refusal::NotWaiting));
    assert!(!hall.facts.iter().any(|it| matches!(it.fact, Fact::Lifted { .. })));
}

#[test]
fn a_lifted_appointment_uncalled_for_a_quarter_of_an_hour_alarms() {
    let mut hall = Hall::open();
    hall.at("09:00").check_in(unseen(&booked(1, "09:00", PASSPORT)));
    let visit = hall.visit_of(Code::Pin(pin(1)));
    hall.lift(1, visit);
    assert_eq!(hall.queue.next_deadline(hall.now.at), Some(clock("09:15")));
    let alarming = |hall: &Hall| hall.queue.alarming(hall.now);
    assert_eq!(alarming(hall.at("09:14:59")), vec![]);
    assert_eq!(alarming(hall.at("09:15")), vec![visit]);
}

#[test]
fn who_was_moved_to_a_later_time_of_the_day_is_counted_once_in_the_wait_of_others() {
    let mut hall = Hall::open();
    for number in [2, 3] {
        hall.press(number, Act::Close);
    }
    let appointment = booked(1, "10:00", PASSPORT);
    hall.at("10:00").scan(&appointment);
    let alone = hall.queue.wait(hall.now);
    hall.expect(&moved_to(&appointment, "10:10"));
    assert_eq!(hall.queue.wait(hall.now), alone, "one person, one visit");
}

#[test]
fn news_of_a_booking_lead_to_the_same_knowledge_in_any_order() {
    let first = booked(1, "10:00", PASSPORT);
    let second = moved_to(&first, "11:00");
    let told = [
        Fact::Expected { appointment: first.clone() },
        Fact::Expected { appointment: second },
        Fact::Withdrawn { booking: first.booking, cancelled_at: clock("09:10") },
        Fact::Withdrawn { booking: first.booking, cancelled_at: clock("09:00") },
    ];
    let state = |order: &[usize]| {
        let mut hall = Hall::planned();
        for place in order {
            hall.queue.apply(&queue::Recorded { at: hall.now, fact: told[*place].clone() });
        }
        hall.queue
    };
    let in_order = state(&[0, 1, 2, 3]);
    for order in [[3, 2, 1, 0], [2, 0, 3, 1], [0, 2, 1, 3], [1, 0, 3, 2]] {
        assert_eq!(state(&order), in_order, "{order:?}");
    }
}

#[test]
fn facts_of_the_first_version_of_this_program_still_read() {
    let booking = BookingId::from_random(Side::Booking, 1);
    let code = String::from(pin(1));
    let old = [
        serde_json::json!({"at": {"at": "2026-03-03T10:00:00Z", "trust": "trusted"}, "type": "arrived", "visit": 1,
            "code": code, "booking": booking, "service": 2,
            "standing": {"says": "here", "code": code, "timing": {"timing": "by-arrival"},
                "wait": {"wait": "unsure"}}}),
        serde_json::json!({"at": {"at": "2026-03-03T10:00:00Z", "trust": "trusted"}, "type": "returned", "visit": 1,
            "standing": {"says": "back-in-front", "code": code}}),
        serde_json::json!({"at": {"at": "2026-03-03T10:00:00Z", "trust": "trusted"}, "type": "missed", "visit": 1,
            "counter": 1}),
        serde_json::json!({"at": {"at": "2026-03-03T10:00:00Z", "trust": "trusted"}, "type": "served", "visit": 1,
            "counter": 1}),
    ];
    for fact in old {
        let text = fact.to_string();
        let read: queue::Recorded = serde_json::from_value(fact).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert!(!serde_json::to_string(&read).expect("plain").contains("version"), "{text}");
    }
}
