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
