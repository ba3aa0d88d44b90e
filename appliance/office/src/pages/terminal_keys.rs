//! What a terminal makes of its keys: the same for the keypad and the keys on the glass.
//!
//! ```text
//!   Start ── 1 ──► Typing ── six digits, or three and Enter ──► Asked ── greeted ──► Answer ─┐
//!     ▲  └── 2 ─────────────── ticket ───────────────────────────►                           │
//!     └───────────────── time is over, C, Enter, or the next person ─────────────────────────┘
//! ```
//!
//! What must always hold: a scan works from every screen, no screen stays for ever, and digits
//! leave the screen when their time is over (`rules.md`, Terminal rhythm). Pure: no clock.

use jiff::{SignedDuration, Timestamp};
use names::Language;
use queue::{Greeting, PressId};

pub use super::key::Key;

/// How long a first digit waits for a second one before it is taken for a choice.
pub const FIRST_DIGIT: SignedDuration = SignedDuration::from_millis(1200);
/// How long half-typed digits stay.
pub const HALF_TYPED: SignedDuration = SignedDuration::from_secs(20);
/// How long digits stay that cannot be right; a stranger's number must not stand there.
pub const WRONG_DIGITS: SignedDuration = SignedDuration::from_secs(10);
/// How long an answer stays.
pub const ANSWER: SignedDuration = SignedDuration::from_secs(12);
/// How long a ticket number stays: without paper it has to be remembered.
pub const TICKET: SignedDuration = SignedDuration::from_secs(30);
/// How long an answer with a choice stays; reading takes longer than looking.
pub const CHOICE: SignedDuration = SignedDuration::from_secs(30);
/// How long the queue may take to answer before the terminal starts again.
pub const ASKED: SignedDuration = SignedDuration::from_secs(5);
/// How long a language chosen on the start screen stays without a key.
pub const LANGUAGE: SignedDuration = SignedDuration::from_secs(60);
/// Digits of a Termin-PIN.
pub const PIN_DIGITS: usize = 6;
/// Digits of a ticket.
pub const TICKET_DIGITS: usize = 3;

/// What a terminal hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(Key),
    /// A ticket was asked for by a press that has an id.
    Ticket(PressId),
    /// Something was held under the scanner and is on its way to the queue.
    Scanned,
    /// The queue answered.
    Greeted(Greeting),
    /// Time went by.
    Tick,
}

/// What is to be asked of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// These digits were typed: three of a ticket or six of a PIN.
    CheckIn(String),
    /// A ticket is wanted; without an id the loop names the press itself.
    TakeTicket(Option<PressId>),
}

/// What somebody is typing for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To say: I am here.
    CheckIn,
    /// To ask: when is it my turn?
    MyTurn,
}

/// What is on the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nobody is here.
    Start,
    /// Somebody types.
    Typing {
        /// What for.
        purpose: Purpose,
        /// At most [`PIN_DIGITS`] digits.
        digits: String,
        /// Why they could not be taken.
        hint: Option<Hint>,
    },
    /// The queue was asked and has not answered yet.
    Asked {
        /// What for, to come back to.
        purpose: Purpose,
        /// The digits, for a typing error.
        digits: String,
    },
    /// The answer.
    Answer(Greeting),
}

/// Why digits could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// The check digit does not fit.
    CheckDigits,
    /// Neither three nor six digits.
    ThreeOrSix,
}

/// A terminal between two keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalKeys {
    screen: Screen,
    language: Language,
    /// A digit that may be a choice or the beginning of a code, and when it is a choice.
    first: Option<(u8, Timestamp)>,
    /// Since when the screen stands.
    since: Timestamp,
    /// When the screen goes.
    until: Option<Timestamp>,
}

impl TerminalKeys {
    /// A terminal with nobody before it.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { screen: Screen::Start, language: Language::De, first: None, since: now, until: None }
    }

    /// What is on the terminal.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The language chosen at the terminal.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The digit that still waits for a second one.
    #[must_use]
    pub fn first(&self) -> Option<u8> {
        self.first.map(|(digit, _)| digit)
    }

    /// Since when the screen stands, and until when.
    #[must_use]
    pub fn stands(&self) -> (Timestamp, Option<Timestamp>) {
        (self.since, self.until)
    }

    /// When a [`Input::Tick`] will change something.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.first.map(|(_, at)| at).into_iter().chain(self.until).min()
    }

    /// One step: what the terminal shows next, and what is to be asked of the queue.
    #[must_use]
    pub fn step(mut self, input: Input, now: Timestamp) -> (Self, Option<Outcome>) {
        let outcome = match input {
            Input::Tick => self.tick(now),
            Input::Key(key) => {
                let overdue = self.tick(now);
                if overdue.is_some() {
                    return (self, overdue);
                }
                self.key(key, now)
            }
            Input::Ticket(press) => self.ticket(Some(press), now),
            Input::Scanned => {
                self.show(Screen::Asked { purpose: Purpose::CheckIn, digits: String::new() }, Some(ASKED), now);
                None
            }
            Input::Greeted(greeting) => {
                self.greeted(greeting, now);
                None
            }
        };
        (self, outcome)
    }

    fn tick(&mut self, now: Timestamp) -> Option<Outcome> {
        if let Some((digit, at)) = self.first
            && at <= now
        {
            self.first = None;
            return self.choose(digit, now);
        }
        if self.until.is_some_and(|until| until <= now) {
            self.language = Language::De;
            self.show(Screen::Start, None, now);
        }
        None
    }

    fn key(&mut self, key: Key, now: Timestamp) -> Option<Outcome> {
        match key {
            Key::Digit(digit) => self.digit(digit, now),
            Key::Clear => {
                self.clear(now);
                None
            }
            Key::Enter => self.enter(now),
            Key::Choose(digit) => {
                self.first = None;
                self.choose(digit, now)
            }
            Key::Back => {
                self.show(Screen::Start, None, now);
                None
            }
            Key::Speak(language) => {
                self.language = language;
                if self.screen == Screen::Start {
                    self.show(Screen::Start, Some(LANGUAGE), now);
                }
                None
            }
        }
    }

    fn digit(&mut self, digit: u8, now: Timestamp) -> Option<Outcome> {
        if let Some((first, _)) = self.first.take() {
            let code = format!("{first}{digit}");
            self.typing(Purpose::CheckIn, code, now);
            return None;
        }
        match &self.screen {
            Screen::Typing { purpose, digits, hint } => {
                let fresh = hint.is_some() && digits.len() == PIN_DIGITS;
                let digits = if fresh { digit.to_string() } else { format!("{digits}{digit}") };
                self.typed(*purpose, digits, now)
            }
            Screen::Start | Screen::Answer(_) => {
                self.first = Some((digit, after(now, FIRST_DIGIT)));
                None
            }
            Screen::Asked { .. } => None,
        }
    }

    fn typed(&mut self, purpose: Purpose, digits: String, now: Timestamp) -> Option<Outcome> {
        if digits.len() < PIN_DIGITS {
            self.typing(purpose, digits, now);
            return None;
        }
        self.ask(purpose, digits, now)
    }

    fn ask(&mut self, purpose: Purpose, digits: String, now: Timestamp) -> Option<Outcome> {
        self.show(Screen::Asked { purpose, digits: digits.clone() }, Some(ASKED), now);
        Some(Outcome::CheckIn(digits))
    }

    fn clear(&mut self, now: Timestamp) {
        let started = match &self.screen {
            Screen::Typing { purpose, digits, .. } if !digits.is_empty() => Some(*purpose),
            Screen::Typing { .. } | Screen::Start | Screen::Asked { .. } | Screen::Answer(_) => None,
        };
        match started {
            Some(purpose) => self.typing(purpose, String::new(), now),
            None => self.show(Screen::Start, None, now),
        }
    }

    fn enter(&mut self, now: Timestamp) -> Option<Outcome> {
        if let Some((digit, _)) = self.first.take() {
            return self.choose(digit, now);
        }
        match self.screen.clone() {
            Screen::Typing { purpose, digits, .. } if digits.len() == TICKET_DIGITS => self.ask(purpose, digits, now),
            Screen::Typing { purpose, digits, .. } => {
                let screen = Screen::Typing { purpose, digits, hint: Some(Hint::ThreeOrSix) };
                self.show(screen, Some(HALF_TYPED), now);
                None
            }
            Screen::Answer(_) => {
                self.show(Screen::Start, None, now);
                None
            }
            Screen::Start | Screen::Asked { .. } => None,
        }
    }

    /// A digit alone: a choice of this screen, else the beginning of a code.
    fn choose(&mut self, digit: u8, now: Timestamp) -> Option<Outcome> {
        let offers = match &self.screen {
            Screen::Answer(greeting) => offers_ticket(greeting),
            Screen::Start | Screen::Typing { .. } | Screen::Asked { .. } => false,
        };
        match (digit, offers) {
            (1, true) | (2, false) => self.ticket(None, now),
            (2, true) => {
                self.show(Screen::Start, None, now);
                None
            }
            (1, false) => {
                self.typing(Purpose::CheckIn, String::new(), now);
                None
            }
            (3, _) => {
                self.typing(Purpose::MyTurn, String::new(), now);
                None
            }
            (digit, _) => {
                self.typing(Purpose::CheckIn, digit.to_string(), now);
                None
            }
        }
    }

    fn ticket(&mut self, press: Option<PressId>, now: Timestamp) -> Option<Outcome> {
        if matches!(self.screen, Screen::Asked { .. }) {
            return None;
        }
        self.show(Screen::Asked { purpose: Purpose::CheckIn, digits: String::new() }, Some(ASKED), now);
        Some(Outcome::TakeTicket(press))
    }

    fn greeted(&mut self, greeting: Greeting, now: Timestamp) {
        if greeting == Greeting::CheckDigits
            && let Screen::Asked { purpose, digits } = &self.screen
            && !digits.is_empty()
        {
            let (purpose, digits) = (*purpose, digits.clone());
            let screen = Screen::Typing { purpose, digits, hint: Some(Hint::CheckDigits) };
            return self.show(screen, Some(WRONG_DIGITS), now);
        }
        let stays = stays(&greeting);
        self.show(Screen::Answer(greeting), Some(stays), now);
    }

    fn typing(&mut self, purpose: Purpose, digits: String, now: Timestamp) {
        self.show(Screen::Typing { purpose, digits, hint: None }, Some(HALF_TYPED), now);
    }

    fn show(&mut self, screen: Screen, stays: Option<SignedDuration>, now: Timestamp) {
        self.screen = screen;
        self.first = None;
        self.since = now;
        self.until = stays.map(|stays| after(now, stays));
    }
}

/// Whether the next step of this answer is a ticket for today.
#[must_use]
pub fn offers_ticket(greeting: &Greeting) -> bool {
    match greeting {
        Greeting::OtherDay { .. }
        | Greeting::OtherOffice
        | Greeting::Cancelled
        | Greeting::AlreadyServed
        | Greeting::Unknown
        | Greeting::Unreadable => true,
        Greeting::Here { .. }
        | Greeting::Waiting { .. }
        | Greeting::GoTo { .. }
        | Greeting::BackInFront { .. }
        | Greeting::BackInLine { .. }
        | Greeting::Returning { .. }
        | Greeting::Ticket { .. }
        | Greeting::Unverified { .. }
        | Greeting::CheckDigits
        | Greeting::Rest { .. }
        | Greeting::NoTickets
        | Greeting::Closed { .. } => false,
    }
}

fn stays(greeting: &Greeting) -> SignedDuration {
    let ticket = matches!(greeting, Greeting::Ticket { .. });
    match (ticket, offers_ticket(greeting)) {
        (true, _) => TICKET,
        (false, true) => CHOICE,
        (false, false) => ANSWER,
    }
}

fn after(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_add(span).unwrap_or(now)
}

#[cfg(test)]
#[path = "terminal_keys_tests.rs"]
mod tests;
