//! The Wartenummer: a letter and three digits, `A 042`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Three digits, so a category has this many numbers a day (`rules.md`, Limits).
pub const TICKETS_PER_RANGE: u16 = 999;

/// A ticket number. The three digits alone are unique among today's tickets of the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketNumber {
    letter: char,
    number: u16,
}

impl TicketNumber {
    /// Makes a number; the letter is A to Z without I, O and Q, which read as digits.
    ///
    /// # Errors
    /// A letter or a number that cannot stand on a ticket.
    pub fn new(letter: char, number: u16) -> Result<Self, BadTicket> {
        let fits = letter.is_ascii_uppercase() && !matches!(letter, 'I' | 'O' | 'Q');
        if fits && (1..=TICKETS_PER_RANGE).contains(&number) { Ok(Self { letter, number }) } else { Err(BadTicket) }
    }

    /// The letter.
    #[must_use]
    pub fn letter(self) -> char {
        self.letter
    }

    /// The three digits as a number.
    #[must_use]
    pub fn number(self) -> u16 {
        self.number
    }
}

impl FromStr for TicketNumber {
    type Err = BadTicket;

    fn from_str(text: &str) -> Result<Self, BadTicket> {
        let mut chars = text.trim().chars();
        let letter = chars.next().ok_or(BadTicket)?.to_ascii_uppercase();
        let digits = chars.as_str().trim_start();
        let three = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
        if !three {
            return Err(BadTicket);
        }
        Self::new(letter, digits.parse().map_err(|_not_a_number| BadTicket)?)
    }
}

impl TryFrom<String> for TicketNumber {
    type Error = BadTicket;

    fn try_from(text: String) -> Result<Self, BadTicket> {
        text.parse()
    }
}

impl From<TicketNumber> for String {
    fn from(ticket: TicketNumber) -> Self {
        format!("{}{:03}", ticket.letter, ticket.number)
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:03}", self.letter, self.number)
    }
}

/// Text that is not a ticket number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ticket number is a letter and three digits, such as A 042")]
pub struct BadTicket;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_read_as_it_is_shown() {
        let ticket = TicketNumber::new('A', 42).expect("a good number");
        assert_eq!(ticket.to_string(), "A 042");
        assert_eq!("a042".parse(), Ok(ticket));
        assert_eq!("A 042".parse(), Ok(ticket));
    }

    #[test]
    fn letters_that_read_as_digits_and_numbers_out_of_range_are_refused() {
        for bad in ["O 001", "I 001", "Q 001", "A 000", "A 1000", "A 42", "A +42", "Ä 001", "", "A"] {
            assert_eq!(bad.parse::<TicketNumber>(), Err(BadTicket), "{bad}");
        }
    }
}
