//! The printer of slips (ESC/POS), at a USB node or on the network.
//!
//! ```text
//!   Slip ─► queue (4) ─► owner ─ bytes ─► printer
//!                          └─ Printed, Health ◄─ state
//! ```
//!
//! What must always hold: every slip is answered by one `Printed`; the same id is printed once; no
//! printer is a warning, never a stop; nobody waits for it.

mod codepage;
mod encode;
mod line;
mod owner;
mod slip;
mod status;

use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinSet;

use crate::values::Sensed;
pub use encode::Paper;
pub use line::PrinterPlace;
use owner::Owner;
pub use slip::{MAX_CODE, MAX_ID, MAX_PARTS, MAX_TEXT, Part, Printed, Slip};

/// Whether slips come.
pub(crate) const PART: &str = "printer";
/// Whether there is paper for longer.
pub(crate) const LOW_PART: &str = "printer-paper";
/// Whether the last slip that was sent came out.
pub(crate) const SLIP_PART: &str = "printer-slip";

/// Slips that may wait: about ten seconds of printing. Whoever would wait longer reads the screen.
const MAX_WAITING: usize = 4;

/// The printer, as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterConfig {
    /// Where it is.
    pub place: PrinterPlace,
    /// How wide its paper is.
    pub paper: Paper,
}

/// The way to the owner of the printer.
#[derive(Debug)]
pub(crate) struct Printer {
    slips: Option<Sender<Slip>>,
    sensed: Sender<Sensed>,
    runtime: Handle,
}

impl Printer {
    /// Starts the owner, if there is a printer; needs a running tokio runtime.
    pub(crate) fn start(config: Option<PrinterConfig>, sensed: Sender<Sensed>, tasks: &mut JoinSet<()>) -> Self {
        let slips = config.map(|config| {
            let (slips, orders) = mpsc::channel(MAX_WAITING);
            tasks.spawn(Owner::new(config.place, config.paper, sensed.clone()).run(orders));
            slips
        });
        Self { slips, sensed, runtime: Handle::current() }
    }

    /// Never waits.
    pub(crate) fn print(&self, slip: Slip) {
        let refused = match self.slips.as_ref().map(|slips| slips.try_send(slip.clone())) {
            Some(Ok(())) => return,
            Some(Err(TrySendError::Full(slip) | TrySendError::Closed(slip))) => slip,
            None => slip,
        };
        let sensed = self.sensed.clone();
        self.runtime
            .spawn(async move { sensed.send(Sensed::Printed { slip: refused.id, outcome: Printed::Not }).await });
    }
}
