//! How somebody came, against the booked time (`rules.md`, Checking in).
//!
//! What must always hold: with an unknown clock nobody is judged.

use jiff::{SignedDuration, Timestamp};
use names::{Now, Trust};

use crate::limits::{DOOR_GRACE, EARLY, LATE, LATE_TICKET, LATE_TICKET_AT_MOST};
use crate::visit::Claim;
use crate::{Doors, Timing};

/// Judges an arrival against the booked start.
pub(crate) fn judge(start: Timestamp, arrived: Now, doors: Option<Doors>) -> Timing {
    let callable = before(start, EARLY);
    let fair_start = doors.map_or(start, |doors| start.max(after(doors.opens, DOOR_GRACE)));
    if arrived.trust == Trust::Unknown {
        Timing::ByArrival
    } else if arrived.at < callable {
        Timing::Early { start, callable }
    } else if arrived.at > after(fair_start, LATE) {
        Timing::Late { start }
    } else {
        Timing::OnTime { start }
    }
}

/// The right to be called that follows, and from when its wait counts.
pub(crate) fn claim(timing: Timing, arrived: Timestamp) -> (Claim, Timestamp) {
    match timing {
        Timing::Early { start, .. } | Timing::OnTime { start } => (Claim::Appointment { start }, start.max(arrived)),
        Timing::Late { start } => {
            let dated = before(start, LATE_TICKET).max(before(arrived, LATE_TICKET_AT_MOST));
            (Claim::Late { start }, dated)
        }
        Timing::ByArrival => (Claim::WalkIn, arrived),
    }
}

/// A moment later; at the end of time it stays.
pub(crate) fn after(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_add(by).unwrap_or(moment)
}

/// A moment earlier; at the beginning of time it stays.
pub(crate) fn before(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_sub(by).unwrap_or(moment)
}

/// How long ago; never negative, so a clock that was set back makes nobody wait less than nothing.
pub(crate) fn waited(from: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(from).max(SignedDuration::ZERO)
}
