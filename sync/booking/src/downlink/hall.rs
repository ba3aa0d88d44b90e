//! What the box tells of the hall, as far as it is about bookings of ours. Read tolerantly:
//! whatever is not understood is kept in the journal and changes nothing here.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, CounterId, Pin};
use protocol::entry::Entry;
use serde_json::{Map, Value};
use store::rusqlite::{OptionalExtension, Transaction, params};

use crate::citizen::Trouble;
use crate::citizen::booked;
use crate::citizen::records::{self, BookingRow, Hall, State};
use crate::core::Office;
use crate::post::MailKind;
use crate::seats;
use crate::secret::SecretHash;

/// The prefix of the kinds of the hall.
const PREFIX: &str = "hall.";

/// Applies an entry; answers the browser to tell.
pub(super) fn apply(
    tx: &Transaction<'_>,
    office: &Office,
    entry: &Entry,
    at: Timestamp,
) -> Result<Option<SecretHash>, Trouble> {
    let Some(kind) = entry.kind.strip_prefix(PREFIX) else { return Ok(None) };
    let hall = match kind {
        "arrived" | "returned" => Hall::Arrived,
        "called" => Hall::Called,
        "served" => Hall::Served,
        "missed" => Hall::Missed,
        _another => return Ok(None),
    };
    let visit = number(&entry.body, "visit").and_then(|visit| u32::try_from(visit).ok());
    let day = seats::day_of(office, entry.at);
    let Some(row) = booking_of(tx, office, &entry.body, visit, day)? else { return Ok(None) };
    let counter = number(&entry.body, "counter").and_then(|n| CounterId::try_from(u8::try_from(n).ok()?).ok());
    let version = number(&entry.body, "version").and_then(|version| u16::try_from(version).ok());
    if moved_meanwhile(&row, version) {
        return release(tx, office, &row, hall, at);
    }
    records::set_hall(tx, row.id, hall, visit, counter)?;
    Ok(Some(row.browser))
}

/// Whether the person came with a date of the booking that is no longer its date.
fn moved_meanwhile(row: &BookingRow, version: Option<u16>) -> bool {
    version.is_some_and(|version| version < row.version)
}

/// Presence wins: who was served under the old date does not need the new one. Before that the new
/// date stands untouched: the person may leave again.
fn release(
    tx: &Transaction<'_>,
    office: &Office,
    row: &BookingRow,
    hall: Hall,
    at: Timestamp,
) -> Result<Option<SecretHash>, Trouble> {
    match hall {
        Hall::Served if row.state == State::Confirmed => {
            tracing::info!(office = %office.view.id, booking = %row.id, "served under its old date: the new one is free");
            booked::call_off(tx, row, MailKind::Released, at)?;
            Ok(Some(row.browser))
        }
        Hall::Served | Hall::Arrived | Hall::Called | Hall::Missed => Ok(None),
    }
}

/// The booking of an entry: by its id, by the PIN the visitor is called by, or by the visit.
fn booking_of(
    tx: &Transaction<'_>,
    office: &Office,
    body: &Map<String, Value>,
    visit: Option<u32>,
    day: Date,
) -> Result<Option<BookingRow>, Trouble> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    if let Some(id) = text("booking").and_then(|text| text.parse::<BookingId>().ok()) {
        return Ok(records::by_id(tx, id)?.filter(|row| row.office == office.view.id));
    }
    if let Some(pin) = text("code").and_then(|text| text.parse::<Pin>().ok()) {
        return by_pin(tx, office, pin, day);
    }
    match visit {
        Some(visit) => records::by_visit(tx, &office.view.id, day, visit),
        None => Ok(None),
    }
}

fn by_pin(tx: &Transaction<'_>, office: &Office, pin: Pin, day: Date) -> Result<Option<BookingRow>, Trouble> {
    let id: Option<i64> = tx
        .prepare_cached(
            "SELECT booking FROM bookings WHERE office = ?1 AND pin = ?2 AND day = ?3
             AND state IN ('confirmed', 'cancelled') ORDER BY state = 'confirmed' DESC LIMIT 1",
        )?
        .query_row(params![office.view.id.as_str(), pin.number(), day.to_string()], |row| row.get(0))
        .optional()?;
    match id {
        Some(id) => records::by_id(tx, BookingId::from_bits(id.cast_unsigned())),
        None => Ok(None),
    }
}

fn number(body: &Map<String, Value>, field: &str) -> Option<u64> {
    body.get(field).and_then(Value::as_u64)
}
