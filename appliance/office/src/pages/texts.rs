//! The words on the screens, one file per language.
//!
//! What must always hold: both languages have the same keys, every key is used by a field
//! here, and the words `rules.md` avoids never reach a citizen (see the tests).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use names::Language;
use serde::Deserialize;

static GERMAN: LazyLock<German> = LazyLock::new(|| {
    toml::from_str(include_str!("../../text/de.toml")).expect("the embedded German texts are complete")
});

static ENGLISH: LazyLock<Spoken> = LazyLock::new(|| {
    toml::from_str(include_str!("../../text/en.toml")).expect("the embedded English texts are complete")
});

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct German {
    calendar: Calendar,
    wait: WaitText,
    terminal: TerminalText,
    board: BoardText,
    counter: CounterText,
    staff: StaffText,
    clock: ClockText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    calendar: Calendar,
    wait: WaitText,
    terminal: TerminalText,
    clock: ClockText,
}

pub(crate) fn calendar(language: Language) -> &'static Calendar {
    match language {
        Language::De => &GERMAN.calendar,
        Language::En => &ENGLISH.calendar,
    }
}

pub(crate) fn wait(language: Language) -> &'static WaitText {
    match language {
        Language::De => &GERMAN.wait,
        Language::En => &ENGLISH.wait,
    }
}

pub(crate) fn terminal(language: Language) -> &'static TerminalText {
    match language {
        Language::De => &GERMAN.terminal,
        Language::En => &ENGLISH.terminal,
    }
}

pub(crate) fn clock(language: Language) -> &'static ClockText {
    match language {
        Language::De => &GERMAN.clock,
        Language::En => &ENGLISH.clock,
    }
}

pub(crate) fn board() -> &'static BoardText {
    &GERMAN.board
}

pub(crate) fn counter() -> &'static CounterText {
    &GERMAN.counter
}

pub(crate) fn staff() -> &'static StaffText {
    &GERMAN.staff
}

/// Fills `{name}` in a text; a name that does not stand in it is left out.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name { $(pub(crate) $field: String),* }
    };
}

pub(crate) use words;

/// Days and hours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    pub(crate) weekdays: [String; 7],
    pub(crate) weekdays_short: [String; 7],
    pub(crate) months: [String; 12],
    pub(crate) day_of_month: String,
    pub(crate) date_short: String,
    pub(crate) date_long: String,
    pub(crate) date_inline: String,
    pub(crate) at: String,
    pub(crate) today: String,
    pub(crate) tomorrow: String,
    pub(crate) opens: String,
    pub(crate) opens_inline: String,
    pub(crate) hours_until: String,
    pub(crate) hours_from: String,
    pub(crate) hours_closed: String,
}

words!(WaitText { title, about, about_one, none, unsure });

/// The terminal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TerminalText {
    pub(crate) title: String,
    pub(crate) telephone: String,
    pub(crate) back: String,
    pub(crate) done: String,
    pub(crate) other_language: String,
    pub(crate) other_language_tag: String,
    pub(crate) sample_title: String,
    pub(crate) sample_note: String,
    pub(crate) start: StartText,
    pub(crate) typing: TypingText,
    pub(crate) choice: ChoiceText,
    pub(crate) answer: BTreeMap<String, AnswerText>,
}

words!(StartText {
    morning,
    day,
    evening,
    appointment,
    appointment_hint,
    ticket,
    ticket_hint,
    ticket_hint_wait,
    ticket_hint_closed,
    turn,
    turn_hint,
    scan,
    scan_hint,
    keys,
    keys_hint,
});

words!(TypingText {
    title,
    title_turn,
    help,
    help_turn,
    not_bank,
    check_digits,
    three_or_six,
    no_number,
    clear,
    enter,
    typed,
    typed_none,
});

words!(ChoiceText { ticket, ticket_wait, ticket_plain, later, back, back_hint, today, yours });

/// One answer of the terminal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerText {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) strong: String,
    pub(crate) lead: String,
}

words!(ClockText {
    title,
    title_confirmed,
    title_known,
    lead,
    lead_confirmed,
    lead_known,
    date,
    yes,
    yes_sure,
    no,
    field_day,
    field_time,
    correct,
    then,
    then_confirmed,
    ask_again,
    before,
    after,
    not_a_day,
    back,
    start,
    other,
});

words!(BoardText {
    title,
    number,
    noun,
    wait_title,
    wait_about,
    wait_minutes,
    wait_minute,
    wait_none,
    wait_unsure,
    empty,
    last_title,
    mixed,
    closed_serving,
    closed,
    tickets_title,
    tickets_over,
    tickets_later,
    opens_title,
    watch_staff,
    telephone,
    spoken,
    cut,
    cut_unsure,
});

/// The counter page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CounterText {
    pub(crate) title: String,
    pub(crate) open: String,
    pub(crate) all_services: String,
    pub(crate) paused: String,
    pub(crate) closed: String,
    pub(crate) state_free: String,
    pub(crate) state_free_note: String,
    pub(crate) state_called: String,
    pub(crate) state_again: String,
    pub(crate) state_on_board: String,
    pub(crate) state_speaking: String,
    pub(crate) state_serving: String,
    pub(crate) state_presumed: String,
    pub(crate) state_presumed_note: String,
    pub(crate) pause_title: String,
    pub(crate) pause_note: String,
    pub(crate) pause_text: String,
    pub(crate) closed_title: String,
    pub(crate) closed_note: String,
    pub(crate) closed_text: String,
    pub(crate) free_title: String,
    pub(crate) free_text: String,
    pub(crate) free_text_one: String,
    pub(crate) free_text_none: String,
    pub(crate) fact_appointment: String,
    pub(crate) fact_appointment_value: String,
    pub(crate) fact_arrived: String,
    pub(crate) fact_walk_in: String,
    pub(crate) fact_late: String,
    pub(crate) fact_unverified: String,
    pub(crate) fact_returning: String,
    pub(crate) fact_online: String,
    pub(crate) fact_service: String,
    pub(crate) fact_service_unknown: String,
    pub(crate) fact_language: String,
    pub(crate) fact_reason: String,
    pub(crate) language_en: String,
    pub(crate) waiting: String,
    pub(crate) waiting_none: String,
    pub(crate) longest: String,
    pub(crate) longest_one: String,
    pub(crate) next_tag: String,
    pub(crate) call_this: String,
    pub(crate) more: String,
    pub(crate) expected: String,
    pub(crate) expected_people: String,
    pub(crate) expected_person: String,
    pub(crate) expected_none: String,
    pub(crate) line_ok: String,
    pub(crate) line_cut: String,
    pub(crate) line_none: String,
    pub(crate) tally: String,
    pub(crate) here_since: String,
    pub(crate) walk_in: String,
    pub(crate) appointment_at: String,
    pub(crate) service_unknown: String,
    pub(crate) why_appointment: String,
    pub(crate) why_appointment_due: String,
    pub(crate) why_late: String,
    pub(crate) why_early: String,
    pub(crate) why_walk_in: String,
    pub(crate) why_returning: String,
    pub(crate) why_back: String,
    pub(crate) why_lifted: String,
    pub(crate) unverified: String,
    pub(crate) unverified_offline: String,
    pub(crate) unverified_not_found: String,
    pub(crate) online_cancelled: String,
    pub(crate) online_cancelled_on: String,
    pub(crate) online_moved: String,
    pub(crate) online_moved_to_day: String,
    pub(crate) online_other_day: String,
    pub(crate) kind_returning: String,
    pub(crate) kind_back: String,
    pub(crate) clock_ask: String,
    pub(crate) clock_key: String,
    pub(crate) clock_confirmed: String,
    pub(crate) clock_change: String,
    pub(crate) keys: KeysText,
    pub(crate) reason: BTreeMap<String, String>,
    pub(crate) answer: BTreeMap<String, String>,
    pub(crate) refusal: BTreeMap<String, String>,
}

words!(KeysText {
    next,
    here,
    finish_next,
    recall,
    missed,
    back,
    finish,
    pause,
    pause_after,
    lift,
    close,
    reopen,
    enter,
    end_day,
    end_day_sure,
    sign_out
});

words!(StaffText {
    sign_in_title,
    name,
    password,
    sign_in,
    wrong,
    busy,
    overview_title,
    overview_board,
    overview_terminal,
    overview_counter,
    overview_clock,
    overview_none,
    forbidden_title,
    forbidden_text,
    foreign_title,
    foreign_text,
    not_found_title,
    not_found_text,
    too_big_title,
    too_big_text,
    not_understood_title,
    not_understood_text,
    to_start,
});

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
