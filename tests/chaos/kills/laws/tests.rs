//! Every law, broken once, is noticed; what is true breaks none.

use jiff::Timestamp;

use super::super::look::Second;
use super::super::story::Story;
use super::*;
use crate::hall::Greeting;

const HOUSE: House = House { lanes: 2, server_crashes: 1 };

fn greeting(kind: &str) -> Option<Greeting> {
    Some(Greeting { kind: kind.to_owned(), code: String::new() })
}

fn mail(number: i64, minute: i64) -> Second {
    let at = |minute| Timestamp::constant(60 * minute, 0);
    Second {
        id: format!("<{number}@x>"),
        pin: format!("{:06}", 100_000 + number),
        from: at(minute),
        to: at(minute + 10),
    }
}

/// Somebody who was told that it is booked, came and is known everywhere.
fn fine(number: i64, minute: i64) -> Found {
    let pin = Some(mail(number, minute).pin);
    Found {
        story: Story {
            who: format!("{number}@example.org"),
            promised: true,
            link: Some("link".to_owned()),
            pressed: true,
            confirmed: Some(("address".to_owned(), pin.clone())),
            today: true,
            typed: true,
            greeted: true,
            ..Story::default()
        },
        at_server: Some(Standing::Arrived),
        pin,
        first_mails: 1,
        second_mails: vec![mail(number, minute)],
        at_box: greeting("ahead"),
        status: Some(Standing::Arrived),
    }
}

fn cancelled(number: i64) -> Found {
    let good = fine(number, 0);
    let story = Story { gave_up: true, cancelled: true, typed: false, greeted: false, ..good.story.clone() };
    Found { story, at_server: Some(Standing::Cancelled), at_box: greeting("cancelled"), status: None, ..good }
}

fn complaints(all: &[Found]) -> Vec<String> {
    check(all, &HOUSE).0
}

#[track_caller]
fn is_noticed(words: &str, spoil: impl FnOnce(&mut Found)) {
    let mut found = fine(1, 0);
    spoil(&mut found);
    let wrong = complaints(&[found]);
    assert!(wrong.iter().any(|what| what.contains(words)), "{words:?} is not in {wrong:?}");
}

#[test]
fn what_is_true_everywhere_is_fine() {
    let all = [fine(1, 0), fine(2, 0), fine(3, 10), cancelled(4)];
    assert_eq!(complaints(&all), Vec::<String>::new());
    assert_eq!(check(&all, &HOUSE).1.fullest, 2);
}

#[test]
fn who_was_never_answered_may_have_it_or_not() {
    let unanswered = |found: Found| Found {
        story: Story { confirmed: None, typed: false, greeted: false, ..found.story.clone() },
        status: None,
        ..found
    };
    let booked = unanswered(fine(1, 0));
    let not = Found { at_server: None, pin: None, second_mails: Vec::new(), at_box: None, ..unanswered(fine(2, 0)) };
    let mut gave_up = cancelled(3);
    gave_up.story.cancelled = false;
    assert_eq!(complaints(&[booked, not, gave_up]), Vec::<String>::new());
}

#[test]
fn a_lost_or_changed_booking_is_noticed() {
    is_noticed("and it is not", |found| found.at_server = None);
    is_noticed("and it is not", |found| found.at_server = Some(Standing::Cancelled));
    is_noticed("another one than the page told", |found| found.pin = Some("999999".to_owned()));
    is_noticed("nobody asked for it", |found| found.story.pressed = false);
    is_noticed("nobody asked for it", |found| found.story.turned_away = true);
}

#[test]
fn a_cancelled_booking_that_is_still_there_is_noticed() {
    is_noticed("told that it is cancelled", |found| found.story.cancelled = true);
    let mut found = cancelled(1);
    found.at_box = greeting("early");
    assert!(complaints(&[found])[0].contains("the box does not know it"));
}

#[test]
fn a_wrong_mail_is_noticed() {
    is_noticed("promised", |found| found.first_mails = 0);
    is_noticed("no mail says so", |found| found.second_mails.clear());
    is_noticed("different mails", |found| found.second_mails.push(mail(9, 0)));
    is_noticed("another PIN", |found| found.second_mails = vec![mail(9, 0)]);
    is_noticed("copies", |found| found.second_mails = vec![mail(1, 0); 6]);
}

#[test]
fn a_box_that_does_not_know_or_has_forgotten_is_noticed() {
    is_noticed("the box does not know it", |found| found.at_box = greeting("unknown"));
    is_noticed("the box does not know it", |found| found.at_box = greeting("unverified"));
    is_noticed("has forgotten it", |found| found.at_box = greeting("early"));
    is_noticed("never heard of it", |found| found.status = Some(Standing::Booked));
    is_noticed("the box does not know it", |found| found.story.today = false);
}

#[test]
fn a_seat_or_a_pin_that_is_given_twice_is_noticed() {
    let three = complaints(&[fine(1, 0), fine(2, 5), fine(3, 9)]);
    assert!(three.iter().any(|what| what.contains("3 appointments")), "{three:?}");
    let mut other = fine(2, 0);
    other.second_mails[0].pin = mail(1, 0).pin;
    other.pin = Some(mail(1, 0).pin);
    assert!(complaints(&[fine(1, 0), other]).iter().any(|what| what.contains("the same PIN")));
}
