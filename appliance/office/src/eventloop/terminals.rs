//! The terminals: whose scanner and keypad belong together, and what is on each screen.

use std::collections::BTreeMap;

use devices::InputKind;
use jiff::Timestamp;
use names::{Language, Now, Pin};
use queue::{Greeting, PressId, Reader};

use crate::config::Input as Configured;
use crate::pages::terminal_keys::{Input, Key, Outcome, Screen, TerminalKeys};
use crate::pages::view::{Context, TerminalView};

/// A house without configured inputs still has one terminal, on its glass.
const ONLY_TERMINAL: Reader = Reader(1);

/// All terminals of the house.
#[derive(Debug)]
pub(crate) struct Terminals {
    screens: BTreeMap<Reader, TerminalKeys>,
    inputs: BTreeMap<String, Reader>,
    /// The PIN somebody typed, while it is asked for or its answer is that nobody knows it. Never
    /// kept longer than that answer stands: it may be a stranger's.
    typed: BTreeMap<Reader, Pin>,
    /// Numbers the presses that come without an id.
    presses: u64,
}

/// What a terminal wants of the queue.
pub(crate) enum Wish {
    CheckIn { text: String },
    Ticket { press: PressId },
}

impl Terminals {
    /// The terminals as configured, all at their start screen.
    pub(crate) fn new(inputs: &[Configured], now: Timestamp) -> Self {
        let readers = inputs.iter().map(|i| Reader(i.terminal)).chain([ONLY_TERMINAL]);
        Self {
            screens: readers.map(|r| (r, TerminalKeys::new(now))).collect(),
            inputs: inputs.iter().map(|i| (i.rules.name.clone(), Reader(i.terminal))).collect(),
            typed: BTreeMap::new(),
            presses: 0,
        }
    }

    /// The terminal an input stands at.
    pub(crate) fn reader(&self, input: &str) -> Option<Reader> {
        self.inputs.get(input).copied()
    }

    /// A finished line: a scan is checked in, the Enter of a keypad is its key.
    pub(crate) fn line(&mut self, reader: Reader, kind: InputKind, text: String, now: Now) -> Option<Wish> {
        match kind {
            InputKind::Keypad => self.hear(reader, Input::Key(Key::Enter), now),
            InputKind::Scanner => {
                let nothing_typed = self.hear(reader, Input::Scanned, now);
                debug_assert!(nothing_typed.is_none(), "a scan replaces what was typed");
                Some(Wish::CheckIn { text })
            }
        }
    }

    /// One input of a terminal; an unknown terminal has nobody standing at it.
    pub(crate) fn hear(&mut self, reader: Reader, input: Input, now: Now) -> Option<Wish> {
        let screen = self.screens.remove(&reader)?;
        let (screen, outcome) = screen.step(input, now.at);
        if !may_be_told_yet(screen.screen()) {
            self.typed.remove(&reader);
        }
        self.screens.insert(reader, screen);
        outcome.map(|o| self.wish(reader, o, now))
    }

    /// Lets time go by at every terminal.
    pub(crate) fn tick(&mut self, now: Now) -> Vec<(Reader, Wish)> {
        let readers: Vec<_> = self.screens.keys().copied().collect();
        readers.into_iter().filter_map(|r| Some((r, self.hear(r, Input::Tick, now)?))).collect()
    }

    /// The queue answered whoever stands there.
    pub(crate) fn greet(&mut self, reader: Reader, greeting: Greeting, now: Now) {
        let nothing_more = self.hear(reader, Input::Greeted(greeting), now);
        debug_assert!(nothing_more.is_none(), "an answer asks nothing");
    }

    /// Where somebody who typed this PIN still reads that nobody knows it.
    pub(crate) fn unknown_at(&self, pin: Pin) -> Option<Reader> {
        let reads = |reader| self.screens.get(reader).map(TerminalKeys::screen);
        let unknown = |reader| reads(reader) == Some(&Screen::Answer(Greeting::Unknown));
        self.typed.iter().find(|(reader, typed)| **typed == pin && unknown(reader)).map(|(reader, _)| *reader)
    }

    /// The language of whoever stands at a terminal.
    pub(crate) fn language(&self, reader: Reader) -> Language {
        self.screens.get(&reader).map_or(Language::De, TerminalKeys::language)
    }

    /// When the next screen changes by itself.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.screens.values().filter_map(TerminalKeys::deadline).min()
    }

    /// Every terminal as it should be seen.
    pub(crate) fn views(&self, queue: &queue::Queue, context: &Context, now: Now) -> BTreeMap<Reader, TerminalView> {
        self.screens.iter().map(|(r, keys)| (*r, TerminalView::of(queue, context, *r, keys, now))).collect()
    }

    fn wish(&mut self, reader: Reader, outcome: Outcome, now: Now) -> Wish {
        match outcome {
            Outcome::CheckIn(text) => {
                self.typed.extend(text.parse().ok().map(|pin| (reader, pin)));
                Wish::CheckIn { text }
            }
            Outcome::TakeTicket(Some(press)) => Wish::Ticket { press },
            Outcome::TakeTicket(None) => {
                self.presses += 1;
                let press = format!("terminal-{}/{}-{}", reader.0, now.at.as_microsecond(), self.presses);
                Wish::Ticket { press: PressId(press) }
            }
        }
    }
}

/// Somebody asks, or reads that nobody knows the number.
fn may_be_told_yet(screen: &Screen) -> bool {
    match screen {
        Screen::Asked { .. } => true,
        Screen::Answer(greeting) => *greeting == Greeting::Unknown,
        Screen::Start | Screen::Typing { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const HERE: Reader = Reader(1);

    #[test]
    fn a_typed_pin_is_kept_for_a_second_look_as_long_as_unknown_stands_there_and_no_longer() {
        let (mut terminals, now, pin) = typed();
        assert_eq!(terminals.unknown_at(pin), None, "not answered yet");
        terminals.greet(HERE, Greeting::Unknown, now);
        assert_eq!(terminals.unknown_at(pin), Some(HERE));
        assert_eq!(terminals.unknown_at(Pin::from_index(7).expect("a pin")), None, "nobody else's");
        let gone = Now::trusted(now.at + SignedDuration::from_mins(1));
        assert!(terminals.tick(gone).is_empty());
        assert_eq!(terminals.unknown_at(pin), None, "the answer has left the screen");
        assert!(terminals.typed.is_empty(), "and the digits the memory");
    }

    #[test]
    fn whoever_goes_on_or_was_known_is_not_looked_at_again() {
        let (mut terminals, now, pin) = typed();
        terminals.greet(HERE, Greeting::Unknown, now);
        assert!(terminals.hear(HERE, Input::Key(Key::Back), now).is_none());
        assert_eq!((terminals.unknown_at(pin), terminals.typed.len()), (None, 0));
        let (mut terminals, now, pin) = typed();
        terminals.greet(HERE, Greeting::Cancelled, now);
        assert_eq!((terminals.unknown_at(pin), terminals.typed.len()), (None, 0));
    }

    /// A terminal at which the six digits of a PIN were typed just now.
    fn typed() -> (Terminals, Now, Pin) {
        let now = Now::trusted(Timestamp::UNIX_EPOCH);
        let mut terminals = Terminals::new(&[], now.at);
        let pin = Pin::from_index(38_291).expect("inside the count");
        let digits = String::from(pin);
        let keys = digits.chars().filter_map(|digit| Key::named(digit.encode_utf8(&mut [0; 4])));
        let wishes: Vec<_> = keys.filter_map(|key| terminals.hear(HERE, Input::Key(key), now)).collect();
        assert!(matches!(wishes.as_slice(), [Wish::CheckIn { text }] if *text == digits));
        (terminals, now, pin)
    }
}
