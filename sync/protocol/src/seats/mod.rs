//! The seats and PINs of one side for one office: every step that changes them, once for both
//! programs and the simulation.
//!
//! ```text
//!   plan, citizen, clerk ──► step, mint, give ──► DaySheet::step ──► Shelf: sheet and own fact,
//!   the other side's facts ──► hear ──────────►        │             in one transaction
//!   after a restore ──► settle: redo or burn ─►        └─ refused: nothing changed
//! ```
//!
//! What must always hold: a sheet changes only together with the own fact that says how; a side
//! that may have lost writes takes no step before it is settled; what is outside every backup
//! (mint mark, highest PIN block, witness) is asked before anything is made.
//!
//! What may not be used here: a database, a clock, chance.

mod blocks;
mod hear;
mod mint;
pub mod policy;
mod reopen;
mod settle;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use names::{Incarnation, Side};

pub use blocks::Block;
pub use hear::Heard;
pub use reopen::Reopened;
pub use settle::{Ending, Restored};

use crate::entry::{Entry, SeatFact};
use crate::exchange::Cursor;
use crate::pins::{PinBlock, PinKey};
use crate::sheet::{DaySheet, MintMark, Outcome, Refused, SheetChange, SheetInput};

/// Where one side keeps the seats of one office: a database in the programs, a map in the
/// simulation. All calls between two commits are one transaction of the caller's.
pub trait Shelf {
    /// What the keeping itself can fail with.
    type Error;

    /// This side.
    fn me(&self) -> Side;
    /// This side's present life.
    ///
    /// # Errors
    /// The shelf failed; so for every other function here.
    fn mine(&mut self) -> Result<Incarnation, Self::Error>;
    /// The other side's present life; nothing before enrolment.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn theirs(&mut self) -> Result<Option<Incarnation>, Self::Error>;
    /// Whether this side may take steps: not after a restore that is not settled, not in a fork.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn is_active(&mut self) -> Result<bool, Self::Error>;

    /// The sheet of a day; nothing for a day that is not minted here.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn sheet(&mut self, day: Date) -> Result<Option<DaySheet>, Self::Error>;
    /// Keeps the sheet of a day.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn put_sheet(&mut self, sheet: &DaySheet) -> Result<(), Self::Error>;
    /// All days with a sheet, ascending.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn days(&mut self) -> Result<Vec<Date>, Self::Error>;
    /// What is known outside every backup of the days minted here.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn mint_mark(&mut self) -> Result<MintMark, Self::Error>;
    /// Notes outside every backup that a day is minted; safe there before the commit is told.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn note_minted(&mut self, day: Date) -> Result<(), Self::Error>;

    /// Replaces the mint mark: the caller knows that no day beyond it was ever minted here.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn vouch_minted(&mut self, mark: MintMark) -> Result<(), Self::Error>;

    /// All blocks of PINs that were ever held by anybody, by number.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn blocks(&mut self) -> Result<Vec<Block>, Self::Error>;
    /// Keeps a block over what was known of it.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn put_block(&mut self, block: &Block) -> Result<(), Self::Error>;
    /// The highest block ever taken, as known outside every backup; nothing before the first.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn highest_block(&mut self) -> Result<Option<PinBlock>, Self::Error>;
    /// Notes outside every backup that a block is taken; safe there before the commit is told.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn note_block(&mut self, block: PinBlock) -> Result<(), Self::Error>;
    /// The key of the office's PIN permutation; nothing at a box that was given no block yet.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn pin_key(&mut self) -> Result<Option<PinKey>, Self::Error>;
    /// Keeps the key of the PIN permutation that came with a block.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn put_pin_key(&mut self, key: &PinKey) -> Result<(), Self::Error>;

    /// Writes an own fact into the own log.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn write(&mut self, fact: &SeatFact) -> Result<(), Self::Error>;

    /// What is to be settled after a restore; nothing normally.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn restored(&mut self) -> Result<Option<Restored>, Self::Error>;
    /// All own lives that are known here, each with its head; in no order.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn own_lives(&mut self) -> Result<Vec<Cursor>, Self::Error>;
    /// The own entries of a life after a number, in order.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn own_entries(&mut self, life: Incarnation, after: u64) -> Result<Vec<Entry>, Self::Error>;
    /// What the other side told of its seats, in all its lives, in the order in which it came.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn heard(&mut self) -> Result<Vec<SeatFact>, Self::Error>;
    /// The restore is settled: from now on this side may take steps again.
    #[expect(clippy::missing_errors_doc, reason = "said at `mine`")]
    fn settled(&mut self) -> Result<(), Self::Error>;
}

/// The seats of one side. Lives as long as one transaction.
#[derive(Debug)]
pub struct Seats<'s, S> {
    shelf: &'s mut S,
}

/// A step that was done on a sheet. The change has to be written down in this transaction, inside
/// the fact that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the change has to be written down in this transaction"]
pub struct Done {
    /// What the step did.
    pub outcome: Outcome,
    /// The seats it changed; nothing if only holds did.
    pub change: Option<SheetChange>,
}

impl<'s, S: Shelf> Seats<'s, S> {
    /// The seats that a shelf keeps.
    pub fn of(shelf: &'s mut S) -> Self {
        Self { shelf }
    }

    /// Does a step on the sheet of a day, for sales and cancellations: their own fact carries the
    /// change. `Give` and `Accept` have functions of their own.
    ///
    /// # Errors
    /// The shelf failed. Inside: why the step was refused; then nothing changed.
    pub fn step(&mut self, day: Date, input: SheetInput) -> Result<Result<Done, Refused>, S::Error> {
        if !self.shelf.is_active()? {
            return Ok(Err(Refused::NotActive));
        }
        match self.shelf.sheet(day)? {
            Some(sheet) => self.step_on(sheet, input),
            None => Ok(Err(Refused::NoSuchDay)),
        }
    }

    fn step_on(&mut self, before: DaySheet, input: SheetInput) -> Result<Result<Done, Refused>, S::Error> {
        let mut sheet = before.clone();
        let outcome = match sheet.step(self.shelf.me(), input) {
            Ok(outcome) => outcome,
            Err(refused) => return Ok(Err(refused)),
        };
        if sheet != before {
            self.shelf.put_sheet(&sheet)?;
        }
        Ok(Ok(Done { outcome, change: sheet.change_since(&before) }))
    }

    /// Does a step that is no sale and no cancellation, and writes down what changed.
    ///
    /// # Errors
    /// As [`Seats::step`].
    pub fn apply(&mut self, day: Date, input: SheetInput) -> Result<Result<Outcome, Refused>, S::Error> {
        let done = match self.step(day, input)? {
            Ok(done) => done,
            Err(refused) => return Ok(Err(refused)),
        };
        self.write_change(done.change)?;
        Ok(Ok(done.outcome))
    }

    fn write_change(&mut self, change: Option<SheetChange>) -> Result<(), S::Error> {
        match change {
            Some(change) => self.shelf.write(&SeatFact::Seats(change)),
            None => Ok(()),
        }
    }
}
