//! What a scanner or keypad would send for a text: for the show-room's on-screen devices and for
//! tests, which write it into the FIFO of an [`crate::InputRules::recorded`] input.

use evdev::{EventType, InputEvent, KeyCode};

use super::keymap::{self, Level};
use crate::values::Layout;

/// Bytes of one event: the kernel's `struct input_event` on 64-bit systems (two 64-bit words of
/// time, type, code, value).
pub const EVENT_BYTES: usize = 24;

/// A character that is on none of the layout's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to type {0:?}: the layout has no key for it")]
pub struct CannotType(pub char);

/// The events of a text and its Enter, as a scanner set to `layout` sends them. Fails on the first
/// character the layout lacks.
pub fn type_line(layout: Layout, text: &str) -> Result<Vec<InputEvent>, CannotType> {
    let mut events = type_text(layout, text)?;
    events.extend(enter());
    Ok(events)
}

/// The events of a text without an Enter.
pub fn type_text(layout: Layout, text: &str) -> Result<Vec<InputEvent>, CannotType> {
    let mut events = Vec::new();
    for character in text.chars() {
        let (key, level) = keymap::key_for(layout, character).ok_or(CannotType(character))?;
        match level {
            Level::Plain => stroke(&mut events, key),
            Level::Shift => with(&mut events, KeyCode::KEY_LEFTSHIFT, key),
            Level::AltGr => with(&mut events, KeyCode::KEY_RIGHTALT, key),
        }
    }
    Ok(events)
}

/// The events of a number keypad's keys: `0`–`9`, `C` for its clear key. No Enter.
pub fn keypad(keys: &str) -> Result<Vec<InputEvent>, CannotType> {
    let mut events = Vec::new();
    for key in keys.chars() {
        stroke(&mut events, keypad_key(key).ok_or(CannotType(key))?);
    }
    Ok(events)
}

/// The events of the Enter key alone.
pub fn enter() -> Vec<InputEvent> {
    let mut events = Vec::new();
    stroke(&mut events, KeyCode::KEY_ENTER);
    events
}

/// The bytes to write into the FIFO; [`EVENT_BYTES`] each, time left zero.
pub fn bytes(events: &[InputEvent]) -> Vec<u8> {
    events.iter().flat_map(encode).collect()
}

/// One record of a recorded stream.
pub(super) fn decode(record: &[u8; EVENT_BYTES]) -> InputEvent {
    let [.., k0, k1, c0, c1, v0, v1, v2, v3] = *record;
    InputEvent::new(u16::from_ne_bytes([k0, k1]), u16::from_ne_bytes([c0, c1]), i32::from_ne_bytes([v0, v1, v2, v3]))
}

fn encode(event: &InputEvent) -> [u8; EVENT_BYTES] {
    let mut record = [0; EVENT_BYTES];
    record[16..18].copy_from_slice(&event.event_type().0.to_ne_bytes());
    record[18..20].copy_from_slice(&event.code().to_ne_bytes());
    record[20..24].copy_from_slice(&event.value().to_ne_bytes());
    record
}

fn keypad_key(key: char) -> Option<KeyCode> {
    Some(match key {
        '0' => KeyCode::KEY_KP0,
        '1' => KeyCode::KEY_KP1,
        '2' => KeyCode::KEY_KP2,
        '3' => KeyCode::KEY_KP3,
        '4' => KeyCode::KEY_KP4,
        '5' => KeyCode::KEY_KP5,
        '6' => KeyCode::KEY_KP6,
        '7' => KeyCode::KEY_KP7,
        '8' => KeyCode::KEY_KP8,
        '9' => KeyCode::KEY_KP9,
        'C' => KeyCode::KEY_BACKSPACE,
        _ => return None,
    })
}

fn with(events: &mut Vec<InputEvent>, modifier: KeyCode, key: KeyCode) {
    moved(events, modifier, 1);
    stroke(events, key);
    moved(events, modifier, 0);
}

fn stroke(events: &mut Vec<InputEvent>, key: KeyCode) {
    moved(events, key, 1);
    moved(events, key, 0);
}

fn moved(events: &mut Vec<InputEvent>, key: KeyCode, value: i32) {
    events.push(InputEvent::new(EventType::KEY.0, key.0, value));
    events.push(InputEvent::new(EventType::SYNCHRONIZATION.0, 0, 0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_the_same_after_the_way_through_bytes() {
        let events = type_line(Layout::De, "Größe: 7/8 {ok}").expect("German characters");
        let bytes = bytes(&events);
        assert_eq!(bytes.len(), events.len() * EVENT_BYTES);
        let back: Vec<_> = bytes.as_chunks().0.iter().map(decode).collect();
        let parts = |events: &[InputEvent]| -> Vec<_> {
            events.iter().map(|event| (event.event_type(), event.code(), event.value())).collect()
        };
        assert_eq!(parts(&back), parts(&events));
    }

    #[test]
    fn a_character_without_a_key_is_told() {
        assert_eq!(type_line(Layout::Us, "Grüße").map(|_| ()), Err(CannotType('ü')));
        assert_eq!(keypad("4A").map(|_| ()), Err(CannotType('A')));
    }
}
