//! Every language says the same things: same keys, same placeholders, nothing empty.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{Breach, Tree};

/// Texts stand in folders of these names, one file per language: `text/de.toml`,
/// `mails/confirmed/body.de.txt`.
const FOLDERS: [&str; 2] = ["/text/", "/mails/"];

/// The language the others follow.
const FIRST: &str = "de";

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

/// The language of a text file: the two letters of its name before the ending.
pub(crate) fn language(file: &str) -> Option<&str> {
    let in_texts = FOLDERS.iter().any(|f| file.contains(f));
    let (stem, _) = file.rsplit_once('.').filter(|_| in_texts)?;
    stem.rsplit(['.', '/']).next().filter(|l| l.len() == 2)
}

/// The same text in another language.
fn twin(file: &str, other: &str) -> String {
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    let base = stem.strip_suffix(language(file).unwrap_or_default()).unwrap_or(stem);
    format!("{base}{other}.{ending}")
}

/// Every text there is in German there is in every language of its folder, with the same keys and
/// the same placeholders.
pub(crate) fn languages_say_the_same(tree: &Tree) -> Vec<Breach> {
    let texts = || tree.files().filter_map(|(file, text)| Some((file, text, language(file)?)));
    let mut breaches = Vec::new();
    for (file, text, mine) in texts().filter(|(.., language)| *language != FIRST) {
        let first = twin(file, FIRST);
        match tree.get(&first) {
            None => breaches.push(Breach::of(file, format!("there is no {first} to follow"))),
            Some(german) if file.ends_with(".toml") => {
                breaches.extend(differences(file, &by_key(&first, german), &by_key(file, text)));
            }
            Some(german) if placeholders(german) != placeholders(text) => {
                breaches.push(Breach::of(file, format!("has other placeholders than {first}")));
            }
            Some(_) => {}
        }
        let missing = texts().filter(|(german, _, l)| *l == FIRST && room(german) == room(file));
        breaches.extend(
            missing
                .map(|(german, ..)| twin(german, mine))
                .filter(|t| tree.get(t).is_none())
                .map(|t| Breach::of(&t, "is missing: there is one in German")),
        );
    }
    breaches.sort_by(|a, b| a.file.cmp(&b.file).then_with(|| a.says.cmp(&b.says)));
    breaches.dedup();
    breaches
}

/// The folder all languages of a kind of text stand in.
fn room(file: &str) -> &str {
    FOLDERS.iter().find_map(|f| file.split_once(f)).map_or(file, |(room, _)| room)
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
    sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.trim()).collect()
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
    fn a_mail_in_one_language_only_is_found() {
        let mails = [
            ("x/mails/moved/body.de.txt", "Ihr Termin: {{ when }}\n"),
            ("x/mails/confirmed/body.de.txt", "Ihr Termin: {{ when }}\n"),
            ("x/mails/confirmed/body.en.txt", "Your appointment: {{ when }}\n"),
        ];
        breaks(languages_say_the_same, &mails, "x/mails/moved/body.en.txt:0: is missing");
        breaks(languages_say_the_same, &[mails[1], ("x/mails/confirmed/body.en.txt", "Soon\n")], "other placeholders");
    }

    #[test]
    fn an_empty_sentence_is_found() {
        breaks(languages_say_the_same, &[GERMAN, ("x/text/en.toml", "[a]\nb = \"\"\n")], "is empty");
    }
}
