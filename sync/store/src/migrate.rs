//! Tables grow by numbered steps, each run once in its own transaction.
//!
//! The store's own tables count in `store_version`, the program's in SQLite's `user_version`:
//! the two lists grow apart.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// "Aufr": tells our files from other people's databases.
const APPLICATION_ID: i64 = 0x4175_6672;

const STORE: &[&str] =
    &[include_str!("tables.sql"), include_str!("tables-2-lives.sql"), include_str!("tables-3-seats.sql")];

/// Brings the file up to date.
pub(crate) fn run(connection: &mut Connection, path: &Path, program: &[&str]) -> Result<(), StoreError> {
    recognise(connection, path)?;
    let own = connection.query_row("SELECT version FROM store_version", [], |row| row.get(0))?;
    advance(connection, "the store", own, STORE, "UPDATE store_version SET version = ")?;
    let theirs = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    advance(connection, "the program's data", theirs, program, "PRAGMA user_version = ")
}

/// Whether a file is ours and not of a newer program than one with so many program migrations.
/// Changes nothing.
pub(crate) fn check(connection: &Connection, path: &Path, program: usize) -> Result<(), StoreError> {
    let foreign = || StoreError::Foreign { path: path.to_owned() };
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(|_| foreign())?;
    if id != APPLICATION_ID {
        return Err(foreign());
    }
    let own: i64 = connection.query_row("SELECT version FROM store_version", [], |row| row.get(0))?;
    let theirs: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (what, found, known) in [("the store", own, STORE.len()), ("the program's data", theirs, program)] {
        let known = i64::try_from(known).unwrap_or(i64::MAX);
        if found > known {
            return Err(StoreError::Newer { what, found, known });
        }
    }
    Ok(())
}

/// A new file becomes ours; a file of somebody else stays as it is.
fn recognise(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let foreign = || StoreError::Foreign { path: path.to_owned() };
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id != 0 || tables != 0 {
        return Err(foreign());
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(
        "CREATE TABLE store_version (version INTEGER NOT NULL) STRICT;
         INSERT INTO store_version VALUES (0);",
    )?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(tx.commit()?)
}

/// Runs what is missing of a list; `set` is the statement that counts, without its number.
fn advance(
    connection: &mut Connection,
    what: &'static str,
    found: i64,
    steps: &[&str],
    set: &str,
) -> Result<(), StoreError> {
    let known = i64::try_from(steps.len()).map_err(|e| StoreError::damaged("the list of migrations", e))?;
    if found > known {
        return Err(StoreError::Newer { what, found, known });
    }
    for (version, step) in (1_i64..).zip(steps) {
        if version <= found {
            continue;
        }
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.execute_batch(&format!("{set}{version}"))?;
        tx.commit()?;
    }
    Ok(())
}
