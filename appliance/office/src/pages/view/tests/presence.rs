//! What clerks see of codes nobody knew, and of bookings that changed while their holder is here.

use super::*;
use crate::pages::render::{Build, counter_page};

fn appointment(start: Timestamp) -> Appointment {
    Appointment {
        booking: BookingId::from_random(Maker::Booking, 7),
        version: 1,
        pin: Pin::from_index(38_291).expect("inside the count"),
        day: date(2026, 2, 3),
        start,
        length: Minutes(10),
        service: ServiceId(1),
        language: Language::De,
    }
}

/// Somebody who is here, and what was told of the booking since.
fn here_and_then(told: &[Event]) -> Hall {
    let mut hall = Hall::open();
    let presented = Presented::Token(appointment(at(8, 5, 0)));
    hall.tell(Event::CheckIn { reader: Reader(1), presented });
    told.iter().for_each(|event| hall.tell(event.clone()));
    hall.later(300);
    hall
}

/// The notice in the list, and among the facts once the person is called.
fn notices(mut hall: Hall) -> (String, Option<String>) {
    let page = |hall: &Hall| CounterView::of(&hall.queue, &context(), counter(3), hall.now).expect("a counter");
    let in_line = page(&hall).line[0].notice.clone();
    hall.act(3, Act::CallNext);
    let facts = page(&hall).visitor.expect("somebody was called").facts;
    let online = facts.into_iter().find(|fact| fact.label == texts::counter().fact_online);
    (in_line, online.map(|fact| fact.value))
}

#[test]
fn the_clerk_sees_why_somebody_is_here_whose_booking_changed_online() {
    let booked = appointment(at(8, 5, 0));
    let cancelled = |cancelled_at| Event::Withdrawn { booking: booked.booking, cancelled_at };
    let moved = |day, start| Event::Expected(Appointment { version: 2, day, start, ..booked.clone() });
    let march = date(2026, 3, 3);
    let in_march = march.at(9, 20, 0, 0).to_zoned(zone()).expect("a clear time").timestamp();
    for (told, words) in [
        (cancelled(at(8, 1, 0)), "online abgesagt um 8:01 Uhr – ist aber da"),
        (cancelled(at(0, 0, 0) - SignedDuration::from_hours(3)), "online abgesagt am Montag, 2. Februar – ist aber da"),
        (moved(booked.day, at(14, 0, 0)), "online verschoben auf 14:00 Uhr – ist aber da"),
        (moved(march, in_march), "online verschoben auf Dienstag, 3. März, 9:20 Uhr – ist aber da"),
    ] {
        let both = (words.to_owned(), Some(words.to_owned()));
        assert_eq!(notices(here_and_then(&[told])), both);
    }
    assert_eq!(notices(here_and_then(&[])), (String::new(), None), "nothing is said when all is as booked");
}

#[test]
fn an_unverified_appointment_says_since_when_the_box_is_offline_and_has_a_key_to_lift_it() {
    let mut hall = Hall::open();
    let pin = appointment(at(8, 5, 0)).pin;
    hall.tell(Event::CheckIn { reader: Reader(1), presented: Presented::Pin { pin, may_exist_unseen: true } });
    let build = Build { assets: "/static".to_owned(), name: "test".to_owned() };
    let see = |hall: &Hall, link| {
        let context = Context { link, ..context() };
        let page = CounterView::of(&hall.queue, &context, counter(3), hall.now).expect("a counter");
        let html = counter_page(&page, &build).expect("a page");
        (page.line[0].notice.clone(), html.contains(r#"data-act='{"lift":1}'"#))
    };
    let cut = LinkState::Offline { since: at(7, 2, 0) };
    assert_eq!(see(&hall, cut), ("noch nicht nachgesehen, offline seit 7:02".to_owned(), true));
    let back = LinkState::Connected { as_of: at(8, 0, 30) };
    assert_eq!(see(&hall, back).0, "online nicht gefunden, Stand 8:00", "the server was asked and knows no such PIN");
    let before = LinkState::Connected { as_of: at(7, 59, 59) };
    assert_eq!(see(&hall, before).0, "noch nicht nachgesehen");
    hall.act(3, Act::Lift(queue::VisitId(1)));
    assert_eq!(see(&hall, cut), ("noch nicht nachgesehen, offline seit 7:02".to_owned(), false));
    let page = CounterView::of(&hall.queue, &context(), counter(3), hall.now).expect("a counter");
    assert_eq!(page.line[0].why, "zählt als Termin");
}

#[test]
fn the_key_to_lift_sends_what_the_queue_understands() {
    let act: Act = serde_json::from_str(r#"{"lift":5}"#).expect("an act");
    assert_eq!(act, Act::Lift(queue::VisitId(5)));
}
