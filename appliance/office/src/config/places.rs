//! Where something stands in a file: lines, their tables, keys and values, as a person sees them.
//!
//! What must always hold: any text can be looked at, also one that is no TOML; lines count from 1,
//! and a line that is not there has no text.

use std::ops::Range;

/// Keys whose values are never shown, wherever they stand.
const SECRET: [&str; 6] = ["code", "password", "proxy", "psk", "secret", "secret_sha256"];

/// Whether the value of this key may be secret; the key with or without its section.
#[must_use]
pub fn is_secret(key: &str) -> bool {
    SECRET.contains(&key.rsplit('.').next().unwrap_or(key))
}

/// The lines of a file.
#[derive(Debug)]
pub struct Places<'a> {
    text: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Places<'a> {
    /// Of this text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self { text, lines: text.split('\n').map(|line| line.trim_end_matches('\r')).collect() }
    }

    /// The line of a byte of the text.
    #[must_use]
    pub fn line_at(&self, byte: usize) -> usize {
        let before = self.text.bytes().take(byte.min(self.text.len()));
        (before.filter(|byte| *byte == b'\n').count() + 1).min(self.lines.len())
    }

    /// The first line with this key, else the first line of all.
    #[must_use]
    pub fn line_of(&self, key: &str) -> usize {
        (1..=self.lines.len()).find(|line| self.key(*line) == key).unwrap_or(1)
    }

    /// What stands in a line.
    #[must_use]
    pub fn text(&self, line: usize) -> &'a str {
        line.checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or_default()
    }

    /// The key of a line with its section, or the section of a line that begins one.
    #[must_use]
    pub fn key(&self, line: usize) -> String {
        let text = self.text(line);
        if let Some(section) = head(text) {
            return section.to_owned();
        }
        let Some((key, _)) = text.split_once('=').filter(|_| !text.trim_start().starts_with('#')) else {
            return String::new();
        };
        let key = key.trim().trim_matches(['"', '\'']);
        match self.section(line) {
            "" => key.to_owned(),
            section => format!("{section}.{key}"),
        }
    }

    /// The value of a line as it stands there, without quotation marks and comment.
    #[must_use]
    pub fn value(&self, line: usize) -> String {
        let text = self.text(line);
        let value = text.split_once('=').map_or("", |(_, value)| value.trim());
        let inside = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.split(mark).next());
        let plain = || value.split('#').next().unwrap_or_default().trim();
        inside('"').or_else(|| inside('\'')).unwrap_or_else(plain).to_owned()
    }

    /// Whether a line begins a section.
    #[must_use]
    pub fn is_head(&self, line: usize) -> bool {
        head(self.text(line)).is_some()
    }

    /// The line that begins the section in which a line stands; 0: before the first.
    pub(super) fn head_of(&self, line: usize) -> usize {
        (1..=line.min(self.lines.len())).rev().find(|line| self.is_head(*line)).unwrap_or_default()
    }

    /// The lines of the table in which a line stands, from 0; none before the first section.
    pub(super) fn table(&self, line: usize) -> Range<usize> {
        match self.head_of(line) {
            0 => 0..0,
            head => head - 1..self.end_of(head),
        }
    }

    /// The line of a mistake of which only the table is known: that of the word it speaks of.
    pub(super) fn nearest(&self, line: usize, said: &str) -> usize {
        if !self.is_head(line) {
            return line;
        }
        let Some(word) = said.split('`').nth(1).filter(|_| said.starts_with("unknown")) else { return line };
        let inside = (line + 1)..=self.end_of(line);
        let speaks = |line: &usize| {
            self.key(*line).rsplit('.').next() == Some(word) || (!word.is_empty() && self.value(*line) == word)
        };
        inside.clone().find(speaks).unwrap_or(line)
    }

    /// The key that is missing beside a line.
    pub(super) fn beside(&self, line: usize, said: &str) -> String {
        let missing = said.split('`').nth(1).unwrap_or_default();
        match self.section(line) {
            "" => missing.to_owned(),
            section => format!("{section}.{missing}"),
        }
    }

    /// The text without some lines, whose places stay as empty ones.
    #[must_use]
    pub fn without(&self, cut: Range<usize>) -> String {
        let kept = |(at, line): (usize, &&'a str)| if cut.contains(&at) { "" } else { *line };
        self.lines.iter().enumerate().map(kept).collect::<Vec<_>>().join("\n")
    }

    /// The last line of the table that begins here.
    fn end_of(&self, head: usize) -> usize {
        (head + 1..=self.lines.len()).find(|line| self.is_head(*line)).map_or(self.lines.len(), |next| next - 1)
    }

    fn section(&self, line: usize) -> &'a str {
        head(self.text(self.head_of(line))).unwrap_or_default()
    }
}

/// The name of the section that a line begins.
fn head(line: &str) -> Option<&str> {
    let inside = line.trim_start().strip_prefix('[')?;
    let inside = inside.strip_prefix('[').unwrap_or(inside);
    let name = inside.split(']').next()?.trim();
    (inside.contains(']') && !name.is_empty() && !name.contains(['"', ','])).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str =
        "office = \"a\" # b\r\n[booking]\r\n# url = \"no\"\nurl = \"x # y\"\n[[desk]]\nid='a'\n\tcounter = 7 # c\n";

    #[test]
    fn a_line_has_its_section_its_key_and_its_value() {
        let places = Places::of(TEXT);
        for (line, key, value) in [
            (1, "office", "a"),
            (2, "booking", ""),
            (3, "", "no"),
            (4, "booking.url", "x # y"),
            (6, "desk.id", "a"),
            (7, "desk.counter", "7"),
            (99, "", ""),
        ] {
            assert_eq!((places.key(line), places.value(line)), (key.to_owned(), value.to_owned()), "line {line}");
        }
        assert_eq!(places.line_at(TEXT.find("url = \"x").expect("there")), 4);
        assert_eq!((places.line_of("booking.url"), places.line_of("gate.listen")), (4, 1));
    }

    #[test]
    fn a_table_reaches_to_the_next_one() {
        let places = Places::of(TEXT);
        assert_eq!((places.table(3), places.table(7), places.table(1)), (1..4, 4..8, 0..0));
        assert_eq!(places.without(1..4).lines().nth(4), Some("[[desk]]"));
    }

    #[test]
    fn a_list_is_no_section() {
        assert_eq!(head("  [\"a\", \"b\"],"), None);
        assert_eq!(head("[[ desk ]] # two"), Some("desk"));
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "[\\PC\n\r\t\\[\\]=\"#]{0,80}", line in 0_usize..12, byte in 0_usize..200) {
            let places = Places::of(&text);
            let line_at = places.line_at(byte);
            prop_assert!(line_at >= 1 && line_at <= text.split('\n').count());
            prop_assert_eq!(places.without(places.table(line)).split('\n').count(), text.split('\n').count());
            let seen = (places.key(line), places.value(line), places.nearest(line, "unknown field `a`"));
            prop_assert!(seen.2 >= line);
        }
    }
}
