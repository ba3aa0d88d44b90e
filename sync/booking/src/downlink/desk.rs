//! What the desk sold and called off without us, and how to reach the people: told by the box.
//!
//! ```text
//!   booked ────► row in bookings (confirmed)
//!   contact ───► opened, into contacts; its entry here is erased; the mail is queued
//!   cancelled ─► row ended, our own seats freed, the mail is queued
//! ```
//!
//! What must always hold: hearing a fact again changes nothing; a mail about an appointment that
//! has begun is dropped; a contact is kept in `contacts` only.

use jiff::Timestamp;
use names::{BookingId, Side};
use protocol::entry::{Booked, Cancelled, Contact, Entry, Recipient, SeatFact};
use protocol::sealed::{Plain, SealedContact, open};
use protocol::seats::Heard;
use store::rusqlite::{Transaction, params};
use store::{OfficeShelf, journal};

use crate::citizen::records::{self, BookingRow, State};
use crate::citizen::{Details, Trouble, fold_mail};
use crate::core::Office;
use crate::post::{MailKind, outbox};
use crate::secret::{HoldSecret, SecretHash};
use crate::{sealing, seats};

/// A fact about seats: ours may become free by it.
pub(super) fn seats_of(tx: &Transaction<'_>, office: &Office, fact: &SeatFact, at: Timestamp) -> Result<(), Trouble> {
    let mut shelf = OfficeShelf::new(tx, &office.view.id, Side::Booking, at);
    if let Heard::Freed { booking, place } = shelf.seats().hear(fact)?
        && let Some(row) = records::by_id(tx, booking)?
    {
        seats::cool_down(tx, &row, place, at)?;
    }
    match fact {
        SeatFact::Settled(_) => seats::share::again(tx, office, at),
        SeatFact::Minted(_)
        | SeatFact::Seats(_)
        | SeatFact::Given(_)
        | SeatFact::PinBlock(_)
        | SeatFact::Booked(_)
        | SeatFact::Cancelled(_) => Ok(()),
    }
}

/// A booking that the desk made or moved.
pub(super) fn booked(tx: &Transaction<'_>, office: &Office, booked: &Booked) -> Result<(), Trouble> {
    match records::by_id(tx, booked.booking)? {
        Some(known) if known.office != office.view.id || known.version >= booked.version => Ok(()),
        Some(known) => records::rewrite(tx, &row_of(office, booked, known.browser, known.state)),
        None => records::insert(tx, &row_of(office, booked, nobody()?, State::Confirmed)),
    }
}

/// No browser made it, so no browser may ever look at it.
pub(crate) fn nobody() -> Result<SecretHash, Trouble> {
    Ok(HoldSecret::draw()?.hash())
}

/// A booking as its fact tells it.
pub(crate) fn row_of(office: &Office, booked: &Booked, browser: SecretHash, state: State) -> BookingRow {
    BookingRow {
        id: booked.booking,
        office: office.view.id.clone(),
        state,
        version: booked.version,
        day: booked.day,
        start: booked.start,
        length: booked.length,
        services: booked.services.clone(),
        persons: booked.persons,
        language: booked.language,
        browser,
        extended: 0,
        until: booked.start,
        submitted: None,
        pin: Some(booked.pin),
        hall: None,
        counter: None,
    }
}

/// A booking that the desk called off, its own or one of ours; answers the browser to tell.
pub(super) fn cancelled(
    tx: &Transaction<'_>,
    office: &Office,
    cancelled: &Cancelled,
    at: Timestamp,
) -> Result<Option<SecretHash>, Trouble> {
    let Some(row) = of_office(tx, office, cancelled.booking)? else { return Ok(None) };
    if row.state != State::Confirmed {
        return Ok(None);
    }
    records::end(tx, row.id, State::Cancelled, at)?;
    mail(tx, &row, MailKind::Cancelled, at)?;
    Ok(Some(row.browser))
}

fn of_office(tx: &Transaction<'_>, office: &Office, id: BookingId) -> Result<Option<BookingRow>, Trouble> {
    Ok(records::by_id(tx, id)?.filter(|row| row.office == office.view.id))
}

/// How to reach a person the desk booked for. What cannot be opened stays as it came, sealed.
pub(super) fn contact(
    tx: &Transaction<'_>,
    office: &Office,
    entry: &Entry,
    contact: &Contact,
    at: Timestamp,
) -> Result<(), Trouble> {
    if contact.to != Recipient::Booking {
        return Ok(());
    }
    let Some(row) = of_office(tx, office, contact.booking)? else {
        tracing::warn!(office = %office.view.id, number = entry.number, "a contact of a booking that is not known");
        return Ok(());
    };
    let sealed = SealedContact::try_from(contact.sealed.clone());
    let opened = match sealed {
        Ok(sealed) => open(&sealed, &sealing::key(tx)?, &office.view.id, row.id).map_err(|bad| bad.to_string()),
        Err(bad) => Err(bad.to_string()),
    };
    match opened {
        Ok(plain) => {
            keep(tx, &row, plain, at)?;
            erase(tx, entry)
        }
        Err(bad) => {
            tracing::warn!(office = %office.view.id, number = entry.number, bad, "a contact stays sealed");
            Ok(())
        }
    }
}

fn keep(tx: &Transaction<'_>, row: &BookingRow, plain: Plain, at: Timestamp) -> Result<(), Trouble> {
    let mail_to = plain.mail.unwrap_or_default();
    let details = Details { name: plain.name, mail: mail_to, telephone: plain.telephone, language: plain.language };
    records::put_contact(tx, row.id, &details, &fold_mail(&details.mail))?;
    if !details.mail.is_empty() && row.state == State::Confirmed {
        mail(tx, row, MailKind::Confirmed, at)?;
    }
    Ok(())
}

/// Queues a mail, unless the appointment has begun.
fn mail(tx: &Transaction<'_>, row: &BookingRow, kind: MailKind, at: Timestamp) -> Result<(), Trouble> {
    if row.start <= at {
        tracing::info!(booking = %row.id, kind = kind.name(), "a mail came too late and is not sent");
        return Ok(());
    }
    outbox::queue(tx, row.id, kind, u32::from(row.version), at)
}

/// Erases the content of an entry here; what it said is in `contacts`, which is erased in time.
fn erase(tx: &Transaction<'_>, entry: &Entry) -> Result<(), Trouble> {
    let origin = match entry.origin {
        Side::Booking => "booking",
        Side::Box => "box",
    };
    let position: i64 = tx
        .prepare_cached(
            "SELECT position FROM journal WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 AND number = ?4",
        )?
        .query_row(
            params![entry.office.as_str(), origin, entry.incarnation.to_string(), entry.number.cast_signed()],
            |row| row.get(0),
        )?;
    Ok(journal::erase(tx, position.unsigned_abs())?)
}
