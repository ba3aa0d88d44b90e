//! One morning of an imaginary office, played through the real queue.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use names::{BookingId, Code, CounterId, Language, Minutes, Now, Pin, ServiceId, Side, TicketNumber};
use office::pages::view::{Context, LinkState};
use protocol::office::{DayOfWeek, HoursDoc, OfficeDoc, ServiceDoc};
use queue::{
    Act, Appointment, CounterPlan, Doors, Effect, Event, Greeting, Plan, Presented, PressId, Queue, Reader,
    ServicePlan, Timing, Wait,
};

/// The terminal in the entrance.
pub(crate) const TERMINAL: Reader = Reader(1);

const SERVICES: [(u16, &str, u16); 5] = [
    (1, "Personalausweis", 12),
    (2, "Reisepass", 12),
    (3, "Wohnsitz ummelden", 10),
    (4, "Führerschein umtauschen", 10),
    (5, "Meldebescheinigung", 5),
];

/// The office as the booking server told it.
pub(crate) fn context() -> Context {
    let weekdays = [DayOfWeek::Mon, DayOfWeek::Tue, DayOfWeek::Wed, DayOfWeek::Thu, DayOfWeek::Fri];
    let hours = |weekday| HoursDoc { weekday, opens: time(7, 30, 0, 0), closes: time(16, 0, 0, 0) };
    let service = |(id, name, takes): (u16, &str, u16)| ServiceDoc {
        id: ServiceId(id),
        name: name.to_owned(),
        name_en: name.to_owned(),
        takes: Minutes(takes),
        per_person: Minutes(5),
        bookable: true,
    };
    let office = OfficeDoc {
        revision: 1,
        id: "musterland".parse().unwrap(),
        name: "Bürgerbüro Musterland".to_owned(),
        telephone: "030 23125 100".to_owned(),
        address: "Marktplatz 1, 54000 Musterland".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        counter_noun: "Platz".to_owned(),
        ticket_letter: 'A',
        qr_base: "HTTPS://TERMINE.MUSTERLAND.EXAMPLE/T/".to_owned(),
        services: SERVICES.map(service).to_vec(),
        hours: weekdays.map(hours).to_vec(),
        exceptions: Vec::new(),
        seal_key: None,
        share: None,
    };
    Context {
        office: Some(Arc::new(office)),
        link: LinkState::Connected { as_of: at(9, 42) },
        zone: zone(),
        confirmed: None,
    }
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn today() -> Date {
    date(2026, 2, 3)
}

/// A time of this day.
pub(crate) fn at(hour: i8, minute: i8) -> Timestamp {
    today().at(hour, minute, 0, 0).to_zoned(zone()).unwrap().timestamp()
}

/// A counter.
pub(crate) fn counter(number: u8) -> CounterId {
    CounterId::try_from(number).unwrap()
}

fn pin(index: u32) -> Pin {
    Pin::from_index(index).unwrap()
}

fn ticket(number: u16) -> TicketNumber {
    TicketNumber::new('A', number).unwrap()
}

/// The queue at some moment of the morning.
pub(crate) struct Morning {
    /// The queue.
    pub(crate) queue: Queue,
    /// The moment.
    pub(crate) now: Now,
    presses: u32,
}

impl Morning {
    /// The doors have just opened, and nobody is here.
    pub(crate) fn at_opening() -> Self {
        let mut morning = Self { queue: Queue::new(), now: Now::trusted(at(7, 30)), presses: 0 };
        morning.tell(Event::Planned(plan()));
        morning
    }

    /// Somebody is being called to counter 3.
    pub(crate) fn until_called() -> Self {
        let mut morning = Self::at_opening();
        for number in 1..=4 {
            morning.acts(number, Act::Open);
        }
        for (index, hour, minute, service) in [
            (38_291, 9, 40, 1),
            (54_082, 9, 50, 1),
            (17_135, 9, 20, 3),
            (61_550, 10, 0, 2),
            (22_410, 10, 0, 1),
            (71_624, 10, 10, 4),
        ] {
            morning.tell(Event::Expected(appointment(index, at(hour, minute), service)));
        }
        for (minute, service) in [(2, 5), (4, 4), (7, 5), (9, 3), (11, 4), (20, 5), (33, 2)] {
            morning.ticket_at(at(9, minute), service);
        }
        for (minute, number) in [(12, 1), (14, 4), (18, 2), (25, 12), (30, 1), (36, 4)] {
            morning.time(at(9, minute));
            if number == 12 {
                morning.acts(12, Act::Open);
            }
            let act = if minute < 30 { Act::CallNext } else { Act::FinishAndNext };
            morning.called(number, act);
        }
        for (index, minute) in [(38_291, 31), (17_135, 36), (54_082, 38)] {
            morning.time(at(9, minute).max(morning.now.at));
            morning.tell(Event::CheckIn {
                reader: TERMINAL,
                presented: Presented::Pin { pin: pin(index), may_exist_unseen: false },
            });
        }
        morning.ticket_at(at(9, 39), 5);
        morning.ticket_at(at(9, 40), 4);
        morning.time(at(9, 42));
        morning.acts(3, Act::CallNext);
        morning
    }

    /// The announcement is over.
    pub(crate) fn until_spoken() -> Self {
        let mut morning = Self::until_called();
        morning.spoken();
        morning.time(morning.now.at + SignedDuration::from_secs(20));
        morning
    }

    /// Somebody typed a PIN nobody knows; of those who are here, one cancelled online, and the one
    /// at the counter moved to another day.
    pub(crate) fn until_news() -> Self {
        let mut morning = Self::until_spoken();
        let presented = Presented::Pin { pin: pin(33_333), may_exist_unseen: true };
        morning.tell(Event::CheckIn { reader: TERMINAL, presented });
        let booking = appointment(54_082, at(9, 50), 1).booking;
        morning.tell(Event::Withdrawn { booking, cancelled_at: at(9, 41) });
        let day = date(2026, 3, 3);
        let start = day.at(9, 20, 0, 0).to_zoned(zone()).unwrap().timestamp();
        let moved = appointment(17_135, at(9, 20), 3);
        morning.tell(Event::Expected(Appointment { version: moved.version + 1, day, start, ..moved }));
        morning
    }

    /// A counter acts.
    pub(crate) fn acts(&mut self, number: u8, act: Act) {
        self.presses += 1;
        let press = PressId(format!("story-{}", self.presses));
        self.tell(Event::Counter { counter: counter(number), act, press });
        self.time(self.now.at + SignedDuration::from_secs(6));
    }

    fn called(&mut self, number: u8, act: Act) {
        self.acts(number, act);
        self.spoken();
    }

    /// Every announcement that is open ends now.
    fn spoken(&mut self) {
        let open: Vec<_> = self.queue.calls().into_iter().filter(|call| call.announced.is_none()).collect();
        for call in open {
            self.tell(Event::Announced { visit: call.visit });
        }
    }

    fn ticket_at(&mut self, moment: Timestamp, service: u16) {
        self.time(moment);
        self.presses += 1;
        let press = PressId(format!("ticket-{}", self.presses));
        self.tell(Event::TakeTicket { reader: TERMINAL, service: Some(ServiceId(service)), press });
    }

    fn time(&mut self, moment: Timestamp) {
        self.now = Now::trusted(moment);
    }

    fn tell(&mut self, event: Event) -> Vec<Effect> {
        self.queue.handle(event, self.now)
    }
}

fn plan() -> Plan {
    let all = BTreeSet::new;
    let some = |ids: &[u16]| ids.iter().copied().map(ServiceId).collect::<BTreeSet<_>>();
    let skills = [(1, all()), (2, all()), (3, some(&[1, 2, 3, 4])), (4, all()), (12, all())];
    Plan {
        office: "musterland".parse().unwrap(),
        day: today(),
        services: SERVICES.map(|(id, _, takes)| ServicePlan { id: ServiceId(id), takes: Minutes(takes) }).to_vec(),
        counters: skills.map(|(id, skills)| CounterPlan { id: counter(id), skills }).to_vec(),
        doors: Some(Doors { opens: at(7, 30), closes: at(16, 0) }),
        ticket_letter: 'A',
        ends: at(23, 30),
    }
}

fn appointment(index: u32, start: Timestamp, service: u16) -> Appointment {
    Appointment {
        booking: BookingId::from_random(Side::Booking, u64::from(index)),
        version: 1,
        pin: pin(index),
        day: today(),
        start,
        length: Minutes(20),
        service: ServiceId(service),
        language: if index == 54_082 { Language::En } else { Language::De },
    }
}

/// One greeting per answer of the terminal.
pub(crate) fn greetings() -> Vec<(&'static str, Greeting)> {
    let code = Code::Pin(pin(38_291));
    let wait = Wait::About(Minutes(15));
    let start = at(9, 40);
    let on_time = Timing::OnTime { start };
    let early = Timing::Early { start: at(10, 30), callable: at(10, 0) };
    let late = Timing::Late { start: at(9, 20) };
    vec![
        ("success", Greeting::Here { code, timing: on_time, wait }),
        ("early", Greeting::Here { code, timing: early, wait }),
        ("late", Greeting::Here { code, timing: late, wait }),
        ("by-arrival", Greeting::Here { code, timing: Timing::ByArrival, wait: Wait::Unsure }),
        ("next", Greeting::Waiting { code, ahead: 0, wait: Wait::About(Minutes(0)) }),
        ("ahead", Greeting::Waiting { code, ahead: 4, wait }),
        ("go-to", Greeting::GoTo { code, counter: counter(12) }),
        ("back-in-front", Greeting::BackInFront { code }),
        ("back-in-line", Greeting::BackInLine { code, wait }),
        ("returning", Greeting::Returning { code, counter: counter(3) }),
        ("ticket", Greeting::Ticket { code: Code::Ticket(ticket(42)), wait }),
        ("unverified", Greeting::Unverified { code, wait }),
        ("otherday", Greeting::OtherDay { day: date(2026, 3, 3), start: Some(at(9, 20)) }),
        ("day-over", Greeting::OtherDay { day: date(2026, 1, 27), start: None }),
        ("other-office", Greeting::OtherOffice),
        ("cancelled", Greeting::Cancelled),
        ("served", Greeting::AlreadyServed),
        ("check-digits", Greeting::CheckDigits),
        ("unknown", Greeting::Unknown),
        ("unreadable", Greeting::Unreadable),
        ("rest", Greeting::Rest { until: at(9, 43) }),
        ("no-tickets", Greeting::NoTickets),
        ("closed", Greeting::Closed { opens: None }),
    ]
}
