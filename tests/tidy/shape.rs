//! How big things may get, and that each file says what it is.

use crate::code::{code_of, functions};
use crate::tree::{Breach, Tree};

/// Lines of a file: more is a room grown too big.
const FILE_LINES: usize = 400;

/// Lines of code of a function: what fits on one screen.
const FUNCTION_LINES: usize = 70;

/// No code file is longer than a reader's patience.
pub(crate) fn files_are_short(tree: &Tree) -> Vec<Breach> {
    let code = tree.files().filter(|(path, _)| path.ends_with(".rs") || path.ends_with(".js"));
    let long = code.filter(|(_, text)| text.lines().count() > FILE_LINES);
    long.map(|(path, text)| {
        Breach::of(path, format!("{} lines, at most {FILE_LINES}: split it by what it is about", text.lines().count()))
    })
    .collect()
}

/// No function is longer than a screen.
pub(crate) fn functions_are_short(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust(&[""]) {
        let code = code_of(source, false);
        for long in functions(&code).iter().filter(|f| f.lines > FUNCTION_LINES) {
            let says = format!("{} has {} lines, at most {FUNCTION_LINES}", long.name, long.lines);
            breaches.push(Breach::at(file, long.line, says));
        }
    }
    breaches
}

/// Every Rust file begins by saying what it is for.
pub(crate) fn files_say_what_they_are(tree: &Tree) -> Vec<Breach> {
    let silent = tree.rust(&[""]).filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| Breach::at(path, 1, "begin with one sentence that says what this file is for")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn the_files_of_the_house_are_short() {
        holds(files_are_short);
    }

    #[test]
    fn the_functions_of_the_house_are_short() {
        holds(functions_are_short);
    }

    #[test]
    fn the_files_of_the_house_say_what_they_are() {
        holds(files_say_what_they_are);
    }

    #[test]
    fn a_file_of_401_lines_is_found() {
        breaks(files_are_short, &[("devices/src/lib.rs", &"//! x\n".repeat(401))], "401 lines");
        passes(files_are_short, &[("devices/src/lib.rs", &"//! x\n".repeat(400))]);
    }

    #[test]
    fn a_function_of_71_lines_is_found_and_comments_do_not_count() {
        let function = |lines: usize| format!("fn long() {{\n    // why\n{}}}\n", "    a();\n".repeat(lines));
        breaks(functions_are_short, &[("devices/src/lib.rs", &function(71))], "long has 71 lines");
        passes(functions_are_short, &[("devices/src/lib.rs", &function(70))]);
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_is_found() {
        breaks(files_say_what_they_are, &[("devices/src/lib.rs", "use std::fmt;\n")], "what this file is for");
    }
}
