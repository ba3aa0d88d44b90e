//! What is printed: lines for people, without a word of how a printer does it.

/// A slip of paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The office's name for it, at most [`MAX_ID`] bytes. The same id is printed once, whatever
    /// happens in between.
    pub id: String,
    /// From top to bottom, at most [`MAX_PARTS`].
    pub parts: Vec<Part>,
}

/// One part of a slip; all of them stand in the middle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A text, broken between words; at most [`MAX_TEXT`] characters.
    Line(String),
    /// The same, bold.
    Strong(String),
    /// A few characters, as large as the paper is wide.
    Huge(String),
    /// A QR code of printable ASCII, at most [`MAX_CODE`] characters.
    Code(String),
    /// An empty line.
    Gap,
}

/// What became of a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Printed {
    /// The printer says that all of it is on paper.
    Done,
    /// Some of it was sent and the printer never said that it is on paper. It is not sent again.
    Unsure,
    /// None of it was sent.
    Not,
}

/// The longest id in bytes; a day and a code have 16.
pub const MAX_ID: usize = 64;

/// The most parts of a slip; ours have about ten, and more is no slip but a page.
pub const MAX_PARTS: usize = 32;

/// The most characters of one text: a paragraph of five narrow lines.
pub const MAX_TEXT: usize = 160;

/// The most characters of a QR code: version 7, level M (`rules.md`, Codes), with room.
pub const MAX_CODE: usize = 200;

impl Slip {
    /// Whether it keeps to the limits.
    pub(super) fn is_bounded(&self) -> bool {
        self.id.len() <= MAX_ID && self.parts.len() <= MAX_PARTS && self.parts.iter().all(Part::is_bounded)
    }
}

impl Part {
    fn is_bounded(&self) -> bool {
        match self {
            Self::Line(text) | Self::Strong(text) | Self::Huge(text) => text.chars().count() <= MAX_TEXT,
            Self::Code(text) => {
                (1..=MAX_CODE).contains(&text.len()) && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
            }
            Self::Gap => true,
        }
    }
}
