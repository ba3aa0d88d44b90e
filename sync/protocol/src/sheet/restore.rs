//! What a side may believe of its own past after a restore.
//!
//! ```text
//!   backup ──► found (journal on the second medium, or the peer's echo) ──► witness (highest number)
//!      all there: Redo, nothing lost          anything missing: Burn, nothing sold twice
//! ```
//!
//! What must always hold: without a full proof everything that was free or held is burned and
//! everything sold is frozen; a day that may have been minted before is never minted free again.
//! The witness and the mint mark lie outside every backup.

use jiff::civil::Date;
use names::Side;

use super::change::SheetChange;
use super::give::range_of;
use super::span::{DaySheet, SeatRange, SeatState, Span};
use super::step::Outcome;

/// What is known outside every backup about the days that one side has minted for an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MintMark {
    /// No day yet: a new office.
    Never,
    /// The last day that was ever minted.
    UpTo(Date),
    /// Lost as well: any day may have been minted.
    Lost,
}

impl MintMark {
    /// Whether the day may have been minted before.
    #[must_use]
    pub fn covers(self, day: Date) -> bool {
        match self {
            Self::Never => false,
            Self::UpTo(last) => day <= last,
            Self::Lost => true,
        }
    }

    /// The mark once the day is minted; to be safe on disk before the day is used.
    #[must_use]
    pub fn with(self, day: Date) -> Self {
        match self {
            Self::Never => Self::UpTo(day),
            Self::UpTo(last) => Self::UpTo(last.max(day)),
            Self::Lost => Self::Lost,
        }
    }
}

impl DaySheet {
    /// Mints a day that has no sheet here. If the mark says that this side may have had one, its
    /// seats are burned from the start: they may have been sold in the sheet that was lost. Then
    /// there is a change to be written down behind the fact of the minting, which says nothing of
    /// it.
    #[must_use]
    pub fn mint_once(me: Side, day: Date, booking_lanes: u8, mark: MintMark) -> (Self, Option<SheetChange>) {
        let minted = Self::mint(day, booking_lanes);
        let mut sheet = minted.clone();
        if mark.covers(day) {
            sheet.burn(me);
        }
        let change = sheet.change_since(&minted);
        (sheet, change)
    }

    /// A person has looked: what is burned is free again, but for some seats. Answers how many.
    pub fn reopen(&mut self, me: Side, but: &[SeatRange]) -> u16 {
        let burned = |s: &&Span| s.holder == me && s.state == SeatState::Burned;
        let found: Vec<Span> = self.spans().iter().filter(burned).copied().collect();
        for span in &found {
            self.paint(range_of(span), |s| s.state = SeatState::Free);
        }
        for range in but {
            let again: Vec<Span> = found.iter().filter_map(|span| common(span, *range)).collect();
            for span in again {
                self.paint(range_of(&span), |s| s.state = SeatState::Burned);
            }
        }
        let left = self.spans().iter().filter(burned).map(Span::len).sum::<u16>();
        found.iter().map(Span::len).sum::<u16>().saturating_sub(left)
    }

    /// After a restore that may have lost writes: free and held become burned, sold frozen.
    pub(super) fn burn(&mut self, me: Side) -> Outcome {
        let mine: Vec<Span> = self.spans().iter().filter(|s| s.holder == me).copied().collect();
        let mut seats = 0;
        for span in mine {
            let state = match span.state {
                SeatState::Free | SeatState::Held(_) => SeatState::Burned,
                SeatState::Sold(booking) => SeatState::SoldFrozen(booking),
                SeatState::SoldFrozen(_) | SeatState::Burned | SeatState::Retired => continue,
            };
            seats += span.len();
            self.paint(range_of(&span), |s| s.state = state);
        }
        Outcome::Burned { seats }
    }
}

/// The part of a span that lies in a range.
fn common(span: &Span, range: SeatRange) -> Option<Span> {
    let part = Span { from: span.from.max(range.from), to: span.to.min(range.to), ..*span };
    (span.lane == range.lane && !part.is_empty()).then_some(part)
}
