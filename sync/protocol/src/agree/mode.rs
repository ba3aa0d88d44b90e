//! What one end may do for one office.

use serde::{Deserialize, Serialize};

/// How far one end can be believed, by itself and by the other end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// All is well.
    #[default]
    Active,
    /// Restored: which writes were lost is not known yet. Sells and gives nothing, rejoins.
    Unproven,
    /// Its log has forked: two stores wrote under one name. Sells and gives nothing until a
    /// person acted.
    Frozen,
}
