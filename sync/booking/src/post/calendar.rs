//! The calendar file (.ics, RFC 5545): one event, in UTC so that no zone table can be wrong.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

/// Octets of a line before it is folded (RFC 5545, 3.1).
const LINE_OCTETS: usize = 75;

/// What the file says about the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// The event stands.
    Publish,
    /// The event is off.
    Cancel,
}

/// One appointment for a calendar.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Stays the same through moves and the cancellation.
    pub(crate) uid: String,
    /// Grows with each change, from 0.
    pub(crate) sequence: u32,
    /// When the file was made.
    pub(crate) stamp: Timestamp,
    /// The start.
    pub(crate) start: Timestamp,
    /// The length in minutes.
    pub(crate) minutes: u16,
    /// The title.
    pub(crate) summary: String,
    /// Where.
    pub(crate) location: String,
    /// What else to know.
    pub(crate) description: String,
    /// What it does to the calendar.
    pub(crate) method: Method,
}

impl Event {
    /// Writes the file.
    #[must_use]
    pub(crate) fn to_ics(&self) -> String {
        let (method, status) = match self.method {
            Method::Publish => ("PUBLISH", "CONFIRMED"),
            Method::Cancel => ("CANCEL", "CANCELLED"),
        };
        let end = self.start + SignedDuration::from_mins(i64::from(self.minutes));
        let lines = [
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            "PRODID:-//Aufruf//Booking//DE".to_owned(),
            format!("METHOD:{method}"),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", text(&self.uid)),
            format!("SEQUENCE:{}", self.sequence),
            format!("DTSTAMP:{}", utc(self.stamp)),
            format!("DTSTART:{}", utc(self.start)),
            format!("DTEND:{}", utc(end)),
            format!("STATUS:{status}"),
            format!("SUMMARY:{}", text(&self.summary)),
            format!("LOCATION:{}", text(&self.location)),
            format!("DESCRIPTION:{}", text(&self.description)),
            "END:VEVENT".to_owned(),
            "END:VCALENDAR".to_owned(),
        ];
        lines.iter().fold(String::new(), |mut file, line| {
            fold(line, &mut file);
            file
        })
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len());
    for ch in raw.chars() {
        match ch {
            '\\' | ';' | ',' => escaped.extend(['\\', ch]),
            '\n' => escaped.push_str("\\n"),
            ch if ch.is_control() => {}
            ch => escaped.push(ch),
        }
    }
    escaped
}

fn fold(line: &str, file: &mut String) {
    let mut octets = 0;
    for ch in line.chars() {
        if octets + ch.len_utf8() > LINE_OCTETS {
            file.push_str("\r\n ");
            octets = 1;
        }
        octets += ch.len_utf8();
        // Writing to a String cannot fail.
        let _infallible = file.write_char(ch);
    }
    file.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(description: &str) -> Event {
        Event {
            uid: "0123456789abcdef@termine.example".to_owned(),
            sequence: 0,
            stamp: "2026-02-01T10:00:00Z".parse().expect("a moment"),
            start: "2026-02-03T08:40:00Z".parse().expect("a moment"),
            minutes: 20,
            summary: "Termin: Bürgerbüro Musterland".to_owned(),
            location: "Marktplatz 1, 12345 Musterstadt".to_owned(),
            description: description.to_owned(),
            method: Method::Publish,
        }
    }

    #[test]
    fn an_event_has_its_times_in_utc_and_ends_after_its_length() {
        let file = event("Termin-PIN 482 917").to_ics();
        assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("END:VCALENDAR\r\n"));
        assert!(file.contains("\r\nDTSTART:20260203T084000Z\r\nDTEND:20260203T090000Z\r\n"), "{file}");
        assert!(file.contains("\r\nLOCATION:Marktplatz 1\\, 12345 Musterstadt\r\n"), "{file}");
    }

    #[test]
    fn nothing_breaks_out_of_its_line() {
        let file = event("eins\r\nEND:VEVENT\nATTENDEE:mailto:x@example.org; zwei").to_ics();
        assert_eq!(file.matches("\r\nEND:VEVENT\r\n").count(), 1);
        assert!(!file.contains("\r\nATTENDEE"));
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let long = "äöü ".repeat(100);
        let file = event(&long).to_ics();
        assert!(file.split("\r\n").all(|line| line.len() <= LINE_OCTETS));
        assert!(file.replace("\r\n ", "").contains(&format!("DESCRIPTION:{long}\r\n")));
    }
}
