//! When an alarm is told: a pure machine over what is known.
//!
//! ```text
//!   wrong, not told ─► mail ─► told ─► right again ─► all-clear ─► silent until a day after the mail
//! ```
//!
//! What must always hold: at most one mail of a kind a day for each office, and one all-clear for
//! each mail; what is not known changes nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// From one mail of a kind to the next: whoever gets more of them reads none.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What somebody has to look after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Alarm {
    /// The box is not heard.
    Offline,
    /// Its printer is short of paper.
    Paper,
    /// It does not know the time by itself.
    Clock,
    /// Its second medium is missing.
    Stick,
    /// Mails to citizens wait too long.
    MailQueue,
}

/// An alarm of an office; without an office, of the server.
pub(crate) type Subject = (String, Alarm);

/// What is known of each subject: whether it is wrong.
pub(crate) type Known = BTreeMap<Subject, bool>;

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// Of what.
    pub(crate) subject: Subject,
    /// Whether it is over.
    pub(crate) over: bool,
}

/// What was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Told(Vec<One>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct One {
    subject: Subject,
    /// When the mail about it was taken.
    at: Timestamp,
    /// Whether its all-clear is still to come.
    open: bool,
}

impl Told {
    /// What is to be told now.
    pub(crate) fn due(&self, known: &Known, now: Timestamp) -> Vec<News> {
        let news = known.iter().filter_map(|(subject, wrong)| {
            let told = self.0.iter().find(|one| one.subject == *subject);
            let due = match told {
                None => *wrong,
                Some(one) if one.open => !wrong,
                Some(one) => *wrong && now.duration_since(one.at) >= A_DAY,
            };
            due.then(|| News { subject: subject.clone(), over: !wrong })
        });
        news.collect()
    }

    /// It was told: the mail server took it.
    pub(crate) fn told(&mut self, news: &News, now: Timestamp) {
        match self.0.iter_mut().find(|one| one.subject == news.subject) {
            Some(one) if news.over => one.open = false,
            Some(one) => (one.at, one.open) = (now, true),
            None => self.0.push(One { subject: news.subject.clone(), at: now, open: !news.over }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(wrong: bool) -> Known {
        [(("musterland".to_owned(), Alarm::Offline), wrong)].into()
    }

    /// Looks and tells; answers whether a mail (false) or an all-clear (true) went out.
    fn look(told: &mut Told, known: &Known, hour: i64) -> Vec<bool> {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour);
        let news = told.due(known, now);
        news.iter().for_each(|news| told.told(news, now));
        news.into_iter().map(|news| news.over).collect()
    }

    #[test]
    fn one_mail_and_one_all_clear_and_a_line_that_flaps_is_told_once_a_day() {
        let mut told = Told::default();
        assert_eq!(look(&mut told, &line(false), 0), [false; 0], "all is well from the start");
        assert_eq!(look(&mut told, &line(true), 1), [false]);
        assert_eq!(look(&mut told, &line(true), 2), [false; 0]);
        assert_eq!(look(&mut told, &Known::new(), 3), [false; 0], "nothing is known");
        assert_eq!(look(&mut told, &line(false), 4), [true]);
        assert_eq!(look(&mut told, &line(true), 5), [false; 0], "once a day");
        assert_eq!(look(&mut told, &line(false), 6), [false; 0], "nothing was told, nothing is cleared");
        assert_eq!(look(&mut told, &line(true), 25), [false]);
        assert_eq!(look(&mut told, &line(true), 99), [false; 0]);
    }

    proptest! {
        #[test]
        fn no_day_has_two_mails_of_a_kind_and_each_all_clear_has_its_mail(
            looks in prop::collection::vec((prop::option::of(any::<bool>()), 0_i64..9), 0..80),
        ) {
            let (mut told, mut hour, mut mails, mut open) = (Told::default(), 0, Vec::new(), false);
            for (wrong, step) in looks {
                hour += step;
                for over in look(&mut told, &wrong.map(line).unwrap_or_default(), hour) {
                    prop_assert_eq!(over, open, "a mail, its all-clear, a mail, …");
                    open = !over;
                    mails.extend((!over).then_some(hour));
                }
            }
            prop_assert!(mails.windows(2).all(|two| two[1] - two[0] >= 24), "{:?}", mails);
        }
    }
}
