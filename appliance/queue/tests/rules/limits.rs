//! Every limit of the queue, reached.

use names::{Code, TICKETS_PER_RANGE};
use queue::limits::{BOOKINGS_AT_MOST, CALLS_KEPT, PRESSES_KEPT, WAITING_AT_MOST};
use queue::{Act, Answer, Event, Greeting, Presented, PressId, Reader};

use crate::hall::{Hall, PICK_UP, booked, counter_id, pin};

fn take(n: usize) -> Event {
    let reader = Reader(u8::try_from(n % 200).expect("below 200"));
    Event::TakeTicket { reader, service: Some(PICK_UP), press: PressId(format!("t{n}")) }
}

#[test]
fn five_hundred_wait_and_the_next_ticket_is_refused_but_an_appointment_is_not() {
    let mut hall = Hall::open();
    for n in 0..WAITING_AT_MOST {
        hall.later(if n % 150 == 0 { 6 } else { 0 }).event(take(n));
        assert!(matches!(hall.greeting(), Greeting::Ticket { .. }), "{n}");
    }
    hall.later(6).event(take(WAITING_AT_MOST));
    assert_eq!(hall.greeting(), Greeting::NoTickets);
    let unseen = Presented::Pin { pin: pin(1), may_exist_unseen: true };
    assert_eq!(hall.check_in(unseen), Greeting::NoTickets);
    assert!(matches!(hall.scan(&booked(2, "08:00", PICK_UP)), Greeting::Here { .. }));
    assert_eq!(hall.queue.waiting(), WAITING_AT_MOST + 1);
    hall.call(1);
    hall.later(6).call(2);
    hall.event(take(WAITING_AT_MOST + 1));
    assert!(matches!(hall.greeting(), Greeting::Ticket { .. }), "there is room again");
}

#[test]
fn a_day_has_999_numbers() {
    let mut hall = Hall::open();
    for n in 0..usize::from(TICKETS_PER_RANGE) {
        hall.later(6).event(take(n));
        hall.call(1);
        hall.finish(1);
    }
    assert!(matches!(hall.queue.calls()[0].code, Code::Ticket(it) if it.number() == TICKETS_PER_RANGE));
    hall.event(take(5000));
    assert_eq!(hall.greeting(), Greeting::NoTickets);
    assert_eq!(hall.queue.calls().len(), CALLS_KEPT);
}

#[test]
fn the_oldest_press_is_forgotten_after_more_than_a_day_of_presses() {
    let mut hall = Hall::open();
    let press = |n: usize| PressId(format!("key {n}"));
    for n in 0..=PRESSES_KEPT {
        assert_eq!(hall.later(6).press_id(1, Act::CallNext, press(n)), Answer::NobodyWaits);
    }
    hall.later(6).ticket(PICK_UP);
    assert_eq!(hall.press_id(1, Act::CallNext, press(2)), Answer::NobodyWaits, "still the same press");
    assert!(matches!(hall.press_id(1, Act::CallNext, press(0)), Answer::Called { .. }), "forgotten");
}

#[test]
fn ten_wrong_codes_bring_a_rest_for_typed_codes_only() {
    let mut hall = Hall::open();
    let appointment = booked(1, "08:00", PICK_UP);
    for n in 0..10 {
        let guess = if n % 2 == 0 { hall.type_pin(pin(50 + n)) } else { hall.check_in(Presented::TicketDigits(700)) };
        assert_eq!(guess, Greeting::Unknown);
        assert_eq!(hall.check_in(Presented::Mistyped), Greeting::CheckDigits, "a typing error is not counted");
    }
    let until = hall.now.at + jiff::SignedDuration::from_secs(10);
    assert_eq!(hall.type_pin(appointment.pin), Greeting::Rest { until });
    assert!(hall.recorded_nothing());
    assert!(matches!(hall.scan(&appointment), Greeting::Here { .. }), "QR always works");
    hall.event(Event::TakeTicket { reader: Reader(1), service: None, press: PressId("t".to_owned()) });
    assert!(matches!(hall.greeting(), Greeting::Ticket { .. }), "the ticket key always works");
    let other = hall.check_in_at(Reader(2), Presented::Pin { pin: appointment.pin, may_exist_unseen: false });
    assert!(matches!(other, Greeting::Waiting { .. }), "another terminal does not rest");
    assert!(matches!(hall.later(10).type_pin(appointment.pin), Greeting::Waiting { .. }));
}

#[test]
fn an_outage_does_not_open_the_door_to_all_digits() {
    let mut hall = Hall::open();
    let mut unverified = 0;
    for n in 0..100 {
        let greeting = hall.check_in(Presented::Pin { pin: pin(n), may_exist_unseen: true });
        unverified += usize::from(matches!(greeting, Greeting::Unverified { .. }));
    }
    assert_eq!(unverified, 10);
}

#[test]
fn past_the_most_bookings_a_holder_is_still_admitted_by_the_token() {
    let mut hall = Hall::open();
    for n in 0..u32::try_from(BOOKINGS_AT_MOST).expect("fits") {
        let mut appointment = booked(n % 80_000, "10:00", PICK_UP);
        appointment.booking = names::BookingId::from_random(names::Side::Booking, u64::from(n));
        hall.queue.apply(&queue::Recorded { at: hall.now, fact: queue::Fact::Expected { appointment } });
    }
    let mut one_more = booked(79_999, "08:00", PICK_UP);
    one_more.booking = names::BookingId::from_random(names::Side::Box, 1);
    hall.expect(&one_more);
    assert!(hall.recorded_nothing());
    assert!(matches!(hall.scan(&one_more), Greeting::Here { .. }));
    assert!(matches!(hall.scan(&one_more), Greeting::Waiting { .. }), "and known from then on");
}

#[test]
fn fifty_counters_call_fifty_people() {
    let mut hall = Hall::planned();
    let mut plan = crate::hall::plan(crate::hall::TODAY);
    let template = plan.counters[0].clone();
    plan.counters = (1..=50).map(|n| queue::CounterPlan { id: counter_id(n), ..template.clone() }).collect();
    hall.event(Event::Planned(plan));
    let mut called = std::collections::BTreeSet::new();
    for number in 1..=50 {
        hall.ticket(PICK_UP);
        hall.press(number, Act::Open);
        called.insert(hall.call(number).0);
    }
    assert_eq!(called.len(), 50);
}
