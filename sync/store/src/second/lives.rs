//! The only place of this folder that knows how lives and entries lie in the tables.

use std::collections::BTreeSet;

use names::{Incarnation, OfficeId, Side};
use protocol::chain::ChainHash;
use protocol::entry::{Entry, SeatFact};
use protocol::exchange::Cursor;
use rusqlite::{OptionalExtension, Transaction};

use super::copy::Row;
use crate::cursor::{advance, begin_life, meet, side_text, signed, unsigned};
use crate::{StoreError, journal, row};

/// Rows read at once.
pub(super) const PAGE: u32 = 500;

/// Whether an entry changes seats, so that it has to be witnessed before anybody hears of it.
pub(super) fn touches_seats(entry: &Entry) -> bool {
    SeatFact::is_kind(&entry.kind)
}

/// The last position of the journal; 0 for an empty one.
pub(super) fn last_position(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    let last: Option<i64> = tx.prepare_cached("SELECT max(position) FROM journal")?.query_row([], |row| row.get(0))?;
    unsigned(last.unwrap_or(0))
}

/// Own rows of all offices behind a position, in order; at most `limit`.
pub(super) fn own_rows_after(
    tx: &Transaction<'_>,
    me: Side,
    position: u64,
    limit: u32,
) -> Result<Vec<Row>, StoreError> {
    let sql = format!("{} WHERE position > ?1 AND origin = ?3 ORDER BY position LIMIT ?2", row::SELECT);
    page(tx, &sql, (signed(position)?, limit, side_text(me)))
}

/// Rows of all offices behind a position, in order; at most `limit`.
pub(super) fn rows_after(tx: &Transaction<'_>, position: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
    let sql = format!("{} WHERE position > ?1 ORDER BY position LIMIT ?2", row::SELECT);
    page(tx, &sql, (signed(position)?, limit))
}

fn page(tx: &Transaction<'_>, sql: &str, of: impl rusqlite::Params) -> Result<Vec<Row>, StoreError> {
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(of)?;
    let mut page = Vec::new();
    while let Some(found) = rows.next()? {
        page.push(row::read(found)?);
    }
    Ok(page)
}

/// The hash of the row at a position.
pub(super) fn hash_at_position(tx: &Transaction<'_>, position: u64) -> Result<Option<ChainHash>, StoreError> {
    let hash = tx
        .prepare_cached("SELECT hash FROM journal WHERE position = ?1")?
        .query_row([signed(position)?], |row| row.get(0))
        .optional()?;
    Ok(hash.map(ChainHash))
}

/// Position and hash of an entry of any life.
fn place_of(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    incarnation: Incarnation,
    number: u64,
) -> Result<Option<(u64, ChainHash)>, StoreError> {
    let sql =
        "SELECT position, hash FROM journal WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 AND number = ?4";
    let place = tx
        .prepare_cached(sql)?
        .query_row((office.as_str(), side_text(of), incarnation.to_string(), signed(number)?), |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?))
        })
        .optional()?;
    place.map(|(position, hash)| Ok((unsigned(position)?, ChainHash(hash)))).transpose()
}

/// Whether the journal has an entry with this very hash.
pub(super) fn contains(tx: &Transaction<'_>, office: &OfficeId, of: Side, at: &Cursor) -> Result<bool, StoreError> {
    if at.number == 0 {
        return Ok(true);
    }
    Ok(place_of(tx, office, of, at.incarnation, at.number)?.is_some_and(|(_position, hash)| hash == at.hash))
}

/// The offices this side has a log for.
pub(super) fn own_offices(tx: &Transaction<'_>, me: Side) -> Result<BTreeSet<OfficeId>, StoreError> {
    let sql = "SELECT DISTINCT office FROM life WHERE origin = ?1";
    let mut statement = tx.prepare_cached(sql)?;
    let offices = statement.query_map([side_text(me)], |row| row.get::<_, String>(0))?;
    offices.map(|office| office?.parse().map_err(|e| StoreError::damaged("an office", e))).collect()
}

/// Whether a life is the present one of a side.
pub(super) fn is_present(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    life: Incarnation,
) -> Result<bool, StoreError> {
    Ok(crate::cursor::cursor(tx, office, of)?.is_some_and(|present| present.incarnation == life))
}

/// The last own entry that changed seats: of the present life, or of the latest one that has any.
/// Entries of earlier lives may have come back later than those of the present one were written.
pub(super) fn last_seat_entry(tx: &Transaction<'_>, office: &OfficeId, me: Side) -> Result<Option<Cursor>, StoreError> {
    let sql = format!("{} WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 ORDER BY number DESC", row::SELECT);
    for life in crate::cursor::lives(tx, office, me)?.into_iter().rev() {
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query((office.as_str(), side_text(me), life.incarnation.to_string()))?;
        while let Some(found) = rows.next()? {
            let (_position, entry) = row::read(found)?;
            if touches_seats(&entry) {
                return Ok(Some(cursor_of(&entry)));
            }
        }
    }
    Ok(None)
}

pub(super) fn cursor_of(entry: &Entry) -> Cursor {
    Cursor { incarnation: entry.incarnation, number: entry.number, hash: entry.hash }
}

/// What became of an entry of the second journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was missing, follows, and is here now.
    New,
    /// It was here.
    Known,
    /// Another entry has its place.
    Fork,
    /// It does not follow what is here of its life.
    Loose,
}

/// Takes in an entry of any life of either side.
pub(super) fn take_in(tx: &Transaction<'_>, entry: &Entry) -> Result<Taken, StoreError> {
    let (office, of, life) = (&entry.office, entry.origin, entry.incarnation);
    if let Some((position, hash)) = place_of(tx, office, of, life, entry.number)? {
        if hash != entry.hash {
            return Ok(Taken::Fork);
        }
        if entry.is_erased() {
            // Erased after the backup was taken: a restore does not bring it back.
            journal::erase(tx, position)?;
        }
        return Ok(Taken::Known);
    }
    let before = match entry.number.checked_sub(1) {
        None => return Ok(Taken::Loose),
        Some(0) => Some(ChainHash::genesis(office, of, life)),
        Some(number) => place_of(tx, office, of, life, number)?.map(|(_position, hash)| hash),
    };
    if !before.is_some_and(|before| entry.follows(before)) {
        return Ok(Taken::Loose);
    }
    row::insert(tx, entry)?;
    // A life that only the second journal knows began after the ones that are known here.
    meet(tx, office, of, life, true)?;
    advance(tx, office, of, cursor_of(entry))?;
    Ok(Taken::New)
}

/// Ends the own life of an office and begins another one.
pub(super) fn begin(tx: &Transaction<'_>, office: &OfficeId, me: Side) -> Result<(), StoreError> {
    begin_life(tx, office, me).map(drop)
}
