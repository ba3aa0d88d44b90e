//! What people were told. Nobody in the simulation can see this; only the laws can.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::civil::Date;
use names::{BookingId, Pin, Side};
use protocol::agree::Mode;
use protocol::entry::Entry;
use protocol::sheet::{DaySheet, Place, SeatState, Span};

use crate::acts::LANES;
use crate::memory::Db;
use crate::node::Node;

/// One seat of one office.
type Seat = (Date, u8, u8);

/// A booking that somebody was told of.
#[derive(Clone, Debug)]
struct Told {
    pin: Pin,
    day: Date,
    place: Place,
    /// A restore lost it together with every copy: nobody can bring it back.
    destroyed: bool,
    cancelled: bool,
}

/// Everything that was told, for one office.
#[derive(Clone, Debug, Default)]
pub struct Ghost {
    told: BTreeMap<BookingId, Told>,
    seats: BTreeMap<Seat, BookingId>,
    pins: BTreeMap<Pin, BookingId>,
}

fn seats(day: Date, place: Place) -> impl Iterator<Item = Seat> {
    (place.from.number()..place.to.number()).map(move |interval| (day, place.lane, interval))
}

/// What the laws see of one end.
pub trait Seen {
    /// Whether it may sell.
    fn mode(&self) -> Mode;
    /// The days that have a sheet.
    fn days(&self) -> Vec<Date>;
    /// The sheet of a day.
    fn sheet(&self, day: Date) -> Option<&DaySheet>;
    /// All bookings it knows of.
    fn bookings(&self) -> BTreeSet<BookingId>;
}

impl Ghost {
    /// A person was told of a booking.
    ///
    /// # Errors
    /// The seat or the PIN that somebody else was told of.
    pub fn booked(&mut self, booking: BookingId, pin: Pin, day: Date, place: Place) -> Result<(), String> {
        for seat in seats(day, place) {
            if let Some(other) = self.seats.insert(seat, booking) {
                return Err(format!("seat {seat:?} was sold to {other} and to {booking}"));
            }
        }
        if let Some(other) = self.pins.insert(pin, booking) {
            return Err(format!("the PIN {pin} belongs to {other} and to {booking}"));
        }
        self.told.insert(booking, Told { pin, day, place, destroyed: false, cancelled: false });
        Ok(())
    }

    /// A person was told that the booking is cancelled.
    pub fn cancelled(&mut self, booking: BookingId) {
        if let Some(told) = self.told.get_mut(&booking).filter(|told| !told.cancelled) {
            told.cancelled = true;
            self.pins.remove(&told.pin);
            for seat in seats(told.day, told.place) {
                self.seats.remove(&seat);
            }
        }
    }

    /// Bookings that stand, for the choice of what to cancel.
    #[must_use]
    pub fn standing(&self) -> Vec<BookingId> {
        self.told.iter().filter(|(_, told)| !told.cancelled).map(|(booking, _)| *booking).collect()
    }

    /// How many people were told.
    #[must_use]
    pub fn count(&self) -> usize {
        self.told.len()
    }

    /// A store was replaced: what is on none of the stores and sticks any more is gone for ever.
    pub fn only_left(&mut self, left: &BTreeSet<BookingId>) {
        for (booking, told) in &mut self.told {
            told.destroyed |= !left.contains(booking);
        }
    }

    /// No seat is held by both sides for sale. A store that waits to be settled sells nothing.
    ///
    /// # Errors
    /// Which seat.
    pub fn one_holder(server: &impl Seen, appliance: &impl Seen) -> Result<(), String> {
        if server.mode() != Mode::Active || appliance.mode() != Mode::Active {
            return Ok(());
        }
        let sellable = |state: &SeatState| matches!(state, SeatState::Free | SeatState::Held(_) | SeatState::Sold(_));
        for day in server.days() {
            let (Some(sheet), Some(other)) = (server.sheet(day), appliance.sheet(day)) else { continue };
            for lane in LANES {
                for one in sheet.lane(lane).filter(|s| s.holder == Side::Booking && sellable(&s.state)) {
                    let held = |s: &&Span| s.holder == Side::Box && sellable(&s.state);
                    let clash = other.lane(lane).filter(held).find(|s| s.from < one.to && one.from < s.to);
                    if let Some(clash) = clash {
                        return Err(format!("both sides hold seats of lane {lane} on {day}: {one:?} and {clash:?}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Once both ends have told each other everything: who was told is known at both.
    ///
    /// # Errors
    /// Who is not known where.
    pub fn all_known(&self, server: &impl Seen, appliance: &impl Seen) -> Result<(), String> {
        for (name, known) in [("server", server.bookings()), ("box", appliance.bookings())] {
            let lost = self.told.iter().find(|(booking, told)| !told.destroyed && !known.contains(booking));
            if let Some((booking, told)) = lost {
                return Err(format!("the {name} does not know {booking}: {told:?}"));
            }
        }
        Ok(())
    }
}

/// All bookings that some entries tell of.
pub(crate) fn bookings(order: &[Rc<Entry>]) -> BTreeSet<BookingId> {
    let booked = order.iter().filter(|entry| entry.kind == "booked");
    booked.filter_map(|entry| entry.body.get("booking")?.as_str()?.parse().ok()).collect()
}

/// Both ends know the same lives, equally far.
pub(crate) fn same_lives(server: &Node, appliance: &Node) -> Result<(), String> {
    for side in [Side::Booking, Side::Box] {
        let heads = |db: &Db| {
            let head = |life: &crate::memory::Life| (life.incarnation, life.entries.last().map(|e| (e.number, e.hash)));
            db.of(side).iter().map(head).filter(|(_, last)| last.is_some()).collect::<BTreeMap<_, _>>()
        };
        if heads(&server.db) != heads(&appliance.db) {
            return Err(format!("the two ends know different lives of the {side:?} side"));
        }
    }
    Ok(())
}
