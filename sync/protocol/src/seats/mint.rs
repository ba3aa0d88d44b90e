//! Days come into being, and seats go to the other side.
//!
//! What must always hold: a day is minted once in all lives of a side; whoever gives has written
//! the give down before anybody hears of it.

use jiff::ToSpan;
use jiff::civil::Date;
use names::Side;

use super::{Seats, Shelf};
use crate::entry::{Given, Minted, SeatFact};
use crate::sheet::{DaySheet, MintMark, Outcome, Refused, SeatRange, SeatState, SheetInput, Span};

impl<S: Shelf> Seats<'_, S> {
    /// Mints a day here, unless it has a sheet: the same sheet on both ends. What may have been
    /// minted and sold before in a lost sheet is burned from the start.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn mint(&mut self, minted: Minted) -> Result<bool, S::Error> {
        if !self.shelf.is_active()? || self.shelf.sheet(minted.day)?.is_some() {
            return Ok(false);
        }
        let mark = if minted.again { MintMark::Lost } else { self.shelf.mint_mark()? };
        let again = mark.covers(minted.day);
        let (sheet, burned) = DaySheet::mint_once(self.shelf.me(), minted.day, minted.booking_lanes, mark);
        self.shelf.put_sheet(&sheet)?;
        self.shelf.note_minted(minted.day)?;
        self.shelf.write(&SeatFact::Minted(Minted { again, ..minted }))?;
        self.write_change(burned)?;
        Ok(true)
    }

    /// Mints every day from `first` to `last` that has no sheet yet; answers how many. `last` has to
    /// be as far as this side ever mints: when the mint mark was lost it is known again after this.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn mint_through(&mut self, first: Date, last: Date, booking_lanes: u8) -> Result<u16, S::Error> {
        let mut count = 0;
        for day in first.series(1.day()).take_while(|day| *day <= last) {
            count += u16::from(self.mint(Minted { day, booking_lanes, again: false })?);
        }
        if self.shelf.is_active()? && self.shelf.mint_mark()? == MintMark::Lost {
            self.vouch(Some(last))?;
        }
        Ok(count)
    }

    /// No day beyond the sheets that are here, and beyond `last`, was ever minted.
    pub(super) fn vouch(&mut self, last: Option<Date>) -> Result<(), S::Error> {
        match self.shelf.days()?.last().copied().max(last) {
            Some(last) => self.shelf.vouch_minted(MintMark::UpTo(last)),
            None => self.shelf.vouch_minted(MintMark::Never),
        }
    }

    /// Gives free seats to the other side's present life. From the commit on this side cannot
    /// sell them, whether the other side ever hears of it or not.
    ///
    /// # Errors
    /// The shelf failed. Inside: [`Refused::NoReceiver`] before enrolment, or what a give is
    /// refused for.
    pub fn give(&mut self, day: Date, seats: Vec<SeatRange>) -> Result<Result<u16, Refused>, S::Error> {
        let Some(incarnation) = self.shelf.theirs()? else { return Ok(Err(Refused::NoReceiver)) };
        let to = self.shelf.me().other();
        let done = match self.step(day, SheetInput::Give { seats, incarnation })? {
            Ok(done) => done,
            Err(refused) => return Ok(Err(refused)),
        };
        let Outcome::Given(grant) = done.outcome else { return Ok(Ok(0)) };
        let given = |g: &crate::sheet::GrantSpan| {
            let (lane, from, until) = (g.seats.lane, g.seats.from, g.seats.to);
            Span { lane, from, to: until, holder: to, generation: g.generation, state: SeatState::Free }
        };
        let seats: Vec<Span> = grant.spans.iter().map(given).collect();
        let count = seats.iter().map(Span::len).sum();
        if count > 0 {
            self.shelf.write(&SeatFact::Given(Given { day, incarnation, seats }))?;
        }
        Ok(Ok(count))
    }

    /// What this side may sell of a day, as it is now; nothing while it may not sell at all.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn open_sheet(&mut self, day: Date) -> Result<Option<DaySheet>, S::Error> {
        if self.shelf.is_active()? { self.shelf.sheet(day) } else { Ok(None) }
    }

    /// This side.
    #[must_use]
    pub fn me(&self) -> Side {
        self.shelf.me()
    }
}
