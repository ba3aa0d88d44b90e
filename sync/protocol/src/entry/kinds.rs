//! The kinds of entries: one enum for each reader, and how a content becomes a draft and back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bodies::{Booked, Cancelled, Contact, Given, Minted, NodeKeyTold, PinBlockGiven, Settled, TokenKey};
use super::{BadEntry, Draft, Entry};
use crate::office::OfficeDoc;
use crate::pins::PinBlock;
use crate::sheet::SheetChange;
use crate::token::{BOX_KEYS, SERVER_KEYS};

/// An enum of contents with the kind that each one has in the journal.
macro_rules! kinds {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $variant:ident($body:ty) = $kind:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "body")]
        pub enum $name {
            $($(#[$what])* #[serde(rename = $kind)] $variant($body),)+
        }

        impl $name {
            /// The kind as it stands in the journal.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind,)+
                }
            }

            /// Writes it down, ready for the journal.
            #[must_use]
            pub fn draft(&self, at: Timestamp) -> Draft {
                draft(self.kind(), at, self)
            }

            /// Reads it back; nothing for a kind that is not one of these, which is kept and ignored.
            #[must_use]
            pub fn read(draft: &Draft) -> Option<Result<Self, BadEntry>> {
                Self::read_body(&draft.kind, &draft.body)
            }

            /// Reads it from an entry, as [`Self::read`].
            #[must_use]
            pub fn of(entry: &Entry) -> Option<Result<Self, BadEntry>> {
                Self::read_body(&entry.kind, &entry.body)
            }

            /// Whether entries of this kind are one of these.
            #[must_use]
            pub fn is_kind(kind: &str) -> bool {
                matches!(kind, $($kind)|+)
            }

            fn read_body(kind: &str, body: &Map<String, Value>) -> Option<Result<Self, BadEntry>> {
                let read = match kind {
                    $($kind => <$body>::deserialize(body).map(Self::$variant),)+
                    _another => return None,
                };
                Some(read.map_err(|why| bad_content(kind, &why)).and_then(Self::checked))
            }
        }
    };
}

kinds! {
    /// What the booking server writes and the box understands.
    FromBooking {
        /// The office document, whole.
        Office(OfficeDoc) = "office",
        /// A public key of the office's booking server that signs tokens (key ids 0 to 127).
        Key(TokenKey) = "key",
        /// A day was minted whole: which lanes each side holds from the start.
        Minted(Minted) = "minted",
        /// A block of PINs was given to the box.
        PinBlock(PinBlockGiven) = "pin-block",
        /// A booking was confirmed, or moved (higher version).
        Booked(Booked) = "booked",
        /// A booking was cancelled.
        Cancelled(Cancelled) = "cancelled",
    }
}

kinds! {
    /// What the box writes and the booking server understands. All `hall.*` entries are the box's
    /// own facts: stored, counted, read tolerantly.
    FromBox {
        /// A public key of this box that signs tokens (key ids 128 to 255).
        Key(TokenKey) = "key",
        /// A booking was made at the desk.
        Booked(Booked) = "booked",
        /// A booking was cancelled at the desk.
        Cancelled(Cancelled) = "cancelled",
    }
}

kinds! {
    /// What both sides write, and the other one understands.
    FromEither {
        /// How to reach the person of a booking, sealed.
        Contact(Contact) = "contact",
        /// The key that the writer signs with from now on.
        NodeKey(NodeKeyTold) = "node-key",
    }
}

kinds! {
    /// What happened to the writer's seats and PINs: all that it needs to do them again after a
    /// restore, and all that the other side has to hear of them. A restore that cannot show all of
    /// them has lost something.
    SeatFact {
        /// A day has its sheet here.
        Minted(Minted) = "minted",
        /// Seats changed otherwise: accepted, retired, moved to another lane, burned from the start.
        Seats(SheetChange) = "seats",
        /// Seats were given to the other side.
        Given(Given) = "given",
        /// A block of PINs was given to the other side.
        PinBlock(PinBlockGiven) = "pin-block",
        /// Seats were sold.
        Booked(Booked) = "booked",
        /// Seats became free.
        Cancelled(Cancelled) = "cancelled",
        /// A restore ended.
        Settled(Settled) = "settled",
    }
}

impl FromBooking {
    fn checked(self) -> Result<Self, BadEntry> {
        match &self {
            Self::Key(key) if !SERVER_KEYS.contains(&key.id) => Err(BadEntry::KeyOfOtherSide { id: key.id }),
            Self::PinBlock(given) => known_block(given).map(|()| self),
            Self::Office(_) | Self::Key(_) | Self::Minted(_) | Self::Booked(_) | Self::Cancelled(_) => Ok(self),
        }
    }
}

impl FromBox {
    fn checked(self) -> Result<Self, BadEntry> {
        match &self {
            Self::Key(key) if !BOX_KEYS.contains(&key.id) => Err(BadEntry::KeyOfOtherSide { id: key.id }),
            Self::Key(_) | Self::Booked(_) | Self::Cancelled(_) => Ok(self),
        }
    }
}

impl FromEither {
    #[expect(clippy::unnecessary_wraps, reason = "the same for every kind of reader")]
    fn checked(self) -> Result<Self, BadEntry> {
        Ok(self)
    }
}

impl SeatFact {
    fn checked(self) -> Result<Self, BadEntry> {
        match &self {
            Self::PinBlock(given) => known_block(given).map(|()| self),
            Self::Minted(_)
            | Self::Seats(_)
            | Self::Given(_)
            | Self::Booked(_)
            | Self::Cancelled(_)
            | Self::Settled(_) => Ok(self),
        }
    }
}

fn known_block(given: &PinBlockGiven) -> Result<(), BadEntry> {
    match PinBlock::new(given.block) {
        Some(_block) => Ok(()),
        None => Err(BadEntry::NoSuchBlock { block: given.block }),
    }
}

fn draft(kind: &str, at: Timestamp, content: &impl Serialize) -> Draft {
    let mut whole = serde_json::to_value(content).expect("our contents are objects with text keys");
    let body = match whole.get_mut("body").map(Value::take) {
        Some(Value::Object(body)) => body,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => Map::new(),
    };
    Draft { kind: kind.to_owned(), at, body }
}

fn bad_content(kind: &str, why: &serde_json::Error) -> BadEntry {
    BadEntry::Content { kind: kind.to_owned(), why: why.to_string() }
}
