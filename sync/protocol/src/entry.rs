//! Entries: facts on the wire and in the journal, numbered and chained, never dropped.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Language, Minutes, Pin, ServiceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::office::OfficeDoc;

/// The schema we write. We read this one and the one before.
pub const SCHEMA: u16 = 1;

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
