//! The health and the figures of the box as Prometheus reads them (text format 0.0.4).
//!
//! What must always hold: a name is written once, with its help and its kind before its samples;
//! whatever stands in a label is escaped; what is not known is left out, never a made-up 0.

use std::fmt::Write as _;

use names::Trust;

use crate::care::{Kept, Report};

/// The type of the answer.
pub(super) const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// One page of figures being written.
#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    /// A figure with its samples: labels as written, and the value. None: left out.
    fn figure(&mut self, kind: &str, name: &str, help: &str, samples: impl IntoIterator<Item = (String, String)>) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(self.text, "{name}{labels} {value}");
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: Option<impl ToString>) {
        self.figure("gauge", name, help, value.map(|value| (String::new(), value.to_string())));
    }
}

/// A label with its value.
fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{{{name}=\"{value}\"}}")
}

fn number(is: bool) -> String {
    u8::from(is).to_string()
}

/// The whole page. `memory`: bytes of this program in memory.
pub(super) fn page(alive: bool, report: &Report, kept: &Kept, memory: Option<u64>) -> String {
    let mut page = Page::default();
    page.gauge("aufruf_loop_alive", "Whether the loop of the hall takes commands.", Some(number(alive)));
    parts(&mut page, report, kept);
    hall(&mut page, kept);
    line(&mut page, report, kept);
    let backup = report.backup.map(|at| at.as_second());
    page.gauge("aufruf_backup_timestamp_seconds", "When the last backup of this run was made.", backup);
    page.gauge("aufruf_memory_bytes", "Memory of the program (resident).", memory);
    page.text
}

fn parts(page: &mut Page, report: &Report, kept: &Kept) {
    let works = report.parts.iter().map(|(name, part)| (label("part", name), number(part.works)));
    page.figure("gauge", "aufruf_part_works", "Whether a part works; /gesund says what is wrong with it.", works);
    let broken = kept.broken.iter().map(|(name, often)| (label("part", name), often.to_string()));
    let help = "How often a part broke since the start; those of the broker are its restarts.";
    page.figure("counter", "aufruf_part_breaks_total", help, broken);
    let desks = report.desks.iter().map(|(name, online)| (label("desk", name), number(*online)));
    page.figure("gauge", "aufruf_desk_connected", "Whether a desk device is connected.", desks);
}

fn hall(page: &mut Page, kept: &Kept) {
    let Some(hall) = &kept.hall else { return };
    page.gauge("aufruf_waiting", "People who wait.", Some(hall.waiting));
    let waited = ["0.5", "0.9"].into_iter().zip(hall.waited);
    let waited = waited.map(|(share, seconds)| (label("quantile", share), seconds.to_string()));
    page.figure("gauge", "aufruf_waited_seconds", "How long this share of those who wait has waited at most.", waited);
    let day = [
        ("expected", hall.tally.expected),
        ("arrived", hall.tally.arrived),
        ("tickets", hall.tally.tickets),
        ("called", hall.tally.called),
        ("served", hall.tally.served),
        ("missed", hall.tally.missed),
    ];
    let day = day.into_iter().map(|(stage, count)| (label("stage", stage), count.to_string()));
    page.figure("gauge", "aufruf_people_today", "People of the running day, for the whole office.", day);
    let trust = match hall.clock {
        Trust::Unknown => 0,
        Trust::Plausible => 1,
        Trust::Trusted => 2,
    };
    page.gauge(
        "aufruf_clock_trust",
        "How far the clock can be believed: 0 unknown, 1 plausible, 2 trusted.",
        Some(trust),
    );
}

fn line(page: &mut Page, report: &Report, kept: &Kept) {
    let up = report.parts.get("line").map(|part| number(part.works));
    page.gauge("aufruf_line_up", "Whether the booking server answers.", up);
    let answered = kept.answered.map(|at| at.as_second());
    page.gauge("aufruf_line_answered_timestamp_seconds", "When the booking server answered last.", answered);
    let Some(journal) = kept.journal else { return };
    page.gauge(
        "aufruf_backlog_entries",
        "Own entries not yet acknowledged by the booking server.",
        Some(journal.backlog),
    );
    page.gauge("aufruf_journal_entries", "Entries of the journal.", Some(journal.entries));
    page.gauge("aufruf_journal_bytes", "Size of the journal on the disk.", journal.bytes);
}

/// Bytes of a `/proc/self/status` that are in memory.
pub(super) fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use queue::Tally;

    use super::*;
    use crate::care::{HallFigures, Health, JournalFigures};

    /// Name with labels, and value; checks the grammar on the way.
    fn samples(text: &str) -> Vec<(String, f64)> {
        let (mut known, mut samples) = (BTreeSet::new(), Vec::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and a kind");
                assert!(["gauge", "counter"].contains(&kind) && known.insert(name.to_owned()), "{line}");
            } else if !line.starts_with("# HELP ") {
                let (sample, value) = line.rsplit_once(' ').expect("a sample and its value");
                let name = sample.split('{').next().expect("a name");
                assert!(known.contains(name) && name.starts_with("aufruf_"), "{line}");
                assert!(name == sample || (sample.ends_with("\"}") && sample.contains("=\"")), "{line}");
                samples.push((sample.to_owned(), value.parse().expect("a number")));
            }
        }
        assert!(text.ends_with('\n'));
        samples
    }

    #[test]
    fn everything_that_is_known_can_be_read_and_nothing_else_is_told() {
        let health = Health::default();
        health.part(devices::Health { part: "bro\"ker\\".to_owned(), works: false, detail: "x\ny".to_owned() });
        health.desk("desk-3", true);
        let tally = Tally { called: 4, served: 3, ..Tally::default() };
        health.figures().hall(HallFigures { waiting: 2, waited: [60, 120], tally, clock: Trust::Trusted });
        let found = samples(&page(true, &health.report(), &health.figures().kept(), Some(4096)));
        for (sample, value) in [
            ("aufruf_loop_alive", 1.0),
            ("aufruf_part_works{part=\"bro\\\"ker\\\\\"}", 0.0),
            ("aufruf_part_breaks_total{part=\"bro\\\"ker\\\\\"}", 1.0),
            ("aufruf_desk_connected{desk=\"desk-3\"}", 1.0),
            ("aufruf_waiting", 2.0),
            ("aufruf_waited_seconds{quantile=\"0.9\"}", 120.0),
            ("aufruf_people_today{stage=\"called\"}", 4.0),
            ("aufruf_clock_trust", 2.0),
            ("aufruf_memory_bytes", 4096.0),
        ] {
            assert!(found.contains(&(sample.to_owned(), value)), "{sample} {value} is not in {found:?}");
        }
        let told = |name: &str| found.iter().any(|(sample, _)| sample.starts_with(name));
        assert!(!told("aufruf_line") && !told("aufruf_journal") && !told("aufruf_backup"), "{found:?}");
    }

    #[test]
    fn line_and_journal_are_told_once_they_are_known() {
        let health = Health::default();
        health.link(crate::pages::view::LinkState::Connected { as_of: Timestamp::UNIX_EPOCH });
        let mut kept = health.figures().kept();
        kept.journal = Some(JournalFigures { entries: 9, backlog: 3, bytes: None });
        let found = samples(&page(false, &health.report(), &kept, None));
        for (sample, value) in [
            ("aufruf_loop_alive", 0.0),
            ("aufruf_line_up", 1.0),
            ("aufruf_line_answered_timestamp_seconds", 0.0),
            ("aufruf_backlog_entries", 3.0),
            ("aufruf_journal_entries", 9.0),
        ] {
            assert!(found.contains(&(sample.to_owned(), value)), "{sample} {value} is not in {found:?}");
        }
        assert!(!found.iter().any(|(sample, _)| sample == "aufruf_journal_bytes"));
    }

    #[test]
    fn the_memory_is_read_as_the_kernel_writes_it() {
        assert_eq!(resident("Name:\ta\nVmRSS:\t   28160 kB\nThreads:\t9\n"), Some(28_160 * 1024));
        assert_eq!(resident("Name:\ta\n"), None);
    }
}
