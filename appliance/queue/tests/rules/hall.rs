//! An imaginary hall for the tests: three counters, three services, open from 8 to 16 o'clock.
//!
//! Every event is checked: facts come before all other effects, and the invariants hold after it.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use names::{BookingId, Code, CounterId, Language, Minutes, Now, Pin, ServiceId, Side, Trust};
use queue::{
    Act, Answer, Appointment, CounterPlan, CounterState, Doors, Effect, Event, Gesture, Greeting, LineKind, Online,
    Plan, Presented, PressId, Queue, Reader, Recorded, ServicePlan, VisitId, Wait,
};

pub(crate) const TODAY: Date = date(2026, 3, 3);
pub(crate) const DOOR: Reader = Reader(1);

/// Five minutes, served by all counters.
pub(crate) const PICK_UP: ServiceId = ServiceId(1);
/// Ten minutes, not at counter 2.
pub(crate) const PASSPORT: ServiceId = ServiceId(2);
/// Twenty minutes, only at counter 1.
pub(crate) const MOVING: ServiceId = ServiceId(3);

/// A queue with a time, and all it recorded so far.
pub(crate) struct Hall {
    pub(crate) queue: Queue,
    pub(crate) now: Now,
    pub(crate) facts: Vec<Recorded>,
    pub(crate) effects: Vec<Effect>,
    presses: u32,
}

impl Hall {
    /// Eight o'clock, all counters open, nobody there.
    pub(crate) fn open() -> Self {
        let mut hall = Self::planned();
        for number in 1..=3 {
            assert_eq!(hall.press(number, Act::Open), Answer::Done);
        }
        hall
    }

    /// Eight o'clock, all counters closed.
    pub(crate) fn planned() -> Self {
        let mut hall = Self::empty();
        hall.event(Event::Planned(plan(TODAY)));
        hall
    }

    /// No day.
    pub(crate) fn empty() -> Self {
        Self { queue: Queue::new(), now: Now::trusted(clock("08:00")), facts: vec![], effects: vec![], presses: 0 }
    }

    /// Sets the clock to `HH:MM` or `HH:MM:SS` of the day.
    pub(crate) fn at(&mut self, time: &str) -> &mut Self {
        self.now.at = clock(time);
        self
    }

    pub(crate) fn later(&mut self, seconds: i64) -> &mut Self {
        self.now.at += SignedDuration::from_secs(seconds);
        self
    }

    pub(crate) fn event(&mut self, event: Event) -> &[Effect] {
        self.effects = self.queue.handle(event.clone(), self.now);
        let records = self.effects.iter().take_while(|it| matches!(it, Effect::Record(_))).count();
        assert!(
            self.effects[records..].iter().all(|it| !matches!(it, Effect::Record(_))),
            "facts come first, after {event:?}"
        );
        self.facts.extend(self.effects.iter().filter_map(|it| match it {
            Effect::Record(recorded) => Some(recorded.clone()),
            Effect::Announce { .. } | Effect::Greet { .. } | Effect::Answer { .. } => None,
        }));
        self.queue.verify_invariants().unwrap_or_else(|broken| panic!("{broken}, after {event:?}"));
        &self.effects
    }

    pub(crate) fn check_in(&mut self, presented: Presented) -> Greeting {
        self.check_in_at(DOOR, presented)
    }

    pub(crate) fn check_in_at(&mut self, reader: Reader, presented: Presented) -> Greeting {
        self.event(Event::CheckIn { reader, presented });
        self.greeting()
    }

    pub(crate) fn scan(&mut self, appointment: &Appointment) -> Greeting {
        self.check_in(Presented::Token(appointment.clone()))
    }

    pub(crate) fn type_pin(&mut self, pin: Pin) -> Greeting {
        self.check_in(Presented::Pin { pin, may_exist_unseen: false })
    }

    /// Types what is shown on a ticket or a mail.
    pub(crate) fn type_code(&mut self, code: Code) -> Greeting {
        match code {
            Code::Pin(pin) => self.type_pin(pin),
            Code::Ticket(ticket) => self.check_in(Presented::Ticket(ticket)),
        }
    }

    /// The one greeting of the last event.
    pub(crate) fn greeting(&self) -> Greeting {
        let mut greetings = self.effects.iter().filter_map(|it| match it {
            Effect::Greet { greeting, .. } => Some(greeting.clone()),
            Effect::Record(_) | Effect::Announce { .. } | Effect::Answer { .. } => None,
        });
        let greeting = greetings.next().expect("whoever comes is answered");
        assert_eq!(greetings.next(), None, "one answer only");
        greeting
    }

    pub(crate) fn expect(&mut self, appointment: &Appointment) {
        self.event(Event::Expected(appointment.clone()));
    }

    /// The booking is cancelled online, now.
    pub(crate) fn withdraw(&mut self, booking: BookingId) {
        let cancelled_at = self.now.at;
        self.event(Event::Withdrawn { booking, cancelled_at });
    }

    /// What became of a booking online, for the clerk.
    pub(crate) fn online_of(&self, visit: VisitId) -> Option<Online> {
        self.queue.visit(visit, self.now).expect("a visit").online
    }

    /// Lets an unverified appointment count as one, at a counter.
    pub(crate) fn lift(&mut self, counter: u8, visit: VisitId) -> Answer {
        self.press(counter, Act::Lift(visit))
    }

    /// A ticket from a terminal nobody used just now.
    pub(crate) fn ticket(&mut self, service: ServiceId) -> Code {
        let press = self.new_press();
        let reader = Reader(u8::try_from(self.presses % 100).expect("below a hundred"));
        self.event(Event::TakeTicket { reader, service: Some(service), press });
        code_of(&self.greeting())
    }

    /// A new press; the same key counts again only five seconds later.
    pub(crate) fn press(&mut self, counter: u8, act: Act) -> Answer {
        let press = self.new_press();
        self.press_id(counter, act, press)
    }

    pub(crate) fn press_id(&mut self, counter: u8, act: Act, press: PressId) -> Answer {
        self.event(Event::Counter { counter: counter_id(counter), act, press });
        self.answer()
    }

    pub(crate) fn button(&mut self, counter: u8, gesture: Gesture) -> Answer {
        self.press(counter, Act::Button(gesture))
    }

    /// The one answer of the last event.
    pub(crate) fn answer(&self) -> Answer {
        let mut answers = self.effects.iter().filter_map(|it| match it {
            Effect::Answer { answer, .. } => Some(answer.clone()),
            Effect::Record(_) | Effect::Announce { .. } | Effect::Greet { .. } => None,
        });
        let answer = answers.next().expect("every press is answered");
        assert_eq!(answers.next(), None, "one answer only");
        answer
    }

    /// Calls, and says who came up and why.
    pub(crate) fn call(&mut self, counter: u8) -> (Code, queue::Reason) {
        let answer = self.press(counter, Act::CallNext);
        let Answer::Called { code, reason, .. } = answer else { panic!("nobody was called: {answer:?}") };
        (code, reason)
    }

    /// Serves whoever is at a counter at once.
    pub(crate) fn finish(&mut self, counter: u8) {
        assert_eq!(self.press(counter, Act::Finish), Answer::Done);
    }

    pub(crate) fn announce(&mut self, visit: VisitId) {
        self.event(Event::Announced { visit });
    }

    pub(crate) fn state(&self, counter: u8) -> CounterState {
        self.queue.counter(counter_id(counter), self.now).expect("a planned counter").state
    }

    pub(crate) fn line(&self) -> Vec<Code> {
        self.queue.line(self.now).iter().map(|it| it.code).collect()
    }

    pub(crate) fn kind_of(&self, code: Code) -> LineKind {
        self.queue.line(self.now).iter().find(|it| it.code == code).expect("this one waits").kind
    }

    pub(crate) fn visit_of(&self, code: Code) -> VisitId {
        self.queue.line(self.now).iter().find(|it| it.code == code).expect("this one waits").visit
    }

    pub(crate) fn recorded_nothing(&self) -> bool {
        !self.effects.iter().any(|it| matches!(it, Effect::Record(_)))
    }

    pub(crate) fn announced(&self) -> Vec<Code> {
        let of = |it: &Effect| match it {
            Effect::Announce { code, .. } => Some(*code),
            Effect::Record(_) | Effect::Greet { .. } | Effect::Answer { .. } => None,
        };
        self.effects.iter().filter_map(of).collect()
    }

    /// The clock cannot be believed from now on.
    pub(crate) fn lose_the_clock(&mut self) {
        self.now.trust = Trust::Unknown;
    }

    fn new_press(&mut self) -> PressId {
        self.presses += 1;
        PressId(format!("p{}", self.presses))
    }
}

pub(crate) fn plan(day: Date) -> Plan {
    let service = |id, takes| ServicePlan { id, takes: Minutes(takes) };
    let counter =
        |number, skills: &[ServiceId]| CounterPlan { id: counter_id(number), skills: skills.iter().copied().collect() };
    Plan {
        office: "musterland".parse().expect("a name"),
        day,
        services: vec![service(PICK_UP, 5), service(PASSPORT, 10), service(MOVING, 20)],
        counters: vec![counter(1, &[]), counter(2, &[PICK_UP]), counter(3, &[PICK_UP, PASSPORT])],
        doors: Some(Doors { opens: on(day, "08:00"), closes: on(day, "16:00") }),
        ticket_letter: 'A',
        ends: on(day, "23:30"),
    }
}

/// The n-th booking, today at `HH:MM`.
pub(crate) fn booked(n: u32, start: &str, service: ServiceId) -> Appointment {
    Appointment {
        booking: BookingId::from_random(Side::Booking, u64::from(n)),
        version: 1,
        pin: pin(n),
        day: TODAY,
        start: clock(start),
        length: Minutes(10),
        service,
        language: Language::De,
    }
}

pub(crate) fn pin(n: u32) -> Pin {
    Pin::from_index(n).expect("inside the count")
}

pub(crate) fn counter_id(number: u8) -> CounterId {
    CounterId::try_from(number).expect("a counter number")
}

pub(crate) fn clock(time: &str) -> Timestamp {
    on(TODAY, time)
}

pub(crate) fn on(day: Date, time: &str) -> Timestamp {
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("{day}T{time}{seconds}Z").parse().expect("a time of day")
}

pub(crate) fn code_of(greeting: &Greeting) -> Code {
    match greeting {
        Greeting::Here { code, .. }
        | Greeting::Waiting { code, .. }
        | Greeting::GoTo { code, .. }
        | Greeting::BackInFront { code }
        | Greeting::BackInLine { code, .. }
        | Greeting::Returning { code, .. }
        | Greeting::Ticket { code, .. }
        | Greeting::Unverified { code, .. } => *code,
        Greeting::OtherDay { .. }
        | Greeting::OtherOffice
        | Greeting::Cancelled
        | Greeting::AlreadyServed
        | Greeting::CheckDigits
        | Greeting::Unknown
        | Greeting::Unreadable
        | Greeting::Rest { .. }
        | Greeting::NoTickets
        | Greeting::Closed { .. } => panic!("no code in {greeting:?}"),
    }
}

pub(crate) fn about(minutes: u16) -> Wait {
    Wait::About(Minutes(minutes))
}
