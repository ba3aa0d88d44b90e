//! The key that contacts taken at the desk are sealed to: made once, kept with the data.

use protocol::sealed::OpenKey;
use store::kv;
use store::rusqlite::Transaction;

use crate::citizen::Trouble;

/// Where the key lies.
const NAME: &str = "key.contacts";

/// The key of this server; the same for all its offices, because a sealed contact names its own.
pub(crate) fn key(tx: &Transaction<'_>) -> Result<OpenKey, Trouble> {
    if let Some(stored) = kv::get(tx, NAME)? {
        let seed = stored.try_into().map_err(|_bad: Vec<u8>| Trouble::Corrupt("a key".to_owned()))?;
        return Ok(OpenKey::from_seed(seed));
    }
    let seed = seed()?;
    kv::set(tx, NAME, &seed)?;
    Ok(OpenKey::from_seed(seed))
}

/// 32 random bytes, new for every sealing.
pub(crate) fn seed() -> Result<[u8; 32], Trouble> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}
