//! Copies of the running journal, and how it does beside its disk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use names::Side;
use protocol::agree::Mode;
use store::rusqlite::Transaction;
use store::{SecondState, StoreError, backup, journal, standing};

use super::{FILE, Ledger};

/// Backups kept in one folder: the last hours. What is older than the newest is kept for the case
/// that a fault was copied.
const KEPT: usize = 8;

/// A stick gets this long for the last entries when the box stops.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The journal below a data folder.
pub(crate) fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// How the journal does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How far this box can be believed.
    pub(crate) mode: Mode,
    /// The stick.
    pub(crate) second: SecondState,
    /// The last position: another one means that something was written.
    pub(crate) position: u64,
    /// Own entries that the booking server has not acknowledged.
    pub(crate) backlog: u64,
}

impl Ledger {
    /// How the journal does now.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn standing(&self) -> Result<Standing, StoreError> {
        let office = self.office.clone();
        let (mode, position, backlog) = self
            .db
            .read(move |tx| {
                let own = journal::cursor(tx, &office, Side::Box)?.map_or(0, |cursor| cursor.number);
                let backlog = own.saturating_sub(journal::acked(tx, &office)?);
                Ok::<_, StoreError>((standing::mode(tx, &office)?, position(tx)?, backlog))
            })
            .await?;
        Ok(Standing { mode, second: self.db.second(), position, backlog })
    }

    /// Makes a backup.
    ///
    /// # Errors
    /// The file cannot be written, or the copy is not sound.
    pub(crate) async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        backup::backup(&self.db, to).await
    }

    /// Makes a backup in a folder and removes old ones.
    ///
    /// # Errors
    /// As [`Ledger::backup`].
    pub(crate) async fn backup_round(&self, folder: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|source| StoreError::Open { path: folder.to_owned(), source })?;
        Ok(backup::round(&self.db, folder, now, KEPT).await?.made)
    }

    /// Waits for the stick a moment, at the end of the program.
    pub(crate) async fn last_words(&self) {
        let db = self.db.clone();
        let flushed = tokio::task::spawn_blocking(move || db.flush_second(LAST_WORDS)).await;
        if let Ok(SecondState::Behind { why, .. }) = flushed {
            tracing::warn!("the stick lacks the last entries: {why}");
        }
    }
}

fn position(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(max(position), 0) FROM journal";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned())
}
