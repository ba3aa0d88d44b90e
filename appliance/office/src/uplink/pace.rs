//! How often the box dials: by poll while the line works, with back-off while it does not.

use std::time::Duration;

/// A box that was offline for long still tries once in so many polls: with the usual poll every
/// two minutes, so that the line is seen within them.
const LONGEST_POLLS: u32 = 8;

/// Even an impatient setting leaves the line this long in peace.
const SHORTEST: Duration = Duration::from_millis(500);

/// Boxes of one town come back at once after an outage; a fifth of jitter spreads them.
const JITTER_PARTS: u64 = 5;

/// The time between two tries.
#[derive(Debug)]
pub(crate) struct Pace {
    every: Duration,
    failures: u32,
}

impl Pace {
    /// Dials every so often while all is well.
    pub(crate) fn every(every: Duration) -> Self {
        Self { every, failures: 0 }
    }

    /// The pause after a try; `chance` comes from the system, a box without it has no jitter.
    pub(crate) fn next(&mut self, worked: bool) -> Duration {
        self.failures = if worked { 0 } else { self.failures.saturating_add(1) };
        let jitter = getrandom::u64().unwrap_or(0);
        with_jitter(self.base(), jitter)
    }

    /// Half the poll after the first failure, then twice as long each time.
    fn base(&self) -> Duration {
        match self.failures {
            0 => self.every,
            failures => {
                let doubled = (self.every / 2).saturating_mul(1 << failures.saturating_sub(1).min(8));
                doubled.clamp(SHORTEST, self.every.saturating_mul(LONGEST_POLLS))
            }
        }
    }
}

fn with_jitter(base: Duration, random: u64) -> Duration {
    let spread = u64::try_from(base.as_millis()).unwrap_or(u64::MAX) / JITTER_PARTS;
    base.saturating_sub(Duration::from_millis(spread / 2)) + Duration::from_millis(random % (spread + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_works_is_polled_evenly_and_a_broken_one_ever_more_rarely() {
        let mut pace = Pace::every(Duration::from_secs(15));
        let bases: Vec<_> = [true, false, false, false, false, false, false]
            .into_iter()
            .map(|worked| {
                pace.next(worked);
                pace.base().as_millis()
            })
            .collect();
        assert_eq!(bases, [15_000, 7_500, 15_000, 30_000, 60_000, 120_000, 120_000]);
        pace.next(true);
        assert_eq!(pace.base(), Duration::from_secs(15));
    }

    #[test]
    fn jitter_stays_within_a_tenth_to_both_sides() {
        let base = Duration::from_secs(10);
        for random in [0, 1, 999, u64::MAX] {
            let pause = with_jitter(base, random);
            assert!((9_000..=11_000).contains(&pause.as_millis()), "{pause:?}");
        }
    }
}
