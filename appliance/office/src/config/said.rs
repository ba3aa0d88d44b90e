//! What the readers of TOML say, as one of our kinds: the one place that knows their sentences.
//!
//! What must always hold: a sentence that nobody here knows becomes the general kind and is kept
//! for the administrator; no value goes from a sentence into a kind, but a word of a short list.

use super::mistakes::{Kind, Sort};

/// The quotation marks of word processors.
const QUOTES: [char; 6] = ['“', '”', '„', '‚', '‘', '’'];

/// A text that is not TOML.
#[must_use]
pub fn kind_of_form(line: &str, said: &str) -> Kind {
    if said.contains("duplicate key") {
        return Kind::Repeated;
    }
    match foreign_quote(line) {
        Some(found) => Kind::Quotes { found },
        None => Kind::Form { detail: said.to_owned() },
    }
}

/// The first quotation mark that stands where a straight one should: outside of a text.
fn foreign_quote(line: &str) -> Option<char> {
    let mut inside = None;
    for c in line.chars() {
        match inside {
            None if c == '#' => return None,
            None if QUOTES.contains(&c) => return Some(c),
            None if c == '"' || c == '\'' => inside = Some(c),
            Some(mark) if c == mark => inside = None,
            None | Some(_) => {}
        }
    }
    None
}

/// TOML that is not the file we expect; `head`: the line begins a section.
#[must_use]
pub(super) fn kind_of_misfit(said: &str, head: bool) -> Kind {
    let mut words = said.split('`').skip(1).step_by(2).map(str::to_owned);
    if said.starts_with("unknown field") {
        let found = words.next().unwrap_or_default();
        let allowed = words.collect();
        return if head { Kind::UnknownSection { found, allowed } } else { Kind::UnknownKey { found, allowed } };
    }
    if said.starts_with("unknown variant") {
        return Kind::UnknownWord { found: words.next().unwrap_or_default(), allowed: words.collect() };
    }
    if said.starts_with("missing field") {
        return Kind::MissingKey;
    }
    if said.starts_with("duplicate field") {
        return Kind::Repeated;
    }
    match said.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once("expected ")) {
        Some((_, expected)) => Kind::WrongSort { expected: sort(expected) },
        None => Kind::NotAllowed { found: String::new(), detail: said.to_owned() },
    }
}

/// What serde calls a sort.
fn sort(expected: &str) -> Sort {
    let is = |words: &[&str]| words.iter().any(|word| expected.starts_with(word));
    if is(&["a string", "a borrowed string", "path string", "socket address", "a formatted"]) {
        Sort::Text
    } else if is(&["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "an integer", "a nonzero"]) {
        Sort::Number
    } else if is(&["a boolean"]) {
        Sort::Switch
    } else if is(&["a sequence"]) {
        Sort::List
    } else if is(&["struct ", "a map", "map"]) {
        Sort::Section
    } else {
        Sort::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotation_marks_of_a_word_processor_are_found_where_they_stand_for_straight_ones() {
        assert_eq!(kind_of_form("office = „a“", "?"), Kind::Quotes { found: '„' });
        for line in ["# „a“", "x = \"„a“\" y", "office = a"] {
            assert_eq!(kind_of_form(line, "what"), Kind::Form { detail: "what".to_owned() }, "{line}");
        }
    }

    #[test]
    fn a_sentence_that_nobody_knows_is_kept_for_the_administrator() {
        let kind = kind_of_misfit("the moon is missing", false);
        assert_eq!(kind, Kind::NotAllowed { found: String::new(), detail: "the moon is missing".to_owned() });
    }
}
