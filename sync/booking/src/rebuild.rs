//! Own facts that were lost with a disk and came back, from the second journal or from the box:
//! the tables are made from them again.
//!
//! ```text
//!   own entry ─┬─ booked ────► bookings (no contact, no mail: both were done before the loss)
//!              ├─ cancelled ─► ended
//!              ├─ key ───────► token keys; a new key of ours if that number is taken
//!              ├─ pin-block ─► the key of the PINs
//!              └─ office ────► the revision goes on from there
//! ```
//!
//! What must always hold: no mail is sent for a fact that came back; what is newer here stays.

use jiff::Timestamp;
use names::{BookingId, OfficeId, Side};
use protocol::entry::{Booked, Entry, FromBooking, TokenKey};
use protocol::office::OfficeDoc;
use protocol::pins::PinKey;
use store::rusqlite::{Transaction, params};
use store::{journal, keys, second};

use crate::citizen::Trouble;
use crate::citizen::records::{self, State};
use crate::core::Office;
use crate::downlink::{nobody, row_of, take_in};
use crate::{offices, status};

/// Applies what the second journal brought, of all offices, and says so.
pub(crate) fn imported(tx: &Transaction<'_>, offices: &[&Office], at: Timestamp) -> Result<usize, Trouble> {
    let Some(from) = second::imported_from(tx)? else { return Ok(0) };
    let mut count = 0;
    for office in offices {
        let entries: Vec<Entry> = journal::in_order(tx, &office.view.id, from)
            .map(|found| found.map(|(_position, entry)| entry))
            .collect::<Result<_, _>>()?;
        for entry in &entries {
            match entry.origin {
                Side::Booking => own(tx, office, entry, at)?,
                Side::Box => drop(take_in(tx, office, std::slice::from_ref(entry), at)?),
            }
            count += 1;
        }
    }
    for office in offices {
        called_off(tx, &office.view.id, at)?;
    }
    second::applied(tx)?;
    Ok(count)
}

/// Applies one own fact that came back.
pub(crate) fn own(tx: &Transaction<'_>, office: &Office, entry: &Entry, at: Timestamp) -> Result<(), Trouble> {
    match FromBooking::of(entry) {
        Some(Ok(FromBooking::Booked(booked))) => again(tx, office, &booked),
        Some(Ok(FromBooking::Cancelled(cancelled))) => {
            let open = records::by_id(tx, cancelled.booking)?.is_some_and(|row| row.state == State::Confirmed);
            if open { records::end(tx, cancelled.booking, State::Cancelled, entry.at) } else { Ok(()) }
        }
        Some(Ok(FromBooking::Key(key))) => token_key(tx, &office.view.id, &key, at),
        Some(Ok(FromBooking::PinBlock(given))) => pin_key(tx, &office.view.id, &given.permutation_key),
        Some(Ok(FromBooking::Office(doc))) => revision(tx, &doc),
        // The sheets are made again by `Seats::settle`.
        Some(Ok(FromBooking::Minted(_))) | None => Ok(()),
        Some(Err(bad)) => {
            tracing::warn!(office = %office.view.id, number = entry.number, %bad, "an own entry cannot be read");
            Ok(())
        }
    }
}

/// What the desk called off stays off, even if the booking itself came back after that.
pub(crate) fn called_off(tx: &Transaction<'_>, office: &OfficeId, at: Timestamp) -> Result<(), Trouble> {
    let mut statement = tx.prepare_cached(
        "SELECT json_extract(body, '$.booking') FROM journal JOIN journal_content USING (position)
         WHERE office = ?1 AND kind = 'cancelled'",
    )?;
    let ids = statement.query_map([office.as_str()], |row| row.get::<_, Option<String>>(0))?;
    for id in ids {
        let Some(id) = id?.and_then(|id| id.parse::<BookingId>().ok()) else { continue };
        if records::by_id(tx, id)?.is_some_and(|row| row.state == State::Confirmed && row.office == *office) {
            records::end(tx, id, State::Cancelled, at)?;
        }
    }
    Ok(())
}

/// A cancellation that is known already wins over the booking that comes after it.
fn again(tx: &Transaction<'_>, office: &Office, booked: &Booked) -> Result<(), Trouble> {
    match records::by_id(tx, booked.booking)? {
        None => records::insert(tx, &row_of(office, booked, nobody()?, State::Confirmed)),
        Some(known) if known.state == State::Cancelled || known.version > booked.version => Ok(()),
        Some(known) if known.version == booked.version && known.state == State::Confirmed => Ok(()),
        Some(known) => {
            records::revive(tx, known.id)?;
            records::rewrite(tx, &row_of(office, booked, known.browser, State::Confirmed))
        }
    }
}

/// Codes in citizens' hands were signed with it, so it is known again.
fn token_key(tx: &Transaction<'_>, office: &OfficeId, key: &TokenKey, at: Timestamp) -> Result<(), Trouble> {
    match status::known_key(tx, office, key.id)? {
        Some(known) if known == key.public => Ok(()),
        Some(_taken_since) => offices::give_way(tx, office, key, at),
        None => status::add_key(tx, office, key),
    }
}

/// The PINs of the office go on in the same order, so that none comes twice.
fn pin_key(tx: &Transaction<'_>, office: &OfficeId, told: &str) -> Result<(), Trouble> {
    match PinKey::from_hex(told) {
        Ok(key) => Ok(keys::take_over_pin_key(tx, office, &key)?),
        Err(bad) => {
            tracing::warn!(%office, %bad, "a key of PINs cannot be read");
            Ok(())
        }
    }
}

/// The next change of the office file gets a higher revision than any that was ever told.
fn revision(tx: &Transaction<'_>, doc: &OfficeDoc) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE offices SET revision = max(revision, ?2) WHERE office = ?1")?
        .execute(params![doc.id.as_str(), doc.revision])?;
    Ok(())
}
