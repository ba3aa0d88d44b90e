//! Scanners and keypads: key events in, whole lines and single keys out.
//!
//! ```text
//!   /dev/input/event* ─ allow-list, grab ─┐
//!                                          ├─► Source ─ InputEvent ─► LineReader ─ Typed ─► Sensed
//!   FIFO of the same records (recorded) ──┘       one task and one reader per input
//! ```
//!
//! An input that is not on the allow-list never acts; which device is which input is decided for
//! the whole list at once (`matching`). An input that is unplugged is looked for
//! every second until it is back; that needs no notice from udev, which a box may not run and
//! which races the permissions of the new device.

mod allowed;
mod calibration;
mod held;
mod keymap;
mod line;
mod matching;
mod plugged;
mod source;
mod told;
pub mod typing;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use allowed::BadInput;
pub use calibration::TEST_TEXT;
use line::{LineReader, Typed};
use matching::Match;
pub use plugged::keyboards;
use source::{Next, Source, Trouble};
pub use told::{InputDevice, InputState, Tested};

use crate::report::Report;
use crate::values::{InputKind, InputRules, Layout, Sensed};

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

/// The layout of each input, where it is another one than configured. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layouts(Arc<Mutex<BTreeMap<String, Layout>>>);

impl Layouts {
    pub(crate) fn set(&self, input: &str, layout: Layout) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(input.to_owned(), layout);
    }

    fn of(&self, rules: &InputRules) -> Layout {
        let learned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        learned.get(&rules.name).copied().unwrap_or(rules.layout)
    }
}

/// Checks the list and begins to read every input on it.
pub(crate) fn start(
    inputs: Vec<InputRules>,
    sensed: &Sender<Sensed>,
    tasks: &mut JoinSet<()>,
) -> Result<Layouts, BadInput> {
    allowed::check(&inputs)?;
    let (list, layouts): (Arc<[InputRules]>, _) = (inputs.into(), Layouts::default());
    for at in 0..list.len() {
        let watcher = Watcher { list: Arc::clone(&list), at, layouts: layouts.clone(), sensed: sensed.clone() };
        tasks.spawn(watcher.watch());
    }
    Ok(layouts)
}

/// One input of the list.
struct Watcher {
    list: Arc<[InputRules]>,
    at: usize,
    layouts: Layouts,
    sensed: Sender<Sensed>,
}

impl Watcher {
    fn rules(&self) -> &InputRules {
        &self.list[self.at]
    }

    /// Finds the input, reads it until it is gone, finds it again.
    async fn watch(self) {
        let mut report = Report::new(format!("input:{}", self.rules().name), self.sensed.clone());
        let mut told = None;
        loop {
            let trouble = match Source::open(&self.list, self.at) {
                Ok((mut source, device)) => {
                    self.stands(&mut told, InputState::There(device)).await;
                    report.works().await;
                    self.read(&mut source).await
                }
                Err(trouble) => trouble,
            };
            self.stands(&mut told, state(&trouble)).await;
            report.broken(advice(self.rules(), &trouble)).await;
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Reads until the source fails; what was half typed then is worth nothing.
    async fn read(&self, source: &mut Source) -> Trouble {
        let mut reader = LineReader::new(self.rules().kind, self.layouts.of(self.rules()));
        loop {
            if reader.asks_held() {
                reader.hold(source.held());
            }
            let next = next(self.rules().kind, &reader, source).await;
            reader.set_layout(self.layouts.of(self.rules()));
            let (typed, failure) = match next {
                Some(Ok(Next::Event(event))) => (reader.feed(event), None),
                Some(Ok(Next::Another)) => (reader.gone(), None),
                Some(Err(error)) => (reader.gone(), Some(error)),
                None => (reader.silence(), None),
            };
            if let Some(typed) = typed {
                self.tell(tell(self.rules(), typed)).await;
            }
            if let Some(error) = failure {
                return Trouble::Read(error);
            }
        }
    }

    async fn stands(&self, told: &mut Option<InputState>, state: InputState) {
        if told.as_ref() != Some(&state) {
            *told = Some(state.clone());
            self.tell(Sensed::Input { input: self.rules().name.clone(), state }).await;
        }
    }

    async fn tell(&self, sensed: Sensed) {
        // The office is gone only when the whole room stops.
        let _ = self.sensed.send(sensed).await;
    }
}

/// The next event, or `None` when a half line has waited long enough.
async fn next(kind: InputKind, reader: &LineReader, source: &mut Source) -> Option<io::Result<Next>> {
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
        Typed::Tested(tested) => Sensed::Tested { input, tested },
    }
}

fn state(trouble: &Trouble) -> InputState {
    match trouble {
        Trouble::NotOne(Match::Missing | Match::Device(_)) => InputState::Missing,
        Trouble::NotOne(Match::Several(count)) => InputState::Several(*count),
        Trouble::NotOne(Match::Shared(other)) => InputState::Shared(other.clone()),
        Trouble::Read(error) if error.kind() == io::ErrorKind::PermissionDenied => InputState::Locked,
        Trouble::Read(error) if error.kind() == io::ErrorKind::ResourceBusy => InputState::Busy,
        Trouble::Read(error) if error.raw_os_error() == Some(GONE) => InputState::Missing,
        Trouble::Read(_) => InputState::Broken,
    }
}

/// What the kernel answers when a device was unplugged while it was read (ENODEV).
const GONE: i32 = 19;

fn advice(rules: &InputRules, trouble: &Trouble) -> String {
    let what = match trouble {
        Trouble::NotOne(Match::Missing | Match::Device(_)) => {
            "not plugged in; plug it in, or correct `usb`, `port`, `serial` or `recorded` of this [[input]]".to_owned()
        }
        Trouble::NotOne(Match::Several(count)) => {
            format!("{count} devices fit and nothing tells them apart; none is read: add `port` to this [[input]]")
        }
        Trouble::NotOne(Match::Shared(other)) => {
            format!("{other:?} means the same device and neither reads it; correct `port` or `serial` of one of them")
        }
        Trouble::Read(error) => format!("{error}; {}", hint(error)),
    };
    format!("failed to read input {}: {what}", rules.name)
}

fn hint(error: &io::Error) -> &'static str {
    let hints = [
        (io::ErrorKind::PermissionDenied, "give the service the group of the input devices"),
        (io::ErrorKind::ResourceBusy, "another program holds it; end that program"),
        (io::ErrorKind::InvalidInput, "`recorded` must be a FIFO"),
    ];
    hints.iter().find(|(kind, _)| *kind == error.kind()).map_or("check its cable", |(_, hint)| hint)
}
