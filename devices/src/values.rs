//! The words at the wall between this room and the office.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::input::{InputState, Tested};
use crate::printer::Printed;

/// What was sensed. The office gives it a meaning; this room does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sensed {
    /// A finished line of a scanner or keypad, without the Enter. At most
    /// [`crate::input::MAX_LINE`] characters; longer ones are dropped whole and reported as [`Sensed::Overlong`].
    Line {
        /// The `name` of the input in the configuration.
        input: String,
        /// What it is.
        kind: InputKind,
        /// The characters, decoded by the input's layout.
        text: String,
    },
    /// One key of a keypad, as it is pressed: `0`–`9`, `C` (clear), or nothing else.
    /// The Enter of a keypad arrives as the [`Sensed::Line`] it ends.
    Key {
        /// The `name` of the input in the configuration.
        input: String,
        /// The character.
        key: char,
    },
    /// A line that was longer than any code can be, or of which keys got lost.
    Overlong {
        /// The `name` of the input in the configuration.
        input: String,
    },
    /// The test code was held under a scanner ([`crate::input::TEST_TEXT`]); nobody checks in.
    Tested {
        /// The `name` of the input in the configuration.
        input: String,
        /// What it showed.
        tested: Tested,
    },
    /// An input was found, lost, or cannot be told from another; sent when it changes.
    Input {
        /// The `name` of the input in the configuration.
        input: String,
        /// How it stands.
        state: InputState,
    },
    /// A desk device was pressed. Its identity is proven by the gate.
    Press {
        /// Whose credential sent it.
        desk: DeskId,
        /// The press id as the device chose it, 1 to 64 printable ASCII characters.
        press: String,
        /// How.
        gesture: Gesture,
    },
    /// A desk device came or went.
    DeskSeen {
        /// Which.
        desk: DeskId,
        /// Whether it is connected now.
        online: bool,
    },
    /// The chime for a call begins to sound; followed by its [`Sensed::Rang`]. Not sent when there
    /// is no sound.
    Ringing {
        /// The number the office gave the bell.
        bell: u64,
    },
    /// The chime for a call ended (or could not sound); `bell` is the one that was rung.
    Rang {
        /// The number the office gave the bell.
        bell: u64,
    },
    /// What became of a slip that was to be printed.
    Printed {
        /// Its id, as the office gave it.
        slip: String,
        /// What became of it.
        outcome: Printed,
    },
    /// The state of one part changed; for the health page and staff, never for citizens.
    Health(Health),
}

/// One part and how it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Which part: `sound`, `chime` (whether the configured one sounds), `printer`, `printer-paper`
    /// (whether there is enough), `printer-slip` (whether the last one came out), `broker`, `gate`,
    /// `desks` (whether presses are heard), `mdns`, `input:NAME`,
    /// `desk:ID` (whether its presses can be read).
    pub part: String,
    /// Whether it works.
    pub works: bool,
    /// One sentence: what is wrong and what to do. Empty while it works.
    pub detail: String,
}

/// What kind of keyboard an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputKind {
    /// Types whole lines.
    Scanner,
    /// Is typed on by people.
    Keypad,
}

/// The keyboard layout an input is set to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Factory setting of most scanners.
    #[default]
    Us,
    /// German.
    De,
    /// French; its digits are shifted.
    Fr,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Us, Self::De, Self::Fr];
}

/// One allowed input and how to find it. An input not on the list can never act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputRules {
    /// Its name in our own words, such as `entrance-scanner`.
    pub name: String,
    /// What it is.
    pub kind: InputKind,
    /// The layout it types in.
    #[serde(default)]
    pub layout: Layout,
    /// USB `vendor:product` as four hexadecimal digits each, such as `05e0:1200`.
    pub usb: Option<String>,
    /// The port it is plugged into (the kernel's physical path, with or without its `/input0`), to
    /// tell two alike apart.
    pub port: Option<String>,
    /// Its serial number, where it has one.
    pub serial: Option<String>,
    /// A recorded stream of key events (a FIFO of the kernel's `struct input_event`) instead of
    /// hardware: the show-room's and the tests' scanner.
    pub recorded: Option<PathBuf>,
}

/// A desk device, by the name in its credential: 1 to 32 characters of `a-z`, `0-9`, `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeskId(pub String);

/// Who may come in at the gate. Replaced as a whole; a device that is no longer on it is
/// disconnected at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permits(pub Vec<Permit>);

/// One desk device and the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The device.
    pub desk: DeskId,
    /// SHA-256 of its secret.
    pub secret: Secret,
}

/// SHA-256 of a device's secret (128 random bits or more, so a plain hash is enough).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How the one button was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gesture {
    /// Once, shortly.
    Short,
    /// Twice within half a second.
    Double,
    /// For three seconds or longer.
    Long,
}

/// What a desk device is shown. Published retained, whole, after every change and after every
/// restart of the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// The state of a desk.
    State {
        /// Whose.
        desk: DeskId,
        /// What.
        view: DeskView,
    },
    /// The answer to one press, after it is on disk.
    Acknowledge {
        /// Whose press.
        desk: DeskId,
        /// Which press.
        press: String,
        /// Whether it did something: `called`, `recalled`, `nobody-waits`, `done`, `refused`.
        answer: String,
        /// The code that was called, such as `482 917`, if one was.
        code: Option<String>,
    },
}

/// The state of a desk as its lamp or display shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskView {
    /// The counter it stands at.
    pub counter: u8,
    /// `closed`, `paused`, `free`, `called`, `serving`.
    pub state: String,
    /// The code called or served, such as `A 042`.
    pub code: Option<String>,
    /// How many wait that this counter may take.
    pub waiting: u16,
}

/// A sound to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bell {
    /// The chime of a call or recall. Calls never sound over each other: bells are played one
    /// after the other; each is answered with [`Sensed::Rang`].
    Call {
        /// The office's number for this bell.
        bell: u64,
    },
    /// At the terminal: it worked.
    Done,
    /// At the terminal: please check.
    PleaseCheck,
}
