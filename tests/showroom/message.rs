//! What reaches the theatre: what the visitor does, what the play asks for, what took its time.

use anyhow::Result;
use serde::Deserialize;

use crate::stage::Stage;

/// One message to the theatre.
#[derive(Debug)]
pub(crate) enum Message {
    /// The visitor did something.
    Act(Act),
    /// The play asks for something; with the life it was started in.
    Cue(u32, Cue),
    /// A fresh office is ready, or is not.
    Opened(Result<Stage>),
    /// The box was switched on again, or does not start.
    Restarted(u32, Result<()>),
    /// Time went by: captions may change.
    Refresh,
    /// The show-room ends.
    Close,
}

/// What a visitor can do on the page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Act {
    /// Names the town.
    Name { town: String },
    /// Pulls the plug or pushes it in.
    Plug { out: bool },
    /// Takes the box's power or gives it back.
    Power { on: bool },
    /// Holds the phone's newest QR code under the scanner.
    Scan,
    /// Presses a key of the keypad.
    Key { key: String },
    /// Presses the button of a desk device.
    Press { desk: usize, gesture: fixture::desk::Gesture },
    /// Starts the press text.
    Play,
    /// Begins again with a fresh office.
    Reset,
}

/// What the play asks for.
#[derive(Debug)]
pub(crate) enum Cue {
    /// Shows a sentence, from 1.
    Sentence(usize),
    /// Leads the phone to a page.
    Lead(String),
    /// Points at a desk device, or at none.
    Point(Option<usize>),
    /// It is over.
    Ended(Result<()>),
}
