//! Random mornings: after every step the invariants hold, an independent judge agrees with every
//! call, and a restart at any moment finds the identical state.

use std::collections::BTreeMap;

use jiff::civil::date;
use names::{BookingId, Code, CounterId, Trust};
use proptest::collection::vec;
use proptest::prelude::*;
use queue::{Act, Event, Fact, Gesture, Presented, PressId, Reader, Recorded, VisitId};

use crate::hall::{Hall, MOVING, PASSPORT, PICK_UP, TODAY, booked, counter_id, on, pin, plan};
use crate::oracle::{Before, Oracle};
use crate::replay::replayed;

/// One thing that may happen.
#[derive(Clone, Debug)]
enum Op {
    Ticket { reader: u8, service: usize },
    TicketAgain,
    Expect { n: u32, version: u16, later: bool },
    Withdraw { n: u32 },
    MoveMissed { version: u16 },
    Scan { n: u32, version: u16 },
    TypePin { n: u32, unseen: bool },
    TypeTicket { digits: u16 },
    Again { nth: u32 },
    Act { counter: u8, act: Act },
    ActAgain,
    Announced { nth: u32 },
    Later { seconds: i64 },
    LoseClock,
    TrustClock,
    ChangePlan { counters: usize },
    Restart,
    CloseDay,
    NextDay,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (0_u8..4, 0_usize..4).prop_map(|(reader, service)| Op::Ticket { reader, service }),
        1 => Just(Op::TicketAgain),
        4 => (0_u32..60, 1_u16..4, prop::bool::weighted(0.1))
            .prop_map(|(n, version, later)| Op::Expect { n, version, later }),
        1 => (0_u32..60).prop_map(|n| Op::Withdraw { n }),
        2 => (4_u16..100).prop_map(|version| Op::MoveMissed { version }),
        14 => (0_u32..60, 1_u16..4).prop_map(|(n, version)| Op::Scan { n, version }),
        3 => (0_u32..65, any::<bool>()).prop_map(|(n, unseen)| Op::TypePin { n, unseen }),
        2 => (0_u16..60).prop_map(|digits| Op::TypeTicket { digits }),
        10 => any::<u32>().prop_map(|nth| Op::Again { nth }),
        50 => (1_u8..5, act()).prop_map(|(counter, act)| Op::Act { counter, act }),
        2 => Just(Op::ActAgain),
        4 => any::<u32>().prop_map(|nth| Op::Announced { nth }),
        25 => prop::sample::select(vec![1_i64, 4, 6, 6, 20, 60, 60, 95, 180, 400, 1900])
            .prop_map(|seconds| Op::Later { seconds }),
        1 => Just(Op::LoseClock),
        2 => Just(Op::TrustClock),
        1 => (1_usize..4).prop_map(|counters| Op::ChangePlan { counters }),
        1 => Just(Op::Restart),
    ]
}

/// A day ends now and then, but seldom enough for the line to grow.
fn ops() -> impl Strategy<Value = Vec<Op>> {
    let ending = prop_oneof![1 => Just(Op::CloseDay), 3 => Just(Op::NextDay)];
    (vec(op(), 1..250), ending, vec(op(), 0..60)).prop_map(|(first, ending, second)| {
        let mut all = first;
        all.push(ending);
        all.extend(second);
        all
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Open),
        1 => Just(Act::Pause),
        1 => Just(Act::Close),
        14 => Just(Act::CallNext),
        2 => any::<u32>().prop_map(|nth| Act::CallThis(VisitId(nth))),
        2 => any::<u32>().prop_map(|nth| Act::Lift(VisitId(nth))),
        2 => Just(Act::Recall),
        4 => Just(Act::Missed),
        3 => Just(Act::IsHere),
        8 => Just(Act::Finish),
        10 => Just(Act::FinishAndNext),
        3 => Just(Act::ComesBack),
        8 => Just(Act::Button(Gesture::Short)),
        3 => Just(Act::Button(Gesture::Double)),
        1 => Just(Act::Button(Gesture::Long)),
    ]
}

/// The hall, its judge, and the last presses.
struct Morning {
    hall: Hall,
    oracle: Oracle,
    presses: u32,
    last_act: Option<(u8, Act, PressId)>,
    last_ticket: Option<Event>,
    days: i8,
}

impl Morning {
    fn new() -> Self {
        let mut morning = Self {
            hall: Hall::empty(),
            oracle: Oracle::default(),
            presses: 0,
            last_act: None,
            last_ticket: None,
            days: 0,
        };
        morning.event(Event::Planned(plan(TODAY)));
        for counter in 1..=3 {
            morning.act(counter, Act::Open, PressId(format!("first {counter}")));
        }
        morning
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::Ticket { reader, service } => {
                let service = [Some(PICK_UP), Some(PASSPORT), Some(MOVING), None][service];
                let event = Event::TakeTicket { reader: Reader(reader), service, press: self.press() };
                self.last_ticket = Some(event.clone());
                self.event(event);
            }
            Op::TicketAgain => {
                if let Some(event) = self.last_ticket.clone() {
                    let before = self.hall.queue.waiting();
                    self.event(event);
                    assert!(self.hall.queue.waiting() <= before + 1);
                }
            }
            Op::Expect { n, version, later } => self.news(Event::Expected(self.booking(n, version, later))),
            Op::Withdraw { n } => {
                let (booking, cancelled_at) = (booked(n, "08:00", PICK_UP).booking, self.hall.now.at);
                self.news(Event::Withdrawn { booking, cancelled_at });
            }
            Op::MoveMissed { version } => self.move_missed(version),
            Op::Scan { n, version } => self.present(Presented::Token(self.booking(n, version, false))),
            Op::TypePin { n, unseen } => self.present(Presented::Pin { pin: pin(n), may_exist_unseen: unseen }),
            Op::Again { nth } => {
                if let Some(visit) = self.hall.queue.visit(self.somebody(nth), self.hall.now) {
                    match visit.code {
                        Code::Pin(pin) => self.present(Presented::Pin { pin, may_exist_unseen: false }),
                        Code::Ticket(ticket) => {
                            let day = self.hall.queue.day().expect("a day");
                            self.present(Presented::TicketToken { ticket, day });
                        }
                    }
                }
            }
            Op::TypeTicket { digits } => self.present(Presented::TicketDigits(digits)),
            Op::Act { counter, act } => {
                let press = self.press();
                let act = self.meaning_somebody(act);
                self.last_act = Some((counter, act, press.clone()));
                self.act(counter, act, press);
            }
            Op::ActAgain => self.act_again(),
            Op::Announced { nth } => self.event(Event::Announced { visit: self.somebody(nth) }),
            Op::Later { seconds } => {
                self.hall.later(seconds);
                self.event(Event::Tick);
            }
            Op::LoseClock => self.hall.lose_the_clock(),
            Op::TrustClock => self.hall.now.trust = Trust::Trusted,
            Op::ChangePlan { counters } => self.change_plan(counters),
            Op::Restart => self.restart(),
            Op::CloseDay => self.event(Event::CloseDay),
            Op::NextDay => self.next_day(),
        }
    }

    /// Somebody who came, or the next one who will.
    fn somebody(&self, nth: u32) -> VisitId {
        let tally = self.hall.queue.tally();
        let came = u32::try_from(tally.arrived + tally.tickets).expect("a few");
        VisitId(nth % (came + 1) + 1)
    }

    /// Acts on a person mean somebody who came; lifting one that was not verified, if there is any.
    fn meaning_somebody(&self, act: Act) -> Act {
        let line = self.hall.queue.line(self.hall.now);
        let unverified = line.iter().find(|it| it.kind == queue::LineKind::Unverified);
        match (act, unverified) {
            (Act::CallThis(VisitId(nth)), _) => Act::CallThis(self.somebody(nth)),
            (Act::Lift(VisitId(nth)), Some(it)) if nth % 4 > 0 => Act::Lift(it.visit),
            (Act::Lift(VisitId(nth)), _) => Act::Lift(self.somebody(nth)),
            (other, _) => other,
        }
    }

    /// The n-th booking of the running day, one every three minutes; each version twenty minutes later.
    fn booking(&self, n: u32, version: u16, later: bool) -> queue::Appointment {
        let minutes = n * 3 + u32::from(version.min(3) - 1) * 20;
        let start = format!("{:02}:{:02}", 8 + minutes / 60, minutes % 60);
        let mut appointment = booked(n, &start, [PICK_UP, PASSPORT, MOVING][n as usize % 3]);
        appointment.day = date(2026, 3, TODAY.day() + self.days + i8::from(later));
        appointment.start = on(appointment.day, &start);
        appointment.version = version;
        appointment
    }

    fn press(&mut self) -> PressId {
        self.presses += 1;
        PressId(format!("p{}", self.presses))
    }

    fn event(&mut self, event: Event) {
        self.hall.event(event);
        self.oracle.follow(&self.hall);
    }

    /// Somebody who was called and did not come has moved the booking, and comes at the new time.
    fn move_missed(&mut self, version: u16) {
        let visits = (1..=60).filter_map(|id| self.hall.queue.visit(VisitId(id), self.hall.now));
        let missed = visits.filter(|it| matches!(it.stage, queue::Stage::Missed { .. }) && it.booking.is_some());
        let Some(n) = missed.filter_map(|it| (0..60).find(|n| it.code == Code::Pin(pin(*n)))).next_back() else {
            return;
        };
        let mut moved = self.booking(n, version, false);
        moved.start = self.hall.now.at + jiff::SignedDuration::from_mins(40);
        self.news(Event::Expected(moved.clone()));
        self.hall.later(1800);
        self.event(Event::Tick);
        self.present(Presented::Token(moved));
    }

    /// Something online: whoever is in the hall goes on as before.
    fn news(&mut self, event: Event) {
        let before = Before::of(&self.hall);
        self.event(event);
        self.oracle.judge_news(&self.hall, &before);
    }

    fn present(&mut self, presented: Presented) {
        self.event(Event::CheckIn { reader: Reader(1), presented });
        let _answered = self.hall.greeting();
    }

    fn act(&mut self, counter: u8, act: Act, press: PressId) {
        let before = Before::of(&self.hall);
        self.hall.press_id(counter, act, press);
        self.oracle.judge_press(&self.hall, &before, counter_id(counter), act);
        self.oracle.follow(&self.hall);
    }

    /// The very same press, long after: the same answer, and nothing happens.
    fn act_again(&mut self) {
        let Some((counter, act, press)) = self.last_act.clone() else { return };
        let first = self.hall.press_id(counter, act, press.clone());
        self.hall.later(60);
        assert_eq!(self.hall.press_id(counter, act, press), first);
        assert!(self.hall.announced().is_empty());
    }

    fn change_plan(&mut self, counters: usize) {
        let mut changed = plan(self.hall.queue.day().expect("a day"));
        changed.counters.truncate(counters);
        self.event(Event::Planned(changed));
    }

    fn restart(&mut self) {
        let again = replayed(&self.hall.facts);
        assert_eq!(again, self.hall.queue, "a restart finds the same hall");
        self.hall.queue = again;
    }

    fn next_day(&mut self) {
        self.days += 1;
        let day = date(2026, 3, TODAY.day() + self.days);
        self.hall.now.at = on(day, "07:45");
        self.event(Event::Planned(plan(day)));
    }
}

/// At least so many random mornings of 150 steps on average; `PROPTEST_CASES` asks for more.
const MORNINGS: u32 = 400;

fn mornings() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(MORNINGS), max_shrink_iters: 4000, ..asked }
}

proptest! {
    #![proptest_config(mornings())]

    #[test]
    fn whatever_happens_nobody_is_lost_and_every_call_is_fair(ops in ops()) {
        let mut morning = Morning::new();
        for op in ops {
            morning.step(op);
        }
        morning.restart();
    }
}

/// The random mornings would prove little if they never came to the hard cases.
#[test]
fn random_mornings_reach_the_hard_cases() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::<String, u32>::new();
    for _ in 0..500 {
        let ops = ops().new_tree(&mut runner).expect("a morning").current();
        let mut morning = Morning::new();
        ops.into_iter().for_each(|op| morning.step(op));
        for case in hard_cases(&morning.hall.facts) {
            *seen.entry(case).or_default() += 1;
        }
    }
    for reason in [
        "Due",
        "EarlyIdle",
        "NobodyElse",
        "TicketOrder",
        "Alternating",
        "PastBound",
        "AppointmentWaited",
        "BackInFront",
        "Returning",
        "Chosen",
        "lifted",
        "judged at a new time",
        "served after a move",
        "missed after a move",
    ] {
        assert!(seen.get(reason).is_some_and(|times| *times >= 5), "{reason} in {seen:?}");
    }
}

/// The names of the hard cases among the facts of a morning.
fn hard_cases(facts: &[Recorded]) -> Vec<String> {
    let mut newest = BTreeMap::<BookingId, u16>::new();
    let mut cases = Vec::new();
    for fact in facts.iter().map(|it| &it.fact) {
        if let Fact::Expected { appointment } | Fact::TokenShown { appointment } = fact {
            let known = newest.entry(appointment.booking).or_default();
            *known = appointment.version.max(*known);
        }
        let moved = |booking: &Option<BookingId>, version: &Option<u16>| {
            booking.and_then(|it| newest.get(&it).copied()) > *version && booking.is_some()
        };
        if let Fact::Called { reason, .. } = fact {
            cases.push(format!("{reason:?}"));
        }
        let named = [
            ("lifted", matches!(fact, Fact::Lifted { .. })),
            ("judged at a new time", matches!(fact, Fact::Returned { version: Some(_), .. })),
            ("served after a move", matches!(fact, Fact::Served { booking, version, .. } if moved(booking, version))),
            ("missed after a move", matches!(fact, Fact::Missed { booking, version, .. } if moved(booking, version))),
        ];
        cases.extend(named.iter().filter(|(_, is)| *is).map(|(name, _)| (*name).to_owned()));
    }
    cases
}

#[test]
fn codes_of_people_in_the_hall_are_unique() {
    let mut hall = Hall::open();
    let codes: std::collections::BTreeSet<Code> = (0..50).map(|_| hall.ticket(PICK_UP)).collect();
    assert_eq!(codes.len(), 50);
    let at: Vec<CounterId> = (1..=3).map(counter_id).collect();
    let called: std::collections::BTreeSet<Code> = at.iter().map(|id| hall.call(id.number()).0).collect();
    assert_eq!(called.len(), 3);
}
