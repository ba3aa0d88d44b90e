//! The words about one input at the wall to the office.

use serde::Serialize;

use crate::values::Layout;

/// A keyboard of any kind that is plugged in, as it shows itself to the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputDevice {
    /// What its maker calls it.
    pub name: String,
    /// `vendor:product`, four lower-case hexadecimal digits each; nothing when it is not on USB.
    pub usb: Option<String>,
    /// The kernel's path of its port, without the interface: `usb-0000:01:00.0-1.2`.
    pub port: Option<String>,
    /// Its serial number, where it has one.
    pub serial: Option<String>,
    /// Whether it can type digits and end a line; a scanner's volume keys cannot.
    pub types: bool,
    /// Whether it moves a pointer, too: a keyboard sold with a mouse is a person's.
    pub points: bool,
}

/// How an input of the allow-list stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputState {
    /// It is read; a recorded stream has no device.
    There(Option<InputDevice>),
    /// Nothing that fits is plugged in.
    Missing,
    /// So many fit, and nothing tells them apart; none is taken.
    Several(usize),
    /// The input of this name means the same device; neither takes it.
    Shared(String),
    /// Another program holds it.
    Busy,
    /// The program may not open it.
    Locked,
    /// It cannot be read for another reason.
    Broken,
}

/// What the test code of the calibration sheet showed about an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// The layout it really types in; nothing when it is none of ours.
    pub layout: Option<Layout>,
    /// Whether the line ended with an Enter, without which no code is ever taken.
    pub ended: bool,
}
