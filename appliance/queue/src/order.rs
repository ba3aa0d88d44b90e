//! Who is next: one pure function (`rules.md`, Calling, Order).
//!
//! ```text
//! back in front ► came back (one between two appointments)
//!   ► past 60 min: longest wait, but an appointment that waited 5 min goes before
//!   ► from 30 min: every second call, but an appointment that waited 5 min goes before
//!   ► due appointments by booked time ► walk-ins by ticket
//!   ► appointments up to 10 min early ► any other checked-in appointment
//! ```
//!
//! What must always hold: whoever can be taken is taken by somebody, so a counter never idles
//! beside somebody it may take; the length of a visit is not known here.

use jiff::Timestamp;

use crate::limits::{ALTERNATE, APPOINTMENT_WAITED, BOUND, IDLE_EARLY};
use crate::timing::{after, waited};
use crate::{Reason, VisitId};

/// Somebody the counter may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) visit: VisitId,
    pub(crate) rank: Rank,
}

/// How somebody counts in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// Back in front after a missed call.
    InFront { since: Timestamp },
    /// Came back with a missing document; `arrived` is the first arrival.
    Returning { since: Timestamp, arrived: Timestamp },
    /// An appointment; its wait counts from the later of start and arrival.
    Booked { start: Timestamp, from: Timestamp },
    /// Everybody who counts like a walk-in, with the date of the ticket.
    Ticket { from: Timestamp },
}

/// What a counter remembers of its own calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Its last call took an appointment, so the alternation is with the walk-ins.
    pub(crate) appointment_last: bool,
    /// It took somebody who came back since its last appointment.
    pub(crate) returning_taken: bool,
}

impl Turn {
    /// What is remembered after a call of this reason.
    pub(crate) fn after(self, reason: Reason, booked: bool) -> Self {
        match reason {
            Reason::Due | Reason::EarlyIdle | Reason::NobodyElse | Reason::AppointmentWaited => Self::APPOINTMENT,
            Reason::TicketOrder | Reason::Alternating | Reason::PastBound => Self { appointment_last: false, ..self },
            Reason::Returning => Self { returning_taken: true, ..self },
            Reason::BackInFront => self,
            Reason::Chosen if booked => Self::APPOINTMENT,
            Reason::Chosen => Self { appointment_last: false, ..self },
        }
    }

    const APPOINTMENT: Self = Self { appointment_last: true, returning_taken: false };
}

/// Decides whom a counter calls, and why. Nobody only if there is nobody.
pub(crate) fn next(all: &[Candidate], turn: Turn, now: Timestamp) -> Option<(VisitId, Reason)> {
    let hall = Hall::of(all, turn, now);
    if let Some(visit) = hall.in_front {
        return Some((visit, Reason::BackInFront));
    }
    if let Some(visit) = hall.returning {
        return Some((visit, Reason::Returning));
    }
    if let Some((visit, from)) = hall.longest {
        let wait = waited(from, now);
        if wait >= BOUND {
            return Some(hall.waited.map_or((visit, Reason::PastBound), |it| (it, Reason::AppointmentWaited)));
        }
        if wait >= ALTERNATE && hall.due.is_some() && turn.appointment_last {
            return Some(hall.waited.map_or((visit, Reason::Alternating), |it| (it, Reason::AppointmentWaited)));
        }
    }
    let due = hall.due.map(|visit| (visit, Reason::Due));
    let ticket = hall.longest.map(|(visit, _)| (visit, Reason::TicketOrder));
    due.or(ticket).or(hall.early(now))
}

/// The first of each kind.
#[derive(Default)]
struct Hall {
    in_front: Option<VisitId>,
    returning: Option<VisitId>,
    /// The walk-in with the oldest ticket.
    longest: Option<(VisitId, Timestamp)>,
    /// The due appointment with the earliest start.
    due: Option<VisitId>,
    /// The same among those that have waited five minutes.
    waited: Option<VisitId>,
    /// The appointment with the earliest start that is not due.
    coming: Option<(VisitId, Timestamp)>,
}

impl Hall {
    fn of(all: &[Candidate], turn: Turn, now: Timestamp) -> Self {
        let mut hall = Firsts::default();
        for candidate in all {
            let visit = candidate.visit;
            match candidate.rank {
                Rank::InFront { since } => hall.in_front.offer(since, visit),
                Rank::Returning { arrived, .. } if turn.returning_taken => hall.longest.offer(arrived, visit),
                Rank::Returning { since, .. } => hall.returning.offer(since, visit),
                Rank::Ticket { from } => hall.longest.offer(from, visit),
                Rank::Booked { start, .. } if start > now => hall.coming.offer(start, visit),
                Rank::Booked { start, from } => {
                    hall.due.offer(start, visit);
                    if waited(from, now) >= APPOINTMENT_WAITED {
                        hall.waited.offer(start, visit);
                    }
                }
            }
        }
        hall.found()
    }

    fn early(&self, now: Timestamp) -> Option<(VisitId, Reason)> {
        let (visit, start) = self.coming?;
        let soon = start <= after(now, IDLE_EARLY);
        Some((visit, if soon { Reason::EarlyIdle } else { Reason::NobodyElse }))
    }
}

/// The first of each kind, while looking.
#[derive(Default)]
struct Firsts {
    in_front: First,
    returning: First,
    longest: First,
    due: First,
    waited: First,
    coming: First,
}

impl Firsts {
    fn found(self) -> Hall {
        let visit = |first: First| first.0.map(|(_, visit)| visit);
        let both = |first: First| first.0.map(|(time, visit)| (visit, time));
        Hall {
            in_front: visit(self.in_front),
            returning: visit(self.returning),
            longest: both(self.longest),
            due: visit(self.due),
            waited: visit(self.waited),
            coming: both(self.coming),
        }
    }
}

/// The earliest so far; at the same moment who came first to the office.
#[derive(Default)]
struct First(Option<(Timestamp, VisitId)>);

impl First {
    fn offer(&mut self, time: Timestamp, visit: VisitId) {
        let offered = (time, visit);
        self.0 = Some(self.0.map_or(offered, |so_far| so_far.min(offered)));
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    /// Noon, in minutes of the table below.
    const NOON: Timestamp = Timestamp::UNIX_EPOCH;

    fn minute(minutes: i64) -> Timestamp {
        NOON + SignedDuration::from_mins(minutes)
    }

    /// A walk-in whose ticket is so many minutes old.
    fn ticket(age: i64) -> Rank {
        Rank::Ticket { from: minute(-age) }
    }

    /// An appointment at so many minutes past noon, whose holder has waited so many minutes.
    fn booked(start: i64, wait: i64) -> Rank {
        Rank::Booked { start: minute(start), from: minute(-wait) }
    }

    fn front(age: i64) -> Rank {
        Rank::InFront { since: minute(-age) }
    }

    fn back(age: i64, arrived: i64) -> Rank {
        Rank::Returning { since: minute(-age), arrived: minute(-arrived) }
    }

    /// What is tried, the counter's memory, who waits, and which of them (from 1) is called why.
    type Row<'a> = (&'a str, Turn, &'a [Rank], Option<(u32, Reason)>);

    const APPOINTMENT_LAST: Turn = Turn { appointment_last: true, returning_taken: false };
    const RETURNING_TAKEN: Turn = Turn { appointment_last: false, returning_taken: true };

    #[test]
    fn the_table_of_the_order() {
        use Reason::*;
        let fresh = Turn::default();
        let table: &[Row<'_>] = &[
            ("nobody", fresh, &[], None),
            ("the older ticket", fresh, &[ticket(5), ticket(6)], Some((2, TicketOrder))),
            ("the same ticket date: who came first", fresh, &[ticket(5), ticket(5)], Some((1, TicketOrder))),
            ("due before walk-ins", fresh, &[ticket(29), booked(0, 0)], Some((2, Due))),
            ("the earlier start, not the longer wait", fresh, &[booked(-4, 4), booked(-9, 1)], Some((2, Due))),
            ("a walk-in before one not due", fresh, &[booked(1, 0), ticket(0)], Some((2, TicketOrder))),
            ("idle: up to 10 min early", fresh, &[booked(10, 0)], Some((1, EarlyIdle))),
            ("idle: earlier still if nobody else", fresh, &[booked(90, 0), booked(11, 0)], Some((2, NobodyElse))),
            ("29 min: no alternation", APPOINTMENT_LAST, &[ticket(29), booked(0, 4)], Some((2, Due))),
            ("30 min: the walk-ins' turn", APPOINTMENT_LAST, &[ticket(30), booked(0, 4)], Some((1, Alternating))),
            ("30 min: the appointments' turn", fresh, &[ticket(30), booked(0, 4)], Some((2, Due))),
            ("30 min alone", APPOINTMENT_LAST, &[ticket(30), booked(1, 0)], Some((1, TicketOrder))),
            ("waited 5 min", APPOINTMENT_LAST, &[ticket(59), booked(0, 5)], Some((2, AppointmentWaited))),
            (
                "the one that waited, not the earlier start",
                APPOINTMENT_LAST,
                &[ticket(59), booked(-9, 4), booked(-5, 5)],
                Some((3, AppointmentWaited)),
            ),
            ("past the bound", fresh, &[ticket(60), ticket(61), booked(0, 4)], Some((2, PastBound))),
            ("past the bound, waited 5 min", fresh, &[ticket(90), booked(0, 5)], Some((2, AppointmentWaited))),
            (
                "back in front before all",
                fresh,
                &[ticket(90), booked(0, 9), front(1), back(1, 9)],
                Some((3, BackInFront)),
            ),
            ("came back, before all others", fresh, &[ticket(90), booked(0, 9), back(1, 9)], Some((3, Returning))),
            ("one between two appointments", RETURNING_TAKEN, &[back(1, 9), booked(0, 0)], Some((2, Due))),
            ("then by the first arrival", RETURNING_TAKEN, &[back(1, 9), ticket(8)], Some((1, TicketOrder))),
            ("an older ticket goes before", RETURNING_TAKEN, &[back(1, 9), ticket(10)], Some((2, TicketOrder))),
        ];
        for (case, turn, ranks, expected) in table {
            let all: Vec<Candidate> =
                (1..).zip(*ranks).map(|(id, rank)| Candidate { visit: VisitId(id), rank: *rank }).collect();
            assert_eq!(next(&all, *turn, NOON), expected.map(|(id, why)| (VisitId(id), why)), "{case}");
        }
    }
}
