//! Everything the queue may ask for. Nothing here happens before the facts of the step are on disk.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{Code, CounterId, Minutes};
use serde::{Deserialize, Serialize};

use crate::{PressId, Reader, Recorded, VisitId};

/// One thing to do after a decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep this fact, in this order, before anything else of the step.
    Record(Recorded),
    /// Show and sound a call (also a recall).
    Announce {
        /// Who.
        visit: VisitId,
        /// What is shown and spoken.
        code: Code,
        /// Where to go.
        counter: CounterId,
    },
    /// Answer whoever stands at a terminal.
    Greet {
        /// Which terminal.
        reader: Reader,
        /// The answer.
        greeting: Greeting,
    },
    /// Answer a press at a counter.
    Answer {
        /// Which counter.
        counter: CounterId,
        /// Which press.
        press: PressId,
        /// The answer.
        answer: Answer,
    },
}

/// What the terminal says (`rules.md`, Checking in: one variant per row and outcome).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each field is named after its type; the variant says what it is for")]
pub enum Greeting {
    /// We know you are here.
    Here {
        /// What will be shown and called.
        code: Code,
        /// Early, on time or late.
        timing: Timing,
        /// How long it may take.
        wait: Wait,
    },
    /// Asked again while waiting: when is it my turn?
    Waiting { code: Code, ahead: u16, wait: Wait },
    /// Being called right now.
    GoTo { code: Code, counter: CounterId },
    /// Missed, but back in front within the time allowed.
    BackInFront { code: Code },
    /// Missed long ago: a walk-in with the old arrival time.
    BackInLine { code: Code, wait: Wait },
    /// Came back with a missing document: the same counter is told.
    Returning { code: Code, counter: CounterId },
    /// Your number.
    Ticket { code: Code, wait: Wait },
    /// Well formed, unknown here, and the line cannot tell: among the walk-ins.
    Unverified { code: Code, wait: Wait },
    /// Good for another day; a ticket has no start. Never admitted silently.
    OtherDay { day: Date, start: Option<Timestamp> },
    /// Good at another office.
    OtherOffice,
    /// Cancelled before.
    Cancelled,
    /// Served before today.
    AlreadyServed,
    /// A typing error; not counted.
    CheckDigits,
    /// Well formed, but nothing we know.
    Unknown,
    /// Nothing we can read.
    Unreadable,
    /// Too many wrong codes; typed codes rest until then. QR and tickets always work.
    Rest { until: Timestamp },
    /// All numbers of today are taken, or the hall is full (limits of `rules.md`).
    NoTickets,
    /// The doors are closed; when they open next, if known.
    Closed { opens: Option<Timestamp> },
}

/// How somebody came, against the booked time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "timing", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each field is named after its type; the variant says what it is for")]
pub enum Timing {
    /// More than 30 minutes early.
    Early { start: Timestamp, callable: Timestamp },
    /// From 30 minutes early to 10 minutes late.
    OnTime { start: Timestamp },
    /// More than 10 minutes late: a walk-in, dated back by the rule.
    Late { start: Timestamp },
    /// The clock cannot be believed: by arrival.
    ByArrival,
}

/// How long it may take: "about n minutes".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wait", content = "minutes", rename_all = "kebab-case")]
pub enum Wait {
    /// About so long, rounded up to whole five minutes past five.
    About(Minutes),
    /// No counter is open that could take this visit.
    Unsure,
}

/// Why this person was called now, in words that a test can compare and a page can translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A due appointment, by booked time.
    Due,
    /// An appointment up to 10 minutes before its time: the counter would idle.
    EarlyIdle,
    /// More than 10 minutes before its time, and nobody else waits whom the counter may take.
    NobodyElse,
    /// A walk-in, by ticket.
    TicketOrder,
    /// A walk-in of 30 minutes or more: every second call.
    Alternating,
    /// Past the bound of 60 minutes: longest wait first.
    PastBound,
    /// An appointment that has waited 5 minutes or more, before the alternation or the bound.
    AppointmentWaited,
    /// Back in front after a missed call.
    BackInFront,
    /// Came back; the same counter, or any after 10 minutes.
    Returning,
    /// A clerk chose.
    Chosen,
}

/// What a press brought. The same press gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each field is named after its type; the variant says what it is for")]
pub enum Answer {
    /// This person is called now.
    Called { visit: VisitId, code: Code, reason: Reason },
    /// The same call again, for the n-th time.
    Recalled { visit: VisitId, code: Code, times: u8 },
    /// Nobody waits whom this counter may take.
    NobodyWaits,
    /// Done, nothing to show.
    Done,
    /// Not now, and why.
    Refused { why: Refusal },
}

/// Why an act was refused. A refusal changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The office has no such counter.
    NoSuchCounter,
    /// The counter is closed or paused.
    NotOpen,
    /// The counter has nobody to do this with.
    NobodyHere,
    /// The counter has somebody already.
    Busy,
    /// That person is not waiting any more.
    NotWaiting,
    /// The counter does not serve that service.
    NotMySkill,
    /// That person is no unverified appointment.
    NotUnverified,
    /// Too soon after the last press.
    TooSoon,
    /// The day is not open.
    NoDay,
    /// Not built yet on this box (long press: emergency).
    NotAvailable,
}
