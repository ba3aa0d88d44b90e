//! What pages, mails and codes say, read as people read them.

use anyhow::{Context, Result};
use fixture::http::Page;
use fixture::{Mail, eyes};
use jiff::Timestamp;

/// How an appointment stands, by its own page or by the one behind its QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Booked,
    Arrived,
    Called,
    Served,
    Cancelled,
    Past,
    /// The code is ours, and nothing more is known about it.
    Known,
    /// Nobody here knows it.
    Unknown,
}

/// The words by which a page says so. The longer ones come before those they contain.
const WORDS: [(&str, Standing); 14] = [
    ("Gebucht und bestätigt", Standing::Booked),
    ("Dieser Termin ist gebucht", Standing::Booked),
    ("Sie sind da. Bitte warten", Standing::Arrived),
    ("Angekommen und wartet", Standing::Arrived),
    ("Sie sind dran", Standing::Called),
    ("Ist jetzt dran", Standing::Called),
    ("Ihr Besuch ist zu Ende", Standing::Served),
    ("Der Besuch ist zu Ende", Standing::Served),
    ("Ihr Termin ist abgesagt", Standing::Cancelled),
    ("Dieser Termin ist abgesagt", Standing::Cancelled),
    ("Termin ist vorbei", Standing::Past),
    ("Diesen Code haben wir ausgegeben", Standing::Known),
    ("Diesen Termin kennen wir nicht", Standing::Unknown),
    ("Diesen Code kennen wir nicht", Standing::Unknown),
];

/// How the appointment of a page stands; nothing if the page says none of this.
pub(crate) fn standing(page: &Page) -> Option<Standing> {
    let heading = page.body.split("<h1").nth(1)?.split("</h1>").next()?;
    WORDS.iter().find(|(words, _)| heading.contains(words)).map(|(_, standing)| *standing)
}

/// The Termin-PIN on a page, six digits.
pub(crate) fn pin_on(page: &Page) -> Option<String> {
    let code = page.body.split("class=\"code\">").nth(1)?.split('<').next()?;
    let pin: String = code.chars().filter(char::is_ascii_digit).collect();
    (pin.len() == 6).then_some(pin)
}

/// The Termin-PIN in the text of a mail, six digits.
pub(crate) fn pin_in(mail: &Mail) -> Option<String> {
    let words: Vec<_> = mail.text.split_whitespace().collect();
    let three = |w: &str| w.len() == 3 && w.bytes().all(|b| b.is_ascii_digit());
    words.windows(2).find(|w| three(w[0]) && three(w[1])).map(|w| w.concat())
}

/// The text of the QR code of a mail.
pub(crate) fn qr(mail: &Mail) -> Result<String> {
    let picture = mail.part("image/png").context("no QR code in the mail")?;
    eyes::read_qr(&picture.bytes)
}

/// The Message-ID of a mail.
pub(crate) fn message_id(mail: &Mail) -> Option<String> {
    let head = String::from_utf8_lossy(&mail.raw);
    let line = head.lines().take_while(|line| !line.is_empty());
    let found = line.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("message-id"));
    found.map(|(_, id)| id.trim().to_owned())
}

/// From when to when, by the calendar file of a mail.
pub(crate) fn from_to(mail: &Mail) -> Option<(Timestamp, Timestamp)> {
    let calendar = mail.attachments.iter().find(|part| part.mime == "text/calendar")?;
    let text = String::from_utf8_lossy(&calendar.bytes).into_owned();
    let event = text.split("BEGIN:VEVENT").nth(1)?.to_owned();
    let moment =
        |name: &str| event.lines().find(|line| line.starts_with(name))?.rsplit(':').next()?.trim().parse().ok();
    Some((moment("DTSTART")?, moment("DTEND")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        Page { url: "http://a/".to_owned(), status: 200, body: body.to_owned() }
    }

    #[test]
    fn a_page_is_read_by_its_heading_alone() {
        let seen = standing(&page("<h1 class=\"state\">Dieser Termin ist gebucht</h1><p>Ihr Termin ist abgesagt"));
        assert_eq!(seen, Some(Standing::Booked));
        assert_eq!(standing(&page("<h1>WLAN</h1>")), None);
        assert_eq!(pin_on(&page("<b class=\"code\">482 917</b>")).as_deref(), Some("482917"));
    }

    #[test]
    fn a_mail_tells_pin_times_and_number() {
        let raw = "Message-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
            Termin-PIN: 482 917\r\n--b\r\nContent-Type: text/calendar\r\n\r\nDTSTART:1\r\nBEGIN:VEVENT\r\n\
            DTSTART:20260203T094000Z\r\nDTEND:20260203T100000Z\r\n--b--\r\n";
        let mail = Mail::read("a@b", raw.as_bytes().to_vec()).expect("a mail");
        assert_eq!(message_id(&mail).as_deref(), Some("<1@x>"));
        assert_eq!(pin_in(&mail).as_deref(), Some("482917"));
        let moment = |text: &str| text.parse().expect("a moment");
        assert_eq!(from_to(&mail), Some((moment("2026-02-03T09:40:00Z"), moment("2026-02-03T10:00:00Z"))));
    }
}
