//! The ledger on a real disk: seats, bookings, erasing, copies, and the order of a replay.

use std::collections::BTreeSet;

use jiff::civil::{Date, date, time};
use jiff::{SignedDuration, Timestamp};
use names::{BookingId, Incarnation, Language, Minutes, Now, Pin, ServiceId, Side};
use protocol::entry::{Minted, PinBlockGiven, SeatFact};
use protocol::sheet::Interval;
use queue::{Event, PressId, Queue, Reader};
use store::rusqlite::{Transaction, params};
use store::{Opened, StoreError, journal, standing};
use tempfile::TempDir;

use super::*;
use crate::desk::{Typed, lanes, tests::doc};

const DAY: Date = date(2026, 2, 3);

fn at() -> Timestamp {
    "2026-02-03T06:00:00Z".parse().expect("a moment")
}

fn open(folder: &TempDir) -> (Ledger, Opened) {
    Ledger::open(folder.path(), &office(), None).expect("a journal")
}

fn office() -> OfficeId {
    "musterland".parse().expect("a name")
}

/// A box that was told of a day and of PINs.
async fn told(folder: &TempDir) -> Ledger {
    let (ledger, _opened) = open(folder);
    let office = office();
    let facts = ledger.db.write(move |tx| {
        let incarnation = journal::identity(tx, &office, Side::Box)?;
        let given = PinBlockGiven { block: 3, generation: 1, incarnation, permutation_key: "07".repeat(16) };
        let minted = serde_json::json!({"day": DAY, "booking_lanes": 50});
        let minted: Minted = serde_json::from_value(minted).expect("a good fact");
        let mut shelf = OfficeShelf::new(tx, &office, Side::Box, at());
        for fact in [SeatFact::Minted(minted), SeatFact::PinBlock(given)] {
            shelf.seats().hear(&fact)?;
        }
        Ok::<_, StoreError>(())
    });
    facts.await.expect("taken in");
    ledger
}

async fn sale(ledger: &Ledger, number: u64) -> Sale {
    let stock = ledger.stock(vec![DAY], at()).await.expect("a stock");
    Sale {
        booking: BookingId::from_random(Side::Box, number),
        day: DAY,
        from: Interval::at(time(9, 0, 0, 0)),
        start: "2026-02-03T08:00:00Z".parse().expect("a moment"),
        length: Minutes(10),
        services: vec![ServiceId(1)],
        persons: 1,
        language: Language::De,
        offered: vec![lanes(&doc(), &stock.sheets[0]).pop().expect("an own lane")],
        taken: BTreeSet::new(),
        contact: None,
    }
}

#[tokio::test]
async fn a_booking_takes_its_seat_and_its_pin_once_and_survives_the_power() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = told(&folder).await;
    let first = ledger.sell(sale(&ledger, 1).await, at()).await.expect("free");
    assert_eq!(first.new_key.map(|key| key.id), Some(128), "told before its first use");
    let full = ledger.sell(sale(&ledger, 2).await, at()).await;
    assert!(matches!(full, Err(NotSold::Refused(protocol::sheet::Refused::NoSeat))), "{full:?}");
    drop(ledger);
    let (ledger, opened) = open(&folder);
    assert_eq!(opened, Opened::Normal);
    let replayed = ledger.replay().await.expect("readable");
    let page = replayed.known.diary.get(first.booked.booking).expect("in the diary");
    assert_eq!((page.booked.pin, page.cancelled), (first.booked.pin, false));
    ledger.cancel(first.booked.booking, DAY, at()).await.expect("written");
    let again = ledger.sell(sale(&ledger, 3).await, at()).await.expect("free again");
    assert_ne!(again.booked.pin, first.booked.pin);
    assert_eq!(again.new_key, None);
}

#[tokio::test]
async fn a_refused_booking_uses_up_no_pin() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = told(&folder).await;
    let before = ledger.stock(Vec::new(), at()).await.expect("a stock").pins;
    let every: BTreeSet<Pin> = (0..Pin::COUNT).filter_map(Pin::from_index).collect();
    let none = Sale { taken: every, ..sale(&ledger, 1).await };
    assert!(matches!(ledger.sell(none, at()).await, Err(NotSold::NoPin)));
    assert_eq!(ledger.stock(Vec::new(), at()).await.expect("a stock").pins, before);
    ledger.sell(sale(&ledger, 2).await, at()).await.expect("the seat is free still");
}

#[tokio::test]
async fn a_contact_is_erased_after_its_last_day_and_not_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = told(&folder).await;
    let typed: Typed =
        serde_json::from_value(serde_json::json!({"name": "E", "telephone": "030 1234"})).expect("a form");
    let key = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a".parse().expect("a sound key");
    let booking = BookingId::from_random(Side::Box, 1);
    let reach = typed.seal(Some(&key), &office(), booking, Language::De, [7; 32]).expect("good");
    let crate::desk::Reach::Sealed { sealed, .. } = reach else { panic!("not sealed") };
    let keep = date(2026, 2, 5);
    ledger.sell(Sale { contact: Some((sealed, keep)), ..sale(&ledger, 1).await }, at()).await.expect("free");
    assert_eq!(ledger.erase_contacts(keep).await.expect("looked"), 0);
    assert_eq!(ledger.erase_contacts(date(2026, 2, 6)).await.expect("erased"), 1);
    assert_eq!(ledger.erase_contacts(date(2026, 2, 6)).await.expect("looked"), 0, "once is enough");
    assert!(ledger.replay().await.expect("readable").known.diary.get(booking).is_some(), "the booking stays");
}

#[tokio::test]
async fn while_a_restore_is_open_nothing_is_sold_and_a_cancellation_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = told(&folder).await;
    let sold = ledger.sell(sale(&ledger, 1).await, at()).await.expect("free");
    let next = sale(&ledger, 2).await;
    let office = office();
    let mode = protocol::agree::Mode::Unproven;
    ledger.db.write(move |tx| standing::set_mode(tx, &office, mode)).await.expect("written");
    let refused = ledger.sell(next, at()).await;
    assert!(matches!(refused, Err(NotSold::Refused(protocol::sheet::Refused::NotActive))), "{refused:?}");
    ledger.cancel(sold.booked.booking, DAY, at()).await.expect("written");
    let replayed = ledger.replay().await.expect("readable");
    assert!(replayed.known.diary.get(sold.booked.booking).is_some_and(|page| page.cancelled));
}

/// One step of a hall: its facts, in the present life.
async fn step(ledger: &Ledger, queue: &mut Queue, event: Event, minute: i64) {
    let effects = queue.handle(event, Now::trusted(at() + SignedDuration::from_mins(minute)));
    let facts = effects.into_iter().filter_map(|effect| match effect {
        queue::Effect::Record(fact) => Some(fact),
        queue::Effect::Announce { .. } | queue::Effect::Greet { .. } | queue::Effect::Answer { .. } => None,
    });
    ledger.commit(facts.collect()).await.expect("written");
}

fn ticket(press: &str) -> Event {
    Event::TakeTicket { reader: Reader(1), service: None, press: PressId(press.to_owned()) }
}

fn plan() -> Event {
    let text = "office = \"musterland\"\ndata = \"/nowhere\"\n[[counter]]\nnumber = 1\n";
    let config = crate::config::Config::parse(Path::new("test.toml"), text).expect("a good file");
    Event::Planned(crate::plan::of(&config, None, DAY))
}

/// A morning of three tickets, written by another life of this box.
async fn morning() -> Vec<Entry> {
    let folder = tempfile::tempdir().expect("a folder");
    let (lost, _opened) = open(&folder);
    let mut queue = Queue::new();
    step(&lost, &mut queue, plan(), 0).await;
    for (minute, press) in [(1, "a"), (2, "b"), (3, "c")] {
        step(&lost, &mut queue, ticket(press), minute).await;
    }
    let office = office();
    let entries = lost.db.read(move |tx| {
        journal::in_order(tx, &office, 0).map(|row| row.map(|(_, entry)| entry)).collect::<Result<Vec<_>, _>>()
    });
    entries.await.expect("readable")
}

/// Takes the morning in as an echo does.
async fn echo(ledger: &Ledger, entries: Vec<Entry>) {
    let office = office();
    let life: Incarnation = entries[0].incarnation;
    let taken = ledger.db.write(move |tx| {
        journal::meet(tx, &office, Side::Box, life, false)?;
        for entry in &entries {
            put(tx, entry)?;
        }
        Ok::<_, StoreError>(())
    });
    taken.await.expect("taken in");
}

/// A row as the store writes it.
fn put(tx: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
    let salt = entry.salt.expect("not erased");
    tx.execute(
        "INSERT INTO journal (office, origin, incarnation, number, hash, schema, kind, at, commitment)
         VALUES (?1, 'box', ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            entry.office.as_str(),
            entry.incarnation.to_string(),
            entry.number.cast_signed(),
            entry.hash.0,
            entry.schema,
            entry.kind,
            entry.at.to_string(),
            entry.commitment.0
        ],
    )?;
    let body = serde_json::Value::Object(entry.body.clone()).to_string();
    tx.execute("INSERT INTO journal_content VALUES (?1, ?2, ?3)", params![tx.last_insert_rowid(), salt.0, body])?;
    Ok(())
}

#[tokio::test]
async fn a_morning_that_comes_back_after_the_start_is_the_hall_and_numbers_go_on_behind_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _opened) = open(&folder);
    step(&ledger, &mut Queue::new(), plan(), 10).await;
    echo(&ledger, morning().await).await;
    let mut queue = ledger.replay().await.expect("readable").queue;
    assert_eq!(queue.waiting(), 3);
    step(&ledger, &mut queue, ticket("d"), 11).await;
    assert_eq!(queue.waiting(), 4);
    assert_eq!(ledger.replay().await.expect("readable").queue, queue, "the same at every start");
}

#[tokio::test]
async fn numbers_that_were_given_out_meanwhile_count_and_the_echo_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _opened) = open(&folder);
    let mut queue = Queue::new();
    step(&ledger, &mut queue, plan(), 10).await;
    step(&ledger, &mut queue, ticket("x"), 11).await;
    echo(&ledger, morning().await).await;
    assert_eq!(ledger.replay().await.expect("readable").queue, queue);
}
