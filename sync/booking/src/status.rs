//! The read-only page behind a QR code: nothing personal, nothing to change.

use jiff::Timestamp;
use names::OfficeId;
use protocol::entry::TokenKey;
use protocol::keyring::Keyring;
use protocol::token::{OfficeTag, SERVER_KEYS, Token, TokenKind};
use store::rusqlite::{OptionalExtension, Transaction, params};

use crate::citizen::{StatusView, Trouble, booked};
use crate::core::{Core, Office};
use crate::seats;

/// Keeps a public token key of an office.
pub(crate) fn add_key(tx: &Transaction<'_>, office: &OfficeId, key: &TokenKey) -> Result<(), Trouble> {
    // A key once known is never replaced: tokens in citizens' hands were signed with it.
    tx.prepare_cached("INSERT OR IGNORE INTO token_keys (office, id, public) VALUES (?1, ?2, ?3)")?
        .execute(params![office.as_str(), key.id, key.public])?;
    Ok(())
}

/// A key of before a loss counts more than one that took its number since.
pub(crate) fn replace_key(tx: &Transaction<'_>, office: &OfficeId, key: &TokenKey) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO token_keys (office, id, public) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET public = excluded.public",
    )?
    .execute(params![office.as_str(), key.id, key.public])?;
    Ok(())
}

/// A number of a key of this server that was never used.
pub(crate) fn free_key_id(tx: &Transaction<'_>, office: &OfficeId) -> Result<u8, Trouble> {
    let highest: Option<u8> = tx
        .prepare_cached("SELECT max(id) FROM token_keys WHERE office = ?1 AND id <= ?2")?
        .query_row(params![office.as_str(), SERVER_KEYS.end()], |row| row.get(0))?;
    let next = highest.map_or(0, |highest| highest + 1);
    if SERVER_KEYS.contains(&next) { Ok(next) } else { Err(Trouble::Corrupt("no number for a token key".to_owned())) }
}

/// The public half that is known under a number.
pub(crate) fn known_key(tx: &Transaction<'_>, office: &OfficeId, id: u8) -> Result<Option<String>, Trouble> {
    Ok(tx
        .prepare_cached("SELECT public FROM token_keys WHERE office = ?1 AND id = ?2")?
        .query_row(params![office.as_str(), id], |row| row.get(0))
        .optional()?)
}

fn keyring(tx: &Transaction<'_>, office: &OfficeId) -> Result<Keyring, Trouble> {
    let mut statement = tx.prepare_cached("SELECT id, public FROM token_keys WHERE office = ?1")?;
    let keys = statement.query_map([office.as_str()], |row| Ok(TokenKey { id: row.get(0)?, public: row.get(1)? }))?;
    let mut ring = Keyring::new();
    for key in keys {
        if let Err(bad) = ring.add(&key?) {
            tracing::warn!(%office, %bad, "a token key cannot be used");
        }
    }
    Ok(ring)
}

/// What a token shows.
pub(crate) fn of_token(
    tx: &Transaction<'_>,
    core: &Core,
    scanned: &str,
    now: Timestamp,
) -> Result<Option<StatusView>, Trouble> {
    let offices = core.offices.borrow().clone();
    for office in offices.values() {
        let id = &office.view.id;
        match keyring(tx, id)?.verify(scanned) {
            Ok(token) if token.office == OfficeTag::of(id) => return view(tx, core, office, &token, now).map(Some),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

fn view(
    tx: &Transaction<'_>,
    core: &Core,
    office: &Office,
    token: &Token,
    now: Timestamp,
) -> Result<StatusView, Trouble> {
    let row = match token.kind {
        TokenKind::Appointment { booking, .. } => {
            booked::known(tx, booking)?.filter(|row| row.office == office.view.id)
        }
        TokenKind::Ticket { .. } => None,
    };
    let start = row.as_ref().map_or(token.start, |row| row.start);
    let hall = core.hall(&office.view.id, now);
    let turn = row.as_ref().and_then(|row| hall.as_ref()?.turns.get(&row.id).copied());
    Ok(StatusView {
        office: office.view.id.clone(),
        day: seats::day_of(office, start),
        start,
        state: row.and_then(|row| row.appointment_state()),
        waiting: hall.map(|hall| hall.waiting),
        turn,
    })
}
