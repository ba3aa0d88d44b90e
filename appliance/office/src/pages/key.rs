//! The keys of a terminal, by the names pages and keypads send.

use names::Language;

/// One key, on the keypad or on the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A digit, 0 to 9.
    Digit(u8),
    /// C, Löschen.
    Clear,
    /// Enter, Weiter, Fertig.
    Enter,
    /// A choice touched on the glass: there is nothing to wait for.
    Choose(u8),
    /// Back to the start.
    Back,
    /// Another language, until the next person.
    Speak(Language),
}

impl Key {
    /// Reads a key's name as pages and keypads send it: `0`–`9`, `C`, `E`, `B`, `c1`–`c3`, `de`, `en`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(Self::Digit(digit - b'0')),
            b"C" => Some(Self::Clear),
            b"E" => Some(Self::Enter),
            b"B" => Some(Self::Back),
            [b'c', digit @ b'1'..=b'3'] => Some(Self::Choose(digit - b'0')),
            _other => Language::from_tag(name).map(Self::Speak),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_name_and_nothing_else_is_a_key() {
        for (name, key) in [
            ("0", Key::Digit(0)),
            ("9", Key::Digit(9)),
            ("C", Key::Clear),
            ("E", Key::Enter),
            ("B", Key::Back),
            ("c3", Key::Choose(3)),
            ("en", Key::Speak(Language::En)),
        ] {
            assert_eq!(Key::named(name), Some(key), "{name}");
        }
        for bad in ["", "10", "c4", "c", "x", "fr", "٣"] {
            assert_eq!(Key::named(bad), None, "{bad}");
        }
    }
}
