//! What has to be changed in the box's file, each place as a value: line, key and kind. What a
//! person reads about it is worded elsewhere, in a text file.
//!
//! ```text
//!   text ─► is it TOML? ─no─► one mistake
//!              └yes─► does it fit? ─no─► a mistake, its line taken out ─► again, up to MAX_MISTAKES
//!                        └yes─► can it be meant? ─► a mistake for each part of the file
//! ```
//!
//! What must always hold: a text without mistakes is a text that [`Config::parse`] takes; no
//! mistake carries a value that may be secret.

use std::collections::BTreeSet;
use std::ops::Range;

use devices::InputRules;
use serde::{Deserialize, Serialize};

use super::Config;
use super::places::{Places, is_secret};
use super::said::{kind_of_form, kind_of_misfit};

/// Enough for one look at the screen; more come to light when these are changed.
pub const MAX_MISTAKES: usize = 20;

/// The one key that has to stand before the first section; no section has one of this name.
const OFFICE: &str = "office";

/// One place that has to be changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mistake {
    /// The line, from 1; 0: the file as a whole.
    pub line: usize,
    /// The key with its section, such as `counter.number`; empty: the line has none.
    pub key: String,
    /// What is wrong there.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// There is no file.
    NoFile,
    /// The file cannot be read, or is too large to be meant.
    Unreadable {
        /// Why, in English, for the administrator.
        detail: String,
    },
    /// The line is not TOML.
    Form {
        /// What the reader of TOML says, in English.
        detail: String,
    },
    /// The quotation marks of a word processor.
    Quotes {
        /// The first of them.
        found: char,
    },
    /// The key or section stands here for the second time.
    Repeated,
    /// No such section.
    UnknownSection {
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: Vec<String>,
    },
    /// No such key in this section.
    UnknownKey {
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: Vec<String>,
    },
    /// One of a few words is expected, and this is none of them.
    UnknownWord {
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: Vec<String>,
    },
    /// The key is needed and not there.
    MissingKey,
    /// Something of this sort is expected there.
    WrongSort {
        /// What is expected.
        expected: Sort,
    },
    /// The same name or number stands further up already.
    Twice {
        /// It.
        found: String,
    },
    /// There is no counter of this number.
    NoSuchCounter {
        /// The number.
        found: String,
    },
    /// The key is there and has no value yet.
    Empty,
    /// A value that this key cannot have.
    NotAllowed {
        /// It; empty when it may be secret.
        found: String,
        /// What the check says, in English.
        detail: String,
    },
}

/// The sorts of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Text in quotation marks.
    Text,
    /// A whole number without quotation marks.
    Number,
    /// `true` or `false`.
    Switch,
    /// A list in square brackets.
    List,
    /// A section.
    Section,
    /// Something that has no plain word.
    Other,
}

impl Config {
    /// Everything that has to be changed in this text, in the order of its lines, at most
    /// [`MAX_MISTAKES`]; nothing when the box can start with it.
    #[must_use]
    pub fn mistakes(text: &str) -> Vec<Mistake> {
        let text = text.trim_start_matches('\u{feff}');
        let mut found = misfits(text);
        if found.is_empty()
            && let Ok(config) = toml::from_str::<Self>(text)
        {
            found = config.meanings(text);
        }
        found.sort();
        found.truncate(MAX_MISTAKES);
        found
    }
}

/// Everything in which the text does not have the form of the file.
fn misfits(text: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut rest = text.to_owned();
    // Heads of tables of which something was taken out: what is missing there may be just that.
    let mut touched = BTreeSet::new();
    while found.len() < MAX_MISTAKES {
        let Err(bad) = toml::from_str::<Config>(&rest) else { break };
        let is_toml = toml::de::DeTable::parse(&rest).is_ok();
        if !is_toml && !found.is_empty() {
            // Taking a line out of the middle of something did this; it is nobody's mistake.
            break;
        }
        let places = Places::of(&rest);
        let line = bad.span().map_or(0, |span| places.line_at(span.start));
        if !is_toml {
            found.push(formless(&places, line, bad.message()));
            break;
        }
        let (mistake, cut) = misfit(&places, line, bad.message());
        let is_ours = mistake.kind == Kind::MissingKey && touched.contains(&places.head_of(mistake.line));
        touched.insert(places.head_of(cut.start + 1));
        if !is_ours {
            found.push(mistake);
        }
        if cut.is_empty() {
            break;
        }
        rest = places.without(cut);
    }
    found
}

fn formless(places: &Places<'_>, line: usize, said: &str) -> Mistake {
    let kind = kind_of_form(places.text(line), said);
    Mistake { line, key: places.key(line), kind }
}

/// The mistake, and the lines (from 0) without which the rest can be looked at.
fn misfit(places: &Places<'_>, line: usize, said: &str) -> (Mistake, Range<usize>) {
    let line = places.nearest(line, said);
    let kind = with_keys_of_an_input(kind_of_misfit(said, places.is_head(line)));
    let missing = kind == Kind::MissingKey;
    if missing && said.contains(&format!("`{OFFICE}`")) {
        return (Mistake { line: 1, key: OFFICE.to_owned(), kind }, 0..0);
    }
    let key = if missing { places.beside(line, said) } else { places.key(line) };
    let cut = if missing || places.is_head(line) { places.table(line) } else { line.saturating_sub(1)..line };
    (Mistake { line, kind: with_value(kind, places, line, &key), key }, cut)
}

/// An input is put together of two structs, and serde then does not say what is allowed: it is
/// asked for the keys of the larger one.
fn with_keys_of_an_input(mut kind: Kind) -> Kind {
    if let Kind::UnknownKey { allowed, .. } = &mut kind
        && allowed.is_empty()
    {
        let asked = toml::from_str::<InputRules>("\"?\" = 0").err();
        if let Some(Kind::UnknownKey { allowed: known, .. }) = asked.map(|said| kind_of_misfit(said.message(), false)) {
            *allowed = known;
        }
        allowed.push("terminal".to_owned());
    }
    kind
}

/// A value that is not allowed is shown as it stands there, unless it may be secret.
fn with_value(mut kind: Kind, places: &Places<'_>, line: usize, key: &str) -> Kind {
    if let Kind::NotAllowed { found, detail } = &mut kind {
        match is_secret(key) {
            true => "not shown".clone_into(detail),
            false => *found = places.value(line),
        }
    }
    kind
}

#[cfg(test)]
mod tests;
