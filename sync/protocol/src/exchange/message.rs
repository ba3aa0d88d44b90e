//! What both ends say to each other.

use jiff::Timestamp;
use names::{Incarnation, OfficeId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::refusal::Refusal;
use super::signature::NodeKey;
use crate::chain::ChainHash;
use crate::entry::Entry;
use crate::hex::hex_bytes;

/// The protocol we speak; a breaking change raises it.
pub const PROTOCOL: u16 = 1;

/// Entries in one batch: half a minute of the busiest hall, one transaction.
pub const MAX_BATCH_ENTRIES: usize = 500;

/// Bytes of entries in one batch, as JSON before packing.
pub const MAX_BATCH_BYTES: usize = 256 * 1024;

/// Bytes of the *now* document, as JSON: expected times of 500 waiting fit four times.
pub const MAX_NOW_BYTES: usize = 64 * 1024;

hex_bytes! {
    /// Random bytes that make a signed request good for one time.
    Nonce, 16
}

/// How far one side's journal is, or is known: its life, the number and the chain there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The life of the writer's store.
    pub incarnation: Incarnation,
    /// The last number; 0 before the first entry.
    pub number: u64,
    /// The chain hash at that number; the genesis hash at 0.
    pub hash: ChainHash,
}

/// What the box sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u16,
    /// The office.
    pub office: OfficeId,
    /// The life of the sender's store.
    pub incarnation: Incarnation,
    /// The server's nonce that the signature covers.
    pub nonce: Nonce,
    /// What the sender has durably applied of the receiver's entries.
    pub ack: Cursor,
    /// What the receiver lacks, in order; at most [`MAX_BATCH_ENTRIES`] or [`MAX_BATCH_BYTES`].
    pub entries: Vec<Entry>,
    /// Whether there are more entries than fitted.
    pub more: bool,
    /// The latest-only document, never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
}

/// What the booking server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u16,
    /// The office.
    pub office: OfficeId,
    /// The life of the sender's store.
    pub incarnation: Incarnation,
    /// The nonce of the request this answers.
    pub nonce: Nonce,
    /// The nonce of the next request.
    pub next_nonce: Nonce,
    /// The server's time, for a box whose clock is not trusted.
    pub time: Timestamp,
    /// What the sender has durably applied of the receiver's entries.
    pub ack: Cursor,
    /// What the receiver lacks, in order.
    pub entries: Vec<Entry>,
    /// Whether there are more entries than fitted.
    pub more: bool,
    /// The latest-only document, never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
}

/// What comes back from the booking server: a reply, or a typed no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// The request was not taken; nothing has changed there.
    Refused(Refusal),
    /// The request was applied.
    Reply(Box<Reply>),
}

/// What the booking server says to everybody who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the server.
    pub protocol: u16,
    /// The server's time.
    pub time: Timestamp,
    /// What the request for the poke is signed with; good for at least a minute.
    pub nonce: Nonce,
}

/// What an empty box sends once, with the code of `aufruf-booking enrol OFFICE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code.
    pub code: String,
    /// The office it wants to serve.
    pub office: OfficeId,
    /// The key it will sign with.
    pub public_key: NodeKey,
    /// The life of its store.
    pub incarnation: Incarnation,
}

/// What the booking server answers to a good code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    /// The key the server will sign with.
    pub server_public_key: NodeKey,
    /// The life of the server's store.
    pub incarnation: Incarnation,
    /// The nonce of the first request.
    pub nonce: Nonce,
}
