//! One test per row of `rules.md`, Checking in.

use jiff::civil::date;
use names::{Code, Language};
use queue::{Act, Answer, Event, Greeting, LineKind, Presented, Timing, Wait};

use crate::hall::{Hall, MOVING, PASSPORT, PICK_UP, TODAY, about, booked, clock, code_of, counter_id, on, pin, plan};

#[test]
fn more_than_thirty_minutes_early_is_registered_as_early() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    hall.expect(&appointment);
    let greeting = hall.at("09:29:59").type_pin(appointment.pin);
    let timing = Timing::Early { start: clock("10:00"), callable: clock("09:30") };
    assert!(matches!(greeting, Greeting::Here { timing: told, .. } if told == timing), "{greeting:?}");
    let code = code_of(&greeting);
    assert_eq!(hall.kind_of(code), LineKind::Early { start: clock("10:00"), callable: clock("09:30") });
    hall.at("09:30");
    assert_eq!(hall.kind_of(code), LineKind::Appointment { start: clock("10:00") }, "callable half an hour before");
}

#[test]
fn from_thirty_minutes_early_to_ten_minutes_late_is_on_time() {
    for arrival in ["09:30", "10:00", "10:10"] {
        let mut hall = Hall::open();
        let appointment = booked(1, "10:00", PASSPORT);
        hall.expect(&appointment);
        let greeting = hall.at(arrival).scan(&appointment);
        let timing = Timing::OnTime { start: clock("10:00") };
        assert!(matches!(greeting, Greeting::Here { timing: told, .. } if told == timing), "{arrival}: {greeting:?}");
        assert_eq!(hall.kind_of(Code::Pin(pin(1))), LineKind::Appointment { start: clock("10:00") });
    }
}

#[test]
fn more_than_ten_minutes_late_is_a_walk_in_with_an_older_ticket() {
    for (arrival, dated) in [("10:10:01", "09:40"), ("10:25", "09:40"), ("10:25:01", "09:40:01"), ("13:00", "12:15")] {
        let mut hall = Hall::open();
        let appointment = booked(1, "10:00", PASSPORT);
        hall.expect(&appointment);
        let greeting = hall.at(arrival).scan(&appointment);
        let timing = Timing::Late { start: clock("10:00") };
        assert!(matches!(greeting, Greeting::Here { timing: told, .. } if told == timing), "{arrival}: {greeting:?}");
        let line = hall.queue.line(hall.now);
        assert_eq!(line[0].kind, LineKind::Late { start: clock("10:00") });
        assert_eq!(line[0].counts_from, clock(dated), "arrived at {arrival}");
    }
}

#[test]
fn lateness_counts_from_five_minutes_after_the_doors_opened() {
    let mut hall = Hall::open();
    let appointment = booked(1, "08:00", PASSPORT);
    hall.expect(&appointment);
    let greeting = hall.at("08:15").scan(&appointment);
    assert!(matches!(greeting, Greeting::Here { timing: Timing::OnTime { .. }, .. }), "{greeting:?}");
}

#[test]
fn another_day_is_told_and_not_admitted() {
    let mut hall = Hall::open();
    let mut appointment = booked(1, "10:00", PASSPORT);
    appointment.day = date(2026, 3, 5);
    appointment.start = on(appointment.day, "10:00");
    let told = Greeting::OtherDay { day: appointment.day, start: Some(appointment.start) };
    assert_eq!(hall.scan(&appointment), told, "from the token alone");
    hall.expect(&appointment);
    assert_eq!(hall.type_pin(appointment.pin), told);
    assert_eq!(hall.queue.waiting(), 0);
}

#[test]
fn a_moved_booking_follows_its_highest_version() {
    let mut hall = Hall::open();
    let old = booked(1, "10:00", PASSPORT);
    let mut moved = old.clone();
    moved.version = 2;
    moved.day = date(2026, 3, 5);
    moved.start = on(moved.day, "11:00");
    hall.expect(&moved);
    hall.expect(&old);
    assert_eq!(hall.scan(&old), Greeting::OtherDay { day: moved.day, start: Some(moved.start) });
}

#[test]
fn an_old_ticket_is_told_its_day() {
    let mut hall = Hall::open();
    let Code::Ticket(ticket) = hall.ticket(PICK_UP) else { panic!("a ticket") };
    let day = date(2026, 3, 2);
    let greeting = hall.check_in(Presented::TicketToken { ticket, day });
    assert_eq!(greeting, Greeting::OtherDay { day, start: None });
}

#[test]
fn another_office_is_told_and_not_admitted() {
    let mut hall = Hall::open();
    assert_eq!(hall.check_in(Presented::OtherOffice), Greeting::OtherOffice);
    assert!(hall.recorded_nothing());
}

#[test]
fn a_cancelled_booking_is_told_and_not_admitted_even_by_its_token() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    hall.expect(&appointment);
    hall.withdraw(appointment.booking);
    assert_eq!(hall.at("10:00").scan(&appointment), Greeting::Cancelled);
    assert_eq!(hall.type_pin(appointment.pin), Greeting::Cancelled);
    assert_eq!(hall.queue.waiting(), 0);
}

#[test]
fn a_cancellation_of_a_booking_never_heard_of_counts_too() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    hall.withdraw(appointment.booking);
    hall.expect(&appointment);
    assert_eq!(hall.at("10:00").scan(&appointment), Greeting::Cancelled);
}

#[test]
fn who_stands_in_the_hall_stays_when_the_booking_is_cancelled() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    hall.at("10:00").scan(&appointment);
    hall.withdraw(appointment.booking);
    assert!(matches!(hall.scan(&appointment), Greeting::Waiting { .. }));
    assert_eq!(hall.call(1).0, Code::Pin(appointment.pin));
}

#[test]
fn somebody_who_comes_back_is_kept_for_the_same_counter_for_ten_minutes() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    hall.call(2);
    assert_eq!(hall.press(2, Act::ComesBack), Answer::Done);
    let greeting = hall.at("09:00").type_code(code);
    assert_eq!(greeting, Greeting::Returning { code, counter: counter_id(2) });
    assert_eq!(hall.press(1, Act::CallNext), Answer::NobodyWaits);
    hall.at("09:10");
    assert_eq!(hall.call(1), (code, queue::Reason::Returning), "any fitting counter after ten minutes");
}

#[test]
fn somebody_who_comes_back_to_a_paused_counter_is_taken_by_any() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    hall.call(2);
    hall.press(2, Act::ComesBack);
    hall.press(2, Act::Pause);
    hall.later(10).type_code(code);
    assert_eq!(hall.call(3), (code, queue::Reason::Returning));
}

#[test]
fn who_waits_already_is_told_the_place_and_the_minutes() {
    let mut hall = Hall::open();
    for number in 1..=3 {
        hall.ticket(PICK_UP);
        hall.call(number);
    }
    let first = hall.ticket(MOVING);
    let second = hall.ticket(MOVING);
    assert_eq!(hall.type_code(first), Greeting::Waiting { code: first, ahead: 0, wait: about(5) });
    assert_eq!(hall.type_code(second), Greeting::Waiting { code: second, ahead: 1, wait: about(25) });
    assert!(hall.recorded_nothing());
}

#[test]
fn who_is_called_is_told_where_to_go() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    hall.call(2);
    assert_eq!(hall.type_code(code), Greeting::GoTo { code, counter: counter_id(2) });
}

#[test]
fn a_missed_person_is_back_in_front_for_twenty_minutes_after_the_last_call() {
    let mut hall = Hall::open();
    let missed = hall.ticket(PICK_UP);
    hall.ticket(PICK_UP);
    hall.call(1);
    hall.at("08:01").press(1, Act::Recall);
    hall.at("08:02").press(1, Act::Missed);
    assert_eq!(hall.at("08:21").type_code(missed), Greeting::BackInFront { code: missed });
    assert_eq!(hall.call(1), (missed, queue::Reason::BackInFront));
}

#[test]
fn a_person_missed_long_ago_is_a_walk_in_with_the_old_arrival() {
    let mut hall = Hall::open();
    let missed = hall.ticket(PICK_UP);
    hall.call(1);
    hall.at("08:01").press(1, Act::Missed);
    let greeting = hall.at("08:20:01").type_code(missed);
    assert_eq!(greeting, Greeting::BackInLine { code: missed, wait: about(0) });
    let line = hall.queue.line(hall.now);
    assert_eq!((line[0].kind, line[0].counts_from), (LineKind::WalkIn, clock("08:00")));
}

#[test]
fn a_good_token_the_box_never_heard_of_is_admitted_and_merged_by_its_id() {
    let mut hall = Hall::open();
    let mut appointment = booked(1, "10:00", PASSPORT);
    appointment.language = Language::En;
    let greeting = hall.at("09:58").scan(&appointment);
    assert!(matches!(greeting, Greeting::Here { timing: Timing::OnTime { .. }, .. }), "{greeting:?}");
    hall.expect(&appointment);
    assert_eq!(hall.queue.expected(hall.now), vec![], "not expected any more");
    let visit = hall.queue.visit(hall.visit_of(Code::Pin(appointment.pin)), hall.now).expect("a visit");
    assert_eq!((visit.booking, visit.language), (Some(appointment.booking), Language::En));
    assert!(matches!(hall.type_pin(appointment.pin), Greeting::Waiting { .. }));
    assert_eq!(hall.queue.waiting(), 1);
}

#[test]
fn a_ticket_of_today_that_the_box_lost_is_admitted_and_its_number_never_given_again() {
    let mut hall = Hall::open();
    let ticket = names::TicketNumber::new('A', 7).expect("a number");
    let greeting = hall.check_in(Presented::TicketToken { ticket, day: TODAY });
    assert_eq!(greeting, Greeting::Ticket { code: Code::Ticket(ticket), wait: about(0) });
    assert_eq!(hall.ticket(PICK_UP).to_string(), "A 008");
}

#[test]
fn an_unknown_pin_that_may_exist_unseen_is_admitted_among_the_walk_ins_and_merged_later() {
    let mut hall = Hall::open();
    let appointment = booked(1, "10:00", PASSPORT);
    let ticket = hall.at("09:54").ticket(PASSPORT);
    let typed = Presented::Pin { pin: appointment.pin, may_exist_unseen: true };
    let greeting = hall.at("09:55").check_in(typed.clone());
    let code = Code::Pin(appointment.pin);
    assert_eq!(greeting, Greeting::Unverified { code, wait: about(0) });
    assert_eq!(hall.kind_of(code), LineKind::Unverified);
    assert_eq!(hall.line(), vec![ticket, code]);
    assert!(matches!(hall.check_in(typed), Greeting::Waiting { .. }));
    hall.at("10:01").expect(&appointment);
    assert_eq!(hall.kind_of(code), LineKind::Appointment { start: clock("10:00") });
    assert_eq!(hall.line(), vec![code, ticket], "an appointment now");
    assert_eq!(hall.queue.waiting(), 2);
}

#[test]
fn an_unknown_pin_with_the_line_up_is_unknown_and_kept_nowhere() {
    let mut hall = Hall::open();
    assert_eq!(hall.type_pin(pin(7)), Greeting::Unknown);
    let kept = serde_json::to_string(&hall.facts).expect("facts are plain");
    assert!(!kept.contains(&String::from(pin(7))), "digits that are not ours are kept nowhere");
    assert_eq!(hall.queue.waiting(), 0);
}

#[test]
fn typing_errors_and_garbled_lines_change_nothing() {
    let mut hall = Hall::open();
    assert_eq!(hall.check_in(Presented::Mistyped), Greeting::CheckDigits);
    assert!(hall.recorded_nothing());
    assert_eq!(hall.check_in(Presented::Garbled), Greeting::Unreadable);
    assert!(hall.recorded_nothing());
}

#[test]
fn with_an_unknown_clock_codes_of_the_day_are_admitted_by_arrival() {
    let mut hall = Hall::open();
    hall.lose_the_clock();
    let ticket = hall.ticket(PICK_UP);
    let early = booked(1, "15:00", PICK_UP);
    let late = booked(2, "08:00", PICK_UP);
    let mut tomorrow = booked(3, "10:00", PICK_UP);
    tomorrow.day = date(2026, 3, 4);
    let greeting = hall.at("12:00").scan(&early);
    assert!(matches!(greeting, Greeting::Here { timing: Timing::ByArrival, .. }), "{greeting:?}");
    hall.later(1).scan(&late);
    assert_eq!(hall.line(), vec![ticket, Code::Pin(early.pin), Code::Pin(late.pin)]);
    assert!(matches!(hall.scan(&tomorrow), Greeting::OtherDay { .. }), "others get their date shown");
}

#[test]
fn with_a_clock_that_was_lost_no_booked_time_is_judged_any_more() {
    let mut hall = Hall::open();
    let appointment = booked(1, "09:00", PICK_UP);
    let ticket = hall.at("08:50").ticket(PICK_UP);
    hall.at("08:55").scan(&appointment);
    hall.at("09:01");
    assert_eq!(hall.line(), vec![Code::Pin(appointment.pin), ticket]);
    hall.lose_the_clock();
    assert_eq!(hall.line(), vec![ticket, Code::Pin(appointment.pin)], "by arrival");
}

#[test]
fn with_an_unknown_clock_nobody_is_missed_for_too_long_and_the_day_does_not_end() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    hall.call(1);
    hall.press(1, Act::Missed);
    hall.lose_the_clock();
    assert_eq!(hall.at("23:30").type_code(code), Greeting::BackInFront { code });
    hall.event(Event::Tick);
    assert!(!hall.queue.is_closed());
    assert_eq!(hall.queue.next_deadline(hall.now.at), None, "no busy waiting for an end that does not come");
}

#[test]
fn who_was_served_is_told_so() {
    let mut hall = Hall::open();
    let appointment = booked(1, "08:00", PICK_UP);
    hall.scan(&appointment);
    hall.call(1);
    hall.finish(1);
    assert_eq!(hall.scan(&appointment), Greeting::AlreadyServed);
    assert_eq!(hall.type_pin(appointment.pin), Greeting::AlreadyServed);
}

#[test]
fn not_here_ten_minutes_after_the_start_is_shown_but_still_served() {
    let mut hall = Hall::open();
    let appointment = booked(1, "09:00", PICK_UP);
    hall.expect(&appointment);
    let not_here = |hall: &Hall| hall.queue.expected(hall.now)[0].not_here;
    assert!(!not_here(hall.at("09:10")));
    assert!(not_here(hall.at("09:10:01")));
    let present = booked(2, "08:55", PICK_UP);
    hall.at("08:50").scan(&present);
    assert!(!not_here(hall.at("09:10:01")), "the office itself is late");
    assert!(matches!(hall.scan(&appointment), Greeting::Here { .. }));
}

#[test]
fn without_a_day_or_after_it_the_doors_are_closed() {
    let mut hall = Hall::empty();
    let appointment = booked(1, "10:00", PICK_UP);
    let closed = Greeting::Closed { opens: None };
    assert_eq!(hall.scan(&appointment), closed);
    hall.event(Event::Planned(plan(TODAY)));
    hall.event(Event::CloseDay);
    assert_eq!(hall.scan(&appointment), closed);
    assert_eq!(hall.type_pin(appointment.pin), closed);
    hall.event(Event::TakeTicket { reader: crate::hall::DOOR, service: None, press: queue::PressId("p".to_owned()) });
    assert_eq!(hall.greeting(), closed);
}

#[test]
fn tickets_wait_for_the_doors_but_appointments_do_not() {
    let mut hall = Hall::open();
    let appointment = booked(1, "08:00", PICK_UP);
    let take = |n: u32| Event::TakeTicket {
        reader: crate::hall::DOOR,
        service: None,
        press: queue::PressId(format!("door {n}")),
    };
    hall.at("07:50").event(take(1));
    assert_eq!(hall.greeting(), Greeting::Closed { opens: Some(clock("08:00")) });
    assert!(matches!(hall.scan(&appointment), Greeting::Here { wait: Wait::About(_), .. }));
    hall.at("16:00").event(take(2));
    assert_eq!(hall.greeting(), Greeting::Closed { opens: None });
    assert!(matches!(hall.scan(&booked(2, "16:00", PICK_UP)), Greeting::Here { .. }));
}
