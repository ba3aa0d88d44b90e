//! Every language says the same things: same keys, same placeholders, nothing empty.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{Breach, Tree};

/// A text file below a folder of this name is one language: `text/de.toml`.
const FOLDER: &str = "/text/";

/// The language the others follow.
const FIRST: &str = "de.toml";

/// Sections of the box that are German everywhere: the board speaks one language at a time, and
/// clerks of a German office read German.
const GERMAN_ONLY: [&str; 3] = ["board", "counter", "staff"];

/// Sentences that are nothing in another language.
const MAY_BE_EMPTY: [&str; 1] = ["site.hours_end"];

/// Every sentence of a text file with the key it stands under. A file that is not TOML is read
/// line by line.
pub(crate) fn sentences(file: &str, text: &str) -> Vec<(String, String)> {
    if !file.ends_with(".toml") {
        return text.lines().enumerate().map(|(n, l)| (format!("line {}", n + 1), l.to_owned())).collect();
    }
    let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut found = Vec::new();
    gather("", &toml::Value::Table(table), &mut found);
    found
}

/// Nested tables and lists become `section.key.0`.
fn gather(key: &str, value: &toml::Value, found: &mut Vec<(String, String)>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    if let Some(table) = value.as_table() {
        table.iter().for_each(|(name, value)| gather(&below(name), value, found));
    } else if let Some(list) = value.as_array() {
        list.iter().enumerate().for_each(|(n, value)| gather(&below(&n.to_string()), value, found));
    } else {
        found.push((key.to_owned(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    }
}

/// Every language of a folder has the keys of the German file, with the same placeholders.
pub(crate) fn languages_say_the_same(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in tree.files().filter(|(file, _)| file.contains(FOLDER) && file.ends_with(".toml")) {
        let (folder, _) = file.rsplit_once('/').unwrap_or_default();
        let first = format!("{folder}/{FIRST}");
        let Some(german) = tree.get(&first) else {
            breaches.push(Breach::of(file, format!("there is no {first} to follow")));
            continue;
        };
        let (german, mine) = (by_key(&first, german), by_key(file, text));
        breaches.extend(differences(file, &german, &mine));
    }
    breaches
}

fn by_key(file: &str, text: &str) -> BTreeMap<String, String> {
    sentences(file, text).into_iter().collect()
}

fn differences(file: &str, german: &BTreeMap<String, String>, mine: &BTreeMap<String, String>) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for key in german.keys().filter(|key| !mine.contains_key(*key) && !is_german_only(file, key)) {
        breaches.push(Breach::of(file, format!("{key} is missing")));
    }
    for (key, sentence) in mine {
        let says = match german.get(key) {
            None => "stands only here".to_owned(),
            Some(_) if sentence.trim().is_empty() && !MAY_BE_EMPTY.contains(&key.as_str()) => "is empty".to_owned(),
            Some(german) if placeholders(german) != placeholders(sentence) => {
                "has other placeholders than German".to_owned()
            }
            Some(_) => continue,
        };
        breaches.push(Breach::of(file, format!("{key} {says}")));
    }
    breaches
}

fn is_german_only(file: &str, key: &str) -> bool {
    file.starts_with("appliance/") && GERMAN_ONLY.iter().any(|s| key.split('.').next() == Some(*s))
}

/// The names in `{braces}`.
fn placeholders(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds};

    const GERMAN: (&str, &str) = ("x/text/de.toml", "[a]\nb = \"Noch {n}\"\n");

    #[test]
    fn the_languages_of_the_house_say_the_same() {
        holds(languages_say_the_same);
    }

    #[test]
    fn a_missing_sentence_is_found() {
        breaks(languages_say_the_same, &[GERMAN, ("x/text/en.toml", "[a]\n")], "a.b is missing");
    }

    #[test]
    fn a_sentence_too_many_is_found() {
        let english = ("x/text/en.toml", "[a]\nb = \"{n} left\"\nc = \"more\"\n");
        breaks(languages_say_the_same, &[GERMAN, english], "a.c stands only here");
    }

    #[test]
    fn a_lost_placeholder_is_found() {
        breaks(languages_say_the_same, &[GERMAN, ("x/text/en.toml", "[a]\nb = \"some left\"\n")], "other placeholders");
    }

    #[test]
    fn an_empty_sentence_is_found() {
        breaks(languages_say_the_same, &[GERMAN, ("x/text/en.toml", "[a]\nb = \"\"\n")], "is empty");
    }
}
