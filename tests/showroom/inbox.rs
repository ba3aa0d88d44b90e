//! The mailbox on the citizen's phone: the mails as they really came, as a mail program shows
//! them. No scripts, nothing from elsewhere.

use std::fmt::Write as _;

use fixture::Mail;
use fixture::mail::Attachment;

use crate::texts::texts;

/// The list, newest first.
pub(crate) fn list(mails: &[Mail]) -> String {
    let words = &texts().inbox;
    let mut rows = String::new();
    for (number, mail) in mails.iter().enumerate().rev() {
        let (from, subject) = (escaped(&mail.from), escaped(&mail.subject));
        let line = mail.text.lines().filter(|l| !l.trim().is_empty()).nth(2).unwrap_or_default();
        // Writing to a String cannot fail.
        let _infallible = write!(
            rows,
            "<li><a href=\"/postfach/{number}\"><small>{from}</small><b>{subject}</b><span>{}</span></a></li>",
            escaped(line)
        );
    }
    let body =
        if rows.is_empty() { format!("<p class=\"empty\">{}</p>", words.empty) } else { format!("<ul>{rows}</ul>") };
    page(&words.title, &format!("<h1>{}</h1>{body}", words.title))
}

/// One mail.
pub(crate) fn mail(number: usize, mail: &Mail) -> String {
    let words = &texts().inbox;
    let mut parts = String::new();
    for (place, part) in mail.attachments.iter().enumerate().filter(|(_, part)| !shown_inside(mail, part)) {
        let name = if part.name.is_empty() { &part.mime } else { &part.name };
        let _infallible = write!(
            parts,
            "<a class=\"file\" download=\"{0}\" href=\"/postfach/{number}/teil/{place}\">{0}</a>",
            escaped(name)
        );
    }
    if !parts.is_empty() {
        parts = format!("<footer><b>{}</b>{parts}</footer>", words.attachments);
    }
    let head = format!(
        "<p class=\"back\"><a href=\"/postfach\">‹ {}</a></p><h1>{}</h1><p class=\"from\">{} {}</p>",
        words.back,
        escaped(&mail.subject),
        words.from,
        escaped(&mail.from)
    );
    page(&escaped(&mail.subject), &format!("{head}<article>{}</article>{parts}", content(number, mail)))
}

/// The HTML of the mail with its own pictures, or its text.
fn content(number: usize, mail: &Mail) -> String {
    if mail.html.is_empty() {
        return format!("<pre>{}</pre>", escaped(&mail.text));
    }
    let mut html = body_of(&mail.html).to_owned();
    for (place, part) in mail.attachments.iter().enumerate() {
        if let Some(id) = &part.content_id {
            html = html.replace(&format!("cid:{id}"), &format!("/postfach/{number}/teil/{place}"));
        }
    }
    html
}

fn shown_inside(mail: &Mail, part: &Attachment) -> bool {
    part.content_id.as_ref().is_some_and(|id| mail.html.contains(&format!("cid:{id}")))
}

/// What stands between `<body …>` and `</body>`, or everything.
fn body_of(html: &str) -> &str {
    let inside = html.split_once("<body").and_then(|(_, rest)| rest.split_once('>')).map_or(html, |(_, rest)| rest);
    inside.split_once("</body>").map_or(inside, |(inside, _)| inside)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"de\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><link rel=\"stylesheet\" href=\"/static/tokens.css\">\
         <link rel=\"stylesheet\" href=\"/static/inbox.css\"><body>{body}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Mail {
        let raw = "From: a@b\r\nSubject: <Ihr> Termin\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n\
            --x\r\nContent-Type: text/html\r\n\r\n<html><body style=\"a\"><img src=\"cid:qr@x\"></body></html>\r\n\
            --x\r\nContent-Type: image/png\r\nContent-ID: <qr@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nAQID\r\n--x--\r\n";
        Mail::read("me@x", raw.as_bytes().to_vec()).expect("a mail")
    }

    #[test]
    fn a_mail_is_shown_with_its_own_pictures_and_a_harmless_subject() {
        let html = mail(4, &sample());
        assert!(html.contains("src=\"/postfach/4/teil/0\""), "{html}");
        assert!(html.contains("&lt;Ihr&gt; Termin") && !html.contains("<Ihr>"));
        assert!(!html.contains("class=\"file\""), "a picture that is shown is not listed again");
    }

    #[test]
    fn the_newest_mail_is_on_top() {
        let html = list(&[sample(), sample()]);
        assert!(html.find("/postfach/1").expect("the second") < html.find("/postfach/0").expect("the first"));
        assert!(list(&[]).contains(&texts().inbox.empty));
    }
}
