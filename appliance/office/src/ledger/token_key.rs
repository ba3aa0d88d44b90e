//! The key this box signs its slips with: made before the first one, told before it is used.
//!
//! What must always hold: no two boxes of an office ever sign with the same id; a key whose secret
//! is gone is never used again, and everybody goes on to know it.

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::entry::{FromBox, TokenKey};
use protocol::token::{BOX_KEYS, TokenSigner};
use store::rusqlite::Transaction;
use store::{StoreError, journal, keys, kv};

/// The row with the id of the key in use.
fn row(office: &OfficeId) -> String {
    format!("key.token.own.{office}")
}

/// The key in use; nothing before the first booking.
pub(super) fn made(tx: &Transaction<'_>, office: &OfficeId) -> Result<Option<TokenSigner>, StoreError> {
    let Some(id) = kv::get(tx, &row(office))?.and_then(|bytes| bytes.first().copied()) else { return Ok(None) };
    keys::token_signer(tx, office, id).map(Some)
}

/// The key in use. If there is none, or another box used its id meanwhile, a new one is made and
/// told.
pub(super) fn own(
    tx: &Transaction<'_>,
    office: &OfficeId,
    at: Timestamp,
) -> Result<(TokenSigner, Option<TokenKey>), StoreError> {
    let told = told(tx, office)?;
    if let Some(signer) = made(tx, office)?
        && told.contains(&signer.public())
    {
        return Ok((signer, None));
    }
    let id = next_id(&told).ok_or_else(|| used_up(office))?;
    let signer = keys::token_signer(tx, office, id)?;
    kv::set(tx, &row(office), &[id])?;
    journal::append(tx, office, Side::Box, &[FromBox::Key(signer.public()).draft(at)])?;
    let public = signer.public();
    Ok((signer, Some(public)))
}

/// All keys that boxes of this office ever told.
fn told(tx: &Transaction<'_>, office: &OfficeId) -> Result<Vec<TokenKey>, StoreError> {
    let sql = "SELECT c.body FROM journal j JOIN journal_content c ON c.position = j.position
               WHERE j.office = ?1 AND j.origin = 'box' AND j.kind = 'key' ORDER BY j.position";
    let mut statement = tx.prepare_cached(sql)?;
    let bodies = statement.query_map([office.as_str()], |row| row.get::<_, String>(0))?;
    // What cannot be read was never used by us.
    bodies
        .filter_map(|body| body.map(|body| serde_json::from_str(&body).ok()).transpose())
        .collect::<Result<_, _>>()
        .map_err(StoreError::from)
}

fn next_id(told: &[TokenKey]) -> Option<u8> {
    match told.iter().map(|key| key.id).max() {
        Some(last) => last.checked_add(1),
        None => Some(*BOX_KEYS.start()),
    }
}

fn used_up(office: &OfficeId) -> StoreError {
    StoreError::Damaged { what: "the ids of token keys", why: format!("128 boxes of {office} have used them all") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: u8) -> TokenKey {
        TokenKey { id, public: "ab".repeat(32) }
    }

    #[test]
    fn each_new_box_takes_the_next_id() {
        assert_eq!(next_id(&[]), Some(128));
        assert_eq!(next_id(&[key(128), key(130)]), Some(131));
        assert_eq!(next_id(&[key(255)]), None);
    }
}
