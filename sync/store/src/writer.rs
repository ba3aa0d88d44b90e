//! The connection and how a step becomes a transaction on it.
//!
//! What must always hold: a commit that returned is on the disk; after the disk failed once
//! nothing is written any more, because later writes may succeed over lost pages.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::lock::private_file;
use crate::second::{self, Watch};
use crate::{StoreError, migrate};

pub(crate) struct Writer {
    connection: Connection,
    frozen: Option<String>,
    watch: Option<Watch>,
}

impl Writer {
    /// Opens the file, sets and checks the durability settings, brings the tables up to date.
    pub(crate) fn open(path: &Path, migrations: &[&str]) -> Result<Self, StoreError> {
        let connection = connect(path, migrations)?;
        second::prepare(&connection)?;
        Ok(Self { connection, frozen: None, watch: None })
    }

    /// From now on everything that is committed is known outside as well.
    pub(crate) fn watch(&mut self, watch: Watch) {
        self.watch = Some(watch);
    }

    pub(crate) fn watched(&self) -> Option<&Watch> {
        self.watch.as_ref()
    }

    pub(crate) fn write<T, E: From<StoreError>>(
        &mut self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(reason) = &self.frozen {
            return Err(StoreError::Frozen { reason: reason.clone() }.into());
        }
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let value = step(&tx)?;
        let news = self.watch.as_mut().map(|watch| watch.news(&tx)).transpose()?;
        if let Err(error) = tx.commit() {
            if StoreError::breaks_the_disk(&error) {
                self.frozen = Some(error.to_string());
            }
            return Err(StoreError::from(error).into());
        }
        let told = match (&mut self.watch, news) {
            (Some(watch), Some(news)) => watch.tell(news),
            (Some(_) | None, _) => Ok(()),
        };
        // It is committed, but nobody may hear of it: only a restart can make that good.
        told.inspect_err(|error| self.frozen = Some(error.to_string()))?;
        Ok(value)
    }

    pub(crate) fn read<T, E: From<StoreError>>(
        &mut self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.only_reading(true)?;
        let outcome = match self.connection.transaction() {
            Ok(tx) => step(&tx),
            Err(error) => Err(StoreError::from(error).into()),
        };
        self.only_reading(false)?;
        outcome
    }

    /// For what cannot run inside a transaction.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// SQLite itself refuses to write while this is on.
    pub(crate) fn only_reading(&self, on: bool) -> Result<(), StoreError> {
        Ok(self.connection.pragma_update(None, "query_only", on)?)
    }
}

fn connect(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
    private_file(path).map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
    let mut connection = Connection::open(path)?;
    settle(&connection, path)?;
    migrate::run(&mut connection, path, migrations)?;
    Ok(connection)
}

/// Durability first; every setting is read back, because SQLite ignores what it cannot do.
fn settle(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    // A text file is found out by the first statement that reads.
    connection
        .pragma_update(None, "locking_mode", "EXCLUSIVE")
        .and_then(|()| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())))
        .map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => StoreError::Foreign { path: path.to_owned() },
            _ => StoreError::Sql(error),
        })?;
    for (pragma, value, expected) in SETTINGS {
        connection.pragma_update(None, pragma, value)?;
        let found = connection.pragma_query_value(None, pragma, |row| {
            let value = row.get_ref(0)?;
            Ok(value.as_i64().map_or_else(|_text| value.as_str().unwrap_or_default().to_owned(), |n| n.to_string()))
        })?;
        if found != expected {
            return Err(StoreError::Setting { pragma, found });
        }
    }
    Ok(())
}

/// Setting, value, what SQLite says when it obeyed.
pub(crate) const SETTINGS: [(&str, &str, &str); 6] = [
    ("journal_mode", "WAL", "wal"),
    // Every commit reaches the disk before it returns.
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    // What is erased is overwritten, not only forgotten.
    ("secure_delete", "ON", "1"),
    // REPLACE must not slip past the triggers that guard the facts.
    ("recursive_triggers", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
];

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn after_a_failed_disk_nothing_is_written_and_everything_can_be_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut writer = Writer::open(&dir.path().join("store.db"), &[]).expect("a new file");
        writer.frozen = Some("fsync failed".to_owned());
        let written = writer.write(|_tx| Ok::<_, StoreError>(()));
        assert!(matches!(written, Err(StoreError::Frozen { reason }) if reason == "fsync failed"));
        writer.read(|tx| Ok::<_, StoreError>(tx.execute_batch("SELECT * FROM kv")?)).expect("readable");
    }

    #[test]
    fn a_lost_page_breaks_the_disk_and_a_full_one_does_not() {
        let error = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert!(StoreError::breaks_the_disk(&error(code)), "{code}");
        }
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_CONSTRAINT] {
            assert!(!StoreError::breaks_the_disk(&error(code)), "{code}");
        }
        assert!(!StoreError::Sql(error(ffi::SQLITE_FULL)).is_permanent(), "a full disk can be emptied");
    }
}
