//! Just enough of Rust to judge it: what is code, what is words, where a function ends.

/// The same text, line for line, with comments blanked and, when asked, what stands in quotes.
pub(crate) fn code_of(source: &str, keep_quotes: bool) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let (end, is_code) = token(&chars, at, keep_quotes);
        for c in &chars[at..end] {
            out.push(if is_code || *c == '\n' { *c } else { ' ' });
        }
        at = end;
    }
    out
}

/// The end of what starts here, and whether it stays.
fn token(chars: &[char], at: usize, keep_quotes: bool) -> (usize, bool) {
    let after_word = at > 0 && is_word(chars[at - 1]);
    match (chars[at], chars.get(at + 1)) {
        ('/', Some('/')) => (find(chars, at, &['\n']), false),
        ('/', Some('*')) => (end_of_block(chars, at), false),
        ('r', Some('"' | '#')) if !after_word => raw_quote(chars, at).map_or((at + 1, true), |end| (end, keep_quotes)),
        ('"', _) => (end_of_quote(chars, at, '"'), keep_quotes),
        ('\'', Some('\\')) => (end_of_quote(chars, at, '\''), keep_quotes),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => (at + 3, keep_quotes),
        _ => (at + 1, true),
    }
}

fn find(chars: &[char], from: usize, what: &[char]) -> usize {
    (from..chars.len()).find(|i| chars[*i..].starts_with(what)).unwrap_or(chars.len())
}

/// Block comments may stand in each other.
fn end_of_block(chars: &[char], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < chars.len() {
        if chars[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if chars[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn end_of_quote(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// The end of `r#"…"#`, or none if this is a raw identifier.
fn raw_quote(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
    let open = from + 1 + hashes;
    (chars.get(open) == Some(&'"')).then(|| {
        let mut close = vec!['"'];
        close.resize(hashes + 1, '#');
        (find(chars, open + 1, &close) + close.len()).min(chars.len())
    })
}

/// Whether a character can be part of a name.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The names in a line of code, in order.
pub(crate) fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c| !is_word(c)).filter(|w| w.chars().next().is_some_and(|c| !c.is_numeric()))
}

/// The text before its own unit tests: by our custom they stand last.
pub(crate) fn without_tests(source: &str) -> &str {
    source.find("\n#[cfg(test)]\nmod ").map_or(source, |end| &source[..end])
}

/// Whether a Rust file holds nothing but tests.
pub(crate) fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/tests/")
}

/// A function: the line of its `fn`, its name, and its lines of code.
pub(crate) struct Function<'a> {
    /// From 1.
    pub(crate) line: usize,
    /// Its name.
    pub(crate) name: &'a str,
    /// Lines of its body that are neither empty nor comment only.
    pub(crate) lines: usize,
}

/// The functions of a text that [`code_of`] has blanked.
pub(crate) fn functions(code: &str) -> Vec<Function<'_>> {
    let starts = code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(is_word));
    starts.filter_map(|(at, _)| function(code, at)).collect()
}

fn function(code: &str, at: usize) -> Option<Function<'_>> {
    let name = names(&code[at + 3..]).next()?;
    let open = at + body_or_end(&code[at..])?;
    if code[open..].starts_with(';') {
        return None;
    }
    let mut depth = 0_usize;
    let body = code[open..].split_inclusive(|c| {
        depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
        depth == 0
    });
    // The first piece ends at the brace that closes the body.
    let body = body.take(1).next()?;
    let inner = body.trim_start_matches('{').trim_end_matches('}');
    let lines = inner.lines().filter(|l| !l.trim().is_empty()).count();
    Some(Function { line: code[..at].matches('\n').count() + 1, name, lines })
}

/// Where the body of a function opens, or its `;`; one inside `[u8; 4]` is neither.
fn body_or_end(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    code.find(|c| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (c == '{' || c == ';')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_quotes_are_blanked_and_lines_stay() {
        let source = "let a = \"x // y\"; // z\n/* fn /* two */ */ let b = 'c';\nlet r = r#\"fn \" q\"#;\n";
        let code = code_of(source, false);
        assert_eq!(code.lines().count(), source.lines().count());
        for gone in ["x", "y", "z", "two", "fn", "'c'", "q"] {
            assert!(!code.contains(gone), "{gone} in {code:?}");
        }
        assert!(code.contains("let b =") && code_of(source, true).contains("x // y"));
    }

    #[test]
    fn a_lifetime_is_no_quote() {
        assert_eq!(code_of("fn a<'a>(x: &'a str) {}", false), "fn a<'a>(x: &'a str) {}");
    }

    #[test]
    fn a_functions_lines_are_those_with_code() {
        let code = code_of(
            "fn f(_: [u8; 4]) {\n    // why\n    if x { a(); }\n\n    b();\n}\nfn g() {}\ntrait T { fn h(_: [u8; 4]); }\n",
            false,
        );
        let found: Vec<_> = functions(&code).iter().map(|f| (f.name.to_owned(), f.line, f.lines)).collect();
        assert_eq!(found, [("f".to_owned(), 1, 2), ("g".to_owned(), 7, 0)]);
    }

    #[test]
    fn unit_tests_are_left_out() {
        assert_eq!(without_tests("fn a() {}\n\n#[cfg(test)]\nmod tests {}\n"), "fn a() {}\n");
    }
}
