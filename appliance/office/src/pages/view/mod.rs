//! What each screen shows, made from the queue by pure functions.
//!
//! What must always hold: the same queue, context and moment give the same picture, and a
//! picture that has not changed is equal, so that nobody is told news that is none.

mod answers;
mod board;
mod calendar;
mod clock;
mod counter;
mod terminal;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use names::Code;
use protocol::office::OfficeDoc;
use serde::Serialize;

pub use answers::{Answer, Leaf, Next, Shape, Tone};
pub use board::{Board, Clock, Foot, Mark, Notice, Row, Side, board_changes};
pub use calendar::Opening;
pub(crate) use calendar::moment_in_words;
pub(crate) use clock::day_in_words;
pub use clock::{ClockNote, ClockView};
pub use counter::{CounterView, Expected, Fact, LineRow, State, Visitor};
pub(crate) use terminal::wait_text as wait_in_words;
pub use terminal::{Cell, Offer, ScreenView, Stay, TerminalView};

/// What the queue does not know and every picture needs.
#[derive(Clone, Debug)]
pub struct Context {
    /// The office, as the booking server last told it.
    pub office: Option<Arc<OfficeDoc>>,
    /// The line to the booking server.
    pub link: LinkState,
    /// The zone of the office.
    pub zone: TimeZone,
    /// The day somebody confirmed, while the clock is unknown.
    pub confirmed: Option<Date>,
}

/// The line to the booking server, as staff should see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// The last exchange went through.
    Connected {
        /// When it was.
        as_of: Timestamp,
    },
    /// Nothing gets through.
    Offline {
        /// Since when.
        since: Timestamp,
    },
    /// There is no booking server: the box works alone.
    Never,
}

/// A code in its two groups, as it looks on every screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// `482` or `A`.
    pub first: String,
    /// `917` or `042`.
    pub second: String,
}

impl From<Code> for Shown {
    fn from(code: Code) -> Self {
        let (first, second) = code.groups();
        Self { first, second }
    }
}

/// The counter's noun of the office, else the usual one.
fn noun(context: &Context) -> String {
    let own = context.office.as_ref().map(|office| office.counter_noun.trim()).filter(|noun| !noun.is_empty());
    own.unwrap_or(&crate::pages::texts::board().noun).to_owned()
}

#[cfg(test)]
mod tests;
