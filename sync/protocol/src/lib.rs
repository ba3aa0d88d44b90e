//! The agreement of both ends: what they tell each other and what they may sell.
//!
//! ```text
//!   booking server ── entries, now ──►  one exchange  ◄── entries, now ── box
//!        │                                                              │
//!        └───────────── the same day sheet, token and PINs ─────────────┘
//! ```
//!
//! Pure: no file, no socket, no clock, no chance; signing and hashing are functions of their
//! arguments. What may not be used here: any I/O crate, any room but `names` (`tests/tidy`).

pub mod agree;
pub mod agreement;
mod base32;
pub mod chain;
pub mod digest;
pub mod entry;
pub mod exchange;
pub mod hex;
pub mod keyring;
pub mod now;
pub mod office;
pub mod pins;
pub mod sealed;
pub mod seats;
pub mod sheet;
pub mod token;
