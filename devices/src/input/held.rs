//! Which modifier keys of one input are down. Pure.

use evdev::KeyCode;

use super::keymap::{self, Level};
use crate::values::Layout;

/// Modifiers that are down, and Caps Lock.
#[derive(Debug, Default)]
pub(super) struct Held {
    left_shift: bool,
    right_shift: bool,
    alt_gr: bool,
    left_alt: bool,
    left_control: bool,
    right_control: bool,
    left_meta: bool,
    right_meta: bool,
    caps: bool,
    /// What was typed on the number block since Alt went down.
    number: Option<u32>,
}

/// What a pressed key was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    Modifier,
    Other,
}

/// The greatest number of a character sent with Alt; four digits, with a zero in front.
const MAX_NUMBER: u32 = 9999;

impl Held {
    /// As the device itself tells it; Caps Lock is no key that is held.
    pub(super) fn of(keys: impl IntoIterator<Item = KeyCode>, caps: bool) -> Self {
        let mut held = Self { caps, ..Self::default() };
        for key in keys.into_iter().filter(|key| *key != KeyCode::KEY_CAPSLOCK) {
            held.press(key);
        }
        held
    }

    pub(super) fn press(&mut self, key: KeyCode) -> Moved {
        if key == KeyCode::KEY_CAPSLOCK {
            self.caps = !self.caps;
            return Moved::Modifier;
        }
        if key == KeyCode::KEY_LEFTALT {
            self.number = None;
        }
        self.set(key, true)
    }

    /// Answers the number that was typed while Alt was down.
    pub(super) fn release(&mut self, key: KeyCode) -> Option<u32> {
        self.set(key, false);
        if key == KeyCode::KEY_LEFTALT { self.number.take() } else { None }
    }

    /// Whether a key of the number block belongs to a character sent by its number.
    pub(super) fn counts(&mut self, key: KeyCode) -> bool {
        if !self.left_alt || self.left_control || self.right_control {
            return false;
        }
        let digit = keymap::character(Layout::Us, key, Level::Plain).and_then(|c| c.to_digit(10));
        let Some(digit) = digit else { return false };
        self.number = Some((self.number.unwrap_or(0) * 10 + digit).min(MAX_NUMBER));
        true
    }

    /// The control character that Control and a letter mean.
    pub(super) fn control(&self, key: KeyCode) -> Option<char> {
        let only = (self.left_control || self.right_control) && !self.left_alt && !self.alt_gr;
        let letter = keymap::character(Layout::Us, key, Level::Plain).filter(char::is_ascii_lowercase);
        letter.filter(|_| only).map(|letter| char::from(letter as u8 & 0x1f))
    }

    /// Which character of a key is meant; `None` while a command key is down (no character then).
    /// Control and Alt together are the right Alt of other systems.
    pub(super) fn level(&self) -> Option<Level> {
        let control = self.left_control || self.right_control;
        let alt_gr = self.alt_gr || (control && self.left_alt);
        let command = self.left_meta || self.right_meta || control != self.left_alt || (control && self.alt_gr);
        let shift = self.left_shift || self.right_shift;
        let level = if alt_gr {
            Level::AltGr
        } else if shift {
            Level::Shift
        } else {
            Level::Plain
        };
        (!command).then_some(level)
    }

    pub(super) fn caps(&self) -> bool {
        self.caps
    }

    pub(super) fn caps_off(&mut self) {
        self.caps = false;
    }

    /// Notes a modifier.
    fn set(&mut self, key: KeyCode, down: bool) -> Moved {
        let place = match key {
            KeyCode::KEY_LEFTSHIFT => &mut self.left_shift,
            KeyCode::KEY_RIGHTSHIFT => &mut self.right_shift,
            KeyCode::KEY_RIGHTALT => &mut self.alt_gr,
            KeyCode::KEY_LEFTALT => &mut self.left_alt,
            KeyCode::KEY_LEFTCTRL => &mut self.left_control,
            KeyCode::KEY_RIGHTCTRL => &mut self.right_control,
            KeyCode::KEY_LEFTMETA => &mut self.left_meta,
            KeyCode::KEY_RIGHTMETA => &mut self.right_meta,
            _ => return Moved::Other,
        };
        *place = down;
        Moved::Modifier
    }
}
