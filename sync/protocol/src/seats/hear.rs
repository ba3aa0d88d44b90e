//! What the other side's facts mean for the own seats.
//!
//! What must always hold: hearing a fact again, late or in another life changes nothing.

use names::{BookingId, Side};

use super::{Block, Done, Seats, Shelf};
use crate::entry::{Cancelled, Given, Minted, PinBlockGiven, SeatFact};
use crate::pins::{PinBlock, PinKey};
use crate::sheet::{Grant, GrantSpan, Outcome, Place, Refused, SeatRange, SheetInput};

/// What hearing a fact did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing that changes seats here.
    Nothing,
    /// The day has its sheet here now.
    Minted,
    /// Seats came.
    Accepted {
        /// How many.
        seats: u16,
    },
    /// A block of PINs came.
    Block(PinBlock),
    /// Seats that this side had sold are free again.
    Freed {
        /// Whose they were.
        booking: BookingId,
        /// Where.
        place: Place,
    },
}

impl<S: Shelf> Seats<'_, S> {
    /// Takes in a fact of the other side.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn hear(&mut self, fact: &SeatFact) -> Result<Heard, S::Error> {
        match fact {
            SeatFact::Minted(minted) => self.hear_minted(*minted),
            SeatFact::Given(given) => self.accept(given),
            SeatFact::PinBlock(given) => self.accept_block(given),
            SeatFact::Cancelled(cancelled) => self.free(cancelled),
            // What the other side did with its own seats is its own business.
            SeatFact::Seats(_) | SeatFact::Booked(_) | SeatFact::Settled(_) => Ok(Heard::Nothing),
        }
    }

    /// The box mints what it is told of. The server decides itself, but a day that the box has was
    /// minted before.
    fn hear_minted(&mut self, minted: Minted) -> Result<Heard, S::Error> {
        if self.shelf.me() == Side::Booking {
            if self.shelf.sheet(minted.day)?.is_none() {
                self.shelf.note_minted(minted.day)?;
            }
            return Ok(Heard::Nothing);
        }
        Ok(if self.mint(minted)? { Heard::Minted } else { Heard::Nothing })
    }

    fn accept(&mut self, given: &Given) -> Result<Heard, S::Error> {
        let (me, mine) = (self.shelf.me(), self.shelf.mine()?);
        let row = |span: &crate::sheet::Span| GrantSpan {
            seats: SeatRange { lane: span.lane, from: span.from, to: span.to },
            generation: span.generation,
        };
        let spans = given.seats.iter().map(row).collect();
        let grant = Grant { to: me, incarnation: given.incarnation, spans };
        match self.apply(given.day, SheetInput::Accept { grant, mine })? {
            Ok(Outcome::Accepted { seats }) if seats > 0 => Ok(Heard::Accepted { seats }),
            Ok(_unchanged) => Ok(Heard::Nothing),
            // A day that was never minted here, or a life that is over: the seats stay unused.
            Err(Refused::NoSuchDay | Refused::NotActive) => Ok(Heard::Nothing),
            Err(_refused) => Ok(Heard::Nothing),
        }
    }

    fn accept_block(&mut self, given: &PinBlockGiven) -> Result<Heard, S::Error> {
        let (Some(block), Ok(key)) = (PinBlock::new(given.block), PinKey::from_hex(&given.permutation_key)) else {
            return Ok(Heard::Nothing);
        };
        let known = self.shelf.blocks()?.into_iter().find(|b| b.block == block);
        let newer = known.is_none_or(|known| given.generation > known.generation);
        if !newer || given.incarnation != self.shelf.mine()? || !self.shelf.is_active()? {
            return Ok(Heard::Nothing);
        }
        let holder = self.shelf.me();
        self.shelf.put_pin_key(&key)?;
        self.shelf.put_block(&Block { block, holder, generation: given.generation, used: 0 })?;
        Ok(Heard::Block(block))
    }

    /// Only who sold the seats frees them. The day that is named comes first: the booking may have
    /// been moved to another one since.
    pub(super) fn free(&mut self, cancelled: &Cancelled) -> Result<Heard, S::Error> {
        let booking = cancelled.booking;
        let me = self.shelf.me();
        if booking.side() != me {
            return Ok(Heard::Nothing);
        }
        let mut days = self.shelf.days()?;
        days.sort_by_key(|day| Some(*day) != cancelled.day);
        for day in days {
            let sold = self.shelf.sheet(day)?.and_then(|sheet| sheet.sold(me, booking));
            if sold.is_none() {
                continue;
            }
            if let Ok(Done { outcome: Outcome::Cancelled(place), change }) =
                self.step(day, SheetInput::Cancel { booking })?
            {
                self.write_change(change)?;
                return Ok(Heard::Freed { booking, place });
            }
        }
        Ok(Heard::Nothing)
    }
}
