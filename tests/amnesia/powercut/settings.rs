//! What SQLite's own setting `synchronous` costs at a power cut: why the store insists on FULL,
//! and that this disk sees what SQLite really syncs.

use std::sync::Arc;

use amnesia::{Chance, Cutter, Disk, Honesty, Image, Loss, Mount};
use store::rusqlite::{Connection, Result};

use crate::workload::folder;

/// Commits before the cut.
const COMMITS: usize = 30;

#[test]
fn with_full_every_commit_survives_the_cut() {
    assert_eq!(survivors("FULL"), COMMITS);
}

#[test]
fn with_normal_and_off_confirmed_commits_are_lost() {
    for setting in ["NORMAL", "OFF"] {
        let left = survivors(setting);
        assert!(left < COMMITS, "{setting}: {left} of {COMMITS} are there, although nothing was synced");
    }
}

/// Commits that are there after the power went right behind the last one.
fn survivors(setting: &str) -> usize {
    let folder = folder();
    let path = folder.path().join("plain.db");
    let disk = Disk::empty(Honesty::Honest);
    let mount = Mount::new(Arc::clone(&disk), folder.path());
    let connection = Connection::open(&path).expect("opens");
    write(&connection, setting).expect("written");
    let trace = disk.trace();
    drop((connection, mount));
    let mut cutter = Cutter::new(Image::default(), &trace);
    cutter.advance(trace.len());
    let image = cutter.cut(Loss::Everything, &mut Chance::new(0, 0));
    let _mount = Mount::new(Disk::with(image, Honesty::Honest), folder.path());
    count(&Connection::open(&path).expect("opens again")).unwrap_or(0)
}

fn write(connection: &Connection, setting: &str) -> Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = {setting};
         CREATE TABLE word (n INTEGER) STRICT;"
    ))?;
    (0..COMMITS).try_for_each(|n| connection.execute("INSERT INTO word VALUES (?1)", [n as i64]).map(drop))
}

fn count(connection: &Connection) -> Result<usize> {
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.query_row("SELECT count(*) FROM word", [], |row| row.get::<_, i64>(0)).map(|n| n.unsigned_abs() as usize)
}
