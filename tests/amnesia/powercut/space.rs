//! A disk that is full, and one that fails: what did not become durable is an error, never a yes.

use std::sync::Arc;

use amnesia::{Chance, Cutter, Disk, Honesty, Image, Loss, Mount};
use names::Side;
use protocol::entry::Entry;
use store::{Db, Opened, StoreError, journal};

use crate::medium::places;
use crate::workload::{draft, folder, office};

fn write(db: &Db, step: usize) -> Result<Entry, StoreError> {
    let mut draft = draft(step, 0);
    draft.kind = "booked".to_owned();
    Ok(db.write_blocking(move |tx| journal::append(tx, &office(), Side::Box, &[draft]))?.remove(0))
}

fn entries(db: &Db) -> Vec<Entry> {
    let read = db.read_blocking(|tx| {
        journal::in_order(tx, &office(), 0).map(|entry| entry.map(|(_, entry)| entry)).collect::<Result<Vec<_>, _>>()
    });
    read.map_err(|error: StoreError| error).expect("readable")
}

/// What only the syncs kept of a disk, opened again.
fn after_a_cut(disk: &Arc<Disk>, folder: &std::path::Path) -> Vec<Entry> {
    let trace = disk.trace();
    let mut cutter = Cutter::new(Image::default(), &trace);
    cutter.advance(trace.len());
    let again = Disk::with(cutter.cut(Loss::Everything, &mut Chance::new(0, 0)), Honesty::Honest);
    let _mount = Mount::new(Arc::clone(&again), folder);
    let (db, _opened) = Db::open_with(&folder.join("store.db"), &[], &places(&again, folder)).expect("opens");
    entries(&db)
}

#[test]
fn a_full_disk_refuses_and_goes_on_without_a_restart_once_there_is_space() {
    let folder = folder();
    let disk = Disk::empty(Honesty::Honest);
    let mount = Mount::new(Arc::clone(&disk), folder.path());
    let (db, _opened) =
        Db::open_with(&folder.path().join("store.db"), &[], &places(&disk, folder.path())).expect("opens");
    let (mut told, mut refused) = (Vec::new(), 0);
    // Space runs out and is freed again, at ever other places of a commit.
    for free in (0..40_000).step_by(1500) {
        disk.leave(free);
        for step in 0..12 {
            match write(&db, step) {
                Ok(entry) => told.push(entry),
                Err(error) => {
                    assert!(!error.is_permanent(), "with {free} bytes free: {error}");
                    refused += 1;
                }
            }
        }
        disk.leave(usize::MAX);
        told.push(write(&db, free).expect("there is space again"));
    }
    assert!(refused > 20, "{refused} refusals");
    assert_eq!(entries(&db), told, "what was refused is not there, what was told is");
    drop((db, mount));
    assert_eq!(after_a_cut(&disk, folder.path()), told);
}

#[test]
fn a_store_starts_on_a_full_disk_and_can_be_read() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let disk = Disk::empty(Honesty::Honest);
    let _mount = Mount::new(Arc::clone(&disk), folder.path());
    let open = || Db::open_with(&path, &[], &places(&disk, folder.path()));
    let (db, _opened) = open().expect("opens");
    let mut told: Vec<Entry> = (0..5).map(|step| write(&db, step).expect("written")).collect();
    drop(db);
    disk.leave(0);
    let (db, opened) = open().expect("opens");
    assert_eq!(opened, Opened::Normal);
    assert_eq!(entries(&db), told);
    let refused = write(&db, 5).expect_err("no space");
    assert!(!refused.is_permanent(), "{refused}");
    disk.leave(usize::MAX);
    told.push(write(&db, 6).expect("space again"));
    assert_eq!(entries(&db), told);
}

#[test]
fn a_failing_disk_stops_all_writing_until_a_restart() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let disk = Disk::empty(Honesty::Honest);
    let mount = Mount::new(Arc::clone(&disk), folder.path());
    let (db, _opened) = Db::open_with(&path, &[], &places(&disk, folder.path())).expect("opens");
    let mut told: Vec<Entry> = (0..5).map(|step| write(&db, step).expect("written")).collect();
    disk.break_down(true);
    let failed = write(&db, 5).expect_err("the disk fails");
    assert!(failed.is_permanent(), "{failed}");
    disk.break_down(false);
    let frozen = write(&db, 6).expect_err("pages may be lost");
    assert!(matches!(frozen, StoreError::Frozen { .. }), "{frozen}");
    assert!(frozen.to_string().contains("restart"), "{frozen}");
    assert_eq!(entries(&db), told, "reading goes on");
    drop(db);
    let (db, _opened) = Db::open_with(&path, &[], &places(&disk, folder.path())).expect("opens");
    told.push(write(&db, 7).expect("a restart helps"));
    assert_eq!(entries(&db), told);
    drop((db, mount));
    assert_eq!(after_a_cut(&disk, folder.path()), told);
}
