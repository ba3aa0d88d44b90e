//! Power cuts on the real store: whatever moment the power goes, what was confirmed is there.
//!
//! ```text
//!   workload on a Disk ─► trace + the moment of each confirmation
//!   for each place of the trace, for each Loss:  cut ─► the store opens it ─► judge
//! ```
//!
//! Some of the cuts are followed by more commits and more cuts: what a recovery leaves behind must
//! carry the next day as well.
//!
//! `cargo test` cuts at some places, spread over the whole trace; `AUFRUF_POWERCUT=full` cuts at
//! every one (`.ci/proof powercut`). `AUFRUF_SEED` repeats a run: the same places lose the same
//! operations. The salts of the facts come from the system, so the bytes themselves differ.

mod beside;
mod judge;
mod medium;
mod rounds;
mod settings;
mod space;
mod workload;
