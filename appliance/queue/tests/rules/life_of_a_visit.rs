//! Visits from the door to the end, as the people at the counters see them.

use jiff::civil::date;
use names::{Code, CounterId};
use queue::{Act, Answer, CounterState, Event, Gesture, Reason, Refusal, Stage, Tally};

use crate::hall::{Hall, MOVING, PICK_UP, TODAY, booked, clock, counter_id, on, plan};

#[test]
fn a_ticket_is_called_served_and_counted() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    assert_eq!(code.to_string(), "A 001");
    assert_eq!(hall.call(1), (code, Reason::TicketOrder));
    assert_eq!(hall.announced(), vec![code], "the chime sounds");
    let call = hall.queue.calls()[0];
    assert_eq!((call.code, call.counter, call.times, call.over), (code, counter_id(1), 1, None));
    hall.at("08:01").press(1, Act::IsHere);
    assert!(matches!(hall.state(1), CounterState::Serving { presumed: false, .. }));
    hall.at("08:05").finish(1);
    assert_eq!(hall.state(1), CounterState::Free);
    assert_eq!(hall.queue.calls()[0].over, Some(clock("08:05")));
    let tally = hall.queue.tally();
    assert_eq!(tally, Tally { tickets: 1, called: 1, served: 1, ..Tally::default() });
}

#[test]
fn a_recall_sounds_again_and_moves_the_call_to_the_top() {
    let mut hall = Hall::open();
    let first = hall.ticket(PICK_UP);
    let second = hall.ticket(PICK_UP);
    hall.call(1);
    hall.later(1).call(2);
    assert_eq!(hall.queue.calls().iter().map(|it| it.code).collect::<Vec<_>>(), vec![second, first]);
    let answer = hall.later(10).press(1, Act::Recall);
    assert!(matches!(answer, Answer::Recalled { code, times: 2, .. } if code == first), "{answer:?}");
    assert_eq!(hall.announced(), vec![first]);
    assert_eq!(hall.queue.calls().iter().map(|it| it.code).collect::<Vec<_>>(), vec![first, second]);
}

#[test]
fn the_called_person_is_presumed_to_be_served_90_seconds_after_the_announcement_ended() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    let visit = hall.visit_of(code);
    hall.call(1);
    hall.at("08:00:07").announce(visit);
    assert_eq!(hall.queue.next_deadline(hall.now.at), Some(clock("08:01:37")));
    assert!(matches!(hall.at("08:01:36").state(1), CounterState::Called { .. }));
    let since = clock("08:01:37");
    assert_eq!(hall.at("08:01:37").state(1), CounterState::Serving { visit, code, since, presumed: true });
}

#[test]
fn a_recall_starts_the_timers_again_when_it_was_announced() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    let visit = hall.visit_of(code);
    hall.call(1);
    hall.at("08:00:07").announce(visit);
    hall.at("08:01:30").press(1, Act::Recall);
    assert!(matches!(hall.at("08:01:40").state(1), CounterState::Called { times: 2, announced: None, .. }));
    assert_eq!(hall.queue.calls()[0].announced, None, "not spoken yet");
    hall.announce(visit);
    assert!(matches!(hall.at("08:03:09").state(1), CounterState::Called { .. }));
    assert!(matches!(hall.at("08:03:10").state(1), CounterState::Serving { .. }));
    hall.announce(visit);
    assert!(hall.recorded_nothing(), "a second report changes nothing");
}

#[test]
fn a_counter_serves_only_its_skills() {
    let mut hall = Hall::open();
    let moving = hall.ticket(MOVING);
    assert_eq!(hall.press(2, Act::CallNext), Answer::NobodyWaits);
    let visit = hall.visit_of(moving);
    assert_eq!(hall.press(3, Act::CallThis(visit)), Answer::Refused { why: Refusal::NotMySkill });
    assert_eq!(hall.queue.waiting_for(counter_id(2), hall.now), 0);
    assert_eq!(hall.queue.waiting_for(counter_id(1), hall.now), 1);
    assert_eq!(hall.call(1).0, moving);
}

#[test]
fn of_the_free_counters_the_one_with_the_fewest_skills_should_call() {
    let mut hall = Hall::open();
    assert_eq!(hall.queue.should_call(hall.now), None, "nobody waits");
    hall.ticket(PICK_UP);
    assert_eq!(hall.queue.should_call(hall.now), Some(counter_id(2)));
    hall.call(2);
    hall.ticket(PICK_UP);
    assert_eq!(hall.queue.should_call(hall.now), Some(counter_id(3)));
    hall.press(3, Act::Pause);
    assert_eq!(hall.queue.should_call(hall.now), Some(counter_id(1)));
}

#[test]
fn a_service_that_no_planned_counter_serves_may_be_served_by_all() {
    let mut hall = Hall::open();
    let code = hall.ticket(MOVING);
    let mut smaller = plan(TODAY);
    smaller.counters.remove(0);
    hall.event(Event::Planned(smaller));
    assert_eq!(hall.call(2).0, code, "nobody waits for nobody");
}

#[test]
fn a_clerk_may_choose_and_take_somebody_who_was_missed_without_a_scan() {
    let mut hall = Hall::open();
    let first = hall.ticket(PICK_UP);
    let second = hall.ticket(PICK_UP);
    let (one, two) = (hall.visit_of(first), hall.visit_of(second));
    assert!(matches!(hall.press(1, Act::CallThis(two)), Answer::Called { reason: Reason::Chosen, .. }));
    assert_eq!(hall.press(2, Act::CallThis(two)), Answer::Refused { why: Refusal::NotWaiting });
    assert_eq!(hall.press(1, Act::CallThis(one)), Answer::Refused { why: Refusal::Busy });
    hall.press(1, Act::Missed);
    assert!(matches!(hall.press(2, Act::CallThis(two)), Answer::Refused { .. }), "the same press within five seconds");
    assert!(matches!(hall.later(6).press(2, Act::CallThis(two)), Answer::Called { .. }));
}

#[test]
fn a_counter_refuses_what_it_cannot_do_now() {
    let mut hall = Hall::planned();
    let refused = |why| Answer::Refused { why };
    assert_eq!(hall.press(1, Act::CallNext), refused(Refusal::NotOpen));
    assert_eq!(hall.press(9, Act::Open), refused(Refusal::NoSuchCounter));
    for act in [Act::Recall, Act::Missed, Act::IsHere, Act::Finish, Act::FinishAndNext, Act::ComesBack] {
        assert_eq!(hall.press(1, act), refused(Refusal::NobodyHere), "{act:?}");
    }
    assert_eq!(hall.press(1, Act::Button(Gesture::Long)), refused(Refusal::NotAvailable));
    hall.press(1, Act::Open);
    hall.ticket(PICK_UP);
    hall.later(10).call(1);
    assert_eq!(hall.press(1, Act::Close), refused(Refusal::Busy));
    hall.press(1, Act::IsHere);
    assert_eq!(hall.later(6).press(1, Act::Missed), refused(Refusal::Busy), "who is here is not missing");
    hall.event(Event::CloseDay);
    assert_eq!(hall.later(6).press(1, Act::CallNext), refused(Refusal::NoDay));
}

#[test]
fn a_counter_that_pauses_finishes_and_calls_nobody() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    let second = hall.ticket(PICK_UP);
    hall.call(1);
    hall.press(1, Act::Pause);
    assert_eq!(hall.press(1, Act::FinishAndNext), Answer::Done);
    assert_eq!(hall.state(1), CounterState::Paused);
    assert_eq!(hall.line(), vec![second]);
}

#[test]
fn finish_and_next_takes_the_next_one_and_without_anybody_says_so() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    let second = hall.ticket(PICK_UP);
    hall.call(1);
    assert!(matches!(hall.press(1, Act::FinishAndNext), Answer::Called { code, .. } if code == second));
    assert_eq!(hall.later(6).press(1, Act::FinishAndNext), Answer::NobodyWaits);
    assert_eq!(hall.state(1), CounterState::Free);
}

#[test]
fn one_button_leads_through_a_whole_visit() {
    let mut hall = Hall::open();
    assert_eq!(hall.button(1, Gesture::Short), Answer::NobodyWaits);
    let first = hall.ticket(PICK_UP);
    let second = hall.ticket(PICK_UP);
    let third = hall.ticket(PICK_UP);
    let called = hall.later(6).button(1, Gesture::Short);
    assert!(matches!(called, Answer::Called { code, .. } if code == first));
    assert!(matches!(hall.later(6).button(1, Gesture::Short), Answer::Recalled { times: 2, .. }));
    assert!(matches!(hall.later(6).button(1, Gesture::Short), Answer::Recalled { times: 3, .. }));
    let next = hall.later(6).button(1, Gesture::Short);
    assert!(matches!(next, Answer::Called { code, .. } if code == second), "the third: nobody came, next");
    assert_eq!(hall.queue.tally().missed, 1);
    assert_eq!(hall.later(6).button(1, Gesture::Double), Answer::Done, "is here");
    let nervous = hall.later(19).button(1, Gesture::Short);
    assert_eq!(nervous, Answer::Refused { why: Refusal::TooSoon }, "not in the first 20 seconds");
    let next = hall.later(6).button(1, Gesture::Short);
    assert!(matches!(next, Answer::Called { code, .. } if code == third), "finish, next");
    hall.later(6).button(1, Gesture::Double);
    assert_eq!(hall.later(6).button(1, Gesture::Double), Answer::Done, "finish, call nobody");
    assert_eq!(hall.state(1), CounterState::Free);
    assert_eq!(hall.queue.tally().served, 2);
    assert_eq!(hall.button(1, Gesture::Long), Answer::Refused { why: Refusal::NotAvailable });
}

#[test]
fn the_one_button_finishes_who_is_presumed_to_be_served() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    let visit = hall.visit_of(code);
    hall.button(1, Gesture::Short);
    hall.at("08:00:10").announce(visit);
    assert_eq!(hall.at("08:01:59").button(1, Gesture::Short), Answer::Refused { why: Refusal::TooSoon });
    assert_eq!(hall.at("08:02:05").button(1, Gesture::Short), Answer::NobodyWaits);
    let stage = hall.queue.visit(visit, hall.now).expect("never lost").stage;
    assert_eq!(stage, Stage::Served);
}

#[test]
fn without_a_report_from_the_speaker_the_one_button_still_gets_on() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    hall.button(1, Gesture::Short);
    assert!(matches!(hall.at("08:02:29").state(1), CounterState::Called { .. }));
    assert!(matches!(hall.at("08:02:30").state(1), CounterState::Serving { presumed: true, .. }));
}

#[test]
fn an_appointment_uncalled_fifteen_minutes_after_its_time_alarms() {
    let mut hall = Hall::open();
    hall.at("08:50").scan(&booked(1, "09:00", PICK_UP));
    let alarms = |hall: &Hall| hall.queue.alarming(hall.now).len();
    assert_eq!(alarms(hall.at("09:14:59")), 0);
    assert_eq!(alarms(hall.at("09:15")), 1);
}

#[test]
fn at_the_end_of_the_day_what_is_left_is_not_settled_and_never_missed() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    hall.ticket(PICK_UP);
    let appointment = booked(1, "15:00", PICK_UP);
    hall.scan(&appointment);
    hall.call(1);
    assert_eq!(hall.queue.next_deadline(clock("22:00")), Some(clock("23:30")));
    hall.at("23:29:59").event(Event::Tick);
    assert!(!hall.queue.is_closed());
    hall.at("23:30").event(Event::Tick);
    assert!(hall.queue.is_closed());
    let tally = hall.queue.tally();
    assert_eq!((tally.not_settled, tally.missed), (3, 0));
    assert_eq!(hall.state(1), CounterState::Closed);
    assert!(hall.queue.calls().iter().all(|it| it.over.is_some()), "the board is empty");
}

#[test]
fn who_was_missed_by_a_person_stays_missed_when_the_day_ends() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    hall.call(1);
    hall.press(1, Act::Missed);
    hall.event(Event::CloseDay);
    let tally = hall.queue.tally();
    assert_eq!((tally.not_settled, tally.missed), (0, 1));
}

#[test]
fn the_next_morning_starts_by_itself_and_settles_the_old_day() {
    let mut hall = Hall::open();
    hall.ticket(PICK_UP);
    let tomorrow = date(2026, 3, 4);
    let mut appointment = booked(1, "08:00", PICK_UP);
    appointment.day = tomorrow;
    appointment.start = on(tomorrow, "08:00");
    hall.expect(&appointment);
    hall.now.at = on(tomorrow, "07:00");
    hall.event(Event::Planned(plan(tomorrow)));
    assert_eq!((hall.queue.day(), hall.queue.waiting()), (Some(tomorrow), 0));
    assert_eq!(hall.queue.expected(hall.now).len(), 1, "bookings are known across days");
    hall.now.at = on(tomorrow, "08:00");
    assert_eq!(hall.ticket(PICK_UP).to_string(), "A 001");
}

#[test]
fn a_plan_of_the_past_does_not_end_a_running_day() {
    let mut hall = Hall::open();
    let code = hall.ticket(PICK_UP);
    hall.event(Event::Planned(plan(date(2026, 3, 2))));
    assert_eq!((hall.queue.day(), hall.line()), (Some(TODAY), vec![code]));
    assert!(hall.recorded_nothing());
}

#[test]
fn a_changed_plan_loses_nobody_even_at_a_counter_that_is_gone() {
    let mut hall = Hall::open();
    let first = hall.ticket(PICK_UP);
    let second = hall.ticket(PICK_UP);
    hall.call(2);
    let mut smaller = plan(TODAY);
    smaller.counters.remove(1);
    hall.event(Event::Planned(smaller));
    assert!(matches!(hall.state(2), CounterState::Called { code, .. } if code == first));
    assert_eq!(hall.press(2, Act::FinishAndNext), Answer::Done, "finishes and calls nobody");
    assert_eq!(hall.queue.counter(counter_id(2), hall.now), None);
    assert_eq!(hall.later(6).press(2, Act::CallNext), Answer::Refused { why: Refusal::NoSuchCounter });
    assert_eq!(hall.line(), vec![second]);
    let numbers: Vec<u8> = hall.queue.counters(hall.now).iter().map(|it| CounterId::number(it.id)).collect();
    assert_eq!(numbers, vec![1, 3]);
}

#[test]
fn a_pin_is_the_one_code_from_the_mail_to_the_screen() {
    let mut hall = Hall::open();
    let appointment = booked(38_291, "08:00", PICK_UP);
    hall.scan(&appointment);
    assert_eq!(hall.call(1).0, Code::Pin(appointment.pin));
    assert_eq!(hall.announced(), vec![Code::Pin(appointment.pin)]);
}
