//! Keys that are made once and stay: they live with the facts they sign, in the same file.

use jiff::Timestamp;
use names::{Incarnation, OfficeId, Side};
use protocol::entry::{FromEither, NodeKeyTold};
use protocol::exchange::{Cursor, NodeKey, NodeSigner};
use protocol::pins::PinKey;
use protocol::token::TokenSigner;
use rusqlite::Transaction;

use crate::{StoreError, journal, kv, random};

/// The key this end signs with before an office is known, and for every office that never changed
/// it.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn node_signer(tx: &Transaction<'_>) -> Result<NodeSigner, StoreError> {
    Ok(NodeSigner::from_seed(once(tx, "key.node")?))
}

/// The key this end signs an office's exchanges with.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn signer(tx: &Transaction<'_>, office: &OfficeId) -> Result<NodeSigner, StoreError> {
    match seed(tx, &own(office))? {
        Some(seed) => Ok(NodeSigner::from_seed(seed)),
        None => node_signer(tx),
    }
}

/// Makes a new key for an office's exchanges and announces it under the present one. This end signs
/// with it as soon as the other end has confirmed to know it. Asked again before that, it answers
/// the same key.
///
/// # Errors
/// When the database fails or the system has no random bytes.
pub fn rotate(tx: &Transaction<'_>, office: &OfficeId, me: Side, at: Timestamp) -> Result<NodeKey, StoreError> {
    let public = NodeSigner::from_seed(once(tx, &next(office))?).public();
    if kv::get(tx, &told(office))?.is_none() {
        let draft = FromEither::NodeKey(NodeKeyTold { public: public.clone() }).draft(at);
        for entry in journal::append(tx, office, me, &[draft])? {
            let place = Cursor { incarnation: entry.incarnation, number: entry.number, hash: entry.hash };
            let text = serde_json::to_vec(&place).map_err(|e| StoreError::damaged("a note", e))?;
            kv::set(tx, &told(office), &text)?;
        }
    }
    Ok(public)
}

/// The other end has our present life up to a number: if the new key is among it, it is used now.
/// An announcement that was lost with its life is made again by the next [`rotate`].
pub(crate) fn acked(tx: &Transaction<'_>, office: &OfficeId, life: Incarnation, number: u64) -> Result<(), StoreError> {
    let Some(text) = kv::get(tx, &told(office))? else { return Ok(()) };
    let place: Cursor = serde_json::from_slice(&text).map_err(|e| StoreError::damaged("a note", e))?;
    if place.incarnation != life {
        return kv::remove(tx, &told(office));
    }
    if place.number > number {
        return Ok(());
    }
    kv::remove(tx, &told(office))?;
    use_next(tx, office)
}

/// The key that the next enrolment or rotation begins to use.
pub(crate) fn next_signer(tx: &Transaction<'_>, office: &OfficeId) -> Result<NodeSigner, StoreError> {
    Ok(NodeSigner::from_seed(once(tx, &next(office))?))
}

/// From now on this end signs with the next key; nothing happens if there is none.
pub(crate) fn use_next(tx: &Transaction<'_>, office: &OfficeId) -> Result<(), StoreError> {
    let Some(seed) = kv::get(tx, &next(office))? else { return Ok(()) };
    kv::set(tx, &own(office), &seed)?;
    kv::remove(tx, &next(office))
}

fn own(office: &OfficeId) -> String {
    format!("key.node.{office}")
}

fn next(office: &OfficeId) -> String {
    format!("key.node-next.{office}")
}

fn told(office: &OfficeId) -> String {
    format!("key.node-told.{office}")
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

/// Takes over the key of an office's PIN permutation that the booking server had before it lost its
/// data, so that its blocks go on in the same order.
///
/// # Errors
/// When the database fails.
pub fn take_over_pin_key(tx: &Transaction<'_>, office: &OfficeId, key: &PinKey) -> Result<(), StoreError> {
    kv::set(tx, &format!("key.pin.{office}"), &key.to_bytes())
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
    if let Some(stored) = seed(tx, name)? {
        return Ok(stored);
    }
    let seed = random::bytes()?;
    kv::set(tx, name, &seed)?;
    Ok(seed)
}

fn seed<const N: usize>(tx: &Transaction<'_>, name: &str) -> Result<Option<[u8; N]>, StoreError> {
    let bad = |bad: Vec<u8>| StoreError::damaged("a key", format!("{} bytes", bad.len()));
    kv::get(tx, name)?.map(|stored| stored.try_into().map_err(bad)).transpose()
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
