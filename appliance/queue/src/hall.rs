//! Who may be taken by which counter, and how each one counts in the order.
//!
//! What must always hold: everybody who waits can be taken by some planned counter.

use jiff::Timestamp;
use names::{CounterId, Now, ServiceId, Trust};

use crate::day::{Day, DeskDoor};
use crate::limits::RETURN_TO_ANY;
use crate::order::{Candidate, Rank, Turn};
use crate::step::Step;
use crate::timing::waited;
use crate::visit::{Claim, Visit};
use crate::{CounterPlan, VisitId};

impl Day {
    /// The plan of a counter, if it is planned today.
    pub(crate) fn planned(&self, counter: CounterId) -> Option<&CounterPlan> {
        self.plan.counters.iter().find(|it| it.id == counter)
    }

    /// Whether a counter calls; an unplanned one does not.
    pub(crate) fn door(&self, counter: CounterId) -> DeskDoor {
        let desk = self.desks.get(&counter).filter(|_| self.planned(counter).is_some());
        desk.map_or(DeskDoor::Closed, |desk| desk.door)
    }

    /// What a counter remembers of its own calls.
    pub(crate) fn turn(&self, counter: CounterId) -> Turn {
        self.desks.get(&counter).map(|desk| desk.turn).unwrap_or_default()
    }

    /// Whether a counter may serve a service. A service that no planned counter serves may be
    /// served by all, or its visitors would wait for nobody.
    pub(crate) fn can_serve(&self, counter: CounterId, service: Option<ServiceId>) -> bool {
        let Some(service) = service else { return true };
        let serves = |plan: &CounterPlan| plan.skills.is_empty() || plan.skills.contains(&service);
        self.planned(counter).is_some_and(serves) || !self.plan.counters.iter().any(serves)
    }

    /// How many services a counter serves.
    pub(crate) fn skills(&self, counter: CounterId) -> usize {
        let skills = self.planned(counter).map(|plan| plan.skills.len());
        skills.filter(|some| *some > 0).unwrap_or(usize::MAX)
    }

    /// Whether a counter may take a waiting visit now. Somebody who came back is kept for the
    /// same counter for ten minutes, as long as that one calls.
    pub(crate) fn may_take(&self, counter: CounterId, visit: &Visit, now: Timestamp) -> bool {
        let Claim::Returning { counter: same } = visit.claim else { return self.can_serve(counter, visit.service) };
        let kept = self.door(same) == DeskDoor::Open && waited(visit.from, now) < RETURN_TO_ANY;
        same == counter || (!kept && self.can_serve(counter, visit.service))
    }

    /// All whom a counter may take now.
    pub(crate) fn candidates(&self, counter: CounterId, now: Now) -> Vec<Candidate> {
        let waiting = self.visits.iter().filter(|(_, visit)| visit.waits());
        let takeable = waiting.filter(|(_, visit)| self.may_take(counter, visit, now.at));
        takeable.map(|(id, visit)| self.candidate(*id, visit, now)).collect()
    }

    pub(crate) fn candidate(&self, visit: VisitId, of: &Visit, now: Now) -> Candidate {
        Candidate { visit, rank: self.rank(of, now) }
    }

    /// How a visit counts; with an unknown clock no booked time is judged.
    pub(crate) fn rank(&self, visit: &Visit, now: Now) -> Rank {
        let arrived = visit.arrived.at;
        match visit.claim {
            Claim::BackInFront => Rank::InFront { since: visit.from },
            Claim::Returning { .. } => Rank::Returning { since: visit.from, arrived },
            Claim::Appointment { .. } | Claim::Lifted if now.trust == Trust::Unknown => Rank::Ticket { from: arrived },
            Claim::Appointment { start } => Rank::Booked { start, from: visit.from },
            Claim::Lifted => Rank::Booked { start: arrived, from: visit.from },
            Claim::Late { .. } | Claim::WalkIn | Claim::Unverified => Rank::Ticket { from: visit.from },
        }
    }
}

impl Step<'_> {
    /// The number of the next visit.
    pub(crate) fn next_visit(&self) -> VisitId {
        self.queue.day.as_ref().map_or(VisitId(1), Day::next_visit)
    }

    /// How a visit counts now.
    pub(crate) fn rank(&self, visit: &Visit) -> Rank {
        self.queue.day.as_ref().map_or(Rank::Ticket { from: visit.from }, |day| day.rank(visit, self.now))
    }
}
