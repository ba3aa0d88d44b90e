//! Entries: facts on the wire and in the journal, numbered and chained, never dropped.
//!
//! ```text
//!   FromBooking / FromBox / FromEither / SeatFact ─draft─► Draft ─journal─► Entry ═ wire ═► Entry ─read─► …
//! ```
//!
//! What must always hold: a kind or a field we do not know is kept as it came; a body that is
//! known and wrong is a typed error, never a guess.

mod bodies;
mod kinds;

use jiff::Timestamp;
use names::{Incarnation, OfficeId, Side};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use bodies::{Booked, Cancelled, Contact, Given, Minted, NodeKeyTold, PinBlockGiven, Recipient, Settled, TokenKey};
pub use kinds::{FromBooking, FromBox, FromEither, SeatFact};

use crate::chain::{ChainHash, Commitment, Link, Salt};

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
    use jiff::civil::Date;
    use names::{BookingId, Language, Minutes, Pin, ServiceId};
    use serde_json::json;

    use super::*;

    fn key(id: u8) -> TokenKey {
        TokenKey { id, public: "ab".repeat(32) }
    }

    fn given(block: u16) -> PinBlockGiven {
        let incarnation = Incarnation::from_bits(9);
        PinBlockGiven { block, generation: 1, incarnation, permutation_key: "00".repeat(16) }
    }

    fn samples() -> Vec<FromBooking> {
        let booking = BookingId::from_random(Side::Booking, 7);
        vec![
            FromBooking::Key(key(1)),
            FromBooking::Minted(Minted { day: Date::constant(2026, 11, 23), booking_lanes: 80, again: false }),
            FromBooking::PinBlock(given(3)),
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
                seats: Vec::new(),
            }),
            FromBooking::Cancelled(Cancelled { booking, day: None, seats: Vec::new() }),
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
        let draft = FromBooking::PinBlock(given(400)).draft(Timestamp::UNIX_EPOCH);
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
