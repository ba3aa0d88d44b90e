//! The browsers of the house as witnesses: the computers of the clerks know the time when the
//! box does not.
//!
//! What must always hold: one session is one witness; two that agree are needed; what was said
//! more than two minutes ago counts for nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::judge::later;

/// A witness counts for so long after it spoke, and witnesses agree if they are so close.
const WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// The browsers that have to agree.
const ENOUGH: usize = 2;

/// Sessions that are remembered: as many as may be signed in.
const WITNESSES: usize = 200;

/// One signed-in session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Browser(pub(crate) [u8; 32]);

/// What the browsers said last, and when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browsers {
    said: BTreeMap<Browser, (SignedDuration, Timestamp)>,
}

impl Browsers {
    /// A browser tells its time.
    pub(crate) fn tell(&mut self, browser: Browser, time: Timestamp, ran: SignedDuration) {
        self.said.retain(|_, (then, _)| ran.saturating_sub(*then) <= WITHIN);
        if self.said.len() < WITNESSES || self.said.contains_key(&browser) {
            self.said.insert(browser, (ran, time));
        }
    }

    /// What the newest witness says it is now.
    pub(crate) fn newest(&self, ran: SignedDuration) -> Option<Timestamp> {
        let fresh = self.said.values().filter(|(then, _)| ran.saturating_sub(*then) <= WITHIN);
        fresh.max_by_key(|(then, _)| *then).map(|(then, time)| later(*time, ran.saturating_sub(*then)))
    }

    /// The time in the middle, if at least two tell it: more than half of all must agree with it.
    pub(crate) fn median(&self, ran: SignedDuration) -> Option<Timestamp> {
        let fresh = self.said.values().filter(|(then, _)| ran.saturating_sub(*then) <= WITHIN);
        let mut times: Vec<Timestamp> = fresh.map(|(then, time)| later(*time, ran.saturating_sub(*then))).collect();
        times.sort_unstable();
        let middle = *times.get(times.len().saturating_sub(1) / 2)?;
        let agree = times.iter().filter(|it| it.duration_since(middle).abs() <= WITHIN).count();
        (agree >= ENOUGH && agree * 2 > times.len()).then_some(middle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(times: &[i64]) -> Option<i64> {
        let mut browsers = Browsers::default();
        for (number, minutes) in (0_u8..).zip(times) {
            let time = later(Timestamp::UNIX_EPOCH, SignedDuration::from_mins(*minutes));
            browsers.tell(Browser([number; 32]), time, SignedDuration::ZERO);
        }
        browsers.median(SignedDuration::ZERO).map(|it| it.as_second() / 60)
    }

    #[test]
    fn one_browser_is_no_witness_and_two_that_agree_are() {
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[100]), None);
        assert_eq!(said(&[100, 101]), Some(100));
        assert_eq!(said(&[100, 200]), None, "which of them is right?");
        assert_eq!(said(&[100, 101, 9000]), Some(101), "one of three is wrong");
        assert_eq!(said(&[0, 100, 101, 9000]), None, "half is not enough");
    }

    #[test]
    fn the_same_browser_twice_is_one_witness_and_an_old_word_counts_for_nothing() {
        let mut browsers = Browsers::default();
        let at = |seconds| SignedDuration::from_secs(seconds);
        browsers.tell(Browser([1; 32]), Timestamp::UNIX_EPOCH, at(0));
        browsers.tell(Browser([1; 32]), Timestamp::UNIX_EPOCH, at(1));
        assert_eq!(browsers.median(at(1)), None);
        browsers.tell(Browser([2; 32]), later(Timestamp::UNIX_EPOCH, at(119)), at(120));
        assert!(browsers.median(at(120)).is_some());
        assert_eq!(browsers.median(at(122)), None, "the first spoke too long ago");
    }

    #[test]
    fn the_witnesses_are_bounded() {
        let mut browsers = Browsers::default();
        for number in 0..1000_u16 {
            let mut name = [0; 32];
            name[..2].copy_from_slice(&number.to_be_bytes());
            browsers.tell(Browser(name), Timestamp::UNIX_EPOCH, SignedDuration::ZERO);
        }
        assert_eq!(browsers.said.len(), WITNESSES);
    }
}
