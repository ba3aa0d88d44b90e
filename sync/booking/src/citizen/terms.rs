//! How long things last: holds, links, extensions.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How long a seat is held while the form is filled in, and by one extension.
pub(crate) const HOLD: SignedDuration = SignedDuration::from_mins(10);
/// How often a hold can be extended.
pub(crate) const EXTENSIONS: u8 = 2;
/// How long a link is good after the recipient's side took the mail.
const LINK: SignedDuration = SignedDuration::from_mins(60);
/// How long a link is good at most after the booking was sent off, however late the mail is.
const LINK_AT_MOST: SignedDuration = SignedDuration::from_hours(4);
/// On the day itself a link ends this long before the start …
const BEFORE_START: SignedDuration = SignedDuration::from_mins(30);
/// … but is never good for less than this.
const LINK_AT_LEAST: SignedDuration = SignedDuration::from_mins(15);
/// How long after the mail its reader is reminded to confirm …
pub(crate) const REMIND_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// … if at least this much of the link's time is left then.
pub(crate) const REMINDER_LEAVES: SignedDuration = SignedDuration::from_mins(10);
/// How many mails with a link one booking gets.
pub(crate) const LINK_MAILS: u32 = 3;
/// How long somebody waits before the mail is sent once more.
pub(crate) const BETWEEN_LINK_MAILS: SignedDuration = SignedDuration::from_mins(1);

/// When a link ends. `sent` is when the recipient's side took the mail; before that the link
/// ends as late as it may.
pub(crate) fn link_end(submitted: Timestamp, sent: Option<Timestamp>, start: Timestamp, zone: &TimeZone) -> Timestamp {
    let latest = submitted + LINK_AT_MOST;
    let end = sent.map_or(latest, |sent| latest.min(sent + LINK));
    let same_day = submitted.to_zoned(zone.clone()).date() == start.to_zoned(zone.clone()).date();
    if same_day { end.min(start - BEFORE_START).max(sent.unwrap_or(submitted) + LINK_AT_LEAST) } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-02-{text}:00+01:00").parse().expect("a moment")
    }

    fn end(submitted: &str, sent: Option<&str>, start: &str) -> Timestamp {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        link_end(at(submitted), sent.map(at), at(start), &zone)
    }

    #[test]
    fn a_link_is_good_for_an_hour_from_the_mail_and_four_from_the_booking() {
        assert_eq!(end("02T10:00", Some("02T10:01"), "03T09:40"), at("02T11:01"));
        assert_eq!(end("02T10:00", None, "03T09:40"), at("02T14:00"));
        assert_eq!(end("02T10:00", Some("02T13:30"), "03T09:40"), at("02T14:00"));
    }

    #[test]
    fn on_the_day_itself_it_ends_half_an_hour_before_but_lasts_a_quarter() {
        assert_eq!(end("03T08:00", Some("03T08:01"), "03T09:10"), at("03T08:40"));
        assert_eq!(end("03T08:00", Some("03T08:30"), "03T09:10"), at("03T08:45"));
    }
}
