//! A person opens burned seats again: somebody has looked, and takes the risk that a restore did not.
//!
//! What must always hold: a seat of a booking that anybody still knows stays burned, what was sold
//! stays frozen; it is written down like every other change. This step is outside what the model
//! and the simulation prove: a booking that everybody has lost may meet the next one here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use names::BookingId;

use super::{Seats, Shelf};
use crate::entry::SeatFact;
use crate::sheet::{Refused, SeatRange};

/// Seats that are burned for no booking that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reopened {
    /// On how many days.
    pub days: u32,
    /// How many seats of ten minutes.
    pub seats: u32,
}

impl<S: Shelf> Seats<'_, S> {
    /// Opens the burned seats of all days again, or only counts them (`look_only`). To be done only
    /// once both ends have told each other everything.
    ///
    /// # Errors
    /// The shelf failed. Inside: [`Refused::NotActive`].
    pub fn reopen(&mut self, look_only: bool) -> Result<Result<Reopened, Refused>, S::Error> {
        if !self.shelf.is_active()? {
            return Ok(Err(Refused::NotActive));
        }
        let taken = self.taken()?;
        let (me, mut reopened) = (self.shelf.me(), Reopened::default());
        for day in self.shelf.days()? {
            let Some(before) = self.shelf.sheet(day)? else { continue };
            let mut sheet = before.clone();
            let seats = sheet.reopen(me, taken.get(&day).map_or(&[], Vec::as_slice));
            if seats == 0 {
                continue;
            }
            reopened.days += 1;
            reopened.seats += u32::from(seats);
            if !look_only {
                self.shelf.put_sheet(&sheet)?;
                self.write_change(sheet.change_since(&before))?;
            }
        }
        Ok(Ok(reopened))
    }

    /// The seats of all own bookings that are known and were not called off, by day.
    fn taken(&mut self) -> Result<BTreeMap<Date, Vec<SeatRange>>, S::Error> {
        let mut facts = Vec::new();
        for life in self.shelf.own_lives()? {
            let entries = self.shelf.own_entries(life.incarnation, 0)?;
            facts.extend(entries.iter().filter_map(|entry| SeatFact::read(&entry.draft())?.ok()));
        }
        let told = self.shelf.heard()?;
        let off: BTreeSet<BookingId> = facts.iter().chain(&told).filter_map(called_off).collect();
        let mut taken: BTreeMap<Date, Vec<SeatRange>> = BTreeMap::new();
        for fact in facts {
            if let SeatFact::Booked(booked) = fact
                && !off.contains(&booked.booking)
            {
                let range = |s: &crate::sheet::Span| SeatRange { lane: s.lane, from: s.from, to: s.to };
                taken.entry(booked.day).or_default().extend(booked.seats.iter().map(range));
            }
        }
        Ok(taken)
    }
}

fn called_off(fact: &SeatFact) -> Option<BookingId> {
    match fact {
        SeatFact::Cancelled(cancelled) => Some(cancelled.booking),
        SeatFact::Minted(_)
        | SeatFact::Seats(_)
        | SeatFact::Given(_)
        | SeatFact::PinBlock(_)
        | SeatFact::Booked(_)
        | SeatFact::Settled(_) => None,
    }
}
