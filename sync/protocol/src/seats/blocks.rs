//! Blocks of PINs, held exactly like seats: taken by the booking server, given to the box.
//!
//! What must always hold: a PIN is drawn by the holder of its block only, and once per round; a
//! block that a lost write may have drawn from is never drawn from again.

use names::{Pin, Side};

use super::{Seats, Shelf};
use crate::entry::{PinBlockGiven, SeatFact};
use crate::pins::{BLOCK_SIZE, BLOCKS, PinBlock, pin};
use crate::sheet::Refused;

/// One block as one side knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which one.
    pub block: PinBlock,
    /// The only side that may draw from it.
    pub holder: Side,
    /// Grows with each give, and when the booking server starts its blocks over.
    pub generation: u32,
    /// How many of its PINs were drawn here; [`BLOCK_SIZE`] when none is left.
    pub used: u16,
}

impl<S: Shelf> Seats<'_, S> {
    /// Draws a PIN; `taken` says whether one belongs to an open booking still. Nothing when this
    /// side has no PIN left: a box waits for its next block, and helps with a ticket meanwhile.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn draw_pin(
        &mut self,
        mut taken: impl FnMut(&mut S, Pin) -> Result<bool, S::Error>,
    ) -> Result<Result<Option<Pin>, Refused>, S::Error> {
        if !self.shelf.is_active()? {
            return Ok(Err(Refused::NotActive));
        }
        let Some(key) = self.shelf.pin_key()? else { return Ok(Ok(None)) };
        // Every round uses up one PIN or opens one block; after all of them twice there is none.
        for _round in 0..2 * (Pin::COUNT + u32::from(BLOCKS)) {
            let Some(mut open) = self.open_block()? else {
                if self.shelf.me() == Side::Box {
                    return Ok(Ok(None));
                }
                self.take_block()?;
                continue;
            };
            let drawn = pin(&key, open.block, open.used);
            open.used += 1;
            self.shelf.put_block(&open)?;
            if let Some(drawn) = drawn
                && !taken(self.shelf, drawn)?
            {
                return Ok(Ok(Some(drawn)));
            }
        }
        Ok(Ok(None))
    }

    fn open_block(&mut self) -> Result<Option<Block>, S::Error> {
        let me = self.shelf.me();
        let open = self.shelf.blocks()?.into_iter().filter(|b| b.holder == me && b.used < BLOCK_SIZE);
        Ok(open.min_by_key(|b| (b.generation, b.block)))
    }

    /// Takes the next block that nobody ever had; without one left, the own ones start over.
    fn take_block(&mut self) -> Result<(), S::Error> {
        let me = self.shelf.me();
        let known = self.shelf.blocks()?;
        match next_block(known.iter().map(|b| b.block).max(), self.shelf.highest_block()?) {
            Some(block) => {
                self.shelf.note_block(block)?;
                self.shelf.put_block(&Block { block, holder: me, generation: 1, used: 0 })
            }
            None => {
                for own in known.into_iter().filter(|b| b.holder == me) {
                    self.shelf.put_block(&Block { used: 0, generation: own.generation + 1, ..own })?;
                }
                Ok(())
            }
        }
    }

    /// Gives the box a block that nobody drew from. Only the booking server gives.
    ///
    /// # Errors
    /// The shelf failed. Inside: [`Refused::NotActive`], [`Refused::NoReceiver`], or
    /// [`Refused::NotFree`] when no untouched block is left.
    pub fn give_block(&mut self) -> Result<Result<PinBlock, Refused>, S::Error> {
        if !self.shelf.is_active()? {
            return Ok(Err(Refused::NotActive));
        }
        let (Some(incarnation), Some(key)) = (self.shelf.theirs()?, self.shelf.pin_key()?) else {
            return Ok(Err(Refused::NoReceiver));
        };
        let highest = self.shelf.blocks()?.into_iter().map(|b| b.block).max();
        let Some(block) = next_block(highest, self.shelf.highest_block()?) else { return Ok(Err(Refused::NotFree)) };
        let (holder, generation) = (self.shelf.me().other(), 1);
        self.shelf.note_block(block)?;
        self.shelf.put_block(&Block { block, holder, generation, used: 0 })?;
        let permutation_key = key.to_hex();
        let given = PinBlockGiven { block: block.number(), generation, incarnation, permutation_key };
        self.shelf.write(&SeatFact::PinBlock(given))?;
        Ok(Ok(block))
    }

    /// PINs that this side can still draw without asking anybody.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn pins_left(&mut self) -> Result<u32, S::Error> {
        let me = self.shelf.me();
        let own = self.shelf.blocks()?.into_iter().filter(|b| b.holder == me);
        Ok(own.map(|b| u32::from(BLOCK_SIZE.saturating_sub(b.used))).sum())
    }

    /// After a restore with all writes known: the PINs up to this one are drawn.
    pub(super) fn redo_drawing(&mut self, drawn: Pin) -> Result<(), S::Error> {
        let (me, Some(key)) = (self.shelf.me(), self.shelf.pin_key()?) else { return Ok(()) };
        for own in self.shelf.blocks()?.into_iter().filter(|b| b.holder == me) {
            if let Some(offset) = (own.used..BLOCK_SIZE).find(|offset| pin(&key, own.block, *offset) == Some(drawn)) {
                self.shelf.put_block(&Block { used: offset + 1, ..own })?;
            }
        }
        Ok(())
    }

    /// After a restore with writes that may be lost: no own block is drawn from again.
    pub(super) fn use_up_blocks(&mut self) -> Result<(), S::Error> {
        let me = self.shelf.me();
        for own in self.shelf.blocks()?.into_iter().filter(|b| b.holder == me) {
            self.shelf.put_block(&Block { used: BLOCK_SIZE, ..own })?;
        }
        Ok(())
    }
}

/// The block after all that are known, here or outside every backup.
fn next_block(known: Option<PinBlock>, noted: Option<PinBlock>) -> Option<PinBlock> {
    match known.max(noted) {
        Some(last) => PinBlock::new(last.number() + 1),
        None => PinBlock::new(0),
    }
}
