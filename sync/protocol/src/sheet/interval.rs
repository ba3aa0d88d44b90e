//! The grid of a day: 144 intervals of ten minutes of the civil day.

use jiff::civil::Time;
use names::Minutes;
use serde::{Deserialize, Serialize};

/// Minutes of one interval.
pub const MINUTES_PER_INTERVAL: u16 = 10;

/// Intervals of a civil day.
pub const INTERVALS: u8 = 144;

/// A line of the grid: interval `n` starts at minute `10 n` of the civil day. 144 is midnight at
/// the end and stands only behind the last interval of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Interval(u8);

impl Interval {
    /// The start of the day.
    pub const MIDNIGHT: Self = Self(0);
    /// The end of the day.
    pub const END: Self = Self(INTERVALS);

    /// A line of the grid, 0 to 144.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number <= INTERVALS { Some(Self(number)) } else { None }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The last line at or before a time.
    #[must_use]
    pub fn at(time: Time) -> Self {
        Self::of_minute(minute(time) / MINUTES_PER_INTERVAL)
    }

    /// The first line at or after a time.
    #[must_use]
    pub fn not_before(time: Time) -> Self {
        let begun = time.second() > 0 || time.subsec_nanosecond() > 0;
        Self::of_minute((minute(time) + u16::from(begun)).div_ceil(MINUTES_PER_INTERVAL))
    }

    fn of_minute(number: u16) -> Self {
        Self(u8::try_from(number).unwrap_or(INTERVALS).min(INTERVALS))
    }

    /// The civil time of the line; nothing for the end of the day.
    #[must_use]
    pub fn time(self) -> Option<Time> {
        let minutes = i16::from(self.0) * 10;
        Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
    }

    /// The line `count` intervals later; nothing past the end of the day.
    #[must_use]
    pub fn plus(self, count: u8) -> Option<Self> {
        self.0.checked_add(count).and_then(Self::new)
    }

    /// How many intervals a length needs; at least one.
    #[must_use]
    pub fn count_for(length: Minutes) -> u8 {
        let count = length.0.div_ceil(MINUTES_PER_INTERVAL).max(1);
        u8::try_from(count).unwrap_or(u8::MAX)
    }
}

fn minute(time: Time) -> u16 {
    let (hour, minute) = (time.hour().unsigned_abs(), time.minute().unsigned_abs());
    u16::from(hour) * 60 + u16::from(minute)
}

impl TryFrom<u8> for Interval {
    type Error = BadInterval;

    fn try_from(number: u8) -> Result<Self, BadInterval> {
        Self::new(number).ok_or(BadInterval)
    }
}

impl From<Interval> for u8 {
    fn from(interval: Interval) -> Self {
        interval.0
    }
}

/// A number past the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a day has the intervals 0 to {INTERVALS}")]
pub struct BadInterval;

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn times_fall_on_the_line_before_or_after() {
        assert_eq!(Interval::at(time(8, 20, 0, 0)).number(), 50);
        assert_eq!(Interval::at(time(8, 29, 59, 0)).number(), 50);
        assert_eq!(Interval::not_before(time(8, 20, 0, 0)).number(), 50);
        assert_eq!(Interval::not_before(time(8, 20, 0, 1)).number(), 51);
        assert_eq!(Interval::not_before(time(23, 59, 0, 0)), Interval::END);
        assert_eq!(Interval::new(50).and_then(Interval::time), Some(time(8, 20, 0, 0)));
        assert_eq!(Interval::END.time(), None);
        assert_eq!(Interval::END.plus(1), None);
    }

    #[test]
    fn lengths_are_rounded_up_to_whole_intervals() {
        for (minutes, count) in [(0, 1), (1, 1), (10, 1), (11, 2), (25, 3), (u16::MAX, 255)] {
            assert_eq!(Interval::count_for(Minutes(minutes)), count, "{minutes}");
        }
    }
}
