//! The Termin-PIN: five digits and a Damm check digit, shown as `482 917`.
//!
//! The check digit finds every single wrong digit and every swap of two neighbours, so a
//! typing error is never taken for somebody else's appointment. Source of the table: H. M. Damm,
//! *Total anti-symmetrische Quasigruppen* (2004).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// A Termin-PIN. It checks in, asks for the turn and is called; it opens nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pin(u32);

impl Pin {
    /// How many different PINs there are: first digit 1 to 8, four free digits.
    pub const COUNT: u32 = 80_000;

    /// The PIN with the given place among the [`Pin::COUNT`]; nothing beyond.
    #[must_use]
    pub fn from_index(index: u32) -> Option<Self> {
        if index >= Self::COUNT {
            return None;
        }
        let body = index + 10_000;
        Some(Self(body * 10 + u32::from(check_digit(body))))
    }

    /// The place of this PIN among the [`Pin::COUNT`].
    #[must_use]
    pub fn index(self) -> u32 {
        self.0 / 10 - 10_000
    }

    /// The six digits as a number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// Checks a six-digit number.
    ///
    /// # Errors
    /// [`BadPin::CheckDigit`] is a typing error; [`BadPin::Form`] was never a PIN.
    pub fn from_number(number: u32) -> Result<Self, BadPin> {
        if !(100_000..900_000).contains(&number) {
            return Err(BadPin::Form);
        }
        if u32::from(check_digit(number / 10)) == number % 10 { Ok(Self(number)) } else { Err(BadPin::CheckDigit) }
    }

    /// The two groups of three digits, as they are shown and spoken.
    #[must_use]
    pub fn groups(self) -> (u32, u32) {
        (self.0 / 1000, self.0 % 1000)
    }
}

fn check_digit(body: u32) -> u8 {
    let digits = [body / 10_000, body / 1000, body / 100, body / 10, body];
    digits.iter().fold(0_u8, |interim, digit| DAMM[usize::from(interim)][(digit % 10) as usize])
}

impl FromStr for Pin {
    type Err = BadPin;

    /// Reads six digits, with or without the gap.
    fn from_str(text: &str) -> Result<Self, BadPin> {
        let mut number = 0_u32;
        let mut digits = 0;
        for ch in text.trim().chars().filter(|c| *c != ' ') {
            let digit = ch.to_digit(10).ok_or(BadPin::Form)?;
            digits += 1;
            if digits > 6 {
                return Err(BadPin::Form);
            }
            number = number * 10 + digit;
        }
        if digits == 6 { Self::from_number(number) } else { Err(BadPin::Form) }
    }
}

impl TryFrom<String> for Pin {
    type Error = BadPin;

    fn try_from(text: String) -> Result<Self, BadPin> {
        text.parse()
    }
}

impl From<Pin> for String {
    fn from(pin: Pin) -> Self {
        format!("{:06}", pin.0)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.groups();
        write!(f, "{first:03} {second:03}")
    }
}

/// Digits that are not a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPin {
    /// Not six digits starting with 1 to 8.
    #[error("a PIN has six digits and starts with 1 to 8")]
    Form,
    /// The form is right, the check digit is not: somebody mistyped.
    #[error("the check digit does not fit")]
    CheckDigit,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_published_example_of_the_algorithm_holds() {
        // 572 has the check digit 4 (Damm 2004); leading zeros do not change it.
        assert_eq!(check_digit(572), 4);
    }

    #[test]
    fn every_pin_comes_back_from_its_index() {
        for index in 0..Pin::COUNT {
            let pin = Pin::from_index(index).expect("inside the count");
            assert_eq!(pin.index(), index);
            assert_eq!(Pin::from_number(pin.number()), Ok(pin));
        }
        assert_eq!(Pin::from_index(Pin::COUNT), None);
    }

    #[test]
    fn a_pin_is_shown_in_two_groups_and_read_with_or_without_the_gap() {
        let pin = Pin::from_index(38_291).expect("inside the count");
        let shown = pin.to_string();
        assert_eq!(shown.len(), 7);
        assert_eq!(shown.parse(), Ok(pin));
        assert_eq!(shown.replace(' ', "").parse(), Ok(pin));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(index in 0..Pin::COUNT, place in 0_u32..6, add in 1_u32..10) {
            let number = Pin::from_index(index).expect("inside the count").number();
            let power = 10_u32.pow(place);
            let old = number / power % 10;
            let wrong = number - old * power + (old + add) % 10 * power;
            prop_assert!(Pin::from_number(wrong).is_err());
        }

        #[test]
        fn two_swapped_neighbours_are_always_noticed(index in 0..Pin::COUNT, place in 0_u32..5) {
            let number = Pin::from_index(index).expect("inside the count").number();
            let (low, high) = (10_u32.pow(place), 10_u32.pow(place + 1));
            let (a, b) = (number / low % 10, number / high % 10);
            prop_assume!(a != b);
            let swapped = number - a * low - b * high + b * low + a * high;
            prop_assert!(Pin::from_number(swapped).is_err());
        }

        #[test]
        fn no_text_at_all_makes_it_panic(text in ".{0,20}") {
            let _outcome = text.parse::<Pin>();
        }
    }
}
