//! The wires between the loop and the pages: what the loop publishes, and what pages may ask.
//!
//! What must always hold: pages only read the newest picture and send commands; a full wire
//! answers "later" instead of waiting, so that no browser can slow the hall down.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use names::CounterId;
use queue::{Act, Answer, PressId, Reader};
use tokio::sync::{mpsc, oneshot, watch};

use crate::desk::{Ask, Said};
use crate::pages::inputs::InputsView;
use crate::pages::terminal_keys::Key;
use crate::pages::view::{Board, ClockView, CounterView, TerminalView};

/// Commands that may wait for the loop: one per counter and terminal many times over, and a
/// flood of presses ends here and not in the loop.
pub const COMMANDS: usize = 256;

/// The counter pages' pictures, by counter.
pub type Counters = BTreeMap<CounterId, CounterView>;

/// The terminals' pictures, by terminal.
pub type Terminals = BTreeMap<Reader, TerminalView>;

/// The pages' end of the wires.
#[derive(Clone, Debug)]
pub struct Wires {
    /// The board as it should be seen now.
    pub board: watch::Receiver<Arc<Board>>,
    /// Every terminal as it should be seen now.
    pub terminals: watch::Receiver<Arc<Terminals>>,
    /// Every counter page as it should be seen now.
    pub counters: watch::Receiver<Arc<Counters>>,
    /// The page of the clock as it should be seen now.
    pub clock: watch::Receiver<Arc<ClockView>>,
    /// The scanners and keypads as they should be seen now.
    pub inputs: watch::Receiver<Arc<InputsView>>,
    /// What people asked for.
    pub commands: mpsc::Sender<Command>,
}

/// The loop's end of the wires.
#[derive(Debug)]
pub struct Ends {
    /// Publishes the board.
    pub board: watch::Sender<Arc<Board>>,
    /// Publishes the terminals.
    pub terminals: watch::Sender<Arc<Terminals>>,
    /// Publishes the counter pages.
    pub counters: watch::Sender<Arc<Counters>>,
    /// Publishes the page of the clock.
    pub clock: watch::Sender<Arc<ClockView>>,
    /// Publishes the scanners and keypads.
    pub inputs: watch::Sender<Arc<InputsView>>,
    /// What people asked for, in order.
    pub commands: mpsc::Receiver<Command>,
}

impl Ends {
    /// The commands, for the loop to listen to, and the pictures, for it to publish.
    pub(crate) fn split(self) -> (mpsc::Receiver<Command>, Pictures) {
        (
            self.commands,
            Pictures {
                board: self.board,
                terminals: self.terminals,
                counters: self.counters,
                clock: self.clock,
                inputs: self.inputs,
            },
        )
    }
}

/// Where the loop publishes.
#[derive(Debug)]
pub(crate) struct Pictures {
    /// The board.
    pub(crate) board: watch::Sender<Arc<Board>>,
    /// The terminals.
    pub(crate) terminals: watch::Sender<Arc<Terminals>>,
    /// The counter pages.
    pub(crate) counters: watch::Sender<Arc<Counters>>,
    /// The page of the clock.
    pub(crate) clock: watch::Sender<Arc<ClockView>>,
    /// The scanners and keypads.
    pub(crate) inputs: watch::Sender<Arc<InputsView>>,
}

/// Lays the wires, with a first picture of the board on them.
#[must_use]
pub fn wires(board: Board) -> (Ends, Wires) {
    let (board, board_seen) = watch::channel(Arc::new(board));
    let (terminals, terminals_seen) = watch::channel(Arc::default());
    let (counters, counters_seen) = watch::channel(Arc::default());
    let (clock, clock_seen) = watch::channel(Arc::default());
    let (inputs, inputs_seen) = watch::channel(Arc::default());
    let (sender, commands) = mpsc::channel(COMMANDS);
    let ends = Ends { board, terminals, counters, clock, inputs, commands };
    let wires = Wires {
        board: board_seen,
        terminals: terminals_seen,
        counters: counters_seen,
        clock: clock_seen,
        inputs: inputs_seen,
        commands: sender,
    };
    (ends, wires)
}

/// What a page asks the loop to do.
#[derive(Debug)]
pub enum Command {
    /// A counter acts.
    Act {
        /// Which counter.
        counter: CounterId,
        /// What it does.
        act: Act,
        /// Makes a repeated press the same press.
        press: PressId,
        /// Where the answer goes, once it is on disk.
        reply: oneshot::Sender<Answer>,
    },
    /// A key of a terminal, on its glass or on its keypad.
    Key {
        /// Which terminal.
        terminal: Reader,
        /// Which key.
        key: Key,
    },
    /// Somebody at a terminal wants a ticket.
    Ticket {
        /// Which terminal.
        terminal: Reader,
        /// Makes a repeated press the same press.
        press: PressId,
    },
    /// Somebody at the reception desk.
    Desk {
        /// What is asked.
        ask: Ask,
        /// Where the answer goes.
        reply: oneshot::Sender<Said>,
    },
    /// Somebody who signed in teaches the box the layouts of its scanners.
    Teach,
    /// A clerk ended the day.
    CloseDay,
    /// Somebody who signed in speaks of the time.
    Clock(ClockWord),
}

/// What a page says of the time.
#[derive(Debug)]
pub enum ClockWord {
    /// A browser tells its own time.
    Witness {
        /// Which session: one session is one witness.
        session: [u8; 32],
        /// What its clock says.
        time: Timestamp,
        /// Whether it runs on this very computer.
        here: bool,
        /// Where the day goes that the page should propose.
        reply: oneshot::Sender<Date>,
    },
    /// Somebody says which day it is.
    Day {
        /// The day.
        day: Date,
        /// The time, if it was typed.
        time: Option<Time>,
        /// Confirmed a second time.
        sure: bool,
        /// What became of it.
        reply: oneshot::Sender<DayAnswer>,
    },
}

/// What became of a confirmed day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayAnswer {
    /// The date counts.
    Taken,
    /// The box knows the time without being told.
    NotNeeded,
    /// More than three days ahead: please confirm once more.
    AskAgain,
    /// Before anything the box has seen, which was on this day.
    Before(Date),
    /// Later than any box is switched off; the last day that can be confirmed.
    After(Date),
}
