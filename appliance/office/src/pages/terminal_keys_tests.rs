//! The terminal's keys as a visitor presses them.

use names::{Minutes, TicketNumber};
use proptest::prelude::*;
use queue::Wait;

use super::*;

fn start() -> Timestamp {
    Timestamp::constant(1_770_107_520, 0)
}

fn at(millis: i64) -> Timestamp {
    after(start(), SignedDuration::from_millis(millis))
}

/// Presses keys by name, one every 100 ms, and gives the terminal and the last outcome.
fn press(names: &[&str]) -> (TerminalKeys, Option<Outcome>) {
    let mut keys = TerminalKeys::new(start());
    let mut last = None;
    for (place, name) in names.iter().enumerate() {
        let key = Key::named(name).expect("a key of the terminal");
        let now = at(100 * i64::try_from(place).expect("few keys"));
        (keys, last) = keys.step(Input::Key(key), now);
    }
    (keys, last)
}

fn typing(keys: &TerminalKeys) -> Option<(&str, Option<Hint>)> {
    match keys.screen() {
        Screen::Typing { digits, hint, .. } => Some((digits, *hint)),
        Screen::Start | Screen::Asked { .. } | Screen::Answer(_) => None,
    }
}

fn ticket() -> Greeting {
    let code = names::Code::Ticket(TicketNumber::new('A', 42).expect("a good number"));
    Greeting::Ticket { code, wait: Wait::About(Minutes(10)) }
}

fn other_day() -> Greeting {
    Greeting::OtherDay { day: jiff::civil::date(2026, 3, 3), start: Some(start()) }
}

#[test]
fn a_digit_alone_becomes_a_choice_after_1_2_seconds() {
    let (keys, none) = press(&["2"]);
    assert_eq!((keys.screen(), none), (&Screen::Start, None));
    assert_eq!(keys.deadline(), Some(at(1200)));
    let (early, none) = keys.clone().step(Input::Tick, at(1199));
    assert_eq!((early.screen(), none), (&Screen::Start, None));
    let (_, outcome) = keys.step(Input::Tick, at(1200));
    assert_eq!(outcome, Some(Outcome::TakeTicket(None)));
}

#[test]
fn enter_makes_the_first_digit_a_choice_at_once() {
    let (_, outcome) = press(&["2", "E"]);
    assert_eq!(outcome, Some(Outcome::TakeTicket(None)));
    let (keys, none) = press(&["1", "E"]);
    assert_eq!((typing(&keys), none), (Some(("", None)), None));
}

#[test]
fn a_second_digit_makes_both_the_beginning_of_a_code() {
    let (keys, none) = press(&["4", "8"]);
    assert_eq!((typing(&keys), none), (Some(("48", None)), None));
}

#[test]
fn six_digits_are_sent_by_themselves() {
    let (keys, outcome) = press(&["4", "8", "2", "9", "1", "7"]);
    assert_eq!(outcome, Some(Outcome::CheckIn("482917".to_owned())));
    assert!(matches!(keys.screen(), Screen::Asked { .. }));
}

#[test]
fn three_digits_and_enter_are_a_ticket() {
    let (_, outcome) = press(&["0", "4", "2", "E"]);
    assert_eq!(outcome, Some(Outcome::CheckIn("042".to_owned())));
}

#[test]
fn four_digits_and_enter_stay_and_say_what_is_expected() {
    let (keys, outcome) = press(&["4", "8", "2", "9", "E"]);
    assert_eq!((typing(&keys), outcome), (Some(("4829", Some(Hint::ThreeOrSix))), None));
}

#[test]
fn clear_takes_the_digits_and_then_the_screen() {
    let (keys, _) = press(&["4", "8", "C"]);
    assert_eq!(typing(&keys), Some(("", None)));
    let (keys, _) = press(&["4", "8", "C", "C"]);
    assert_eq!(keys.screen(), &Screen::Start);
}

#[test]
fn half_typed_digits_leave_after_twenty_seconds() {
    let (keys, _) = press(&["4", "8"]);
    assert_eq!(keys.deadline(), Some(at(20_100)));
    let (keys, _) = keys.step(Input::Tick, at(20_100));
    assert_eq!(keys, TerminalKeys::new(at(20_100)));
}

#[test]
fn a_typing_error_keeps_the_digits_for_ten_seconds_and_the_next_digit_starts_afresh() {
    let (keys, _) = press(&["4", "8", "2", "9", "1", "8"]);
    let (keys, _) = keys.step(Input::Greeted(Greeting::CheckDigits), at(600));
    assert_eq!(typing(&keys), Some(("482918", Some(Hint::CheckDigits))));
    assert_eq!(keys.deadline(), Some(at(10_600)));
    let (keys, _) = keys.step(Input::Key(Key::Digit(4)), at(700));
    assert_eq!(typing(&keys), Some(("4", None)));
}

#[test]
fn a_mistyped_scan_is_an_answer_because_there_are_no_digits_to_correct() {
    let (keys, _) = TerminalKeys::new(start()).step(Input::Scanned, at(0));
    let (keys, _) = keys.step(Input::Greeted(Greeting::CheckDigits), at(1));
    assert_eq!(keys.screen(), &Screen::Answer(Greeting::CheckDigits));
}

#[test]
fn an_answer_stays_twelve_seconds_and_a_ticket_thirty() {
    let keys = TerminalKeys::new(start());
    let (answer, _) = keys.clone().step(Input::Greeted(Greeting::NoTickets), at(0));
    assert_eq!(answer.deadline(), Some(at(12_000)));
    let (answer, _) = keys.step(Input::Greeted(ticket()), at(0));
    assert_eq!(answer.deadline(), Some(at(30_000)));
    assert_eq!(answer.step(Input::Tick, at(30_000)).0.screen(), &Screen::Start);
}

#[test]
fn the_next_person_can_type_over_an_answer() {
    let (keys, _) = TerminalKeys::new(start()).step(Input::Greeted(ticket()), at(0));
    let (keys, _) = keys.step(Input::Key(Key::Digit(4)), at(100));
    let (keys, _) = keys.step(Input::Key(Key::Digit(8)), at(200));
    assert_eq!(typing(&keys), Some(("48", None)));
}

#[test]
fn another_day_offers_a_ticket_with_one_and_goes_back_with_two() {
    let (keys, _) = TerminalKeys::new(start()).step(Input::Greeted(other_day()), at(0));
    let (_, outcome) = keys.clone().step(Input::Key(Key::Choose(1)), at(100));
    assert_eq!(outcome, Some(Outcome::TakeTicket(None)));
    let (keys, outcome) = keys.step(Input::Key(Key::Choose(2)), at(100));
    assert_eq!((keys.screen(), outcome), (&Screen::Start, None));
}

#[test]
fn a_scan_works_from_every_screen() {
    let screens = [press(&[]), press(&["4", "8"]), press(&["2"]), press(&["4", "8", "2", "9", "1", "7"])];
    for (keys, _) in screens {
        let (keys, _) = keys.step(Input::Scanned, at(900));
        let (keys, _) = keys.step(Input::Greeted(ticket()), at(950));
        assert_eq!(keys.screen(), &Screen::Answer(ticket()));
        assert_eq!(keys.first(), None);
    }
}

#[test]
fn one_wish_for_a_ticket_is_one_ticket_however_often_the_glass_is_touched() {
    let (_, outcome) = press(&["c2", "c2"]);
    assert_eq!(outcome, None);
}

#[test]
fn the_language_ends_with_the_person() {
    let (keys, _) = press(&["en", "c1"]);
    assert_eq!(keys.language(), Language::En);
    let (keys, _) = keys.step(Input::Tick, at(30_000));
    assert_eq!(keys.language(), Language::De);
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        6 => (0_u8..10).prop_map(|digit| Input::Key(Key::Digit(digit))),
        2 => Just(Input::Key(Key::Enter)),
        1 => Just(Input::Key(Key::Clear)),
        1 => (1_u8..4).prop_map(|digit| Input::Key(Key::Choose(digit))),
        1 => Just(Input::Scanned),
        1 => Just(Input::Tick),
        1 => Just(Input::Greeted(Greeting::CheckDigits)),
        1 => Just(Input::Greeted(other_day())),
        1 => Just(Input::Greeted(ticket())),
    ]
}

proptest! {
    #[test]
    fn whatever_is_pressed_digits_are_bounded_and_every_screen_ends(
        steps in prop::collection::vec((any_input(), 0_i64..5_000), 0..60),
    ) {
        let mut now = start();
        let mut keys = TerminalKeys::new(now);
        for (input, pause) in steps {
            now = after(now, SignedDuration::from_millis(pause));
            let outcome;
            (keys, outcome) = keys.step(input, now);
            if let Some(Outcome::CheckIn(text)) = outcome {
                prop_assert!(text.len() == TICKET_DIGITS || text.len() == PIN_DIGITS);
            }
            if let Screen::Typing { digits, .. } = keys.screen() {
                prop_assert!(digits.len() <= PIN_DIGITS);
            }
            prop_assert!(keys.screen() == &Screen::Start || keys.deadline().is_some());
        }
        for _ in 0..8 {
            now = after(now, SignedDuration::from_secs(31));
            keys = keys.step(Input::Tick, now).0;
        }
        prop_assert_eq!(keys.screen(), &Screen::Start);
    }
}
