//! Restores: with the stick there, missing, of another office, forked; by hand and by command.

use protocol::entry::Minted;
use protocol::seats::{Ending, Shelf};
use protocol::sheet::SeatState;

use super::double::Wrong;
use super::witnesses::unsettled;
use super::world::{World, cursor, day, office};
use crate::second::{self, FILE, Opened, SecondState, Trouble};
use crate::{OfficeShelf, StoreError, backup, standing};

fn imported(opened: &Opened) -> Option<u64> {
    match opened {
        Opened::Restored { imported_from, .. } => *imported_from,
        Opened::Normal => None,
    }
}

#[test]
fn with_the_stick_there_everything_comes_back() {
    let mut world = World::new();
    let kept = world.sell();
    let copy = world.copy();
    let sold = world.sell();
    world.write("hall.called").expect("written");
    assert_eq!(world.flushed(), SecondState::Good);
    let before = world.journal();
    world.roll_back(&copy);
    let opened = world.start();
    assert_eq!(imported(&opened), Some(2));
    assert_eq!(unsettled(&opened).backup, Some(cursor(&kept)));
    assert_eq!(unsettled(&opened).witness, Some(cursor(&sold)));
    assert_eq!(world.journal(), before);
    assert_ne!(world.own_lives()[0].incarnation, kept.incarnation, "a new life all the same");
    assert_eq!(world.start(), opened, "told until the program has applied it");
    world.db().write_blocking(second::applied).expect("applied");
    assert_eq!(imported(&world.start()), None);
    world.db().write_blocking(|tx| standing::set_settled(tx, &office())).expect("settled");
    assert_eq!(world.start(), Opened::Normal);
    world.sell();
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
}

#[test]
fn a_loss_of_hall_facts_alone_is_found_out_by_the_stick() {
    let mut world = World::new();
    world.sell();
    let copy = world.copy();
    world.write("hall.called").expect("written");
    assert_eq!(world.flushed(), SecondState::Good);
    world.roll_back(&copy);
    let opened = world.start();
    assert_eq!(imported(&opened), Some(2));
    assert_eq!(world.journal().len(), 2);
}

#[test]
fn without_the_stick_the_loss_is_known_and_a_stick_that_comes_later_fills_it_at_the_next_start() {
    let mut world = World::new();
    world.sell();
    let copy = world.copy();
    let sold = world.sell();
    assert_eq!(world.flushed(), SecondState::Good);
    world.roll_back(&copy);
    world.stick.becomes(Wrong::Gone);
    let opened = world.start();
    assert_eq!(unsettled(&opened).witness, Some(cursor(&sold)));
    assert_eq!(imported(&opened), None);
    world.write("hall.called").expect("the hall goes on");
    world.stick.becomes(Wrong::Nothing);
    let state = world.flushed();
    assert!(matches!(state, SecondState::Behind { why: Trouble::KnowsMore, .. }), "{state:?}");
    let opened = world.start();
    assert_eq!(imported(&opened), Some(3));
    assert_eq!(unsettled(&opened).witness, Some(cursor(&sold)));
    assert!(world.journal().iter().any(|(_, entry)| *entry == sold));
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
}

#[test]
fn the_stick_of_another_office_gives_nothing() {
    let (mut world, other) = (World::new(), World::new());
    world.sell();
    let copy = world.copy();
    world.sell();
    other.sell();
    assert_eq!(other.flushed(), SecondState::Good);
    world.roll_back(&copy);
    world.stick.put(FILE, other.stick.file(FILE));
    let opened = world.start();
    assert_eq!(imported(&opened), None);
    assert!(unsettled(&opened).witness.is_some());
    assert_eq!(world.stick.file(FILE), other.stick.file(FILE));
}

#[test]
fn a_new_disk_takes_everything_from_the_stick_and_proves_nothing_without_a_witness() {
    let mut world = World::new();
    let first = world.sell();
    world.sell();
    world.write("hall.called").expect("written");
    assert_eq!(world.flushed(), SecondState::Good);
    let before = world.journal();
    world.stop();
    for name in ["store.db", "store.db-wal", "store.db-shm", "witness"] {
        let _none = std::fs::remove_file(world.dir.path().join(name));
    }
    let opened = world.start();
    assert_eq!(imported(&opened), Some(1));
    assert_eq!(unsettled(&opened), protocol::seats::Restored { backup: None, witness: None });
    assert_eq!(world.journal(), before);
    assert_ne!(world.own_lives()[0].incarnation, first.incarnation);
    assert_eq!(world.flushed(), SecondState::Good, "it is our stick now");
}

#[test]
fn a_box_that_replaces_another_takes_over_its_stick_even_if_it_ran_before() {
    let (mut world, old) = (World::new(), World::new());
    old.sell();
    assert_eq!(old.flushed(), SecondState::Good);
    world.write("hall.called").expect("it ran once");
    world.stop();
    world.stick.put(FILE, old.stick.file(FILE));
    backup::put_aside(&world.path(), jiff::Timestamp::UNIX_EPOCH).expect("moved").expect("there was one");
    let opened = world.start();
    assert_eq!(imported(&opened), Some(1));
    assert_eq!(unsettled(&opened).witness, None);
    assert_eq!(world.journal(), old.journal());
    assert_eq!(world.flushed(), SecondState::Good);
}

#[test]
fn a_new_database_beside_the_old_witness_is_no_new_office() {
    let mut world = World::new();
    world.stick.becomes(Wrong::Gone);
    let sold = world.sell();
    world.stop();
    for name in ["store.db", "store.db-wal", "store.db-shm"] {
        let _none = std::fs::remove_file(world.dir.path().join(name));
    }
    assert_eq!(unsettled(&world.start()), protocol::seats::Restored { backup: None, witness: Some(cursor(&sold)) });
}

#[test]
fn a_stick_that_knows_another_story_is_kept_aside_and_a_new_one_is_begun() {
    let mut world = World::new();
    world.sell();
    let copy = world.copy();
    world.sell();
    assert_eq!(world.flushed(), SecondState::Good);
    let theirs = world.stick.file(FILE);
    // Rolled back with its witness, and gone on without the stick: nobody could know.
    world.roll_back(&copy);
    std::fs::remove_file(world.witness()).expect("removed");
    drop(crate::Db::open(&world.path(), &[]).map(|db| {
        db.write_blocking(|tx| {
            let draft = crate::tests::world::draft(1);
            crate::journal::append(tx, &office(), names::Side::Box, &[draft]).map(drop)
        })
        .expect("written");
    }));
    let opened = world.start();
    assert!(matches!(opened, Opened::Restored { .. }));
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
    assert_eq!(world.stick.file("aufruf.aside-1"), theirs, "{:?}", world.stick.names());
}

#[test]
fn an_erased_content_does_not_come_back_with_the_backup() {
    let mut world = World::new();
    world.sell();
    let copy = world.copy();
    world.db().write_blocking(|tx| crate::journal::erase(tx, 1)).expect("erased");
    world.sell();
    world.rewritten();
    assert_eq!(world.flushed(), SecondState::Good);
    world.roll_back(&copy);
    world.start();
    assert!(world.journal()[0].1.is_erased());
}

#[test]
fn a_backup_by_command_is_restored_as_a_restore_even_if_nothing_was_lost() {
    let mut world = World::new();
    let sold = world.sell();
    let copy = world.copy();
    let file = copy.path().join("store.db");
    let now = jiff::Timestamp::UNIX_EPOCH;
    let busy = backup::restore(&file, &world.path(), &[], Some(&office()), now);
    assert!(matches!(busy, Err(StoreError::InUse { .. })), "{busy:?}");
    world.stop();
    let restored = backup::restore(&file, &world.path(), &[], Some(&office()), now).expect("restored");
    assert_eq!(restored.offices, [office()]);
    assert!(restored.aside.expect("kept").exists());
    let opened = world.start();
    assert_eq!(unsettled(&opened).witness, Some(cursor(&sold)), "provable at once");
    assert_ne!(world.own_lives()[0].incarnation, sold.incarnation);
    assert_eq!(world.start(), opened, "one life per restore");
}

#[test]
fn what_is_no_backup_of_ours_is_not_put_in_place() {
    let mut world = World::new();
    world.sell();
    let copy = world.copy();
    world.stop();
    let before = super::world::bytes(&world.path());
    let file = copy.path().join("store.db");
    let now = jiff::Timestamp::UNIX_EPOCH;
    let other = "anderswo".parse().expect("a good name");
    let refused = backup::restore(&file, &world.path(), &[], Some(&other), now).expect_err("another office");
    assert!(refused.to_string().contains("anderswo"), "{refused}");
    std::fs::write(copy.path().join("photo"), [7; 5000]).expect("written");
    let refused = backup::restore(&copy.path().join("photo"), &world.path(), &[], None, now);
    assert!(matches!(refused, Err(StoreError::Foreign { .. })), "{refused:?}");
    let mut damaged = super::world::bytes(&file);
    let len = damaged.len();
    damaged[len - 4096..].fill(0xA5);
    std::fs::write(copy.path().join("damaged"), damaged).expect("written");
    backup::restore(&copy.path().join("damaged"), &world.path(), &[], None, now).expect_err("damaged");
    backup::restore(&copy.path().join("none"), &world.path(), &[], None, now).expect_err("missing");
    assert_eq!(super::world::bytes(&world.path()), before);
    assert_eq!(world.start(), Opened::Normal);
}

fn mint(world: &World, number: i8) {
    let side = world.side;
    let minted = world.db().write_blocking(move |tx| {
        let minted = Minted { day: day(number), booking_lanes: 80, again: false };
        OfficeShelf::new(tx, &office(), side, jiff::Timestamp::UNIX_EPOCH).seats().mint(minted)
    });
    minted.expect("minted");
}

fn settle(world: &World, last_chance: bool) -> Ending {
    let side = world.side;
    let settled = world.db().write_blocking(move |tx| {
        OfficeShelf::new(tx, &office(), side, jiff::Timestamp::UNIX_EPOCH).seats().settle(last_chance)
    });
    settled.expect("settled")
}

fn free(world: &World, number: i8) -> bool {
    let side = world.side;
    let sheet = world
        .db()
        .read_blocking(move |tx| OfficeShelf::new(tx, &office(), side, jiff::Timestamp::UNIX_EPOCH).sheet(day(number)));
    let sheet = sheet.expect("readable").expect("a sheet");
    sheet.spans().iter().any(|span| span.holder == side && span.state == SeatState::Free)
}

#[test]
fn the_stick_proves_all_lost_writes_and_the_seats_are_as_before() {
    let mut world = World::new();
    mint(&world, 23);
    let copy = world.copy();
    mint(&world, 24);
    assert_eq!(world.flushed(), SecondState::Good);
    world.roll_back(&copy);
    world.start();
    assert_eq!(settle(&world, false), Ending::Redone);
    assert!(free(&world, 23) && free(&world, 24));
    world.db().write_blocking(second::applied).expect("applied");
    assert_eq!(world.start(), Opened::Normal);
}

#[test]
fn without_the_stick_nothing_is_proven_and_a_lost_day_is_never_minted_free_again() {
    let mut world = World::new();
    mint(&world, 23);
    let copy = world.copy();
    mint(&world, 24);
    world.roll_back(&copy);
    world.stick.becomes(Wrong::Gone);
    world.start();
    assert_eq!(settle(&world, false), Ending::Waits);
    assert_eq!(settle(&world, true), Ending::Burned);
    mint(&world, 24);
    assert!(!free(&world, 23) && !free(&world, 24));
    mint(&world, 25);
    assert!(free(&world, 25), "a day the witness never saw");
    assert_eq!(world.start(), Opened::Normal);
}

#[test]
fn the_second_disk_of_a_dead_server_brings_the_facts_and_burns_what_nobody_can_vouch_for() {
    let mut world = World::of(names::Side::Booking);
    mint(&world, 23);
    assert_eq!(world.flushed(), SecondState::Good);
    world.stop();
    for name in ["store.db", "store.db-wal", "store.db-shm", "witness"] {
        let _none = std::fs::remove_file(world.dir.path().join(name));
    }
    world.start();
    assert_eq!(settle(&world, false), Ending::Waits);
    assert_eq!(settle(&world, true), Ending::Burned);
    mint(&world, 25);
    assert!(!free(&world, 25), "any day may have been minted");
}
