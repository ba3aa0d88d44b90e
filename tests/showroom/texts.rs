//! Every word of the show-room, from one file.

use std::sync::LazyLock;

use serde::Deserialize;

/// The file, checked once at start.
static TEXTS: LazyLock<Texts> =
    LazyLock::new(|| toml::from_str(include_str!("text/de.toml")).expect("the text file is part of the program"));

/// All words.
#[derive(Debug, Deserialize)]
pub(crate) struct Texts {
    /// For the page's own scripts.
    pub(crate) page: toml::Table,
    /// The line at the foot.
    pub(crate) caption: Captions,
    /// The citizens' mailbox.
    pub(crate) inbox: Inbox,
    /// The invented citizen.
    pub(crate) citizen: Invented,
    /// The press text.
    #[serde(rename = "sentence")]
    pub(crate) sentences: Vec<Sentence>,
}

/// The line at the foot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Captions {
    pub(crate) welcome: String,
    pub(crate) welcome_note: String,
    pub(crate) unplugged: String,
    pub(crate) unplugged_more: String,
    pub(crate) yours: String,
    pub(crate) sentence_note: String,
    pub(crate) end: String,
    pub(crate) end_more: String,
    pub(crate) end_note: String,
    pub(crate) power_off: String,
    pub(crate) power_off_more: String,
    pub(crate) power_on: String,
    pub(crate) power_back_same: String,
    pub(crate) power_back_other: String,
    pub(crate) trouble: String,
    pub(crate) trouble_more: String,
    pub(crate) nothing_to_scan: String,
}

/// The citizens' mailbox.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inbox {
    pub(crate) title: String,
    pub(crate) empty: String,
    pub(crate) back: String,
    pub(crate) from: String,
    pub(crate) attachments: String,
}

/// The invented citizen.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invented {
    pub(crate) name: String,
    pub(crate) mail: String,
}

/// One sentence of the press text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sentence {
    pub(crate) quote: String,
}

/// The words.
pub(crate) fn texts() -> &'static Texts {
    &TEXTS
}

/// A word of the page, such as `starting`.
pub(crate) fn page(name: &str) -> String {
    texts().page.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

/// Puts values into the places of a text: `{time}`.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that stood in the press text; nobody real appears in the show-room.
    const REAL: [&str; 4] = ["Lautwein", "Follmann", "Wittlich", "Verbandsgemeinde"];

    #[test]
    fn the_file_is_whole_and_names_nobody_real() {
        assert_eq!(texts().sentences.len(), crate::play::SENTENCES);
        let file = include_str!("text/de.toml");
        for name in REAL {
            assert!(!file.contains(name), "{name}");
        }
    }

    #[test]
    fn every_word_the_page_asks_for_is_there() {
        let scripts = [include_str!("static/draw.js"), include_str!("static/showroom.js")].concat();
        let asked = scripts.split("words.").skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        });
        let html = include_str!("static/index.html");
        let marked = html.split("data-text=\"").chain(html.split("data-title=\"")).skip(1);
        let marked = marked.filter_map(|rest| rest.split('"').next()).filter(|word| !word.contains('<'));
        for word in asked.chain(marked) {
            assert!(!page(word).is_empty(), "no text for {word:?}");
        }
    }

    #[test]
    fn values_go_to_their_places() {
        assert_eq!(fill("um {time} Uhr", &[("time", "9:41")]), "um 9:41 Uhr");
    }
}
