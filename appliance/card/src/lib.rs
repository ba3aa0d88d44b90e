//! The file on the card: what of it the system needs, and what is to be changed in it, in words
//! that a person at a screen understands.
//!
//! ```text
//!   card ─► disk ─► plan (pure: writing, parts, own, words) ─► disk ─► /run/aufruf-card, /data/aufruf
//! ```
//!
//! What must always hold: any file whatever gives a start or a page that says what to change; the
//! card is read at each boot and written only to take a used secret out.
//!
//! What may not be used here: the network, a clock, chance, a thread; the box's file is judged by
//! the box alone (`office::Config`).

pub mod code;
pub mod disk;
pub mod near;
pub mod outputs;
pub mod own;
pub mod parts;
pub mod plan;
mod reader;
pub mod words;
pub mod writing;
