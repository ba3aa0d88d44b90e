//! Everything that can happen.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use names::{BookingId, CounterId, Language, Minutes, Pin, ServiceId, TicketNumber};
use serde::{Deserialize, Serialize};

use crate::{Act, ClockSource, Plan, PressId, VisitId};

/// Something happened. Each one is named by `appliance/office/src/intake` and by tests only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The plan of the day is new or changed; a plan for another day begins that day.
    Planned(Plan),
    /// The clock was set, and the running day turns out to be another one.
    Redated {
        /// The plan of the true day.
        plan: Plan,
        /// When that day began: whoever came since then stays.
        midnight: Timestamp,
    },
    /// The clock is set, from now on: the given moment is on the new scale already.
    ClockSet {
        /// Who told the time.
        by: ClockSource,
        /// How far the time jumps, in milliseconds.
        delta_ms: i64,
        /// Moments from here on, on the old scale, came from the wrong clock.
        since: Timestamp,
    },
    /// The booking server told of an appointment, or of a newer version of one.
    Expected(Appointment),
    /// The booking server told of a cancellation. Who stands in the hall stays: presence wins.
    Withdrawn {
        /// Which booking.
        booking: BookingId,
        /// When it was cancelled, by the clock of who wrote it down; not when it was told.
        cancelled_at: Timestamp,
    },
    /// Somebody held something under the scanner or typed it.
    CheckIn {
        /// Where.
        reader: Reader,
        /// What.
        presented: Presented,
    },
    /// Somebody wants a ticket.
    TakeTicket {
        /// Where.
        reader: Reader,
        /// What for, if the terminal asked.
        service: Option<ServiceId>,
        /// Makes a repeated request the same request.
        press: PressId,
    },
    /// A counter acts, by page or by desk device.
    Counter {
        /// Which.
        counter: CounterId,
        /// What it does.
        act: Act,
        /// Makes a repeated press the same press, across restarts.
        press: PressId,
    },
    /// The announcement of a call ended: its timers start now.
    Announced {
        /// Whose.
        visit: VisitId,
    },
    /// Time went by; only timers are looked at.
    Tick,
    /// A clerk ended the day.
    CloseDay,
}

/// Where somebody checks in: one terminal with its scanner and keypad. Limits on guessing
/// count per reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reader(pub u8);

/// What somebody presented. The signature of a token is already proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// Six digits with a good check digit.
    Pin {
        /// The digits.
        pin: Pin,
        /// The line is down, or what the box knows is older than a booking with this PIN could
        /// be: an unknown PIN may still be a good one.
        may_exist_unseen: bool,
    },
    /// Three digits: a ticket of today.
    TicketDigits(u16),
    /// A letter and three digits.
    Ticket(TicketNumber),
    /// A signed check-in token of an appointment.
    Token(Appointment),
    /// A signed check-in token of a ticket of this office.
    TicketToken {
        /// The number on it.
        ticket: TicketNumber,
        /// The day it is good for.
        day: Date,
    },
    /// A good token of another office of the same booking server.
    OtherOffice,
    /// A well-formed code with a wrong check digit.
    Mistyped,
    /// Anything else.
    Garbled,
}

/// An expected visit. Deliberately no name, no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// The booking.
    pub booking: BookingId,
    /// Grows with each move; the highest known version is true.
    pub version: u16,
    /// The Termin-PIN.
    pub pin: Pin,
    /// The booked day.
    pub day: Date,
    /// The booked start.
    pub start: Timestamp,
    /// The booked length.
    pub length: Minutes,
    /// The first (deciding) service.
    pub service: ServiceId,
    /// The language to be served in.
    pub language: Language,
}

impl Appointment {
    /// The booked end.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.start.saturating_add(SignedDuration::from(self.length)).unwrap_or(self.start)
    }
}
