//! The only inbound dictionary: what was scanned, typed, pressed or told becomes an event of the
//! queue.
//!
//! Pure. What may not be used here: the store, the wires, a clock.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use names::{BadCode, Code, OfficeId, Pin};
use protocol::entry::{BadEntry, Booked, Entry, FromBooking};
use protocol::keyring::{BadToken, Keyring};
use protocol::token::{OfficeTag, Token, TokenKind};
use queue::{Appointment, Event, Gesture, Presented};

use crate::pages::view::LinkState;

/// What is needed to understand a code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knowledge<'a> {
    /// The office this box stands in.
    pub(crate) office: &'a OfficeId,
    /// The public keys of the office.
    pub(crate) keyring: &'a Keyring,
    /// The office's zone, for the day of a token.
    pub(crate) zone: &'a TimeZone,
    /// A booking may exist that this box has not heard of ([`may_exist_unseen`]).
    pub(crate) may_exist_unseen: bool,
}

/// An exchange over a slow line takes so long after its time has come; a line that says nothing
/// for longer may be dead without anybody having noticed.
const EXCHANGE_TAKES: SignedDuration = SignedDuration::from_secs(5);

/// Whether a booking may exist that this box has not heard of: the line is down, or the last
/// exchange that went through is older than one that comes every `poll`, with a fifth for the
/// jitter, may be. A younger booking is brought by its poke within a second.
pub(crate) fn may_exist_unseen(link: LinkState, poll: SignedDuration, now: Timestamp) -> bool {
    match link {
        LinkState::Offline { .. } => true,
        LinkState::Connected { as_of } => now.duration_since(as_of) > poll + poll / 5 + EXCHANGE_TAKES,
        LinkState::Never => false,
    }
}

/// What somebody presented, from a scanned line or typed digits.
pub(crate) fn presented(text: &str, known: Knowledge<'_>) -> Presented {
    match known.keyring.verify(text) {
        Ok(token) => of_token(token, known),
        // A box that was never enrolled cannot say whose it is; the digits work there, too.
        Err(BadToken::UnknownKey) if known.keyring.is_empty() => Presented::Garbled,
        Err(BadToken::UnknownKey) => Presented::OtherOffice,
        Err(BadToken::Forged | BadToken::NotOurs) => Presented::Garbled,
        Err(BadToken::TooShort) => of_code(text.trim(), known),
    }
}

fn of_token(token: Token, known: Knowledge<'_>) -> Presented {
    if token.office != OfficeTag::of(known.office) {
        return Presented::OtherOffice;
    }
    let day = token.start.to_zoned(known.zone.clone()).date();
    match token.kind {
        TokenKind::Ticket { ticket } => Presented::TicketToken { ticket, day },
        TokenKind::Appointment { booking, pin } => Presented::Token(Appointment {
            booking,
            version: token.version,
            pin,
            day,
            start: token.start,
            length: token.length,
            service: token.service,
            language: token.language,
        }),
    }
}

fn of_code(text: &str, known: Knowledge<'_>) -> Presented {
    let three_digits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    if let (true, Ok(digits)) = (three_digits, text.parse()) {
        return Presented::TicketDigits(digits);
    }
    match text.parse() {
        Ok(Code::Pin(pin)) => Presented::Pin { pin, may_exist_unseen: known.may_exist_unseen },
        Ok(Code::Ticket(ticket)) => Presented::Ticket(ticket),
        Err(BadCode::CheckDigit) => Presented::Mistyped,
        Err(BadCode::Form) => Presented::Garbled,
    }
}

/// What an entry of the booking server says; none for kinds of a newer server, which are kept.
///
/// # Errors
/// The kind is known and its content is not what it should be.
pub(crate) fn read(entry: &Entry) -> Result<Option<FromBooking>, NotUnderstood> {
    let told = FromBooking::of(entry).transpose();
    told.map_err(|source| NotUnderstood { number: entry.number, source })
}

/// What the booking server told, and when it wrote it down, if it concerns the queue.
pub(crate) fn told(entry: &FromBooking, written: Timestamp) -> Option<Event> {
    match entry {
        FromBooking::Booked(booked) => appointment(booked).map(Event::Expected),
        FromBooking::Cancelled(cancelled) => {
            Some(Event::Withdrawn { booking: cancelled.booking, cancelled_at: written })
        }
        FromBooking::Office(_) | FromBooking::Key(_) | FromBooking::Minted(_) | FromBooking::PinBlock(_) => None,
    }
}

/// The PIN that an event tells of for the first time.
pub(crate) fn pin_told(event: &Event) -> Option<Pin> {
    if let Event::Expected(appointment) = event { Some(appointment.pin) } else { None }
}

/// A booking as the queue expects it; none without a service, which no honest server writes.
pub(crate) fn appointment(booked: &Booked) -> Option<Appointment> {
    Some(Appointment {
        booking: booked.booking,
        version: booked.version,
        pin: booked.pin,
        day: booked.day,
        start: booked.start,
        length: booked.length,
        service: *booked.services.first()?,
        language: booked.language,
    })
}

/// A button's gesture in the queue's words.
pub(crate) fn gesture(gesture: devices::Gesture) -> Gesture {
    match gesture {
        devices::Gesture::Short => Gesture::Short,
        devices::Gesture::Double => Gesture::Double,
        devices::Gesture::Long => Gesture::Long,
    }
}

/// Why an entry of the booking server could not be understood: it is kept, and somebody is told.
#[derive(Debug, thiserror::Error)]
#[error("failed to understand entry {number} of the booking server: {source}")]
pub(crate) struct NotUnderstood {
    pub(crate) number: u64,
    pub(crate) source: BadEntry,
}

#[cfg(test)]
mod tests {
    use names::{BookingId, Language, Minutes, Pin, ServiceId, Side};
    use proptest::prelude::*;
    use protocol::token::TokenSigner;

    use super::*;

    #[test]
    fn a_scanned_token_is_an_appointment_of_this_office() {
        let world = World::new();
        let line = format!("HTTPS://TERMINE.EXAMPLE/T/{}", world.token("musterland"));
        let Presented::Token(appointment) = world.read(&line) else { panic!("not understood: {line}") };
        assert_eq!(appointment.pin, pin());
        assert_eq!(appointment.day.to_string(), "2026-02-03");
    }

    #[test]
    fn another_office_and_an_unknown_key_are_told_as_such() {
        let world = World::new();
        assert_eq!(world.read(&world.token("anderswo")), Presented::OtherOffice);
        let stranger = World { signer: TokenSigner::from_seed(9, [7; 32]), ..World::new() };
        assert_eq!(world.read(&stranger.token("musterland")), Presented::OtherOffice);
    }

    #[test]
    fn one_changed_character_is_never_admitted() {
        let world = World::new();
        let token = world.token("musterland");
        let (head, last) = token.split_at(token.len() - 2);
        let changed = format!("{head}{}", if last.starts_with('0') { "10" } else { "00" });
        assert_eq!(world.read(&changed), Presented::Garbled);
    }

    #[test]
    fn typed_digits_are_a_ticket_a_pin_or_a_typing_error() {
        let world = World::new();
        assert_eq!(world.read("042"), Presented::TicketDigits(42));
        assert_eq!(world.read(&pin().to_string()), Presented::Pin { pin: pin(), may_exist_unseen: false });
        let wrong = format!("{:06}", if pin().number() % 10 == 9 { pin().number() - 1 } else { pin().number() + 1 });
        assert_eq!(world.read(&wrong), Presented::Mistyped);
        assert_eq!(world.read("0042"), Presented::Garbled);
        assert!(matches!(world.read("a042"), Presented::Ticket(_)));
    }

    #[test]
    fn a_booking_may_exist_unseen_while_the_line_is_cut_or_silent_for_longer_than_a_poll() {
        let poll = SignedDuration::from_secs(15);
        let as_of: Timestamp = "2026-02-03T08:00:00Z".parse().expect("a moment");
        let at = |seconds| as_of + SignedDuration::from_secs(seconds);
        let connected = |now| may_exist_unseen(LinkState::Connected { as_of }, poll, now);
        for heard_lately in [0, 15, 18, 23] {
            assert!(!connected(at(heard_lately)), "{heard_lately} s after an exchange all is known");
        }
        assert!(connected(at(24)), "the exchange that was due did not go through");
        assert!(!connected(at(-3600)), "a clock that was set back makes nothing older");
        assert!(may_exist_unseen(LinkState::Offline { since: at(0) }, poll, at(0)));
        assert!(!may_exist_unseen(LinkState::Never, poll, at(9999)), "nobody else books");
        let rarely = SignedDuration::from_secs(600);
        assert!(!may_exist_unseen(LinkState::Connected { as_of }, rarely, at(700)), "as often as it was set to ask");
    }

    proptest! {
        #[test]
        fn no_line_at_all_makes_it_panic(line in ".{0,600}") {
            let _presented = World::new().read(&line);
        }
    }

    struct World {
        signer: TokenSigner,
        keyring: Keyring,
        office: OfficeId,
        zone: TimeZone,
    }

    impl World {
        fn new() -> Self {
            let signer = TokenSigner::from_seed(1, [3; 32]);
            let mut keyring = Keyring::new();
            keyring.add(&signer.public()).expect("a good key");
            Self { signer, keyring, office: office("musterland"), zone: TimeZone::UTC }
        }

        fn token(&self, at: &str) -> String {
            let token = Token {
                key: self.signer.public().id,
                kind: TokenKind::Appointment { booking: BookingId::from_random(Side::Booking, 5), pin: pin() },
                office: OfficeTag::of(&office(at)),
                version: 1,
                start: "2026-02-03T08:40:00Z".parse().expect("a moment"),
                length: Minutes(10),
                service: ServiceId(1),
                language: Language::De,
            };
            token.sign(&self.signer)
        }

        fn read(&self, text: &str) -> Presented {
            let known =
                Knowledge { office: &self.office, keyring: &self.keyring, zone: &self.zone, may_exist_unseen: false };
            presented(text, known)
        }
    }

    fn office(name: &str) -> OfficeId {
        name.parse().expect("a good name")
    }

    fn pin() -> Pin {
        Pin::from_index(38_291).expect("inside the count")
    }
}
