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

use std::collections::BTreeMap;

use jiff::Timestamp;
use names::{BookingId, Side};
use protocol::entry::{Booked, Cancelled, Contact, Entry, FromEither, Recipient, SeatFact};
use protocol::sealed::Plain;
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

/// A contact for us, and what was inside or why it stays closed.
pub(super) struct Opened {
    booking: BookingId,
    inside: Result<Plain, String>,
}

/// The contacts for us among some entries, by their places; opened together, because that takes
/// longer than all the rest of their entries.
pub(super) fn open_contacts(
    tx: &Transaction<'_>,
    office: &Office,
    entries: &[Entry],
) -> Result<BTreeMap<usize, Opened>, Trouble> {
    let ours = entries.iter().enumerate().filter_map(|(place, entry)| Some((place, contact_for_us(entry)?)));
    let (places, contacts): (Vec<usize>, Vec<Contact>) = ours.unzip();
    if contacts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let insides = sealing::open_all(&sealing::key(tx)?, &office.view.id, &contacts);
    let opened = contacts.iter().zip(insides).map(|(contact, inside)| Opened { booking: contact.booking, inside });
    Ok(places.into_iter().zip(opened).collect())
}

fn contact_for_us(entry: &Entry) -> Option<Contact> {
    match FromEither::of(entry)?.ok()? {
        FromEither::Contact(contact) => Some(contact).filter(|contact| contact.to == Recipient::Booking),
        FromEither::NodeKey(_) => None,
    }
}

/// How to reach a person the desk booked for. What cannot be opened stays as it came, sealed.
pub(super) fn contact(
    tx: &Transaction<'_>,
    office: &Office,
    entry: &Entry,
    opened: Opened,
    at: Timestamp,
) -> Result<(), Trouble> {
    let Some(row) = of_office(tx, office, opened.booking)? else {
        tracing::warn!(office = %office.view.id, number = entry.number, "a contact of a booking that is not known");
        return Ok(());
    };
    match opened.inside {
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
