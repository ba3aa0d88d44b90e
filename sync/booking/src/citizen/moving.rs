//! An appointment gets another date: same booking, same Termin-PIN, next version.

use jiff::Timestamp;
use store::rusqlite::Transaction;

use super::booked;
use super::errors::{MoveError, Trouble};
use super::holding::OFFERED_INSTEAD;
use super::records::{self, BookingRow};
use super::types::{AppointmentState, Pick};
use crate::core::Office;
use crate::post::{MailKind, outbox};
use crate::{recovery, seats};

/// Moves an appointment. The old seats are freed and the new ones sold in one transaction: when the
/// new ones are not to be had, nothing happened.
pub(crate) fn move_to(
    tx: &Transaction<'_>,
    office: &Office,
    mut row: BookingRow,
    start: Timestamp,
    now: Timestamp,
) -> Result<(), MoveError> {
    match row.appointment_state() {
        Some(AppointmentState::Confirmed) => {}
        Some(AppointmentState::Cancelled) | None => return Err(MoveError::Unknown),
        Some(
            AppointmentState::Arrived
            | AppointmentState::Called { .. }
            | AppointmentState::Served
            | AppointmentState::Missed,
        ) => return Err(MoveError::TooLate),
    }
    if row.start == start {
        return Ok(());
    }
    if row.start <= now {
        return Err(MoveError::TooLate);
    }
    let pick = Pick { services: row.services.clone(), persons: row.persons, length: row.length };
    let next = |tx: &Transaction<'_>| seats::next_times(tx, office, &pick, start.max(now), OFFERED_INSTEAD, now);
    let day = seats::day_of(office, start);
    if start < seats::earliest(office, now) || day > seats::last_day(office, now) {
        return Err(MoveError::Taken { next: next(tx)? });
    }
    seats::leave(tx, &row, day, now)?;
    let version = row.version.checked_add(1).ok_or_else(|| Trouble::Corrupt("65535 moves".to_owned()))?;
    (row.start, row.day, row.until, row.version) = (start, day, now, version);
    if !seats::hold(tx, office, &row, now)? {
        return Err(MoveError::Taken { next: next(tx)? });
    }
    let sold = seats::sell(tx, row.id, now)?;
    records::update(tx, &row)?;
    booked::write_booked(tx, &row, sold, now)?;
    recovery::keep(tx, &row, None, now)?;
    outbox::queue(tx, row.id, MailKind::Moved, u32::from(row.version), now)?;
    Ok(())
}
