//! Seats for the box, and lanes that serve different things.

use names::Side;
use protocol::seats::Shelf;
use protocol::sheet::{DaySheet, SeatRange, SeatState, Span};
use store::{OfficeShelf, StoreError};

use super::*;

async fn sheet(world: &World, day: &str) -> DaySheet {
    let (day, at) = (day.parse().expect("a day"), world.now());
    let read = move |tx: &store::rusqlite::Transaction<'_>| {
        Ok::<_, Trouble>(OfficeShelf::new(tx, &office(), Side::Booking, at).sheet(day)?.expect("minted"))
    };
    world.core.db.read(read).await.expect("read")
}

/// Seats of the two online lanes that the box holds while the doors are open.
fn given(sheet: &DaySheet) -> u16 {
    sheet.spans().iter().filter(|span| span.lane < 2 && span.holder == Side::Box).map(|span| span.len()).sum()
}

async fn with(rules: &str) -> World {
    let world = World::open().await;
    let text = SAMPLE.replace("lanes_box = 2", rules);
    std::fs::write(World::file(&world.folder), text).expect("written");
    let file = World::file(&world.folder);
    offices::Watcher::new(vec![file]).reload(&world.core, world.now()).await.expect("read");
    world
}

#[tokio::test]
async fn the_box_gets_its_reserve_once_it_is_enrolled_and_no_more() {
    let world = with("lanes_box = 0").await;
    assert_eq!(care::share(&world.core, world.now()).await.expect("shared"), 0, "nobody to give to");
    let peer = world.enrolled().await;
    // The routes ask the real clock, so enrolment shared other days.
    assert!(care::share(&world.core, world.now()).await.expect("shared") > 0);
    // Tuesday tomorrow, 7:30 to 16:00: of two lanes at least one.
    assert_eq!(given(&sheet(&world, "2026-02-03").await), 51);
    assert_eq!(given(&sheet(&world, "2026-02-16").await), 27, "a Monday two weeks ahead");
    assert_eq!(given(&sheet(&world, "2026-02-17").await), 0, "further ahead");
    assert_eq!(care::share(&world.core, world.now()).await.expect("shared"), 0, "it has what it should have");
    peer.exchange(&world, None).await.expect("taken");
    world.verify().await;
}

#[tokio::test]
async fn what_the_box_gives_back_is_sold_online_again() {
    let world = with("lanes_box = 0").await;
    let peer = world.enrolled().await;
    care::share(&world.core, world.now()).await.expect("shared");
    peer.exchange(&world, None).await.expect("taken");
    let (day, now) = ("2026-02-03".parse().expect("a day"), world.now());
    let back = peer.db.write::<_, StoreError>(move |tx| {
        let office = office();
        let mut shelf = OfficeShelf::new(tx, &office, Side::Box, now);
        for fact in shelf.heard()? {
            shelf.seats().hear(&fact)?;
        }
        let sheet = shelf.sheet(day)?.expect("minted");
        let mine = sheet.spans().iter().filter(|span| span.lane < 2 && span.holder == Side::Box);
        let ranges = mine.map(|s| SeatRange { lane: s.lane, from: s.from, to: s.to }).collect();
        shelf.seats().give(day, ranges)
    });
    assert_eq!(back.await.expect("written"), Ok(51));
    assert_eq!(given(&sheet(&world, "2026-02-03").await), 51, "on its way");
    peer.exchange(&world, None).await.expect("taken");
    assert_eq!(given(&sheet(&world, "2026-02-03").await), 0);
    peer.exchange(&world, None).await.expect("nothing twice");
    let start = "2026-02-03T09:40:00+01:00";
    let (_one, _two) = (world.hold(start).await, world.hold(start).await);
    world.verify().await;
}

#[tokio::test]
async fn what_is_too_soon_to_be_booked_passes_to_the_box() {
    let world = with("lanes_box = 2").await;
    let _peer = world.enrolled().await;
    care::share(&world.core, world.now()).await.expect("shared");
    assert_eq!(given(&sheet(&world, "2026-02-02").await), 0, "7:00 is before the doors open");
    world.clock.store(at("2026-02-02T08:00:00+01:00").as_second(), Ordering::Relaxed);
    care::share(&world.core, world.now()).await.expect("shared");
    assert_eq!(given(&sheet(&world, "2026-02-02").await), 12, "8:00 to 9:00 of two lanes");
    assert_eq!(given(&sheet(&world, "2026-02-03").await), 0, "the box has two lanes of its own");
}

#[tokio::test]
async fn nothing_is_given_where_the_office_file_says_so() {
    let world = with("lanes_box = 0\nreserve_percent = 0\nreserve_percent_48h = 0").await;
    let _peer = world.enrolled().await;
    assert_eq!(care::share(&world.core, world.now()).await.expect("shared"), 0);
}

/// Two online lanes and one of the desk; the box has its reserve, then its card dies.
#[tokio::test]
async fn a_box_that_burned_its_seats_gets_others_on_days_that_were_minted_before() {
    let world = with("lanes_box = 0").await;
    let first = world.enrolled().await;
    care::share(&world.core, world.now()).await.expect("shared");
    first.exchange(&world, None).await.expect("taken");
    assert_eq!(given(&sheet(&world, "2026-02-03").await), 51, "one of two lanes");
    let fresh = world.enrolled().await;
    fresh.rejoin(&world).await;
    fresh.exchange(&world, None).await.expect("it told that it settled");
    care::share(&world.core, world.now()).await.expect("shared");
    assert_eq!(given(&sheet(&world, "2026-02-03").await), 51 + 18, "a third of the lane that is left");
    assert_eq!(care::share(&world.core, world.now()).await.expect("shared"), 0, "and no more");
    let (day, now) = ("2026-02-03".parse().expect("a day"), world.now());
    let theirs = fresh.db.write::<_, StoreError>(move |tx| {
        let office = office();
        let mut shelf = OfficeShelf::new(tx, &office, Side::Box, now);
        for fact in shelf.heard()? {
            shelf.seats().hear(&fact)?;
        }
        Ok(shelf.sheet(day)?.expect("minted"))
    });
    fresh.exchange(&world, None).await.expect("taken");
    let free = |sheet: &DaySheet| -> u16 {
        let free = |s: &&Span| s.lane < 2 && s.holder == Side::Box && s.state == SeatState::Free;
        sheet.spans().iter().filter(free).map(|span| span.len()).sum()
    };
    assert_eq!(free(&theirs.await.expect("heard")), 18, "what it can sell");
    let start = "2026-02-03T08:40:00+01:00";
    world.hold(start).await;
    world.verify().await;
}

/// Two lanes: one counter does identity cards and passports, the other identity cards only.
async fn with_skills() -> World {
    let world = World::open().await;
    let lanes = "[[lane]]\nservices = [1, 2]\n[[lane]]\nservices = [1]\n[[service]]\nid = 1";
    let text = SAMPLE.replacen("[[service]]\nid = 1", lanes, 1);
    std::fs::write(World::file(&world.folder), text).expect("written");
    let file = World::file(&world.folder);
    offices::Watcher::new(vec![file]).reload(&world.core, world.now()).await.expect("read");
    world
}

const START: &str = "2026-02-03T09:40:00+01:00";

async fn reach(world: &World, service: u16) -> bool {
    world.citizen.hold(&office(), &world.pick(&[service], 1), at(START), world.now()).await.is_ok()
}

#[tokio::test]
async fn a_lane_serves_what_its_counter_can() {
    let world = with_skills().await;
    assert!(world.free(&world.pick(&[3], 1), "2026-02-03").await.is_empty(), "no counter for it");
    assert!(reach(&world, 1).await, "in the lane that serves nothing else");
    assert!(reach(&world, 2).await, "in the other one");
    assert!(!reach(&world, 2).await && !reach(&world, 1).await, "both are taken");
    world.verify().await;
}

#[tokio::test]
async fn a_booking_changes_its_lane_when_somebody_needs_that_counter() {
    let mut world = with_skills().await;
    let mut appointments = Vec::new();
    for name in ["Erika", "Max"] {
        let hold = world.hold(START).await;
        world.submit(&hold, name, &format!("{name}@example.org")).await;
        world.deliver().await;
        let link = link_in(&world.sink.next());
        appointments.push(world.citizen.confirm(&link, world.now()).await.expect("booked"));
        world.deliver().await;
        world.sink.next();
    }
    assert!(!reach(&world, 2).await, "both lanes are taken");
    world.citizen.cancel(&appointments[0], world.now()).await.expect("cancelled");
    world.pass(61).await;
    assert!(reach(&world, 2).await, "the second booking went over to the free lane");
    assert!(!reach(&world, 1).await);
    world.verify().await;
    let pass = world.citizen.appointment(&appointments[1], world.now()).await.expect("looked").expect("there");
    assert_eq!(pass.start, at(START), "at its time");
}
