//! The words of the reception desk and of the slip, beside those of the other pages.

use std::sync::LazyLock;

use names::Language;
use serde::Deserialize;

use crate::pages::texts::words;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct German {
    staff: DeskText,
    slip: SlipText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spoken {
    slip: SlipText,
}

static GERMAN: LazyLock<German> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../text/reception.de.toml")).expect("the embedded German texts are complete")
});

static ENGLISH: LazyLock<Spoken> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../text/reception.en.toml")).expect("the embedded English texts are complete")
});

/// What clerks read at the desk.
pub(crate) fn desk() -> &'static DeskText {
    &GERMAN.staff
}

/// What stands on the slip.
pub(crate) fn slip(language: Language) -> &'static SlipText {
    match language {
        Language::De => &GERMAN.slip,
        Language::En => &ENGLISH.slip,
    }
}

words!(DeskText {
    title,
    locked_unproven,
    locked_frozen,
    locked_clock,
    no_office,
    no_pin,
    pins_left,
    journal,
    busy,
    what,
    persons,
    show,
    days,
    day_free,
    day_full,
    earlier,
    later,
    times,
    empty_days,
    taken,
    bad_wish,
    bad_day,
    person,
    name,
    letter,
    telephone,
    unreachable,
    reach_note,
    language,
    language_de,
    language_en,
    book,
    no_way,
    no_name,
    no_address,
    no_number,
    too_long,
    list,
    list_none,
    list_time,
    list_service,
    list_persons,
    list_pin,
    list_state,
    state_booked,
    state_here,
    state_cancelled,
    by_desk,
    slip_again,
    cancel,
    cancel_title,
    cancel_sure,
    cancel_yes,
    cancel_no,
    cancel_pin,
    cancel_find,
    cancelled,
    cancelled_already,
    no_booking,
    other_day,
    other_day_show,
    notice_soon,
    notice_later,
    notice_number,
    notice_nobody,
    notice_no_key,
    print_hint,
    next,
    to_day,
    to_start,
    warn_stick,
    warn_seats,
    warn_screens,
    warn_backup,
    day_form,
});

words!(SlipText { title, day, time, pin, not_bank, how, persons, person, call, hours, closed, until, alone });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_of_the_slip_are_complete() {
        assert!(!desk().title.is_empty());
        assert!(Language::ALL.iter().all(|language| !slip(*language).pin.is_empty()));
    }
}
