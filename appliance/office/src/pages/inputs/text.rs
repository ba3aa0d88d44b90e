//! The words about scanners and keypads, for staff.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::pages::texts::{fill, words};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct German {
    staff: InputsText,
}

static GERMAN: LazyLock<German> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../text/inputs.de.toml")).expect("the embedded German texts are complete")
});

/// What staff read about scanners and keypads.
pub(crate) fn inputs() -> &'static InputsText {
    &GERMAN.staff
}

/// What clerks have to know while these cannot be read.
pub(crate) fn warning(names: &[&str]) -> String {
    fill(&inputs().warning, &[("names", &names.join(", "))])
}

words!(InputsText {
    title,
    to_start,
    lead,
    none,
    scanner,
    keypad,
    there,
    missing,
    not_read,
    looked_for,
    missing_advice,
    several,
    shared,
    busy,
    locked,
    broken,
    surer,
    read_never,
    read_at,
    read_before,
    read_unsure,
    test_right,
    test_learned,
    test_other,
    test_foreign,
    test_no_end,
    layout_us,
    layout_de,
    layout_fr,
    warning,
    teach,
    teach_note,
    teaching,
    teaching_unsure,
    print,
    sheet_title,
    sheet_code,
    sheet_one,
    sheet_two,
    sheet_three,
    sheet_set,
    set_kind,
    set_kind_value,
    set_layout,
    set_layout_value,
    set_end,
    set_end_value,
    set_front,
    set_front_value,
    set_caps,
    set_caps_value,
    sheet_note,
    strangers,
    strangers_note,
    strangers_none,
});
