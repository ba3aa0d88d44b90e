//! In which writing a file on the card is, and the way back to the same bytes.
//!
//! What must always hold: what was read and not changed is written back byte for byte, whatever
//! editor wrote it.

/// The writing of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// UTF-8, perhaps with a byte order mark, which stays in the text.
    Utf8,
    /// Notepad's “Unicode”.
    Utf16 {
        /// Whether the larger half of a character comes first.
        big_end: bool,
    },
    /// Notepad's “ANSI” of Western Europe.
    Windows1252,
}

/// Characters of Windows-1252 from 0x80 to 0x9F; the five bytes that are none stay control
/// characters.
const SPECIAL: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of these bytes and how it is written; never refused, because every byte is something
/// in Windows-1252.
#[must_use]
pub fn read(bytes: &[u8]) -> (Writing, String) {
    if let Some(big_end) = utf16_end(bytes)
        && let Some(text) = from_utf16(bytes, big_end)
    {
        return (Writing::Utf16 { big_end }, text);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Writing::Utf8, text.to_owned()),
        Err(_other) => (Writing::Windows1252, bytes.iter().map(|byte| from_1252(*byte)).collect()),
    }
}

/// The bytes of a text; nothing when it has characters that this writing does not know.
#[must_use]
pub fn write(writing: Writing, text: &str) -> Option<Vec<u8>> {
    match writing {
        Writing::Utf8 => Some(text.as_bytes().to_vec()),
        Writing::Utf16 { big_end } => {
            let bytes = |unit: u16| if big_end { unit.to_be_bytes() } else { unit.to_le_bytes() };
            Some(text.encode_utf16().flat_map(bytes).collect())
        }
        Writing::Windows1252 => text.chars().map(to_1252).collect(),
    }
}

/// By the byte order mark, else by the zeros that a text of ASCII has in one of both places.
fn utf16_end(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xFE, 0xFF, ..] => Some(true),
        [0xFF, 0xFE, ..] => Some(false),
        [0, low, ..] if *low != 0 => Some(true),
        [low, 0, ..] if *low != 0 => Some(false),
        _no_mark => None,
    }
}

fn from_utf16(bytes: &[u8], big_end: bool) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let unit = |pair: &[u8; 2]| if big_end { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    char::decode_utf16(pairs.iter().map(unit)).collect::<Result<_, _>>().ok()
}

fn from_1252(byte: u8) -> char {
    match byte.checked_sub(0x80).and_then(|at| SPECIAL.get(usize::from(at))) {
        Some(special) => *special,
        None => char::from(byte),
    }
}

fn to_1252(c: char) -> Option<u8> {
    match SPECIAL.iter().position(|special| *special == c) {
        Some(at) => u8::try_from(at + 0x80).ok(),
        None => u8::try_from(u32::from(c)).ok().filter(|byte| !(0x80..0xA0).contains(byte)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "\u{feff}# Straße\r\nssid = \"Café\"\r\n";

    #[test]
    fn the_writings_of_notepad_are_known() {
        let small: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&small), (Writing::Utf16 { big_end: false }, TEXT.to_owned()));
        assert_eq!(read(&big), (Writing::Utf16 { big_end: true }, TEXT.to_owned()));
        assert_eq!(read(&small[2..]).1, TEXT[3..], "also without the mark");
        assert_eq!(read(TEXT.as_bytes()), (Writing::Utf8, TEXT.to_owned()));
        assert_eq!(read(b"# Stra\xDFe \x84x\x93"), (Writing::Windows1252, "# Straße „x“".to_owned()));
    }

    #[test]
    fn a_character_that_a_writing_does_not_know_is_not_written() {
        assert_eq!(write(Writing::Windows1252, "ł"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_as_they_were(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let (writing, text) = read(&bytes);
            prop_assert_eq!(write(writing, &text), Some(bytes));
        }

        #[test]
        fn any_text_of_an_editor_comes_back_as_it_was(text in "\u{feff}?[a-zäß„€=\"\r\n]{1,40}", how in 0_usize..3) {
            let writing = [Writing::Utf8, Writing::Utf16 { big_end: false }, Writing::Windows1252][how];
            if let Some(bytes) = write(writing, &text) {
                let (read_as, back) = read(&bytes);
                prop_assert_eq!(write(read_as, &back), Some(bytes));
            }
        }
    }
}
