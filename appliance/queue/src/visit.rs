//! One stay in the office, and where it stands.
//!
//! What must always hold: a visit is never removed during its day, and each stage carries
//! exactly what is true in it.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Code, CounterId, Language, Minutes, Now, ServiceId};

use crate::Reason;

/// One stay in the office.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Visit {
    pub(crate) code: Code,
    pub(crate) booking: Option<BookingId>,
    /// The version of the booking the person was admitted with.
    pub(crate) version: Option<u16>,
    /// An unverified PIN that turned out to be good for another day.
    pub(crate) other_day: Option<(Date, Timestamp)>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) language: Language,
    /// The booked length, if it is known.
    pub(crate) takes: Option<Minutes>,
    pub(crate) arrived: Now,
    pub(crate) claim: Claim,
    /// The wait counts from here; it is also the date of a walk-in's ticket.
    pub(crate) from: Timestamp,
    pub(crate) stage: Stage,
    /// Was called at least once.
    pub(crate) called: bool,
}

/// By what right somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// In time for the booked start.
    Appointment { start: Timestamp },
    /// Too late for the booked start.
    Late { start: Timestamp },
    /// By ticket or by arrival.
    WalkIn,
    /// By arrival, until somebody tells of the booking.
    Unverified,
    /// Unverified, and a clerk lets it count as an appointment of the time of the arrival.
    Lifted,
    /// Back with a missing document, for this counter.
    Returning { counter: CounterId },
    /// Missed, and back soon enough.
    BackInFront,
}

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In the hall, not called.
    Waiting,
    /// Called and perhaps on the way.
    Called(Call),
    /// At the counter.
    Serving {
        /// Where.
        counter: CounterId,
        /// Since when.
        since: Timestamp,
    },
    /// Did not come when called.
    Missed {
        /// The last call or recall.
        last_call: Timestamp,
    },
    /// Comes back with the same code.
    Away {
        /// To this counter.
        counter: CounterId,
    },
    /// Done.
    Served,
    /// The day ended before anybody settled it; never counted as missed.
    NotSettled,
}

/// A call that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where to go.
    pub counter: CounterId,
    /// The first call.
    pub first_at: Timestamp,
    /// The last call or recall.
    pub at: Timestamp,
    /// How often it was called, from 1.
    pub times: u8,
    /// When the announcement of the last call ended.
    pub announced: Option<Timestamp>,
    /// Why this person.
    pub reason: Reason,
}

impl Stage {
    /// The counter this visit stands at or was called to.
    pub(crate) fn at_counter(&self) -> Option<CounterId> {
        match self {
            Self::Called(call) => Some(call.counter),
            Self::Serving { counter, .. } => Some(*counter),
            Self::Waiting | Self::Missed { .. } | Self::Away { .. } | Self::Served | Self::NotSettled => None,
        }
    }

    /// Still to be settled when the day ends. A missed visit was settled by a person.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::Waiting | Self::Called(_) | Self::Serving { .. } | Self::Away { .. } => true,
            Self::Missed { .. } | Self::Served | Self::NotSettled => false,
        }
    }

    /// The call that stands.
    pub(crate) fn call(&self) -> Option<&Call> {
        match self {
            Self::Called(call) => Some(call),
            Self::Waiting
            | Self::Serving { .. }
            | Self::Missed { .. }
            | Self::Away { .. }
            | Self::Served
            | Self::NotSettled => None,
        }
    }

    /// Nothing is left to do.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::Served | Self::NotSettled => true,
            Self::Waiting | Self::Called(_) | Self::Serving { .. } | Self::Missed { .. } | Self::Away { .. } => false,
        }
    }
}

impl Claim {
    /// The booked start of somebody who waits as an appointment.
    pub(crate) fn start(&self) -> Option<Timestamp> {
        match self {
            Self::Appointment { start } => Some(*start),
            Self::Late { .. }
            | Self::WalkIn
            | Self::Unverified
            | Self::Lifted
            | Self::Returning { .. }
            | Self::BackInFront => None,
        }
    }
}

impl Visit {
    /// In the hall and not called.
    pub(crate) fn waits(&self) -> bool {
        self.stage == Stage::Waiting
    }
}
