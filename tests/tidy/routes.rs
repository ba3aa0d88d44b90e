//! What `docs/interfaces.md` promises stands in the code, and the pages of the code stand there.

use std::collections::BTreeSet;

use crate::code::{code_of, is_test, is_word, without_tests};
use crate::tree::{Breach, Tree};

const DOCUMENT: &str = "docs/interfaces.md";

/// The sections of the document, and the folder whose code must hold the words of their routes.
const SECTIONS: [(&str, &str); 4] = [
    ("## Pages of the booking server", "sync/booking/src/"),
    ("## The exchange", "sync/booking/src/"),
    ("## Pages of the box", "appliance/office/src/"),
    ("## Desk devices (MQTT)", "devices/src/"),
];

/// The marker of a row that is planned: it may not stand in the code yet, and says so.
const PLANNED: &str = "(not built yet)";

/// Each fixed word of each documented route stands in the sources of its program.
pub(crate) fn documented_routes_exist(tree: &Tree) -> Vec<Breach> {
    let Some(document) = tree.get(DOCUMENT) else { return vec![Breach::of(DOCUMENT, "there is none")] };
    let mut breaches = Vec::new();
    for (heading, folder) in SECTIONS {
        let rows = rows(document, heading);
        if rows.is_empty() {
            breaches.push(Breach::of(DOCUMENT, format!("{heading}: no route is listed")));
        }
        let code = all_code(tree, folder);
        for (line, route) in rows {
            for word in fixed_words(route).filter(|word| !stands_in(&code, word)) {
                breaches.push(Breach::at(DOCUMENT, line, format!("{route}: {word} is nowhere in {folder}")));
            }
        }
    }
    breaches
}

/// How the two programs write a route: the box `path!("platz" / u8 / "akt")`, the booking server
/// as a pattern of steps and whether it acts, `(["termin", secret], true) =>`.
const WAYS: [(&str, &str, &str, char); 3] = [
    ("appliance/office/src/pages/", "path!(", ")", '/'),
    ("sync/booking/src/pages/", "([", "], true) =>", ','),
    ("sync/booking/src/pages/", "([", "], false) =>", ','),
];

/// Every page of the code is documented; patterns with a rest (`..`) are files, not pages.
pub(crate) fn routes_are_documented(tree: &Tree) -> Vec<Breach> {
    let document = tree.get(DOCUMENT).unwrap_or_default();
    let sections = SECTIONS.iter().flat_map(|(heading, _)| rows(document, heading));
    let documented: BTreeSet<String> = sections.map(|(_, route)| shape_of_address(route)).collect();
    let mut breaches = Vec::new();
    for (folder, open, close, between) in WAYS {
        for (file, source) in tree.rust(&[folder]).filter(|(file, _)| !is_test(file)) {
            for (line, code) in code_of(without_tests(source), true).lines().enumerate() {
                let shapes = patterns(code, open, close).map(|p| shape_of_pattern(p, between));
                for shape in shapes.filter(|shape| !documented.contains(shape)) {
                    breaches.push(Breach::at(file, line + 1, format!("{shape} is not in {DOCUMENT}")));
                }
            }
        }
    }
    breaches
}

fn patterns<'a>(line: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    let found = line.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(pattern, _)| pattern);
    found.filter(|p| !p.contains("..") && !p.contains(['|', '(']))
}

/// `"platz" / u8 / "akt"` is `/platz/*/akt`.
fn shape_of_pattern(pattern: &str, between: char) -> String {
    let steps = pattern.split(between).map(str::trim).filter(|s| !s.is_empty());
    let word = |step: &str| step.strip_prefix('"').map_or("*".to_owned(), |w| w.trim_end_matches('"').to_owned());
    // The letter before the token of the QR code is a word, though a capital.
    steps.map(|s| format!("/{}", word(s).replace('T', "*"))).collect()
}

/// `POST /platz/N/akt` is `/platz/*/akt`.
fn shape_of_address(route: &str) -> String {
    let path = route.split_whitespace().last().unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let is_fixed = |step: &str| !step.chars().any(char::is_uppercase);
    let steps = path.split('/').filter(|s| !s.is_empty());
    steps.map(|s| if is_fixed(s) { format!("/{s}") } else { "/*".to_owned() }).collect()
}

/// The routes of a section with their line: what stands in the first backticks of a table row.
fn rows<'a>(document: &'a str, heading: &str) -> Vec<(usize, &'a str)> {
    let lines = document.lines().enumerate().skip_while(|(_, l)| *l != heading).skip(1);
    let section = lines.take_while(|(_, l)| !l.starts_with("## "));
    let rows = section.filter(|(_, l)| l.starts_with("| `") && !l.contains(PLANNED));
    rows.filter_map(|(n, l)| Some((n + 1, l.split('`').nth(1)?))).collect()
}

/// The small-letter words of a path; words in capitals stand for something.
fn fixed_words(route: &str) -> impl Iterator<Item = &str> {
    let path = route.split_whitespace().last().unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    path.split('/').filter(|w| !w.is_empty() && !w.chars().any(char::is_uppercase))
}

fn all_code(tree: &Tree, folder: &str) -> String {
    let files = tree.rust(std::slice::from_ref(&folder)).map(|(_, source)| code_of(without_tests(source), true));
    files.collect::<Vec<_>>().join("\n")
}

/// In quotes, alone or as one step of a longer path.
fn stands_in(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        before.ends_with(['"', '/']) && !after.starts_with(|c| is_word(c) || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{holds, passes};

    const CODE: (&str, &str) =
        ("appliance/office/src/pages.rs", "//! x\nfn f() { path!(\"tafel\" / \"ereignisse\") }\n");

    fn document(route: &str) -> String {
        let sections = SECTIONS.iter().map(|(heading, _)| format!("{heading}\n\n| `GET /` | x |\n"));
        let all = sections.collect::<Vec<_>>().join("\n");
        all.replace("## Pages of the box\n", &format!("## Pages of the box\n\n| `{route}` | x |\n"))
    }

    #[test]
    fn the_documented_routes_of_the_house_exist() {
        holds(documented_routes_exist);
    }

    #[test]
    fn the_routes_of_the_house_are_documented() {
        holds(routes_are_documented);
    }

    #[test]
    fn a_page_nobody_documented_is_found() {
        let document = document("GET /tafel/ereignisse");
        let acts = ("sync/booking/src/pages/mod.rs", "//! x\n    ([\"akte\", secret, \"neu\"], true) => f(),\n");
        let rule = routes_are_documented;
        passes(rule, &[("appliance/office/src/pages/a.rs", CODE.1), (DOCUMENT, &document)]);
        let told = rule(&Tree::with(&[acts, (DOCUMENT, &document)]));
        assert!(told.len() == 1 && told[0].says.contains("/akte/*/neu is not in"), "{told:?}");
        let told = rule(&Tree::with(&[("appliance/office/src/pages/a.rs", CODE.1), (DOCUMENT, "")]));
        assert!(told.len() == 1 && told[0].says.contains("/tafel/ereignisse is not in"), "{told:?}");
    }

    #[test]
    fn a_route_that_is_not_in_the_code_is_found() {
        let document = document("GET /tafel/fehlt");
        let breaches = documented_routes_exist(&Tree::with(&[CODE, (DOCUMENT, &document)]));
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert!(breaches[0].says.contains("fehlt is nowhere"), "{breaches:?}");
    }

    #[test]
    fn a_route_that_is_in_the_code_passes() {
        let document = document("GET /tafel/ereignisse?lang=LANG");
        passes(documented_routes_exist, &[CODE, (DOCUMENT, &document)]);
    }

    #[test]
    fn a_document_without_routes_is_found() {
        let breaches = documented_routes_exist(&Tree::with(&[CODE, (DOCUMENT, "# nothing\n")]));
        assert_eq!(breaches.len(), SECTIONS.len(), "{breaches:?}");
    }
}
