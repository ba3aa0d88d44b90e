//! From a letter to a mail: text, simple HTML, the QR code inside, the calendar file beside it.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

use super::calendar::{Event, Method};
use super::letter::{Letter, QR_CID};
use super::words::Words;
use super::{MailKind, qr};
use crate::citizen::OfficeView;
use crate::citizen::records::BookingRow;

/// A mail that could not be put together: permanent, trying again makes the same.
#[derive(Debug, thiserror::Error)]
pub enum BadMail {
    /// The address or a header.
    #[error("failed to put a mail together")]
    Mail(#[from] lettre::error::Error),
    /// The recipient's address.
    #[error("failed to read the recipient's address")]
    Address(#[from] lettre::address::AddressError),
    /// A template.
    #[error("failed to write a letter")]
    Template(#[from] askama::Error),
    /// The QR code.
    #[error(transparent)]
    Qr(#[from] qr::BadQr),
}

/// Everything one mail is made of.
pub(crate) struct Order<'a> {
    pub(crate) kind: MailKind,
    /// Which of its kind: it stands in the Message-ID, so a second try is the same mail.
    pub(crate) version: u32,
    pub(crate) office: &'a OfficeView,
    pub(crate) booking: &'a BookingRow,
    pub(crate) to: &'a str,
    pub(crate) from: &'a Mailbox,
    pub(crate) link: String,
    pub(crate) link_ends: Timestamp,
    /// The text of the QR code, for the mails that have one.
    pub(crate) qr_text: Option<String>,
    pub(crate) now: Timestamp,
}

/// Puts a mail together.
///
/// # Errors
/// What cannot be put together now never can.
pub(crate) fn compose(order: &Order<'_>) -> Result<Message, BadMail> {
    let letter = Letter::about(order.booking, order.office, order.link.clone(), order.link_ends);
    let written = letter.write(order.kind, order.booking.language)?;
    let html = SinglePart::html(written.html);
    let rich = match &order.qr_text {
        Some(text) => {
            let picture = Attachment::new_inline(QR_CID.to_owned()).body(qr::png(text)?, image_png());
            MultiPart::related().singlepart(html).singlepart(picture)
        }
        None => MultiPart::related().singlepart(html),
    };
    let readable = MultiPart::alternative().singlepart(SinglePart::plain(written.text)).multipart(rich);
    let body = match calendar_file(order, &letter) {
        Some(calendar) => MultiPart::mixed().multipart(readable).singlepart(calendar),
        None => readable,
    };
    let message = Message::builder()
        .from(order.from.clone())
        .to(Mailbox::new(None, order.to.parse()?))
        .subject(written.subject.trim())
        .date(SystemTime::from(order.now))
        .message_id(Some(message_id(order)))
        .raw_header(auto_submitted())
        .multipart(body)?;
    Ok(message)
}

fn message_id(order: &Order<'_>) -> String {
    format!("<{}.{}.{}@{}>", order.booking.id, order.kind.name(), order.version, order.from.email.domain())
}

/// Keeps holiday notices and other machines from answering (RFC 3834).
pub(crate) fn auto_submitted() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned())
}

fn image_png() -> ContentType {
    ContentType::parse("image/png").expect("a constant of the right form")
}

/// The event of a booking.
pub(crate) fn event(booking: &BookingRow, office: &OfficeView, method: Method, host: &str, now: Timestamp) -> Event {
    let words = Words::of(booking.language);
    let letter = Letter::about(booking, office, String::new(), now);
    let (description, step) = match method {
        Method::Publish => (words.description(&letter.what, &letter.pin, &letter.bring, &office.telephone), 0),
        Method::Cancel => (letter.what.clone(), 1),
    };
    Event {
        uid: format!("{}@{host}", booking.id),
        // Each version of the booking publishes and may cancel once.
        sequence: u32::from(booking.version - 1) * 2 + step,
        stamp: now,
        start: booking.start,
        minutes: booking.length.0,
        summary: words.summary(&office.name),
        location: office.address.clone(),
        description,
        method,
    }
}

fn calendar_file(order: &Order<'_>, _letter: &Letter) -> Option<SinglePart> {
    let (method, name) = match order.kind {
        MailKind::PleaseConfirm | MailKind::RemindConfirm => return None,
        MailKind::Confirmed | MailKind::Moved => (Method::Publish, "PUBLISH"),
        MailKind::Cancelled | MailKind::Released => (Method::Cancel, "CANCEL"),
    };
    let event = event(order.booking, order.office, method, order.from.email.domain(), order.now);
    let kind = ContentType::parse(&format!("text/calendar; method={name}; charset=utf-8")).ok()?;
    Some(Attachment::new("termin.ics".to_owned()).body(event.to_ics(), kind))
}
