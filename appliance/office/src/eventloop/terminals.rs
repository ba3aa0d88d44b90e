//! The terminals: whose scanner and keypad belong together, and what is on each screen.

use std::collections::BTreeMap;

use devices::InputKind;
use jiff::Timestamp;
use names::Now;
use queue::{Greeting, PressId, Reader};

use crate::config::Input as Configured;
use crate::pages::terminal_keys::{Input, Key, Outcome, TerminalKeys};
use crate::pages::view::{Context, TerminalView};

/// A house without configured inputs still has one terminal, on its glass.
const ONLY_TERMINAL: Reader = Reader(1);

/// All terminals of the house.
#[derive(Debug)]
pub(crate) struct Terminals {
    screens: BTreeMap<Reader, TerminalKeys>,
    inputs: BTreeMap<String, Reader>,
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
            Outcome::CheckIn(text) => Wish::CheckIn { text },
            Outcome::TakeTicket(Some(press)) => Wish::Ticket { press },
            Outcome::TakeTicket(None) => {
                self.presses += 1;
                let press = format!("terminal-{}/{}-{}", reader.0, now.at.as_microsecond(), self.presses);
                Wish::Ticket { press: PressId(press) }
            }
        }
    }
}
