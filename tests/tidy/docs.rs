//! What our documents say can be followed: links lead somewhere, examples parse, decisions decide.

use crate::tree::{Breach, Tree};

/// What a decision record must answer.
const QUESTIONS: [&str; 3] = ["## Context", "## Decision", "## Consequences"];

/// Every link from one of our texts to another leads somewhere.
pub(crate) fn links_lead_somewhere(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in markdown(tree) {
        for (line, text) in text.lines().enumerate() {
            for target in links(text).filter(|t| is_ours(t)) {
                let path = resolve(file, target);
                let is_folder = tree.files().any(|(f, _)| f.starts_with(&format!("{path}/")));
                if tree.get(&path).is_none() && !is_folder {
                    breaches.push(Breach::at(file, line + 1, format!("{target} leads nowhere")));
                }
            }
        }
    }
    breaches
}

/// Every example of a configuration can be read.
pub(crate) fn examples_parse(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in markdown(tree) {
        for (language, line, block) in blocks(text) {
            let wrong = match language {
                "toml" => block.parse::<toml::Table>().err().map(|e| e.to_string()),
                "json" => serde_json::from_str::<serde_json::Value>(&block).err().map(|e| e.to_string()),
                _ => None,
            };
            breaches.extend(wrong.map(|e| Breach::at(file, line, format!("an example does not parse: {e}"))));
        }
    }
    breaches
}

/// Every decision has a number of its own and says why, what, and what follows.
pub(crate) fn decisions_decide(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let records = tree.files().filter(|(file, _)| file.starts_with("docs/decisions/"));
    for (number, (file, text)) in records.enumerate() {
        let expected = format!("docs/decisions/{:04}-", number + 1);
        if !file.starts_with(&expected) {
            breaches
                .push(Breach::of(file, format!("expected number {:04}: numbers have no gap and no twin", number + 1)));
        }
        for question in QUESTIONS.iter().filter(|q| !text.lines().any(|l| l == **q)) {
            breaches.push(Breach::of(file, format!("{question} is missing")));
        }
    }
    breaches
}

fn markdown(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter(|(file, _)| file.ends_with(".md"))
}

/// The targets of `[words](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// A file of the house that is a text; pictures are not read by this test.
fn is_ours(target: &str) -> bool {
    let elsewhere = target.contains("://") || target.starts_with("mailto:") || target.starts_with('#');
    !elsewhere && !target.ends_with(".png") && !target.ends_with(".svg")
}

/// A target as seen from the file it stands in, without its `#part`.
fn resolve(file: &str, target: &str) -> String {
    let mut steps: Vec<&str> = file.split('/').collect();
    steps.pop();
    for step in target.split('#').next().unwrap_or_default().split('/') {
        match step {
            "." | "" => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// Fenced blocks: language, line of the fence, text.
fn blocks(text: &str) -> Vec<(&str, usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize, String)> = None;
    for (line, text) in text.lines().enumerate() {
        match (text.trim().strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language, line + 1, String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, _, block))) => {
                block.push_str(text);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn the_links_of_the_house_lead_somewhere() {
        holds(links_lead_somewhere);
    }

    #[test]
    fn the_examples_of_the_house_parse() {
        holds(examples_parse);
    }

    #[test]
    fn the_decisions_of_the_house_decide() {
        holds(decisions_decide);
    }

    #[test]
    fn a_link_to_nowhere_is_found() {
        let files =
            [("docs/a.md", "[b](b.md#x) [up](../README.md) [out](https://example.org)\n"), ("README.md", "x\n")];
        breaks(links_lead_somewhere, &files, "b.md#x leads nowhere");
    }

    #[test]
    fn an_example_that_does_not_parse_is_found() {
        breaks(examples_parse, &[("docs/a.md", "```toml\na = \n```\n")], "docs/a.md:1");
        breaks(examples_parse, &[("docs/a.md", "```json\n{\"v\":1,}\n```\n")], "does not parse");
        passes(examples_parse, &[("docs/a.md", "```toml\na = 1\n```\n```\nx = \n```\n")]);
    }

    #[test]
    fn a_decision_without_consequences_is_found() {
        let record = ("docs/decisions/0001-x.md", "# 1\n## Context\n## Decision\n");
        breaks(decisions_decide, &[record], "## Consequences is missing");
        let second = ("docs/decisions/0002-x.md", "## Context\n## Decision\n## Consequences\n");
        breaks(decisions_decide, &[second], "expected number 0001");
    }
}
