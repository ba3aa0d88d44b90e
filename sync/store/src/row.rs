//! Entries as rows, and back.

use protocol::chain::{ChainHash, Commitment, Salt, canonical};
use protocol::entry::Entry;
use rusqlite::{Row, Transaction};

use crate::StoreError;
use crate::cursor::{side_from, side_text, signed, unsigned};

/// The columns [`read`] expects, in its order.
pub(crate) const SELECT: &str = "SELECT position, office, origin, incarnation, number, hash, schema, kind, at, \
     commitment, salt, body FROM journal LEFT JOIN journal_content USING (position)";

/// Stores an entry whose place in the chain was checked.
pub(crate) fn insert(tx: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO journal (office, origin, incarnation, number, hash, schema, kind, at, commitment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        entry.office.as_str(),
        side_text(entry.origin),
        entry.incarnation.to_string(),
        signed(entry.number)?,
        entry.hash.0,
        entry.schema,
        &entry.kind,
        entry.at.to_string(),
        entry.commitment.0,
    ))?;
    let position = tx.last_insert_rowid();
    if let Some(salt) = entry.salt {
        tx.prepare_cached("INSERT INTO journal_content VALUES (?1, ?2, ?3)")?.execute((
            position,
            salt.0,
            canonical(&entry.body),
        ))?;
    }
    Ok(())
}

/// Reads a row of [`SELECT`]: its local position and the entry.
pub(crate) fn read(row: &Row<'_>) -> Result<(u64, Entry), StoreError> {
    let body: Option<String> = row.get(11)?;
    let entry = Entry {
        office: parse(row, 1)?,
        origin: side_from(row.get_ref(2)?.as_str().map_err(|e| StoreError::damaged("a side", e))?)?,
        incarnation: parse(row, 3)?,
        number: unsigned(row.get(4)?)?,
        hash: ChainHash(row.get(5)?),
        schema: row.get(6)?,
        kind: row.get(7)?,
        at: parse(row, 8)?,
        commitment: Commitment(row.get(9)?),
        salt: row.get::<_, Option<[u8; 16]>>(10)?.map(Salt),
        body: match body {
            Some(text) => serde_json::from_str(&text).map_err(|e| StoreError::damaged("a body", e))?,
            None => serde_json::Map::new(),
        },
    };
    Ok((unsigned(row.get(0)?)?, entry))
}

fn parse<T>(row: &Row<'_>, column: usize) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: ToString,
{
    row.get::<_, String>(column)?.parse().map_err(|e: T::Err| StoreError::damaged("a journal row", e.to_string()))
}
