//! A person opens burned seats again: somebody has looked, and takes the risk that a restore did not.
//!
//! What must always hold: a seat of a booking that anybody still knows stays burned, and so does one
//! that is known to have been given away since; what was sold stays frozen; it is written down like every other change. This step is outside what the model
//! and the simulation prove: a booking that everybody has lost may meet the next one here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use names::BookingId;

use super::{Seats, Shelf};
use crate::entry::SeatFact;
use crate::sheet::{DaySheet, Refused, SeatRange, Span};

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
            let taken = taken.get(&day).map_or(&[][..], Vec::as_slice);
            let but: Vec<SeatRange> = taken.iter().filter_map(|taken| taken.keeps_burned(&before)).collect();
            let seats = sheet.reopen(me, &but);
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

    /// The seats of all own bookings that are known and were not called off, and of all own gives
    /// that are known, by day.
    fn taken(&mut self) -> Result<BTreeMap<Date, Vec<Taken>>, S::Error> {
        let mut facts = Vec::new();
        for life in self.shelf.own_lives()? {
            let entries = self.shelf.own_entries(life.incarnation, 0)?;
            facts.extend(entries.iter().filter_map(|entry| SeatFact::read(&entry.draft())?.ok()));
        }
        let told = self.shelf.heard()?;
        let off: BTreeSet<BookingId> = facts.iter().chain(&told).filter_map(called_off).collect();
        let mut taken: BTreeMap<Date, Vec<Taken>> = BTreeMap::new();
        for fact in facts {
            match fact {
                SeatFact::Booked(booked) if !off.contains(&booked.booking) => {
                    taken.entry(booked.day).or_default().extend(booked.seats.into_iter().map(Taken::Sold));
                }
                SeatFact::Given(given) => {
                    taken.entry(given.day).or_default().extend(given.seats.into_iter().map(Taken::Given));
                }
                SeatFact::Minted(_)
                | SeatFact::Seats(_)
                | SeatFact::PinBlock(_)
                | SeatFact::Booked(_)
                | SeatFact::Cancelled(_)
                | SeatFact::Settled(_) => {}
            }
        }
        Ok(taken)
    }
}

/// Why a seat may not be opened.
enum Taken {
    /// A booking sits there.
    Sold(Span),
    /// It went to the other side, in that generation.
    Given(Span),
}

impl Taken {
    /// The seats of a sheet that stay burned for it. A give that the sheet knows of has come back.
    fn keeps_burned(&self, sheet: &DaySheet) -> Option<SeatRange> {
        let span = match self {
            Self::Sold(span) => span,
            Self::Given(span) => {
                let older = |s: &&Span| s.from < span.to && span.from < s.to && s.generation < span.generation;
                sheet.lane(span.lane).find(older).map(|_unknown_there| span)?
            }
        };
        Some(SeatRange { lane: span.lane, from: span.from, to: span.to })
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
