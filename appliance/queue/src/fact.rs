//! What really happened: the only thing that is stored and synced.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Code, CounterId, Now, ServiceId, TicketNumber};
use serde::{Deserialize, Serialize};

use crate::{Act, Answer, Appointment, ClockSource, Greeting, Plan, PressId, Reader, Reason};

/// One stay in the office, numbered through the day from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VisitId(pub u32);

/// A fact with its moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// When it was decided.
    pub at: Now,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened. Facts of the booking server (`Expected`, `Withdrawn`) are stored as the
/// entries they came in; all others are entries of the box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each field is named after its type; the variant says what it is for")]
pub enum Fact {
    /// A day began or its plan changed.
    Planned { plan: Plan },
    /// The running day is another one than it was taken for; who came that day stays.
    Redated { plan: Plan, not_settled: Vec<VisitId> },
    /// The clock was set by so many milliseconds; moments from `since` on had come from the wrong clock.
    ClockSet { by: ClockSource, delta_ms: i64, since: Timestamp },
    /// An appointment is known.
    Expected { appointment: Appointment },
    /// A booking was cancelled online, at that moment of whoever wrote it down.
    Withdrawn { booking: BookingId, cancelled_at: Timestamp },
    /// A signed token told of an appointment that the box had not heard of.
    TokenShown { appointment: Appointment },
    /// Somebody with an appointment is here, or with a ticket of today that the box had lost;
    /// admitted with this version of the booking.
    Arrived {
        visit: VisitId,
        code: Code,
        #[serde(default)]
        booking: Option<BookingId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u16>,
        #[serde(default)]
        service: Option<ServiceId>,
        standing: Greeting,
    },
    /// Somebody without an appointment pulled a ticket.
    TicketTaken { visit: VisitId, ticket: TicketNumber, service: Option<ServiceId>, reader: Reader, press: PressId },
    /// The ticket key was pressed again at once: the same press, so the same ticket.
    TicketRepeated { visit: VisitId, service: Option<ServiceId>, reader: Reader, press: PressId },
    /// A missed or away visitor scanned again; with a version when the booking was judged anew,
    /// because it was moved to a later time of the day.
    Returned {
        visit: VisitId,
        standing: Greeting,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u16>,
    },
    /// A clerk lets an unverified appointment count as an appointment.
    Lifted { visit: VisitId, counter: CounterId },
    /// A wrong but well-formed code, counted against guessing; the code itself is not kept.
    Guessed { reader: Reader },
    /// A counter opened, paused or closed.
    CounterSet { counter: CounterId, act: Act },
    /// A person was called.
    Called { visit: VisitId, counter: CounterId, reason: Reason },
    /// The same call again.
    Recalled { visit: VisitId, counter: CounterId },
    /// The announcement ended.
    Announced { visit: VisitId },
    /// Nobody came. A booking that was moved meanwhile keeps its new date.
    Missed {
        visit: VisitId,
        counter: CounterId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        booking: Option<BookingId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u16>,
    },
    /// The called person stands at the counter.
    Serving { visit: VisitId, counter: CounterId },
    /// The visit is over. If its booking has a higher version than the one the person was
    /// admitted with, that later date is free.
    Served {
        visit: VisitId,
        counter: CounterId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        booking: Option<BookingId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u16>,
    },
    /// The visitor will be back with the same code.
    WentAway { visit: VisitId, counter: CounterId },
    /// A press was answered; the same press is answered the same again.
    Pressed { counter: CounterId, press: PressId, act: Act, answer: Answer },
    /// The day ended; whoever was still open is not settled, never missed.
    DayClosed { day: Date, not_settled: Vec<VisitId> },
}
