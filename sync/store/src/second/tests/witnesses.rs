//! The witness: ahead, behind, lost, damaged, full, broken.

use protocol::agree::Mode;
use protocol::sheet::MintMark;

use std::path::Path;

use super::double::{Double, Wrong};
use super::world::{World, bytes, cursor, day, office};
use crate::second::stamp::{Kind, Stamp};
use crate::second::witness::{Evidence, Records, Witness};
use crate::second::{BlockMark, Disk, Opened, Places};
use crate::{Db, StoreError, kv, standing};

fn says(world: &World) -> crate::WitnessRecord {
    match Witness::look(&Disk, &world.witness()).expect("readable") {
        Evidence::Good { records, .. } => records.get(&office()).copied().expect("a record"),
        Evidence::Missing | Evidence::Damaged => panic!("no witness"),
    }
}

/// The one office that is not settled.
pub(super) fn unsettled(opened: &Opened) -> protocol::seats::Restored {
    match opened {
        Opened::Restored { offices, .. } if offices.len() == 1 => offices[0].restored,
        Opened::Restored { .. } | Opened::Normal => panic!("{opened:?}"),
    }
}

#[test]
fn the_witness_knows_of_a_sale_before_anybody_hears_of_it() {
    let world = World::new();
    let sold = world.sell();
    assert_eq!(says(&world).last, Some(cursor(&sold)));
    world.write("hall.called").expect("written");
    assert_eq!(says(&world).last, Some(cursor(&sold)), "the hall is none of its business");
    world.note(day(23));
    assert_eq!(says(&world).minted, MintMark::UpTo(day(23)));
    world.note(day(20));
    assert_eq!(says(&world).minted, MintMark::UpTo(day(23)));
}

#[test]
fn a_mark_that_a_person_takes_back_is_taken_back_for_good() {
    let mut world = World::new();
    world.sell();
    world.note(day(23));
    world.db().write_blocking(|tx| kv::remove(tx, &standing::minted_key(&office()))).expect("taken back");
    assert_eq!(says(&world).minted, MintMark::Never);
    assert_eq!(world.start(), Opened::Normal);
    assert_eq!(world.db().witness(&office()).minted, MintMark::Never);
}

#[test]
fn a_start_in_peace_or_after_a_kill_is_normal_and_keeps_what_the_witness_says() {
    let mut world = World::new();
    let sold = world.sell();
    world.note(day(23));
    for _start in 0..3 {
        assert_eq!(world.start(), Opened::Normal);
        assert_eq!(world.db().witness(&office()).last, Some(cursor(&sold)));
        assert_eq!(world.db().witness(&office()).minted, MintMark::UpTo(day(23)));
        assert_eq!(says(&world), world.db().witness(&office()));
    }
    assert_eq!(world.sell().number, 2);
}

#[test]
fn a_witness_behind_the_database_is_brought_up_and_nothing_happened() {
    let mut world = World::new();
    world.sell();
    let before = bytes(&world.witness());
    let sold = world.sell();
    world.stop();
    // As after a power cut between commit and witness.
    std::fs::write(world.witness(), before).expect("written");
    assert_eq!(world.start(), Opened::Normal);
    assert_eq!(says(&world).last, Some(cursor(&sold)));
}

#[test]
fn an_older_copy_of_the_database_is_found_out_once() {
    let mut world = World::new();
    let kept = world.sell();
    let copy = world.copy();
    world.stick.becomes(Wrong::Gone);
    let lost = world.sell();
    world.note(day(25));
    world.roll_back(&copy);
    let opened = world.start();
    let restored = unsettled(&opened);
    assert_eq!(restored.backup, Some(cursor(&kept)));
    assert_eq!(restored.witness, Some(cursor(&lost)));
    let life = world.own_lives();
    assert_ne!(life[0].incarnation, kept.incarnation);
    let mode = |world: &World| world.db().read_blocking(|tx| standing::mode(tx, &office())).expect("readable");
    assert_eq!(mode(&world), Mode::Unproven);
    let mark = world.db().read_blocking(|tx| standing::mint_mark(tx, &office())).expect("readable");
    assert_eq!(mark, MintMark::UpTo(day(25)), "the marks come back from the witness");
    assert_eq!(world.start(), opened, "told until it is settled");
    assert_eq!(world.own_lives(), life, "one restore, one life");
    assert_eq!(says(&world).last, Some(cursor(&lost)), "the witness does not forget meanwhile");
    world.db().write_blocking(|tx| standing::set_settled(tx, &office())).expect("settled");
    let settled = world.write("settled").expect("written");
    assert_eq!(world.start(), Opened::Normal);
    assert_eq!(says(&world).last, Some(cursor(&settled)));
}

#[test]
fn a_lost_or_damaged_witness_proves_nothing() {
    for damage in [false, true] {
        let mut world = World::new();
        world.sell();
        world.sell();
        world.stop();
        if damage {
            let mut damaged = bytes(&world.witness());
            // In the header, or in a record that is not the last one.
            let place = damaged.windows(4).rposition(|w| w == b"AuL1").expect("a record") - 10;
            damaged[place] ^= 4;
            std::fs::write(world.witness(), damaged).expect("written");
        } else {
            std::fs::remove_file(world.witness()).expect("removed");
        }
        let opened = world.start();
        assert_eq!(unsettled(&opened).witness, None);
        let record = says(&world);
        assert_eq!((record.minted, record.blocks), (MintMark::Lost, BlockMark::Lost));
        assert_eq!(world.start(), opened, "found out once");
    }
}

#[test]
fn a_new_store_and_one_that_gets_its_first_witness_are_normal() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("store.db");
    drop(Db::open(&path, &[]).expect("opens"));
    let places = Places::of(names::Side::Box).witness(dir.path().join("witness"));
    for _start in 0..2 {
        let (_db, opened) = Db::open_with(&path, &[], &places).expect("opens");
        assert_eq!(opened, Opened::Normal);
    }
}

#[test]
fn a_first_witness_that_could_not_be_written_is_not_missed_later() {
    let (dir, double, places) = on_double();
    let path = dir.path().join("store.db");
    let db = Db::open(&path, &[]).expect("opens");
    sell(&db).expect("written");
    drop(db);
    double.becomes(Wrong::Broken);
    Db::open_with(&path, &[], &places).expect_err("no witness");
    double.becomes(Wrong::Nothing);
    let (_db, opened) = Db::open_with(&path, &[], &places).expect("opens");
    assert_eq!(opened, Opened::Normal);
}

fn on_double() -> (tempfile::TempDir, Double, Places) {
    let dir = tempfile::tempdir().expect("a folder");
    let double = Double::under(&dir.path().join("other"));
    let places = Places::of(names::Side::Box).witness(dir.path().join("other/witness"));
    let places = places.on(std::sync::Arc::new(double.clone()));
    (dir, double, places)
}

fn sell(db: &Db) -> Result<(), StoreError> {
    db.write_blocking(|tx| {
        let body = serde_json::Map::new();
        let draft = protocol::entry::Draft { kind: "booked".to_owned(), at: jiff::Timestamp::UNIX_EPOCH, body };
        crate::journal::append(tx, &office(), names::Side::Box, &[draft]).map(drop)
    })
}

#[test]
fn without_space_for_the_witness_a_step_fails_whole_and_goes_on_later() {
    let (dir, double, places) = on_double();
    let (db, _opened) = Db::open_with(&dir.path().join("store.db"), &[], &places).expect("opens");
    double.leave(0);
    let refused = sell(&db).expect_err("no room");
    assert!(matches!(&refused, StoreError::Unwitnessed { .. }) && !refused.is_permanent(), "{refused}");
    let entries = |db: &Db| db.read_blocking(crate::second::lives::last_position).expect("readable");
    assert_eq!(entries(&db), 0, "undone");
    db.write_blocking(|tx| kv::set(tx, "hall", b"goes on")).expect("no seat, no witness");
    double.leave(1_000_000);
    sell(&db).expect("space again");
    assert_eq!(entries(&db), 1);
}

#[test]
fn a_broken_witness_stops_all_steps_until_a_restart() {
    let (dir, double, places) = on_double();
    let path = dir.path().join("store.db");
    let (db, _opened) = Db::open_with(&path, &[], &places).expect("opens");
    sell(&db).expect("written");
    double.becomes(Wrong::Broken);
    assert!(matches!(sell(&db), Err(StoreError::Unwitnessed { .. })));
    double.becomes(Wrong::Nothing);
    assert!(matches!(sell(&db), Err(StoreError::Frozen { .. })), "committed and told to nobody: only a restart helps");
    drop(db);
    double.cut();
    let (db, opened) = Db::open_with(&path, &[], &places).expect("opens");
    assert_eq!(opened, Opened::Normal);
    sell(&db).expect("written");
}

#[test]
fn a_witness_of_many_sales_stays_small_and_forgets_no_office() {
    let double = Double::under(Path::new("/data"));
    let path = Path::new("/data/witness");
    let stamp = Stamp::new(Kind::Witness, names::Side::Booking, "store").expect("an id");
    let medium = std::sync::Arc::new(double.clone());
    let mut witness = Witness::begin(medium, path, stamp, Records::new()).expect("written");
    let mut expected = Records::new();
    for round in 0..40_u16 {
        let record = crate::WitnessRecord { blocks: BlockMark::UpTo(round), ..crate::WitnessRecord::NEW };
        let office = |n: u32| format!("office-{n}").parse().expect("a good name");
        let said: Records = (0..600).map(|n| (office(n + u32::from(round)), record)).collect();
        expected.extend(said.clone());
        witness.reserve(&said).expect("room");
        witness.say(said).expect("said");
        let size = double.file("witness").expect("there").len();
        assert!(size < 2 * 1024 * 1024, "{size} bytes after {round} rounds");
    }
    match Witness::look(&double, path).expect("readable") {
        Evidence::Good { records, .. } => assert_eq!(records, expected),
        Evidence::Missing | Evidence::Damaged => panic!("no witness"),
    }
}
