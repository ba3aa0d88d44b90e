//! What the pages of all counters share. It is drawn once a step: while many wait, drawing it for
//! each of many counters would keep the hall waiting for milliseconds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use queue::{LineView, Tally};

use super::{EXPECTED_TIMES, Expected, LINE_ROWS, LineRow, Page};
use crate::pages::texts::{self, CounterText, fill};

/// What all pages share.
pub(super) struct Common {
    pub(super) rows: Vec<LineRow>,
    pub(super) expected: Vec<Expected>,
    pub(super) longest: String,
    pub(super) tally: String,
}

impl Page<'_> {
    /// In the list nobody is next yet, and nobody is anybody's.
    pub(super) fn common(&self) -> Common {
        let text = texts::counter();
        Common {
            rows: self.line.iter().take(LINE_ROWS).map(|one| self.row(one)).collect(),
            expected: self.expected(text),
            longest: self.longest(self.line, text),
            tally: tally(&self.queue.tally(), text),
        }
    }

    /// The list with what is this counter's own.
    pub(super) fn own(&self, rows: &[LineRow]) -> Vec<LineRow> {
        let next = self.line.iter().find(|one| self.may(one.service)).map(|one| one.visit);
        let own = |(row, one): (&LineRow, &LineView)| LineRow {
            next: next == Some(one.visit),
            mine: self.may(one.service),
            ..row.clone()
        };
        rows.iter().zip(self.line).map(own).collect()
    }

    fn longest(&self, line: &[LineView], text: &CounterText) -> String {
        let Some(oldest) = line.iter().map(|one| one.arrived).min() else { return String::new() };
        match self.now.at.duration_since(oldest).as_mins().max(0) {
            1 => text.longest_one.clone(),
            minutes => fill(&text.longest, &[("minutes", &minutes.to_string())]),
        }
    }

    fn expected(&self, text: &CounterText) -> Vec<Expected> {
        let mut times: BTreeMap<Timestamp, usize> = BTreeMap::new();
        for one in self.queue.expected(self.now) {
            *times.entry(one.start).or_default() += 1;
        }
        let people = |count: usize| match count {
            1 => text.expected_person.clone(),
            _ => fill(&text.expected_people, &[("count", &count.to_string())]),
        };
        let shown = times.into_iter().take(EXPECTED_TIMES);
        shown.map(|(start, count)| Expected { start: self.words.clock(start), people: people(count) }).collect()
    }
}

fn tally(tally: &Tally, text: &CounterText) -> String {
    fill(
        &text.tally,
        &[
            ("arrived", &(tally.arrived + tally.tickets).to_string()),
            ("served", &tally.served.to_string()),
            ("missed", &tally.missed.to_string()),
        ],
    )
}
