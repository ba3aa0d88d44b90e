//! Random citizens on few seats: whatever they do and whenever they do it, no seat is sold twice.

use std::sync::atomic::AtomicUsize;

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};

use super::*;
use crate::citizen::{CancelError, MoveError};

/// What a citizen, or time, does next. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Act {
    Hold { start: i64, service: u16, persons: u8 },
    Extend(usize),
    GiveBack(usize),
    Submit(usize),
    Confirm(usize),
    Cancel(usize),
    Move { which: usize, start: i64 },
    Pass(i64),
    Restart,
    BackUp,
    Restore,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0_i64..6, 1_u16..4, 1_u8..3).prop_map(|(start, service, persons)| Act::Hold { start, service, persons }),
        1 => any::<usize>().prop_map(Act::Extend),
        1 => any::<usize>().prop_map(Act::GiveBack),
        8 => any::<usize>().prop_map(Act::Submit),
        8 => any::<usize>().prop_map(Act::Confirm),
        2 => any::<usize>().prop_map(Act::Cancel),
        3 => (any::<usize>(), 0_i64..12).prop_map(|(which, start)| Act::Move { which, start }),
        2 => (1_i64..70).prop_map(Act::Pass),
        1 => Just(Act::Restart),
        1 => Just(Act::BackUp),
        1 => Just(Act::Restore),
    ]
}

#[derive(Default)]
struct People {
    holds: Vec<HoldSecret>,
    links: Vec<LinkSecret>,
    appointments: Vec<AppointmentSecret>,
    backup: Option<PathBuf>,
    /// Links made after a backup that was put back are gone with it.
    restored: bool,
}

fn one<T: Clone>(all: &[T], number: usize) -> Option<T> {
    all.get(number.checked_rem(all.len())?).cloned()
}

/// Does one act; a refusal is a good answer, trouble is not.
async fn step(mut world: World, people: &mut People, act: Act) -> World {
    let now = world.now();
    match act {
        Act::Hold { start, service, persons } => {
            let start = at("2026-02-05T09:00:00+01:00") + minutes(start * 10);
            let pick = world.pick(&[service], persons);
            match world.citizen.hold(&office(), &pick, start, now).await {
                Ok(hold) => people.holds.push(hold),
                Err(error) => assert!(!error.to_string().contains("failed"), "{error}"),
            }
        }
        Act::Extend(number) => {
            if let Some(hold) = one(&people.holds, number) {
                let _refused = world.citizen.extend(&hold, now).await;
            }
        }
        Act::GiveBack(number) => {
            if let Some(hold) = one(&people.holds, number) {
                world.citizen.give_back(&hold, now).await.expect("given back");
            }
        }
        Act::Submit(number) => {
            if let Some(hold) = one(&people.holds, number) {
                let mail = format!("{}@example.org", &hold.expose()[..8]);
                let _gone = world.citizen.details(&hold, form("Erika Muster", &mail), now).await;
                let _gone = world.citizen.submit(&hold, now).await;
                world.deliver().await;
                while let Ok(mail) = world.sink.mails.try_recv() {
                    if text_of(&mail).contains("/bestaetigen/") {
                        people.links.push(link_in(&mail));
                    }
                }
            }
        }
        Act::Confirm(number) => {
            if let Some(link) = one(&people.links, number)
                && let Ok(appointment) = world.citizen.confirm(&link, now).await
            {
                people.appointments.push(appointment);
            }
        }
        Act::Cancel(number) => {
            if let Some(appointment) = one(&people.appointments, number) {
                match world.citizen.cancel(&appointment, now).await {
                    Ok(()) => {}
                    Err(error) => assert!(people.restored && matches!(error, CancelError::Unknown), "{error}"),
                }
            }
        }
        Act::Move { which, start } => {
            if let Some(appointment) = one(&people.appointments, which) {
                move_to(&world, &appointment, start).await;
            }
        }
        Act::Pass(count) => world.pass(count).await,
        Act::Restart => world = world.restart().await,
        Act::BackUp => people.backup = Some(world.back_up().await),
        Act::Restore => {
            if let Some(backup) = &people.backup {
                let before = world.confirmed().await;
                world = world.restored(backup).await;
                people.restored = true;
                assert_eq!(world.confirmed().await, before, "the second journal has every booking");
            }
        }
    }
    world
}

/// To a start of the same morning, or of the one after; a refusal is a good answer.
async fn move_to(world: &World, appointment: &AppointmentSecret, start: i64) {
    let start = at("2026-02-05T09:00:00+01:00") + minutes(start % 6 * 10 + start / 6 * 24 * 60);
    if let Err(error) = world.citizen.move_to(appointment, start, world.now()).await {
        assert!(!matches!(error, MoveError::Trouble(_)), "{error}");
    }
}

/// At no moment more people than lanes, by the bookings alone, whatever the sheets say.
async fn never_more_people_than_lanes(world: &World) {
    let busy = |tx: &store::rusqlite::Transaction<'_>| {
        let sql = "SELECT coalesce(max(n), 0) FROM (SELECT (SELECT count(*) FROM bookings AS other
                   WHERE other.state IN ('editing', 'unconfirmed', 'confirmed')
                   AND other.start <= bookings.start AND bookings.start < other.start + other.length * 60) AS n
                   FROM bookings WHERE state IN ('editing', 'unconfirmed', 'confirmed'))";
        Ok::<u32, Trouble>(tx.query_row(sql, [], |row| row.get(0))?)
    };
    let busy = world.core.db.read(busy).await.expect("counted");
    assert!(busy <= 2, "{busy} at once on two lanes");
}

#[test]
fn whatever_citizens_do_no_seat_is_sold_twice() {
    // Each case is a real store and a real mail server: few cases, long ones.
    let mut runner = TestRunner::new(Cases { cases: 8, failure_persistence: None, ..Cases::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let booked = AtomicUsize::new(0);
    let outcome = runner.run(&proptest::collection::vec(act(), 30..60), |acts| {
        runtime.block_on(async {
            let (mut world, mut people) = (World::with_second_journal().await, People::default());
            for act in acts {
                world = step(world, &mut people, act).await;
                world.verify().await;
                never_more_people_than_lanes(&world).await;
            }
            booked.fetch_add(people.appointments.len(), Ordering::Relaxed);
        });
        Ok(())
    });
    outcome.expect("no seat is sold twice");
    assert!(booked.into_inner() > 10, "the acts are worth something only if some of them book");
}
