//! "About n minutes": an honest guess, not a promise.
//!
//! ```text
//! open counters ──► when each is free ──► hand out who is ahead, in order, to the first free one
//!                                   ──► who asks gets the first counter that can serve them
//! ```
//!
//! What must always hold: only open counters that can serve somebody count for them; with none
//! the answer is "unsure". Planned lengths only, never a clerk's own.

use jiff::{SignedDuration, Timestamp};
use names::{CounterId, Minutes, Now, ServiceId, Trust};

use crate::day::{Day, DeskDoor};
use crate::limits::{EXACT_MINUTES, PRESUMED_SERVING, TAKES_UNKNOWN};
use crate::order::{Candidate, Rank};
use crate::step::Step;
use crate::timing::{after, waited};
use crate::visit::{Stage, Visit};
use crate::{Queue, VisitId, Wait};

impl Step<'_> {
    /// How long it may take for somebody who stands so in the order.
    pub(crate) fn wait_of(&self, visit: VisitId, rank: Rank, service: Option<ServiceId>) -> Wait {
        self.queue.wait_of(Candidate { visit, rank }, service, self.now)
    }
}

impl Queue {
    /// How long it may take for somebody who stands so in the order.
    pub(crate) fn wait_of(&self, who: Candidate, service: Option<ServiceId>, now: Now) -> Wait {
        let Some(day) = self.open_day() else { return Wait::Unsure };
        let mut counters = Counters::of(day, now.at);
        for (_, visit) in day.ahead_of(who, now) {
            counters.take(visit.service, day.takes(visit), SignedDuration::ZERO);
        }
        let not_before = match who.rank {
            Rank::Booked { start, .. } => waited(now.at, start),
            Rank::InFront { .. } | Rank::Returning { .. } | Rank::Ticket { .. } => {
                self.let_booked_pass(day, &mut counters, who, service, now);
                SignedDuration::ZERO
            }
        };
        counters.first_free(service).map_or(Wait::Unsure, |free| Wait::About(rounded(free.max(not_before))))
    }

    /// Appointments that will be due before it is the turn of somebody without one.
    fn let_booked_pass(
        &self,
        day: &Day,
        counters: &mut Counters<'_>,
        who: Candidate,
        service: Option<ServiceId>,
        now: Now,
    ) {
        if now.trust == Trust::Unknown {
            return;
        }
        for (start, takes, booked) in self.coming(day, who.visit, now) {
            let from_now = waited(now.at, start);
            if counters.first_free(service).is_none_or(|free| free < from_now) {
                return;
            }
            counters.take(booked, takes, from_now);
        }
    }

    /// Appointments not due yet, by booked time: those of the bookings that are not here, and
    /// those who are here, as they were admitted.
    fn coming(&self, day: &Day, but: VisitId, now: Now) -> Vec<(Timestamp, Minutes, Option<ServiceId>)> {
        let absent = self.absent(day).map(|it| (it.start, it.length, Some(it.service)));
        let waiting = day.visits.iter().filter(|(id, visit)| visit.waits() && **id != but);
        let here = waiting.filter_map(|(_, it)| Some((it.claim.start()?, day.takes(it), it.service)));
        let mut coming: Vec<_> = absent.chain(here).filter(|(start, ..)| *start > now.at).collect();
        coming.sort_unstable();
        coming
    }

    /// The work ahead: the planned lengths of all who wait, over the open counters. The ticket
    /// stop is offered by it. Nothing while no counter is open.
    #[must_use]
    pub fn work_ahead(&self) -> Option<Minutes> {
        let day = self.open_day()?;
        let open = day.open_counters().count();
        let work: u64 = day.visits.values().filter(|it| it.waits()).map(|it| u64::from(day.takes(it).0)).sum();
        let each = work.checked_div(u64::try_from(open).ok()?)?;
        Some(Minutes(u16::try_from(each).unwrap_or(u16::MAX)))
    }
}

impl Day {
    /// How long a visit takes, as booked or as planned for its service.
    pub(crate) fn takes(&self, visit: &Visit) -> Minutes {
        let planned = |service| self.plan.services.iter().find(|it| it.id == service).map(|it| it.takes);
        visit.takes.or_else(|| visit.service.and_then(planned)).unwrap_or(TAKES_UNKNOWN)
    }

    /// Planned counters that call.
    pub(crate) fn open_counters(&self) -> impl Iterator<Item = CounterId> {
        self.plan.counters.iter().map(|it| it.id).filter(|id| self.door(*id) == DeskDoor::Open)
    }

    /// Who waits and comes before, in order.
    pub(crate) fn ahead_of(&self, who: Candidate, now: Now) -> Vec<(VisitId, &Visit)> {
        let mut ahead: Vec<_> = self
            .visits
            .iter()
            .filter(|(id, visit)| visit.waits() && **id != who.visit)
            .map(|(id, visit)| (Candidate { visit: *id, rank: self.rank(visit, now) }, visit))
            .filter(|(other, _)| goes_before(*other, who, now.at))
            .collect();
        ahead.sort_unstable_by_key(|(other, _)| place(*other, now.at));
        ahead.into_iter().map(|(other, visit)| (other.visit, visit)).collect()
    }
}

/// A rough place in the order: the alternation is left out, it moves nobody far.
fn place(who: Candidate, now: Timestamp) -> (u8, Timestamp, VisitId) {
    let (class, time) = match who.rank {
        Rank::InFront { since } => (0, since),
        Rank::Returning { since, .. } => (1, since),
        Rank::Booked { start, .. } if start <= now => (2, start),
        Rank::Ticket { from } => (3, from),
        Rank::Booked { start, .. } => (4, start),
    };
    (class, time, who.visit)
}

/// Walk-ins are before an appointment that is not due, but they do not keep it waiting.
fn goes_before(other: Candidate, who: Candidate, now: Timestamp) -> bool {
    let walk_in = matches!(other.rank, Rank::Ticket { .. });
    let for_booked = matches!(who.rank, Rank::Booked { .. });
    !(walk_in && for_booked) && place(other, now) < place(who, now)
}

/// When each open counter is free, counted from now.
struct Counters<'d> {
    day: &'d Day,
    free: Vec<(CounterId, SignedDuration)>,
}

impl<'d> Counters<'d> {
    fn of(day: &'d Day, now: Timestamp) -> Self {
        let free = day.open_counters().map(|id| (id, day.busy_for(id, now))).collect();
        Self { day, free }
    }

    fn first_free(&self, service: Option<ServiceId>) -> Option<SignedDuration> {
        let fits = self.free.iter().filter(|(id, _)| self.day.can_serve(*id, service));
        fits.map(|(_, free)| *free).min()
    }

    /// Gives a visit to the counter that is free first; somebody no open counter can serve keeps
    /// nobody waiting.
    fn take(&mut self, service: Option<ServiceId>, takes: Minutes, not_before: SignedDuration) {
        let day = self.day;
        let fits = self.free.iter_mut().filter(|(id, _)| day.can_serve(*id, service));
        if let Some((_, free)) = fits.min_by_key(|(_, free)| *free) {
            *free = (*free).max(not_before).saturating_add(takes.into());
        }
    }
}

impl Day {
    /// What is left of the visit at a counter; one that takes longer than planned ends any moment.
    fn busy_for(&self, counter: CounterId, now: Timestamp) -> SignedDuration {
        let Some((_, visit)) = self.at_counter(counter) else { return SignedDuration::ZERO };
        let begun = match visit.stage {
            Stage::Serving { since, .. } => since,
            Stage::Called(call) => after(call.at, PRESUMED_SERVING).min(now),
            Stage::Waiting | Stage::Missed { .. } | Stage::Away { .. } | Stage::Served | Stage::NotSettled => now,
        };
        let takes = SignedDuration::from(self.takes(visit));
        takes.saturating_sub(waited(begun, now)).max(SignedDuration::ZERO)
    }
}

/// Rounded up: to the minute up to five, then to whole five minutes.
fn rounded(wait: SignedDuration) -> Minutes {
    let minutes = wait.as_secs().max(0).unsigned_abs().div_ceil(60);
    let exact = minutes <= u64::from(EXACT_MINUTES);
    let told = if exact { minutes } else { minutes.div_ceil(5).saturating_mul(5) };
    Minutes(u16::try_from(told).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_rounded_up_and_past_five_to_whole_fives() {
        for (seconds, told) in [(0, 0), (1, 1), (60, 1), (299, 5), (300, 5), (301, 10), (601, 15), (6000, 100)] {
            assert_eq!(rounded(SignedDuration::from_secs(seconds)), Minutes(told), "{seconds} s");
        }
    }
}
