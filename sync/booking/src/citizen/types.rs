//! What the citizens' pages show and send: plain values, already checked or already masked.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{CounterId, Language, Minutes, OfficeId, Pin, ServiceId};
use protocol::now::Turn;

use crate::secret::AppointmentSecret;

/// The most services in one visit (`rules.md`, Booking).
pub const MAX_SERVICES: usize = 6;
/// The most persons in one visit (`rules.md`, Booking).
pub const MAX_PERSONS: u8 = 8;
/// The most characters of a name: longer than any name on an identity card.
pub const MAX_NAME: usize = 100;
/// The most characters of a mail address (RFC 5321 leaves 254).
pub const MAX_MAIL: usize = 254;
/// The most characters of a telephone number with gaps.
pub const MAX_TELEPHONE: usize = 30;

/// What somebody wants to come for. Made by [`super::OfficeView::pick`], so it is always valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    pub(crate) services: Vec<ServiceId>,
    pub(crate) persons: u8,
    pub(crate) length: Minutes,
}

impl Pick {
    /// The services, in the order they were chosen; the first one decides.
    #[must_use]
    pub fn services(&self) -> &[ServiceId] {
        &self.services
    }

    /// How many persons come.
    #[must_use]
    pub fn persons(&self) -> u8 {
        self.persons
    }

    /// How long the visit takes, rounded up to the grid of 10 minutes.
    #[must_use]
    pub fn length(&self) -> Minutes {
        self.length
    }
}

/// A choice that cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPick {
    /// Nothing chosen.
    #[error("no service was chosen")]
    NoService,
    /// More than [`MAX_SERVICES`].
    #[error("more than 6 services were chosen")]
    TooManyServices,
    /// None or more than [`MAX_PERSONS`].
    #[error("a visit is for 1 to 8 persons")]
    Persons,
    /// A number this office does not have.
    #[error("service {0} is unknown here")]
    Unknown(ServiceId),
    /// A service that cannot be booked online.
    #[error("service {0} cannot be booked online")]
    NotBookable(ServiceId),
    /// Longer than a working day.
    #[error("the visit would be longer than a day")]
    TooLong,
}

/// A day with at least one free start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFree {
    /// The day.
    pub day: Date,
    /// How many starts are free.
    pub free: u16,
}

/// A seat that is held, as its browser sees it.
#[derive(Clone, Debug)]
pub struct HeldView {
    /// The office.
    pub office: OfficeId,
    /// What it is for.
    pub pick: Pick,
    /// The start.
    pub start: Timestamp,
    /// When the hold may lapse.
    pub until: Timestamp,
    /// How often it can still be extended.
    pub extensions_left: u8,
    /// What was typed and found valid so far.
    pub details: Option<Details>,
}

/// Who comes, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Details {
    /// The name, 1 to [`MAX_NAME`] characters.
    pub name: String,
    /// The mail address.
    pub mail: String,
    /// The telephone number, if given.
    pub telephone: Option<String>,
    /// The language of mails and announcements.
    pub language: Language,
}

impl std::fmt::Debug for Details {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Details(…)")
    }
}

/// What the form sent, unchecked.
#[derive(Clone, Default)]
pub struct DetailsForm {
    /// The name as typed.
    pub name: String,
    /// The mail address as typed.
    pub mail: String,
    /// The telephone number as typed; may be empty.
    pub telephone: String,
    /// A language tag; empty means German.
    pub language: String,
}

impl std::fmt::Debug for DetailsForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DetailsForm(…)")
    }
}

/// A field of the details form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of the form")]
pub enum Field {
    Name,
    Mail,
    Telephone,
    Language,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing was typed.
    Missing,
    /// More characters than this.
    TooLong(usize),
    /// Not of the form such a field has.
    Form,
    /// Control characters or line breaks.
    Characters,
}

/// One field that has to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Which.
    pub field: Field,
    /// Why.
    pub what: What,
}

/// How far a booking is, as the browser that made it sees it.
#[derive(Clone, Debug)]
pub enum Progress {
    /// The form is still being filled in.
    Editing,
    /// Not booked yet: the mail's link is awaited.
    Unconfirmed {
        /// When the link ends; it moves when the mail is taken by the recipient's server.
        until: Timestamp,
        /// The address, masked: `e…a@example.org`.
        mail_masked: String,
        /// What happened to the mail.
        mail_state: MailState,
    },
    /// Booked; the secret opens "my appointment".
    Confirmed {
        /// Opens "my appointment".
        appointment: AppointmentSecret,
    },
    /// Nobody confirmed, or the form was left; the seat is free again.
    Lapsed,
}

/// What happened to a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailState {
    /// Not tried yet.
    Queued,
    /// Taken by the recipient's side.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// Refused for good.
    Refused {
        /// The other server's words, at most 200 characters, for a closer look.
        why: String,
    },
    /// Not through yet; tried again by itself.
    Retrying,
}

/// What a confirmation link leads to. Looking at it changes nothing.
#[derive(Clone, Debug)]
pub enum LinkView {
    /// It can be confirmed by a button. Past `until` the same time is booked if it is still free.
    Open(LinkBooking),
    /// Already booked; the secret opens "my appointment".
    Confirmed {
        /// Opens "my appointment".
        appointment: AppointmentSecret,
    },
    /// The seat was let go; a button books the same time if it is still free.
    Late(LinkBooking),
    /// Cancelled, or so old that nothing is known any more.
    Unknown,
}

/// The booking behind a link.
#[derive(Clone, Debug)]
pub struct LinkBooking {
    /// The office.
    pub office: OfficeId,
    /// The start.
    pub start: Timestamp,
    /// The length.
    pub length: Minutes,
    /// The services.
    pub services: Vec<ServiceId>,
    /// How many persons come.
    pub persons: u8,
    /// When the link ends.
    pub until: Timestamp,
    /// The citizen's language.
    pub language: Language,
}

/// How an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppointmentState {
    /// Booked and confirmed.
    Confirmed,
    /// Cancelled.
    Cancelled,
    /// The person is in the office.
    Arrived,
    /// The person is called.
    Called {
        /// To this counter, if the box told it.
        counter: Option<CounterId>,
    },
    /// The visit is over.
    Served,
    /// Called, but nobody came.
    Missed,
}

/// "My appointment".
#[derive(Clone, Debug)]
pub struct AppointmentView {
    /// The office.
    pub office: OfficeId,
    /// The day, in the office's zone.
    pub day: Date,
    /// The start.
    pub start: Timestamp,
    /// The length.
    pub length: Minutes,
    /// The services.
    pub services: Vec<ServiceId>,
    /// How many persons come.
    pub persons: u8,
    /// The Termin-PIN.
    pub pin: Pin,
    /// The check-in token.
    pub token: String,
    /// What stands in the QR code: the status address with the token.
    pub qr_text: String,
    /// How it stands.
    pub state: AppointmentState,
    /// The citizen's language.
    pub language: Language,
    /// The name, until it is erased.
    pub name: Option<String>,
    /// The calendar file.
    pub calendar: String,
    /// The day at whose end the contact data is erased.
    pub erased_on: Date,
}

/// The read-only page of a QR code: nothing personal, nothing to change.
#[derive(Clone, Debug)]
pub struct StatusView {
    /// The office.
    pub office: OfficeId,
    /// The day, in the office's zone.
    pub day: Date,
    /// The start; for a ticket, when it was pulled.
    pub start: Timestamp,
    /// How it stands; nothing if we only know the token.
    pub state: Option<AppointmentState>,
    /// How many wait in the hall, if the box told it in the last 3 minutes.
    pub waiting: Option<u16>,
    /// When this visitor may be called, if they wait and the box told it in the last 3 minutes.
    pub turn: Option<Turn>,
}
