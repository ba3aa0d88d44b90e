//! Backups of a running store: whole, private, checked, rotated.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use names::Side;

use super::world::{World, office};
use crate::backup::{self, MAX_AGE, Round};
use crate::{Db, StoreError, journal, kv};

fn round(world: &World, folder: &Path, now: Timestamp, keep: usize) -> Result<Round, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(backup::round(world.db(), folder, now, keep))
}

fn after(days: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(days * 24)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("readable")
        .map(|file| file.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_holds_everything_of_the_database_and_is_a_store_itself() {
    let world = World::new();
    for _sale in 0..20 {
        world.sell();
    }
    world.db().write_blocking(|tx| kv::set(tx, "key", b"value")).expect("written");
    let copy = world.copy();
    let db = Db::open(&copy.path().join("store.db"), &[]).expect("opens");
    let read = |db: &Db| {
        db.read_blocking(|tx| {
            let entries = journal::in_order(tx, &office(), 0).collect::<Result<Vec<_>, StoreError>>()?;
            Ok::<_, StoreError>((entries, kv::get(tx, "key")?, journal::cursor(tx, &office(), Side::Box)?))
        })
        .expect("readable")
    };
    assert_eq!(read(&db), read(world.db()));
    assert_eq!(names(copy.path()), ["store.db", "store.db-wal", "store.db.lock"], "no witness");
}

#[cfg(unix)]
#[test]
fn only_our_own_user_may_read_a_backup_or_what_a_restore_leaves() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let mut world = World::new();
    world.sell();
    let copy = world.copy();
    let file = copy.path().join("store.db");
    assert_eq!(mode(&file), 0o600);
    world.stop();
    let restored = backup::restore(&file, &world.path(), &[], None, Timestamp::UNIX_EPOCH).expect("restored");
    assert_eq!((mode(&world.path()), mode(&restored.aside.expect("kept"))), (0o600, 0o600));
}

#[test]
fn rounds_keep_the_newest_few_and_nothing_older_than_a_fortnight() {
    let world = World::new();
    world.sell();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("notes.txt"), "not ours").expect("written");
    for day in 0..4 {
        round(&world, folder.path(), after(day), 3).expect("a backup");
    }
    let kept = ["19700102T000000Z.backup", "19700103T000000Z.backup", "19700104T000000Z.backup", "notes.txt"];
    assert_eq!(names(folder.path()), kept);
    let done = round(&world, folder.path(), after(16) + SignedDuration::from_secs(1), 100).expect("a backup");
    assert_eq!(MAX_AGE, SignedDuration::from_hours(14 * 24));
    let gone: Vec<PathBuf> = [kept[1], kept[0]].iter().map(|name| folder.path().join(name)).collect();
    assert_eq!(done.removed, gone);
    let back = round(&world, folder.path(), after(1), 1).expect("a backup by a clock that went back");
    assert!(back.made.exists(), "the new one always stays");
}

#[test]
fn a_round_that_fails_removes_nothing() {
    let world = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    round(&world, folder.path(), after(0), 1).expect("a backup");
    std::fs::create_dir(folder.path().join("19700102T000000Z.backup.new")).expect("in the way");
    round(&world, folder.path(), after(1), 1).expect_err("it cannot be written");
    assert!(folder.path().join("19700101T000000Z.backup").exists());
    world.sell();
}

#[test]
fn what_a_restore_set_aside_is_forgotten_after_a_fortnight_as_well() {
    let mut world = World::new();
    world.sell();
    let copy = world.copy();
    world.stop();
    let restored = backup::restore(&copy.path().join("store.db"), &world.path(), &[], None, after(0));
    let aside = restored.expect("restored").aside.expect("kept");
    world.start();
    let folder = tempfile::tempdir().expect("a folder");
    round(&world, folder.path(), after(14), 9).expect("a backup");
    assert!(aside.exists());
    let done = round(&world, folder.path(), after(15), 9).expect("a backup");
    assert_eq!(done.removed.as_slice(), std::slice::from_ref(&aside));
    assert!(!aside.exists() && world.path().exists() && world.witness().exists());
}
