//! How far each side's journal is here, and how far the peer has ours.
//!
//! What must always hold: a cursor moves in the transaction that applies its entries, and never
//! back; what is still to be sent follows from the peer's acknowledgement, not from "was sent".

use names::{Incarnation, OfficeId, Side};
use protocol::chain::ChainHash;
use protocol::exchange::Cursor;
use rusqlite::{OptionalExtension, Transaction};

use crate::{StoreError, random};

/// This end's life for an office, made at the first call and kept.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn identity(tx: &Transaction<'_>, office: &OfficeId, me: Side) -> Result<Incarnation, StoreError> {
    if let Some(known) = cursor(tx, office, me)? {
        return Ok(known.incarnation);
    }
    let incarnation = Incarnation::from_bits(u128::from_be_bytes(random::bytes()?));
    meet(tx, office, me, incarnation)?;
    Ok(incarnation)
}

/// What is here of a side's journal: the own head, or how far the peer was applied; nothing for
/// a side that was never met.
///
/// # Errors
/// When the database fails.
pub fn cursor(tx: &Transaction<'_>, office: &OfficeId, of: Side) -> Result<Option<Cursor>, StoreError> {
    let row = tx
        .prepare_cached("SELECT incarnation, number, hash FROM cursor WHERE office = ?1 AND origin = ?2")?
        .query_row((office.as_str(), side_text(of)), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, [u8; 32]>(2)?))
        })
        .optional()?;
    let Some((incarnation, number, hash)) = row else { return Ok(None) };
    let incarnation = incarnation.parse().map_err(|e| StoreError::damaged("an incarnation", e))?;
    Ok(Some(Cursor { incarnation, number: unsigned(number)?, hash: ChainHash(hash) }))
}

/// The highest of our numbers that the peer has durably applied; 0 before enrolment.
///
/// # Errors
/// When the database fails.
pub fn acked(tx: &Transaction<'_>, office: &OfficeId) -> Result<u64, StoreError> {
    let number = tx
        .prepare_cached("SELECT acked FROM peer WHERE office = ?1")?
        .query_row([office.as_str()], |row| row.get(0))
        .optional()?;
    unsigned(number.unwrap_or(0))
}

/// Notes what the peer has durably applied; a lower number than before changes nothing.
///
/// # Errors
/// When the database fails.
pub fn set_acked(tx: &Transaction<'_>, office: &OfficeId, number: u64) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE peer SET acked = max(acked, ?2) WHERE office = ?1")?
        .execute((office.as_str(), signed(number)?))?;
    Ok(())
}

/// Starts the cursor of a side at the beginning of a life.
pub(crate) fn meet(
    tx: &Transaction<'_>,
    office: &OfficeId,
    side: Side,
    incarnation: Incarnation,
) -> Result<(), StoreError> {
    let genesis = ChainHash::genesis(office, side, incarnation);
    tx.execute(
        "INSERT INTO cursor VALUES (?1, ?2, ?3, 0, ?4)",
        (office.as_str(), side_text(side), incarnation.to_string(), genesis.0),
    )?;
    Ok(())
}

/// Moves a cursor to the entry that was just stored.
pub(crate) fn advance(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    number: u64,
    hash: ChainHash,
) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE cursor SET number = ?3, hash = ?4 WHERE office = ?1 AND origin = ?2")?.execute((
        office.as_str(),
        side_text(of),
        signed(number)?,
        hash.0,
    ))?;
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
