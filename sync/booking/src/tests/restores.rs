//! The server lost its disk or got an old copy: what is back, what is sold, what is not.

use std::path::Path;

use protocol::agree::Mode;
use protocol::exchange::Refusal;
use store::{StoreError, standing};

use super::restored_box::refused;
use super::*;
use crate::MIGRATIONS;
use crate::citizen::{AppointmentState, HoldError};

const FIRST: &str = "2026-02-03T09:40:00+01:00";
const SECOND: &str = "2026-02-04T10:00:00+01:00";

impl World {
    /// With every entry once more in another folder.
    pub(super) async fn with_second_journal() -> Self {
        let world = Self::open().await;
        std::fs::create_dir(world.folder.path().join("second")).expect("a folder");
        world.restart().await
    }

    /// Delivers what is due; answers how many mails left.
    async fn mails(&mut self) -> usize {
        self.deliver().await;
        std::iter::from_fn(|| self.sink.mails.try_recv().ok()).count()
    }

    pub(super) async fn back_up(&self) -> PathBuf {
        let file = self.folder.path().join("copy.backup");
        store::backup::backup(&self.core.db, &file).await.expect("a backup");
        file
    }

    /// The server dies, `harm` is done to its folder, and it starts again.
    async fn struck(self, harm: impl FnOnce(&Path)) -> Self {
        let now = self.now();
        // As at a clean stop: right after a restore the second journal is being written anew.
        let last = self.core.db.clone();
        let flushed = tokio::task::spawn_blocking(move || last.flush_second(std::time::Duration::from_secs(20))).await;
        assert!(matches!(flushed, Ok(store::SecondState::None | store::SecondState::Good)), "{flushed:?}");
        let Self { folder, core, citizen, post, sink, clock } = self;
        drop((citizen, post));
        drop(core);
        harm(folder.path());
        let core = Self::core(&folder, now).await;
        Self::around(folder, core, sink, clock)
    }

    pub(super) async fn restored(self, backup: &Path) -> Self {
        let now = self.now();
        self.struck(|folder| {
            let done = store::backup::restore(backup, &folder.join("booking.db"), MIGRATIONS, None, now);
            assert!(done.expect("put in place").aside.is_some());
        })
        .await
    }

    async fn mode(&self) -> Mode {
        self.core.db.read(|tx| standing::mode(tx, &office())).await.expect("read")
    }

    async fn tries(&self, start: &str) -> Result<HoldSecret, HoldError> {
        self.citizen.hold(&office(), &self.pick(&[1], 1), at(start), self.now()).await
    }

    async fn state(&self, appointment: &AppointmentSecret) -> Option<AppointmentState> {
        self.citizen.appointment(appointment, self.now()).await.expect("looked").map(|view| view.state)
    }

    /// How many confirmed bookings there are.
    pub(super) async fn confirmed(&self) -> u32 {
        let sql = "SELECT count(*) FROM bookings WHERE state = 'confirmed'";
        let count = move |tx: &store::rusqlite::Transaction<'_>| {
            Ok::<u32, StoreError>(tx.query_row(sql, [], |row| row.get(0))?)
        };
        self.core.db.read(count).await.expect("counted")
    }
}

fn paused<T>(outcome: Result<T, HoldError>) -> bool {
    matches!(outcome, Err(HoldError::Trouble(Trouble::Paused(_))))
}

#[tokio::test]
async fn with_a_second_journal_an_old_backup_loses_nothing_and_sells_at_once() {
    let mut world = World::with_second_journal().await;
    let (_browser, kept) = world.booked(FIRST).await;
    let backup = world.back_up().await;
    world.citizen.cancel(&kept, world.now()).await.expect("cancelled");
    assert!(world.mails().await > 0);
    world.booked(SECOND).await;
    assert!(world.mails().await > 0);
    let mut world = world.restored(&backup).await;
    assert_eq!(world.mode().await, Mode::Active);
    assert_eq!(world.state(&kept).await, Some(AppointmentState::Cancelled));
    assert_eq!(world.confirmed().await, 1);
    world.verify().await;
    let third = world.tries(FIRST).await.expect("it sells");
    world.citizen.give_back(&third, world.now()).await.expect("given back");
    assert_eq!(world.mails().await, 0, "what came back was mailed before");
}

#[tokio::test]
async fn an_old_backup_sells_nothing_until_the_box_told_what_it_knows() {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    let (_browser, kept) = world.booked(FIRST).await;
    let backup = world.back_up().await;
    let held = world.hold("2026-02-06T10:00:00+01:00").await;
    world.mails().await;
    world.booked(SECOND).await;
    peer.exchange(&world, None).await.expect("taken");
    let world = world.restored(&backup).await;
    assert_eq!(world.mode().await, Mode::Unproven);
    assert!(paused(world.tries(SECOND).await), "nothing is sold");
    assert!(world.citizen.days(&office(), &world.pick(&[1], 1), world.now()).await.is_err());
    world.citizen.cancel(&kept, world.now()).await.expect("what is booked can be cancelled");
    assert_eq!(world.state(&kept).await, Some(AppointmentState::Cancelled));
    let refusal = refused(&peer, &world).await;
    assert!(matches!(refusal, Refusal::UnknownIncarnation { .. } | Refusal::Rejoin), "{refusal}");
    peer.rejoin(&world).await;
    assert_eq!(world.mode().await, Mode::Active);
    assert_eq!(world.confirmed().await, 1, "the second is back, the first is cancelled");
    world.verify().await;
    assert!(world.citizen.held(&held, world.now()).await.expect("looked").is_none(), "a form is not a booking");
    assert!(world.tries(FIRST).await.is_ok() && world.tries(FIRST).await.is_ok(), "the cancelled seat is free");
    peer.exchange(&world, None).await.expect("the line goes on");
    assert_eq!(peer.exchange(&world, None).await.expect("taken").len(), 0);
}

#[tokio::test]
async fn what_the_desk_called_off_stays_off_when_the_booking_comes_back_after_that() {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    let backup = world.back_up().await;
    world.booked(SECOND).await;
    peer.exchange(&world, None).await.expect("taken");
    let read = |tx: &store::rusqlite::Transaction<'_>| {
        Ok::<i64, StoreError>(tx.query_row("SELECT booking FROM bookings", [], |row| row.get(0))?)
    };
    let booking = names::BookingId::from_bits(world.core.db.read(read).await.expect("one").cast_unsigned());
    peer.tell(&world, "cancelled", serde_json::json!({ "booking": booking })).await;
    assert_eq!(world.confirmed().await, 0);
    let world = world.restored(&backup).await;
    refused(&peer, &world).await;
    peer.rejoin(&world).await;
    assert_eq!((world.mode().await, world.confirmed().await), (Mode::Active, 0));
    world.verify().await;
}

#[tokio::test]
async fn a_booking_the_box_never_heard_of_burns_what_was_free() {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    peer.exchange(&world, None).await.expect("taken");
    let backup = world.back_up().await;
    world.booked(SECOND).await;
    let world = world.restored(&backup).await;
    peer.exchange(&world, None).await.expect_err("another life");
    peer.rejoin(&world).await;
    assert_eq!(world.mode().await, Mode::Active);
    let outcome = world.tries(SECOND).await;
    assert!(matches!(outcome, Err(HoldError::Taken { .. })), "it may be sold: {:?}", outcome.map(drop));

    // A person has looked, and answers for it.
    let (office, now) = (office(), world.now());
    let counted = crate::restore::reopen(&world.core, &office, false, now).await.expect("counted");
    assert!(counted.contains("--checked"), "{counted}");
    assert!(world.tries(SECOND).await.is_err(), "only counted");
    crate::restore::reopen(&world.core, &office, true, now).await.expect("opened");
    assert!(world.tries(SECOND).await.is_ok());
}

#[tokio::test]
async fn an_empty_server_gets_its_bookings_back_from_the_box() {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    world.booked(FIRST).await;
    world.mails().await;
    let (_browser, second) = world.booked(SECOND).await;
    let before = world.citizen.appointment(&second, world.now()).await.expect("looked").expect("there");
    peer.exchange(&world, None).await.expect("taken");
    let mut world = world
        .struck(|folder| {
            for file in ["booking.db", "booking.db-wal", "booking.db-shm", "witness"] {
                let _not_there = std::fs::remove_file(folder.join(file));
            }
        })
        .await;
    world.mails().await;
    assert_eq!(world.confirmed().await, 0);
    peer.enrol(&world, world.code().await).await.expect("a new code");
    peer.rejoin(&world).await;
    assert_eq!(world.confirmed().await, 2);
    assert_eq!(world.mode().await, Mode::Active);
    let status = world.citizen.status_by_token(&before.token, world.now()).await.expect("looked");
    assert_eq!(status.expect("codes of before are known").state, Some(AppointmentState::Confirmed));
    assert!(matches!(world.tries(SECOND).await, Err(HoldError::Taken { .. })), "nobody knows what was sold");
    assert_eq!(world.mails().await, 0, "no mail for what came back");
    peer.exchange(&world, None).await.expect("the line goes on");
}

#[tokio::test]
async fn without_a_box_nothing_is_waited_for() {
    let mut world = World::open().await;
    let backup = world.back_up().await;
    world.booked(FIRST).await;
    let world = world.restored(&backup).await;
    assert_eq!(world.mode().await, Mode::Active);
    assert!(matches!(world.tries(FIRST).await, Err(HoldError::Taken { .. })));
}

#[tokio::test]
async fn contacts_come_back_from_the_box_with_the_key_on_paper() {
    let mut world = World::open().await;
    let (public, paper) = restore::new_recovery_key().expect("a key");
    let key = public.parse().expect("a public half");
    let set = move |tx: &store::rusqlite::Transaction<'_>| crate::recovery::set_key(tx, Some(&key));
    world.core.db.write(set).await.expect("set");
    let peer = world.enrolled().await;
    world.booked(FIRST).await;
    world.deliver().await;
    let mailed = appointment_in(&world.sink.next());
    peer.exchange(&world, None).await.expect("taken");
    let world = world
        .struck(|folder| {
            for file in ["booking.db", "booking.db-wal", "booking.db-shm", "witness"] {
                let _not_there = std::fs::remove_file(folder.join(file));
            }
        })
        .await;
    peer.enrol(&world, world.code().await).await.expect("a new code");
    peer.rejoin(&world).await;
    assert_eq!(world.state(&mailed).await, None, "nobody can open it yet");
    let key = protocol::sealed::OpenKey::from_text(&paper).expect("typed well");
    let recover = move |tx: &store::rusqlite::Transaction<'_>| crate::recovery::recover(tx, &office(), &key);
    assert_eq!(world.core.db.write(recover).await.expect("opened"), 1);
    assert_eq!(world.state(&mailed).await, Some(AppointmentState::Confirmed), "the mail's link works again");
    let view = world.citizen.appointment(&mailed, world.now()).await.expect("looked").expect("there");
    assert_eq!(view.name.as_deref(), Some("Erika Muster"));
    world.clock.store(at("2026-02-06T00:00:00+01:00").as_second(), Ordering::Relaxed);
    assert!(care::erase(&world.core, world.now()).await.expect("erased") > 0);
    let left = "SELECT count(*) FROM journal JOIN journal_content USING (position) WHERE kind = 'contact'";
    let count =
        move |tx: &store::rusqlite::Transaction<'_>| Ok::<u32, StoreError>(tx.query_row(left, [], |row| row.get(0))?);
    assert_eq!(world.core.db.read(count).await.expect("counted"), 0);
}

#[tokio::test]
async fn the_same_backup_is_put_back_again_and_again_without_loss() {
    let mut world = World::with_second_journal().await;
    let backup = world.back_up().await;
    for start in [FIRST, SECOND, "2026-02-05T10:00:00+01:00"] {
        world.booked(start).await;
        world.mails().await;
        let before = world.confirmed().await;
        for round in 0..2 {
            world = world.restored(&backup).await;
            assert_eq!(world.confirmed().await, before, "{start} {round}");
            world.verify().await;
        }
    }
}
