//! The words themselves: complete, and never the ones citizens stumble over.

use super::*;

/// What must never reach a citizen (`rules.md`, Words on screens), in small letters.
const AVOIDED: [&str; 19] = [
    "anmeld",
    "nehmen sie platz",
    "reserviert",
    "stornier",
    "umbuch",
    "verfallen",
    "ungültig",
    "fehler",
    "ticket",
    "spontan",
    "vorgang",
    "no-show",
    "zu spät",
    "verspät",
    "check-in",
    "einchecken",
    "leider",
    "!",
    "kunde",
];

fn table(text: &str, parts: &[&str]) -> String {
    let all: toml::Table = toml::from_str(text).expect("the texts parse");
    parts.iter().filter_map(|part| all.get(*part)).map(values).collect::<Vec<_>>().join("\n")
}

fn values(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(values).collect::<Vec<_>>().join("\n"),
        toml::Value::Table(items) => items.values().map(values).collect::<Vec<_>>().join("\n"),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) | toml::Value::Datetime(_) => {
            value.to_string()
        }
    }
}

#[test]
fn avoided_words_never_reach_a_citizen() {
    let german = table(include_str!("../../text/de.toml"), &["calendar", "wait", "terminal", "board"]).to_lowercase();
    for word in AVOIDED {
        assert!(!german.contains(word), "{word:?} stands in a text for citizens");
    }
    let with_name = german.matches("termin-pin").count();
    let pins = german.matches("pin").count() - german.matches("die pin ihres ausweises").count();
    assert_eq!(pins, with_name, "PIN never stands alone");
}

#[test]
fn the_test_of_words_would_notice_one() {
    let bad = table("[board]\nmixed = \"Ihr Termin ist ungültig\"", &["board"]).to_lowercase();
    assert!(AVOIDED.iter().any(|word| bad.contains(word)));
}

#[test]
fn both_languages_are_complete_and_have_the_same_answers() {
    let keys = |language| terminal(language).answer.keys().collect::<Vec<_>>();
    assert_eq!(keys(Language::De), keys(Language::En));
    assert!(!calendar(Language::En).weekdays[0].is_empty());
    assert!(!wait(Language::En).about.is_empty());
    assert!(!board().mixed.is_empty() && !counter().waiting.is_empty() && !staff().wrong.is_empty());
}

#[test]
fn braces_are_filled_and_others_stay() {
    assert_eq!(fill("um {time} an {place}", &[("time", "9:40 Uhr")]), "um 9:40 Uhr an {place}");
}
