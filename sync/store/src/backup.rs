//! Backups of a running store, and how one is put in its place.
//!
//! ```text
//!   store ── VACUUM INTO ──► FILE.new ── sync, quick_check ──► FILE        round: newest few, 14 days
//!   restore: check ──► old file aside, with its date ──► copy, marked ──► FILE; the start does the rest
//! ```
//!
//! What must always hold: a file with the name of a backup is whole and was opened and checked; a
//! backup holds everything of the database and nothing of the witness; a restore throws nothing
//! away.

use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use names::OfficeId;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::lock::{FileLock, private_file};
use crate::second::folder_of;
use crate::{Db, StoreError, migrate, second};

/// How long a backup is kept at most (`rules.md`, retention): erased data is gone from all of them
/// then.
pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The ending of a backup's name; before it the time, so that names sort by age.
const ENDING: &str = ".backup";

/// What a round did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The new backup.
    pub made: PathBuf,
    /// The old ones that were removed.
    pub removed: Vec<PathBuf>,
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the database that was in place is kept; nothing if there was none.
    pub aside: Option<PathBuf>,
    /// The offices in the restored copy.
    pub offices: Vec<OfficeId>,
}

/// Writes a copy of a running store to a file, which replaces an older one of that name only when
/// the copy was checked. Steps wait meanwhile: some 10 ms for each MiB.
///
/// # Errors
/// [`StoreError::Copy`] when the file cannot be written or the copy is not sound; otherwise what
/// SQLite says.
pub async fn backup(db: &Db, to: &Path) -> Result<(), StoreError> {
    let beside = beside(to);
    let into = beside.clone();
    db.outside(move |connection| copy_into(connection, &into)).await?;
    let to = to.to_owned();
    aside(move || finish(&beside, &to)).await
}

/// [`backup`] for threads without a runtime.
///
/// # Errors
/// As [`backup`].
///
/// # Panics
/// On a thread that drives async tasks.
pub fn backup_blocking(db: &Db, to: &Path) -> Result<(), StoreError> {
    let beside = beside(to);
    let into = beside.clone();
    db.outside_blocking(move |connection| copy_into(connection, &into))?;
    finish(&beside, to)
}

/// Makes a backup in a folder, named by the time, and then removes all but the newest `keep` and
/// whatever is older than [`MAX_AGE`], databases that a restore has set aside included. Only files
/// with names of these forms are ever removed; the new backup always stays.
///
/// # Errors
/// As [`backup`]; then nothing is removed.
pub async fn round(db: &Db, folder: &Path, now: Timestamp, keep: usize) -> Result<Round, StoreError> {
    let made = folder.join(name_at(now));
    backup(db, &made).await?;
    let (folder, database) = (folder.to_owned(), db.path().to_owned());
    aside(move || {
        let mut removed = rotate(&folder, &made, now, keep).map_err(copy_error(&folder))?;
        removed.extend(forget_old_ones(&database, now).map_err(copy_error(&database))?);
        Ok(Round { made, removed })
    })
    .await
}

/// Work on files for a thread that drives no async tasks.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_panicked| StoreError::Stopped)?
}

/// Puts a backup in the place of a database whose program does not run. The next start finds out
/// what was lost since. With an office, the copy must know it.
///
/// # Errors
/// [`StoreError::InUse`] while the program runs; [`StoreError::Foreign`], [`StoreError::Newer`] and
/// [`StoreError::Copy`] for a file that must not be put in place: then nothing was changed.
pub fn restore(
    from: &Path,
    database: &Path,
    migrations: &[&str],
    office: Option<&OfficeId>,
    now: Timestamp,
) -> Result<Restored, StoreError> {
    let _lock = FileLock::take(database)?;
    let offices = check(from, migrations.len())?;
    if let Some(wanted) = office.filter(|wanted| !offices.contains(wanted)) {
        return Err(StoreError::Copy { path: from.to_owned(), why: format!("it knows nothing of {wanted}") });
    }
    let beside = beside(database);
    take_copy(from, &beside).map_err(copy_error(&beside))?;
    mark(&beside)?;
    let aside = set_aside(database, now).map_err(copy_error(database))?;
    std::fs::rename(&beside, database).and_then(|()| sync_folder(database)).map_err(copy_error(database))?;
    Ok(Restored { aside, offices })
}

/// Takes a database whose program does not run out of its place, so that the next start brings back
/// what the second journal has. Gives back where it is kept; nothing if there was none.
///
/// # Errors
/// [`StoreError::InUse`] while the program runs; [`StoreError::Copy`] when it cannot be moved.
pub fn put_aside(database: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    let _lock = FileLock::take(database)?;
    set_aside(database, now).map_err(copy_error(database))
}

fn copy_into(connection: &Connection, into: &Path) -> Result<(), StoreError> {
    // SQLite takes an empty file; made here, it is nobody else's to read.
    let file = private_file(into).map_err(copy_error(into))?;
    file.set_len(0).map_err(copy_error(into))?;
    connection.execute("VACUUM INTO ?1", [into.to_string_lossy()])?;
    Ok(())
}

/// Brings the copy to the disk, checks it and gives it its name.
fn finish(beside: &Path, to: &Path) -> Result<(), StoreError> {
    File::open(beside).and_then(|file| file.sync_all()).map_err(copy_error(beside))?;
    check(beside, usize::MAX)?;
    std::fs::rename(beside, to).and_then(|()| sync_folder(to)).map_err(copy_error(to))
}

/// Whether a file is a sound copy of a store of ours, and which offices it knows.
fn check(path: &Path, migrations: usize) -> Result<Vec<OfficeId>, StoreError> {
    if !path.is_file() {
        return Err(StoreError::Copy { path: path.to_owned(), why: "there is no such file".to_owned() });
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    migrate::check(&connection, path, migrations)?;
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(StoreError::Copy { path: path.to_owned(), why: found });
    }
    let mut statement = connection.prepare("SELECT DISTINCT office FROM journal ORDER BY office")?;
    let offices = statement.query_map([], |row| row.get::<_, String>(0))?;
    offices.map(|office| office?.parse().map_err(|e| StoreError::damaged("an office", e))).collect()
}

fn take_copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut copy = private_file(to)?;
    copy.set_len(0)?;
    std::io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

/// The copy says of itself that it is one.
fn mark(path: &Path) -> Result<(), StoreError> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    second::mark_restored(&tx)?;
    Ok(tx.commit()?)
}

/// Keeps the database that was in place, together with what is not yet merged into it.
fn set_aside(database: &Path, now: Timestamp) -> std::io::Result<Option<PathBuf>> {
    let aside = with_ending(database, &format!(".{}", stamp(now)));
    let was_there = database.exists();
    for ending in ["-wal", "-shm", ""] {
        let file = with_ending(database, ending);
        if file.exists() {
            std::fs::rename(&file, with_ending(&aside, ending))?;
        }
    }
    Ok(was_there.then_some(aside))
}

/// Removes what is too old or too many; never the newest one.
fn rotate(folder: &Path, newest: &Path, now: Timestamp, keep: usize) -> std::io::Result<Vec<PathBuf>> {
    let mut known: Vec<(Timestamp, PathBuf)> = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        known.extend(time_of(&path).map(|at| (at, path)));
    }
    known.sort();
    let mut removed = Vec::new();
    for (place, (at, path)) in known.into_iter().rev().enumerate() {
        if path != newest && (place >= keep || now.duration_since(at) > MAX_AGE) {
            std::fs::remove_file(&path)?;
            removed.push(path);
        }
    }
    Ok(removed)
}

/// Removes databases that were set aside by a restore too long ago.
fn forget_old_ones(database: &Path, now: Timestamp) -> std::io::Result<Vec<PathBuf>> {
    let Some(name) = database.file_name().and_then(|name| name.to_str()) else { return Ok(Vec::new()) };
    let mut removed = Vec::new();
    for file in std::fs::read_dir(folder_of(database))? {
        let path = file?.path();
        let rest = path.file_name().and_then(|file| file.to_str()?.strip_prefix(name)?.strip_prefix('.'));
        let at = rest.and_then(|rest| time_in(rest.strip_suffix("-wal").or(rest.strip_suffix("-shm")).unwrap_or(rest)));
        if at.is_some_and(|at| now.duration_since(at) > MAX_AGE) {
            std::fs::remove_file(&path)?;
            removed.push(path);
        }
    }
    Ok(removed)
}

fn name_at(now: Timestamp) -> String {
    format!("{}{ENDING}", stamp(now))
}

/// A time in whole seconds that every file system takes as a name.
fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn time_of(path: &Path) -> Option<Timestamp> {
    time_in(path.file_name()?.to_str()?.strip_suffix(ENDING)?)
}

fn time_in(name: &str) -> Option<Timestamp> {
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", name).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn beside(path: &Path) -> PathBuf {
    with_ending(path, ".new")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn copy_error(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + '_ {
    move |error| StoreError::Copy { path: path.to_owned(), why: error.to_string() }
}
