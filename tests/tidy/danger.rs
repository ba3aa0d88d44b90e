//! Where code may do what the compiler cannot check: in one room of the tests, and each time it
//! says why it is sound.

use crate::code::{code_of, names};
use crate::tree::{Breach, Tree};

/// The one room: SQLite calls its disk through C functions, which no safe code can be.
const ROOM: &str = "tests/amnesia/";

/// The word, put together here so that this file does not hold it.
const WORD: (&str, &str) = ("unsa", "fe");

/// Lines between a block and the end of the comment that says why: it may begin mid-statement.
const NEAR: usize = 3;

/// Only the one room leaves the compiler's protection.
pub(crate) fn only_one_room_is_dangerous(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, line, _) in dangers(tree).filter(|(file, _, _)| !file.starts_with(ROOM)) {
        breaches.push(Breach::at(file, line + 1, format!("{}: only {ROOM} may", word())));
    }
    for (file, text) in tree.files().filter(|(file, _)| file.ends_with("/Cargo.toml")) {
        if !file.starts_with(ROOM) && !text.contains("[lints]\nworkspace = true") {
            breaches.push(Breach::of(file, "take the lints of the house: [lints] workspace = true"));
        }
    }
    breaches
}

/// In that room each such block says why it is sound.
pub(crate) fn every_danger_says_why_it_is_none(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, line, code) in dangers(tree).filter(|(file, _, _)| file.starts_with(ROOM)) {
        let is_block = code.contains(&format!("{} {{", word()));
        let before = tree.get(file).unwrap_or_default().lines().take(line).collect::<Vec<_>>();
        let said = before.iter().rev().take(NEAR).any(|l| l.trim_start().starts_with("// SAFETY: "));
        if is_block && !said {
            breaches.push(Breach::at(file, line + 1, "say why this is sound: // SAFETY: …"));
        }
    }
    breaches
}

/// Every line of code with the word: file, line from 0, code.
fn dangers(tree: &Tree) -> impl Iterator<Item = (&str, usize, String)> {
    tree.rust(&[""]).flat_map(|(file, source)| {
        let code = code_of(source, false);
        let lines: Vec<_> = code.lines().enumerate().map(|(line, code)| (file, line, code.to_owned())).collect();
        lines.into_iter().filter(|(_, _, code)| names(code).any(|name| name == word()))
    })
}

fn word() -> String {
    format!("{}{}", WORD.0, WORD.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn only_one_room_of_the_house_is_dangerous() {
        holds(only_one_room_is_dangerous);
    }

    #[test]
    fn every_danger_of_the_house_says_why_it_is_none() {
        holds(every_danger_says_why_it_is_none);
    }

    #[test]
    fn a_danger_in_another_room_is_found() {
        let code = format!("//! x\nfn f() {{ {} {{ g() }} }}\n", word());
        breaks(only_one_room_is_dangerous, &[("sync/store/src/lib.rs", &code)], ":2:");
        passes(only_one_room_is_dangerous, &[("tests/amnesia/src/vfs.rs", &code)]);
        let told = format!("//! No {} here.\n", word());
        passes(only_one_room_is_dangerous, &[("sync/store/src/lib.rs", &told)]);
    }

    #[test]
    fn a_room_without_the_lints_of_the_house_is_found() {
        breaks(only_one_room_is_dangerous, &[("devices/Cargo.toml", "[package]\n")], "[lints] workspace");
    }

    #[test]
    fn a_danger_without_a_reason_is_found() {
        let block = format!("{} {{ g() }}\n", word());
        let silent = format!("//! x\n// Fast.\n{block}");
        breaks(every_danger_says_why_it_is_none, &[("tests/amnesia/src/vfs.rs", &silent)], ":3:");
        let said = format!("//! x\n// SAFETY: g takes nothing.\n{block}");
        passes(every_danger_says_why_it_is_none, &[("tests/amnesia/src/vfs.rs", &said)]);
    }
}
