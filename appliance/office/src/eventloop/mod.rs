//! The loop: waits for one thing, names it, and lets the hall take one step.
//!
//! ```text
//!   Sensed ─┐                                              ┌─► Answer, Bell, Show (moments)
//!   Letter ─┼─► name it ─► intake ─► queue ─► commit ─► announce
//!   Command ┤                                              └─► projections ─► pages
//!   due ────┤
//!   beat ───┴─► the pulse of the loop, for the service manager
//! ```
//!
//! What must always hold: one step at a time; the facts of a step are on disk before anybody
//! sees, hears or is told anything of it; nothing in here waits for the network.

mod announce;
mod day;
mod desk;
mod desks;
mod hall;
mod inputs;
mod known;
mod loudness;
mod moment;
mod publish;
mod slips;
mod step;
mod terminals;
mod time;

use std::time::Duration;

use devices::Sensed;
use tokio::sync::mpsc;

pub(crate) use hall::{Hall, Parts};
pub(crate) use known::Known;

use crate::care::Pulse;
use crate::ledger::LedgerError;
use crate::pages::wires::Command;
use crate::uplink::Letter;

/// The longest the loop sleeps: a laptop's clock may jump while its lid is closed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Everything the loop listens to.
#[derive(Debug)]
pub(crate) struct Ears {
    pub(crate) sensed: mpsc::Receiver<Sensed>,
    pub(crate) letters: mpsc::Receiver<Letter>,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) pulse: Pulse,
}

/// What the loop heard.
enum Heard {
    Sensed(Sensed),
    Letter(Letter),
    Command(Command),
    Due,
    Beat,
}

/// Runs a hall that took its first step, until `stop` resolves or the journal is lost.
///
/// # Errors
/// [`LedgerError`] when the journal can neither be written nor read again: nothing that is not
/// on disk may be shown, so the program ends and starts anew.
pub(crate) async fn run(mut hall: Hall, mut ears: Ears, stop: impl Future<Output = ()>) -> Result<Hall, LedgerError> {
    let mut stop = std::pin::pin!(stop);
    loop {
        let sleep = hall.until_due().min(LONGEST_SLEEP);
        let heard = tokio::select! {
            () = &mut stop => return Ok(hall),
            Some(letter) = ears.letters.recv() => Heard::Letter(letter),
            Some(sensed) = ears.sensed.recv() => Heard::Sensed(sensed),
            Some(command) = ears.commands.recv() => Heard::Command(command),
            () = tokio::time::sleep(sleep) => Heard::Due,
            () = ears.pulse.due() => Heard::Beat,
        };
        match heard {
            Heard::Sensed(sensed) => hall.sensed(sensed).await?,
            Heard::Letter(letter) => hall.letter(letter).await?,
            Heard::Command(command) => hall.command(command).await?,
            Heard::Due => hall.due().await?,
            Heard::Beat => Pulse::beat(),
        }
    }
}

#[cfg(test)]
mod nights;
