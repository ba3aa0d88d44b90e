//! Keys that are made once and stay: they live with the facts they sign, in the same file.

use names::OfficeId;
use protocol::exchange::NodeSigner;
use protocol::pins::PinKey;
use protocol::token::TokenSigner;
use rusqlite::Transaction;

use crate::{StoreError, kv, random};

/// The key this end signs its exchanges with.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn node_signer(tx: &Transaction<'_>) -> Result<NodeSigner, StoreError> {
    Ok(NodeSigner::from_seed(once(tx, "key.node")?))
}

/// The key this end signs an office's check-in tokens with; `id` as in
/// [`protocol::token::SERVER_KEYS`] and [`protocol::token::BOX_KEYS`].
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn token_signer(tx: &Transaction<'_>, office: &OfficeId, id: u8) -> Result<TokenSigner, StoreError> {
    Ok(TokenSigner::from_seed(id, once(tx, &format!("key.token.{office}.{id}"))?))
}

/// The key of an office's PIN permutation; only its booking server makes one.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn pin_key(tx: &Transaction<'_>, office: &OfficeId) -> Result<PinKey, StoreError> {
    Ok(PinKey::from_bytes(once(tx, &format!("key.pin.{office}"))?))
}

/// The key of the PIN permutation as a box was told it, together with its first block.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub(crate) fn told_pin_key(tx: &Transaction<'_>, office: &OfficeId) -> Result<Option<PinKey>, StoreError> {
    let Some(stored) = kv::get(tx, &told_pin_key_name(office))? else { return Ok(None) };
    let text = String::from_utf8(stored).map_err(|bad| StoreError::damaged("a key", bad))?;
    PinKey::from_hex(&text).map(Some).map_err(|bad| StoreError::damaged("a key", bad))
}

pub(crate) fn told_pin_key_name(office: &OfficeId) -> String {
    format!("key.pin.told.{office}")
}

fn once<const N: usize>(tx: &Transaction<'_>, name: &str) -> Result<[u8; N], StoreError> {
    if let Some(stored) = kv::get(tx, name)? {
        return stored.try_into().map_err(|bad: Vec<u8>| StoreError::damaged("a key", format!("{} bytes", bad.len())));
    }
    let seed = random::bytes()?;
    kv::set(tx, name, &seed)?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use crate::{Db, StoreError};

    #[test]
    fn keys_are_made_once_and_differ_from_each_other() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("keys.db");
        let public = |db: &Db| {
            db.write_blocking(|tx| {
                let office = "musterland".parse().expect("a good name");
                let tokens = [super::token_signer(tx, &office, 0)?, super::token_signer(tx, &office, 128)?];
                let node = super::node_signer(tx)?.public().to_string();
                Ok::<_, StoreError>((node, tokens.map(|t| t.public().public), super::pin_key(tx, &office)?.to_hex()))
            })
            .expect("keys")
        };
        let first = public(&Db::open(&path, &[]).expect("a new file"));
        let second = public(&Db::open(&path, &[]).expect("the same file"));
        assert_eq!(first, second);
        assert_ne!(first.1[0], first.1[1]);
        assert_ne!(first.0, first.1[0]);
    }
}
