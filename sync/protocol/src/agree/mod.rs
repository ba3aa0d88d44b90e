//! What both ends decide in an exchange and after a restore, whatever keeps their logs.
//!
//! ```text
//!   life     one run of a side's store, with its own numbers and its own chain
//!   Log      all lives of both sides of one office, as one store knows them
//!
//!   exchange both know each other's present life: what is new goes both ways
//!   rejoin   one of them was restored: both tell all lives they know, round after round,
//!            and whoever has more of one sends the rest (his own back to him, too: the echo)
//!   heed     a refusal was given or heard: what a store has to do about itself
//! ```
//!
//! What must always hold: an entry that is here once stays here; numbers of one life never mean
//! two things without both ends freezing; a store that finds out that it lost writes begins a new
//! life before it writes another entry; a refusal leaves both logs as they were.
//!
//! What may not be used here: a database, a clock, a socket, chance (the log gives nonces and new
//! lives).

mod exchange;
mod heed;
mod life;
mod mode;
mod rejoin;
#[cfg(test)]
mod tests;

use names::{Incarnation, OfficeId, Side};

pub use exchange::{absorb, answer, prepare};
pub use heed::{Next, enrol, enrolled, heed};
pub use life::take;
pub use mode::Mode;
pub use rejoin::{Found, absorb_rejoin, answer_rejoin, prepare_rejoin};

use crate::chain::ChainHash;
use crate::entry::Entry;
use crate::exchange::{Cursor, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, Nonce, Refusal};

/// How much one message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries.
    pub entries: usize,
    /// Bytes of the entries as they are packed, as JSON; a first entry that is larger alone still
    /// goes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES }
    }
}

/// What one store knows of all lives of one office. All calls of one decision belong to one
/// transaction of the caller's, who rolls back on an error.
pub trait Log {
    /// What a step can end with: a refusal, or the store's own trouble.
    type Error: From<Refusal>;

    /// This side.
    fn me(&self) -> Side;
    /// The office.
    fn office(&self) -> &OfficeId;

    /// All lives of a side that are known here and how far each is here, in the order in which
    /// they became the present one; the present one last.
    ///
    /// # Errors
    /// The store failed; so for every other function here.
    fn lives(&mut self, of: Side) -> Result<Vec<Cursor>, Self::Error>;
    /// The present life of a side; nothing for a side that was never met.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn present(&mut self, of: Side) -> Result<Option<Cursor>, Self::Error> {
        Ok(self.lives(of)?.pop())
    }
    /// The chain hash at a number of a life; the genesis hash at 0; nothing beyond what is here.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn hash_at(&mut self, of: Side, life: Incarnation, number: u64) -> Result<Option<ChainHash>, Self::Error>;
    /// Keeps entries of one life that were checked to follow what is here, and moves its cursor.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn store(&mut self, of: Side, entries: &[Entry]) -> Result<(), Self::Error>;
    /// Notes a life that was never heard of, at its number 0; as the side's present one, or as an
    /// earlier one.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn meet(&mut self, of: Side, life: Incarnation, present: bool) -> Result<(), Self::Error>;
    /// Makes a known life of a side its present one.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn go_on(&mut self, of: Side, life: Incarnation) -> Result<(), Self::Error>;
    /// Begins a new life of this side, random, and makes it the present one. [`Log::doubt`] first.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn begin(&mut self) -> Result<(), Self::Error>;
    /// This store may have lost writes, and with them what it knew of days and PINs: nothing is sold
    /// before that is settled. Makes the store unproven; a restore that waits already stays as it is.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn doubt(&mut self) -> Result<(), Self::Error>;
    /// The entries of a life after a number, in order, as many as the limits allow.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn since(&mut self, of: Side, life: Incarnation, after: u64, limits: Limits) -> Result<Vec<Entry>, Self::Error>;

    /// How far the other end confirmed this side's present life; 0 for a new life.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn acked(&mut self) -> Result<u64, Self::Error>;
    /// Notes how far the other end has this side's present life.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn set_acked(&mut self, number: u64) -> Result<(), Self::Error>;

    /// Lives of either side whose copies differ.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn forked(&mut self) -> Result<Vec<Incarnation>, Self::Error>;
    /// Marks a known life as forked; nothing happens for an unknown one.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn mark_forked(&mut self, life: Incarnation) -> Result<(), Self::Error>;
    /// How this store is; active until somebody says otherwise.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn mode(&mut self) -> Result<Mode, Self::Error>;
    /// Says how this store is.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn set_mode(&mut self, mode: Mode) -> Result<(), Self::Error>;

    /// Whether both ends have to tell each other all lives before the next exchange: since one of
    /// them has a new one, and until both know the same.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn is_apart(&mut self) -> Result<bool, Self::Error>;
    /// Says whether all lives have to be told first.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn set_apart(&mut self, apart: bool) -> Result<(), Self::Error>;

    /// The nonce that is due; nothing before enrolment.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn nonce(&mut self) -> Result<Option<Nonce>, Self::Error>;
    /// Remembers the nonce that is due.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn set_nonce(&mut self, nonce: Nonce) -> Result<(), Self::Error>;
    /// Draws a nonce by chance.
    #[expect(clippy::missing_errors_doc, reason = "said at `lives`")]
    fn draw_nonce(&mut self) -> Result<Nonce, Self::Error>;
}
