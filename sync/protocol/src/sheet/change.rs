//! What a step leaves in the log: the seats it changed, as they are now.
//!
//! What must always hold: a sheet with all changes since done again is the lost sheet, but that
//! nothing is held any more. Holds stay out of the log: they are short, and their end is safe.

use jiff::civil::Date;
use names::Side;
use serde::{Deserialize, Serialize};

use super::give::range_of;
use super::span::{DaySheet, SeatState, Span, push};
use super::step::{Outcome, Refused};

/// The seats that one step changed, as they were after it; to be written down with the sheet, in
/// the same transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetChange {
    /// The day of the sheet.
    pub day: Date,
    /// By lane and interval; never held.
    pub spans: Vec<Span>,
}

impl DaySheet {
    /// What has changed since an earlier state of this sheet; nothing if only holds did.
    #[must_use]
    pub fn change_since(&self, before: &Self) -> Option<SheetChange> {
        let (mut old, mut new) = (before.spans().iter().peekable(), self.spans().iter().peekable());
        let mut spans = Vec::new();
        // Both hold every seat of the day, so the lanes end together.
        while let (Some(was), Some(is)) = (old.peek(), new.peek()) {
            let (from, to) = (was.from.max(is.from), was.to.min(is.to));
            let (was, is) = (Span { from, to, ..settled(was) }, Span { from, to, ..settled(is) });
            if was != is {
                push(&mut spans, is);
            }
            old.next_if(|span| span.to == to);
            new.next_if(|span| span.to == to);
        }
        (!spans.is_empty()).then_some(SheetChange { day: self.day(), spans })
    }

    /// Ends this side's holds and does the changes again, in their order.
    pub(super) fn redo(&mut self, me: Side, changes: &[SheetChange]) -> Result<Outcome, Refused> {
        let holds: Vec<Span> = self.spans().iter().filter(|s| s.holder == me && is_held(s)).copied().collect();
        for span in holds {
            self.paint(range_of(&span), |s| s.state = SeatState::Free);
        }
        let mut seats = 0_u32;
        for span in changes.iter().flat_map(|change| &change.spans) {
            seats += u32::from(self.redo_span(span)?);
        }
        match changes.iter().find(|change| change.day != self.day()) {
            Some(_of_another_day) => Err(Refused::NoSuchSeats),
            None => Ok(Outcome::Redone { seats }),
        }
    }

    fn redo_span(&mut self, span: &Span) -> Result<u16, Refused> {
        let range = range_of(span);
        if !range.is_sound() || is_held(span) {
            return Err(Refused::NoSuchSeats);
        }
        if self.cut(range).any(|known| known.generation > span.generation) {
            return Err(Refused::WentBack);
        }
        self.paint(range, |s| (s.holder, s.generation, s.state) = (span.holder, span.generation, span.state));
        Ok(span.len())
    }
}

fn is_held(span: &Span) -> bool {
    matches!(span.state, SeatState::Held(_))
}

fn settled(span: &Span) -> Span {
    Span { state: if is_held(span) { SeatState::Free } else { span.state }, ..*span }
}
