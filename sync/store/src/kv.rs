//! Small values that are no facts: keys, secrets, marks of progress.

use rusqlite::{OptionalExtension, Transaction};

use crate::StoreError;

/// Reads a value.
///
/// # Errors
/// When the database fails.
pub fn get(tx: &Transaction<'_>, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(tx.prepare_cached("SELECT value FROM kv WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()?)
}

/// Writes a value over whatever was there.
///
/// # Errors
/// When the database fails.
pub fn set(tx: &Transaction<'_>, key: &str, value: &[u8]) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO kv VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?
        .execute((key, value))?;
    Ok(())
}

/// Removes a value; nothing happens if there is none.
///
/// # Errors
/// When the database fails.
pub fn remove(tx: &Transaction<'_>, key: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM kv WHERE key = ?1")?.execute([key])?;
    Ok(())
}
