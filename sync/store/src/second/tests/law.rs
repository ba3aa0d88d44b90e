//! Laws of a file of records, whatever its bytes became.

use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;

use super::double::Double;
use crate::second::Medium;
use crate::second::log::{Found, SyncedLog, Tail};

const HEADER: &[u8] = b"a header";

fn medium() -> (Double, PathBuf) {
    (Double::under(Path::new("/stick")), PathBuf::from("/stick/log"))
}

fn written(medium: &Double, path: &Path, records: &[Vec<u8>]) -> SyncedLog {
    let mut log = SyncedLog::replace(medium, path, HEADER, || Ok(None)).expect("written");
    for record in records {
        log.append(record).expect("appended");
    }
    log.sync().expect("synced");
    log
}

/// What is read of some bytes; nothing if they are no file of records.
fn read(bytes: Vec<u8>) -> Option<(Vec<Vec<u8>>, Tail)> {
    let (medium, path) = medium();
    medium.put("log", Some(bytes));
    let mut records = Vec::new();
    match SyncedLog::open(&medium, &path, |record| records.push(record)).expect("readable") {
        Found::Log { header, tail, .. } => {
            assert_eq!(header, HEADER);
            Some((records, tail))
        }
        Found::Nothing | Found::Unknown => None,
    }
}

fn records() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..60), 1..12)
}

proptest! {
    #[test]
    fn any_beginning_of_the_bytes_gives_a_beginning_of_the_records(records in records(), cut in 0.0..=1.0) {
        let (medium, path) = medium();
        written(&medium, &path, &records);
        let mut bytes = medium.file("log").expect("there");
        let whole = bytes.len();
        bytes.truncate((whole as f64 * cut) as usize);
        let left = bytes.len();
        match read(bytes) {
            None => prop_assert!(left < whole),
            Some((found, tail)) => {
                prop_assert!(records.starts_with(&found));
                prop_assert!(matches!(tail, Tail::Whole | Tail::Torn { .. }), "{tail:?}");
                prop_assert!(found.len() < records.len() || left == whole);
            }
        }
    }

    #[test]
    fn a_flipped_bit_is_found(records in records(), place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (medium, path) = medium();
        written(&medium, &path, &records);
        let mut bytes = medium.file("log").expect("there");
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Some((found, tail)) = read(bytes) {
            prop_assert!(records.starts_with(&found));
            prop_assert!(found.len() < records.len());
            prop_assert_ne!(tail, Tail::Whole);
            // Only in the last record it looks like the work of a power cut.
            let last = found.len() + 1 == records.len();
            prop_assert!(last == matches!(tail, Tail::Torn { .. }), "{:?} after {} records", tail, found.len());
        }
    }

    #[test]
    fn what_is_appended_after_a_torn_end_was_cut_is_read(records in records(), torn in vec(any::<u8>(), 1..80)) {
        let (medium, path) = medium();
        written(&medium, &path, &records);
        let mut bytes = medium.file("log").expect("there");
        bytes.extend(torn);
        medium.put("log", Some(bytes));
        let Found::Log { mut log, .. } = SyncedLog::open(&medium, &path, drop).expect("readable") else {
            panic!("a file of records");
        };
        log.cut().expect("cut");
        log.append(b"later").expect("appended");
        let (mut found, tail) = read(medium.file("log").expect("there")).expect("a file of records");
        prop_assert_eq!(tail, Tail::Whole);
        prop_assert_eq!(found.pop(), Some(b"later".to_vec()));
        prop_assert_eq!(found, records);
    }
}

#[test]
fn with_room_reserved_appending_needs_no_space() {
    let (medium, path) = medium();
    let mut log = written(&medium, &path, &[b"one".to_vec()]);
    log.reserve(2, 2000).expect("room");
    medium.leave(0);
    log.append(&[7; 1000]).expect("fits");
    log.append(&[8; 1000]).expect("fits");
    let (found, tail) = read(medium.file("log").expect("there")).expect("a file of records");
    assert_eq!(found, [b"one".to_vec(), vec![7; 1000], vec![8; 1000]]);
    assert_eq!(tail, Tail::Whole, "room is no damage");
    assert!(log.reserve(1, 200_000).is_err(), "a full disk says so while there is time");
}

#[test]
fn a_record_of_another_file_or_place_is_none() {
    let (medium, path) = medium();
    written(&medium, &path, &[b"one".to_vec(), b"two".to_vec()]);
    let ours = medium.file("log").expect("there");
    let half = ours.len() - (20 + 3);
    let mut moved = ours[..half].to_vec();
    moved.extend_from_slice(&ours[half - 23..half]);
    assert_eq!(read(moved).expect("a file").0, [b"one".to_vec()], "the first record again");
    let mut log = SyncedLog::replace(&medium, &path, b"a other!", || Ok(None)).expect("written");
    log.append(b"one").expect("appended");
    let theirs = medium.file("log").expect("there");
    let mut mixed = ours[..half].to_vec();
    mixed.truncate(theirs.len() - 23);
    mixed.extend_from_slice(&theirs[theirs.len() - 23..]);
    assert_eq!(read(mixed).expect("a file").0, Vec::<Vec<u8>>::new());
}

#[test]
fn a_writing_anew_that_fails_leaves_the_old_file_and_its_space() {
    let (medium, path) = medium();
    written(&medium, &path, &[b"old".to_vec()]);
    let before = medium.file("log");
    medium.leave(100);
    let mut left = 50;
    let failed = SyncedLog::replace(&medium, &path, HEADER, || {
        left -= 1;
        Ok((left > 0).then(|| vec![1; 30]))
    });
    assert!(failed.is_err());
    assert_eq!(medium.file("log"), before);
    assert_eq!(medium.file("log.new"), Some(Vec::new()));
    assert!(medium.open(Path::new("/stick/none")).expect("readable").is_none());
}
