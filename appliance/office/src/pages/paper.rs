//! The slip with a waiting number, as lines of text; and the words about paper and sound.
//!
//! Pure. What must always hold: nothing on the slip but the number, the moment and the office;
//! nothing is said that is not known.

use std::sync::LazyLock;

use names::{Code, Language, Now, Trust};
use queue::Wait;
use serde::Deserialize;

use super::texts::{self, fill, words};
use super::view::{Context, moment_in_words, wait_in_words};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct German {
    slip: SlipText,
    screen: ScreenText,
    staff: StaffText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    slip: SlipText,
    screen: ScreenText,
}

static GERMAN: LazyLock<German> = LazyLock::new(|| {
    toml::from_str(include_str!("../../text/paper.de.toml")).expect("the embedded German texts are complete")
});

static ENGLISH: LazyLock<Spoken> = LazyLock::new(|| {
    toml::from_str(include_str!("../../text/paper.en.toml")).expect("the embedded English texts are complete")
});

words!(SlipText { title, day, wait, wait_none, lead, scan, call });

words!(ScreenText { strong, lead });

words!(StaffText { sound, chime, printer, printer_paper, printer_slip });

/// What the terminal says once the slip is there.
pub(crate) fn screen(language: Language) -> &'static ScreenText {
    match language {
        Language::De => &GERMAN.screen,
        Language::En => &ENGLISH.screen,
    }
}

/// What clerks read when something is missing.
pub(crate) fn staff() -> &'static StaffText {
    &GERMAN.staff
}

fn slip(language: Language) -> &'static SlipText {
    match language {
        Language::De => &GERMAN.slip,
        Language::En => &ENGLISH.slip,
    }
}

/// A slip, from top to bottom; what is not known is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paper {
    pub(crate) office: Option<String>,
    pub(crate) title: &'static str,
    pub(crate) number: String,
    pub(crate) day: Option<String>,
    pub(crate) wait: Option<String>,
    pub(crate) lead: &'static str,
    /// The code and what it is for.
    pub(crate) code: Option<(String, &'static str)>,
    pub(crate) call: Option<String>,
}

impl Paper {
    /// The slip of a number that was pulled now.
    pub(crate) fn of(
        number: Code,
        wait: Wait,
        code: Option<String>,
        context: &Context,
        language: Language,
        now: Now,
    ) -> Self {
        let text = slip(language);
        let office = context.office.as_ref();
        let moment = || {
            let (day, time) = moment_in_words(&context.zone, language, now.at);
            fill(&text.day, &[("day", &day), ("time", &time)])
        };
        Self {
            office: office.map(|office| office.name.clone()),
            title: &text.title,
            number: number.to_string(),
            day: (now.trust != Trust::Unknown).then(moment),
            wait: expected(wait, text, language),
            lead: &text.lead,
            code: code.map(|code| (code, text.scan.as_str())),
            call: office
                .map(|office| office.telephone.as_str())
                .filter(|telephone| !telephone.is_empty())
                .map(|telephone| fill(&text.call, &[("telephone", telephone)])),
        }
    }
}

fn expected(wait: Wait, text: &SlipText, language: Language) -> Option<String> {
    match wait {
        Wait::About(minutes) if minutes.0 == 0 => Some(text.wait_none.clone()),
        Wait::About(_) => Some(fill(&text.wait, &[("wait", &wait_in_words(texts::wait(language), wait))])),
        Wait::Unsure => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use names::{Minutes, TicketNumber};

    use super::*;
    use crate::pages::view::LinkState;

    fn of(wait: Wait, trust: Trust) -> Paper {
        let office = crate::desk::tests::doc();
        let context =
            Context { office: Some(office.into()), link: LinkState::Never, zone: TimeZone::UTC, confirmed: None };
        let number = Code::Ticket(TicketNumber::new('A', 42).expect("a number"));
        let now = Now { at: "2026-02-03T08:41:00Z".parse().expect("a moment"), trust };
        Paper::of(number, wait, None, &context, Language::De, now)
    }

    #[test]
    fn a_slip_says_number_moment_and_expected_wait() {
        let paper = of(Wait::About(Minutes(20)), Trust::Trusted);
        assert_eq!(paper.number, "A 042");
        assert_eq!(paper.day.as_deref(), Some("Dienstag, 3. Februar, 8:41 Uhr"));
        assert_eq!(paper.wait.as_deref(), Some("Wartezeit: etwa 20 Minuten"));
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let paper = of(Wait::Unsure, Trust::Unknown);
        assert_eq!((paper.day, paper.wait, paper.code), (None, None, None));
        assert_eq!(of(Wait::About(Minutes(0)), Trust::Trusted).wait.as_deref(), Some("Sie kommen gleich dran."));
    }

    #[test]
    fn words_that_citizens_stumble_over_stand_on_no_slip() {
        let all = format!("{:?} {:?}", GERMAN.slip, GERMAN.screen).to_lowercase();
        for word in ["ticket", "anmeld", "fehler", "kunde", "leider", "!", "nehmen sie platz"] {
            assert!(!all.contains(word), "{word}");
        }
        assert!(!ENGLISH.slip.title.is_empty());
    }
}
