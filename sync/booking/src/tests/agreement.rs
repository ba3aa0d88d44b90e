//! Both ends believe the same of all bookings, and find out when they do not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use names::{BookingId, Side};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use protocol::agreement::Belief;
use protocol::digest::Row;
use protocol::entry::{Booked, Cancelled, FromBooking, FromBox, SeatFact};
use protocol::exchange::{Answer, Reply, pack, seal};
use protocol::now::BoxNow;
use store::rusqlite::Transaction;
use store::{ExchangeError, StoreError, journal, keys};

use super::line::Peer;
use super::*;
use crate::downlink::answer_box;
use crate::health;

const TODAY: &str = "2026-02-02";

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// The box's queue as far as its law goes: the highest version counts, what is cancelled stays so.
fn believed(tx: &Transaction<'_>) -> Result<BTreeMap<BookingId, Booked>, StoreError> {
    let (mut booked, mut off) = (BTreeMap::<BookingId, Booked>::new(), BTreeSet::new());
    let mut learn = |told: Booked| {
        if booked.get(&told.booking).is_none_or(|known| told.version > known.version) {
            booked.insert(told.booking, told);
        }
    };
    for entry in journal::in_order(tx, &office(), 0) {
        let draft = entry?.1.draft();
        match (FromBooking::read(&draft), FromBox::read(&draft)) {
            (Some(Ok(FromBooking::Booked(told))), _) | (_, Some(Ok(FromBox::Booked(told)))) => learn(told),
            (Some(Ok(FromBooking::Cancelled(told))), _) | (_, Some(Ok(FromBox::Cancelled(told)))) => {
                off.insert(told.booking);
            }
            _another => {}
        }
    }
    booked.retain(|id, _| !off.contains(id));
    Ok(booked)
}

fn belief(tx: &Transaction<'_>, from: Date) -> Result<Belief, StoreError> {
    let row = |told: Booked| Row {
        booking: told.booking,
        version: told.version,
        day: told.day,
        start: told.start,
        length: told.length,
        pin: told.pin,
        cancelled: false,
    };
    Ok(Belief::of(from, believed(tx)?.into_values().map(row)))
}

/// What one exchange said, and its bytes both ways.
struct Said {
    told: Belief,
    reply: Reply,
    bytes: (usize, usize),
}

impl Said {
    fn equal(&self) -> Option<bool> {
        self.reply.digest.map(|theirs| theirs == self.told.total())
    }

    fn days(&self) -> Vec<Date> {
        self.reply.days.keys().copied().collect()
    }
}

impl Peer {
    /// One exchange that tells what the box believes.
    async fn compare(&self, world: &World, from: Date, by_day: bool) -> Said {
        let asked = self.db.write(move |tx| {
            let told = belief(tx, from)?;
            let mut request = store::exchange::prepare(tx, &office(), BoxNow::default().write())?;
            (request.digest, request.digest_from) = (Some(told.total()), Some(from));
            if by_day {
                request.days = told.days();
            }
            Ok::<_, ExchangeError>((told, seal(&keys::signer(tx, &office())?, request.nonce, &request)?))
        });
        let (told, sealed) = asked.await.expect("a request");
        let asked = sealed.body.len();
        let reply = answer_box(&world.core, sealed, world.now()).await.expect("a reply");
        let answered = pack(&Answer::Reply(Box::new(reply.clone()))).expect("small").len();
        let taken = reply.clone();
        self.db.write(move |tx| store::exchange::absorb(tx, &taken)).await.expect("taken in");
        Said { told, reply, bytes: (asked, answered) }
    }

    /// Exchanges until both ends know everything; answers the comparison then.
    async fn settle(&self, world: &World) -> Said {
        for _round in 0..10 {
            let said = self.compare(world, day(TODAY), false).await;
            if said.reply.digest.is_some() {
                return said;
            }
        }
        panic!("both ends never know the same entries");
    }

    async fn call_off(&self, number: usize) {
        let told = self.db.write(move |tx| {
            let known = believed(tx)?;
            let Some(booked) = known.values().nth(number.checked_rem(known.len()).unwrap_or(0)) else { return Ok(()) };
            let cancelled = Cancelled { booking: booked.booking, day: None, seats: Vec::new() };
            let draft = SeatFact::Cancelled(cancelled).draft(at(MONDAY));
            journal::append(tx, &office(), Side::Box, &[draft]).map(drop)
        });
        told.await.expect("written");
    }
}

impl World {
    /// Books, whatever other mails are on their way.
    async fn appointment(&mut self, start: &str) -> AppointmentSecret {
        self.deliver().await;
        while self.sink.mails.try_recv().is_ok() {}
        self.booked(start).await.1
    }

    async fn tamper(&self, sql: &'static str) {
        let changed = self.core.db.write(move |tx| Ok::<_, Trouble>(tx.execute(sql, [])?)).await.expect("changed");
        assert_eq!(changed, 1, "{sql}");
    }

    async fn apart(&self) -> Option<Vec<Date>> {
        let status = health::report(&self.core, self.now()).await.expect("a report");
        let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
        serde_json::from_value(status["offices"][0]["apart"].clone()).expect("days or nothing")
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Book(i64),
    Sell(i64),
    Move(usize, i64),
    Cancel(usize),
    CallOff(usize),
    Talk,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0_i64..12).prop_map(Act::Book),
        3 => (0_i64..12).prop_map(Act::Sell),
        3 => (any::<usize>(), 0_i64..12).prop_map(|(which, slot)| Act::Move(which, slot)),
        2 => any::<usize>().prop_map(Act::Cancel),
        2 => any::<usize>().prop_map(Act::CallOff),
        3 => Just(Act::Talk),
    ]
}

/// Two mornings of six times each.
fn slot(number: i64) -> String {
    (at("2026-02-03T09:00:00+01:00") + minutes(number % 6 * 10 + number / 6 * 24 * 60)).to_string()
}

async fn random_life(acts: Vec<Act>) {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    peer.settle(&world).await;
    let (mut asked, mut sold, mut appointments) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for act in acts {
        match act {
            Act::Book(number) if asked.insert(number) => {
                if world.free(&world.pick(&[1], 1), &slot(number)[..10]).await.contains(&at(&slot(number))) {
                    appointments.push(world.appointment(&slot(number)).await);
                }
            }
            Act::Sell(number) if sold.insert(number) => drop(peer.sell(&slot(number), world.now()).await),
            Act::Book(_) | Act::Sell(_) => {}
            Act::Move(which, number) => {
                if let Some(appointment) = appointments.get(which.checked_rem(appointments.len()).unwrap_or(0)) {
                    let _refused = world.citizen.move_to(appointment, at(&slot(number)), world.now()).await;
                }
            }
            Act::Cancel(which) => {
                if let Some(appointment) = appointments.get(which.checked_rem(appointments.len()).unwrap_or(0)) {
                    let _refused = world.citizen.cancel(appointment, world.now()).await;
                }
            }
            Act::CallOff(which) => peer.call_off(which).await,
            Act::Talk => {
                let said = peer.compare(&world, day(TODAY), false).await;
                assert_ne!(said.equal(), Some(false), "in the middle of it all");
            }
        }
    }
    assert_eq!(peer.settle(&world).await.equal(), Some(true));
    assert_eq!(world.apart().await, None);
}

#[test]
fn whatever_is_booked_moved_and_cancelled_on_either_end_both_believe_the_same() {
    let mut runner = TestRunner::new(Cases { cases: 8, failure_persistence: None, ..Cases::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = runner.run(&proptest::collection::vec(act(), 10..30), |acts| {
        runtime.block_on(random_life(acts));
        Ok(())
    });
    outcome.expect("both ends agree");
}

#[tokio::test]
async fn a_row_that_changed_behind_our_back_is_found_named_and_cleared() {
    let mut world = World::open().await;
    world.appointment("2026-02-03T09:40:00+01:00").await;
    world.appointment("2026-02-04T09:40:00+01:00").await;
    let peer = world.enrolled().await;
    assert_eq!(peer.settle(&world).await.equal(), Some(true));
    let changes = [
        ("UPDATE bookings SET start = start + 600 WHERE day = '2026-02-04'", "2026-02-04"),
        ("UPDATE bookings SET start = start - 600 WHERE day = '2026-02-04'", ""),
        ("UPDATE bookings SET version = 70000 WHERE day = '2026-02-03'", "2026-02-03"),
        ("UPDATE bookings SET version = 1, state = 'lapsed' WHERE day = '2026-02-03'", "2026-02-03"),
        ("UPDATE bookings SET state = 'confirmed' WHERE day = '2026-02-03'", ""),
        ("UPDATE bookings SET day = '2026-02-05' WHERE day = '2026-02-03'", "2026-02-03 2026-02-05"),
        ("UPDATE bookings SET day = '2026-02-03' WHERE day = '2026-02-05'", ""),
    ];
    for (sql, days) in changes {
        let days: Vec<Date> = days.split_whitespace().map(day).collect();
        let was_apart = world.apart().await.is_some();
        world.tamper(sql).await;
        let first = peer.compare(&world, day(TODAY), was_apart).await;
        assert_eq!(first.equal(), Some(days.is_empty()), "{sql}");
        if !was_apart {
            assert_eq!(world.apart().await, None, "once is not told: {sql}");
        }
        let second = peer.compare(&world, day(TODAY), !days.is_empty()).await;
        assert_eq!(second.days(), days, "{sql}");
        assert_eq!(world.apart().await, Some(days).filter(|days| !days.is_empty()), "{sql}");
    }
}

#[tokio::test]
async fn a_box_that_lost_all_bookings_is_told_all_days() {
    let mut world = World::open().await;
    world.appointment("2026-02-03T09:40:00+01:00").await;
    let peer = world.enrolled().await;
    peer.settle(&world).await;
    let empty = peer.db.write(|tx| {
        let mut request = store::exchange::prepare(tx, &office(), None)?;
        request.digest = Some(protocol::digest::Digest::EMPTY);
        request.digest_from = Some(day(TODAY));
        Ok::<_, ExchangeError>(seal(&keys::signer(tx, &office())?, request.nonce, &request)?)
    });
    let reply = answer_box(&world.core, empty.await.expect("sealed"), world.now()).await.expect("a reply");
    assert_eq!(reply.days.keys().copied().collect::<Vec<_>>(), [day("2026-02-03")]);
}

#[tokio::test]
async fn nothing_is_compared_before_both_ends_know_the_same_entries_and_mean_the_same_days() {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    let news = peer.compare(&world, day(TODAY), false).await;
    assert!(news.reply.digest.is_none() && !news.reply.batch.entries.is_empty());
    peer.settle(&world).await;
    let yesterday = peer.compare(&world, day("2026-02-01"), false).await;
    assert_eq!((yesterday.reply.digest, yesterday.reply.digest_from), (None, Some(day(TODAY))));
    world.appointment("2026-02-03T09:40:00+01:00").await;
    assert!(peer.compare(&world, day(TODAY), false).await.reply.digest.is_none(), "there is something new");
    assert_eq!(peer.compare(&world, day(TODAY), false).await.equal(), Some(true));
}

#[tokio::test]
async fn an_exchange_with_nothing_to_say_costs_at_most_400_bytes_each_way() {
    let mut world = World::open().await;
    world.appointment("2026-02-03T09:40:00+01:00").await;
    let peer = world.enrolled().await;
    peer.settle(&world).await;
    let said = peer.compare(&world, day(TODAY), false).await;
    assert_eq!((said.equal(), said.reply.batch.entries.len()), (Some(true), 0));
    println!("request {} bytes, reply {} bytes", said.bytes.0, said.bytes.1);
    assert!(said.bytes.0 <= 400 && said.bytes.1 <= 400, "{:?}", said.bytes);
}
