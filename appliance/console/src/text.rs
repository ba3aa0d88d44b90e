//! The sentences of the console, German: it stands in a German office.

use std::sync::LazyLock;

use serde::Deserialize;

/// Every sentence; what it is for stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    pub(crate) starting: String,
    pub(crate) starting_small: String,
    pub(crate) empty: String,
    pub(crate) stale: String,
    pub(crate) stale_unsure: String,
    pub(crate) ask: String,
    pub(crate) noun: String,
    pub(crate) mistakes_more: String,
    pub(crate) mistakes_foot: String,
}

static TEXT: LazyLock<Text> =
    LazyLock::new(|| toml::from_str(include_str!("../text/de.toml")).expect("the file is part of the program"));

/// The sentences.
pub(crate) fn text() -> &'static Text {
    &TEXT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_can_be_read() {
        assert!(text().stale.contains("{time}") && text().ask.contains("{noun}"));
    }
}
