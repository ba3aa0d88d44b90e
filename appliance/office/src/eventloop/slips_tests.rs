//! Which numbers become paper, and what the screen says of it.

use names::{Language, Trust};
use queue::{PressId, VisitId};

use super::*;
use crate::pages::terminal_keys::{Input, TerminalKeys};
use crate::pages::view::{Context, LinkState};

const HERE: Reader = Reader(1);

#[test]
fn a_number_is_printed_once_and_not_for_the_same_press_again() {
    let mut slips = Slips::new(true);
    slips.heard(&[taken(42)]);
    assert_eq!(numbers(slips.pulled(&[greeted(42)])), ["A 042"]);
    assert_eq!(numbers(slips.pulled(&[greeted(42)])), [""; 0], "the same number was only told again");
}

#[test]
fn what_could_not_be_kept_and_what_has_no_printer_is_not_printed() {
    let mut slips = Slips::new(true);
    slips.heard(&[taken(42)]);
    slips.forget();
    assert_eq!(numbers(slips.pulled(&[greeted(42)])), [""; 0]);
    let mut none = Slips::new(false);
    none.heard(&[taken(42)]);
    assert_eq!(numbers(none.pulled(&[greeted(42)])), [""; 0]);
}

#[test]
fn the_screen_speaks_of_a_slip_only_when_it_is_there() {
    let mut slips = Slips::new(true);
    let plain = said(&slips);
    slips.sent("a".to_owned(), number(42));
    assert_eq!(said(&slips), plain, "under way");
    slips.printed("a", Printed::Unsure);
    slips.printed("a", Printed::Not);
    slips.printed("another", Printed::Done);
    assert_eq!(said(&slips), plain, "nobody knows of it");
    slips.printed("a", Printed::Done);
    let words = paper::screen(Language::De);
    assert_eq!(said(&slips), (words.strong.clone(), words.lead.clone()));
}

#[test]
fn a_slip_has_the_number_large_and_leaves_out_what_is_not_known() {
    let now = now();
    let whole = Paper::of(Code::Ticket(number(42)), Wait::Unsure, None, &context(), Language::De, now);
    let parts = parts(whole);
    assert!(parts.contains(&Part::Huge("A 042".to_owned())));
    assert!(!parts.iter().any(|part| matches!(part, Part::Code(_) | Part::Strong(_))), "{parts:?}");
}

/// What stands beside the number 42 on the screen.
fn said(slips: &Slips) -> (String, String) {
    let now = now();
    let (keys, _asked) = TerminalKeys::new(now.at).step(Input::Greeted(greeting(42)), now.at);
    let view = TerminalView::of(&queue::Queue::new(), &context(), HERE, &keys, now);
    let mut views = BTreeMap::from([(HERE, view)]);
    slips.tell(&mut views);
    let ScreenView::Answer(answer) = &views[&HERE].screen else { panic!("no answer") };
    (answer.strong.clone(), answer.lead.clone())
}

fn numbers(pulled: Vec<Pulled>) -> Vec<String> {
    pulled.into_iter().map(|pulled| Code::Ticket(pulled.ticket).to_string()).collect()
}

fn taken(count: u16) -> Recorded {
    let press = PressId("p".to_owned());
    let fact = Fact::TicketTaken { visit: VisitId(1), ticket: number(count), service: None, reader: HERE, press };
    Recorded { at: now(), fact }
}

fn greeted(count: u16) -> Effect {
    Effect::Greet { reader: HERE, greeting: greeting(count) }
}

fn greeting(count: u16) -> Greeting {
    Greeting::Ticket { code: Code::Ticket(number(count)), wait: Wait::Unsure }
}

fn number(count: u16) -> TicketNumber {
    TicketNumber::new('A', count).expect("a number")
}

fn now() -> Now {
    Now { at: jiff::Timestamp::UNIX_EPOCH, trust: Trust::Trusted }
}

fn context() -> Context {
    Context { office: None, link: LinkState::Never, zone: jiff::tz::TimeZone::UTC, confirmed: None }
}
