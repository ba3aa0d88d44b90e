//! What a person reads about each mistake, in German, from the text file.
//!
//! What must always hold: every kind has its sentence; what may be secret is in none.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use office::{Kind, Mistake, Sort};
use serde::Deserialize;

use crate::near::meant;

static TEXTS: LazyLock<Texts> =
    LazyLock::new(|| toml::from_str(include_str!("../text/de.toml")).expect("the embedded German texts are complete"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    head: Head,
    kinds: Kinds,
    sorts: Sorts,
    allowed: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    runs: String,
    last_time: String,
    stands: String,
    how: String,
    kept: String,
    place: String,
    place_of_line: String,
    place_of_key: String,
    meant: String,
    list: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kinds {
    no_file: String,
    unreadable: String,
    form: String,
    quotes: String,
    repeated: String,
    unknown_section: String,
    unknown_key: String,
    unknown_word: String,
    missing_key: String,
    wrong_sort: String,
    twice: String,
    no_such_counter: String,
    not_allowed: String,
    not_allowed_secret: String,
    empty: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sorts {
    text: String,
    number: String,
    switch: String,
    list: String,
    section: String,
    other: String,
}

/// Characters; what somebody typed may be as long as the file.
const MAX_SENTENCE: usize = 600;

/// With what the box starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the file on the card.
    Card,
    /// With the last file that was good.
    LastTime,
    /// Not at all.
    Not,
}

/// The page of mistakes; nothing when there is none. `kept`: the sections that stay as they were.
#[must_use]
pub fn page(mistakes: &[Mistake], start: Start, kept: &[&str]) -> Option<String> {
    if mistakes.is_empty() {
        return None;
    }
    let texts = &TEXTS.head;
    let head = match start {
        Start::Card => &texts.runs,
        Start::LastTime => &texts.last_time,
        Start::Not => &texts.stands,
    };
    let mut lines = vec![head.clone(), String::new()];
    lines.extend(mistakes.iter().map(sentence));
    lines.push(String::new());
    lines.extend(kept.iter().map(|section| texts.kept.replace("{section}", section)));
    lines.push(texts.how.clone());
    Some(lines.join("\n") + "\n")
}

/// What a person reads about one mistake: place, what is wrong, what was meant, what is allowed.
#[must_use]
pub fn sentence(mistake: &Mistake) -> String {
    let head = &TEXTS.head;
    let place = match (mistake.line, mistake.key.as_str()) {
        (0, "") => "{what}",
        (0, _) => &head.place_of_key,
        (_, "") => &head.place_of_line,
        (_, _) => &head.place,
    };
    let said = said(&mistake.key, &mistake.kind);
    // What was typed goes in last, and its control characters not to the console.
    let said: String = said.chars().take(MAX_SENTENCE).map(|c| if c.is_control() { '·' } else { c }).collect();
    place.replace("{line}", &mistake.line.to_string()).replace("{key}", &mistake.key).replace("{what}", &said)
}

fn said(key: &str, kind: &Kind) -> String {
    let kinds = &TEXTS.kinds;
    let about = |text: &str, found: &str| text.replace("{found}", found);
    match kind {
        Kind::NoFile => kinds.no_file.clone(),
        Kind::Unreadable { detail } => kinds.unreadable.replace("{detail}", detail),
        Kind::Form { detail: _ } => kinds.form.clone(),
        Kind::Quotes { found } => about(&kinds.quotes, &found.to_string()),
        Kind::Repeated => kinds.repeated.clone(),
        Kind::UnknownSection { found, allowed } => listed(&about(&kinds.unknown_section, found), found, allowed),
        Kind::UnknownKey { found, allowed } => listed(&about(&kinds.unknown_key, found), found, allowed),
        Kind::UnknownWord { found, allowed } => listed(&about(&kinds.unknown_word, found), found, allowed),
        Kind::MissingKey => explained(&kinds.missing_key, key),
        Kind::WrongSort { expected } => explained(&kinds.wrong_sort.replace("{expected}", sort(*expected)), key),
        Kind::Twice { found } => about(&kinds.twice, found),
        Kind::NoSuchCounter { found } => about(&kinds.no_such_counter, found),
        Kind::Empty => explained(&kinds.empty, key),
        Kind::NotAllowed { found, detail: _ } if found.is_empty() => explained(&kinds.not_allowed_secret, key),
        Kind::NotAllowed { found, detail } if TEXTS.allowed.contains_key(key) || detail.is_empty() => {
            explained(&about(&kinds.not_allowed, found), key)
        }
        // Somebody who reads English may be near; better than nothing.
        Kind::NotAllowed { found, detail } => format!("{} ({detail})", about(&kinds.not_allowed, found)),
    }
}

fn sort(sort: Sort) -> &'static str {
    let sorts = &TEXTS.sorts;
    match sort {
        Sort::Text => &sorts.text,
        Sort::Number => &sorts.number,
        Sort::Switch => &sorts.switch,
        Sort::List => &sorts.list,
        Sort::Section => &sorts.section,
        Sort::Other => &sorts.other,
    }
}

/// With the nearest of the words that are allowed, and all of them.
fn listed(said: &str, found: &str, allowed: &[String]) -> String {
    let mut said = said.to_owned();
    if let Some(word) = meant(found, allowed) {
        said = format!("{said} {}", TEXTS.head.meant.replace("{meant}", word));
    }
    if !allowed.is_empty() {
        said = format!("{said} {}", TEXTS.head.list.replace("{allowed}", &allowed.join(", ")));
    }
    said
}

/// With what this key may be.
fn explained(said: &str, key: &str) -> String {
    match TEXTS.allowed.get(key) {
        Some(allowed) => format!("{said} {allowed}"),
        None => said.to_owned(),
    }
}
