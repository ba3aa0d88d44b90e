//! Scanners and keypads: key events in, whole lines and single keys out.
//!
//! ```text
//!   /dev/input/event* ─ allow-list, grab ─┐
//!                                          ├─► Source ─ InputEvent ─► LineReader ─ Typed ─► Sensed
//!   FIFO of the same records (recorded) ──┘       one task and one reader per input
//! ```
//!
//! An input that is not on the allow-list never acts. An input that is unplugged is looked for
//! every second until it is back; that needs no notice from udev, which a box may not run and
//! which races the permissions of the new device.

mod allowed;
mod keymap;
mod line;
mod source;
pub mod typing;

use std::io;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use allowed::BadInput;
use line::{LineReader, Typed};
use source::Source;

use crate::report::Report;
use crate::values::{InputKind, InputRules, Sensed};

/// The longest line of an input, in characters; longer than any code, so that a scanner cannot
/// fill the memory.
pub const MAX_LINE: usize = 512;

/// The most inputs one box may have: one scanner and one keypad for each of 16 terminals.
pub const MAX_INPUTS: usize = 32;

/// How long a missing input is left alone before it is looked for again: found within two seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A scanner types a whole line within a few hundredths of a second.
const SCANNER_SILENCE: Duration = Duration::from_millis(300);

/// Half-typed codes clear after 20 s on the screen, and here with it.
const KEYPAD_SILENCE: Duration = Duration::from_secs(20);

/// Checks the list and begins to read every input on it.
pub(crate) fn start(inputs: Vec<InputRules>, sensed: &Sender<Sensed>, tasks: &mut JoinSet<()>) -> Result<(), BadInput> {
    allowed::check(&inputs)?;
    for rules in inputs {
        tasks.spawn(watch(rules, sensed.clone()));
    }
    Ok(())
}

/// Finds the input, reads it until it is gone, finds it again.
async fn watch(rules: InputRules, sensed: Sender<Sensed>) {
    let mut report = Report::new(format!("input:{}", rules.name), sensed.clone());
    loop {
        let error = match Source::open(&rules) {
            Ok(mut source) => {
                report.works().await;
                read(&rules, &mut source, &sensed).await
            }
            Err(error) => error,
        };
        report.broken(advice(&rules, &error)).await;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Reads until the source fails.
async fn read(rules: &InputRules, source: &mut Source, sensed: &Sender<Sensed>) -> io::Error {
    let mut reader = LineReader::new(rules.kind, rules.layout);
    loop {
        let typed = match next(rules.kind, &reader, source).await {
            Some(Ok(event)) => reader.feed(event),
            Some(Err(error)) => return error,
            None => reader.silence(),
        };
        if let Some(typed) = typed {
            // The office is gone only when the whole room stops.
            let _ = sensed.send(tell(rules, typed)).await;
        }
    }
}

/// The next event, or `None` when a half line has waited long enough.
async fn next(kind: InputKind, reader: &LineReader, source: &mut Source) -> Option<io::Result<evdev::InputEvent>> {
    if !reader.is_open() {
        return Some(source.next().await);
    }
    let silence = match kind {
        InputKind::Scanner => SCANNER_SILENCE,
        InputKind::Keypad => KEYPAD_SILENCE,
    };
    timeout(silence, source.next()).await.ok()
}

fn tell(rules: &InputRules, typed: Typed) -> Sensed {
    let input = rules.name.clone();
    match typed {
        Typed::Key(key) => Sensed::Key { input, key },
        Typed::Line(text) => Sensed::Line { input, kind: rules.kind, text },
        Typed::Overlong => Sensed::Overlong { input },
    }
}

fn advice(rules: &InputRules, error: &io::Error) -> String {
    let hints = [
        (io::ErrorKind::PermissionDenied, "give the service the group of the input devices"),
        (io::ErrorKind::ResourceBusy, "another program holds it; end that program"),
        (io::ErrorKind::InvalidInput, "`recorded` must be a FIFO"),
        (io::ErrorKind::NotFound, "plug it in, or correct `usb`, `port`, `serial` or `recorded` of this [[input]]"),
    ];
    let hint = hints.iter().find(|(kind, _)| *kind == error.kind()).map_or("check its cable", |(_, hint)| hint);
    format!("failed to read input {}: {error}; {hint}", rules.name)
}
