//! The lives of both sides, how far each is here, and how far the peer has our present one.
//!
//! What must always hold: a cursor moves in the transaction that stores its entries, and never
//! back; what is still to be sent follows from the peer's acknowledgement, not from "was sent".

use names::{Incarnation, OfficeId, Side};
use protocol::chain::ChainHash;
use protocol::exchange::{Cursor, Nonce};
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::{StoreError, random};

/// This end's present life for an office, made at the first call and kept.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn identity(tx: &Transaction<'_>, office: &OfficeId, me: Side) -> Result<Incarnation, StoreError> {
    match cursor(tx, office, me)? {
        Some(known) => Ok(known.incarnation),
        None => begin_life(tx, office, me),
    }
}

/// Begins a new life of this end, as after a restore: the one before is closed. Whoever calls this
/// says by [`crate::standing`] what is known of the writes before.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn begin_life(tx: &Transaction<'_>, office: &OfficeId, me: Side) -> Result<Incarnation, StoreError> {
    let incarnation = Incarnation::from_bits(u128::from_be_bytes(random::bytes()?));
    meet(tx, office, me, incarnation, true)?;
    if let Some(peer) = crate::peer::find(tx, office)?
        && peer.side != me
    {
        crate::peer::set_acked(tx, office, 0)?;
        // An older copy of a store would ask for a nonce that it had asked for before: then an old
        // answer would be good again.
        if me == Side::Booking {
            crate::peer::set_nonce(tx, office, Nonce(random::bytes()?))?;
        }
    }
    Ok(incarnation)
}

/// What is here of a side's present life: the own head, or how far the peer was applied; nothing
/// for a side that was never met.
///
/// # Errors
/// When the database fails.
pub fn cursor(tx: &Transaction<'_>, office: &OfficeId, of: Side) -> Result<Option<Cursor>, StoreError> {
    let row = tx
        .prepare_cached(
            "SELECT incarnation, number, hash FROM life WHERE office = ?1 AND origin = ?2 ORDER BY rank DESC LIMIT 1",
        )?
        .query_row((office.as_str(), side_text(of)), columns)
        .optional()?;
    row.map(read).transpose()
}

/// What is here of one life.
///
/// # Errors
/// When the database fails.
pub fn life(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    incarnation: Incarnation,
) -> Result<Option<Cursor>, StoreError> {
    let row = tx
        .prepare_cached(
            "SELECT incarnation, number, hash FROM life WHERE office = ?1 AND origin = ?2 AND incarnation = ?3",
        )?
        .query_row((office.as_str(), side_text(of), incarnation.to_string()), columns)
        .optional()?;
    row.map(read).transpose()
}

/// All lives of a side that are known here, the present one last.
///
/// # Errors
/// When the database fails.
pub fn lives(tx: &Transaction<'_>, office: &OfficeId, of: Side) -> Result<Vec<Cursor>, StoreError> {
    let mut statement = tx
        .prepare_cached("SELECT incarnation, number, hash FROM life WHERE office = ?1 AND origin = ?2 ORDER BY rank")?;
    let rows = statement.query_map((office.as_str(), side_text(of)), columns)?;
    rows.map(|row| read(row?)).collect()
}

type Columns = (String, i64, [u8; 32]);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

fn read((incarnation, number, hash): Columns) -> Result<Cursor, StoreError> {
    let incarnation = incarnation.parse().map_err(|e| StoreError::damaged("an incarnation", e))?;
    Ok(Cursor { incarnation, number: unsigned(number)?, hash: ChainHash(hash) })
}

/// Notes a life that was never heard of, at its number 0: as the side's present one, or before all
/// that are known. Nothing happens for a known one.
///
/// # Errors
/// When the database fails.
pub fn meet(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    incarnation: Incarnation,
    present: bool,
) -> Result<(), StoreError> {
    let rank = if present { "max(rank) + 1" } else { "min(rank) - 1" };
    let genesis = ChainHash::genesis(office, of, incarnation);
    tx.execute(
        &format!(
            "INSERT INTO life (office, origin, incarnation, number, hash, rank)
             SELECT ?1, ?2, ?3, 0, ?4, coalesce({rank}, 0) FROM life WHERE office = ?1 AND origin = ?2
             ON CONFLICT DO NOTHING"
        ),
        (office.as_str(), side_text(of), incarnation.to_string(), genesis.0),
    )?;
    Ok(())
}

/// Makes a known life of a side its present one.
///
/// # Errors
/// When the database fails.
pub(crate) fn go_on(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    incarnation: Incarnation,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE life SET rank = (SELECT max(rank) + 1 FROM life WHERE office = ?1 AND origin = ?2)
         WHERE office = ?1 AND origin = ?2 AND incarnation = ?3",
        (office.as_str(), side_text(of), incarnation.to_string()),
    )?;
    Ok(())
}

/// The highest number of our present life that the peer has durably applied; 0 before enrolment.
///
/// # Errors
/// When the database fails.
pub fn acked(tx: &Transaction<'_>, office: &OfficeId) -> Result<u64, StoreError> {
    Ok(crate::peer::find(tx, office)?.map_or(0, |peer| peer.acked))
}

/// Lives of either side whose copies differ from the peer's.
///
/// # Errors
/// When the database fails.
pub fn forked(tx: &Transaction<'_>, office: &OfficeId) -> Result<Vec<Incarnation>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT incarnation FROM life WHERE office = ?1 AND forked = 1")?;
    let rows = statement.query_map([office.as_str()], |row| row.get::<_, String>(0))?;
    rows.map(|row| row?.parse().map_err(|e| StoreError::damaged("an incarnation", e))).collect()
}

/// Marks a life as forked; nothing happens for an unknown one.
pub(crate) fn mark_forked(tx: &Transaction<'_>, office: &OfficeId, life: Incarnation) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE life SET forked = 1 WHERE office = ?1 AND incarnation = ?2")?
        .execute((office.as_str(), life.to_string()))?;
    Ok(())
}

/// Moves a cursor to the entry that was just stored.
pub(crate) fn advance(tx: &Transaction<'_>, office: &OfficeId, of: Side, to: Cursor) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE life SET number = ?4, hash = ?5 WHERE office = ?1 AND origin = ?2 AND incarnation = ?3")?
        .execute((office.as_str(), side_text(of), to.incarnation.to_string(), signed(to.number)?, to.hash.0))?;
    Ok(())
}

pub(crate) fn side_text(side: Side) -> &'static str {
    match side {
        Side::Booking => "booking",
        Side::Box => "box",
    }
}

pub(crate) fn side_from(text: &str) -> Result<Side, StoreError> {
    match text {
        "booking" => Ok(Side::Booking),
        "box" => Ok(Side::Box),
        other => Err(StoreError::damaged("a side", other)),
    }
}

pub(crate) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|e| StoreError::damaged("a number", e))
}

pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|e| StoreError::damaged("a number", e))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::Db;
    use crate::tests::world::{End, office};

    #[test]
    fn the_cursors_of_an_older_file_become_the_first_lives() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("store.db");
        let life = Incarnation::from_bits(7);
        let old = Connection::open(&path).expect("a file");
        old.execute_batch(
            "CREATE TABLE store_version (version INTEGER NOT NULL) STRICT; INSERT INTO store_version VALUES (1);",
        )
        .and_then(|()| old.execute_batch(include_str!("tables.sql")))
        .and_then(|()| old.pragma_update(None, "application_id", 0x4175_6672))
        .and_then(|()| {
            let row = (office().as_str().to_owned(), "box", life.to_string(), 5, [9_u8; 32]);
            old.execute("INSERT INTO cursor VALUES (?1, ?2, ?3, ?4, ?5)", row).map(drop)
        })
        .expect("a file of the first version");
        drop(old);
        let db = Db::open(&path, &[]).expect("brought up to date");
        let lives = db.read_blocking(|tx| lives(tx, &office(), Side::Box)).expect("readable");
        assert_eq!(lives, [Cursor { incarnation: life, number: 5, hash: ChainHash([9; 32]) }]);
    }

    #[test]
    fn the_present_life_is_the_last_one_begun_and_earlier_ones_come_before() {
        let end = End::new(Side::Box);
        let names = end.step(|tx| {
            let first = identity(tx, &office(), Side::Box)?;
            let second = begin_life(tx, &office(), Side::Box)?;
            meet(tx, &office(), Side::Box, Incarnation::from_bits(1), false)?;
            meet(tx, &office(), Side::Box, second, false)?;
            assert_eq!(identity(tx, &office(), Side::Box)?, second);
            let known = lives(tx, &office(), Side::Box)?.into_iter().map(|life| life.incarnation);
            Ok((known.collect::<Vec<_>>(), [Incarnation::from_bits(1), first, second]))
        });
        let (known, expected) = names.expect("begun");
        assert_eq!(known, expected);
    }
}
