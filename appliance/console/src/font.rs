//! Block letters: what is needed to write a code and a counter, seven dots high.
//!
//! What must always hold: every letter is five dots wide and seven high, so that rows stand below
//! each other; what is not in the table is a gap, never an end.

/// Dots of a letter from left to right.
pub(crate) const WIDE: usize = 5;
/// Dots of a letter from top to bottom.
pub(crate) const HIGH: usize = 7;
/// Dots between two letters.
pub(crate) const GAP: usize = 1;

/// Seven rows of five dots each; the leftmost dot is the highest of five bits.
type Dots = [u8; HIGH];

const BLANK: Dots = [0; HIGH];

const LETTERS: [(char, Dots); 40] = [
    ('0', [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('1', [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('2', [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111]),
    ('3', [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110]),
    ('4', [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]),
    ('5', [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]),
    ('6', [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    ('7', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000]),
    ('8', [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]),
    ('9', [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100]),
    ('A', [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    ('B', [0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110]),
    ('C', [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110]),
    ('D', [0b11100, 0b10010, 0b10001, 0b10001, 0b10001, 0b10010, 0b11100]),
    ('E', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111]),
    ('F', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000]),
    ('G', [0b01110, 0b10001, 0b10000, 0b10111, 0b10001, 0b10001, 0b01111]),
    ('H', [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
    ('I', [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('J', [0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100]),
    ('K', [0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001]),
    ('L', [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111]),
    ('M', [0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001]),
    ('N', [0b10001, 0b11001, 0b11001, 0b10101, 0b10011, 0b10011, 0b10001]),
    ('O', [0b01110, 0b11011, 0b10001, 0b10001, 0b10001, 0b11011, 0b01110]),
    ('P', [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000]),
    ('Q', [0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101]),
    ('R', [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001]),
    ('S', [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110]),
    ('T', [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100]),
    ('U', [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('V', [0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100]),
    ('W', [0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001]),
    ('X', [0b10001, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b10001]),
    ('Y', [0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100]),
    ('Z', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11111]),
    ('>', [0, 0b00100, 0b00010, 0b11111, 0b00010, 0b00100, 0]),
    ('.', [0, 0, 0, 0, 0, 0b01100, 0b01100]),
    (':', [0, 0b01100, 0b01100, 0, 0b01100, 0b01100, 0]),
    (' ', BLANK),
];

/// Whether a dot of a letter is set.
pub(crate) fn dot(letter: char, x: usize, y: usize) -> bool {
    let letter = letter.to_ascii_uppercase();
    let dots = LETTERS.iter().find(|(known, _)| *known == letter).map_or(&BLANK, |(_, dots)| dots);
    x < WIDE && dots.get(y).is_some_and(|row| row & (1 << (WIDE - 1 - x)) != 0)
}

/// Whether every letter of a word is in the table.
pub(crate) fn knows(word: &str) -> bool {
    word.chars().all(|letter| LETTERS.iter().any(|(known, _)| *known == letter.to_ascii_uppercase()))
}

/// Dots of a word from left to right.
pub(crate) fn width(word: &str) -> usize {
    (word.chars().count() * (WIDE + GAP)).saturating_sub(GAP)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_letter_looks_like_another_and_an_unknown_one_is_a_gap() {
        let different: BTreeSet<Dots> = LETTERS.iter().map(|(_, dots)| *dots).collect();
        assert_eq!(different.len(), LETTERS.len());
        assert!(LETTERS.iter().all(|(_, dots)| dots.iter().all(|row| *row < 1 << WIDE)));
        assert!((0..WIDE).all(|x| (0..HIGH).all(|y| !dot('ß', x, y))));
        assert!(dot('a', 0, 3) && dot('A', 0, 3), "small letters are written as capitals");
    }
}
