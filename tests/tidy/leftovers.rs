//! What must not be left lying about: stubs, sleeping tests, paths of somebody's machine.

use crate::code::code_of;
use crate::tree::{Breach, Tree};

/// Words of unfinished work, put together here so that this file does not hold them.
const UNFINISHED: [(&str, &str); 6] =
    [("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("to", "do!("), ("unimple", "mented!("), ("#[igno", "re")];

/// A test that another test starts as a process of its own, to kill it; alone it has nothing to do.
const CHILD: &str = "= \"the child of the test above";

/// Waiting for a while instead of for the event. The show-room shows things to people, who need
/// their time; a desk device comes back a moment after it lost the line, as real ones do.
const NAPS: [&str; 2] = ["thread::sleep(", "time::sleep("];
const MAY_NAP: [&str; 2] = ["tests/showroom/", "tests/fixture/desk.rs"];

/// Beginnings of paths that exist on one machine only, and hosts of registries that may change.
const PRIVATE: [(&str, &str); 6] = [
    ("/ho", "me/"),
    ("/ro", "ot/"),
    ("/Use", "rs/"),
    ("/wo", "rk/"),
    ("static.crates", ".io"),
    ("registry.npmjs", ".org"),
];

/// Nothing unfinished is left in the code.
pub(crate) fn nothing_is_unfinished(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in tree.files().filter(|(file, _)| !is_prose(file)) {
        for (line, text) in text.lines().enumerate().filter(|(_, text)| !text.contains(CHILD)) {
            if let Some(word) = UNFINISHED.iter().map(|(a, b)| format!("{a}{b}")).find(|w| text.contains(w)) {
                breaches.push(Breach::at(file, line + 1, format!("{word} is left: finish it or leave it out")));
            }
        }
    }
    breaches
}

/// No test waits for a while.
pub(crate) fn no_test_sleeps(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let files = tree.rust(&[""]).filter(|(file, _)| !MAY_NAP.iter().any(|m| file.starts_with(m)));
    for (file, source) in files {
        let code = code_of(source, false);
        // In a program only its unit tests may not sleep; they stand last.
        let first = if file.starts_with("tests/") { Some(0) } else { code.find("\n#[cfg(test)]\nmod ") };
        let Some(first) = first else { continue };
        let before = code[..first].lines().count();
        for (line, code) in code[first..].lines().enumerate() {
            if NAPS.iter().any(|nap| code.contains(nap)) {
                breaches.push(Breach::at(file, before + line + 1, "wait for the event, not for a while"));
            }
        }
    }
    breaches
}

/// No path of somebody's machine, no host of a registry.
pub(crate) fn no_machine_is_named(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in tree.files().filter(|(file, _)| *file != "Cargo.lock") {
        for (line, text) in text.lines().enumerate() {
            let private = PRIVATE.iter().map(|(a, b)| format!("{a}{b}"));
            if let Some(path) = private.into_iter().find(|p| names_path(text, p)) {
                breaches.push(Breach::at(file, line + 1, format!("{path} is somebody's machine")));
            }
        }
    }
    breaches
}

/// Only where a path or an address begins: `/var/lib/x/home/` is not meant.
fn names_path(text: &str, path: &str) -> bool {
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_-./}".contains(c));
    text.match_indices(path).any(|(at, _)| !path.starts_with('/') || begins(at))
}

fn is_prose(file: &str) -> bool {
    file.starts_with("docs/") || file.ends_with(".md") || file == "Cargo.lock"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn nothing_in_the_house_is_unfinished() {
        holds(nothing_is_unfinished);
    }

    #[test]
    fn no_test_of_the_house_sleeps() {
        holds(no_test_sleeps);
    }

    #[test]
    fn the_house_names_no_machine() {
        holds(no_machine_is_named);
    }

    #[test]
    fn a_left_over_is_found() {
        let stub = format!("//! x\nfn f() {{ {}{}) }}\n", "to", "do!(");
        breaks(nothing_is_unfinished, &[("devices/src/lib.rs", &stub)], ":2:");
    }

    #[test]
    fn a_test_that_is_not_run_is_found_unless_it_is_a_child() {
        let skipped = format!("//! x\n#[igno{} = \"slow\"]\nfn t() {{}}\n", "re");
        breaks(nothing_is_unfinished, &[("devices/src/lib.rs", &skipped)], ":2:");
        let child = skipped.replace("slow", "the child of the test above");
        passes(nothing_is_unfinished, &[("devices/src/lib.rs", &child)]);
    }

    #[test]
    fn a_sleeping_test_is_found_and_a_program_may_wait() {
        let unit = "//! x\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn t() { std::thread::sleep(d); }\n}\n";
        breaks(no_test_sleeps, &[("devices/src/lib.rs", unit)], ":6:");
        let story = "//! x\nasync fn t() { tokio::time::sleep(d).await; }\n";
        breaks(no_test_sleeps, &[("tests/stories/day.rs", story)], ":2:");
        passes(no_test_sleeps, &[("devices/src/lib.rs", story)]);
    }

    #[test]
    fn a_path_of_a_machine_is_found() {
        let path = format!("see {}{}someone/x\n", "/ho", "me/");
        breaks(no_machine_is_named, &[("README.md", &path)], "somebody's machine");
        passes(no_machine_is_named, &[("README.md", "see /var/lib/aufruf\n")]);
    }
}
