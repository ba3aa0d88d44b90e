//! Amnesia: a test double of a disk that forgets what was never synced.
//!
//! ```text
//!   store::Db ─► SQLite ─► vfs ─► Disk ── now: what the running program reads
//!                                  └───── trace: every write, resize, delete and sync, in order
//!                                           │
//!                          Cutter: power off at any place of the trace
//!                                           │ durable: synced before the cut
//!                                           │ pending: written and not synced; a Loss decides
//!                                           ▼
//!                                  Image ─► Disk::with ─► opened again by the same store
//! ```
//!
//! The trace is written down once and cut at every place: that leaves exactly what a cut at that
//! very operation would leave, because one connection writes in one order.
//!
//! What must always hold: what was synced before the cut survives it, whole and in order; what
//! was not may survive, be lost or be torn at the borders of sectors, never inside one; a file
//! that was deleted and made anew is never mixed with what it was before.
//!
//! What may not be used here: any room but as a test's subject; a real file; a clock; chance
//! that is not drawn from a seed. This is the one room where `unsafe` is allowed, in `vfs.rs`
//! and the functions it calls SQLite with.

mod chance;
mod cut;
mod disk;
mod vfs;

pub use chance::Chance;
pub use cut::{Cutter, Loss};
pub use disk::{Disk, Failure, Honesty, Image, MAX_FILE_BYTES, MAX_OPS, Op};
pub use vfs::{Mount, Refused, install};
