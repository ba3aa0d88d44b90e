//! Keys in, lines out: whole lines, or nothing.

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

fn key(key: KeyCode, value: i32) -> InputEvent {
    InputEvent::new(EventType::KEY.0, key.0, value)
}

fn stroke(code: KeyCode) -> [InputEvent; 2] {
    [key(code, 1), key(code, 0)]
}

fn dropped() -> InputEvent {
    InputEvent::new(EventType::SYNCHRONIZATION.0, SynchronizationCode::SYN_DROPPED.0, 0)
}

fn report() -> InputEvent {
    InputEvent::new(EventType::SYNCHRONIZATION.0, SynchronizationCode::SYN_REPORT.0, 0)
}

/// The text, and instead of its Enter these.
fn ended_by(text: &str, end: impl IntoIterator<Item = InputEvent>) -> Vec<InputEvent> {
    let mut events = typing::type_text(Layout::Us, text).expect("the layout has these characters");
    events.extend(end);
    events
}

fn scanner() -> LineReader {
    LineReader::new(InputKind::Scanner, Layout::Us)
}

fn line(text: &str) -> Vec<Typed> {
    vec![Typed::Line(text.to_owned())]
}

#[test]
fn a_scanned_address_arrives_as_it_was_printed() {
    let text = "HTTPS://TERMINE.MUSTERLAND.EXAMPLE/T/0123456789ABCDEFGHIJKLMNOPQRSTUV";
    assert_eq!(scanned(Layout::Us, Layout::Us, text), line(text));
    assert_eq!(scanned(Layout::De, Layout::De, text), line(text));
    assert_eq!(scanned(Layout::Fr, Layout::Fr, text), line(text));
}

#[test]
fn every_character_of_a_layout_survives_typing_and_reading() {
    for layout in Layout::ALL {
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
    let keys: String = typed.iter().filter_map(|t| if let Typed::Key(key) = t { Some(*key) } else { None }).collect();
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

#[test]
fn a_tab_a_line_feed_and_a_carriage_return_each_end_a_line() {
    let control =
        |letter| [key(KeyCode::KEY_LEFTCTRL, 1), key(letter, 1), key(letter, 0), key(KeyCode::KEY_LEFTCTRL, 0)];
    let ends: [Vec<InputEvent>; 4] = [
        stroke(KeyCode::KEY_TAB).into(),
        control(KeyCode::KEY_J).into(),
        control(KeyCode::KEY_M).into(),
        [control(KeyCode::KEY_J), control(KeyCode::KEY_M)].concat(),
    ];
    for end in ends {
        assert_eq!(read(&mut scanner(), &ended_by("482917", end)), line("482917"));
    }
    let both = [typing::enter(), typing::enter()].concat();
    assert_eq!(read(&mut scanner(), &ended_by("482917", both)), line("482917"), "nothing more");
}

#[test]
fn group_separators_and_keys_without_a_character_say_nothing() {
    let separator = [key(KeyCode::KEY_LEFTCTRL, 1), key(KeyCode::KEY_RIGHTBRACE, 1), key(KeyCode::KEY_LEFTCTRL, 0)];
    let mut events = ended_by("48", separator);
    events.extend(stroke(KeyCode::KEY_F8));
    events.extend(stroke(KeyCode::KEY_NUMLOCK));
    events.extend(typing::type_line(Layout::Us, "2917").expect("digits"));
    assert_eq!(read(&mut scanner(), &events), line("482917"));
}

#[test]
fn a_code_identifier_in_front_arrives_with_the_line() {
    assert_eq!(scanned(Layout::De, Layout::De, "]Q1482917"), line("]Q1482917"));
}

#[test]
fn caps_lock_swaps_letters_until_it_is_pressed_again_or_the_line_falls_silent() {
    let caps = stroke(KeyCode::KEY_CAPSLOCK);
    let mut events = caps.to_vec();
    events.extend(typing::type_text(Layout::Us, "aB1:").expect("characters"));
    events.extend(typing::enter());
    events.extend(caps);
    events.extend(typing::type_line(Layout::Us, "aB").expect("letters"));
    events.extend(caps);
    let mut reader = scanner();
    assert_eq!(read(&mut reader, &events), [line("Ab1:"), line("aB")].concat());
    assert!(reader.is_open(), "so that silence is noticed");
    assert_eq!(reader.silence(), None);
    assert_eq!(read(&mut reader, &typing::type_line(Layout::Us, "x").expect("letter")), line("x"));
}

#[test]
fn control_and_alt_together_are_the_right_alt() {
    let mut events = vec![key(KeyCode::KEY_LEFTCTRL, 1), key(KeyCode::KEY_LEFTALT, 1)];
    events.extend(stroke(KeyCode::KEY_Q));
    events.extend([key(KeyCode::KEY_LEFTALT, 0), key(KeyCode::KEY_LEFTCTRL, 0)]);
    events.extend(typing::enter());
    assert_eq!(read(&mut LineReader::new(InputKind::Scanner, Layout::De), &events), line("@"));
}

#[test]
fn a_scanner_that_sends_numbers_with_alt_is_read_in_every_layout() {
    let keys = [KeyCode::KEY_KP0, KeyCode::KEY_KP6, KeyCode::KEY_KP5];
    let mut events = vec![key(KeyCode::KEY_LEFTALT, 1)];
    events.extend(keys.into_iter().flat_map(stroke));
    events.push(key(KeyCode::KEY_LEFTALT, 0));
    events.extend(typing::enter());
    for layout in Layout::ALL {
        assert_eq!(read(&mut LineReader::new(InputKind::Scanner, layout), &events), line("A"));
    }
}

#[test]
fn keys_held_while_the_plug_was_pulled_are_forgotten() {
    let mut reader = scanner();
    read(&mut reader, &[key(KeyCode::KEY_LEFTSHIFT, 1), key(KeyCode::KEY_RIGHTCTRL, 1)]);
    assert_eq!(reader.gone(), None);
    assert_eq!(read(&mut reader, &typing::type_line(Layout::Us, "a1").expect("characters")), line("a1"));
}

#[test]
fn keys_that_are_down_when_reading_begins_are_asked_for_once() {
    let mut reader = scanner();
    assert!(reader.asks_held());
    assert!(!reader.asks_held());
    reader.hold([KeyCode::KEY_LEFTSHIFT, KeyCode::KEY_CAPSLOCK]);
    assert_eq!(read(&mut reader, &ended_by("a", typing::enter())), line("A"));
}

#[test]
fn after_lost_events_nothing_counts_until_the_next_report_and_the_held_keys_are_asked_for() {
    let mut reader = scanner();
    assert!(reader.asks_held());
    read(&mut reader, &ended_by("48", [dropped()]));
    read(&mut reader, &stroke(KeyCode::KEY_ENTER));
    assert!(!reader.asks_held() && reader.is_open());
    read(&mut reader, &[report()]);
    assert!(reader.asks_held());
    assert_eq!(reader.silence(), Some(Typed::Overlong), "what was held under it is asked for again");
    assert_eq!(read(&mut reader, &ended_by("042", typing::enter())), line("042"));
}

#[test]
fn on_a_keypad_lost_events_and_a_pulled_plug_clear_what_was_typed() {
    let mut reader = LineReader::new(InputKind::Keypad, Layout::Us);
    read(&mut reader, &typing::keypad("48").expect("digits"));
    assert_eq!(read(&mut reader, &[dropped(), report()]), [Typed::Key('C')]);
    let typed = read(&mut reader, &[typing::keypad("042").expect("digits"), typing::enter()].concat());
    assert_eq!(typed.last(), Some(&Typed::Line("042".into())));
    read(&mut reader, &typing::keypad("48").expect("digits"));
    assert_eq!((reader.gone(), reader.gone()), (Some(Typed::Key('C')), None));
}

#[test]
fn a_keypad_gives_digits_whatever_its_layout_and_its_num_lock() {
    let keys = [KeyCode::KEY_4, KeyCode::KEY_UP, KeyCode::KEY_NUMLOCK, KeyCode::KEY_KP2, KeyCode::KEY_TAB];
    let mut events: Vec<_> = keys.into_iter().flat_map(stroke).collect();
    events.extend(stroke(KeyCode::KEY_KPENTER));
    let typed = read(&mut LineReader::new(InputKind::Keypad, Layout::Fr), &events);
    assert_eq!(typed, [Typed::Key('4'), Typed::Key('8'), Typed::Key('2'), Typed::Line("482".into())]);
}

#[test]
fn the_test_code_is_told_and_never_a_line_also_without_its_enter() {
    let tested = |layout, ended| Typed::Tested(Tested { layout: Some(layout), ended });
    assert_eq!(scanned(Layout::De, Layout::Us, calibration::TEST_TEXT), [tested(Layout::De, true)]);
    let mut reader = scanner();
    read(&mut reader, &ended_by(calibration::TEST_TEXT, []));
    assert_eq!(reader.silence(), Some(tested(Layout::Us, false)));
}

proptest! {
    #[test]
    fn typing_and_reading_on_one_layout_is_identity(text in "[0-9A-Va-v:/.\\-]{1,200}", german: bool) {
        let layout = if german { Layout::De } else { Layout::Us };
        prop_assert_eq!(scanned(layout, layout, &text), line(&text));
    }

    #[test]
    fn what_was_lost_or_unplugged_never_joins_the_next_line(
        before in "[0-9A-V]{1,40}", after in "[0-9A-V]{6,40}", unplugged: bool, held: bool,
    ) {
        let mut reader = LineReader::new(InputKind::Scanner, Layout::Us);
        let mut events = typing::type_text(Layout::Us, &before).expect("characters");
        events.extend(held.then(|| key(KeyCode::KEY_LEFTSHIFT, 1)));
        prop_assert_eq!(read(&mut reader, &events), []);
        if unplugged {
            prop_assert_eq!(reader.gone(), None);
        } else {
            events = vec![dropped(), report()];
            events.extend(typing::type_line(Layout::Us, &before).expect("characters"));
            prop_assert_eq!(read(&mut reader, &events), [Typed::Overlong], "the rest of it is spoiled");
        }
        let next = typing::type_line(Layout::Us, &after).expect("characters");
        prop_assert_eq!(read(&mut reader, &next), line(&after));
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
