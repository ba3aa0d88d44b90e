//! One store with a witness and a stick, and what can happen to them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{OfficeId, Side};
use protocol::entry::{Draft, Entry};
use protocol::exchange::Cursor;
use protocol::sheet::MintMark;
use serde_json::json;
use tempfile::TempDir;

use super::double::Double;
use crate::second::copy::{FILE, Row, SecondCopy};
use crate::second::{Opened, Places, SecondState, lives};
use crate::{Db, StoreError, journal, standing};

/// How long a test waits for the second medium; only a defect needs as long.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn office() -> OfficeId {
    "musterland".parse().expect("a good name")
}

pub(super) fn day(number: i8) -> Date {
    Date::constant(2026, 11, number)
}

/// A store in a folder; the stick is a double, the witness a real file.
pub(super) struct World {
    pub(super) dir: TempDir,
    pub(super) stick: Double,
    pub(super) side: Side,
    open: Option<Db>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::of(Side::Box)
    }

    pub(super) fn of(side: Side) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let stick = Double::under(&dir.path().join("stick"));
        let mut world = Self { dir, stick, side, open: None };
        assert_eq!(world.start(), Opened::Normal);
        world
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("store.db")
    }

    pub(super) fn witness(&self) -> PathBuf {
        self.dir.path().join("witness")
    }

    pub(super) fn places(&self) -> Places {
        let places = Places::of(self.side).witness(self.witness()).second(self.dir.path().join("stick"));
        places.on(std::sync::Arc::new(self.stick.clone()))
    }

    /// Opens the store; the one that was open is closed in peace before.
    pub(super) fn start(&mut self) -> Opened {
        self.stop();
        let (db, opened) = Db::open_with(&self.path(), &[], &self.places()).expect("opens");
        self.open = Some(db);
        let _caught_up_or_failed = self.flushed();
        opened
    }

    pub(super) fn stop(&mut self) {
        self.open = None;
    }

    pub(super) fn db(&self) -> &Db {
        self.open.as_ref().expect("open")
    }

    /// Own facts of one transaction: a sold seat, or something of the hall.
    pub(super) fn write(&self, kind: &'static str) -> Result<Entry, StoreError> {
        let side = self.side;
        self.db().write_blocking(move |tx| {
            let body = json!({"text": kind}).as_object().expect("an object").clone();
            let draft = Draft { kind: kind.to_owned(), at: Timestamp::UNIX_EPOCH, body };
            Ok::<_, StoreError>(journal::append(tx, &office(), side, &[draft])?.remove(0))
        })
    }

    pub(super) fn sell(&self) -> Entry {
        self.write("booked").expect("written")
    }

    pub(super) fn note(&self, day: Date) {
        let noted = self.db().write_blocking(move |tx| standing::note_minted(tx, &office(), MintMark::UpTo(day)));
        noted.expect("noted");
    }

    /// The whole journal as it lies in the database.
    pub(super) fn journal(&self) -> Vec<Row> {
        self.db().read_blocking(|tx| lives::rows_after(tx, 0, 10_000)).expect("readable")
    }

    /// The whole journal as it lies on the stick.
    pub(super) fn on_stick(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let path = self.dir.path().join("stick").join(FILE);
        SecondCopy::read(&self.stick, &path, |page| rows.extend(page)).expect("readable");
        rows
    }

    /// Waits until the stick has everything, or has failed.
    pub(super) fn flushed(&self) -> SecondState {
        self.db().flush_second(PATIENCE)
    }

    /// Has the stick written anew.
    pub(super) fn rewritten(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(self.db().rewrite_second()).expect("asked");
    }

    /// Waits until the stick is in a state.
    pub(super) fn wait_until(&self, state: impl Fn(&SecondState) -> bool) {
        let end = std::time::Instant::now() + PATIENCE;
        while !state(&self.db().second()) {
            assert!(std::time::Instant::now() < end, "still {:?}", self.db().second());
            std::thread::yield_now();
        }
    }

    /// The files of the database as they are now.
    pub(super) fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a folder");
        crate::backup::backup_blocking(self.db(), &copy.path().join("store.db")).expect("copied");
        copy
    }

    /// Puts older files of the database in place, as a careless hand does.
    pub(super) fn roll_back(&mut self, copy: &TempDir) {
        self.stop();
        for ending in ["", "-wal", "-shm"] {
            let name = format!("store.db{ending}");
            let _none = std::fs::remove_file(self.dir.path().join(&name));
            if copy.path().join(&name).exists() {
                std::fs::copy(copy.path().join(&name), self.dir.path().join(&name)).expect("copied");
            }
        }
    }

    pub(super) fn own_lives(&self) -> Vec<Cursor> {
        let side = self.side;
        self.db().read_blocking(move |tx| journal::cursor(tx, &office(), side)).expect("readable").into_iter().collect()
    }
}

pub(super) fn cursor(entry: &Entry) -> Cursor {
    lives::cursor_of(entry)
}

pub(super) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("readable")
}
