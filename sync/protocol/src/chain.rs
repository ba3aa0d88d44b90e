//! The hash chain of a journal: which entry follows which, provable after its content is gone.
//!
//! ```text
//!   genesis(office, origin, incarnation) ─► hash 1 ─► hash 2 ─► …
//!                                             ▲
//!               number, schema, kind, time, commitment(salt, body)
//! ```
//!
//! What must always hold: the chain covers the commitment, never the content, so erasing salt
//! and body leaves every later hash valid; the canonical text of a body does not depend on the
//! order in which some reader keeps its fields.

use jiff::Timestamp;
use names::{Incarnation, OfficeId, Side};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::hex::hex_bytes;

const GENESIS: &[u8] = b"aufruf-chain-v1";
const COMMITMENT: &[u8] = b"aufruf-commitment-v1";

hex_bytes! {
    /// The place of an entry in its chain: SHA-256 over everything up to it.
    ChainHash, 32
}
hex_bytes! {
    /// SHA-256 over salt and body: what the chain covers instead of the content.
    Commitment, 32
}
hex_bytes! {
    /// Random bytes that keep an erased body from being guessed by its commitment.
    Salt, 16
}

impl ChainHash {
    /// The hash before entry 1 of one life of one side's journal for one office.
    #[must_use]
    pub fn genesis(office: &OfficeId, origin: Side, incarnation: Incarnation) -> Self {
        let side: &[u8] = match origin {
            Side::Booking => b"booking",
            Side::Box => b"box",
        };
        let mut hasher = Sha256::new();
        for part in [GENESIS, office.as_str().as_bytes(), side, &incarnation.bits().to_be_bytes()] {
            absorb(&mut hasher, part);
        }
        Self(hasher.finalize().into())
    }

    /// The hash of the entry that follows this one.
    #[must_use]
    pub fn next(self, link: &Link<'_>) -> Self {
        let mut hasher = Sha256::new();
        let at = link.at.to_string();
        let (number, schema) = (link.number.to_be_bytes(), link.schema.to_be_bytes());
        for part in [&self.0[..], &number, &schema, link.kind.as_bytes(), at.as_bytes(), &link.commitment.0] {
            absorb(&mut hasher, part);
        }
        Self(hasher.finalize().into())
    }
}

/// What the chain covers of one entry.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its schema.
    pub schema: u16,
    /// Its kind.
    pub kind: &'a str,
    /// When it was written.
    pub at: Timestamp,
    /// The commitment to its content.
    pub commitment: Commitment,
}

impl Commitment {
    /// Commits to a body; only who knows the salt can check a guess.
    #[must_use]
    pub fn of(salt: Salt, body: &Map<String, Value>) -> Self {
        let mut hasher = Sha256::new();
        for part in [COMMITMENT, &salt.0, canonical(body).as_bytes()] {
            absorb(&mut hasher, part);
        }
        Self(hasher.finalize().into())
    }
}

/// Length first, so that two parts never read as one.
fn absorb(hasher: &mut Sha256, part: &[u8]) {
    hasher.update((part.len() as u64).to_be_bytes());
    hasher.update(part);
}

/// The one text of a body: no spaces, fields sorted by name at every depth.
#[must_use]
pub fn canonical(body: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(body, &mut text);
    text
}

fn write_object(object: &Map<String, Value>, text: &mut String) {
    let mut fields: Vec<_> = object.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    text.push('{');
    for (place, (name, value)) in fields.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_text(name, text);
        text.push(':');
        write_value(value, text);
    }
    text.push('}');
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => write_object(object, text),
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write_value(item, text);
            }
            text.push(']');
        }
        Value::String(string) => write_text(string, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
}

/// Nearly no text of ours has a character that JSON escapes.
fn write_text(string: &str, text: &mut String) {
    if string.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        text.push_str(&Value::from(string).to_string());
    } else {
        text.push('"');
        text.push_str(string);
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn the_canonical_text_is_sorted_at_every_depth() {
        let body = object(&json!({"z": [{"b": 1, "a": "ä\"\n"}], "a": null}));
        assert_eq!(canonical(&body), r#"{"a":null,"z":[{"a":"ä\"\n","b":1}]}"#);
    }

    #[test]
    fn the_salt_hides_and_the_body_binds() {
        let (one, other) = (object(&json!({"pin": "123456"})), object(&json!({"pin": "123457"})));
        assert_ne!(Commitment::of(Salt([0; 16]), &one), Commitment::of(Salt([1; 16]), &one));
        assert_ne!(Commitment::of(Salt([0; 16]), &one), Commitment::of(Salt([0; 16]), &other));
    }

    #[test]
    fn everything_the_chain_covers_changes_the_hash() {
        let office: OfficeId = "musterland".parse().expect("a good name");
        let start = ChainHash::genesis(&office, Side::Box, Incarnation::from_bits(7));
        assert_ne!(start, ChainHash::genesis(&office, Side::Booking, Incarnation::from_bits(7)));
        assert_ne!(start, ChainHash::genesis(&office, Side::Box, Incarnation::from_bits(8)));
        let link = Link { number: 1, schema: 1, kind: "a", at: Timestamp::UNIX_EPOCH, commitment: Commitment([0; 32]) };
        let all = [
            link,
            Link { number: 2, ..link },
            Link { schema: 2, ..link },
            Link { kind: "b", ..link },
            Link { at: Timestamp::MAX, ..link },
            Link { commitment: Commitment([1; 32]), ..link },
        ];
        let hashes: std::collections::BTreeSet<_> = all.iter().map(|l| start.next(l)).collect();
        assert_eq!(hashes.len(), all.len());
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_json_writes_it(text in any::<String>(), name in any::<String>()) {
            let body = object(&json!({ &name: text }));
            prop_assert_eq!(canonical(&body), json!({ &name: text }).to_string());
        }

        #[test]
        fn numbers_keep_their_text_through_a_reader(number in proptest::num::f64::NORMAL, whole in any::<i64>()) {
            let body = object(&json!({"n": number, "w": whole}));
            let read: Map<String, Value> = serde_json::from_str(&canonical(&body)).expect("our own text");
            prop_assert_eq!(canonical(&read), canonical(&body));
        }
    }
}
