//! Whose line is whose: the card's own sections, and the file of the box.
//!
//! ```text
//!   whole file ─┬─► of the box: the card's own sections are empty lines
//!               └─► one text for each own section: all else is empty lines
//! ```
//!
//! What must always hold: every part has as many lines as the whole, each at its place; a section
//! that is broken reaches to the next line that begins one, and breaks no other.

use crate::near::distance;

/// The card's own sections.
pub const OWN: [&str; 5] = ["network", "wifi", "screens", "ssh", "time"];

/// The file in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The file of the box.
    pub of_box: String,
    /// The text of each section of [`OWN`], in that order.
    pub own: [String; OWN.len()],
}

impl Parts {
    /// Of this text, whatever it is.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut lexer = Lexer::default();
        let mut whose = None;
        let mut lines = Vec::new();
        for line in text.split('\n') {
            if let Some(section) = lexer.head(line) {
                whose = owner(section);
            }
            lexer.pass(line);
            lines.push((whose, line));
        }
        let part = |mine: Option<usize>| {
            let kept =
                |(whose, line): &(Option<usize>, &str)| if *whose == mine { (*line).to_owned() } else { String::new() };
            lines.iter().map(kept).collect::<Vec<_>>().join("\n")
        };
        Self { of_box: part(None), own: std::array::from_fn(|at| part(Some(at))) }
    }

    /// One text of all parts, in which no line keeps its number.
    #[must_use]
    pub fn together(&self) -> String {
        let parts = std::iter::once(&self.of_box).chain(&self.own);
        parts.map(|part| part.trim_matches(['\n', '\r'])).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
            + "\n"
    }
}

/// The own section that is meant, also when it is written almost so.
fn owner(section: &str) -> Option<usize> {
    let first = section.split('.').next().unwrap_or_default().trim().to_lowercase();
    OWN.iter().position(|own| distance(own, &first) <= 1)
}

/// Where in TOML the beginning of a line stands.
#[derive(Debug, Default)]
struct Lexer {
    /// The three quotation marks of a text of many lines that is not over.
    long: Option<&'static str>,
}

impl Lexer {
    /// The section that this line begins, or means to: somebody may have forgotten to close the
    /// brackets, or the list before it.
    fn head<'a>(&self, line: &'a str) -> Option<&'a str> {
        let line = line.trim_start_matches('\u{feff}').trim();
        let inside = line.strip_prefix('[').filter(|_| self.long.is_none())?;
        let inside = inside.strip_prefix('[').unwrap_or(inside);
        let name = inside.split([']', '#']).next()?.trim();
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
        (is_word && !["true", "false", "inf", "nan"].contains(&name)).then_some(name)
    }

    fn pass(&mut self, line: &str) {
        let mut rest = Some(line);
        while let Some(left) = rest {
            rest = self.step(left);
        }
    }

    /// What is left of a line behind its next text; nothing when it is over.
    fn step<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        if let Some(end) = self.long {
            let behind = behind(rest, end, end.starts_with('"'))?;
            self.long = None;
            return Some(behind);
        }
        let found = &rest[rest.find(['"', '\'', '#'])?..];
        for marks in ["\"\"\"", "'''"] {
            if let Some(inside) = found.strip_prefix(marks) {
                self.long = Some(marks);
                return Some(inside);
            }
        }
        match found.split_at(1) {
            ("\"", inside) => behind(inside, "\"", true),
            ("'", inside) => behind(inside, "'", false),
            _comment => None,
        }
    }
}

/// What stands behind the end of a text, if it ends in this line.
fn behind<'a>(text: &'a str, end: &str, escapes: bool) -> Option<&'a str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && text[at..].starts_with(end) {
            return Some(&text[at + end.len()..]);
        }
        escaped = escapes && c == '\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn own_sections_are_taken_out_and_every_line_keeps_its_number() {
        let text =
            "office = \"a\"\n[network]\nhostname = \"b\"\n[[counter]]\nnumber = 1\n[Screens] # c\nfirst = \"off\"";
        let parts = Parts::of(text);
        assert_eq!(parts.of_box, "office = \"a\"\n\n\n[[counter]]\nnumber = 1\n\n");
        assert_eq!(parts.own[0], "\n[network]\nhostname = \"b\"\n\n\n\n");
        assert_eq!(parts.own[2], "\n\n\n\n\n[Screens] # c\nfirst = \"off\"");
        assert!(parts.together().contains("number = 1\n[network]\nhostname = \"b\"\n[Screens]"));
    }

    #[test]
    fn a_list_that_nobody_closed_does_not_reach_into_the_next_section() {
        let parts = Parts::of("[network]\ndns = [\"192.0.2.1\"\n[[counter]]\nnumber = 1");
        assert_eq!(parts.of_box, "\n\n[[counter]]\nnumber = 1");
    }

    #[test]
    fn a_section_whose_brackets_nobody_closed_does_not_belong_to_the_one_before() {
        let parts = Parts::of("[time]\n[[counter # c\nnumber = 1\n[ssh\nkeys = []");
        assert_eq!(parts.of_box, "\n[[counter # c\nnumber = 1\n\n");
        assert_eq!(parts.own[3], "\n\n\n[ssh\nkeys = []");
    }

    #[test]
    fn what_looks_like_a_section_inside_a_text_of_many_lines_is_none() {
        for marks in ["\"\"\"", "'''"] {
            let text = format!("a = {marks} # \"\n[network]\n{marks} # '\n[ssh]\n");
            assert_eq!(Parts::of(&text).of_box, format!("a = {marks} # \"\n[network]\n{marks} # '\n\n"));
        }
        assert_eq!(Parts::of("a = \"\\\"'''\"\n[ssh]\n").of_box, "a = \"\\\"'''\"\n\n");
    }

    proptest! {
        #[test]
        fn any_text_falls_into_parts_that_make_the_whole(text in "[a-z=\"'#\\\\\n\r\\[\\] \u{feff}ä]{0,80}") {
            let parts = Parts::of(&text);
            let all: Vec<Vec<&str>> =
                std::iter::once(&parts.of_box).chain(&parts.own).map(|part| part.split('\n').collect()).collect();
            for (at, line) in text.split('\n').enumerate() {
                let mine: Vec<&str> = all.iter().map(|part| part[at]).filter(|l| !l.is_empty()).collect();
                prop_assert!(mine == [line] || (line.is_empty() && mine.is_empty()), "{} {:?}", line, mine);
            }
        }

        #[test]
        fn the_parts_of_a_good_file_say_what_the_whole_says(
            sections in prop::sample::subsequence(vec!["network", "desk", "ssh", "pages", "screens", "stick"], 0..6),
            value in "[a-z#\\[\\]=']{0,9}",
        ) {
            let text: String = sections.iter().map(|s| format!("[{s}]\na = \"{value}\"\nb = [\n 1, # [x]\n]\n")).collect();
            let whole: toml::Table = text.parse().expect("good");
            let parts = Parts::of(&text);
            let mut back: toml::Table = parts.of_box.parse().expect("good, too");
            for own in &parts.own {
                back.extend(own.parse::<toml::Table>().expect("good, too"));
            }
            prop_assert_eq!(&back, &whole);
            prop_assert_eq!(&parts.together().parse::<toml::Table>().expect("good, too"), &whole);
        }
    }
}
