//! The steps of one side on its own copy: an input in, the changed sheet and an outcome out.
//!
//! What must always hold: a refused step changes nothing; the same sheet and input always give
//! the same outcome, so that a replay gives the same day.

use names::{BookingId, Incarnation, ServiceId, Side};
use serde::{Deserialize, Serialize};

use super::change::SheetChange;
use super::give::{Grant, range_of};
use super::interval::Interval;
use super::offer::{LaneOffer, serving};
use super::span::{DaySheet, HoldId, SeatRange, SeatState, Span};

/// What one side wants to do with the seats it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SheetInput {
    /// Hold `count` intervals from `from` on, in the best of the offered lanes.
    Hold {
        /// A new id.
        hold: HoldId,
        /// The plan of the day.
        offered: Vec<LaneOffer>,
        /// What is wanted; the lane must serve all of it.
        services: Vec<ServiceId>,
        /// The start.
        from: Interval,
        /// How many intervals; 0 counts as 1.
        count: u8,
    },
    /// Make a hold at least `count` intervals long, in its lane; with its own length this only
    /// asks whether it still stands.
    Extend {
        /// The hold.
        hold: HoldId,
        /// The new length in intervals.
        count: u8,
    },
    /// Let a hold go.
    Release {
        /// The hold.
        hold: HoldId,
    },
    /// Turn a hold into a booking.
    Sell {
        /// The hold.
        hold: HoldId,
        /// The booking.
        booking: BookingId,
    },
    /// Sell without a hold, at the desk.
    SellNow {
        /// The booking.
        booking: BookingId,
        /// The plan of the day.
        offered: Vec<LaneOffer>,
        /// What is wanted; the lane must serve all of it.
        services: Vec<ServiceId>,
        /// The start.
        from: Interval,
        /// How many intervals; 0 counts as 1.
        count: u8,
    },
    /// Free the seats of a booking. Monotone: a booking that is not (or no longer) here is fine.
    Cancel {
        /// The booking.
        booking: BookingId,
    },
    /// Give free seats to the other side's present life.
    Give {
        /// The seats.
        seats: Vec<SeatRange>,
        /// The receiver's life.
        incarnation: Incarnation,
    },
    /// Take seats that the other side gave.
    Accept {
        /// What it gave.
        grant: Grant,
        /// This side's present life.
        mine: Incarnation,
    },
    /// Take free seats out of the day.
    Retire {
        /// The seats.
        seats: Vec<SeatRange>,
    },
    /// Move a booking of this side to another lane, at the same time.
    Reseat {
        /// The booking.
        booking: BookingId,
        /// The new lane.
        lane: u8,
        /// The plan of the day.
        offered: Vec<LaneOffer>,
        /// What was booked; the lane must serve all of it.
        services: Vec<ServiceId>,
    },
    /// After a restore that may have lost writes: sell nothing that was held before.
    Burn,
    /// After a restore whose lost writes are all known ([`crate::seats::Seats::settle`]): end
    /// the holds and do the changes again.
    Redo {
        /// All changes of this sheet since the backup, in their order.
        changes: Vec<SheetChange>,
    },
}

/// Where a booking or a hold lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The lane.
    pub lane: u8,
    /// The first interval.
    pub from: Interval,
    /// The line behind the last interval.
    pub to: Interval,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Held here.
    Held(Place),
    /// The hold stands, here.
    Extended(Place),
    /// The hold is gone.
    Released(Place),
    /// Sold here.
    Sold(Place),
    /// The booking's seats are free again.
    Cancelled(Place),
    /// To be written down and sent.
    Given(Grant),
    /// How many seats came; 0 for a repeated, late or misdirected grant.
    Accepted {
        /// Seats.
        seats: u16,
    },
    /// What was free is out of the day; what was not, stays as it is.
    Retired {
        /// Seats taken out.
        seats: u16,
        /// Bookings that somebody must cancel with the citizens.
        sold: Vec<BookingId>,
        /// Holds that will turn into bookings or end.
        held: Vec<HoldId>,
    },
    /// Burned and frozen.
    Burned {
        /// Seats that will not be sold.
        seats: u16,
    },
    /// Moved to another lane.
    Reseated {
        /// Where it was; free again.
        from: Place,
        /// Where it is.
        to: Place,
    },
    /// Nothing is lost; no hold stands any more.
    Redone {
        /// Seats written again, each as often as it had changed.
        seats: u32,
    },
    /// It was so already.
    Unchanged,
}

/// Why a step was not done; the sheet is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// No offered lane has that time free.
    #[error("no offered lane has this time free")]
    NoSeat,
    /// The hold was released or never made.
    #[error("this hold does not stand (any more)")]
    NoSuchHold,
    /// The id of the hold is in use.
    #[error("this hold exists already")]
    HoldTaken,
    /// The booking has its seats already.
    #[error("this booking has its seats already")]
    AlreadySold,
    /// Some of the seats are held by the other side.
    #[error("the other side holds some of these seats")]
    NotHolder,
    /// Some of the seats are held by a form, sold or out of the day.
    #[error("some of these seats are not free")]
    NotFree,
    /// A range outside the day.
    #[error("there are no such seats")]
    NoSuchSeats,
    /// This side has no such booking that it may move.
    #[error("this booking is not here, or is frozen")]
    NoSuchBooking,
    /// A change to be done again is older than the sheet.
    #[error("this change is older than the sheet")]
    WentBack,
    /// This side was restored and does not know yet what it lost, or its log has forked.
    #[error("nothing is sold before the restore is settled")]
    NotActive,
    /// The day has no sheet on this side.
    #[error("this day has no seats yet")]
    NoSuchDay,
    /// No other side is enrolled.
    #[error("there is nobody to give to")]
    NoReceiver,
}

impl DaySheet {
    /// Does a step for one side, on its own copy.
    ///
    /// # Errors
    /// [`Refused`] says why; the sheet is then as before.
    pub fn step(&mut self, me: Side, input: SheetInput) -> Result<Outcome, Refused> {
        match input {
            SheetInput::Hold { hold, offered, services, from, count } => {
                self.hold(me, hold, &serving(&offered, &services), from, count)
            }
            SheetInput::Extend { hold, count } => self.extend(me, hold, count),
            SheetInput::Release { hold } => self.release(me, hold),
            SheetInput::Sell { hold, booking } => self.sell(me, hold, booking),
            SheetInput::SellNow { booking, offered, services, from, count } => {
                self.sell_now(me, booking, &serving(&offered, &services), from, count)
            }
            SheetInput::Cancel { booking } => Ok(self.cancel(me, booking)),
            SheetInput::Give { seats, incarnation } => self.or_as_before(|sheet| sheet.give(me, &seats, incarnation)),
            SheetInput::Accept { grant, mine } => Ok(self.accept(me, &grant, mine)),
            SheetInput::Retire { seats } => self.retire(me, &seats),
            SheetInput::Reseat { booking, lane, offered, services } => {
                self.reseat(me, booking, lane, &serving(&offered, &services))
            }
            SheetInput::Burn => Ok(self.burn(me)),
            SheetInput::Redo { changes } => self.or_as_before(|sheet| sheet.redo(me, &changes)),
        }
    }

    /// For steps that may be refused half way.
    fn or_as_before(&mut self, step: impl FnOnce(&mut Self) -> Result<Outcome, Refused>) -> Result<Outcome, Refused> {
        let mut changed = self.clone();
        let outcome = step(&mut changed)?;
        *self = changed;
        Ok(outcome)
    }

    /// Where a hold of this side lies.
    #[must_use]
    pub fn held(&self, me: Side, hold: HoldId) -> Option<Place> {
        self.place_of(me, SeatState::Held(hold))
    }

    /// Where a booking of this side lies.
    #[must_use]
    pub fn sold(&self, me: Side, booking: BookingId) -> Option<Place> {
        self.place_of(me, SeatState::Sold(booking))
    }

    /// A hold or a booking is one stretch of one lane, perhaps of several generations.
    fn place_of(&self, me: Side, state: SeatState) -> Option<Place> {
        let mut spans = self.spans().iter().filter(|s| s.holder == me && s.state == state);
        let first = spans.next()?;
        Some(Place { lane: first.lane, from: first.from, to: spans.next_back().unwrap_or(first).to })
    }

    fn hold(
        &mut self,
        me: Side,
        hold: HoldId,
        offered: &[LaneOffer],
        from: Interval,
        count: u8,
    ) -> Result<Outcome, Refused> {
        if self.held(me, hold).is_some() {
            return Err(Refused::HoldTaken);
        }
        let range = self.choose(me, offered, from, count).ok_or(Refused::NoSeat)?;
        self.paint(range, |span| span.state = SeatState::Held(hold));
        Ok(Outcome::Held(place(range)))
    }

    fn extend(&mut self, me: Side, hold: HoldId, count: u8) -> Result<Outcome, Refused> {
        let held = self.held(me, hold).ok_or(Refused::NoSuchHold)?;
        let to = held.from.plus(count).ok_or(Refused::NoSeat)?;
        if to <= held.to {
            return Ok(Outcome::Extended(held));
        }
        let more = SeatRange { lane: held.lane, from: held.to, to };
        if self.cut(more).any(|s| s.holder != me || s.state != SeatState::Free) {
            return Err(Refused::NoSeat);
        }
        self.paint(more, |span| span.state = SeatState::Held(hold));
        Ok(Outcome::Extended(Place { to, ..held }))
    }

    fn release(&mut self, me: Side, hold: HoldId) -> Result<Outcome, Refused> {
        let held = self.held(me, hold).ok_or(Refused::NoSuchHold)?;
        self.paint(range(held), |span| span.state = SeatState::Free);
        Ok(Outcome::Released(held))
    }

    fn sell(&mut self, me: Side, hold: HoldId, booking: BookingId) -> Result<Outcome, Refused> {
        let sold = self.sold(me, booking);
        let Some(held) = self.held(me, hold) else {
            // The same confirmation again: it is so already.
            return sold.map(|_place| Outcome::Unchanged).ok_or(Refused::NoSuchHold);
        };
        if sold.is_some() {
            return Err(Refused::AlreadySold);
        }
        self.paint(range(held), |span| span.state = SeatState::Sold(booking));
        Ok(Outcome::Sold(held))
    }

    fn sell_now(
        &mut self,
        me: Side,
        booking: BookingId,
        offered: &[LaneOffer],
        from: Interval,
        count: u8,
    ) -> Result<Outcome, Refused> {
        if self.sold(me, booking).is_some() {
            return Err(Refused::AlreadySold);
        }
        let range = self.choose(me, offered, from, count).ok_or(Refused::NoSeat)?;
        self.paint(range, |span| span.state = SeatState::Sold(booking));
        Ok(Outcome::Sold(place(range)))
    }

    /// Only the holder frees, and never what is frozen: it may have been freed and sold again in
    /// the writes that were lost.
    fn cancel(&mut self, me: Side, booking: BookingId) -> Outcome {
        let Some(sold) = self.sold(me, booking) else { return Outcome::Unchanged };
        self.paint(range(sold), |span| span.state = SeatState::Free);
        Outcome::Cancelled(sold)
    }

    fn retire(&mut self, me: Side, seats: &[SeatRange]) -> Result<Outcome, Refused> {
        let mut found = Vec::new();
        for range in seats {
            found.extend(self.mine(me, *range)?);
        }
        let (mut sold, mut held) = (Vec::new(), Vec::new());
        let mut retired = 0;
        for span in found {
            match span.state {
                SeatState::Free => {
                    // Counted as found now, so that a range named twice counts once.
                    let free = self.cut(range_of(&span)).filter(|s| s.state == SeatState::Free);
                    retired += free.map(|s| s.len()).sum::<u16>();
                    self.paint(range_of(&span), |s| s.state = SeatState::Retired);
                }
                SeatState::Held(hold) => held.push(hold),
                SeatState::Sold(booking) | SeatState::SoldFrozen(booking) => sold.push(booking),
                SeatState::Burned | SeatState::Retired => {}
            }
        }
        sold.sort_unstable();
        sold.dedup();
        held.sort_unstable();
        held.dedup();
        Ok(Outcome::Retired { seats: retired, sold, held })
    }

    /// The spans of a range, if all of it is held by this side.
    pub(super) fn mine(&self, me: Side, range: SeatRange) -> Result<Vec<Span>, Refused> {
        if !range.is_sound() {
            return Err(Refused::NoSuchSeats);
        }
        let spans: Vec<Span> = self.cut(range).collect();
        if spans.iter().all(|s| s.holder == me) { Ok(spans) } else { Err(Refused::NotHolder) }
    }
}

fn place(range: SeatRange) -> Place {
    Place { lane: range.lane, from: range.from, to: range.to }
}

fn range(place: Place) -> SeatRange {
    SeatRange { lane: place.lane, from: place.from, to: place.to }
}
