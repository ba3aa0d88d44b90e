//! 32 secret bytes on paper, to be typed again in a bad hour.
//!
//! ```text
//!   0123A BCDEF GHJ|K7     one line: 13 characters of the key, 2 of check
//! ```
//!
//! Digits and letters without I and O (read as 1 and 0) and without Y and Z (a German and an
//! English keyboard swap them): exactly 32. What must always hold: in every line one or two wrong
//! characters, two swapped ones, and two swapped lines are found.

use crate::base32;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";

/// Lines on paper: each short enough to be read in one go.
const LINES: usize = 4;
/// Characters of the key in a line: 4 × 13 × 5 bits hold 32 bytes and four bits that stay zero.
const DATA: usize = 13;
/// Characters of a line.
const LINE: usize = DATA + 2;
/// Characters of a group.
const GROUP: usize = 5;

const _: () = assert!(base32::encoded_len(32) == LINES * DATA && LINE.is_multiple_of(GROUP));

/// What is wrong with a key typed from paper. Nothing of the key is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPaper {
    /// A character that stands on no such paper.
    #[error("line {line} of the key has a character that is none of 0 to 9 and A to X without I and O")]
    Character {
        /// From 1.
        line: usize,
    },
    /// A line that does not fit its own check.
    #[error("line {line} of the key has a typing error")]
    Typing {
        /// From 1.
        line: usize,
    },
    /// Too few or too many characters, and all whole lines are right.
    #[error("the key has {found} characters instead of 60")]
    Length {
        /// How many were typed, without gaps.
        found: usize,
    },
}

/// Writes 32 bytes as four lines.
pub(super) fn write(bytes: &[u8; 32]) -> String {
    let data: Vec<u8> = base32::encode(bytes).chars().filter_map(|c| c.to_digit(32)).map(|v| v as u8).collect();
    let lines = data.chunks(DATA).enumerate().map(|(line, data)| write_line(line, data));
    lines.collect::<Vec<_>>().join("\n")
}

fn write_line(line: usize, data: &[u8]) -> String {
    let mut values = [data, &[0, 0]].concat();
    // Of the 1,024 pairs exactly one fits; paper is patient.
    for pair in 0..32 * 32 {
        (values[DATA], values[DATA + 1]) = ((pair / 32) as u8, (pair % 32) as u8);
        if is_right(line, &values) {
            break;
        }
    }
    let letters: Vec<u8> = values.iter().map(|v| ALPHABET[usize::from(*v)]).collect();
    let groups = letters.chunks(GROUP).map(|group| group.iter().copied().map(char::from).collect());
    groups.collect::<Vec<String>>().join(" ")
}

/// Reads what was typed.
pub(super) fn read(typed: &str) -> Result<[u8; 32], BadPaper> {
    let values = values(typed)?;
    let lines = || values.chunks_exact(LINE).take(LINES).enumerate();
    if let Some((wrong, _)) = lines().find(|(line, values)| !is_right(*line, values)) {
        return Err(BadPaper::Typing { line: wrong + 1 });
    }
    if values.len() != LINES * LINE {
        return Err(BadPaper::Length { found: values.len() });
    }
    let data = lines().flat_map(|(_, values)| &values[..DATA]);
    let text: String = data.filter_map(|v| char::from_digit(u32::from(*v), 32)).collect();
    base32::decode(text.as_bytes()).ok_or(BadPaper::Typing { line: LINES })
}

fn values(typed: &str) -> Result<Vec<u8>, BadPaper> {
    let mut values = Vec::new();
    for ch in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        values.push(value(ch).ok_or(BadPaper::Character { line: (values.len() / LINE + 1).min(LINES) })?);
    }
    Ok(values)
}

fn value(ch: char) -> Option<u8> {
    let meant = match ch.to_ascii_uppercase() {
        'O' => '0',
        'I' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|letter| char::from(*letter) == meant)?;
    u8::try_from(at).ok()
}

/// A Reed–Solomon check over the field of 32 elements: the sum of all values, and the sum in which
/// each place weighs differently, are both zero. Its distance of 3 finds every two wrong
/// characters; the number of the line counts along, so that lines cannot change places.
fn is_right(line: usize, values: &[u8]) -> bool {
    let start = (line + 1) as u8;
    let sums = values.iter().fold((start, 0), |(sum, weighed), value| (sum ^ value, doubled(weighed) ^ value));
    sums == (0, 0)
}

/// Times x, modulo x⁵ + x² + 1: 31 different weights before one comes again, a line needs 15.
fn doubled(value: u8) -> u8 {
    let carried = if value & 0b1_0000 == 0 { 0 } else { 0b10_0101 };
    value << 1 ^ carried
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = *b"a key of thirty-two bytes, typed";

    #[test]
    fn a_key_on_paper_has_four_lines_of_three_groups() {
        let text = write(&KEY);
        let groups: Vec<Vec<usize>> = text.lines().map(|l| l.split(' ').map(str::len).collect()).collect();
        assert_eq!(groups, vec![vec![5, 5, 5]; 4]);
        assert!(text.chars().all(|c| !"IOYZ".contains(c)));
        assert_eq!(read(&text), Ok(KEY));
    }

    #[test]
    fn small_letters_gaps_and_lookalikes_are_read_as_meant() {
        let zeros = [0x08; 32];
        let text = write(&zeros);
        assert!(text.contains('0') && text.contains('1'), "{text}");
        let typed = text.to_lowercase().replace('0', "o").replace('1', "i").replace(' ', "");
        assert_eq!(read(&typed), Ok(zeros));
        let spaced: String = text.chars().flat_map(|c| [c, '-', '\t']).collect();
        assert_eq!(read(&spaced), Ok(zeros));
    }

    #[test]
    fn every_wrong_character_is_found_in_its_line() {
        let text = letters();
        for (at, right) in text.iter().enumerate() {
            let line = at / LINE + 1;
            for wrong in ALPHABET.map(char::from).into_iter().filter(|c| c != right) {
                assert_eq!(read(&with(&text, &[(at, wrong)])), Err(BadPaper::Typing { line }));
            }
            assert_eq!(read(&with(&text, &[(at, 'Z')])), Err(BadPaper::Character { line }));
        }
    }

    #[test]
    fn two_wrong_characters_of_a_line_are_found_be_they_swapped_or_not() {
        let text = letters();
        let places = (0..LINE).flat_map(|b| (0..b).map(move |a| (a, b)));
        for ((a, b), pair) in places.flat_map(|places| (0..32 * 32).map(move |pair| (places, pair))) {
            let (x, y) = (char::from(ALPHABET[pair / 32]), char::from(ALPHABET[pair % 32]));
            if (x, y) != (text[a], text[b]) {
                assert_eq!(read(&with(&text, &[(a, x), (b, y)])), Err(BadPaper::Typing { line: 1 }));
            }
        }
    }

    #[test]
    fn swapped_lines_are_found_even_if_empty_of_meaning() {
        let text = write(&[0; 32]);
        let mut lines: Vec<&str> = text.lines().collect();
        assert_eq!(read(&lines.join("\n")), Ok([0; 32]));
        lines.swap(1, 2);
        assert_eq!(read(&lines.join("\n")), Err(BadPaper::Typing { line: 2 }));
        assert_eq!(read(&"0".repeat(60)), Err(BadPaper::Typing { line: 1 }));
    }

    #[test]
    fn a_missing_or_doubled_character_is_found() {
        let text: String = letters().into_iter().collect();
        for at in 0..text.len() {
            let short = format!("{}{}", &text[..at], &text[at + 1..]);
            let long = format!("{}{}", &text[..=at], &text[at..]);
            assert!(read(&short).is_err() && read(&long).is_err(), "{at}");
        }
        assert_eq!(read(&text[..30]), Err(BadPaper::Length { found: 30 }));
        assert_eq!(read(""), Err(BadPaper::Length { found: 0 }));
        assert_eq!(read(&text.repeat(2)), Err(BadPaper::Length { found: 120 }));
    }

    proptest! {
        #[test]
        fn every_key_comes_back(key in any::<[u8; 32]>()) {
            prop_assert_eq!(read(&write(&key)), Ok(key));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            prop_assert!(read(&text).is_err());
        }
    }

    fn letters() -> Vec<char> {
        write(&KEY).chars().filter(|c| !c.is_whitespace()).collect()
    }

    fn with(text: &[char], changes: &[(usize, char)]) -> String {
        let mut text = text.to_vec();
        for (at, letter) in changes {
            text[*at] = *letter;
        }
        text.into_iter().collect()
    }
}
