//! How the holder moves a booking of its own to another lane, at the same time, to make room.
//!
//! What must always hold: the booking keeps its time and gets a lane that serves it; both places
//! are held by the mover. What is frozen stays where it is.

use names::{BookingId, Side};

use super::offer::LaneOffer;
use super::span::{DaySheet, SeatRange, SeatState};
use super::step::{Outcome, Place, Refused};

impl DaySheet {
    pub(super) fn reseat(
        &mut self,
        me: Side,
        booking: BookingId,
        lane: u8,
        offered: &[LaneOffer],
    ) -> Result<Outcome, Refused> {
        let old = self.sold(me, booking).ok_or(Refused::NoSuchBooking)?;
        if old.lane == lane {
            return Ok(Outcome::Unchanged);
        }
        let count = old.to.number() - old.from.number();
        let there: Vec<LaneOffer> = offered.iter().filter(|offer| offer.lane == lane).cloned().collect();
        let new = self.choose(me, &there, old.from, count).ok_or(Refused::NoSeat)?;
        self.paint(new, |span| span.state = SeatState::Sold(booking));
        self.paint(SeatRange { lane: old.lane, from: old.from, to: old.to }, |span| span.state = SeatState::Free);
        Ok(Outcome::Reseated { from: old, to: Place { lane, ..old } })
    }
}
