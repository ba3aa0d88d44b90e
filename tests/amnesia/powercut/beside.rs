//! Power cuts on witness and second journal: a cut never passes for a restore, and when the
//! database is lost with the same cut, the witness knows every sale that was told and the second
//! journal has it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use amnesia::{Chance, Cutter, Disk, Honesty, Image, Loss, Mount};
use names::Side;
use protocol::entry::{Draft, Entry};
use protocol::exchange::Cursor;
use store::{Db, Opened, SecondState, StoreError, journal};

use crate::medium::places;
use crate::workload::{draft, folder, office};

/// Commits of the workload: every third one changes seats.
const COMMITS: usize = 90;

/// The program stops in peace and starts again after so many commits.
const REOPEN_EVERY: usize = 40;

/// Places that `cargo test` cuts at, each in four ways, each followed by two starts.
const SOME_PLACES: usize = 60;

/// How long a workload waits for the second journal; on a disk in memory only a defect needs it.
const PATIENCE: Duration = Duration::from_secs(30);

/// One commit of the workload.
struct Commit {
    /// Operations the disk had seen when the store said it is done.
    confirmed_at: usize,
    entry: Entry,
    sold: bool,
    /// The second journal had everything when the commit was told.
    copied: bool,
}

struct Recording {
    trace: Vec<amnesia::Op>,
    commits: Vec<Commit>,
}

fn open(disk: &Arc<Disk>, folder: &Path) -> Result<(Db, Opened), StoreError> {
    Db::open_with(&folder.join("store.db"), &[], &places(disk, folder))
}

fn cursor(entry: &Entry) -> Cursor {
    Cursor { incarnation: entry.incarnation, number: entry.number, hash: entry.hash }
}

fn write(db: &Db, step: usize) -> Result<(Entry, bool), StoreError> {
    let sold = step.is_multiple_of(3);
    let draft = Draft { kind: if sold { "booked" } else { "hall.called" }.to_owned(), ..draft(step, 0) };
    let entry = db.write_blocking(move |tx| journal::append(tx, &office(), Side::Box, &[draft]))?.remove(0);
    Ok((entry, sold))
}

fn record() -> Recording {
    let folder = folder();
    let disk = Disk::empty(Honesty::Honest);
    let _mount = Mount::new(Arc::clone(&disk), folder.path());
    let (mut db, _new) = open(&disk, folder.path()).expect("opens");
    let mut commits = Vec::new();
    for step in 0..COMMITS {
        if step % REOPEN_EVERY == 0 {
            drop(db);
            let (again, opened) = open(&disk, folder.path()).expect("opens");
            assert_eq!(opened, Opened::Normal);
            assert_eq!(again.flush_second(PATIENCE), SecondState::Good);
            db = again;
        }
        let (entry, sold) = write(&db, step).expect("written");
        let copied = db.second() == SecondState::Good;
        commits.push(Commit { confirmed_at: disk.ops(), entry, sold, copied });
    }
    drop(db);
    Recording { trace: disk.trace(), commits }
}

#[test]
fn a_cut_never_passes_for_a_restore_and_a_lost_database_loses_no_sale_that_was_told() {
    let recording = record();
    assert!(recording.commits.iter().filter(|c| c.sold).all(|c| c.copied), "the second journal kept up");
    let places = if std::env::var("AUFRUF_POWERCUT").is_ok_and(|how| how == "full") { usize::MAX } else { SOME_PLACES };
    let stride = (recording.trace.len() / places).max(1);
    let folder = folder();
    let mut cutter = Cutter::new(Image::default(), &recording.trace);
    let (mut cuts, mut wrong) = (0, Vec::new());
    for place in (0..=recording.trace.len()).step_by(stride) {
        cutter.advance(place);
        let told = recording.commits.partition_point(|commit| commit.confirmed_at <= place);
        for (way, loss) in (1..).zip(Loss::ALL) {
            let image = cutter.cut(loss, &mut Chance::new(1, place as u64 * 8 + way));
            cuts += 1;
            let judged = stays_normal(image.clone(), folder.path(), &recording, told)
                .and_then(|()| is_found_again(image, folder.path(), &recording, told));
            wrong.extend(judged.err().map(|why| (place, loss, why)));
        }
    }
    println!(
        "witness and second journal: {} operations, {cuts} cuts, {} violations",
        recording.trace.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{:#?}", &wrong[..wrong.len().min(10)]);
    assert!(cuts >= 4 * SOME_PLACES);
}

/// The usual start after a cut: nothing happened, life goes on, the witness comes along.
fn stays_normal(image: Image, folder: &Path, recording: &Recording, told: usize) -> Result<(), String> {
    let disk = Disk::with(image, Honesty::Honest);
    let _mount = Mount::new(Arc::clone(&disk), folder);
    let (db, opened) = open(&disk, folder).map_err(|error| error.to_string())?;
    if opened != Opened::Normal {
        return Err(format!("taken for a restore: {opened:?}"));
    }
    let there = entries(&db)?;
    if there.len() < told {
        return Err(format!("{} entries of {told} are there", there.len()));
    }
    let sold = recording.commits[..there.len()].iter().rev().find(|commit| commit.sold).map(|c| cursor(&c.entry));
    let says = db.witness(&office()).last;
    if says != sold {
        return Err(format!("the witness says {says:?}, the last sale is {sold:?}"));
    }
    if db.flush_second(PATIENCE) != SecondState::Good {
        return Err(format!("the second journal does not go on: {:?}", db.second()));
    }
    write(&db, 0).map(drop).map_err(|error| error.to_string())
}

/// The database is gone, witness and second journal are there.
fn is_found_again(image: Image, folder: &Path, recording: &Recording, told: usize) -> Result<(), String> {
    let Some(last) = recording.commits[..told].iter().rposition(|commit| commit.sold) else { return Ok(()) };
    let disk = Disk::with(image.without("store.db").without("store.db-wal"), Honesty::Honest);
    let _mount = Mount::new(Arc::clone(&disk), folder);
    let (db, opened) = open(&disk, folder).map_err(|error| error.to_string())?;
    let Opened::Restored { offices, .. } = opened else { return Err("not found out".to_owned()) };
    let witness = offices.first().and_then(|office| office.restored.witness);
    let in_flight = recording.commits[last + 1..].iter().find(|commit| commit.sold);
    let fits =
        [Some(&recording.commits[last]), in_flight].into_iter().flatten().any(|c| witness == Some(cursor(&c.entry)));
    if !fits {
        return Err(format!("the witness says {witness:?} after {told} commits"));
    }
    let there = entries(&db)?;
    let expected: Vec<&Entry> = recording.commits.iter().map(|commit| &commit.entry).collect();
    let is_beginning = there.iter().zip(&expected).all(|(found, written)| found == *written);
    if is_beginning && there.len() > last {
        return Ok(());
    }
    Err(format!("the second journal has {} entries, the last sale told is entry {}", there.len(), last + 1))
}

fn entries(db: &Db) -> Result<Vec<Entry>, String> {
    let read = db.read_blocking(|tx| {
        journal::in_order(tx, &office(), 0).map(|entry| entry.map(|(_, entry)| entry)).collect::<Result<Vec<_>, _>>()
    });
    read.map_err(|error: StoreError| error.to_string())
}
