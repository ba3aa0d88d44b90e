//! What the box knows of bookings: versions, days, and PINs that come back.

use jiff::ToSpan;
use names::Code;
use queue::{Event, Greeting, LineKind, Presented, Timing};

use crate::hall::{Hall, PICK_UP, TODAY, booked, clock, on, plan};

/// The n-th booking so many days from today, at ten o'clock.
fn in_days(n: u32, days: i32) -> queue::Appointment {
    let day = TODAY.checked_add(days.days()).expect("a day");
    queue::Appointment { day, start: on(day, "10:00"), ..booked(n, "10:00", PICK_UP) }
}

#[test]
fn the_same_version_told_again_is_no_news() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PICK_UP);
    hall.expect(&appointment);
    assert!(!hall.recorded_nothing());
    hall.expect(&appointment);
    assert!(hall.recorded_nothing());
    hall.withdraw(appointment.booking);
    hall.withdraw(appointment.booking);
    assert!(hall.recorded_nothing());
}

#[test]
fn a_token_newer_than_what_the_box_knows_is_true() {
    let mut hall = Hall::open();
    let old = booked(1, "09:00", PICK_UP);
    let moved = queue::Appointment { version: 2, start: clock("11:00"), ..old.clone() };
    hall.expect(&old);
    let greeting = hall.at("10:45").scan(&moved);
    let timing = Timing::OnTime { start: clock("11:00") };
    assert!(matches!(greeting, Greeting::Here { timing: told, .. } if told == timing), "{greeting:?}");
}

#[test]
fn a_pin_that_came_back_means_the_booking_of_today() {
    let mut hall = Hall::open();
    let (past, today, coming) = (in_days(1, -1), booked(2, "08:00", PICK_UP), in_days(3, 1));
    let pin = today.pin;
    for appointment in [&past, &today, &coming] {
        hall.expect(&queue::Appointment { pin, ..appointment.clone() });
    }
    assert_eq!(
        hall.type_pin(pin),
        Greeting::Here {
            code: Code::Pin(pin),
            timing: Timing::OnTime { start: clock("08:00") },
            wait: crate::hall::about(0),
        }
    );
}

#[test]
fn a_pin_that_came_back_on_the_same_day_means_who_is_in_the_hall() {
    let mut hall = Hall::open();
    let served = booked(1, "08:00", PICK_UP);
    let next = queue::Appointment { pin: served.pin, ..booked(2, "09:00", PICK_UP) };
    hall.scan(&served);
    hall.call(1);
    hall.finish(1);
    hall.at("09:00").scan(&next);
    assert!(matches!(hall.type_pin(served.pin), Greeting::Waiting { .. }));
}

#[test]
fn a_coming_booking_is_told_before_a_past_one_and_a_past_one_for_a_week() {
    let mut hall = Hall::open();
    let (past, coming, old) = (in_days(1, -1), in_days(2, 3), in_days(4, -7));
    hall.expect(&past);
    hall.expect(&queue::Appointment { pin: past.pin, ..coming.clone() });
    hall.expect(&old);
    let told = |of: &queue::Appointment| Greeting::OtherDay { day: of.day, start: Some(of.start) };
    assert_eq!(hall.type_pin(past.pin), told(&coming));
    assert_eq!(hall.type_pin(old.pin), told(&old));
    hall.event(Event::Planned(plan(TODAY.tomorrow().expect("a day"))));
    assert_eq!(hall.type_pin(old.pin), Greeting::Unknown, "forgotten when the next day begins");
}

#[test]
fn an_unverified_person_is_not_merged_with_a_booking_of_another_day() {
    let mut hall = Hall::open();
    let tomorrow = in_days(1, 1);
    hall.check_in(Presented::Pin { pin: tomorrow.pin, may_exist_unseen: true });
    hall.expect(&tomorrow);
    assert_eq!(hall.kind_of(Code::Pin(tomorrow.pin)), LineKind::Unverified);
    let visit = hall.queue.visit(hall.visit_of(Code::Pin(tomorrow.pin)), hall.now).expect("a visit");
    assert_eq!(visit.booking, None);
}
