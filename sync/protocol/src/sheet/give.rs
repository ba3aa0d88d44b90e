//! How seats change their holder: given with a higher generation, to one life of the receiver.
//!
//! What must always hold: from the give on the giver cannot sell the seats; a repeated, late or
//! misdirected grant does nothing.

use names::{Incarnation, Side};
use serde::{Deserialize, Serialize};

use super::span::{DaySheet, SeatRange, SeatState, Span};
use super::step::{Outcome, Refused};

/// Seats on their way to the other side; re-sent until its cursor has passed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The receiver.
    pub to: Side,
    /// The receiver's life that may accept it.
    pub incarnation: Incarnation,
    /// The seats.
    pub spans: Vec<GrantSpan>,
}

/// Seats of one lane and one generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantSpan {
    /// The seats.
    pub seats: SeatRange,
    /// The generation they have from now on.
    pub generation: u32,
}

impl DaySheet {
    pub(super) fn give(&mut self, me: Side, seats: &[SeatRange], incarnation: Incarnation) -> Result<Outcome, Refused> {
        let mut spans = Vec::new();
        for range in seats {
            for span in self.mine(me, *range)? {
                if span.state != SeatState::Free {
                    return Err(Refused::NotFree);
                }
                let generation = span.generation.checked_add(1).ok_or(Refused::NotFree)?;
                spans.push(GrantSpan { seats: range_of(&span), generation });
            }
            // At once, so that a range named twice is refused instead of given twice.
            self.paint(*range, |span| (span.holder, span.generation) = (me.other(), span.generation + 1));
        }
        Ok(Outcome::Given(Grant { to: me.other(), incarnation, spans }))
    }

    /// Takes what is newer than what is known; everything else changes nothing.
    pub(super) fn accept(&mut self, me: Side, grant: &Grant, mine: Incarnation) -> Outcome {
        if grant.to != me || grant.incarnation != mine {
            return Outcome::Accepted { seats: 0 };
        }
        let mut seats = 0;
        for given in grant.spans.iter().filter(|g| g.seats.is_sound()) {
            let newer: Vec<Span> = self.cut(given.seats).filter(|s| given.generation > s.generation).collect();
            for span in newer {
                seats += span.len();
                self.paint(range_of(&span), |s| {
                    (s.holder, s.generation, s.state) = (me, given.generation, SeatState::Free);
                });
            }
        }
        Outcome::Accepted { seats }
    }
}

pub(super) fn range_of(span: &Span) -> SeatRange {
    SeatRange { lane: span.lane, from: span.from, to: span.to }
}
