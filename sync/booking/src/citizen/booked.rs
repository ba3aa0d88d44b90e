//! From a link to an appointment, and what can be seen and done with it afterwards.

use jiff::Timestamp;
use names::{BookingId, Side};
use protocol::entry::{Booked, Cancelled, FromBooking};
use protocol::sheet::Span;
use protocol::token::{OfficeTag, Token, TokenKind, qr_text};
use store::rusqlite::Transaction;

use super::errors::{CancelError, ConfirmError, Trouble};
use super::holding::OFFERED_INSTEAD;
use super::records::{self, BookingRow, Opens, State};
use super::types::{AppointmentState, AppointmentView, LinkBooking, LinkView, Pick};
use crate::core::Office;
use crate::post::{MailKind, Method, event, outbox};
use crate::secret::{LinkSecret, SecretHash};
use crate::{recovery, seats};

/// What a link leads to.
pub(crate) fn link(tx: &Transaction<'_>, link: &LinkSecret) -> Result<LinkView, Trouble> {
    let Some(row) = records::by_link(tx, link.hash(), Opens::Link)? else { return Ok(LinkView::Unknown) };
    Ok(match row.state {
        State::Unconfirmed => LinkView::Open(link_booking(row)),
        State::Confirmed => LinkView::Confirmed { appointment: link.appointment() },
        State::Lapsed => LinkView::Late(link_booking(row)),
        State::Editing | State::Cancelled => LinkView::Unknown,
    })
}

fn link_booking(row: BookingRow) -> LinkBooking {
    LinkBooking {
        office: row.office,
        start: row.start,
        length: row.length,
        services: row.services,
        persons: row.persons,
        until: row.until,
        language: row.language,
    }
}

/// Books what a link belongs to, at its own start or at another one. Answers the browser to
/// tell; nothing if it was booked before.
pub(crate) fn confirm(
    tx: &Transaction<'_>,
    office: &Office,
    row: BookingRow,
    start: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<SecretHash>, ConfirmError> {
    let row = match row.state {
        // The state decides, not the time: a seat that is still held is sold.
        State::Unconfirmed => row,
        State::Lapsed => hold_again(tx, office, row, start, now)?,
        State::Confirmed => return Ok(None),
        State::Editing | State::Cancelled => return Err(ConfirmError::Unknown),
    };
    Ok(Some(sell(tx, office, row, now)?))
}

/// A late link: the same time if it is still free, or the one chosen instead.
fn hold_again(
    tx: &Transaction<'_>,
    office: &Office,
    mut row: BookingRow,
    start: Option<Timestamp>,
    now: Timestamp,
) -> Result<BookingRow, ConfirmError> {
    if records::contact(tx, &row)?.is_none() {
        return Err(ConfirmError::Unknown);
    }
    row.start = start.unwrap_or(row.start);
    row.day = seats::day_of(office, row.start);
    row.until = now;
    let bookable = row.start >= seats::earliest(office, now) && row.day <= seats::last_day(office, now);
    if bookable && seats::hold(tx, office, &row, now)? {
        records::revive(tx, row.id)?;
        return Ok(row);
    }
    let pick = Pick { services: row.services.clone(), persons: row.persons, length: row.length };
    let next = seats::next_times(tx, office, &pick, row.start.max(now), OFFERED_INSTEAD, now)?;
    Err(ConfirmError::Lapsed { office: row.office, next })
}

/// The seat is sold, the PIN drawn, the box and the citizen told: one transaction.
fn sell(tx: &Transaction<'_>, office: &Office, mut row: BookingRow, now: Timestamp) -> Result<SecretHash, Trouble> {
    let sold = seats::sell(tx, row.id, now)?;
    let pin = seats::pins::draw(tx, office, now)?;
    row.state = State::Confirmed;
    row.pin = Some(pin);
    records::update(tx, &row)?;
    write_booked(tx, &row, sold, now)?;
    recovery::keep(tx, &row, None, now)?;
    outbox::queue(tx, row.id, MailKind::Confirmed, u32::from(row.version), now)?;
    Ok(row.browser)
}

/// What the box is told of a booking, and the seats that this side sold for it.
pub(crate) fn write_booked(
    tx: &Transaction<'_>,
    row: &BookingRow,
    seats: Vec<Span>,
    now: Timestamp,
) -> Result<(), Trouble> {
    let pin = row.pin.ok_or_else(|| Trouble::Corrupt("a booking without its PIN".to_owned()))?;
    let booked = Booked {
        booking: row.id,
        version: row.version,
        pin,
        day: row.day,
        start: row.start,
        length: row.length,
        services: row.services.clone(),
        persons: row.persons,
        language: row.language,
        seats,
    };
    write(tx, row, &FromBooking::Booked(booked), now)
}

fn write(tx: &Transaction<'_>, row: &BookingRow, fact: &FromBooking, now: Timestamp) -> Result<(), Trouble> {
    store::journal::append(tx, &row.office, Side::Booking, &[fact.draft(now)])?;
    Ok(())
}

/// Cancels. Answers the browser to tell; nothing if it was cancelled before.
pub(crate) fn cancel(
    tx: &Transaction<'_>,
    office: &Office,
    row: &BookingRow,
    now: Timestamp,
) -> Result<Option<SecretHash>, CancelError> {
    match row.appointment_state() {
        Some(AppointmentState::Confirmed | AppointmentState::Missed) => {}
        Some(AppointmentState::Cancelled) => return Ok(None),
        Some(AppointmentState::Arrived | AppointmentState::Called { .. } | AppointmentState::Served) => {
            return Err(CancelError::TooLate);
        }
        None => return Err(CancelError::Unknown),
    }
    if row.day < seats::day_of(office, now) {
        return Err(CancelError::TooLate);
    }
    call_off(tx, row, MailKind::Cancelled, now)?;
    Ok(Some(row.browser))
}

/// The appointment is off: seats, fact and mail in one transaction.
pub(crate) fn call_off(tx: &Transaction<'_>, row: &BookingRow, mail: MailKind, now: Timestamp) -> Result<(), Trouble> {
    let seats = seats::cancel(tx, row, now)?;
    records::end(tx, row.id, State::Cancelled, now)?;
    let cancelled = Cancelled { booking: row.id, day: Some(row.day), seats };
    write(tx, row, &FromBooking::Cancelled(cancelled), now)?;
    outbox::queue(tx, row.id, mail, u32::from(row.version), now)
}

/// The check-in token of a booking, and the text of its QR code.
pub(crate) fn token(office: &Office, row: &BookingRow) -> Option<(String, String)> {
    let kind = TokenKind::Appointment { booking: row.id, pin: row.pin? };
    let token = Token {
        key: office.keys.signer.public().id,
        kind,
        office: OfficeTag::of(&row.office),
        version: row.version,
        start: row.start,
        length: row.length,
        service: *row.services.first()?,
        language: row.language,
    };
    let token = token.sign(&office.keys.signer);
    let base = &office.view.doc.qr_base;
    // Longer than it should be, it still works: the start-up said so.
    let text = qr_text(base, &token).unwrap_or_else(|_too_long| format!("{base}{token}"));
    Some((token, text))
}

/// "My appointment".
pub(crate) fn appointment(
    tx: &Transaction<'_>,
    office: &Office,
    row: BookingRow,
    host: &str,
    now: Timestamp,
) -> Result<Option<AppointmentView>, Trouble> {
    let (Some(state), Some(pin), Some((token, qr_text))) = (row.appointment_state(), row.pin, token(office, &row))
    else {
        return Ok(None);
    };
    let method = if state == AppointmentState::Cancelled { Method::Cancel } else { Method::Publish };
    Ok(Some(AppointmentView {
        name: records::contact(tx, &row)?.map(|contact| contact.name),
        calendar: event(&row, &office.view, method, host, now).to_ics(),
        erased_on: row.erased_on(),
        office: row.office,
        day: row.day,
        start: row.start,
        length: row.length,
        services: row.services,
        persons: row.persons,
        pin,
        token,
        qr_text,
        state,
        language: row.language,
    }))
}

/// What is known of a booking in a token.
pub(crate) fn known(tx: &Transaction<'_>, id: BookingId) -> Result<Option<BookingRow>, Trouble> {
    records::by_id(tx, id)
}
