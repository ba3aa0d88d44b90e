//! "About n minutes", the ticket stop and who is not here.

use queue::{Act, Greeting, Timing, Wait};

use crate::hall::{Hall, MOVING, PASSPORT, PICK_UP, about, booked, clock};

#[test]
fn the_wait_is_the_work_ahead_over_the_counters_that_can_serve() {
    let mut hall = Hall::planned();
    assert_eq!(hall.queue.wait(hall.now), Wait::Unsure, "no counter is open");
    hall.press(1, Act::Open);
    assert_eq!(hall.queue.wait(hall.now), about(0));
    for _ in 0..4 {
        hall.ticket(PASSPORT);
    }
    assert_eq!(hall.queue.wait(hall.now), about(40));
    hall.press(3, Act::Open);
    assert_eq!(hall.queue.wait(hall.now), about(20));
    hall.press(2, Act::Open);
    assert_eq!(hall.queue.wait(hall.now), about(0), "counter 2 serves no passports, but somebody may come for it");
    hall.at("08:01").press(1, Act::CallNext);
    let moving = hall.later(6).ticket(MOVING);
    let waits = hall.type_code(moving);
    assert_eq!(waits, Greeting::Waiting { code: moving, ahead: 3, wait: about(20) });
}

#[test]
fn an_appointment_that_comes_due_first_lengthens_the_wait_of_a_walk_in() {
    let mut hall = Hall::planned();
    hall.press(1, Act::Open);
    hall.ticket(PASSPORT);
    assert_eq!(hall.queue.wait(hall.now), about(10));
    hall.expect(&booked(1, "08:05", PICK_UP));
    assert_eq!(hall.queue.wait(hall.now), about(20));
    hall.expect(&booked(2, "09:00", PICK_UP));
    assert_eq!(hall.queue.wait(hall.now), about(20), "too far away to matter");
}

#[test]
fn more_than_an_hour_of_work_offers_the_ticket_stop() {
    let mut hall = Hall::planned();
    hall.press(1, Act::Open);
    for _ in 0..3 {
        hall.ticket(MOVING);
    }
    assert!(!hall.queue.offers_ticket_stop());
    hall.ticket(PICK_UP);
    assert!(hall.queue.offers_ticket_stop());
}

#[test]
fn an_appointment_that_is_due_when_a_counter_gets_free_goes_first() {
    let mut hall = Hall::planned();
    hall.press(1, Act::Open);
    hall.ticket(PASSPORT);
    hall.expect(&booked(1, "08:10", PICK_UP));
    assert_eq!(hall.queue.wait(hall.now), about(20));
}

#[test]
fn walk_ins_do_not_keep_an_appointment_waiting_but_its_time_does() {
    let mut hall = Hall::planned();
    hall.press(1, Act::Open);
    for _ in 0..3 {
        hall.at("08:35").ticket(PASSPORT);
    }
    let appointment = booked(1, "09:00", PICK_UP);
    let code = names::Code::Pin(appointment.pin);
    let timing = Timing::OnTime { start: clock("09:00") };
    assert_eq!(hall.scan(&appointment), Greeting::Here { code, timing, wait: about(25) });
    assert_eq!(hall.at("09:00").scan(&appointment), Greeting::Waiting { code, ahead: 0, wait: about(0) });
}

#[test]
fn with_an_unknown_clock_nobody_is_told_not_to_be_here() {
    let mut hall = Hall::open();
    hall.expect(&booked(1, "09:00", PICK_UP));
    hall.at("12:00").lose_the_clock();
    assert!(!hall.queue.expected(hall.now)[0].not_here);
}

#[test]
fn the_booked_length_counts_from_the_moment_it_is_known() {
    let mut hall = Hall::planned();
    hall.press(1, Act::Open);
    let appointment = queue::Appointment { length: names::Minutes(30), ..booked(1, "08:00", PICK_UP) };
    hall.check_in(queue::Presented::Pin { pin: appointment.pin, may_exist_unseen: true });
    assert_eq!(hall.queue.wait(hall.now), about(10), "nothing is known, so the usual length");
    hall.expect(&appointment);
    assert_eq!(hall.queue.wait(hall.now), about(30));
}

#[test]
fn everybody_who_waits_has_the_turn_a_terminal_would_tell() {
    let mut hall = Hall::planned();
    hall.press(1, Act::Open);
    let appointment = booked(1, "08:00", PASSPORT);
    hall.expect(&appointment);
    let ticket = hall.ticket(PASSPORT);
    hall.scan(&appointment);
    let told = hall.type_code(ticket);
    let turns = hall.queue.turns(hall.now);
    let of = |booking| turns.iter().find(|turn| turn.booking == booking).map(|turn| (turn.ahead, turn.wait));
    assert_eq!(of(Some(appointment.booking)), Some((0, about(0))));
    assert_eq!(of(None), Some((1, about(10))));
    assert_eq!(told, Greeting::Waiting { code: ticket, ahead: 1, wait: about(10) });
}
