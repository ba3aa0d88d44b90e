//! The two keyboard layouts, as one table.
//!
//! The kernel tells which *key* moved, never which character was meant: a scanner sends the keys
//! of the layout it is set to. What is printed on our codes (base32hex, digits) lies on the same
//! keys in both layouts.
//!
//! Dead keys (`´`, `` ` ``, `^` of the German layout) count as plain characters, and Caps Lock is
//! not followed: no code of ours needs either.

use evdev::KeyCode;

use crate::values::Layout;

/// One key: the characters it gives alone, with Shift, with AltGr; in both layouts.
struct Row {
    key: KeyCode,
    us: &'static str,
    de: &'static str,
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
    row.characters(layout).chars().nth(level as usize)
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
    fn characters(&self, layout: Layout) -> &'static str {
        match layout {
            Layout::Us => self.us,
            Layout::De => self.de,
        }
    }
}

const fn row(key: KeyCode, us: &'static str, de: &'static str) -> Row {
    Row { key, us, de }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(KeyCode::KEY_GRAVE, "`~", "^°"),
    row(KeyCode::KEY_1, "1!", "1!"),
    row(KeyCode::KEY_2, "2@", "2\"²"),
    row(KeyCode::KEY_3, "3#", "3§³"),
    row(KeyCode::KEY_4, "4$", "4$"),
    row(KeyCode::KEY_5, "5%", "5%"),
    row(KeyCode::KEY_6, "6^", "6&"),
    row(KeyCode::KEY_7, "7&", "7/{"),
    row(KeyCode::KEY_8, "8*", "8(["),
    row(KeyCode::KEY_9, "9(", "9)]"),
    row(KeyCode::KEY_0, "0)", "0=}"),
    row(KeyCode::KEY_MINUS, "-_", "ß?\\"),
    row(KeyCode::KEY_EQUAL, "=+", "´`"),
    row(KeyCode::KEY_Q, "qQ", "qQ@"),
    row(KeyCode::KEY_W, "wW", "wW"),
    row(KeyCode::KEY_E, "eE", "eE€"),
    row(KeyCode::KEY_R, "rR", "rR"),
    row(KeyCode::KEY_T, "tT", "tT"),
    row(KeyCode::KEY_Y, "yY", "zZ"),
    row(KeyCode::KEY_U, "uU", "uU"),
    row(KeyCode::KEY_I, "iI", "iI"),
    row(KeyCode::KEY_O, "oO", "oO"),
    row(KeyCode::KEY_P, "pP", "pP"),
    row(KeyCode::KEY_LEFTBRACE, "[{", "üÜ"),
    row(KeyCode::KEY_RIGHTBRACE, "]}", "+*~"),
    row(KeyCode::KEY_A, "aA", "aA"),
    row(KeyCode::KEY_S, "sS", "sS"),
    row(KeyCode::KEY_D, "dD", "dD"),
    row(KeyCode::KEY_F, "fF", "fF"),
    row(KeyCode::KEY_G, "gG", "gG"),
    row(KeyCode::KEY_H, "hH", "hH"),
    row(KeyCode::KEY_J, "jJ", "jJ"),
    row(KeyCode::KEY_K, "kK", "kK"),
    row(KeyCode::KEY_L, "lL", "lL"),
    row(KeyCode::KEY_SEMICOLON, ";:", "öÖ"),
    row(KeyCode::KEY_APOSTROPHE, "'\"", "äÄ"),
    row(KeyCode::KEY_BACKSLASH, "\\|", "#'"),
    row(KeyCode::KEY_102ND, "<>", "<>|"),
    row(KeyCode::KEY_Z, "zZ", "yY"),
    row(KeyCode::KEY_X, "xX", "xX"),
    row(KeyCode::KEY_C, "cC", "cC"),
    row(KeyCode::KEY_V, "vV", "vV"),
    row(KeyCode::KEY_B, "bB", "bB"),
    row(KeyCode::KEY_N, "nN", "nN"),
    row(KeyCode::KEY_M, "mM", "mMµ"),
    row(KeyCode::KEY_COMMA, ",<", ",;"),
    row(KeyCode::KEY_DOT, ".>", ".:"),
    row(KeyCode::KEY_SLASH, "/?", "-_"),
    row(KeyCode::KEY_SPACE, " ", " "),
    // The number block. Num Lock is the console's business; the keys are always digits here.
    row(KeyCode::KEY_KP0, "0", "0"),
    row(KeyCode::KEY_KP1, "1", "1"),
    row(KeyCode::KEY_KP2, "2", "2"),
    row(KeyCode::KEY_KP3, "3", "3"),
    row(KeyCode::KEY_KP4, "4", "4"),
    row(KeyCode::KEY_KP5, "5", "5"),
    row(KeyCode::KEY_KP6, "6", "6"),
    row(KeyCode::KEY_KP7, "7", "7"),
    row(KeyCode::KEY_KP8, "8", "8"),
    row(KeyCode::KEY_KP9, "9", "9"),
    row(KeyCode::KEY_KPDOT, ".", ","),
    row(KeyCode::KEY_KPCOMMA, ",", ","),
    row(KeyCode::KEY_KPSLASH, "/", "/"),
    row(KeyCode::KEY_KPASTERISK, "*", "*"),
    row(KeyCode::KEY_KPMINUS, "-", "-"),
    row(KeyCode::KEY_KPPLUS, "+", "+"),
    row(KeyCode::KEY_KPEQUAL, "=", "="),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_type_all_of_ascii_that_can_be_printed() {
        for layout in [Layout::Us, Layout::De] {
            for character in ' '..='~' {
                assert!(key_for(layout, character).is_some(), "{layout:?} cannot type {character:?}");
            }
        }
    }

    #[test]
    fn what_our_codes_are_made_of_lies_on_the_same_keys_in_both_layouts() {
        for character in "0123456789ABCDEFGHIJKLMNOPQRSTUV".chars() {
            assert_eq!(key_for(Layout::Us, character), key_for(Layout::De, character), "{character}");
        }
    }

    #[test]
    fn a_scanner_set_to_the_other_layout_swaps_y_and_z() {
        let (key, level) = key_for(Layout::Us, 'Y').expect("typed by US");
        assert_eq!(character(Layout::De, key, level), Some('Z'));
    }
}
