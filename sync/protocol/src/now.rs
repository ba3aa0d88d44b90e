//! *Now*: the latest-only documents of an exchange, with their age. Never stored, dropped after
//! [`FRESH`]; whoever does not know them leaves them out.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use names::{BookingId, Minutes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// After this a *now* says nothing any more.
pub const FRESH: SignedDuration = SignedDuration::from_mins(3);

/// More parts than any box has; the document stays small whatever breaks.
pub const MAX_WRONG: usize = 32;

/// What the box tells of this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxNow {
    /// How many wait in the hall.
    pub waiting: u16,
    /// How long it may take for somebody who pulls a ticket now; none: unsure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Minutes>,
    /// When the holders of appointments who are in the hall may be called.
    #[serde(default)]
    pub turns: BTreeMap<BookingId, Turn>,
    /// Parts of the box that do not work, by their names in its health; at most [`MAX_WRONG`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<String>,
}

/// When somebody may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// How many are called before.
    pub ahead: u16,
    /// How long it may take; none: unsure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Minutes>,
}

impl BoxNow {
    /// As it travels.
    #[must_use]
    pub fn write(&self) -> Option<Value> {
        serde_json::to_value(self).ok()
    }

    /// Reads what a box told; none for a document that is not understood.
    #[must_use]
    pub fn read(document: &Value) -> Option<Self> {
        Self::deserialize(document).ok()
    }
}

#[cfg(test)]
mod tests {
    use names::Side;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_now_comes_back_as_it_was_written() {
        let turn = Turn { ahead: 2, wait: Some(Minutes(15)) };
        let turns = [(BookingId::from_random(Side::Booking, 7), turn)].into();
        let now = BoxNow { waiting: 3, wait: None, turns, wrong: vec!["stick".to_owned()] };
        let written = now.write().expect("a plain document");
        assert_eq!(BoxNow::read(&written), Some(now));
    }

    #[test]
    fn a_now_of_tomorrow_is_read_as_far_as_it_is_known_and_nonsense_is_left_out() {
        let tomorrow = json!({"waiting": 4, "weather": "sunny", "turns": {}});
        assert_eq!(BoxNow::read(&tomorrow).map(|now| now.waiting), Some(4));
        assert_eq!(BoxNow::read(&json!({"waiting": "many"})), None);
    }
}
