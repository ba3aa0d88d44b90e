//! Five hundred commits as the programs make them, and when each was confirmed.

use std::path::Path;
use std::sync::Arc;

use amnesia::{Disk, Honesty, Image, Mount, Op, install};
use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::entry::{Draft, Entry};
use serde_json::json;
use store::rusqlite::Transaction;
use store::{Db, StoreError, journal, kv};
use tempfile::TempDir;

/// The program's own read model, as both programs have one.
const TABLES: &[&str] = &["CREATE TABLE applied (step INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT"];

/// The mark of progress in the store's small values.
const STEP: &str = "powercut.step";

/// The program stops in peace and starts again after so many commits.
const REOPEN_EVERY: usize = 180;

/// Every so many commits an old content is erased, as after a deletion deadline.
const ERASE_EVERY: usize = 7;

/// What the world knows of one commit.
#[derive(Clone)]
pub(crate) struct Commit {
    /// Operations the disk had seen when the store said it is done.
    pub(crate) confirmed_at: usize,
    /// The facts it wrote.
    pub(crate) entries: Vec<Entry>,
    /// The position of the content it erased.
    pub(crate) erased: Option<u64>,
}

/// A workload that was written down.
pub(crate) struct Recording {
    pub(crate) began_with: Image,
    pub(crate) trace: Vec<Op>,
    pub(crate) commits: Vec<Commit>,
}

pub(crate) fn office() -> OfficeId {
    "musterland".parse().expect("a good name")
}

/// A folder of this test: only the lock files in it are real.
pub(crate) fn folder() -> TempDir {
    install().expect("SQLite takes the disks");
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn open(folder: &Path) -> Result<Db, StoreError> {
    Db::open(&folder.join("store.db"), TABLES)
}

/// Runs so many commits on an empty disk and writes down what happened.
pub(crate) fn record(commits: usize, honesty: Honesty) -> Recording {
    run(Image::default(), Vec::new(), commits, honesty)
}

/// Goes on with so many more commits on what a cut left of the first ones.
pub(crate) fn go_on(image: Image, survived: &[Commit], more: usize) -> Recording {
    let before = survived.iter().map(|commit| Commit { confirmed_at: 0, ..commit.clone() }).collect();
    run(image, before, survived.len() + more, Honesty::Honest)
}

fn run(began_with: Image, mut commits: Vec<Commit>, upto: usize, honesty: Honesty) -> Recording {
    let folder = folder();
    let disk = Disk::with(began_with.clone(), honesty);
    let _mount = Mount::new(Arc::clone(&disk), folder.path());
    let mut db = open(folder.path()).expect("the store opens");
    let mut facts: u64 = commits.iter().map(|commit| commit.entries.len() as u64).sum();
    for step in commits.len()..upto {
        if step > 0 && step % REOPEN_EVERY == 0 {
            drop(db);
            db = open(folder.path()).expect("opens after a peaceful end");
        }
        let erased = (step > 0 && step % ERASE_EVERY == 0).then_some(facts / 2 + 1);
        let entries = commit(&db, step, erased).expect("written");
        facts += entries.len() as u64;
        commits.push(Commit { confirmed_at: disk.ops(), entries, erased });
    }
    drop(db);
    Recording { began_with, trace: disk.trace(), commits }
}

/// One commit: facts, cursor, a small value, a row of the read model, sometimes an erasure.
pub(crate) fn commit(db: &Db, step: usize, erased: Option<u64>) -> Result<Vec<Entry>, StoreError> {
    db.write_blocking(move |tx| {
        let drafts: Vec<Draft> = (0..1 + step % 4).map(|n| draft(step, n)).collect();
        let entries = journal::append(tx, &office(), Side::Box, &drafts)?;
        kv::set(tx, STEP, step.to_string().as_bytes())?;
        let last = entries.last().map_or(0, |entry| entry.number);
        tx.execute("INSERT INTO applied VALUES (?1, ?2)", [step as i64, last.cast_signed()])?;
        if let Some(position) = erased {
            journal::erase(tx, position)?;
        }
        Ok::<_, StoreError>(entries)
    })
}

/// From very small to larger than a page, as facts are.
pub(crate) fn draft(step: usize, n: usize) -> Draft {
    let len = if step % 25 == 24 { 6000 } else { 20 + (step * 37 + n * 101) % 300 };
    let body = json!({"step": step, "n": n, "text": "ä".repeat(len / 2)});
    Draft { kind: "test".to_owned(), at: Timestamp::UNIX_EPOCH, body: body.as_object().expect("an object").clone() }
}

/// How many commits the store itself counts, by its small value.
pub(crate) fn steps(tx: &Transaction<'_>) -> Result<usize, StoreError> {
    let Some(value) = kv::get(tx, STEP)? else { return Ok(0) };
    let last: usize = String::from_utf8_lossy(&value).parse().expect("we wrote a number");
    Ok(last + 1)
}
