//! An independent judge of every call: it knows the rules in words of `rules.md` and the public
//! view only, and shares no code with the order it judges.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use names::{BookingId, Code, CounterId, ServiceId, Trust};
use queue::{Act, Answer, Effect, Fact, LineKind, LineView, Plan, Reason, Stage, VisitId};

use crate::hall::Hall;

/// What the judge saw so far.
#[derive(Default)]
pub(crate) struct Oracle {
    open: BTreeSet<CounterId>,
    /// The last call of a counter took an appointment.
    appointment_last: BTreeMap<CounterId, bool>,
    came: BTreeSet<VisitId>,
    decided: BTreeMap<(CounterId, Act), Timestamp>,
    /// The booking and its version each visit was admitted with.
    admitted: BTreeMap<VisitId, (BookingId, u16)>,
    day: Option<jiff::civil::Date>,
}

/// The hall as it was before a press.
pub(crate) struct Before {
    line: Vec<LineView>,
    plan: Option<Plan>,
}

impl Before {
    pub(crate) fn of(hall: &Hall) -> Self {
        Self { line: hall.queue.line(hall.now), plan: hall.queue.plan().cloned() }
    }
}

impl Oracle {
    /// Judges what an act at a counter brought.
    pub(crate) fn judge_press(&mut self, hall: &Hall, before: &Before, counter: CounterId, act: Act) {
        let fresh = self.is_fresh(hall, counter, act);
        let calls: Vec<_> = facts(hall).filter_map(called).collect();
        assert!(fresh || calls.is_empty(), "a repeated or double press calls nobody");
        assert!(calls.len() <= 1, "one press, one person: {calls:?}");
        if let Some((visit, by, reason)) = calls.first().copied() {
            assert_eq!(by, counter, "only the pressing counter calls");
            if reason != Reason::Chosen {
                self.judge_call(hall, before, counter, (visit, reason));
            }
        } else if hall.answer() == Answer::NobodyWaits && fresh {
            let left = before.line.iter().find(|it| self.may_take(before, counter, it, hall.now.at));
            assert_eq!(left, None, "nobody waits whom counter {counter} may take");
        }
    }

    /// Not the same press as one before, by id or because a finger hit twice within five seconds.
    fn is_fresh(&mut self, hall: &Hall, counter: CounterId, act: Act) -> bool {
        let before = self.decided.get(&(counter, act));
        let double = before.is_some_and(|it| hall.now.at.duration_since(*it) < SignedDuration::from_secs(5));
        let fresh = !hall.recorded_nothing() && !double;
        if fresh {
            self.decided.insert((counter, act), hall.now.at);
        }
        fresh
    }

    /// Judges news from online: presence wins, so nothing moves but who was waiting to be known.
    pub(crate) fn judge_news(&self, hall: &Hall, before: &Before) {
        if hall.queue.is_closed() {
            return;
        }
        let line = hall.queue.line(hall.now);
        assert_eq!(line.len(), before.line.len(), "news bring nobody in and send nobody away");
        for old in before.line.iter().filter(|it| !matches!(it.kind, LineKind::Unverified | LineKind::Lifted)) {
            let new = line.iter().find(|it| it.visit == old.visit).expect("who waited still waits");
            assert_eq!((new.kind, new.counts_from), (old.kind, old.counts_from), "presence wins: {old:?}, {new:?}");
            // Somebody who came unverified, was missed or sent away and is back may be known only now.
            let known_now = old.service.is_none() && matches!(old.code, Code::Pin(_));
            assert!(new.service == old.service || known_now, "nobody's service changes: {old:?} became {new:?}");
        }
    }

    /// Follows what is true, after every step.
    pub(crate) fn follow(&mut self, hall: &Hall) {
        if self.day != hall.queue.day() {
            let decided = std::mem::take(&mut self.decided);
            *self = Self { day: hall.queue.day(), decided, ..Self::default() };
        }
        for fact in facts(hall) {
            self.learn(hall, fact);
        }
        let line: BTreeSet<VisitId> = hall.queue.line(hall.now).iter().map(|it| it.visit).collect();
        assert_eq!(line.len(), hall.queue.waiting(), "everybody who waits stands in the line once");
        for id in &self.came {
            let visit = hall.queue.visit(*id, hall.now).unwrap_or_else(|| panic!("visit {} is lost", id.0));
            assert_eq!(visit.stage == Stage::Waiting, line.contains(id), "visit {} in {:?}", id.0, visit.stage);
        }
    }

    fn learn(&mut self, hall: &Hall, fact: &Fact) {
        if let Fact::Arrived { visit, .. } | Fact::TicketTaken { visit, .. } = fact {
            assert!(self.came.insert(*visit), "visit {} came twice", visit.0);
        }
        self.learn_admission(fact);
        if let Fact::CounterSet { counter, act } = fact {
            self.open.remove(counter);
            self.open.extend((*act == Act::Open).then_some(*counter));
        }
        if let Fact::DayClosed { .. } = fact {
            self.open.clear();
        }
        if let Some((visit, counter, reason)) = called(fact) {
            let kind = hall.queue.visit(visit, hall.now).expect("who was called is known").kind;
            let as_walk_in = matches!(reason, Reason::TicketOrder | Reason::Alternating | Reason::PastBound);
            let appointment = matches!(kind, LineKind::Appointment { .. } | LineKind::Early { .. } | LineKind::Lifted);
            if appointment || as_walk_in || !matches!(kind, LineKind::Returning { .. } | LineKind::BackInFront) {
                self.appointment_last.insert(counter, appointment && !as_walk_in);
            }
        }
    }

    /// The version somebody was admitted with is told when the visit is over, whatever came since.
    fn learn_admission(&mut self, fact: &Fact) {
        if let Fact::Arrived { visit, booking: Some(booking), version, .. } = fact {
            let version = version.expect("a booking has a version");
            self.admitted.insert(*visit, (*booking, version));
        }
        if let Fact::Returned { visit, version: Some(version), .. } = fact {
            let known = self.admitted.get_mut(visit);
            if let Some((_, admitted)) = known {
                assert!(*version > *admitted, "judged anew only by a newer version");
                *admitted = *version;
            }
        }
        let over =
            if let Fact::Served { visit, booking, version, .. } | Fact::Missed { visit, booking, version, .. } = fact {
                self.admitted.get(visit).map(|admitted| (*admitted, (*booking, *version)))
            } else {
                None
            };
        if let Some(((booking, version), told)) = over {
            assert_eq!(told, (Some(booking), Some(version)), "the end of a visit says with what it began");
        }
    }

    fn judge_call(&self, hall: &Hall, before: &Before, counter: CounterId, (visit, reason): (VisitId, Reason)) {
        let now = hall.now.at;
        let called = before.line.iter().find(|it| it.visit == visit).expect("who is called waited before");
        assert!(self.may_take(before, counter, called, now), "counter {counter} may not take {called:?}");
        if hall.now.trust == Trust::Unknown || in_front(called, reason) {
            return;
        }
        for passed in before.line.iter().filter(|it| it.visit != visit && self.may_take(before, counter, it, now)) {
            let case = format!("counter {counter} at {now} called {called:?} by {reason:?} before {passed:?}");
            assert!(!matches!(passed.kind, LineKind::BackInFront), "back in front comes first: {case}");
            fair_past_the_bound(called, passed, now, &case);
            in_ticket_order(called, passed, &case);
            by_booked_time(called, passed, now, &case);
            never_early_before_others(called, passed, now, &case);
            self.every_second_call(counter, called, passed, now, &case);
        }
    }

    fn every_second_call(&self, counter: CounterId, called: &LineView, passed: &LineView, now: Timestamp, case: &str) {
        let twice = self.appointment_last.get(&counter) == Some(&true);
        let long = is_walk_in(passed) && waited(passed, now) >= minutes(30);
        let excused = waited(called, now) >= minutes(5);
        assert!(!(twice && long && due(called, now) && !excused), "every second call: {case}");
    }

    fn may_take(&self, before: &Before, counter: CounterId, who: &LineView, now: Timestamp) -> bool {
        let Some(plan) = &before.plan else { return false };
        let LineKind::Returning { counter: same } = who.kind else { return skilled(plan, counter, who.service) };
        let planned = plan.counters.iter().any(|it| it.id == same);
        let kept = planned && self.open.contains(&same) && waited(who, now) < minutes(10);
        same == counter || (!kept && skilled(plan, counter, who.service))
    }
}

fn fair_past_the_bound(called: &LineView, passed: &LineView, now: Timestamp, case: &str) {
    // Somebody who came back counts from the return here, and from the first arrival in the order.
    if matches!(passed.kind, LineKind::Returning { .. }) || waited(passed, now) < minutes(60) {
        return;
    }
    let patient_appointment = due(called, now) && waited(called, now) >= minutes(5);
    let longer = is_walk_in(called) && !is_appointment(passed) && called.counts_from <= passed.counts_from;
    let returned = matches!(called.kind, LineKind::Returning { .. }) && called.arrived <= passed.counts_from;
    assert!(patient_appointment || longer || returned, "past the bound: {case}");
}

fn in_ticket_order(called: &LineView, passed: &LineView, case: &str) {
    if is_walk_in(called) && is_walk_in(passed) && called.service == passed.service {
        let order = (called.counts_from, called.visit) < (passed.counts_from, passed.visit);
        assert!(order, "ticket order: {case}");
    }
}

fn by_booked_time(called: &LineView, passed: &LineView, now: Timestamp, case: &str) {
    let (Some(mine), Some(other)) = (start(called), start(passed)) else { return };
    if due(called, now) && due(passed, now) && other < mine {
        let patient = waited(called, now) >= minutes(5) && waited(passed, now) < minutes(5);
        assert!(patient, "by booked time: {case}");
    }
    if !due(called, now) {
        assert!(mine <= other, "early ones by booked time too: {case}");
    }
}

fn never_early_before_others(called: &LineView, passed: &LineView, now: Timestamp, case: &str) {
    let early = is_appointment(called) && !due(called, now);
    assert!(!early || (is_appointment(passed) && !due(passed, now)), "early only if nobody else waits: {case}");
}

fn skilled(plan: &Plan, counter: CounterId, service: Option<ServiceId>) -> bool {
    let Some(service) = service else { return true };
    let able: Vec<_> = plan
        .counters
        .iter()
        .filter(|it| it.skills.is_empty() || it.skills.contains(&service))
        .map(|it| it.id)
        .collect();
    able.is_empty() || able.contains(&counter)
}

fn called(fact: &Fact) -> Option<(VisitId, CounterId, Reason)> {
    if let Fact::Called { visit, counter, reason } = fact { Some((*visit, *counter, *reason)) } else { None }
}

fn facts(hall: &Hall) -> impl Iterator<Item = &Fact> {
    hall.effects.iter().filter_map(|it| match it {
        Effect::Record(recorded) => Some(&recorded.fact),
        Effect::Announce { .. } | Effect::Greet { .. } | Effect::Answer { .. } => None,
    })
}

fn in_front(called: &LineView, reason: Reason) -> bool {
    match called.kind {
        LineKind::BackInFront => true,
        LineKind::Returning { .. } => reason == Reason::Returning,
        LineKind::Appointment { .. }
        | LineKind::Late { .. }
        | LineKind::Early { .. }
        | LineKind::WalkIn
        | LineKind::Unverified
        | LineKind::Lifted => false,
    }
}

fn is_walk_in(it: &LineView) -> bool {
    matches!(it.kind, LineKind::WalkIn | LineKind::Late { .. } | LineKind::Unverified)
}

fn is_appointment(it: &LineView) -> bool {
    start(it).is_some()
}

fn start(it: &LineView) -> Option<Timestamp> {
    match it.kind {
        LineKind::Appointment { start } | LineKind::Early { start, .. } => Some(start),
        // A lifted one has no booked time: the arrival stands for it.
        LineKind::Lifted => Some(it.arrived),
        LineKind::Late { .. }
        | LineKind::WalkIn
        | LineKind::Returning { .. }
        | LineKind::BackInFront
        | LineKind::Unverified => None,
    }
}

fn due(it: &LineView, now: Timestamp) -> bool {
    start(it).is_some_and(|start| start <= now)
}

fn waited(it: &LineView, now: Timestamp) -> SignedDuration {
    now.duration_since(it.counts_from)
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}
