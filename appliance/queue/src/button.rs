//! The one button of a desk device (`rules.md`, Calling, One-button life cycle).
//!
//! ```text
//!            short            short ×2 (recall), third: missed, next
//!   free ───────────► called ──────────────────────────────────────► called
//!                       │ double, or 90 s after the announcement
//!                       ▼
//!                    serving ── short (not in the first 20 s): finish, next ─► called
//!                       └────── double: finish ─────────────────────────────► free
//! ```
//!
//! What must always hold: missed is the third short press of a person, never a timer.

use jiff::Timestamp;
use names::CounterId;

use crate::counter::Decision;
use crate::limits::{ANNOUNCEMENT_AT_MOST, CALLS_BEFORE_MISSED, PRESUMED_SERVING, SERVING_AT_LEAST};
use crate::step::Step;
use crate::timing::{after, waited};
use crate::visit::{Call, Stage};
use crate::{Gesture, Refusal};

/// What the one button sees.
enum Sight {
    Free,
    Called { times: u8 },
    Serving { since: Timestamp },
}

impl Call {
    /// From when on the called person is presumed to be served.
    pub(crate) fn presumed_from(&self) -> Timestamp {
        let said = self.announced.unwrap_or_else(|| after(self.at, ANNOUNCEMENT_AT_MOST));
        after(said, PRESUMED_SERVING)
    }
}

impl Step<'_> {
    pub(crate) fn button(&mut self, counter: CounterId, gesture: Gesture) -> Decision {
        match (self.sight(counter), gesture) {
            (_, Gesture::Long) => Err(Refusal::NotAvailable),
            (Sight::Free, Gesture::Short | Gesture::Double) => self.call_next(counter),
            (Sight::Called { times }, Gesture::Short) if times >= CALLS_BEFORE_MISSED => {
                self.missed(counter)?;
                self.next_if_open(counter)
            }
            (Sight::Called { .. }, Gesture::Short) => self.recall(counter),
            (Sight::Called { .. }, Gesture::Double) => self.is_here(counter),
            (Sight::Serving { since }, Gesture::Short) if waited(since, self.now.at) < SERVING_AT_LEAST => {
                Err(Refusal::TooSoon)
            }
            (Sight::Serving { .. }, Gesture::Short) => self.finish_and_next(counter),
            (Sight::Serving { .. }, Gesture::Double) => self.finish(counter),
        }
    }

    fn sight(&self, counter: CounterId) -> Sight {
        let Ok((_, visit)) = self.person(counter) else { return Sight::Free };
        match visit.stage {
            Stage::Called(call) if call.presumed_from() <= self.now.at => {
                Sight::Serving { since: call.presumed_from() }
            }
            Stage::Called(call) => Sight::Called { times: call.times },
            Stage::Serving { since, .. } => Sight::Serving { since },
            Stage::Waiting | Stage::Missed { .. } | Stage::Away { .. } | Stage::Served | Stage::NotSettled => {
                Sight::Free
            }
        }
    }
}
