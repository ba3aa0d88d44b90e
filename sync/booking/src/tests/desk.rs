//! What the desk did without us: booked, called off, and how to reach the people.

use names::{Minutes, Side};
use protocol::entry::{Booked, Cancelled, Contact, FromBooking, FromEither, Recipient, SeatFact};
use protocol::sealed::{Plain, SealKey, seal};
use protocol::seats::Shelf;
use protocol::sheet::{Interval, LaneOffer, SheetInput};
use serde_json::json;
use store::{OfficeShelf, StoreError, journal};

use super::line::Peer;
use super::*;
use crate::citizen::AppointmentState;

const START: &str = "2026-02-03T09:40:00+01:00";

impl Peer {
    /// Sells a place of the box's own lane at the desk.
    pub(super) async fn sell(&self, start: &str, at: Timestamp) -> Booked {
        let start: Timestamp = start.parse().expect("a moment");
        let sold = self.db.write(move |tx| {
            let office = office();
            let mut shelf = OfficeShelf::new(tx, &office, Side::Box, at);
            for fact in shelf.heard()? {
                shelf.seats().hear(&fact)?;
            }
            let zoned = start.in_tz("Europe/Berlin").expect("a zone");
            let booking = names::BookingId::from_random(Side::Box, start.as_second().unsigned_abs());
            let (day, from) = (zoned.date(), Interval::at(zoned.time()));
            let offered = vec![LaneOffer {
                lane: 50,
                open: vec![Interval::MIDNIGHT..Interval::END],
                services: vec![ServiceId(1)],
            }];
            let input = SheetInput::SellNow { booking, offered, services: vec![ServiceId(1)], from, count: 1 };
            let done = shelf.seats().step(day, input)?.expect("a free place");
            let pin = shelf.seats().draw_pin(|_shelf, _pin| Ok(false))?.expect("active").expect("a block of PINs");
            let booked = Booked {
                booking,
                version: 1,
                pin,
                day,
                start,
                length: Minutes(10),
                services: vec![ServiceId(1)],
                persons: 1,
                language: names::Language::De,
                seats: done.change.expect("seats").spans,
            };
            journal::append(tx, &office, Side::Box, &[SeatFact::Booked(booked.clone()).draft(at)])?;
            Ok::<_, StoreError>(booked)
        });
        sold.await.expect("sold")
    }

    /// Writes down how to reach the person of a booking.
    async fn reach(&self, key: &SealKey, booked: &Booked, at: Timestamp) {
        let plain =
            Plain { name: "Max Beispiel".to_owned(), mail: Some("max@example.org".to_owned()), ..Plain::default() };
        let sealed = seal(&plain, key, &office(), booked.booking, [7; 32]).expect("short");
        let contact = Contact {
            booking: booked.booking,
            to: Recipient::Booking,
            keep: booked.day.tomorrow().expect("a day"),
            sealed: sealed.into(),
        };
        self.write(FromEither::Contact(contact).draft(at)).await;
    }

    async fn write(&self, draft: protocol::entry::Draft) {
        self.db.write(move |tx| journal::append(tx, &office(), Side::Box, &[draft])).await.expect("written");
    }
}

/// The routes ask the real clock: a server that lives today, and a start the day after tomorrow.
async fn today() -> (World, String) {
    let world = World::open().await;
    let now = crate::clock::now();
    world.clock.store(now.as_second(), Ordering::Relaxed);
    let day = now.in_tz("Europe/Berlin").expect("a zone").date().saturating_add(jiff::ToSpan::days(2));
    let start = day.at(9, 40, 0, 0).in_tz("Europe/Berlin").expect("a moment").timestamp();
    (world.restart().await, start.to_string())
}

/// A box that has everything, and the key that contacts are sealed to.
async fn ready(world: &World) -> (Peer, SealKey) {
    let peer = world.enrolled().await;
    let came = peer.exchange(world, None).await.expect("taken");
    let seal_key = |entry: &FromBooking| match entry {
        FromBooking::Office(doc) => doc.seal_key.as_ref()?.parse().ok(),
        FromBooking::Key(_)
        | FromBooking::Minted(_)
        | FromBooking::PinBlock(_)
        | FromBooking::Booked(_)
        | FromBooking::Cancelled(_) => None,
    };
    let key = came.iter().find_map(seal_key);
    (peer, key.expect("a key in the office document"))
}

async fn number(world: &World, sql: &'static str) -> u32 {
    world.core.db.read(move |tx| Ok::<u32, Trouble>(tx.query_row(sql, [], |row| row.get(0))?)).await.expect("counted")
}

#[tokio::test]
async fn a_booking_made_at_the_desk_gets_its_mail_when_the_line_is_back() {
    let (mut world, start) = today().await;
    let (peer, key) = ready(&world).await;
    let booked = peer.sell(&start, world.now()).await;
    peer.reach(&key, &booked, world.now()).await;
    for _twice in 0..2 {
        peer.exchange(&world, None).await.expect("taken");
        // The mail is due now, by the clock of the routes.
        world.pass(1).await;
        world.deliver().await;
    }
    let mail = world.sink.next();
    assert!(text_of(&mail).contains(&booked.pin.to_string()) && mail.contains("max@example.org"), "{mail}");
    assert!(world.sink.mails.try_recv().is_err(), "one mail");
    let view = world.citizen.appointment(&appointment_in(&mail), world.now()).await.expect("looked").expect("there");
    assert_eq!((view.start, view.name.as_deref()), (booked.start, Some("Max Beispiel")));
    let left = "SELECT count(*) FROM journal JOIN journal_content USING (position) WHERE kind = 'contact'";
    assert_eq!(number(&world, left).await, 0, "the sealed copy is erased once it was opened");
    let status = world.citizen.status_by_token(&view.token, world.now()).await.expect("looked").expect("ours");
    assert_eq!(status.state, Some(AppointmentState::Confirmed));
}

#[tokio::test]
async fn a_mail_about_a_visit_that_has_begun_is_not_sent() {
    let mut world = World::open().await;
    let (peer, key) = ready(&world).await;
    let booked = peer.sell(START, world.now()).await;
    peer.reach(&key, &booked, world.now()).await;
    // The routes ask the real clock, and that day is long past.
    assert!(booked.start < crate::clock::now());
    peer.exchange(&world, None).await.expect("taken");
    world.deliver().await;
    assert!(world.sink.mails.try_recv().is_err(), "too late");
    assert_eq!(number(&world, "SELECT count(*) FROM contacts").await, 1, "the person can be called");
}

#[tokio::test]
async fn a_contact_sealed_to_somebody_else_stays_sealed_and_disturbs_nothing() {
    let world = World::open().await;
    let (peer, _key) = ready(&world).await;
    let other = protocol::sealed::OpenKey::from_seed([9; 32]).public();
    let booked = peer.sell(START, world.now()).await;
    peer.reach(&other, &booked, world.now()).await;
    peer.exchange(&world, None).await.expect("taken");
    assert_eq!(number(&world, "SELECT count(*) FROM contacts").await, 0);
    assert_eq!(number(&world, "SELECT count(*) FROM bookings WHERE state = 'confirmed'").await, 1);
}

#[tokio::test]
async fn what_the_desk_calls_off_is_off_online_and_its_seat_is_free() {
    let mut world = World::open().await;
    let (_browser, appointment) = world.booked(START).await;
    let (peer, _key) = ready(&world).await;
    let read = |tx: &store::rusqlite::Transaction<'_>| {
        Ok::<i64, Trouble>(tx.query_row("SELECT booking FROM bookings", [], |row| row.get(0))?)
    };
    let booking = names::BookingId::from_bits(world.core.db.read(read).await.expect("one").cast_unsigned());
    let off = Cancelled { booking, day: None, seats: Vec::new() };
    peer.write(SeatFact::Cancelled(off).draft(world.now())).await;
    peer.exchange(&world, None).await.expect("taken");
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    assert_eq!(view.state, AppointmentState::Cancelled);
    world.verify().await;
}

#[tokio::test]
async fn who_is_served_under_the_old_date_does_not_keep_the_new_one() {
    let mut world = World::open().await;
    let (_browser, appointment) = world.booked(START).await;
    let peer = world.enrolled().await;
    peer.exchange(&world, None).await.expect("taken");
    world.citizen.move_to(&appointment, at("2026-02-05T10:00:00+01:00"), world.now()).await.expect("moved");
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    let token = world.citizen.status_by_token(&view.token, world.now()).await.expect("looked").expect("ours");
    assert_eq!(token.start, at("2026-02-05T10:00:00+01:00"));
    let read = |tx: &store::rusqlite::Transaction<'_>| {
        Ok::<i64, Trouble>(tx.query_row("SELECT booking FROM bookings", [], |row| row.get(0))?)
    };
    let id = names::BookingId::from_bits(world.core.db.read(read).await.expect("one").cast_unsigned()).to_string();
    world.clock.store(at(START).as_second(), Ordering::Relaxed);
    peer.tell(&world, "hall.arrived", json!({ "visit": 7, "booking": id, "version": 1 })).await;
    let state = async |world: &World| {
        world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there").state
    };
    assert_eq!(state(&world).await, AppointmentState::Confirmed, "the new date stands while nothing is done");
    peer.tell(&world, "hall.served", json!({ "visit": 7, "booking": id, "version": 1 })).await;
    assert_eq!(state(&world).await, AppointmentState::Cancelled);
    world.verify().await;
    let released = "SELECT count(*) FROM outbox WHERE kind = 'released'";
    assert_eq!(number(&world, released).await, 1);
}
