//! The words of alarm mails: German, and English below.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::Mailbox;
use serde::Deserialize;

use super::rules::{Alarm, News};
use crate::post::BadMail;

static GERMAN: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../text/alarms.de.toml")));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../text/alarms.en.toml")));

fn read(text: &str) -> Texts {
    toml::from_str(text).expect("the embedded texts are complete")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    subject: String,
    subject_over: String,
    over: String,
    server: String,
    foot: String,
    what: BTreeMap<Alarm, String>,
    r#do: BTreeMap<Alarm, String>,
}

impl Texts {
    fn subject(&self, news: &News) -> String {
        let (office, alarm) = &news.subject;
        let form = if news.over { &self.subject_over } else { &self.subject };
        let office = if office.is_empty() { &self.server } else { office };
        form.replace("{office}", office).replace("{what}", of(&self.what, *alarm))
    }

    fn body(&self, news: &News) -> String {
        let what = if news.over { &self.over } else { of(&self.r#do, news.subject.1) };
        format!("{}\n\n{what}\n\n{}\n", self.subject(news), self.foot)
    }
}

fn of(texts: &BTreeMap<Alarm, String>, alarm: Alarm) -> &str {
    texts.get(&alarm).map(String::as_str).unwrap_or_default()
}

/// The mail about something.
///
/// # Errors
/// It cannot be put together, and never can.
pub(super) fn letter(news: &News, from: &Mailbox, to: &Mailbox, now: Timestamp) -> Result<Message, BadMail> {
    let body = format!("{}\n-- \n\n{}", GERMAN.body(news), ENGLISH.body(news));
    let mail = Message::builder().from(from.clone()).to(to.clone()).subject(GERMAN.subject(news));
    Ok(mail.date(SystemTime::from(now)).raw_header(crate::post::auto_submitted()).body(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_has_its_words_in_both_languages() {
        for alarm in [Alarm::Offline, Alarm::Paper, Alarm::Clock, Alarm::Stick, Alarm::MailQueue] {
            for texts in [&GERMAN, &ENGLISH] {
                assert!(!of(&texts.what, alarm).is_empty() && !of(&texts.r#do, alarm).is_empty(), "{alarm:?}");
            }
        }
    }
}
