//! The day sheet: all seats of an office's day, and the only steps that change them.
//!
//! ```text
//!             Hold            Sell
//!      Free ───────► Held ──────────► Sold        Give: Free, generation + 1, other holder
//!       │ ▲           │                │          Retire: Free ─► Retired
//!       │ └─ Release ─┘     Cancel     │          Burn (after a restore): Free, Held ─► Burned
//!       └──────────────────────────────┘                                  Sold ─► SoldFrozen
//! ```
//!
//! Each side keeps its own copy. What must always hold: every seat of the day is in exactly one
//! span; only the holder sells, holds, retires or gives; a held or sold seat is never given; a
//! seat comes to this side only by a grant of a higher generation to this side's present life.
//! So over both copies no seat is ever sold twice, whatever is lost, repeated or late.

mod change;
mod choice;
mod give;
mod interval;
mod offer;
mod reseat;
mod restore;
mod span;
mod step;
#[cfg(test)]
mod tests;

pub use change::SheetChange;
pub use give::{Grant, GrantSpan};
pub use interval::{BadInterval, INTERVALS, Interval, MINUTES_PER_INTERVAL};
pub use offer::{LaneOffer, serving};
pub use restore::MintMark;
pub use span::{BadSheet, DaySheet, HoldId, LANES, SeatRange, SeatState, Span};
pub use step::{Outcome, Place, Refused, SheetInput};
