//! What the entries of each kind hold.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Incarnation, Language, Minutes, Pin, ServiceId};
use serde::{Deserialize, Serialize};

use crate::exchange::{Cursor, NodeKey};
use crate::sheet::Span;

/// A public key for check-in tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenKey {
    /// The id in the token.
    pub id: u8,
    /// Ed25519, 64 hexadecimal digits.
    pub public: String,
}

/// A day of seats, as it was minted. Written by the booking server for both, and by the box when
/// it has made its own copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minted {
    /// The day.
    pub day: Date,
    /// Lanes below this number are held by the booking server, the others by the box.
    pub booking_lanes: u8,
    /// The writer may have minted the day before, in a sheet that was lost: whoever hears of it and
    /// has no sheet of that day may have lost it as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// Free seats that change their holder: to one life of the other side, and to no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The day.
    pub day: Date,
    /// The receiver's life that may accept them.
    pub incarnation: Incarnation,
    /// The seats as they are at the giver from now on: the other side's, one generation higher.
    pub seats: Vec<Span>,
}

/// A block of PINs (`rules.md`, Codes), held and given exactly like seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinBlockGiven {
    /// The block's number.
    pub block: u16,
    /// Grows with each give.
    pub generation: u32,
    /// The receiver's life that may accept it.
    pub incarnation: Incarnation,
    /// The key of the PIN permutation, 32 hexadecimal digits (the same for all blocks of an office).
    pub permutation_key: String,
}

/// A booking as both ends may know it: no name, no address.
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
    /// The seats of `day` that were sold, as they are now. The seats of an older version are freed
    /// by an entry of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Span>,
}

/// A cancellation. Monotone: a cancelled booking never comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// The booking.
    pub booking: BookingId,
    /// The day of its seats; nothing when the writer does not hold them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// The seats that became free, as they are now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Span>,
}

/// The end of a restore: from here on the writer's life may sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// How far the writer's life before is taken over; nothing if it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// Whether writes may be missing behind it: then all that was free or held then is burned, all
    /// that was sold is frozen.
    pub burned: bool,
}

/// Who can open a sealed contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// The office's booking server: a contact taken at the desk.
    Booking,
    /// The administrator's recovery key: a copy of the server's contact, kept at the box.
    Recovery,
}

/// How to reach the person of a booking, sealed. Erasable without the booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The booking.
    pub booking: BookingId,
    /// Who can open it.
    pub to: Recipient,
    /// The last day it may be kept; erased at its end by whoever has it.
    pub keep: Date,
    /// What only the recipient can read.
    pub sealed: String,
}

/// The key that the writer signs its exchanges with from now on; told under the old one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeKeyTold {
    /// The public half.
    pub public: NodeKey,
}
