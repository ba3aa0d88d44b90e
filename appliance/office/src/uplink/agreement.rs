//! The box's part in finding out whether both ends believe the same of all bookings.
//!
//! ```text
//!   hall ─ Stand ─► request ─► booking server ─► reply: its own total, if both had the same entries
//!                                                   └─► compared with what was asked ─► health, log
//! ```
//!
//! What must always hold: compared is what the request told with what its own answer says; the
//! first difference is only looked at again. The day that counts is the server's.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use protocol::agreement::{Agreement, Change};

use crate::care::Health;
use crate::ledger::{Heard, Stand};

/// From one comparison to the next: each end looks at all its bookings, and a busy hall exchanges
/// every few seconds.
const EVERY: SignedDuration = SignedDuration::from_secs(60);

/// What the hall is asked for when a comparison is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compare {
    /// The first day that counts; the hall's own today before the server told its.
    pub(crate) from: Option<Date>,
    /// Whether every day is told.
    pub(crate) by_day: bool,
}

/// How this box and the booking server agree.
#[derive(Debug, Default)]
pub(super) struct Comparing {
    agreement: Agreement,
    from: Option<Date>,
    last: Option<Timestamp>,
}

impl Comparing {
    /// What to ask the hall for, if a comparison is due.
    pub(super) fn due(&self, now: Timestamp) -> Option<Compare> {
        // A clock that was set back or forth only makes it due sooner.
        let rests = self.last.is_some_and(|last| now.duration_since(last).abs() < EVERY);
        (!rests).then(|| Compare { from: self.from, by_day: !self.agreement.is_good() })
    }

    /// The line was down: the next exchange compares.
    pub(super) fn at_once(&mut self) {
        self.last = None;
    }

    /// Compares what was told with what came back; answers whether to look again at once.
    pub(super) fn heard(&mut self, told: Option<&Stand>, heard: &Heard, now: Timestamp, health: &Health) -> bool {
        let Some(told) = told else { return false };
        if let Some(from) = heard.from.filter(|from| *from != told.belief.from_day()) {
            self.from = Some(from);
            return true;
        }
        let Some(theirs) = heard.digest else { return false };
        self.last = Some(now);
        let equal = theirs == told.belief.total();
        match self.agreement.compared(equal, heard.days.keys().copied().collect()) {
            Change::Nothing if equal => health.agreement(None),
            Change::Nothing => {}
            Change::Suspected => {
                self.last = None;
                return true;
            }
            Change::Apart => health.agreement(self.agreement.apart().map(named)),
            Change::Mended => {
                tracing::info!("this box and the booking server know the same bookings again");
                health.agreement(None);
            }
        }
        false
    }
}

/// Days that one message names; an office that differs on more has to look at all of them.
const NAMED: usize = 10;

fn named(days: &[Date]) -> String {
    let names: Vec<String> = days.iter().take(NAMED).map(Date::to_string).collect();
    let more = if days.len() > NAMED { format!(" and {} more", days.len() - NAMED) } else { String::new() };
    format!(
        "this box and the booking server know different bookings on {}{more}; compare the appointments of these \
         days with `aufruf-booking status` at hand, and keep both logs",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::ToSpan;
    use jiff::civil::date;
    use protocol::agreement::Belief;
    use protocol::digest::Digest;

    use super::*;

    const TODAY: Date = date(2026, 2, 3);

    fn told() -> Stand {
        Stand { belief: Belief::of(TODAY, []), by_day: false, heads: [None, None] }
    }

    fn same() -> Heard {
        Heard { digest: Some(Digest::EMPTY), ..Heard::default() }
    }

    fn other(days: &[Date]) -> Heard {
        let digest: Digest = "00000000000000000000000000000001".parse().expect("a digest");
        let days = days.iter().map(|day| (*day, digest)).collect::<BTreeMap<_, _>>();
        Heard { digest: Some(digest), from: None, days }
    }

    #[test]
    fn a_difference_is_looked_at_again_at_once_then_named_and_cleared() {
        let (mut comparing, health) = (Comparing::default(), Health::default());
        let mut now = Timestamp::UNIX_EPOCH;
        assert_eq!(comparing.due(now), Some(Compare { from: None, by_day: false }));
        assert!(!comparing.heard(Some(&told()), &same(), now, &health));
        assert_eq!(comparing.due(now), None, "a busy hall does not look at every booking each time");
        assert!(health.report().parts["agreement"].works);

        now += EVERY;
        assert!(comparing.heard(Some(&told()), &other(&[TODAY]), now, &health), "again at once");
        assert!(health.works("agreement"), "once is not told");
        assert_eq!(comparing.due(now), Some(Compare { from: None, by_day: true }));
        assert!(!comparing.heard(Some(&told()), &other(&[TODAY]), now, &health));
        let part = health.report().parts["agreement"].clone();
        assert!(!part.works && part.detail.contains("2026-02-03"), "{}", part.detail);
        assert_eq!(comparing.due(now), None);

        comparing.at_once();
        assert!(comparing.due(now).is_some_and(|compare| compare.by_day));
        assert!(!comparing.heard(Some(&told()), &same(), now, &health));
        assert!(health.report().parts["agreement"].works);
    }

    #[test]
    fn the_servers_day_counts() {
        let (mut comparing, health) = (Comparing::default(), Health::default());
        let now = Timestamp::UNIX_EPOCH;
        let tomorrow = TODAY.saturating_add(1.day());
        let heard = Heard { from: Some(tomorrow), ..Heard::default() };
        assert!(comparing.heard(Some(&told()), &heard, now, &health));
        assert_eq!(comparing.due(now), Some(Compare { from: Some(tomorrow), by_day: false }));
        assert!(!health.report().parts.contains_key("agreement"), "nothing is compared yet");
    }

    #[test]
    fn an_answer_to_nothing_compares_nothing() {
        let (mut comparing, health) = (Comparing::default(), Health::default());
        for _often in 0..3 {
            assert!(!comparing.heard(None, &other(&[TODAY]), Timestamp::UNIX_EPOCH, &health));
            assert!(!comparing.heard(Some(&told()), &Heard::default(), Timestamp::UNIX_EPOCH, &health));
        }
        assert!(health.works("agreement") && comparing.due(Timestamp::UNIX_EPOCH).is_some());
    }

    #[test]
    fn many_days_are_counted_not_listed() {
        let days: Vec<Date> = (0..30).map(|number| TODAY.saturating_add(number.days())).collect();
        let text = named(&days);
        assert!(text.contains("2026-02-12 and 20 more") && !text.contains("2026-02-13"), "{text}");
    }
}
