//! Time as it is handed to the pure rooms: always an argument, never asked for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far the clock of a program can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// A fresh boot without any source: neither day nor hour can be judged.
    Unknown,
    /// Not before anything seen so far, and somebody or something vouched for it.
    Plausible,
    /// Confirmed by the network's time or by the booking server's signed answer.
    Trusted,
}

/// The present moment, with how far it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// The moment.
    pub at: Timestamp,
    /// How far it can be believed.
    pub trust: Trust,
}

impl Now {
    /// A moment that is believed.
    #[must_use]
    pub fn trusted(at: Timestamp) -> Self {
        Self { at, trust: Trust::Trusted }
    }
}

/// A whole number of minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minutes(pub u16);

impl From<Minutes> for SignedDuration {
    fn from(minutes: Minutes) -> Self {
        Self::from_mins(i64::from(minutes.0))
    }
}
