//! What keys a scanner presses for a text, by the names QEMU gives keys ("qcodes").
//!
//! Written down here once more on purpose, and not taken from the box: a wrong table there must
//! not agree with itself. A scanner that is set to the German layout presses the keys that carry
//! the characters on a German keyboard.

use anyhow::{Context, Result};

/// What a scanner was set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As it comes out of its box.
    Us,
    /// Set for German machines: y and z, and most signs, lie elsewhere.
    De,
}

/// One key, with or without the shift key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stroke {
    /// The name of the key.
    pub(crate) key: &'static str,
    /// Whether the shift key is held.
    pub(crate) shift: bool,
}

/// The keys of letters and digits, in the order of `PLAIN`.
const KEYS: [&str; 36] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w",
    "x", "y", "z", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
];
const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// Signs: character, key, whether with shift.
const US_SIGNS: [(char, &str, bool); 12] = [
    ('-', "minus", false),
    ('.', "dot", false),
    ('/', "slash", false),
    (':', "semicolon", true),
    ('?', "slash", true),
    ('=', "equal", false),
    ('&', "7", true),
    ('%', "5", true),
    ('+', "equal", true),
    ('_', "minus", true),
    (',', "comma", false),
    (' ', "spc", false),
];
const DE_SIGNS: [(char, &str, bool); 12] = [
    ('-', "slash", false),
    ('.', "dot", false),
    ('/', "7", true),
    (':', "dot", true),
    ('?', "minus", true),
    ('=', "0", true),
    ('&', "6", true),
    ('%', "5", true),
    ('+', "bracket_right", false),
    ('_', "slash", true),
    (',', "comma", false),
    (' ', "spc", false),
];

/// The keys a scanner presses for a text, with its Enter.
///
/// # Errors
/// A character that is in none of our codes.
pub(crate) fn scan(layout: Layout, text: &str) -> Result<Vec<Stroke>> {
    let mut strokes = text.chars().map(|c| key_for(layout, c)).collect::<Result<Vec<_>>>()?;
    strokes.push(ENTER);
    Ok(strokes)
}

/// The keys of a number keypad.
///
/// # Errors
/// Anything but digits and `E` for Enter.
pub(crate) fn keypad(keys: &str) -> Result<Vec<Stroke>> {
    let key = |c: char| match c {
        'E' => Ok("kp_enter"),
        digit => {
            let place = digit.to_digit(10).with_context(|| format!("no key {digit:?} on a keypad"))?;
            Ok(KEYPAD[place as usize])
        }
    };
    keys.chars().map(|c| key(c).map(|key| Stroke { key, shift: false })).collect()
}

const ENTER: Stroke = Stroke { key: "ret", shift: false };
const KEYPAD: [&str; 10] = ["kp_0", "kp_1", "kp_2", "kp_3", "kp_4", "kp_5", "kp_6", "kp_7", "kp_8", "kp_9"];

fn key_for(layout: Layout, character: char) -> Result<Stroke> {
    let signs = match layout {
        Layout::Us => US_SIGNS,
        Layout::De => DE_SIGNS,
    };
    if let Some((_, key, shift)) = signs.iter().find(|(sign, _, _)| *sign == character) {
        return Ok(Stroke { key, shift: *shift });
    }
    let place = PLAIN.find(character.to_ascii_lowercase());
    let key = KEYS[place.with_context(|| format!("no key for {character:?} in this rig"))?];
    Ok(Stroke { key: swapped(layout, key), shift: character.is_ascii_uppercase() })
}

/// Keys are named by the American keyboard; a German one has y and z in each other's place.
fn swapped(layout: Layout, key: &'static str) -> &'static str {
    match (layout, key) {
        (Layout::De, "y") => "z",
        (Layout::De, "z") => "y",
        (Layout::De | Layout::Us, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(strokes: &[Stroke]) -> Vec<String> {
        strokes.iter().map(|s| format!("{}{}", if s.shift { "^" } else { "" }, s.key)).collect()
    }

    #[test]
    fn an_american_scanner_types_a_link_as_an_american_would() {
        let strokes = scan(Layout::Us, "Y:/z-1").expect("typed");
        assert_eq!(names(&strokes), ["^y", "^semicolon", "slash", "z", "minus", "1", "ret"]);
    }

    #[test]
    fn a_german_scanner_types_the_same_link_with_other_keys() {
        let strokes = scan(Layout::De, "Y:/z-1").expect("typed");
        assert_eq!(names(&strokes), ["^z", "^dot", "^7", "y", "slash", "1", "ret"]);
    }

    #[test]
    fn a_keypad_has_digits_and_enter_only() {
        assert_eq!(names(&keypad("90E").expect("typed")), ["kp_9", "kp_0", "kp_enter"]);
        assert!(keypad("x").is_err());
        assert!(scan(Layout::Us, "ß").is_err());
    }
}
