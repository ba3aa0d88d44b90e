//! One exchange: both ends say how far they are, and what the other one lacks.
//!
//! ```text
//!   box                                              booking server
//!    │ Request { nonce 1, ack, batch, more, now } ──────► applied with its cursor in one
//!    │   signed by the box over (nonce 1, body)              transaction, then answered
//!    ◄────── Reply { nonce 1, next nonce 2, ack, batch, more, now, time }
//!    │         signed by the server over (nonce 1, body)
//! ```
//!
//! What must always hold: a lost answer means the same batch again, which is no effect; a nonce
//! is good for one applied request; a mismatch is a typed [`Refusal`], never silence.

mod batch;
mod message;
mod refusal;
mod signature;
mod wire;

pub use batch::{Batch, Packed};
pub use message::{
    Answer, Cursor, EnrolAnswer, EnrolReply, EnrolRequest, Hello, LifeBatch, Lives, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES,
    MAX_DAYS, MAX_LIVES, MAX_NOW_BYTES, Nonce, PROTOCOL, Rejoin, RejoinAnswer, Rejoined, Reply, Request,
};
pub use refusal::Refusal;
pub use signature::{NodeKey, NodeSigner, sign_body, verify_body};
pub use wire::{MAX_BODY_BYTES, NONCE_HEADER, SIGNATURE_HEADER, Sealed, pack, poke_target, seal, seal_poke, unpack};
