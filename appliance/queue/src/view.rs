//! What the board, the terminal and the staff pages may know: read only, no names, no figures
//! per counter.
//!
//! What must always hold: reading changes nothing; what depends on time takes it as an argument.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Code, CounterId, Language, Now, ServiceId, Trust};

use crate::day::Day;
use crate::limits::{ALARM, EARLY, LATE, RETURN_TO_ANY, TICKET_STOP};
use crate::order::{Candidate, Rank, Turn, next};
use crate::timing::{after, before, waited};
use crate::visit::{Claim, Stage, Visit};
use crate::{Online, Plan, Queue, VisitId, Wait};

/// A call, for the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallView {
    /// Who.
    pub visit: VisitId,
    /// What is shown.
    pub code: Code,
    /// Where to go.
    pub counter: CounterId,
    /// The last call or recall.
    pub at: Timestamp,
    /// The first call.
    pub first_at: Timestamp,
    /// How often it was called, from 1.
    pub times: u8,
    /// When the announcement of the last call ended.
    pub announced: Option<Timestamp>,
    /// When the person was served, missed or sent away.
    pub over: Option<Timestamp>,
}

/// By what right somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// In time for the booked start.
    Appointment {
        /// The booked start.
        start: Timestamp,
    },
    /// Too late for the booked start: as a walk-in.
    Late {
        /// The booked start.
        start: Timestamp,
    },
    /// More than 30 minutes before the booked start.
    Early {
        /// The booked start.
        start: Timestamp,
        /// From then on as any appointment.
        callable: Timestamp,
    },
    /// By ticket, or by arrival while the clock was unknown.
    WalkIn,
    /// Back with a missing document.
    Returning {
        /// The counter that sent the person.
        counter: CounterId,
    },
    /// Missed, and back soon enough.
    BackInFront,
    /// By arrival, until somebody tells of the booking.
    Unverified,
    /// The same, and a clerk lets it count as an appointment of the time of the arrival.
    Lifted,
}

/// Somebody who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineView {
    /// Who.
    pub visit: VisitId,
    /// What will be shown.
    pub code: Code,
    /// By what right.
    pub kind: LineKind,
    /// The first arrival.
    pub arrived: Timestamp,
    /// The wait counts from here; for an appointment it can lie ahead.
    pub counts_from: Timestamp,
    /// What for, if it is known.
    pub service: Option<ServiceId>,
    /// What became of the booking online since then.
    pub online: Option<Online>,
}

/// When somebody who waits may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnView {
    /// The booking, if the visitor has one.
    pub booking: Option<BookingId>,
    /// How many are called before.
    pub ahead: u16,
    /// How long it may take.
    pub wait: Wait,
}

/// An appointment whose holder is not here yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedView {
    /// The booked start.
    pub start: Timestamp,
    /// What for.
    pub service: ServiceId,
    /// What will be shown.
    pub code: Code,
    /// More than ten minutes past the start, and the office itself is not late.
    pub not_here: bool,
}

/// One visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitView {
    /// Which.
    pub id: VisitId,
    /// What is shown.
    pub code: Code,
    /// What for, if it is known.
    pub service: Option<ServiceId>,
    /// The language to be served in.
    pub language: Language,
    /// The booking, if it is known.
    pub booking: Option<BookingId>,
    /// By what right this person waits, or waited last.
    pub kind: LineKind,
    /// The first arrival.
    pub arrived: Timestamp,
    /// Where the visit stands.
    pub stage: Stage,
    /// What became of the booking online since the arrival.
    pub online: Option<Online>,
}

/// The day in numbers, for the whole office only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Appointments whose holders are not here yet.
    pub expected: usize,
    /// Holders of appointments who came, verified or not.
    pub arrived: usize,
    /// Tickets taken.
    pub tickets: usize,
    /// People called at least once.
    pub called: usize,
    /// People served.
    pub served: usize,
    /// People called and not come, so far.
    pub missed: usize,
    /// People still open when the day ended.
    pub not_settled: usize,
}

impl Queue {
    /// The day that runs or ran last.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        self.day.as_ref().map(|day| day.plan.day)
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.day.as_ref().map(|day| &day.plan)
    }

    /// The day ended; without any day also true.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.open_day().is_none()
    }

    /// The last calls, newest first, at most [`crate::limits::CALLS_KEPT`].
    #[must_use]
    pub fn calls(&self) -> Vec<CallView> {
        self.day.iter().flat_map(|day| day.calls.iter().copied()).collect()
    }

    /// Who waits, in the order in which a counter with all skills would call them now.
    #[must_use]
    pub fn line(&self, now: Now) -> Vec<LineView> {
        let Some(day) = self.open_day() else { return Vec::new() };
        let mut left = day.waiting_candidates(now);
        let mut turn = Turn::default();
        let mut line = Vec::with_capacity(left.len());
        while let Some((id, reason)) = next(&left, turn, now.at) {
            let booked = left.iter().any(|it| it.visit == id && matches!(it.rank, Rank::Booked { .. }));
            turn = turn.after(reason, booked);
            left.retain(|it| it.visit != id);
            line.extend(day.visits.get(&id).map(|visit| self.line_view(id, visit, now.at)));
        }
        line
    }

    /// How many a counter may take now.
    #[must_use]
    pub fn waiting_for(&self, counter: CounterId, now: Now) -> usize {
        let planned = self.open_day().filter(|day| day.planned(counter).is_some());
        planned.map_or(0, |day| day.candidates(counter, now).len())
    }

    /// How many are in the hall and not called.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.open_day().map_or(0, Day::waiting)
    }

    /// One visit of the day.
    #[must_use]
    pub fn visit(&self, id: VisitId, now: Now) -> Option<VisitView> {
        let visit = self.day.as_ref()?.visits.get(&id)?;
        Some(VisitView {
            id,
            code: visit.code,
            service: visit.service,
            language: visit.language,
            booking: visit.booking,
            kind: kind(visit, now.at),
            arrived: visit.arrived.at,
            stage: visit.stage,
            online: self.online(visit),
        })
    }

    /// Appointments whose holders are not here yet, by start.
    #[must_use]
    pub fn expected(&self, now: Now) -> Vec<ExpectedView> {
        let Some(day) = self.open_day() else { return Vec::new() };
        let office_late = self.office_is_late(day, now);
        let mut expected: Vec<_> = self
            .absent(day)
            .map(|it| ExpectedView {
                start: it.start,
                service: it.service,
                code: Code::Pin(it.pin),
                not_here: now.trust != Trust::Unknown && !office_late && now.at > after(it.start, LATE),
            })
            .collect();
        expected.sort_unstable_by_key(|it| (it.start, it.code));
        expected
    }

    /// Some due appointment has waited for ten minutes.
    fn office_is_late(&self, day: &Day, now: Now) -> bool {
        day.waiting_candidates(now).iter().any(|it| match it.rank {
            Rank::Booked { from, .. } => waited(from, now.at) >= LATE,
            Rank::InFront { .. } | Rank::Returning { .. } | Rank::Ticket { .. } => false,
        })
    }

    /// Checked-in appointments uncalled 15 minutes after their time, by start.
    #[must_use]
    pub fn alarming(&self, now: Now) -> Vec<VisitId> {
        let waiting = self.open_day().map(|day| day.waiting_candidates(now)).unwrap_or_default();
        let mut late: Vec<_> = waiting
            .iter()
            .filter_map(|it| match it.rank {
                Rank::Booked { start, from } => (waited(from, now.at) >= ALARM).then_some((start, it.visit)),
                Rank::InFront { .. } | Rank::Returning { .. } | Rank::Ticket { .. } => None,
            })
            .collect();
        late.sort_unstable();
        late.into_iter().map(|(_, visit)| visit).collect()
    }

    /// When everybody who waits may be called, as a terminal would answer them now.
    #[must_use]
    pub fn turns(&self, now: Now) -> Vec<TurnView> {
        let Some(day) = self.open_day() else { return Vec::new() };
        let turn = |who: Candidate| {
            let visit = day.visits.get(&who.visit)?;
            let ahead = u16::try_from(day.ahead_of(who, now).len()).unwrap_or(u16::MAX);
            Some(TurnView { booking: visit.booking, ahead, wait: self.wait_of(who, visit.service, now) })
        };
        day.waiting_candidates(now).into_iter().filter_map(turn).collect()
    }

    /// How long it may take for somebody who pulls a ticket now.
    #[must_use]
    pub fn wait(&self, now: Now) -> Wait {
        let Some(day) = self.open_day() else { return Wait::Unsure };
        let newcomer = Candidate { visit: day.next_visit(), rank: Rank::Ticket { from: now.at } };
        self.wait_of(newcomer, None, now)
    }

    /// Whether the holder of a booking has come today, wherever the visit stands.
    #[must_use]
    pub fn has_come(&self, booking: BookingId) -> bool {
        self.day.as_ref().is_some_and(|day| day.by_booking(booking).is_some())
    }

    /// The work ahead is more than an hour: staff may stop the tickets.
    #[must_use]
    pub fn offers_ticket_stop(&self) -> bool {
        self.work_ahead().is_some_and(|ahead| ahead > TICKET_STOP)
    }

    /// The day in numbers.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let Some(day) = &self.day else { return Tally::default() };
        let count = |fits: fn(&Visit) -> bool| day.visits.values().filter(|visit| fits(visit)).count();
        Tally {
            expected: self.absent(day).count(),
            arrived: count(|visit| matches!(visit.code, Code::Pin(_))),
            tickets: count(|visit| matches!(visit.code, Code::Ticket(_))),
            called: count(|visit| visit.called),
            served: count(|visit| visit.stage == Stage::Served),
            missed: count(|visit| matches!(visit.stage, Stage::Missed { .. })),
            not_settled: count(|visit| visit.stage == Stage::NotSettled),
        }
    }

    fn line_view(&self, id: VisitId, visit: &Visit, now: Timestamp) -> LineView {
        LineView {
            visit: id,
            code: visit.code,
            kind: kind(visit, now),
            arrived: visit.arrived.at,
            counts_from: visit.from,
            service: visit.service,
            online: self.online(visit),
        }
    }

    /// The next moment at which time alone changes what is seen or done; always after `now`.
    #[must_use]
    pub fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let day = self.open_day()?;
        let absent = self.bookings.of_day(day.plan.day).map(|it| after(it.start, LATE));
        let visits = day.visits.values().flat_map(deadlines);
        visits.chain(absent).chain([day.plan.ends]).filter(|at| *at > now).min()
    }
}

impl Day {
    fn waiting_candidates(&self, now: Now) -> Vec<Candidate> {
        let waiting = self.visits.iter().filter(|(_, visit)| visit.waits());
        waiting.map(|(id, visit)| self.candidate(*id, visit, now)).collect()
    }
}

fn deadlines(visit: &Visit) -> Vec<Timestamp> {
    match (visit.stage, visit.claim) {
        (Stage::Called(call), _) => vec![call.presumed_from()],
        (Stage::Waiting, Claim::Appointment { start }) => vec![before(start, EARLY), start, after(visit.from, ALARM)],
        (Stage::Waiting, Claim::Lifted) => vec![after(visit.from, ALARM)],
        (Stage::Waiting, Claim::Returning { .. }) => vec![after(visit.from, RETURN_TO_ANY)],
        (Stage::Waiting, Claim::Late { .. } | Claim::WalkIn | Claim::Unverified | Claim::BackInFront) => vec![],
        (Stage::Serving { .. } | Stage::Missed { .. } | Stage::Away { .. } | Stage::Served | Stage::NotSettled, _) => {
            vec![]
        }
    }
}

fn kind(visit: &Visit, now: Timestamp) -> LineKind {
    match visit.claim {
        Claim::Appointment { start } if now < before(start, EARLY) => {
            LineKind::Early { start, callable: before(start, EARLY) }
        }
        Claim::Appointment { start } => LineKind::Appointment { start },
        Claim::Late { start } => LineKind::Late { start },
        Claim::WalkIn => LineKind::WalkIn,
        Claim::Unverified => LineKind::Unverified,
        Claim::Lifted => LineKind::Lifted,
        Claim::Returning { counter } => LineKind::Returning { counter },
        Claim::BackInFront => LineKind::BackInFront,
    }
}
