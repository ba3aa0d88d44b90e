//! The texts of the pages, one file per language, checked by the compiler.
//!
//! What must always hold: a text that is missing or unknown in a file stops the first test, a
//! text nobody shows is an unread field and stops the build. No sentence stands in code.

use std::fmt;
use std::sync::LazyLock;

use names::Language;
use serde::Deserialize;

/// A text with places such as `{name}` to be filled.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text(String);

impl Text {
    /// Fills the place `{key}`.
    pub(crate) fn with(&self, key: &str, value: impl fmt::Display) -> Self {
        Self(self.0.replace(&format!("{{{key}}}"), &value.to_string()))
    }

    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Picks the singular for one, else the plural with the number.
pub(crate) fn counted(one: &Text, many: &Text, n: impl Into<u64>) -> Text {
    let n = n.into();
    if n == 1 { one.clone() } else { many.with("n", n) }
}

macro_rules! sections {
    ($($section:ident: $name:ident { $($key:ident),* $(,)? })*) => {
        /// All texts of one language, by page.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Texts { $(pub(crate) $section: $name,)* pub(crate) date: Date }
        $(
            #[derive(Debug, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(crate) struct $name { $(pub(crate) $key: Text),* }
        )*
    };
}

sections! {
    site: Site {
        skip, language_name, languages, telephone, mail, hours, hours_end, title, all_offices, step, change, go_on, your_visit, what, how_long, when, not_booked_yet, without,
    }
    count: Count {
        minutes_one, minutes, persons_one, persons, services_one, services, free_one, free,
    }
    offices: Offices {
        heading,
    }
    services: Services {
        step, heading, legend, each, further, bring, fee, persons_legend, persons_less, persons_more, go_on, only_without, none_picked, too_many_services, too_many_persons, too_long, unknown_service, nothing_offered,
    }
    times: Times {
        step, heading, intro, earliest, take_earliest, more_times, earlier_days, later_days, none_heading, none_text, other_services, none_later, pick_one, unknown_time, taken_heading, taken_text, taken_none, taken_all, too_soon_heading, too_soon_text,
    }
    hold: Hold {
        left, left_last, longer, over,
        other_time, no_longer,
    }
    details: Details {
        step, heading, intro, name, mail, mail_hint, telephone, telephone_hint, problems, problem_name_missing, problem_name_long, problem_name_form, problem_mail_missing, problem_mail_long, problem_mail_form, problem_telephone_long, problem_telephone_form, go_on,
    }
    review: Review {
        step, heading, contact, name, mail, telephone, send, then,
    }
    waiting: Waiting {
        title, heading, open_link, held, left, left_last, mail_queued, mail_sent, mail_refused, mail_retrying, refused_help, again, open, done, by_itself, reload, no_mail, resend, resent, resend_later,
    }
    link: Link {
        title, heading, text, until, confirm, late_heading, late_text, late_confirm, late_taken_heading, late_taken_text, late_taken_none, late_take, unknown_heading, unknown_text,
    }
    appointment: Appointment {
        title, booked, pin, not_your_pin, usage, qr, for_name, place, calendar, cancel, erased, arrived, called, called_to, served, missed, past, new, unknown_heading, unknown_text,
    }
    cancel: Cancel {
        title, heading, text, yes, no, done_heading, done_text, late_heading, late_text,
    }
    status: Status {
        title, booked, cancelled, past, known, arrived, called, served, missed, waiting_one, waiting, turn_one, turn, hint, unknown_heading, unknown_text,
    }
    lapsed: Lapsed {
        title, heading, text, again,
    }
    trouble: Trouble {
        start, not_found_title, not_found, method_title, method, large_title, large, unreadable_title, unreadable, foreign_title, foreign, broken_title, broken, paused_title, paused, limit_title, limit, twice_title, twice, standing,
    }
}

/// How days and hours are said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Date {
    pub(crate) weekdays: [Text; 7],
    pub(crate) weekdays_short: [Text; 7],
    pub(crate) months: [Text; 12],
    pub(crate) day: Text,
    pub(crate) short_day: Text,
    pub(crate) clock: Text,
    pub(crate) moment: Text,
}

static GERMAN: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../text/de.toml")));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../text/en.toml")));

impl Texts {
    /// The texts of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::De => &GERMAN,
            Language::En => &ENGLISH,
        }
    }
}

fn read(file: &str) -> Texts {
    toml::from_str(file).expect("the text files are part of the program and read by its tests")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use toml::{Table, Value};

    use super::*;

    const FILES: [&str; 2] = [include_str!("../../text/de.toml"), include_str!("../../text/en.toml")];

    /// Every text of a file with its key, such as `site.skip`.
    fn all(file: &str) -> Vec<(String, String)> {
        let table: Table = toml::from_str(file).expect("well-formed");
        let mut found = Vec::new();
        for (section, keys) in table {
            let keys = keys.as_table().expect("every text stands in a section").clone();
            found.extend(keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        found.into_iter().map(|(key, value)| (key, text(&value))).collect()
    }

    #[test]
    fn both_languages_have_every_text_and_no_other() {
        for language in Language::ALL {
            assert_eq!(Texts::of(language).date.weekdays.len(), 7);
        }
        let keys = |file| all(file).into_iter().map(|(key, _)| key).collect::<BTreeSet<_>>();
        assert_eq!(keys(FILES[0]), keys(FILES[1]));
    }

    #[test]
    fn both_languages_have_the_same_places_to_fill() {
        let places = |text: &str| {
            let found = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
            found.map(|(place, _)| place.to_owned()).collect::<BTreeSet<_>>()
        };
        let english = all(FILES[1]).into_iter().collect::<std::collections::BTreeMap<_, _>>();
        for (key, german) in all(FILES[0]) {
            assert_eq!(places(&german), places(&english[&key]), "{key}");
        }
    }

    #[test]
    fn the_words_that_frighten_or_mislead_never_reach_a_citizen() {
        // The left column of the table of words, and what means the same in English.
        let avoided = [
            "anmeld",
            "nehmen sie platz",
            "reserv",
            "stornier",
            "umbuch",
            "verfall",
            "ungültig",
            "fehler",
            "ticket",
            "spontan",
            "vorgang",
            "no-show",
            "zu spät",
            "invalid",
            "expired",
            "error",
            "fail",
            "wrong",
            "sorry",
        ];
        for (key, text) in FILES.into_iter().flat_map(all) {
            let lower = text.to_lowercase();
            for word in avoided {
                assert!(!lower.contains(word), "{key} says {word}: {text}");
            }
            let alone = text.replace("Termin-PIN", "").replace("ppointment PIN", "");
            let explained = text.contains("nicht die PIN") || key == "appointment.not_your_pin";
            assert!(explained || !alone.contains("PIN"), "{key} says PIN alone: {text}");
        }
    }

    #[test]
    fn a_place_is_filled_with_what_comes() {
        let text = Text("noch {n} von {m}".to_owned());
        assert_eq!(text.with("n", 2).with("m", "drei").to_string(), "noch 2 von drei");
    }
}
