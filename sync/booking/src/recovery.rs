//! Contacts that survive the loss of this server: sealed to a key that only exists on paper, kept
//! by the box as entries that are erased in time.
//!
//! ```text
//!   confirmed ─┐
//!   mail taken ┴─► contact, sealed ─► journal ═► box      paper ─► recover ─► contacts, links
//! ```
//!
//! What must always hold: the secret half is never stored here; a contact is in the transaction of
//! the fact it belongs to; without a key in the configuration nothing of this happens.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use names::{BookingId, OfficeId, Side};
use protocol::entry::{Contact, Entry, FromEither, Recipient};
use protocol::sealed::{OpenKey, Plain, SealKey, SealedContact, open, seal};
use store::rusqlite::{Transaction, params};
use store::{journal, kv};

use crate::citizen::records::{self, BookingRow, Opens, State};
use crate::citizen::{Details, Trouble, fold_mail};
use crate::sealing;
use crate::secret::SecretHash;

/// Where the public half lies while the server runs.
const NAME: &str = "key.recovery";

/// Days after the appointment's day that a contact is kept (`rules.md`, retention).
const KEPT_DAYS: i32 = 2;

/// Seconds that the contact of a cancelled booking is kept: 24 hours.
const CANCELLED_KEPT_SECONDS: i64 = 24 * 60 * 60;

/// Takes over what the configuration says.
pub(crate) fn set_key(tx: &Transaction<'_>, key: Option<&SealKey>) -> Result<(), Trouble> {
    match key {
        Some(key) => Ok(kv::set(tx, NAME, key.to_string().as_bytes())?),
        None => Ok(kv::remove(tx, NAME)?),
    }
}

/// Writes down how to reach the person of a booking, for the worst case. `link` is the hash of the
/// address in the mail, once there is one.
pub(crate) fn keep(
    tx: &Transaction<'_>,
    row: &BookingRow,
    link: Option<SecretHash>,
    now: Timestamp,
) -> Result<(), Trouble> {
    let Some(key) = kv::get(tx, NAME)? else { return Ok(()) };
    let key = String::from_utf8(key).ok().and_then(|text| text.parse::<SealKey>().ok());
    let (Some(key), Some(contact)) = (key, records::contact(tx, row)?) else { return Ok(()) };
    let plain = Plain {
        name: contact.name,
        mail: Some(contact.mail).filter(|mail| !mail.is_empty()),
        telephone: contact.telephone,
        link: link.map(|hash| *hash.bytes()),
        language: row.language,
    };
    let sealed = match seal(&plain, &key, &row.office, row.id, sealing::seed()?) {
        Ok(sealed) => String::from(sealed),
        Err(too_long) => {
            tracing::warn!(booking = %row.id, %too_long, "a contact is not kept for the worst case");
            return Ok(());
        }
    };
    let keep = row.day.saturating_add(KEPT_DAYS.days());
    let fact = FromEither::Contact(Contact { booking: row.id, to: Recipient::Recovery, keep, sealed });
    journal::append(tx, &row.office, Side::Booking, &[fact.draft(now)])?;
    Ok(())
}

/// Opens all contacts that the journal of an office has for this key, and fills the tables where
/// they are empty. Answers how many bookings have a contact by it.
pub(crate) fn recover(tx: &Transaction<'_>, office: &OfficeId, key: &OpenKey) -> Result<usize, Trouble> {
    let entries: Vec<Entry> = journal::in_order(tx, office, 0)
        .filter(|found| found.as_ref().is_ok_and(|(_position, entry)| entry.kind == "contact" && !entry.is_erased()))
        .map(|found| found.map(|(_position, entry)| entry))
        .collect::<Result<_, _>>()?;
    let mut reached = std::collections::BTreeSet::new();
    for entry in entries {
        if let Some(Ok(FromEither::Contact(contact))) = FromEither::read(&entry.draft())
            && contact.to == Recipient::Recovery
            && put_back(tx, office, key, &contact)?
        {
            reached.insert(contact.booking);
        }
    }
    Ok(reached.len())
}

fn put_back(tx: &Transaction<'_>, office: &OfficeId, key: &OpenKey, contact: &Contact) -> Result<bool, Trouble> {
    let row = records::by_id(tx, contact.booking)?.filter(|row| row.office == *office && row.state == State::Confirmed);
    let (Some(row), Ok(sealed)) = (row, SealedContact::try_from(contact.sealed.clone())) else { return Ok(false) };
    let plain = match open(&sealed, key, office, row.id) {
        Ok(plain) => plain,
        Err(bad) => {
            tracing::warn!(booking = %row.id, %bad, "a contact stays sealed");
            return Ok(false);
        }
    };
    if let Some(link) = plain.link {
        records::add_link(tx, SecretHash::from(link), Opens::Appointment, row.id)?;
    }
    if records::contact(tx, &row)?.is_none() {
        let mail = plain.mail.unwrap_or_default();
        let details = Details { name: plain.name, mail, telephone: plain.telephone, language: plain.language };
        records::put_contact(tx, row.id, &details, &fold_mail(&details.mail))?;
    }
    Ok(true)
}

/// Erases the sealed contacts that may no longer be kept; answers how many.
pub(crate) fn erase(tx: &Transaction<'_>, office: &OfficeId, today: Date, now: Timestamp) -> Result<usize, Trouble> {
    let mut statement = tx.prepare_cached(
        "SELECT position, json_extract(body, '$.booking'), json_extract(body, '$.keep')
         FROM journal INDEXED BY journal_contacts JOIN journal_content USING (position)
         WHERE office = ?1 AND kind = 'contact'",
    )?;
    let rows = statement.query_map([office.as_str()], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    let mut over = Vec::new();
    for row in rows {
        let (position, booking, keep) = row?;
        // What cannot be read cannot be kept either.
        let kept = keep.and_then(|day| day.parse::<Date>().ok()).is_some_and(|day| today <= day);
        let booking = booking.and_then(|id| id.parse::<BookingId>().ok());
        if !kept || booking.is_none_or(|id| is_long_off(tx, id, now).unwrap_or(false)) {
            over.push(position);
        }
    }
    for position in &over {
        journal::erase(tx, position.unsigned_abs())?;
    }
    Ok(over.len())
}

fn is_long_off(tx: &Transaction<'_>, booking: BookingId, now: Timestamp) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM bookings WHERE booking = ?1 AND state = 'cancelled' AND ended <= ?2)";
    Ok(tx
        .prepare_cached(sql)?
        .query_row(params![records::bits(booking), now.as_second() - CANCELLED_KEPT_SECONDS], |row| row.get(0))?)
}
