//! The second medium: removed, returned, full, hanging, foreign.

use super::double::Wrong;
use super::world::{World, office};
use crate::second::{FILE, Opened, SecondState, Trouble};
use crate::{StoreError, journal};

fn is_behind(state: &SecondState, with: &Trouble) -> bool {
    matches!(state, SecondState::Behind { why, .. } if why == with)
}

#[test]
fn everything_is_on_the_stick_in_the_order_of_the_journal() {
    let mut world = World::new();
    world.write("hall.called").expect("written");
    world.sell();
    assert_eq!(world.db().second(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
    world.write("hall.called").expect("written");
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.start(), Opened::Normal);
    world.sell();
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
}

#[test]
fn a_sale_is_synced_on_the_stick_before_it_is_told() {
    let world = World::new();
    assert_eq!(world.flushed(), SecondState::Good);
    world.write("hall.called").expect("written");
    let sold = world.sell();
    world.stick.cut();
    assert_eq!(world.on_stick().last().expect("rows").1, sold);
}

#[test]
fn a_stick_that_is_pulled_out_stops_nothing_and_is_brought_up_when_it_is_back() {
    let world = World::new();
    world.sell();
    world.stick.becomes(Wrong::Gone);
    world.sell();
    world.sell();
    world.wait_until(|state| is_behind(state, &Trouble::Missing));
    world.stick.becomes(Wrong::Nothing);
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
}

#[test]
fn a_stick_that_comes_later_gets_everything() {
    let mut world = World::new();
    world.stop();
    world.stick.put(FILE, None);
    world.stick.becomes(Wrong::Gone);
    world.start();
    for _sale in 0..700 {
        world.write("hall.called").expect("written");
    }
    assert!(matches!(world.flushed(), SecondState::Behind { since_position: 0, why: Trouble::Missing }));
    world.stick.becomes(Wrong::Nothing);
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick().len(), 700);
    assert_eq!(world.on_stick(), world.journal());
}

#[test]
fn a_full_stick_stops_nothing_and_goes_on_when_there_is_space() {
    let world = World::new();
    world.sell();
    world.stick.leave(100);
    for _sale in 0..5 {
        world.sell();
    }
    world.wait_until(|state| is_behind(state, &Trouble::Full));
    let rows = world.on_stick();
    assert!(world.journal().starts_with(&rows), "what is on it is a beginning");
    world.stick.leave(usize::MAX);
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
}

#[test]
fn a_broken_stick_is_written_anew_when_it_works_again() {
    let world = World::new();
    world.sell();
    world.stick.becomes(Wrong::Broken);
    world.sell();
    world.wait_until(|state| matches!(state, SecondState::Behind { why: Trouble::Failed(_), .. }));
    world.stick.cut();
    world.stick.becomes(Wrong::Nothing);
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
}

#[test]
fn a_hanging_stick_delays_one_sale_by_its_limit_and_then_none() {
    let mut world = World::new();
    world.sell();
    world.stick.becomes(Wrong::Hanging);
    world.sell();
    assert!(is_behind(&world.db().second(), &Trouble::Slow));
    // More than may wait for the thread: none of them waits for it.
    for _call in 0..200 {
        world.sell();
    }
    world.stick.becomes(Wrong::Nothing);
    world.wait_until(|state| *state == SecondState::Good);
    assert_eq!(world.flushed(), SecondState::Good);
    assert_eq!(world.on_stick(), world.journal());
    assert_eq!(world.start(), Opened::Normal);
}

#[test]
fn the_stick_of_another_box_is_recognised_and_never_written() {
    let (mut world, other) = (World::new(), World::new());
    other.sell();
    assert_eq!(other.flushed(), SecondState::Good);
    world.sell();
    world.stop();
    let theirs = other.stick.file(FILE);
    world.stick.put(FILE, theirs.clone());
    assert_eq!(world.start(), Opened::Normal);
    world.sell();
    assert!(is_behind(&world.flushed(), &Trouble::Foreign));
    assert_eq!(world.stick.file(FILE), theirs);
    assert_eq!(world.journal().len(), 2, "nothing is mixed in");
}

#[test]
fn a_file_that_is_none_of_ours_is_never_written() {
    let mut world = World::new();
    world.stop();
    world.stick.put(FILE, Some(b"Urlaubsfotos".to_vec()));
    world.start();
    world.sell();
    assert!(is_behind(&world.flushed(), &Trouble::Foreign));
    assert_eq!(world.stick.file(FILE).as_deref(), Some(&b"Urlaubsfotos"[..]));
}

#[test]
fn the_empty_folder_that_a_stick_is_mounted_on_is_no_stick() {
    let mut world = World::new();
    world.sell();
    assert_eq!(world.flushed(), SecondState::Good);
    // It was once seen on a device of its own.
    world.start();
    world.start();
    world.stop();
    let places = crate::Places::of(names::Side::Box).witness(world.witness()).second(world.dir.path().join("stick"));
    std::fs::create_dir(world.dir.path().join("stick")).expect("made");
    let (db, opened) = crate::Db::open_with(&world.path(), &[], &places).expect("opens");
    assert_eq!(opened, Opened::Normal);
    assert!(is_behind(&db.flush_second(std::time::Duration::from_secs(30)), &Trouble::Missing));
    assert_eq!(std::fs::read_dir(world.dir.path().join("stick")).expect("readable").count(), 0);
}

#[test]
fn what_is_erased_leaves_the_stick_with_its_next_writing() {
    let mut world = World::new();
    world.sell();
    world.db().write_blocking(|tx| journal::erase(tx, 1)).expect("erased");
    assert_eq!(world.flushed(), SecondState::Good);
    world.rewritten();
    assert_eq!(world.flushed(), SecondState::Good);
    assert!(world.on_stick()[0].1.is_erased());
    assert_eq!(world.start(), Opened::Normal);
    world
        .db()
        .read_blocking(|tx| journal::in_order(tx, &office(), 0).collect::<Result<Vec<_>, StoreError>>())
        .expect("readable");
}
