//! The other end of an office's line: its keys, the nonce that is due, what it has of ours.

use names::{OfficeId, Side};
use protocol::exchange::{NodeKey, Nonce, Refusal, Sealed, verify_body};
use rusqlite::{OptionalExtension, Transaction};

use crate::cursor::{side_from, side_text, signed, unsigned};
use crate::{ExchangeError, StoreError};

/// What was agreed at enrolment, and how far the line has come since.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) side: Side,
    pub(crate) key: NodeKey,
    pub(crate) next_key: Option<NodeKey>,
    pub(crate) nonce: Nonce,
    pub(crate) acked: u64,
}

pub(crate) fn find(tx: &Transaction<'_>, office: &OfficeId) -> Result<Option<Peer>, StoreError> {
    let row = tx
        .prepare_cached("SELECT side, public_key, next_key, nonce, acked FROM peer WHERE office = ?1")?
        .query_row([office.as_str()], |row| {
            let texts: [String; 3] = [row.get(0)?, row.get(1)?, row.get(3)?];
            Ok((texts, row.get::<_, Option<String>>(2)?, row.get::<_, i64>(4)?))
        })
        .optional()?;
    let Some(([side, key, nonce], next_key, acked)) = row else { return Ok(None) };
    Ok(Some(Peer {
        side: side_from(&side)?,
        key: parse(&key)?,
        next_key: next_key.as_deref().map(parse).transpose()?,
        nonce: nonce.parse().map_err(|e| StoreError::damaged("a nonce", e))?,
        acked: unsigned(acked)?,
    }))
}

fn parse(key: &str) -> Result<NodeKey, StoreError> {
    key.parse().map_err(|e| StoreError::damaged("a peer's key", e))
}

/// Keeps the other end as it was just enrolled, over whoever it was before. A key that stood here
/// and is another one now is no longer good.
pub(crate) fn put(
    tx: &Transaction<'_>,
    office: &OfficeId,
    side: Side,
    key: &NodeKey,
    nonce: Nonce,
) -> Result<(), StoreError> {
    for former in find(tx, office)?.into_iter().flat_map(|known| [Some(known.key), known.next_key]).flatten() {
        if former != *key {
            retire(tx, office, &former)?;
        }
    }
    tx.execute("DELETE FROM former_key WHERE office = ?1 AND public_key = ?2", (office.as_str(), key.to_string()))?;
    tx.execute(
        "INSERT INTO peer (office, side, public_key, nonce, acked) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT DO UPDATE SET public_key = excluded.public_key, next_key = NULL, nonce = excluded.nonce, acked = 0",
        (office.as_str(), side_text(side), key.to_string(), nonce.to_string()),
    )?;
    Ok(())
}

pub(crate) fn set_nonce(tx: &Transaction<'_>, office: &OfficeId, nonce: Nonce) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE peer SET nonce = ?2 WHERE office = ?1")?.execute((office.as_str(), nonce.to_string()))?;
    Ok(())
}

pub(crate) fn set_acked(tx: &Transaction<'_>, office: &OfficeId, number: u64) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE peer SET acked = ?2 WHERE office = ?1")?.execute((office.as_str(), signed(number)?))?;
    Ok(())
}

/// The other end will sign with another key: from now on both are good.
pub(crate) fn announce(tx: &Transaction<'_>, office: &OfficeId, next: &NodeKey) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE peer SET next_key = ?2 WHERE office = ?1 AND public_key <> ?2",
        (office.as_str(), next.to_string()),
    )?;
    Ok(())
}

/// Checks who sent a body. The first one that is signed with an announced key ends the one before.
pub(crate) fn verify(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<Peer, ExchangeError> {
    let before = find(tx, office)?.ok_or(Refusal::NotEnrolled)?.key;
    let peer = recognise(tx, office, sealed)?;
    if peer.key != before {
        promote(tx, office, &before, &peer.key)?;
    }
    Ok(peer)
}

/// Who sent a body, with the key it is signed with; writes nothing.
pub(crate) fn recognise(tx: &Transaction<'_>, office: &OfficeId, sealed: &Sealed) -> Result<Peer, ExchangeError> {
    let peer = find(tx, office)?.ok_or(Refusal::NotEnrolled)?;
    let fits = |key: &NodeKey| verify_body(key, sealed.nonce, &sealed.body, &sealed.signature).is_ok();
    if fits(&peer.key) {
        return Ok(peer);
    }
    if let Some(next) = peer.next_key.as_ref().filter(|next| fits(next)) {
        return Ok(Peer { key: next.clone(), next_key: None, ..peer });
    }
    if formers(tx, office)?.iter().any(fits) {
        return Err(Refusal::Replaced.into());
    }
    Err(Refusal::BadSignature.into())
}

fn promote(tx: &Transaction<'_>, office: &OfficeId, from: &NodeKey, to: &NodeKey) -> Result<(), StoreError> {
    retire(tx, office, from)?;
    tx.execute(
        "UPDATE peer SET public_key = ?2, next_key = NULL WHERE office = ?1",
        (office.as_str(), to.to_string()),
    )?;
    Ok(())
}

fn retire(tx: &Transaction<'_>, office: &OfficeId, key: &NodeKey) -> Result<(), StoreError> {
    tx.execute("INSERT INTO former_key VALUES (?1, ?2) ON CONFLICT DO NOTHING", (office.as_str(), key.to_string()))?;
    Ok(())
}

fn formers(tx: &Transaction<'_>, office: &OfficeId) -> Result<Vec<NodeKey>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT public_key FROM former_key WHERE office = ?1")?;
    let rows = statement.query_map([office.as_str()], |row| row.get::<_, String>(0))?;
    rows.map(|row| parse(&row?)).collect()
}
