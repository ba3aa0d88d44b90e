//! One whole picture of the stage, as the page draws it. Sent after every change.

use serde::Serialize;

use crate::tally::Count;

/// Everything the page shows beside the live programs' own screens.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Picture {
    /// Grows with each fresh office; the page forgets the old one's frames.
    pub(crate) life: u32,
    /// Whether the visitor was asked for the town's name.
    pub(crate) named: bool,
    /// The town.
    pub(crate) town: String,
    /// Covers everything while the office opens; empty else.
    pub(crate) curtain: String,
    /// Where the programs' screens are; none while they start.
    pub(crate) urls: Option<Urls>,
    /// The internet.
    pub(crate) plug: PlugPicture,
    /// The box's power.
    pub(crate) power: PowerPicture,
    /// Lost and doubled.
    pub(crate) count: Count,
    /// Facts that wait for the line: not at the other end yet.
    pub(crate) pending: u64,
    /// Who stands in the waiting area.
    pub(crate) people: Vec<Person>,
    /// The two desk devices.
    pub(crate) desks: Vec<DeskPicture>,
    /// The line at the foot.
    pub(crate) caption: Caption,
    /// The play.
    pub(crate) play: PlayPicture,
    /// Where the play leads the phone.
    pub(crate) phone: PhonePicture,
    /// How many mails lie in the mailbox.
    pub(crate) mails: usize,
    /// Grows with each scan.
    pub(crate) scans: u64,
    /// Grows with each announcement.
    pub(crate) rings: u64,
    /// Whether the box itself can be heard.
    pub(crate) box_sounds: bool,
}

/// Where the programs' screens are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Urls {
    pub(crate) site: String,
    pub(crate) inbox: String,
    pub(crate) terminal: String,
    pub(crate) board: String,
}

/// The internet plug.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PlugPicture {
    pub(crate) out: bool,
    /// When it was pulled, as `9:41`.
    pub(crate) since: String,
}

/// The power of the box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PowerPicture {
    pub(crate) state: PowerState,
}

/// The power of the box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PowerState {
    #[default]
    On,
    Off,
    Starting,
}

/// Somebody in the waiting area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    /// Their code, as on every screen.
    pub(crate) code: String,
    /// Whether they are called right now.
    pub(crate) called: bool,
}

/// A desk device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DeskPicture {
    pub(crate) counter: u8,
    pub(crate) online: bool,
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) waiting: u16,
}

/// The line at the foot: a quote, or own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Caption {
    pub(crate) quote: String,
    pub(crate) strong: String,
    pub(crate) text: String,
    pub(crate) more: String,
    pub(crate) note: String,
}

/// How far the play is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PlayPicture {
    pub(crate) running: bool,
    /// The sentence, from 1; 0 before the first.
    pub(crate) at: usize,
    /// How many there are.
    pub(crate) count: usize,
    /// Which desk device the hand points at.
    pub(crate) hand: Option<usize>,
}

/// Where the phone was led last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PhonePicture {
    /// Grows with each turn, so that the same page can be shown again.
    pub(crate) turn: u32,
    pub(crate) url: String,
}
