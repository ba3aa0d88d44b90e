//! The other end of an office's line: its key, the nonce that is due, what it has of ours.

use names::{Incarnation, OfficeId, Side};
use protocol::exchange::{NodeKey, Nonce};
use rusqlite::{OptionalExtension, Transaction};

use crate::StoreError;
use crate::cursor::{meet, side_text, unsigned};

/// What was agreed at enrolment, and how far the line has come since.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) key: NodeKey,
    pub(crate) nonce: Nonce,
    pub(crate) acked: u64,
}

pub(crate) fn find(tx: &Transaction<'_>, office: &OfficeId) -> Result<Option<Peer>, StoreError> {
    let row = tx
        .prepare_cached("SELECT public_key, nonce, acked FROM peer WHERE office = ?1")?
        .query_row([office.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
        })
        .optional()?;
    let Some((key, nonce, acked)) = row else { return Ok(None) };
    Ok(Some(Peer {
        key: key.parse().map_err(|e| StoreError::damaged("a peer's key", e))?,
        nonce: nonce.parse().map_err(|e| StoreError::damaged("a nonce", e))?,
        acked: unsigned(acked)?,
    }))
}

pub(crate) fn add(
    tx: &Transaction<'_>,
    office: &OfficeId,
    side: Side,
    key: &NodeKey,
    incarnation: Incarnation,
    nonce: Nonce,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO peer (office, side, public_key, nonce) VALUES (?1, ?2, ?3, ?4)",
        (office.as_str(), side_text(side), key.to_string(), nonce.to_string()),
    )?;
    meet(tx, office, side, incarnation)
}

pub(crate) fn set_nonce(tx: &Transaction<'_>, office: &OfficeId, nonce: Nonce) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE peer SET nonce = ?2 WHERE office = ?1")?.execute((office.as_str(), nonce.to_string()))?;
    Ok(())
}
