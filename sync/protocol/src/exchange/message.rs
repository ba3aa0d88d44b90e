//! What both ends say to each other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{Incarnation, OfficeId, Side};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batch::Batch;
use super::refusal::Refusal;
use super::signature::NodeKey;
use crate::agree::Mode;
use crate::chain::ChainHash;
use crate::digest::Digest;
use crate::hex::hex_bytes;

/// The protocol we speak; a breaking change raises it.
pub const PROTOCOL: u16 = 2;

/// Entries in one batch: half a minute of the busiest hall, one transaction.
pub const MAX_BATCH_ENTRIES: usize = 500;

/// Bytes of entries in one batch, as JSON before packing.
pub const MAX_BATCH_BYTES: usize = 256 * 1024;

/// Bytes of the *now* document, as JSON: expected times of 500 waiting fit four times.
pub const MAX_NOW_BYTES: usize = 64 * 1024;

/// Days that one message may tell the digests of: more than any office plans ahead.
pub const MAX_DAYS: usize = 400;

/// Lives of both sides together that one rejoin may name: a restore a week for four years.
pub const MAX_LIVES: usize = 200;

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
    /// The server's nonce that the signature covers.
    pub nonce: Nonce,
    /// What the sender has durably applied of the receiver's entries.
    pub ack: Cursor,
    /// What the receiver lacks of the sender's present life; at most [`MAX_BATCH_ENTRIES`] or
    /// [`MAX_BATCH_BYTES`].
    pub batch: Batch,
    /// Whether there are more entries than fitted.
    pub more: bool,
    /// The latest-only document, never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
    /// What all bookings amount to at the sender; see [`crate::agreement`]. The receiver compares it if
    /// it is [in step](Request::in_step).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The first day that `digest` and `days` count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest_from: Option<Date>,
    /// The same day by day, told by a box that saw the totals differ; at most [`MAX_DAYS`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub days: BTreeMap<Date, Digest>,
}

/// What the booking server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u16,
    /// The office.
    pub office: OfficeId,
    /// The nonce of the request this answers.
    pub nonce: Nonce,
    /// The nonce of the next request.
    pub next_nonce: Nonce,
    /// The server's time, for a box whose clock is not trusted.
    pub time: Timestamp,
    /// What the sender has durably applied of the receiver's entries.
    pub ack: Cursor,
    /// What the receiver lacks of the sender's present life.
    pub batch: Batch,
    /// Whether there are more entries than fitted.
    pub more: bool,
    /// The latest-only document, never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
    /// What all bookings amount to at the sender, if that must be the same as in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The first day that counts, if the request counted from another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest_from: Option<Date>,
    /// Of the days in the request, and of all others, those that differ here; at most [`MAX_DAYS`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub days: BTreeMap<Date, Digest>,
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

impl Request {
    /// Whether both ends know the same as soon as this is applied where `head` is the receiver's
    /// own: then the digests must be equal.
    #[must_use]
    pub fn in_step(&self, head: &Cursor) -> bool {
        !self.more && self.ack == *head
    }
}

impl Reply {
    /// As [`Request::in_step`].
    #[must_use]
    pub fn in_step(&self, head: &Cursor) -> bool {
        !self.more && self.ack == *head
    }
}

/// What one end knows of all lives of both sides, as it tells the other end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lives {
    /// The sender's lives, the present one last.
    pub mine: Vec<Cursor>,
    /// What the sender has of the receiver's lives, the one it takes for the present one last.
    pub yours: Vec<Cursor>,
    /// How far the receiver once confirmed the sender's present life.
    pub acked: u64,
    /// Lives of either side whose two copies differ: not compared and not told any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forked: Vec<Incarnation>,
}

/// Entries of some life of some side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeBatch {
    /// Who wrote them.
    pub of: Side,
    /// The entries.
    pub batch: Batch,
}

/// What the box sends, round after round, when one end was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejoin {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u16,
    /// The office.
    pub office: OfficeId,
    /// The server's nonce that the signature covers.
    pub nonce: Nonce,
    /// What the sender knows.
    pub lives: Lives,
    /// What the receiver lacked when it last spoke; together at most one batch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<LifeBatch>,
    /// How the sender's store is.
    pub mode: Mode,
}

/// What the booking server answers to a [`Rejoin`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejoined {
    /// [`PROTOCOL`] of the sender.
    pub protocol: u16,
    /// The office.
    pub office: OfficeId,
    /// The nonce of the request this answers.
    pub nonce: Nonce,
    /// The nonce of the next request.
    pub next_nonce: Nonce,
    /// The server's time, for a box whose clock is not trusted.
    pub time: Timestamp,
    /// What the sender knows, after it took in the request.
    pub lives: Lives,
    /// What the receiver lacks; together at most one batch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub batches: Vec<LifeBatch>,
    /// How the sender's store is.
    pub mode: Mode,
    /// Whether both ends know the same lives as far as each other.
    pub done: bool,
}

/// What comes back to a [`Rejoin`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RejoinAnswer {
    /// The request was not taken.
    Refused(Refusal),
    /// The request was applied.
    Rejoined(Box<Rejoined>),
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

/// What an empty box, or one that was told to start again, sends with the code of `aufruf-booking enrol OFFICE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time code.
    pub code: String,
    /// The office it wants to serve.
    pub office: OfficeId,
    /// The key it will sign with; this request is signed with it already.
    pub public_key: NodeKey,
    /// The life of its store.
    pub incarnation: Incarnation,
    /// What the signatures of request and answer cover.
    pub nonce: Nonce,
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
    /// Whether the office had another box, or this one another life: the rest is learned by a
    /// [`Rejoin`] before the box may sell.
    #[serde(default)]
    pub rejoin: bool,
    /// As [`Lives::forked`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forked: Vec<Incarnation>,
}

/// What comes back to an [`EnrolRequest`], signed by the key that it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EnrolAnswer {
    /// The box was not taken in.
    Refused(Refusal),
    /// It was.
    Enrolled(Box<EnrolReply>),
}
