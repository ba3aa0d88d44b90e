//! The SQL of holds: the only place that names this table's columns. The sheets are the store's.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, OfficeId};
use protocol::sheet::HoldId;
use store::rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::citizen::Trouble;
use crate::citizen::records::bits;

/// A hold and what it is for.
#[derive(Clone, Debug)]
pub(crate) struct HoldRow {
    pub(crate) hold: HoldId,
    pub(crate) office: OfficeId,
    pub(crate) day: Date,
    /// The booking; nothing for a seat that cools down after a cancellation.
    pub(crate) booking: Option<BookingId>,
}

/// Writes a new hold.
pub(crate) fn add_hold(tx: &Transaction<'_>, row: &HoldRow, until: Timestamp) -> Result<(), Trouble> {
    tx.prepare_cached("INSERT INTO holds (hold, office, day, until, booking) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
        params![row.hold.0, row.office.as_str(), row.day.to_string(), until.as_second(), row.booking.map(bits)],
    )?;
    Ok(())
}

/// The hold of a booking.
pub(crate) fn hold_of(tx: &Transaction<'_>, booking: BookingId) -> Result<Option<HoldRow>, Trouble> {
    let found = tx
        .prepare_cached("SELECT hold, office, day, booking FROM holds WHERE booking = ?1")?
        .query_row([bits(booking)], |row| Ok(read(row)))
        .optional()?;
    found.transpose()
}

/// Moves the end of a booking's hold.
pub(crate) fn set_until(tx: &Transaction<'_>, booking: BookingId, until: Timestamp) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE holds SET until = ?2 WHERE booking = ?1")?
        .execute(params![bits(booking), until.as_second()])?;
    Ok(())
}

/// Removes a hold that was released or sold.
pub(crate) fn remove_hold(tx: &Transaction<'_>, hold: HoldId) -> Result<(), Trouble> {
    tx.prepare_cached("DELETE FROM holds WHERE hold = ?1")?.execute([hold.0])?;
    Ok(())
}

/// Whether any hold's time is over.
pub(crate) fn any_due(tx: &Transaction<'_>, now: Timestamp) -> Result<bool, Trouble> {
    Ok(tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM holds WHERE until <= ?1)")?
        .query_row([now.as_second()], |row| row.get(0))?)
}

/// The holds of an office whose time is over, oldest first, `limit` at most.
pub(crate) fn due(
    tx: &Transaction<'_>,
    office: &OfficeId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<HoldRow>, Trouble> {
    let sql = "SELECT hold, office, day, booking FROM holds WHERE until <= ?1 AND office = ?3 ORDER BY until LIMIT ?2";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(params![now.as_second(), limit, office.as_str()], |row| Ok(read(row)))?;
    rows.map(|row| row.map_err(Trouble::from)?).collect()
}

/// All holds of an office.
pub(crate) fn of_office(tx: &Transaction<'_>, office: &OfficeId) -> Result<Vec<HoldRow>, Trouble> {
    let mut statement = tx.prepare_cached("SELECT hold, office, day, booking FROM holds WHERE office = ?1")?;
    let rows = statement.query_map([office.as_str()], |row| Ok(read(row)))?;
    rows.map(|row| row.map_err(Trouble::from)?).collect()
}

fn read(row: &Row<'_>) -> Result<HoldRow, Trouble> {
    let corrupt = |what: &str| Trouble::Corrupt(format!("a hold: {what}"));
    Ok(HoldRow {
        hold: HoldId(row.get("hold")?),
        office: row.get::<_, String>("office")?.parse().map_err(|_bad| corrupt("its office"))?,
        day: row.get::<_, String>("day")?.parse().map_err(|_bad| corrupt("its day"))?,
        booking: row.get::<_, Option<i64>>("booking")?.map(|bits| BookingId::from_bits(bits.cast_unsigned())),
    })
}
