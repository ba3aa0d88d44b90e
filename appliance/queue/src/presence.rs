//! Presence wins: whoever stands in the hall is served, whatever becomes of the booking online.
//!
//! ```text
//!   unknown PIN ──► unverified ──told by PIN──► judged by its arrival
//!                       └──a clerk lifts it──► counts as an appointment until it is told
//!
//!   admitted with version 1 ──told: cancelled, or version 2──► goes on as judged, the clerk sees why
//!        ├── served ──► the fact says "version 1": a later date is free
//!        └── missed ──► the later date stays good, on another day and on this one
//! ```
//!
//! What must always hold: nothing that is told takes the place of somebody who is here; a
//! booking has one visit a day; what was told when does not change what follows from it.

use jiff::Timestamp;
use jiff::civil::Date;
use names::Code;

use crate::bookings::{Bookings, Known};
use crate::day::Day;
use crate::visit::{Claim, Stage, Visit};
use crate::{Appointment, Queue, VisitId, timing};

/// What became of a booking online while its holder is in the hall, for the clerk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Online {
    /// It was cancelled.
    Cancelled {
        /// When, by the clock of who wrote it down.
        at: Timestamp,
    },
    /// It was moved to another time, perhaps of another day.
    Moved {
        /// The new day.
        day: Date,
        /// The new start.
        start: Timestamp,
    },
    /// An unverified PIN is good for another day.
    OtherDay {
        /// The booked day.
        day: Date,
        /// The booked start.
        start: Timestamp,
    },
}

impl Queue {
    /// What became of the booking of somebody who came; nothing if all is as it was.
    pub(crate) fn online(&self, visit: &Visit) -> Option<Online> {
        let Some(booking) = visit.booking else {
            return visit.other_day.map(|(day, start)| Online::OtherDay { day, start });
        };
        match self.bookings.get(booking)? {
            Known::Cancelled { at, .. } => Some(Online::Cancelled { at: *at }),
            Known::Booked(_) => self.moved_to(visit).map(|it| Online::Moved { day: it.day, start: it.start }),
        }
    }

    /// The newer version of a booking whose holder came with an older one.
    pub(crate) fn moved_to(&self, visit: &Visit) -> Option<&Appointment> {
        match self.bookings.get(visit.booking?)? {
            Known::Booked(told) => Some(told).filter(|it| Some(it.version) > visit.version),
            Known::Cancelled { .. } => None,
        }
    }

    /// Good bookings of the day whose holders are not here: never came, or were missed and have
    /// a later time now.
    pub(crate) fn absent(&self, day: &Day) -> impl Iterator<Item = &Appointment> {
        self.bookings.of_day(day.plan.day).filter(|told| day.awaits(told))
    }
}

impl Day {
    fn awaits(&self, told: &Appointment) -> bool {
        let Some(visit) = self.by_booking(told.booking).and_then(|id| self.visits.get(&id)) else { return true };
        match visit.stage {
            Stage::Missed { .. } => Some(told.version) > visit.version,
            Stage::Waiting
            | Stage::Called(_)
            | Stage::Serving { .. }
            | Stage::Away { .. }
            | Stage::Served
            | Stage::NotSettled => false,
        }
    }

    /// An entry of the booking server may be read before an arrival that was older.
    pub(crate) fn verify_known(&mut self, code: Code, bookings: &Bookings) {
        let Code::Pin(pin) = code else { return };
        let known = bookings.by_pin(pin, Some(self.plan.day)).and_then(|(_, known)| known.appointment());
        if let Some(told) = known {
            self.verify(told);
        }
    }

    /// Links somebody who was admitted by a PIN that nobody knew then, judged by the arrival. One
    /// that was cancelled since is linked, too: the clerk has to see it.
    pub(crate) fn verify(&mut self, told: &Appointment) {
        if self.by_booking(told.booking).is_some() {
            return;
        }
        let (today, doors) = (self.plan.day, self.plan.doors);
        let same = |visit: &Visit| visit.booking.is_none() && visit.code == Code::Pin(told.pin);
        let Some((id, visit)) = self.visits.iter_mut().find(|(_, visit)| same(visit)) else { return };
        if told.day != today {
            visit.other_day = Some((told.day, told.start));
            return;
        }
        self.by_booking.insert(told.booking, *id);
        visit.booking = Some(told.booking);
        visit.version = Some(told.version);
        visit.other_day = None;
        visit.service = Some(told.service);
        visit.language = told.language;
        visit.takes = Some(told.length);
        if matches!(visit.claim, Claim::Unverified | Claim::Lifted) {
            let timing = timing::judge(told.start, visit.arrived, doors);
            (visit.claim, visit.from) = timing::claim(timing, visit.arrived.at);
        }
    }

    /// Lets an unverified appointment count as one. If it was told meanwhile, that is truer.
    pub(crate) fn lift(&mut self, id: VisitId) {
        if let Some(visit) = self.visits.get_mut(&id).filter(|visit| visit.claim == Claim::Unverified) {
            visit.claim = Claim::Lifted;
        }
    }
}
