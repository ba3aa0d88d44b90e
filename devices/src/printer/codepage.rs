//! Letters in the bytes of the printer: code page 858, Western Europe with the euro. Pure.
//!
//! What must always hold: no text becomes a command. Whatever has no letter there is replaced.

/// The upper half, from byte 128 on. The two that cannot be seen (240 and 255) are spaces.
const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
                     └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´ ±‗¾¶§÷¸°¨·¹³²■ ";

/// The first byte of the upper half.
const FIRST: u8 = 128;

/// What stands for a letter that the printer has not.
const UNKNOWN: u8 = b'?';

/// A text as bytes; as many as there are characters, but for `…`.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    text.chars().flat_map(|letter| Some(letter).into_iter().flat_map(plain)).map(byte).collect()
}

/// Signs of good typography that the code page has not, as those of a typewriter.
fn plain(letter: char) -> Vec<char> {
    match letter {
        '…' => vec!['.'; 3],
        '„' | '“' | '”' => vec!['"'],
        '‚' | '‘' | '’' => vec!['\''],
        '–' | '—' | '\u{2010}' | '\u{2011}' => vec!['-'],
        other if other.is_whitespace() || other.is_control() => vec![' '],
        other => vec![other],
    }
}

fn byte(letter: char) -> u8 {
    if letter == ' ' || letter.is_ascii_graphic() {
        return u8::try_from(letter).unwrap_or(UNKNOWN);
    }
    let place = UPPER.chars().position(|upper| upper == letter).and_then(|place| u8::try_from(place).ok());
    place.and_then(|place| FIRST.checked_add(place)).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn german_letters_and_the_euro_stand_where_the_code_page_has_them() {
        assert_eq!(UPPER.chars().count(), 128);
        let known = [('ä', 0x84), ('ö', 0x94), ('ü', 0x81), ('Ä', 0x8e), ('Ö', 0x99), ('Ü', 0x9a), ('ß', 0xe1)];
        for (letter, expected) in known.into_iter().chain([('€', 0xd5), ('§', 0xf5), ('é', 0x82), ('°', 0xf8)]) {
            assert_eq!(bytes(&letter.to_string()), [expected], "{letter}");
        }
    }

    #[test]
    fn what_the_code_page_has_not_is_replaced() {
        assert_eq!(bytes("„Ł“ – 9\u{a0}Uhr …"), b"\"?\" - 9 Uhr ...");
    }

    proptest! {
        #[test]
        fn no_text_holds_a_command(text in ".{0,80}") {
            prop_assert!(bytes(&text).iter().all(|byte| *byte >= b' ' && *byte != 0x7f));
        }
    }
}
