//! Who may ask what time it is: one `clock.rs` per program. Everywhere else time is an argument.

use crate::code::{code_of, is_word};
use crate::tree::{Breach, Tree};

/// Asking the wall clock.
const WALL: [&str; 3] = ["Timestamp::now(", "Zoned::now(", "SystemTime::now("];

/// Asking how long something took.
const MONOTONIC: &str = "Instant::now(";

/// The files that may ask the wall clock: one per program.
const CLOCKS: [&str; 4] =
    ["appliance/office/src/clock.rs", "sync/booking/src/clock.rs", "tests/fixture/clock.rs", "tests/showroom/clock.rs"];

/// The files that may measure how long something took besides the clocks, and why. Tests and
/// figures measure all the time.
const STOPWATCHES: [(&str, &str); 1] = [("tests/", "tests have deadlines, figures are times")];

/// Only the clock of a program asks the time.
pub(crate) fn only_the_clock_asks_the_time(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust(&[""]).filter(|(file, _)| !CLOCKS.contains(file)) {
        let code = code_of(source, false);
        for (line, code) in code.lines().enumerate() {
            for asked in WALL.iter().filter(|asked| calls(code, asked)) {
                breaches.push(Breach::at(file, line + 1, format!("{asked}): only clock.rs asks the time")));
            }
        }
    }
    breaches
}

/// Only named files measure how long something took.
pub(crate) fn only_named_files_hold_a_stopwatch(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let allowed = |file: &str| CLOCKS.contains(&file) || STOPWATCHES.iter().any(|(f, _)| file.starts_with(f));
    for (file, source) in tree.rust(&[""]).filter(|(file, _)| !allowed(file)) {
        for (line, code) in code_of(source, false).lines().enumerate() {
            if calls(code, MONOTONIC) {
                breaches.push(Breach::at(
                    file,
                    line + 1,
                    "a stopwatch: take the time as an argument, or say why in clocks.rs",
                ));
            }
        }
    }
    breaches
}

/// Whether the call stands there with its whole name.
fn calls(code: &str, call: &str) -> bool {
    code.match_indices(call).any(|(at, _)| !code[..at].ends_with(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn only_the_clocks_of_the_house_ask_the_time() {
        holds(only_the_clock_asks_the_time);
    }

    #[test]
    fn only_named_files_of_the_house_hold_a_stopwatch() {
        holds(only_named_files_hold_a_stopwatch);
    }

    #[test]
    fn a_page_that_asks_the_time_is_found() {
        let page = "//! x\nfn f() { let t = jiff::Timestamp::now(); }\n";
        breaks(only_the_clock_asks_the_time, &[("appliance/office/src/pages/board.rs", page)], "only clock.rs");
        passes(only_the_clock_asks_the_time, &[("appliance/office/src/clock.rs", page)]);
        passes(only_the_clock_asks_the_time, &[("devices/src/lib.rs", "//! x\n// Timestamp::now() is not for us.\n")]);
    }

    #[test]
    fn a_stopwatch_in_the_queue_is_found() {
        let source = "//! x\nfn f() { let t = tokio::time::Instant::now(); }\n";
        breaks(only_named_files_hold_a_stopwatch, &[("appliance/queue/src/lib.rs", source)], "a stopwatch");
    }
}
