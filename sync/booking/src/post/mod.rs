//! Mails: queued with the fact they tell about, sent by one task, never twice on purpose.
//!
//! ```text
//!   submit, confirm, cancel ─► outbox (same transaction) ─nudge─► deliver ─► compose ─► smtp
//!                                    ▲                                │
//!                                    └── taken · later · refused ◄────┘
//! ```
//!
//! What must always hold: a secret in a mail is drawn when the mail is put together, and only
//! its hash is stored; a *please confirm* is not tried past its link; nothing is polled.

mod calendar;
mod compose;
mod deliver;
mod letter;
pub(crate) mod outbox;
pub(crate) mod qr;
mod smtp;
mod words;

pub(crate) use calendar::Method;
pub use compose::BadMail;
pub(crate) use compose::{auto_submitted, event};
pub(crate) use deliver::Post;
pub use smtp::{BadMailer, Mailer, NotTaken};
pub use words::Words;

/// The mails we write; each has a folder in `mails/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// The link that confirms.
    PleaseConfirm,
    /// The link once more, for whoever has not used it yet.
    RemindConfirm,
    /// The Termin-PIN, the QR code, the calendar file.
    Confirmed,
    /// Another date: everything anew.
    Moved,
    /// The appointment is off.
    Cancelled,
    /// A later date that is not needed: the person was served already.
    Released,
}

impl MailKind {
    const ALL: [Self; 6] =
        [Self::PleaseConfirm, Self::RemindConfirm, Self::Confirmed, Self::Moved, Self::Cancelled, Self::Released];

    /// Its name in tables and Message-IDs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PleaseConfirm => "please-confirm",
            Self::RemindConfirm => "remind-confirm",
            Self::Confirmed => "confirmed",
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
            Self::Released => "released",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
