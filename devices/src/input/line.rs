//! Keys in, lines out: pure, one reader per input, so the keys of two keypads can never mix.

use evdev::{EventType, InputEvent, KeyCode};

use super::MAX_LINE;
use super::keymap::{self, Level};
use crate::values::{InputKind, Layout};

/// What came of a key event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// One key of a keypad: `0`–`9` or `C`.
    Key(char),
    /// A finished line, without the Enter. A scanner's is never empty; a keypad's may be.
    Line(String),
    /// A line longer than [`MAX_LINE`] ended; nothing of it was kept.
    Overlong,
}

/// The state of one input between two Enters.
#[derive(Debug)]
pub(super) struct LineReader {
    kind: InputKind,
    layout: Layout,
    line: String,
    length: usize,
    overlong: bool,
    held: Held,
}

/// Which modifier keys are down. Released keys and repeats of any other key mean nothing to us.
#[derive(Debug, Default)]
struct Held {
    left_shift: bool,
    right_shift: bool,
    alt_gr: bool,
    command: [bool; 5],
}

const PRESSED: i32 = 1;
const RELEASED: i32 = 0;

impl LineReader {
    pub(super) fn new(kind: InputKind, layout: Layout) -> Self {
        Self { kind, layout, line: String::new(), length: 0, overlong: false, held: Held::default() }
    }

    /// Takes one event of the kernel. Everything but key presses and modifier releases is ignored,
    /// auto-repeat too.
    pub(super) fn feed(&mut self, event: InputEvent) -> Option<Typed> {
        if event.event_type() != EventType::KEY {
            return None;
        }
        let key = KeyCode(event.code());
        match event.value() {
            PRESSED if self.held.set(key, true) => None,
            RELEASED => {
                self.held.set(key, false);
                None
            }
            PRESSED => self.press(key),
            _ => None,
        }
    }

    /// Nothing came for the input's idle time: a half line is no longer going to be finished.
    pub(super) fn silence(&mut self) -> Option<Typed> {
        self.finish_overlong()
    }

    /// Whether a half line waits for its Enter (or for silence).
    pub(super) fn is_open(&self) -> bool {
        self.length > 0 || self.overlong
    }

    fn press(&mut self, key: KeyCode) -> Option<Typed> {
        if key == KeyCode::KEY_ENTER || key == KeyCode::KEY_KPENTER {
            return self.enter();
        }
        match self.kind {
            InputKind::Scanner => self.append(key),
            InputKind::Keypad => self.keypad(key),
        }
    }

    fn enter(&mut self) -> Option<Typed> {
        if self.overlong {
            return self.finish_overlong();
        }
        self.length = 0;
        let line = std::mem::take(&mut self.line);
        // Scanners may send carriage return and line feed; people press Enter to confirm.
        (self.kind == InputKind::Keypad || !line.is_empty()).then_some(Typed::Line(line))
    }

    fn finish_overlong(&mut self) -> Option<Typed> {
        self.length = 0;
        self.line.clear();
        std::mem::take(&mut self.overlong).then_some(Typed::Overlong)
    }

    fn append(&mut self, key: KeyCode) -> Option<Typed> {
        let character = keymap::character(self.layout, key, self.held.level()?)?;
        self.push(character);
        None
    }

    fn keypad(&mut self, key: KeyCode) -> Option<Typed> {
        if is_clear(key) {
            self.finish_overlong();
            return Some(Typed::Key('C'));
        }
        let digit = keymap::character(self.layout, key, self.held.level()?).filter(char::is_ascii_digit)?;
        self.push(digit);
        Some(Typed::Key(digit))
    }

    fn push(&mut self, character: char) {
        if self.overlong {
            return;
        }
        if self.length == MAX_LINE {
            self.line.clear();
            self.overlong = true;
            return;
        }
        self.length += 1;
        self.line.push(character);
    }
}

/// Number keypads have some of these, and each means "away with it".
fn is_clear(key: KeyCode) -> bool {
    [KeyCode::KEY_BACKSPACE, KeyCode::KEY_DELETE, KeyCode::KEY_ESC, KeyCode::KEY_CLEAR, KeyCode::KEY_C].contains(&key)
}

impl Held {
    /// Notes a modifier; answers whether the key is one.
    fn set(&mut self, key: KeyCode, down: bool) -> bool {
        let place = match key {
            KeyCode::KEY_LEFTSHIFT => &mut self.left_shift,
            KeyCode::KEY_RIGHTSHIFT => &mut self.right_shift,
            KeyCode::KEY_RIGHTALT => &mut self.alt_gr,
            KeyCode::KEY_LEFTCTRL => &mut self.command[0],
            KeyCode::KEY_RIGHTCTRL => &mut self.command[1],
            KeyCode::KEY_LEFTALT => &mut self.command[2],
            KeyCode::KEY_LEFTMETA => &mut self.command[3],
            KeyCode::KEY_RIGHTMETA => &mut self.command[4],
            _ => return false,
        };
        *place = down;
        true
    }

    /// Which character of a key is meant; `None` while a command key is down (no character then).
    fn level(&self) -> Option<Level> {
        if self.command.contains(&true) {
            return None;
        }
        Some(match (self.alt_gr, self.left_shift || self.right_shift) {
            (true, _) => Level::AltGr,
            (false, true) => Level::Shift,
            (false, false) => Level::Plain,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::typing;

    fn read(reader: &mut LineReader, events: &[InputEvent]) -> Vec<Typed> {
        events.iter().filter_map(|event| reader.feed(*event)).collect()
    }

    fn scanned(sent: Layout, read_as: Layout, text: &str) -> Vec<Typed> {
        let events = typing::type_line(sent, text).expect("the layout has these characters");
        read(&mut LineReader::new(InputKind::Scanner, read_as), &events)
    }

    fn line(text: &str) -> Vec<Typed> {
        vec![Typed::Line(text.to_owned())]
    }

    #[test]
    fn a_scanned_address_arrives_as_it_was_printed() {
        let text = "HTTPS://TERMINE.MUSTERLAND.EXAMPLE/T/0123456789ABCDEFGHIJKLMNOPQRSTUV";
        assert_eq!(scanned(Layout::Us, Layout::Us, text), line(text));
        assert_eq!(scanned(Layout::De, Layout::De, text), line(text));
    }

    #[test]
    fn every_character_of_a_layout_survives_typing_and_reading() {
        for layout in [Layout::Us, Layout::De] {
            for character in keymap::characters(layout) {
                let text = character.to_string();
                assert_eq!(scanned(layout, layout, &text), line(&text));
            }
        }
    }

    #[test]
    fn two_lines_right_after_each_other_stay_two_lines() {
        let mut events = typing::type_line(Layout::Us, "482917").expect("digits");
        events.extend(typing::type_line(Layout::Us, "042").expect("digits"));
        let read = read(&mut LineReader::new(InputKind::Scanner, Layout::Us), &events);
        assert_eq!(read, [Typed::Line("482917".into()), Typed::Line("042".into())]);
    }

    #[test]
    fn an_empty_line_of_a_scanner_is_nothing_but_of_a_keypad_it_is_a_confirmation() {
        let enter = typing::enter();
        assert_eq!(read(&mut LineReader::new(InputKind::Scanner, Layout::Us), &enter), []);
        assert_eq!(read(&mut LineReader::new(InputKind::Keypad, Layout::Us), &enter), line(""));
    }

    #[test]
    fn a_line_of_the_greatest_length_passes_and_one_character_more_is_dropped_whole() {
        let longest = "A".repeat(MAX_LINE);
        assert_eq!(scanned(Layout::Us, Layout::Us, &longest), line(&longest));
        assert_eq!(scanned(Layout::Us, Layout::Us, &format!("{longest}B")), [Typed::Overlong]);
        assert_eq!(scanned(Layout::Us, Layout::Us, &"A".repeat(4096)), [Typed::Overlong]);
    }

    #[test]
    fn after_an_overlong_line_the_next_one_is_read_as_ever() {
        let mut reader = LineReader::new(InputKind::Scanner, Layout::De);
        read(&mut reader, &typing::type_line(Layout::De, &"7".repeat(600)).expect("digits"));
        assert_eq!(read(&mut reader, &typing::type_line(Layout::De, "482917").expect("digits")), line("482917"));
    }

    #[test]
    fn silence_drops_a_half_line_and_reports_an_overlong_one() {
        let mut reader = LineReader::new(InputKind::Scanner, Layout::Us);
        read(&mut reader, &typing::type_text(Layout::Us, "48").expect("digits"));
        assert!(reader.is_open());
        assert_eq!(reader.silence(), None);
        assert!(!reader.is_open());
        assert_eq!(read(&mut reader, &typing::type_line(Layout::Us, "2917").expect("digits")), line("2917"));
        read(&mut reader, &typing::type_text(Layout::Us, &"1".repeat(513)).expect("digits"));
        assert_eq!(reader.silence(), Some(Typed::Overlong));
    }

    #[test]
    fn a_keypad_tells_each_digit_and_its_clear_key_empties_the_line() {
        let mut events = typing::keypad("48C917").expect("keypad keys");
        events.extend(typing::enter());
        let typed = read(&mut LineReader::new(InputKind::Keypad, Layout::De), &events);
        let keys: String =
            typed.iter().filter_map(|t| if let Typed::Key(key) = t { Some(*key) } else { None }).collect();
        assert_eq!(keys, "48C917");
        assert_eq!(typed.last(), Some(&Typed::Line("917".into())));
    }

    #[test]
    fn a_keypad_has_no_letters_even_when_a_keyboard_stands_in_for_it() {
        let events = typing::type_line(Layout::Us, "a4 8/b").expect("characters");
        let typed = read(&mut LineReader::new(InputKind::Keypad, Layout::Us), &events);
        assert_eq!(typed, [Typed::Key('4'), Typed::Key('8'), Typed::Line("48".into())]);
    }

    #[test]
    fn a_held_key_types_once() {
        let repeat = InputEvent::new(EventType::KEY.0, KeyCode::KEY_5.0, 2);
        let mut events = typing::type_text(Layout::Us, "5").expect("digit");
        events.splice(1..1, [repeat; 40]);
        events.extend(typing::enter());
        assert_eq!(read(&mut LineReader::new(InputKind::Scanner, Layout::Us), &events), line("5"));
    }

    #[test]
    fn while_a_command_key_is_down_nothing_is_typed() {
        let control = |value| InputEvent::new(EventType::KEY.0, KeyCode::KEY_LEFTCTRL.0, value);
        let mut events = vec![control(1)];
        events.extend(typing::type_text(Layout::Us, "c").expect("letter"));
        events.push(control(0));
        events.extend(typing::type_line(Layout::Us, "1").expect("digit"));
        assert_eq!(read(&mut LineReader::new(InputKind::Scanner, Layout::Us), &events), line("1"));
    }

    #[test]
    fn the_keys_of_two_keypads_pressed_at_once_never_mix() {
        let (first, second) = (typing::keypad("111").expect("digits"), typing::keypad("222").expect("digits"));
        let mut readers = [(); 2].map(|()| LineReader::new(InputKind::Keypad, Layout::Us));
        for (a, b) in first.iter().zip(&second) {
            readers[0].feed(*a);
            readers[1].feed(*b);
        }
        assert_eq!(read(&mut readers[0], &typing::enter()), line("111"));
        assert_eq!(read(&mut readers[1], &typing::enter()), line("222"));
    }

    proptest! {
        #[test]
        fn typing_and_reading_on_one_layout_is_identity(text in "[0-9A-Va-v:/.\\-]{1,200}", german: bool) {
            let layout = if german { Layout::De } else { Layout::Us };
            prop_assert_eq!(scanned(layout, layout, &text), line(&text));
        }

        #[test]
        fn a_code_of_ours_is_the_same_whatever_layouts_scanner_and_box_are_set_to(
            code in "[0-9A-V]{1,200}", sent: bool, read_as: bool,
        ) {
            let layout = |german| if german { Layout::De } else { Layout::Us };
            prop_assert_eq!(scanned(layout(sent), layout(read_as), &code), line(&code));
        }

        #[test]
        fn no_sequence_of_events_makes_a_line_longer_than_the_limit(
            events in proptest::collection::vec((0u16..4, 0u16..120, -1i32..4), 0..3000), keypad: bool,
        ) {
            let kind = if keypad { InputKind::Keypad } else { InputKind::Scanner };
            let mut reader = LineReader::new(kind, Layout::De);
            for (kind, code, value) in events {
                if let Some(Typed::Line(text)) = reader.feed(InputEvent::new(kind, code, value)) {
                    prop_assert!(text.chars().count() <= MAX_LINE);
                }
            }
        }
    }
}
