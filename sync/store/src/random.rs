//! Chance: the only place of this room that asks the system for random bytes.

use crate::StoreError;

/// Random bytes fit for keys.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Random(error.to_string()))?;
    Ok(bytes)
}
