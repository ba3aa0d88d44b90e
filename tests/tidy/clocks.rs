//! Who may ask what time it is: one `clock.rs` per program. Everywhere else time is an argument.

use crate::code::{code_of, is_test, is_word, without_tests};
use crate::tree::{Breach, Tree};

/// Asking the wall clock.
const WALL: [&str; 3] = ["Timestamp::now(", "Zoned::now(", "SystemTime::now("];

/// Asking how long something took.
const MONOTONIC: &str = "Instant::now(";

/// The files that may ask the wall clock: one per program.
const CLOCKS: [&str; 5] = [
    "appliance/console/src/clock.rs",
    "appliance/office/src/clock.rs",
    "sync/booking/src/clock.rs",
    "tests/fixture/clock.rs",
    "tests/showroom/clock.rs",
];

/// Other files that may measure how long something took, and why.
const STOPWATCHES: [(&str, &str); 1] = [(
    "appliance/office/src/pages/sessions.rs",
    "sessions end by the monotonic clock: a step of the wall clock neither ends nor keeps one",
)];

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

/// Only clocks and named files measure how long something took. Tests have deadlines and figures
/// are times: they may.
pub(crate) fn only_named_files_are_stopwatches(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let named = |file: &str| CLOCKS.contains(&file) || STOPWATCHES.iter().any(|(f, _)| *f == file);
    for (file, source) in tree.rust(&[""]).filter(|(file, _)| !named(file) && !is_test(file)) {
        for (line, code) in code_of(without_tests(source), false).lines().enumerate() {
            if calls(code, MONOTONIC) {
                breaches.push(Breach::at(file, line + 1, "a stopwatch: take the time as an argument"));
            }
        }
    }
    breaches
}

/// A leave that nobody needs any more is taken back.
pub(crate) fn no_leave_is_stale(tree: &Tree) -> Vec<Breach> {
    let files = STOPWATCHES.iter().filter_map(|(file, _)| Some((*file, tree.get(file)?)));
    let stale = files.filter(|(_, source)| !calls(&code_of(without_tests(source), false), MONOTONIC));
    stale.map(|(file, _)| Breach::of(file, "is no stopwatch any more: take its line out of clocks.rs")).collect()
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
    fn only_named_files_of_the_house_are_stopwatches() {
        holds(only_named_files_are_stopwatches);
        holds(no_leave_is_stale);
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
        breaks(only_named_files_are_stopwatches, &[("appliance/queue/src/lib.rs", source)], "a stopwatch");
        passes(only_named_files_are_stopwatches, &[("tests/stories/day.rs", source)]);
    }

    #[test]
    fn a_stale_leave_is_found() {
        breaks(no_leave_is_stale, &[(STOPWATCHES[0].0, "//! x\nfn f() {}\n")], "is no stopwatch any more");
    }
}
