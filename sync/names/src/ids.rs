//! Who is who: offices, services, counters, bookings, and the lives of a store.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An office (Bürgerbüro), by a short name that stands in addresses and topics.
///
/// 1 to [`OfficeId::MAX_LEN`] characters of `a-z`, `0-9` and `-`, not starting with `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficeId(String);

impl OfficeId {
    /// Long enough for any municipality, short enough for a topic or a path.
    pub const MAX_LEN: usize = 40;

    /// Borrows the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OfficeId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let fits = (1..=Self::MAX_LEN).contains(&text.len())
            && !text.starts_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(Self(text.to_owned())) } else { Err(BadId::Office) }
    }
}

impl TryFrom<String> for OfficeId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<OfficeId> for String {
    fn from(id: OfficeId) -> Self {
        id.0
    }
}

impl fmt::Display for OfficeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A service of the office (Anliegen), by the number it has in the office file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceId(pub u16);

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A counter (Platz), by the number on its plate: 1 to [`crate::MAX_COUNTERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct CounterId(u8);

impl CounterId {
    /// The number on the plate.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for CounterId {
    type Error = BadId;

    fn try_from(number: u8) -> Result<Self, BadId> {
        if (1..=crate::MAX_COUNTERS).contains(&number) { Ok(Self(number)) } else { Err(BadId::Counter) }
    }
}

impl From<CounterId> for u8 {
    fn from(id: CounterId) -> Self {
        id.0
    }
}

impl fmt::Display for CounterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One of the two ends that sell and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The booking server online.
    Booking,
    /// The box in the office.
    Box,
}

impl Side {
    /// The other end of the line.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Booking => Self::Box,
            Self::Box => Self::Booking,
        }
    }
}

/// A booking, unique in the whole world without asking anyone: one bit tells the side that
/// made it, 63 bits are random.
///
/// In JSON it is 16 hexadecimal digits, because JSON readers lose whole numbers past 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BookingId(u64);

const MADE_BY_BOX: u64 = 1 << 63;

impl BookingId {
    /// Makes an id from 64 random bits; the top one is replaced by the side.
    #[must_use]
    pub fn from_random(side: Side, random: u64) -> Self {
        match side {
            Side::Booking => Self(random & !MADE_BY_BOX),
            Side::Box => Self(random | MADE_BY_BOX),
        }
    }

    /// Takes an id back from its 64 bits.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The 64 bits, for tokens and tables.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The side that made this booking.
    #[must_use]
    pub fn side(self) -> Side {
        if self.0 & MADE_BY_BOX == 0 { Side::Booking } else { Side::Box }
    }
}

impl fmt::Display for BookingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for BookingId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        hex(text, 16).and_then(|v| u64::try_from(v).ok()).map(Self).ok_or(BadId::Booking)
    }
}

impl TryFrom<String> for BookingId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<BookingId> for String {
    fn from(id: BookingId) -> Self {
        id.to_string()
    }
}

/// One life of a store between restores: 128 random bits, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Incarnation(u128);

impl Incarnation {
    /// Makes an incarnation from 128 random bits.
    #[must_use]
    pub fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    #[must_use]
    pub fn bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Incarnation {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        hex(text, 32).map(Self).ok_or(BadId::Incarnation)
    }
}

impl TryFrom<String> for Incarnation {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<Incarnation> for String {
    fn from(id: Incarnation) -> Self {
        id.to_string()
    }
}

/// Exactly `len` lower-case hexadecimal digits; anything else is not ours.
fn hex(text: &str, len: usize) -> Option<u128> {
    let ours = text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if ours { u128::from_str_radix(text, 16).ok() } else { None }
}

/// An id that cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// Not an office name.
    #[error("an office name has 1 to 40 characters of a-z, 0-9 and -")]
    Office,
    /// Not a counter number.
    #[error("a counter has a number from 1 to 50")]
    Counter,
    /// Not a booking id.
    #[error("a booking id has 16 hexadecimal digits")]
    Booking,
    /// Not an incarnation.
    #[error("an incarnation has 32 hexadecimal digits")]
    Incarnation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_name_fits_into_an_address() {
        for good in ["musterland", "vg-wittlich-land", "a", "2"] {
            assert_eq!(good.parse::<OfficeId>().map(String::from).as_deref(), Ok(good));
        }
        for bad in ["", "-a", "Muster", "a/b", "a b", "ä", &"x".repeat(41)] {
            assert_eq!(bad.parse::<OfficeId>(), Err(BadId::Office), "{bad}");
        }
    }

    #[test]
    fn counters_are_numbered_from_one_to_fifty() {
        assert!(CounterId::try_from(0).is_err());
        assert!(CounterId::try_from(51).is_err());
        assert!(serde_json::from_str::<CounterId>("51").is_err());
        assert_eq!(CounterId::try_from(50).map(CounterId::number), Ok(50));
    }

    #[test]
    fn a_booking_id_tells_its_side_and_survives_json() {
        for side in [Side::Booking, Side::Box] {
            let id = BookingId::from_random(side, 0x8123_4567_89ab_cdef);
            assert_eq!(id.side(), side);
            let json = serde_json::to_string(&id).expect("ids are plain text");
            assert_eq!(serde_json::from_str::<BookingId>(&json).expect("and back"), id);
        }
        assert!("123".parse::<BookingId>().is_err());
        assert!("+123456789abcdef".parse::<BookingId>().is_err());
    }
}
