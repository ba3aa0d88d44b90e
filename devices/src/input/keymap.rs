//! The keyboard layouts, as one table.
//!
//! The kernel tells which *key* moved, never which character was meant: a scanner sends the keys
//! of the layout it is set to. What is printed on our codes (base32hex, digits) lies on the same
//! keys in the American and the German layout; on the French one the digits are shifted and `A`
//! and `Q` lie elsewhere.
//!
//! Dead keys (`´`, `` ` ``, `^` of the German layout) count as plain characters: scanners send
//! them so, and no code of ours needs them.

use evdev::KeyCode;

use crate::values::Layout;

/// One key: the characters it gives alone, with Shift, with AltGr; in each layout.
struct Row {
    key: KeyCode,
    us: &'static str,
    de: &'static str,
    fr: &'static str,
}

/// Which of a key's characters is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Plain,
    Shift,
    AltGr,
}

const LEVELS: [Level; 3] = [Level::Plain, Level::Shift, Level::AltGr];

/// The character a key gives; `None` for keys that give none.
pub(super) fn character(layout: Layout, key: KeyCode, level: Level) -> Option<char> {
    let row = ROWS.iter().find(|row| row.key == key)?;
    let mut characters = row.characters(layout).chars();
    // The number block and the space bar give the same with Shift, which keypads send by themselves.
    if row.is_plain() { characters.next() } else { characters.nth(level as usize) }
}

/// Whether a key gives a character in any layout; the others are no part of a line.
pub(super) fn types(key: KeyCode) -> bool {
    ROWS.iter().any(|row| row.key == key)
}

/// The digit on a key of a number keypad, whatever its layout and its Num Lock: the number block,
/// the row above the letters, and what a keypad sends in its place while its own Num Lock is off.
pub(super) fn digit(key: KeyCode) -> Option<char> {
    let place = DIGITS.iter().position(|keys| keys.contains(&key))?;
    char::from_digit(u32::try_from(place).ok()?, 10)
}

/// The key that gives a character, the main block before the number block.
pub(super) fn key_for(layout: Layout, character: char) -> Option<(KeyCode, Level)> {
    ROWS.iter().find_map(|row| {
        let place = row.characters(layout).chars().position(|c| c == character)?;
        Some((row.key, *LEVELS.get(place)?))
    })
}

/// Every character a layout can type.
#[cfg(test)]
pub(super) fn characters(layout: Layout) -> Vec<char> {
    ROWS.iter().flat_map(|row| row.characters(layout).chars()).collect()
}

impl Row {
    fn is_plain(&self) -> bool {
        self.us.len() == 1
    }

    fn characters(&self, layout: Layout) -> &'static str {
        match layout {
            Layout::Us => self.us,
            Layout::De => self.de,
            Layout::Fr => self.fr,
        }
    }
}

const fn row(key: KeyCode, us: &'static str, de: &'static str, fr: &'static str) -> Row {
    Row { key, us, de, fr }
}

#[rustfmt::skip]
const DIGITS: [&[KeyCode]; 10] = [
    &[KeyCode::KEY_KP0, KeyCode::KEY_0, KeyCode::KEY_INSERT],
    &[KeyCode::KEY_KP1, KeyCode::KEY_1, KeyCode::KEY_END],
    &[KeyCode::KEY_KP2, KeyCode::KEY_2, KeyCode::KEY_DOWN],
    &[KeyCode::KEY_KP3, KeyCode::KEY_3, KeyCode::KEY_PAGEDOWN],
    &[KeyCode::KEY_KP4, KeyCode::KEY_4, KeyCode::KEY_LEFT],
    &[KeyCode::KEY_KP5, KeyCode::KEY_5],
    &[KeyCode::KEY_KP6, KeyCode::KEY_6, KeyCode::KEY_RIGHT],
    &[KeyCode::KEY_KP7, KeyCode::KEY_7, KeyCode::KEY_HOME],
    &[KeyCode::KEY_KP8, KeyCode::KEY_8, KeyCode::KEY_UP],
    &[KeyCode::KEY_KP9, KeyCode::KEY_9, KeyCode::KEY_PAGEUP],
];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(KeyCode::KEY_GRAVE, "`~", "^°", "²"),
    row(KeyCode::KEY_1, "1!", "1!", "&1"),
    row(KeyCode::KEY_2, "2@", "2\"²", "é2~"),
    row(KeyCode::KEY_3, "3#", "3§³", "\"3#"),
    row(KeyCode::KEY_4, "4$", "4$", "'4{"),
    row(KeyCode::KEY_5, "5%", "5%", "(5["),
    row(KeyCode::KEY_6, "6^", "6&", "-6|"),
    row(KeyCode::KEY_7, "7&", "7/{", "è7`"),
    row(KeyCode::KEY_8, "8*", "8([", "_8\\"),
    row(KeyCode::KEY_9, "9(", "9)]", "ç9^"),
    row(KeyCode::KEY_0, "0)", "0=}", "à0@"),
    row(KeyCode::KEY_MINUS, "-_", "ß?\\", ")°]"),
    row(KeyCode::KEY_EQUAL, "=+", "´`", "=+}"),
    row(KeyCode::KEY_Q, "qQ", "qQ@", "aA"),
    row(KeyCode::KEY_W, "wW", "wW", "zZ"),
    row(KeyCode::KEY_E, "eE", "eE€", "eE€"),
    row(KeyCode::KEY_R, "rR", "rR", "rR"),
    row(KeyCode::KEY_T, "tT", "tT", "tT"),
    row(KeyCode::KEY_Y, "yY", "zZ", "yY"),
    row(KeyCode::KEY_U, "uU", "uU", "uU"),
    row(KeyCode::KEY_I, "iI", "iI", "iI"),
    row(KeyCode::KEY_O, "oO", "oO", "oO"),
    row(KeyCode::KEY_P, "pP", "pP", "pP"),
    row(KeyCode::KEY_LEFTBRACE, "[{", "üÜ", "^¨"),
    row(KeyCode::KEY_RIGHTBRACE, "]}", "+*~", "$£¤"),
    row(KeyCode::KEY_A, "aA", "aA", "qQ"),
    row(KeyCode::KEY_S, "sS", "sS", "sS"),
    row(KeyCode::KEY_D, "dD", "dD", "dD"),
    row(KeyCode::KEY_F, "fF", "fF", "fF"),
    row(KeyCode::KEY_G, "gG", "gG", "gG"),
    row(KeyCode::KEY_H, "hH", "hH", "hH"),
    row(KeyCode::KEY_J, "jJ", "jJ", "jJ"),
    row(KeyCode::KEY_K, "kK", "kK", "kK"),
    row(KeyCode::KEY_L, "lL", "lL", "lL"),
    row(KeyCode::KEY_SEMICOLON, ";:", "öÖ", "mM"),
    row(KeyCode::KEY_APOSTROPHE, "'\"", "äÄ", "ù%"),
    row(KeyCode::KEY_BACKSLASH, "\\|", "#'", "*µ"),
    row(KeyCode::KEY_102ND, "<>", "<>|", "<>"),
    row(KeyCode::KEY_Z, "zZ", "yY", "wW"),
    row(KeyCode::KEY_X, "xX", "xX", "xX"),
    row(KeyCode::KEY_C, "cC", "cC", "cC"),
    row(KeyCode::KEY_V, "vV", "vV", "vV"),
    row(KeyCode::KEY_B, "bB", "bB", "bB"),
    row(KeyCode::KEY_N, "nN", "nN", "nN"),
    row(KeyCode::KEY_M, "mM", "mMµ", ",?"),
    row(KeyCode::KEY_COMMA, ",<", ",;", ";."),
    row(KeyCode::KEY_DOT, ".>", ".:", ":/"),
    row(KeyCode::KEY_SLASH, "/?", "-_", "!§"),
    row(KeyCode::KEY_SPACE, " ", " ", " "),
    // The number block. Num Lock is the console's business; the keys are always digits here.
    row(KeyCode::KEY_KP0, "0", "0", "0"),
    row(KeyCode::KEY_KP1, "1", "1", "1"),
    row(KeyCode::KEY_KP2, "2", "2", "2"),
    row(KeyCode::KEY_KP3, "3", "3", "3"),
    row(KeyCode::KEY_KP4, "4", "4", "4"),
    row(KeyCode::KEY_KP5, "5", "5", "5"),
    row(KeyCode::KEY_KP6, "6", "6", "6"),
    row(KeyCode::KEY_KP7, "7", "7", "7"),
    row(KeyCode::KEY_KP8, "8", "8", "8"),
    row(KeyCode::KEY_KP9, "9", "9", "9"),
    row(KeyCode::KEY_KPDOT, ".", ",", "."),
    row(KeyCode::KEY_KPCOMMA, ",", ",", ","),
    row(KeyCode::KEY_KPSLASH, "/", "/", "/"),
    row(KeyCode::KEY_KPASTERISK, "*", "*", "*"),
    row(KeyCode::KEY_KPMINUS, "-", "-", "-"),
    row(KeyCode::KEY_KPPLUS, "+", "+", "+"),
    row(KeyCode::KEY_KPEQUAL, "=", "=", "="),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_types_all_of_ascii_that_can_be_printed() {
        for layout in Layout::ALL {
            for character in ' '..='~' {
                assert!(key_for(layout, character).is_some(), "{layout:?} cannot type {character:?}");
            }
        }
    }

    #[test]
    fn what_our_codes_are_made_of_lies_on_the_same_keys_in_us_and_de() {
        for character in "0123456789ABCDEFGHIJKLMNOPQRSTUV".chars() {
            assert_eq!(key_for(Layout::Us, character), key_for(Layout::De, character), "{character}");
        }
    }

    #[test]
    fn a_scanner_set_to_the_other_layout_swaps_y_and_z() {
        let (key, level) = key_for(Layout::Us, 'Y').expect("typed by US");
        assert_eq!(character(Layout::De, key, level), Some('Z'));
    }

    #[test]
    fn the_digits_of_the_french_layout_are_shifted() {
        assert_eq!(key_for(Layout::Fr, '4'), Some((KeyCode::KEY_4, Level::Shift)));
        assert_eq!(key_for(Layout::Fr, 'A'), Some((KeyCode::KEY_Q, Level::Shift)));
        assert_eq!(character(Layout::Us, KeyCode::KEY_4, Level::Plain), Some('4'));
    }

    #[test]
    fn the_number_block_gives_digits_whatever_else_is_held_or_off() {
        for level in LEVELS {
            assert_eq!(character(Layout::Fr, KeyCode::KEY_KP7, level), Some('7'));
        }
        assert_eq!(digit(KeyCode::KEY_HOME), Some('7'), "a keypad whose Num Lock is off");
        assert_eq!((digit(KeyCode::KEY_1), digit(KeyCode::KEY_A)), (Some('1'), None));
    }
}
