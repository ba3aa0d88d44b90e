//! The terminal in the entrance.
//!
//! What must always hold: every greeting of the queue has its own words, tone and next step;
//! nobody is blamed; digits that are not ours are never part of an answer.

use names::{Language, Now, Trust};
use queue::{Queue, Reader, Wait};
use serde::Serialize;

use super::answers::{self, Answer};
use super::board::closed;
use super::calendar::Words;
use super::{Context, noun};
use crate::pages::terminal_keys::{Hint, PIN_DIGITS, Purpose, Screen, TerminalKeys};
use crate::pages::texts::{self, StartText, WaitText, fill};

/// The whole terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TerminalView {
    /// Which terminal.
    pub terminal: u8,
    /// The language on the glass.
    pub language: Language,
    /// The office.
    pub office: String,
    /// Its hours today; may be empty.
    pub hours: String,
    /// Its telephone; may be empty.
    pub telephone: String,
    /// What a counter is called here.
    pub noun: String,
    /// What is on the glass.
    pub screen: ScreenView,
    /// How long it stays, if it goes by itself.
    pub stay: Option<Stay>,
}

/// How long a screen stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stay {
    /// Tells one stay from the next: when it began, in milliseconds since 1970.
    pub began: i64,
    /// Its whole length in milliseconds.
    pub length: i64,
}

/// What is on the glass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "screen", rename_all = "kebab-case")]
pub enum ScreenView {
    /// The choices.
    Start {
        /// Good morning, and the question.
        greeting: String,
        /// What a ticket means now.
        offer: Offer,
        /// The digit that may become a choice or a code.
        first: Option<u8>,
    },
    /// Digits are being typed.
    Typing {
        /// Whether the question is "when is it my turn?".
        turn: bool,
        /// Six cells.
        cells: Vec<Cell>,
        /// The digits, for a screen reader.
        spoken: String,
        /// Why they could not be taken.
        hint: Option<String>,
    },
    /// The answer.
    Answer(Box<Answer>),
}

/// What a ticket means now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// One line below the choice.
    pub line: String,
}

/// One cell of the digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The digit; empty: not typed yet.
    pub digit: String,
    /// Whether the next digit goes here.
    pub next: bool,
}

impl TerminalView {
    /// The terminal at this moment.
    #[must_use]
    pub fn of(queue: &Queue, context: &Context, terminal: Reader, keys: &TerminalKeys, now: Now) -> Self {
        let language = keys.language();
        let words = Words::new(&context.zone, language);
        let office = context.office.as_ref();
        let hours = office.filter(|_| now.trust != Trust::Unknown).map(|office| words.hours_today(office, now.at));
        Self {
            terminal: terminal.0,
            language,
            office: office.map(|office| office.name.clone()).unwrap_or_default(),
            hours: hours.unwrap_or_default(),
            telephone: office.map(|office| office.telephone.clone()).unwrap_or_default(),
            noun: noun(context),
            screen: screen(queue, context, keys, &words, now),
            stay: stay(keys),
        }
    }

    /// A terminal the loop has not described yet, with nobody before it.
    #[must_use]
    pub fn quiet(terminal: Reader, context: &Context, now: Now) -> Self {
        Self::of(&Queue::new(), context, terminal, &TerminalKeys::new(now.at), now)
    }
}

fn screen(queue: &Queue, context: &Context, keys: &TerminalKeys, words: &Words<'_>, now: Now) -> ScreenView {
    match keys.screen() {
        Screen::Start => start(queue, context, keys, words, now),
        Screen::Asked { digits, .. } if digits.is_empty() => start(queue, context, keys, words, now),
        Screen::Asked { purpose, digits } => typing(*purpose, digits, None, keys.language()),
        Screen::Typing { purpose, digits, hint } => typing(*purpose, digits, *hint, keys.language()),
        Screen::Answer(greeting) => {
            let told = answers::Told { queue, context, words, language: keys.language(), now };
            ScreenView::Answer(Box::new(told.answer(greeting)))
        }
    }
}

fn start(queue: &Queue, context: &Context, keys: &TerminalKeys, words: &Words<'_>, now: Now) -> ScreenView {
    let text = &texts::terminal(keys.language()).start;
    let greeting = if now.trust == Trust::Unknown { &text.day } else { greeting(text, words.hour_of_day(now.at)) };
    let line = offer(queue, context, keys.language(), words, now);
    ScreenView::Start { greeting: greeting.clone(), offer: Offer { line }, first: keys.first() }
}

/// Good morning until 11, good evening from 18 o'clock.
fn greeting(text: &StartText, hour: i8) -> &String {
    match hour {
        ..11 => &text.morning,
        11..18 => &text.day,
        18.. => &text.evening,
    }
}

fn offer(queue: &Queue, context: &Context, language: Language, words: &Words<'_>, now: Now) -> String {
    let text = &texts::terminal(language).start;
    if closed(queue, context, now) {
        let opens = context.office.as_ref().and_then(|office| words.next_opening(office, now.at));
        let line = opens.map(|opens| fill(&text.ticket_hint_closed, &[("opens", &opens.inline)]));
        return line.unwrap_or_else(|| text.ticket_hint.clone());
    }
    match queue.wait(now) {
        Wait::About(minutes) if minutes.0 > 0 => {
            let wait = wait_text(texts::wait(language), queue.wait(now));
            fill(&text.ticket_hint_wait, &[("wait", &wait)])
        }
        Wait::About(_) | Wait::Unsure => text.ticket_hint.clone(),
    }
}

/// `etwa 15 Minuten`.
pub(crate) fn wait_text(text: &WaitText, wait: Wait) -> String {
    match wait {
        Wait::About(minutes) if minutes.0 == 0 => text.none.clone(),
        Wait::About(minutes) if minutes.0 == 1 => text.about_one.clone(),
        Wait::About(minutes) => fill(&text.about, &[("minutes", &minutes.0.to_string())]),
        Wait::Unsure => text.unsure.clone(),
    }
}

fn typing(purpose: Purpose, digits: &str, hint: Option<Hint>, language: Language) -> ScreenView {
    let text = &texts::terminal(language).typing;
    let typed: Vec<char> = digits.chars().collect();
    let cell = |place: usize| Cell {
        digit: typed.get(place).map(char::to_string).unwrap_or_default(),
        next: place == typed.len(),
    };
    let spaced: Vec<String> = typed.iter().map(char::to_string).collect();
    let spoken = match typed.is_empty() {
        true => text.typed_none.clone(),
        false => fill(&text.typed, &[("digits", &spaced.join(" "))]),
    };
    let hint = hint.map(|hint| match hint {
        Hint::CheckDigits => text.check_digits.clone(),
        Hint::ThreeOrSix => text.three_or_six.clone(),
    });
    ScreenView::Typing { turn: purpose == Purpose::MyTurn, cells: (0..PIN_DIGITS).map(cell).collect(), spoken, hint }
}

fn stay(keys: &TerminalKeys) -> Option<Stay> {
    let (since, until) = keys.stands();
    let length = until?.duration_since(since);
    let shown = matches!(keys.screen(), Screen::Answer(_));
    shown.then(|| Stay { began: since.as_millisecond(), length: i64::try_from(length.as_millis()).unwrap_or(i64::MAX) })
}
