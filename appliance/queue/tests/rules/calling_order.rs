//! `rules.md`, Calling, Order: rules 1 to 4 through the front door.

use names::Code;
use queue::{Act, Reason};

use crate::hall::{Hall, MOVING, PASSPORT, PICK_UP, booked};

#[test]
fn due_appointments_come_by_booked_time_then_walk_ins_by_ticket() {
    let mut hall = Hall::open();
    let (early, late) = (booked(1, "09:00", PICK_UP), booked(2, "09:05", PICK_UP));
    let ticket = hall.at("08:50").ticket(PICK_UP);
    let second = hall.at("08:55").ticket(PICK_UP);
    hall.at("08:56").scan(&late);
    hall.at("08:57").scan(&early);
    hall.at("09:06");
    assert_eq!(hall.line(), vec![Code::Pin(early.pin), Code::Pin(late.pin), ticket, second]);
    assert_eq!(hall.call(1), (Code::Pin(early.pin), Reason::Due));
    assert_eq!(hall.call(2), (Code::Pin(late.pin), Reason::Due));
    assert_eq!(hall.call(3), (ticket, Reason::TicketOrder));
}

#[test]
fn a_walk_in_goes_before_an_appointment_that_is_not_due() {
    let mut hall = Hall::open();
    let appointment = booked(1, "09:00", PICK_UP);
    hall.at("08:55").scan(&appointment);
    let ticket = hall.ticket(PICK_UP);
    assert_eq!(hall.call(1), (ticket, Reason::TicketOrder));
    assert_eq!(hall.call(2), (Code::Pin(appointment.pin), Reason::EarlyIdle), "a counter that would idle");
}

#[test]
fn a_counter_idles_beside_nobody_however_early() {
    let mut hall = Hall::open();
    let (sooner, later) = (booked(1, "09:00", PICK_UP), booked(2, "11:00", PICK_UP));
    hall.at("08:30").scan(&later);
    hall.scan(&sooner);
    assert_eq!(hall.call(1), (Code::Pin(sooner.pin), Reason::NobodyElse));
    assert_eq!(hall.call(2), (Code::Pin(later.pin), Reason::NobodyElse));
}

#[test]
fn a_walk_in_of_thirty_minutes_gets_every_second_call() {
    let mut hall = Hall::open();
    let tickets: Vec<Code> = (0..2).map(|_| hall.ticket(PICK_UP)).collect();
    let booked: Vec<_> = (0..3).map(|n| booked(n, "08:30", PICK_UP)).collect();
    for appointment in &booked {
        hall.at("08:29").scan(appointment);
    }
    hall.at("08:30");
    let mut calls = vec![];
    for _ in 0..4 {
        calls.push(hall.call(1));
        hall.finish(1);
        hall.later(6);
    }
    let due = |n: usize| (Code::Pin(booked[n].pin), Reason::Due);
    assert_eq!(calls, vec![due(0), (tickets[0], Reason::Alternating), due(1), (tickets[1], Reason::Alternating)]);
}

#[test]
fn an_appointment_that_waited_five_minutes_goes_before_the_alternation() {
    let mut hall = Hall::open();
    let ticket = hall.ticket(PICK_UP);
    let booked: Vec<_> = (0..3).map(|n| booked(n, "08:30", PICK_UP)).collect();
    for appointment in &booked {
        hall.at("08:29").scan(appointment);
    }
    hall.at("08:30").call(1);
    hall.finish(1);
    hall.at("08:35");
    assert_eq!(hall.call(1), (Code::Pin(booked[1].pin), Reason::AppointmentWaited));
    assert_eq!(hall.call(2), (Code::Pin(booked[2].pin), Reason::Due));
    assert_eq!(hall.call(3), (ticket, Reason::TicketOrder));
}

#[test]
fn past_sixty_minutes_the_longest_wait_comes_first() {
    let mut hall = Hall::open();
    let longest = hall.ticket(PICK_UP);
    let next = hall.at("08:01").ticket(PASSPORT);
    let (fresh, waited) = (booked(1, "09:00", PICK_UP), booked(2, "08:58", PICK_UP));
    hall.at("08:50").scan(&fresh);
    hall.scan(&waited);
    hall.at("09:01");
    assert_eq!(hall.call(1), (longest, Reason::PastBound), "both appointments are fresh");
    hall.finish(1);
    hall.at("09:03").press(1, Act::Pause);
    assert_eq!(hall.call(3), (Code::Pin(waited.pin), Reason::AppointmentWaited), "this one waited five minutes");
    hall.finish(3);
    hall.later(6);
    hall.at("09:04");
    assert_eq!(hall.call(2), (Code::Pin(fresh.pin), Reason::Due), "counter 2 serves no passports");
    hall.at("09:10");
    assert_eq!(hall.call(3), (next, Reason::PastBound));
}

#[test]
fn a_late_appointment_is_called_by_the_date_of_its_ticket() {
    let mut hall = Hall::open();
    let late = booked(1, "09:00", PICK_UP);
    let before = hall.at("08:39").ticket(PICK_UP);
    let after = hall.at("08:41").ticket(PICK_UP);
    hall.at("09:11").scan(&late);
    assert_eq!(hall.line(), vec![before, Code::Pin(late.pin), after]);
}

#[test]
fn the_length_of_a_visit_never_decides() {
    let mut hall = Hall::open();
    let long = hall.ticket(MOVING);
    let short = hall.ticket(PICK_UP);
    assert_eq!(hall.line(), vec![long, short]);
    assert_eq!(hall.call(1), (long, Reason::TicketOrder));
}

#[test]
fn who_came_back_is_next_at_the_same_counter_but_one_between_two_appointments() {
    let mut hall = Hall::open();
    let away: Vec<Code> = (0..2)
        .map(|_| {
            let code = hall.later(6).ticket(PICK_UP);
            hall.call(2);
            hall.press(2, Act::ComesBack);
            code
        })
        .collect();
    let first = booked(1, "08:30", PICK_UP);
    hall.at("08:30").scan(&first);
    hall.type_code(away[0]);
    hall.type_code(away[1]);
    assert_eq!(hall.call(2), (away[0], Reason::Returning));
    hall.finish(2);
    assert_eq!(hall.later(6).call(2), (Code::Pin(first.pin), Reason::Due), "one between two appointments");
    hall.finish(2);
    assert_eq!(hall.later(6).call(2), (away[1], Reason::Returning));
}

#[test]
fn without_appointments_a_second_one_who_came_back_counts_by_the_first_arrival() {
    let mut hall = Hall::open();
    let away: Vec<Code> = (0..2)
        .map(|_| {
            let code = hall.later(6).ticket(PICK_UP);
            hall.call(2);
            hall.press(2, Act::ComesBack);
            code
        })
        .collect();
    let ticket = hall.at("08:10").ticket(PICK_UP);
    hall.at("08:20").type_code(away[0]);
    hall.type_code(away[1]);
    assert_eq!(hall.call(2), (away[0], Reason::Returning));
    hall.finish(2);
    assert_eq!(hall.later(6).call(2), (away[1], Reason::TicketOrder));
    hall.finish(2);
    assert_eq!(hall.later(6).call(2), (ticket, Reason::TicketOrder));
}
