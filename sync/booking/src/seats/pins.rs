//! Termin-PINs: drawn from the blocks held here, never that of another open booking.

use jiff::Timestamp;
use names::{OfficeId, Pin};
use store::rusqlite::{Transaction, params};
use store::{OfficeShelf, StoreError};

use super::{day_of, shelf};
use crate::citizen::Trouble;
use crate::core::Office;

/// Draws a PIN for a booking of an office.
///
/// # Errors
/// Nothing may be sold now, all PINs of the office belong to open bookings, or the store failed.
pub(crate) fn draw(tx: &Transaction<'_>, office: &Office, now: Timestamp) -> Result<Pin, Trouble> {
    let id = &office.view.id;
    let today = day_of(office, now).to_string();
    let taken = |shelf: &mut OfficeShelf<'_>, pin: Pin| is_open(shelf.tx(), id, pin, &today);
    let drawn = shelf(tx, id, now).seats().draw_pin(taken)?;
    let drawn = drawn.map_err(|_not_active| Trouble::Paused(id.clone()))?;
    drawn.ok_or_else(|| Trouble::Corrupt("no PIN that is free".to_owned()))
}

fn is_open(tx: &Transaction<'_>, office: &OfficeId, pin: Pin, today: &str) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM bookings WHERE office = ?1 AND pin = ?2 AND state = 'confirmed' AND day >= ?3)",
        )?
        .query_row(params![office.as_str(), pin.number(), today], |row| row.get(0))?)
}
