//! The pictures of a real queue.

mod presence;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::date;
use names::{BookingId, CounterId, Language, Minutes, Now, Pin, ServiceId, Side as Maker, Trust};
use queue::{Act, Appointment, CounterPlan, Doors, Event, Greeting, Plan, Presented, PressId, Queue, Reader};
use queue::{ServicePlan, Timing, Wait};

use super::*;
use crate::pages::terminal_keys::{Input, TerminalKeys};
use crate::pages::texts;

struct Hall {
    queue: Queue,
    now: Now,
    presses: u32,
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("the zone of the examples")
}

fn at(hour: i8, minute: i8, second: i8) -> Timestamp {
    date(2026, 2, 3).at(hour, minute, second, 0).to_zoned(zone()).expect("a clear time").timestamp()
}

fn context() -> Context {
    Context { office: None, link: LinkState::Never, zone: zone(), confirmed: None }
}

fn counter(number: u8) -> CounterId {
    CounterId::try_from(number).expect("a counter")
}

fn plan() -> Plan {
    let counters = (1..=9).map(|number| CounterPlan { id: counter(number), skills: BTreeSet::new() }).collect();
    Plan {
        office: "musterland".parse().expect("a good name"),
        day: date(2026, 2, 3),
        services: vec![ServicePlan { id: ServiceId(1), takes: Minutes(10) }],
        counters,
        doors: Some(Doors { opens: at(7, 30, 0), closes: at(16, 0, 0) }),
        ticket_letter: 'A',
        ends: at(23, 30, 0),
    }
}

impl Hall {
    fn open() -> Self {
        let mut hall = Self { queue: Queue::new(), now: Now::trusted(at(8, 0, 0)), presses: 0 };
        hall.tell(Event::Planned(plan()));
        (1..=9).for_each(|number| hall.act(number, Act::Open));
        hall
    }

    fn tell(&mut self, event: Event) {
        let _effects = self.queue.handle(event, self.now);
    }

    fn press(&mut self) -> PressId {
        self.presses += 1;
        PressId(format!("press-{}", self.presses))
    }

    fn act(&mut self, number: u8, act: Act) {
        let press = self.press();
        self.tell(Event::Counter { counter: counter(number), act, press });
    }

    fn ticket(&mut self) {
        let press = self.press();
        self.tell(Event::TakeTicket { reader: Reader(1), service: None, press });
    }

    fn later(&mut self, seconds: i64) {
        self.now.at += SignedDuration::from_secs(seconds);
    }

    fn call(&mut self, number: u8) {
        self.ticket();
        self.act(number, Act::CallNext);
    }

    fn spoken(&mut self) {
        for call in self.queue.calls() {
            self.tell(Event::Announced { visit: call.visit });
        }
    }

    fn board(&self) -> Board {
        Board::of(&self.queue, &context(), self.now)
    }

    fn rows(&self) -> Vec<(u8, Mark)> {
        self.board().rows.iter().map(|row| (row.counter, row.mark)).collect()
    }

    fn last(&self) -> Vec<u8> {
        self.board().last.iter().map(|row| row.counter).collect()
    }
}

#[test]
fn a_call_is_yellow_while_it_is_spoken_and_soft_until_the_next() {
    let mut hall = Hall::open();
    hall.call(3);
    assert_eq!(hall.rows(), [(3, Mark::Now)]);
    hall.spoken();
    assert_eq!(hall.rows(), [(3, Mark::New)]);
    hall.later(10);
    hall.call(2);
    assert_eq!(hall.rows(), [(2, Mark::Now), (3, Mark::Plain)]);
}

#[test]
fn of_two_calls_within_one_chime_only_the_one_that_is_heard_is_yellow() {
    let mut hall = Hall::open();
    hall.call(3);
    hall.later(2);
    hall.call(2);
    assert_eq!(hall.rows(), [(2, Mark::New), (3, Mark::Now)]);
}

#[test]
fn a_finished_call_stays_thirty_seconds_in_the_rows_and_then_among_the_last() {
    let mut hall = Hall::open();
    hall.call(3);
    hall.spoken();
    hall.later(21);
    hall.act(3, Act::Finish);
    assert_eq!(hall.rows(), [(3, Mark::New)]);
    hall.later(8);
    assert_eq!((hall.rows().len(), hall.last()), (1, vec![]));
    hall.later(1);
    assert_eq!((hall.rows().len(), hall.last()), (0, vec![3]));
}

#[test]
fn a_call_nobody_finished_stays_and_a_recall_brings_it_to_the_top() {
    let mut hall = Hall::open();
    hall.call(3);
    hall.later(5);
    hall.call(2);
    hall.spoken();
    hall.later(600);
    assert_eq!(hall.rows(), [(2, Mark::New), (3, Mark::Plain)]);
    hall.act(3, Act::Recall);
    assert_eq!(hall.rows(), [(3, Mark::Now), (2, Mark::Plain)]);
}

#[test]
fn five_calls_in_a_minute_are_all_on_the_board() {
    let mut hall = Hall::open();
    for number in 1..=7 {
        hall.call(number);
        hall.later(8);
    }
    let rows: Vec<u8> = hall.rows().into_iter().map(|(number, _)| number).collect();
    assert_eq!((rows, hall.last()), (vec![7, 6, 5, 4], vec![3, 2, 1]));
}

#[test]
fn no_call_is_marked_for_ever_when_the_announcement_never_ends() {
    let mut hall = Hall::open();
    hall.call(3);
    hall.later(60);
    assert_eq!(hall.rows(), [(3, Mark::New)]);
}

#[test]
fn the_board_changes_at_the_minute_and_when_a_call_leaves_the_rows() {
    let mut hall = Hall::open();
    hall.later(10);
    assert_eq!(board_changes(&hall.queue, hall.now.at), at(8, 1, 0));
    hall.call(3);
    assert_eq!(board_changes(&hall.queue, hall.now.at), at(8, 0, 40));
}

#[test]
fn doors_close_by_the_plan_but_not_while_the_clock_is_unknown() {
    let mut hall = Hall::open();
    hall.ticket();
    hall.now.at = at(16, 0, 0);
    assert_eq!((hall.board().side, hall.board().foot), (Side::Closed { opens: None }, Foot::ClosedServing));
    hall.now.trust = Trust::Unknown;
    let board = hall.board();
    assert!(matches!(board.side, Side::Wait { .. }));
    assert_eq!((board.foot, board.clock), (Foot::Mixed, None));
}

#[test]
fn without_a_day_the_board_shows_the_notice_and_no_error() {
    let board = Board::of(&Queue::new(), &context(), Now::trusted(at(8, 0, 0)));
    assert_eq!(board.foot, Foot::WatchStaff);
    assert!(board.notice.is_some() && board.rows.is_empty());
}

#[test]
fn a_cut_line_is_told_with_its_time_only() {
    let hall = Hall::open();
    let offline = Context { link: LinkState::Offline { since: at(7, 2, 0) }, ..context() };
    let board = Board::of(&hall.queue, &offline, hall.now);
    assert_eq!(board.offline_since.as_deref(), Some("7:02"));
    assert_eq!(Board { offline_since: None, ..board }, hall.board());
}

#[test]
fn the_counter_page_shows_its_visitor_with_the_reason_and_the_others_in_order() {
    let mut hall = Hall::open();
    let pin = Pin::from_index(38_291).expect("inside the count");
    hall.tell(Event::Expected(Appointment {
        booking: BookingId::from_random(Maker::Booking, 7),
        version: 1,
        pin,
        day: date(2026, 2, 3),
        start: at(8, 5, 0),
        length: Minutes(10),
        service: ServiceId(1),
        language: Language::En,
    }));
    hall.tell(Event::CheckIn { reader: Reader(1), presented: Presented::Pin { pin, may_exist_unseen: false } });
    hall.ticket();
    hall.later(300);
    hall.act(3, Act::CallNext);
    let page = CounterView::of(&hall.queue, &context(), counter(3), hall.now).expect("a counter of the plan");
    let visitor = page.visitor.expect("somebody was called");
    assert_eq!((page.state, visitor.code, visitor.speaking), (State::Called, Shown::from(Code::Pin(pin)), true));
    let values: Vec<&str> = visitor.facts.iter().map(|fact| fact.value.as_str()).collect();
    assert_eq!(values[0], "8:05 Uhr, da seit 8:00");
    assert!(values.contains(&texts::counter().language_en.as_str()));
    assert_eq!(values.last().copied(), texts::counter().reason.get("due").map(String::as_str));
    assert_eq!((page.waiting, page.line.len(), page.line[0].next), (1, 1, true));
    assert_eq!(CounterView::of(&hall.queue, &context(), counter(20), hall.now), None);
}

#[test]
fn all_counters_have_the_page_they_would_have_alone() {
    let mut hall = Hall::open();
    hall.call(2);
    let all = CounterView::all(&hall.queue, &context(), hall.now);
    assert_eq!(all.len(), 9);
    for (id, page) in &all {
        assert_eq!(CounterView::of(&hall.queue, &context(), *id, hall.now).as_ref(), Some(page));
    }
}

fn greetings() -> Vec<Greeting> {
    let code = Code::Pin(Pin::from_index(38_291).expect("inside the count"));
    let (wait, start, callable) = (Wait::About(Minutes(15)), at(9, 20, 0), at(8, 50, 0));
    vec![
        Greeting::Here { code, timing: Timing::OnTime { start }, wait },
        Greeting::Here { code, timing: Timing::Early { start, callable }, wait },
        Greeting::Here { code, timing: Timing::Late { start }, wait },
        Greeting::Waiting { code, ahead: 0, wait },
        Greeting::Waiting { code, ahead: 1, wait },
        Greeting::Waiting { code, ahead: 2, wait },
        Greeting::GoTo { code, counter: counter(3) },
        Greeting::BackInFront { code },
        Greeting::BackInLine { code, wait },
        Greeting::Returning { code, counter: counter(3) },
        Greeting::Ticket { code, wait },
        Greeting::Unverified { code, wait },
        Greeting::OtherDay { day: date(2026, 3, 3), start: Some(start) },
        Greeting::OtherDay { day: date(2026, 3, 3), start: None },
        Greeting::OtherDay { day: date(2026, 1, 3), start: Some(start) },
        Greeting::OtherOffice,
        Greeting::Cancelled,
        Greeting::AlreadyServed,
        Greeting::CheckDigits,
        Greeting::Unknown,
        Greeting::Unreadable,
        Greeting::Rest { until: start },
        Greeting::NoTickets,
        Greeting::Closed { opens: Some(at(13, 0, 0)) },
        Greeting::Closed { opens: None },
    ]
}

#[test]
fn every_greeting_has_its_own_words_in_both_languages_and_no_brace_is_left() {
    let hall = Hall::open();
    for language in Language::ALL {
        let mut kinds = BTreeSet::new();
        for greeting in greetings() {
            let speak = Input::Key(crate::pages::terminal_keys::Key::Speak(language));
            let (keys, _) = TerminalKeys::new(hall.now.at).step(speak, hall.now.at);
            let (keys, _) = keys.step(Input::Greeted(greeting.clone()), hall.now.at);
            let view = TerminalView::of(&hall.queue, &context(), Reader(1), &keys, hall.now);
            let ScreenView::Answer(answer) = view.screen else { panic!("{greeting:?} is no answer") };
            let said = [answer.title.as_str(), &answer.strong, &answer.lead].join(" ");
            assert!(!answer.title.is_empty() && !answer.lead.is_empty() && !said.contains('{'), "{greeting:?}: {said}");
            assert!(kinds.insert(answer.kind), "{} is said twice", answer.kind);
        }
        let known: BTreeSet<&str> = texts::terminal(language).answer.keys().map(String::as_str).collect();
        assert_eq!(kinds, known, "every answer of the text file is used");
    }
}
