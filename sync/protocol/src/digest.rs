//! What all bookings amount to, told in every exchange so that two ends that drift apart are
//! found out while they run.
//!
//! ```text
//!   booking ─ Row ─► SHA-256 ─► 128 bits ─┐ added up, whatever the order
//!   booking ─ Row ─► SHA-256 ─► 128 bits ─┴─► Digest of a day ─┐
//!                                             Digest of a day ─┴─► Digest of everything
//! ```
//!
//! What must always hold: the same rows give the same digest in any order; a row that is taken
//! away again leaves no trace. Two ends compare only when each knows all entries of the other.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Minutes, Pin};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use sha2::Sha256;

use crate::hex::{BadHex, read_hex, write_hex};

const DOMAIN: &[u8] = b"aufruf-digest-v1";

/// The sum of rows, modulo 2^128; 32 hexadecimal digits on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(u128);

/// What both ends must know alike of one booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The booking.
    pub booking: BookingId,
    /// Its version.
    pub version: u16,
    /// Its day.
    pub day: Date,
    /// Its start.
    pub start: Timestamp,
    /// Its length.
    pub length: Minutes,
    /// Its PIN.
    pub pin: Pin,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

impl Digest {
    /// The digest of nothing.
    pub const EMPTY: Self = Self(0);

    /// Counts a row in.
    pub fn add(&mut self, row: &Row) {
        self.0 = self.0.wrapping_add(row.weight());
    }

    /// Takes a row out again, exactly as it was counted in.
    pub fn remove(&mut self, row: &Row) {
        self.0 = self.0.wrapping_sub(row.weight());
    }

    /// Counts in everything that another digest counts: days become a total.
    pub fn join(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl FromIterator<Row> for Digest {
    fn from_iter<T: IntoIterator<Item = Row>>(rows: T) -> Self {
        let mut sum = Self::EMPTY;
        rows.into_iter().for_each(|row| sum.add(&row));
        sum
    }
}

impl Row {
    /// Every field has its fixed place and width, so no two rows read as one.
    fn weight(&self) -> u128 {
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update(self.booking.bits().to_be_bytes());
        hasher.update(self.version.to_be_bytes());
        hasher.update(self.day.year().to_be_bytes());
        hasher.update([self.day.month().cast_unsigned(), self.day.day().cast_unsigned()]);
        hasher.update(self.start.as_second().to_be_bytes());
        hasher.update(u64::from(self.length.0).to_be_bytes());
        hasher.update(u64::from(self.pin.number()).to_be_bytes());
        hasher.update([u8::from(self.cancelled)]);
        let hash: [u8; 32] = hasher.finalize().into();
        let mut weight = [0; 16];
        weight.copy_from_slice(&hash[..16]);
        u128::from_be_bytes(weight)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write_hex(&self.0.to_be_bytes()))
    }
}

impl FromStr for Digest {
    type Err = BadHex;

    fn from_str(text: &str) -> Result<Self, BadHex> {
        read_hex(text).map(|bytes| Self(u128::from_be_bytes(bytes)))
    }
}

impl TryFrom<String> for Digest {
    type Error = BadHex;

    fn try_from(text: String) -> Result<Self, BadHex> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use names::Side;
    use proptest::prelude::*;

    use super::*;

    fn row(seed: u64) -> Row {
        Row {
            booking: BookingId::from_random(Side::Booking, seed),
            version: 1,
            day: date(2030, 3, 17),
            start: Timestamp::from_second(1_900_000_000).expect("a time"),
            length: Minutes(20),
            pin: Pin::from_index(7).expect("a pin"),
            cancelled: false,
        }
    }

    #[test]
    fn every_field_counts() {
        let plain = row(1);
        let others = [
            Row { booking: BookingId::from_random(Side::Box, 1), ..plain },
            Row { version: 2, ..plain },
            Row { day: date(2030, 3, 18), ..plain },
            Row { day: date(2030, 4, 17), ..plain },
            Row { day: date(2031, 3, 17), ..plain },
            Row { start: Timestamp::UNIX_EPOCH, ..plain },
            Row { length: Minutes(30), ..plain },
            Row { pin: Pin::from_index(8).expect("a pin"), ..plain },
            Row { cancelled: true, ..plain },
        ];
        for other in others {
            assert_ne!(Digest::from_iter([plain]), Digest::from_iter([other]), "{other:?}");
        }
    }

    #[test]
    fn a_digest_travels_as_text() {
        let digest = Digest::from_iter([row(1)]);
        let json = serde_json::to_string(&digest).expect("text");
        assert_eq!(json.len(), 34);
        assert_eq!(serde_json::from_str::<Digest>(&json).expect("and back"), digest);
        assert!(serde_json::from_str::<Digest>("\"12\"").is_err());
    }

    proptest! {
        #[test]
        fn neither_the_order_nor_what_was_taken_away_matters(
            mut rows in prop::collection::vec(0..1000_u64, 0..20),
            split in 0..20_usize,
            passing in 0..1000_u64,
        ) {
            let whole: Digest = rows.iter().copied().map(row).collect();
            rows.reverse();
            let (one_day, another) = rows.split_at(split.min(rows.len()));
            let mut total = Digest::from_iter(one_day.iter().copied().map(row));
            total.add(&row(passing));
            total.join(another.iter().copied().map(row).collect());
            total.remove(&row(passing));
            prop_assert_eq!(total, whole);
        }

        #[test]
        fn one_booking_more_is_seen(rows in prop::collection::vec(0..1000_u64, 0..20), more in 1000..2000_u64) {
            let without: Digest = rows.iter().copied().map(row).collect();
            let with: Digest = rows.into_iter().chain([more]).map(row).collect();
            prop_assert_ne!(without, with);
        }
    }
}
