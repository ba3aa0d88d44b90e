//! What people were told. Nobody in the simulation can see this; only the laws can.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::civil::Date;
use names::{BookingId, Pin, Side};
use protocol::agree::Mode;
use protocol::entry::Entry;
use protocol::sheet::{Place, SeatState};

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
pub(crate) struct Ghost {
    told: BTreeMap<BookingId, Told>,
    seats: BTreeMap<Seat, BookingId>,
    pins: BTreeMap<Pin, BookingId>,
}

fn seats(day: Date, place: Place) -> impl Iterator<Item = Seat> {
    (place.from.number()..place.to.number()).map(move |interval| (day, place.lane, interval))
}

impl Ghost {
    /// A person was told of a booking.
    pub(crate) fn booked(&mut self, booking: BookingId, pin: Pin, day: Date, place: Place) -> Result<(), String> {
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
    pub(crate) fn cancelled(&mut self, booking: BookingId) {
        if let Some(told) = self.told.get_mut(&booking).filter(|told| !told.cancelled) {
            told.cancelled = true;
            self.pins.remove(&told.pin);
            for seat in seats(told.day, told.place) {
                self.seats.remove(&seat);
            }
        }
    }

    /// Bookings that stand, for the choice of what to cancel.
    pub(crate) fn standing(&self) -> Vec<BookingId> {
        self.told.iter().filter(|(_, told)| !told.cancelled).map(|(booking, _)| *booking).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.told.len()
    }

    /// A store was replaced: what is on none of these any more is gone for ever.
    pub(crate) fn only_left(&mut self, stores: &[&Db], sticks: &[&[Rc<Entry>]]) {
        let mut left = BTreeSet::new();
        stores.iter().for_each(|db| left.extend(bookings(&db.order)));
        sticks.iter().for_each(|stick| left.extend(bookings(stick)));
        for (booking, told) in &mut self.told {
            told.destroyed |= !left.contains(booking);
        }
    }

    /// No seat is held by both sides for sale. A store that waits to be settled sells nothing.
    pub(crate) fn one_holder(&self, server: &Node, appliance: &Node) -> Result<(), String> {
        if server.db.mode != Mode::Active || appliance.db.mode != Mode::Active {
            return Ok(());
        }
        for (day, sheet) in &server.db.sheets {
            let Some(other) = appliance.db.sheets.get(day) else { continue };
            for lane in crate::world::LANES {
                let ours = |node: &Node, holder, state: &SeatState| {
                    holder == node.me && matches!(state, SeatState::Free | SeatState::Held(_) | SeatState::Sold(_))
                };
                for one in sheet.lane(lane).filter(|s| ours(server, s.holder, &s.state)) {
                    let clash = other
                        .lane(lane)
                        .find(|s| ours(appliance, s.holder, &s.state) && s.from < one.to && one.from < s.to);
                    if let Some(clash) = clash {
                        return Err(format!("both sides hold seats of lane {lane} on {day}: {one:?} and {clash:?}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Once both ends have told each other everything: who was told is known at both.
    pub(crate) fn all_known(&self, server: &Node, appliance: &Node) -> Result<(), String> {
        for (name, node) in [("server", server), ("box", appliance)] {
            let known = bookings(&node.db.order);
            let lost = self.told.iter().find(|(booking, told)| !told.destroyed && !known.contains(booking));
            if let Some((booking, told)) = lost {
                return Err(format!("the {name} does not know {booking}: {told:?}"));
            }
        }
        Ok(())
    }
}

fn bookings(order: &[Rc<Entry>]) -> BTreeSet<BookingId> {
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
