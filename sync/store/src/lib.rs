//! Journal and cursors on disk, used by both ends.
//!
//! ```text
//!   any task ── write(closure) ──► bounded queue ──► one writer thread ──► SQLite (WAL, FULL)
//!                                                     │ one transaction per closure
//!                                                     ├─ journal: facts, numbered and chained
//!                                                     ├─ cursors: what the peer wrote, what it has
//!                                                     ├─ kv: keys and secrets that are no facts
//!                                                     └─ the program's own read models
//! ```
//!
//! What must always hold: what `write` returned is on the disk; a fact is never updated or
//! deleted, only its content can be erased; a batch is applied together with its cursor or not
//! at all; one file, one program, one connection.
//!
//! What may not be used here: the clock (time is an argument), sockets, any room but
//! `protocol` and `names`.

pub mod backup;
mod cursor;
mod db;
mod enrol;
mod error;

pub mod exchange;
pub mod journal;
pub mod keys;
pub mod kv;
mod lock;
mod log;
mod migrate;
mod peer;
mod random;
pub mod rejoin;
mod row;
pub mod second;
mod shelf;
pub mod standing;
#[cfg(test)]
mod tests;
mod writer;

pub use db::{Db, QUEUE_LEN};
pub use error::{ExchangeError, StoreError};
/// The SQL layer, so that programs need no version of their own.
pub use rusqlite;
pub use second::{Opened, Places, RestoredOffice, SecondState, WitnessRecord};
pub use shelf::OfficeShelf;
