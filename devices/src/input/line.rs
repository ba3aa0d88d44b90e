//! Keys in, lines out: pure, one reader per input, so the keys of two keypads can never mix.
//!
//! What must always hold: a line is whole or it is nothing. Keys that got lost, a plug that was
//! pulled, a pause in the middle: what was typed before never joins what comes after.

use evdev::{EventType, InputEvent, KeyCode, SynchronizationCode};

use super::MAX_LINE;
use super::calibration;
use super::held::{Held, Moved};
use super::keymap::{self, Level};
use super::told::Tested;
use crate::values::{InputKind, Layout};

/// What came of a key event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// One key of a keypad: `0`–`9` or `C`.
    Key(char),
    /// A finished line, without the Enter. A scanner's is never empty; a keypad's may be.
    Line(String),
    /// A line longer than [`MAX_LINE`] ended, or one of which keys got lost; nothing of it was kept.
    Overlong,
    /// The test code was read.
    Tested(Tested),
}

/// One piece of a line. Keys are kept as keys, so that the test code can tell their layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A key, how it was held, and whether Caps Lock was on.
    Key(KeyCode, Level, bool),
    /// A character sent by its number, or a keypad's digit: the same in every layout.
    Sure(char),
}

/// What the line since the last Enter is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    Whole,
    /// Too long, or keys of it are lost: what still comes of it is not looked at.
    Spoiled,
}

/// The state of one input between two Enters.
#[derive(Debug)]
pub(super) struct LineReader {
    kind: InputKind,
    layout: Layout,
    line: Vec<Item>,
    worth: Worth,
    held: Held,
    /// The kernel lost events: nothing counts until its next report, after which the held keys
    /// have to be asked for.
    lost: bool,
    asks: bool,
}

const PRESSED: i32 = 1;
const RELEASED: i32 = 0;

/// How a line's characters read in a layout.
pub(super) fn decoded(line: &[Item], layout: Layout) -> String {
    let read = |item: &Item| match *item {
        Item::Sure(character) => Some(character),
        Item::Key(key, level, caps) => keymap::character(layout, key, level).map(|c| if caps { swapped(c) } else { c }),
    };
    line.iter().filter_map(read).collect()
}

/// Caps Lock swaps letters and nothing else.
fn swapped(character: char) -> char {
    let other =
        if character.is_lowercase() { character.to_uppercase().next() } else { character.to_lowercase().next() };
    other.unwrap_or(character)
}

impl LineReader {
    pub(super) fn new(kind: InputKind, layout: Layout) -> Self {
        let (line, worth, held) = (Vec::new(), Worth::Whole, Held::default());
        Self { kind, layout, line, worth, held, lost: false, asks: true }
    }

    /// Reads in this layout from now on; also a line that has begun.
    pub(super) fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
    }

    /// Takes one event of the kernel. Everything but key presses and modifier releases is ignored,
    /// auto-repeat too.
    pub(super) fn feed(&mut self, event: InputEvent) -> Option<Typed> {
        match event.event_type() {
            EventType::SYNCHRONIZATION => self.synchronised(SynchronizationCode(event.code())),
            EventType::KEY if !self.lost => self.key(KeyCode(event.code()), event.value()),
            _ => None,
        }
    }

    /// Whether the keys held down now must be asked for; asked once.
    pub(super) fn asks_held(&mut self) -> bool {
        std::mem::take(&mut self.asks)
    }

    /// The keys held down now, asked of the device itself.
    pub(super) fn hold(&mut self, keys: impl IntoIterator<Item = KeyCode>) {
        self.held = Held::of(keys, self.held.caps());
    }

    /// Nothing came for the input's idle time: a half line is no longer going to be finished. Only
    /// the test code says so, because its scanner sends no Enter at all.
    pub(super) fn silence(&mut self) -> Option<Typed> {
        (self.lost, self.asks) = (false, true);
        self.held.caps_off();
        let (line, worth) = self.taken();
        match (self.kind, worth) {
            (_, Worth::Spoiled) => Some(Typed::Overlong),
            (InputKind::Scanner, Worth::Whole) => calibration::tested(&line, self.layout, false).map(Typed::Tested),
            (InputKind::Keypad, Worth::Whole) => None,
        }
    }

    /// The input is gone, or another one speaks in its place: nothing of before counts.
    pub(super) fn gone(&mut self) -> Option<Typed> {
        let typed = self.is_open().then(|| self.cut());
        *self = Self::new(self.kind, self.layout);
        typed.flatten()
    }

    /// Whether a half line waits for its Enter (or for silence).
    pub(super) fn is_open(&self) -> bool {
        !self.line.is_empty() || self.worth == Worth::Spoiled || self.lost || self.held.caps()
    }

    fn synchronised(&mut self, code: SynchronizationCode) -> Option<Typed> {
        if code == SynchronizationCode::SYN_DROPPED {
            self.lost = true;
            self.held = Held::default();
            let typed = self.cut();
            // A scan goes on without its lost keys; on a keypad a person sees and types again.
            self.worth = match self.kind {
                InputKind::Scanner => Worth::Spoiled,
                InputKind::Keypad => Worth::Whole,
            };
            return typed.filter(|_| self.kind == InputKind::Keypad);
        }
        if code == SynchronizationCode::SYN_REPORT && std::mem::take(&mut self.lost) {
            self.asks = true;
        }
        None
    }

    /// Ends a line in its middle: what was typed on a keypad leaves its screen.
    fn cut(&mut self) -> Option<Typed> {
        let (line, worth) = self.taken();
        match (self.kind, worth) {
            (InputKind::Keypad, _) => (!line.is_empty()).then_some(Typed::Key('C')),
            (InputKind::Scanner, Worth::Spoiled) => Some(Typed::Overlong),
            (InputKind::Scanner, Worth::Whole) => None,
        }
    }

    fn taken(&mut self) -> (Vec<Item>, Worth) {
        (std::mem::take(&mut self.line), std::mem::replace(&mut self.worth, Worth::Whole))
    }

    fn key(&mut self, key: KeyCode, value: i32) -> Option<Typed> {
        match value {
            PRESSED => match self.held.press(key) {
                Moved::Modifier => None,
                Moved::Other => self.press(key),
            },
            RELEASED => self.held.release(key).and_then(|number| self.by_number(number)),
            _ => None,
        }
    }

    fn press(&mut self, key: KeyCode) -> Option<Typed> {
        match self.kind {
            _ if matches!(key, KeyCode::KEY_ENTER | KeyCode::KEY_KPENTER) => self.enter(),
            InputKind::Scanner => self.scanned(key),
            InputKind::Keypad => self.keypad(key),
        }
    }

    fn enter(&mut self) -> Option<Typed> {
        let (line, worth) = self.taken();
        match (self.kind, worth) {
            (_, Worth::Spoiled) => Some(Typed::Overlong),
            (InputKind::Keypad, Worth::Whole) => Some(Typed::Line(decoded(&line, self.layout))),
            // Scanners may send carriage return and line feed.
            (InputKind::Scanner, Worth::Whole) => self.scanned_line(&line),
        }
    }

    fn scanned_line(&self, line: &[Item]) -> Option<Typed> {
        if let Some(tested) = calibration::tested(line, self.layout, true) {
            return Some(Typed::Tested(tested));
        }
        let text = decoded(line, self.layout);
        (!text.is_empty()).then_some(Typed::Line(text))
    }

    fn scanned(&mut self, key: KeyCode) -> Option<Typed> {
        if self.held.counts(key) {
            return None;
        }
        if key == KeyCode::KEY_TAB || self.held.control(key).is_some_and(ends) {
            return self.enter();
        }
        let level = self.held.level()?;
        if keymap::types(key) {
            self.push(Item::Key(key, level, self.held.caps()));
        }
        None
    }

    /// A character sent as Alt and its number, the way of scanners that know no layout.
    fn by_number(&mut self, number: u32) -> Option<Typed> {
        let character = u8::try_from(number).ok().filter(u8::is_ascii).map(char::from)?;
        match (self.kind, character) {
            (InputKind::Keypad, _) => {}
            (InputKind::Scanner, end) if ends(end) => return self.enter(),
            (InputKind::Scanner, other) if other.is_ascii_control() => {}
            (InputKind::Scanner, other) => self.push(Item::Sure(other)),
        }
        None
    }

    fn keypad(&mut self, key: KeyCode) -> Option<Typed> {
        if is_clear(key) {
            self.taken();
            return Some(Typed::Key('C'));
        }
        let digit = keymap::digit(key).filter(|_| self.held.level().is_some())?;
        self.push(Item::Sure(digit));
        Some(Typed::Key(digit))
    }

    fn push(&mut self, item: Item) {
        if self.worth == Worth::Spoiled {
            return;
        }
        if self.line.len() == MAX_LINE {
            self.line.clear();
            self.worth = Worth::Spoiled;
            return;
        }
        self.line.push(item);
    }
}

/// The control characters that end a line: tab, line feed, carriage return. The others, such as the
/// group separators of GS1 codes, say nothing.
fn ends(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r')
}

/// Number keypads have some of these, and each means "away with it".
fn is_clear(key: KeyCode) -> bool {
    [KeyCode::KEY_BACKSPACE, KeyCode::KEY_DELETE, KeyCode::KEY_ESC, KeyCode::KEY_CLEAR, KeyCode::KEY_C].contains(&key)
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
