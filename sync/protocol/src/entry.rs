//! Entries: facts on the wire and in the journal, numbered and chained, never dropped.
//!
//! ```text
//!   FromBooking / FromBox ─draft─► Draft ─journal─► Entry ═ wire ═► Entry ─draft─► Draft ─read─► …
//! ```
//!
//! What must always hold: a kind or a field we do not know is kept as it came; a body that is
//! known and wrong is a typed error, never a guess.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Incarnation, Language, Minutes, OfficeId, Pin, ServiceId, Side};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::chain::{ChainHash, Commitment, Link, Salt};
use crate::office::OfficeDoc;
use crate::pins::PinBlock;
use crate::token::{BOX_KEYS, SERVER_KEYS};

/// The schema we write. We read this one and the one before.
pub const SCHEMA: u16 = 1;

/// The schemas we take in: the one before, ours, and the next one, whose additions we keep.
pub const READABLE: std::ops::RangeInclusive<u16> = 1..=SCHEMA + 1;

/// What an entry says, before the journal gave it a number. `body` is kept verbatim: fields we
/// do not know are stored and forwarded as they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The kind, such as `booked` or `hall.called`.
    pub kind: String,
    /// When the writer wrote it, by the writer's clock.
    pub at: Timestamp,
    /// The content, a JSON object.
    pub body: Map<String, Value>,
}

/// A fact with its place: numbered and chained inside one side's journal for one office.
///
/// An erased entry keeps its place, commitment and hash; its salt is gone and its body empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The office it belongs to.
    pub office: OfficeId,
    /// The side that wrote it.
    pub origin: Side,
    /// The life of the writer's store it was written in.
    pub incarnation: Incarnation,
    /// From 1, without gaps inside (office, origin, incarnation).
    pub number: u64,
    /// The chain up to and with this entry.
    pub hash: ChainHash,
    /// The schema the writer wrote.
    pub schema: u16,
    /// The kind, such as `booked` or `hall.called`; at most [`MAX_KIND_LEN`] bytes.
    pub kind: String,
    /// When the writer wrote it, by the writer's clock.
    pub at: Timestamp,
    /// What the chain covers instead of the content.
    pub commitment: Commitment,
    /// Keeps the body from being guessed by its commitment; nothing once the content is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Salt>,
    /// The content; empty once it is erased.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub body: Map<String, Value>,
}

/// Long enough for `room.what-happened`, short enough to stand in every row.
pub const MAX_KIND_LEN: usize = 64;

/// The largest body, in bytes of its canonical text: half a batch, so that it always fits one.
pub const MAX_BODY_LEN: usize = 128 * 1024;

impl Entry {
    /// What the entry says, without its place.
    #[must_use]
    pub fn draft(&self) -> Draft {
        Draft { kind: self.kind.clone(), at: self.at, body: self.body.clone() }
    }

    /// Whether the content was erased; the place in the chain stays.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.salt.is_none()
    }

    /// Whether the hash follows from the one before, and the content (if it is still there) is
    /// what the entry committed to.
    #[must_use]
    pub fn follows(&self, previous: ChainHash) -> bool {
        let content_fits = match self.salt {
            Some(salt) => Commitment::of(salt, &self.body) == self.commitment,
            None => self.body.is_empty(),
        };
        content_fits && previous.next(&self.link()) == self.hash
    }

    /// What the chain covers of this entry.
    #[must_use]
    pub fn link(&self) -> Link<'_> {
        Link { number: self.number, schema: self.schema, kind: &self.kind, at: self.at, commitment: self.commitment }
    }
}

/// What the booking server writes and the box understands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
pub enum FromBooking {
    /// The office document, whole.
    Office(OfficeDoc),
    /// A public key of the office's booking server that signs tokens (key ids 0 to 127).
    Key(TokenKey),
    /// A day was minted whole: which lanes each side holds from the start.
    Minted(Minted),
    /// A block of PINs was given to the box.
    PinBlock(PinBlockGiven),
    /// A booking was confirmed, or moved (higher version).
    Booked(Booked),
    /// A booking was cancelled.
    Cancelled(Cancelled),
}

/// What the box writes and the booking server understands. All other `hall.*` entries are the
/// box's own facts: stored, counted, not interpreted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
pub enum FromBox {
    /// A public key of this box that signs tokens (key ids 128 to 255).
    Key(TokenKey),
}

/// A public key for check-in tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenKey {
    /// The id in the token.
    pub id: u8,
    /// Ed25519, 64 hexadecimal digits.
    pub public: String,
}

/// A day of seats, as it was minted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minted {
    /// The day.
    pub day: Date,
    /// Lanes below this number are held by the booking server, the others by the box.
    pub booking_lanes: u8,
}

/// A block of PINs (`rules.md`, Codes), held exactly like seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinBlockGiven {
    /// The block's number.
    pub block: u16,
    /// Grows with each give.
    pub generation: u32,
    /// The key of the PIN permutation, 32 hexadecimal digits (the same for all blocks of an office).
    pub permutation_key: String,
}

/// A booking as the box may know it: no name, no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The booking.
    pub booking: BookingId,
    /// From 1; grows with each move.
    pub version: u16,
    /// Its PIN.
    pub pin: Pin,
    /// The day.
    pub day: Date,
    /// The start.
    pub start: Timestamp,
    /// The length.
    pub length: Minutes,
    /// The services; the first one decides.
    pub services: Vec<ServiceId>,
    /// How many persons come.
    pub persons: u8,
    /// The language.
    pub language: Language,
}

/// A cancellation. Monotone: a cancelled booking never comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// The booking.
    pub booking: BookingId,
}

impl FromBooking {
    /// The kind as it stands in the journal.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Office(_) => "office",
            Self::Key(_) => "key",
            Self::Minted(_) => "minted",
            Self::PinBlock(_) => "pin-block",
            Self::Booked(_) => "booked",
            Self::Cancelled(_) => "cancelled",
        }
    }

    const KINDS: [&'static str; 6] = ["office", "key", "minted", "pin-block", "booked", "cancelled"];

    /// Writes it down, ready for the journal.
    #[must_use]
    pub fn draft(&self, at: Timestamp) -> Draft {
        draft(self.kind(), at, self)
    }

    /// Reads it back; nothing for a kind we do not know, which is kept and ignored.
    #[must_use]
    pub fn read(draft: &Draft) -> Option<Result<Self, BadEntry>> {
        Self::KINDS.contains(&draft.kind.as_str()).then(|| read::<Self>(draft)?.checked())
    }

    fn checked(self) -> Result<Self, BadEntry> {
        match &self {
            Self::Key(key) if !SERVER_KEYS.contains(&key.id) => Err(BadEntry::KeyOfOtherSide { id: key.id }),
            Self::PinBlock(given) if PinBlock::new(given.block).is_none() => {
                Err(BadEntry::NoSuchBlock { block: given.block })
            }
            Self::Office(_)
            | Self::Key(_)
            | Self::Minted(_)
            | Self::PinBlock(_)
            | Self::Booked(_)
            | Self::Cancelled(_) => Ok(self),
        }
    }
}

impl FromBox {
    /// The kind as it stands in the journal.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
        }
    }

    const KINDS: [&'static str; 1] = ["key"];

    /// Writes it down, ready for the journal.
    #[must_use]
    pub fn draft(&self, at: Timestamp) -> Draft {
        draft(self.kind(), at, self)
    }

    /// Reads it back; nothing for a kind we do not know, which is kept and ignored.
    #[must_use]
    pub fn read(draft: &Draft) -> Option<Result<Self, BadEntry>> {
        Self::KINDS.contains(&draft.kind.as_str()).then(|| read::<Self>(draft)?.checked())
    }

    fn checked(self) -> Result<Self, BadEntry> {
        match &self {
            Self::Key(key) if !BOX_KEYS.contains(&key.id) => Err(BadEntry::KeyOfOtherSide { id: key.id }),
            Self::Key(_) => Ok(self),
        }
    }
}

fn draft(kind: &str, at: Timestamp, content: &impl Serialize) -> Draft {
    let mut whole = serde_json::to_value(content).expect("our contents are objects with text keys");
    let body = match whole.get_mut("body").map(Value::take) {
        Some(Value::Object(body)) => body,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => Map::new(),
    };
    Draft { kind: kind.to_owned(), at, body }
}

fn read<T: DeserializeOwned>(draft: &Draft) -> Result<T, BadEntry> {
    let mut whole = Map::new();
    whole.insert("kind".to_owned(), Value::from(draft.kind.as_str()));
    whole.insert("body".to_owned(), Value::Object(draft.body.clone()));
    serde_json::from_value(Value::Object(whole))
        .map_err(|error| BadEntry::Content { kind: draft.kind.clone(), why: error.to_string() })
}

/// An entry of a known kind whose content cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// The body is not what the kind needs, or was erased.
    #[error("cannot read the body of an entry of kind {kind}: {why}")]
    Content {
        /// The kind.
        kind: String,
        /// What is wrong; names fields, never personal data of its own.
        why: String,
    },
    /// A side announced a key id that belongs to the other side.
    #[error("key id {id} belongs to the other side")]
    KeyOfOtherSide {
        /// The id.
        id: u8,
    },
    /// There are fewer PIN blocks than that.
    #[error("there is no pin block {block}")]
    NoSuchBlock {
        /// The number.
        block: u16,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(id: u8) -> TokenKey {
        TokenKey { id, public: "ab".repeat(32) }
    }

    fn samples() -> Vec<FromBooking> {
        let booking = BookingId::from_random(Side::Booking, 7);
        vec![
            FromBooking::Key(key(1)),
            FromBooking::Minted(Minted { day: Date::constant(2026, 11, 23), booking_lanes: 80 }),
            FromBooking::PinBlock(PinBlockGiven { block: 3, generation: 1, permutation_key: "00".repeat(16) }),
            FromBooking::Booked(Booked {
                booking,
                version: 1,
                pin: Pin::from_index(0).expect("the first"),
                day: Date::constant(2026, 11, 23),
                start: Timestamp::UNIX_EPOCH,
                length: Minutes(20),
                services: vec![ServiceId(4)],
                persons: 2,
                language: Language::En,
            }),
            FromBooking::Cancelled(Cancelled { booking }),
        ]
    }

    #[test]
    fn what_is_written_is_read_back() {
        for sample in samples() {
            let draft = sample.draft(Timestamp::UNIX_EPOCH);
            assert_eq!(draft.kind, sample.kind());
            assert!(!draft.body.is_empty());
            assert_eq!(FromBooking::read(&draft), Some(Ok(sample)));
        }
        let from_box = FromBox::Key(key(128));
        assert_eq!(FromBox::read(&from_box.draft(Timestamp::UNIX_EPOCH)), Some(Ok(from_box)));
    }

    #[test]
    fn an_unknown_kind_is_ignored_and_an_unknown_field_does_no_harm() {
        let mut draft = samples().remove(1).draft(Timestamp::UNIX_EPOCH);
        draft.body.insert("of-tomorrow".to_owned(), json!([1, 2]));
        assert!(matches!(FromBooking::read(&draft), Some(Ok(FromBooking::Minted(_)))));
        draft.kind = "of-tomorrow".to_owned();
        assert_eq!(FromBooking::read(&draft), None);
    }

    #[test]
    fn a_known_kind_with_a_wrong_body_is_a_typed_error() {
        let draft = Draft { kind: "booked".to_owned(), at: Timestamp::UNIX_EPOCH, body: Map::new() };
        assert!(matches!(FromBooking::read(&draft), Some(Err(BadEntry::Content { .. }))));
        let far = PinBlockGiven { block: 400, generation: 1, permutation_key: "00".repeat(16) };
        let draft = FromBooking::PinBlock(far).draft(Timestamp::UNIX_EPOCH);
        assert_eq!(FromBooking::read(&draft), Some(Err(BadEntry::NoSuchBlock { block: 400 })));
    }

    #[test]
    fn neither_side_may_announce_a_key_of_the_other() {
        let draft = FromBooking::Key(key(128)).draft(Timestamp::UNIX_EPOCH);
        assert_eq!(FromBooking::read(&draft), Some(Err(BadEntry::KeyOfOtherSide { id: 128 })));
        let draft = FromBox::Key(key(127)).draft(Timestamp::UNIX_EPOCH);
        assert_eq!(FromBox::read(&draft), Some(Err(BadEntry::KeyOfOtherSide { id: 127 })));
    }
}
