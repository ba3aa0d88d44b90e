//! What the writer does around each commit, so that it is known outside the database, too.
//!
//! ```text
//!   step ──► news (read in the transaction, room kept) ──► commit ──► witness ──► second ──► told
//! ```
//!
//! What must always hold: a step that changed seats is told only after the witness has it; a
//! medium that fails or hangs never stops a step, a witness that fails stops all of them.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;

use names::Side;
use rusqlite::Transaction;

use super::copy::Row;
use super::lives::{self, PAGE, cursor_of, touches_seats};
use super::marks::{WitnessRecord, marks, take_changed};
use super::thread::Second;
use super::witness::{Records, Witness};
use crate::StoreError;

/// Looks after one store.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(super) me: Side,
    /// The last position that was committed.
    pub(super) position: u64,
    pub(super) witness: Option<Witness>,
    pub(super) second: Option<Second>,
}

/// What a transaction brings that has to be known elsewhere.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// The last position.
    upto: u64,
    /// The rows until there: all of them if there is a second medium, else the own ones.
    rows: Vec<Row>,
    records: Records,
    touches_seats: bool,
}

impl Watch {
    /// Reads what a transaction is about to commit. Fails while there is still time to undo it.
    pub(crate) fn news(&mut self, tx: &Transaction<'_>) -> Result<News, StoreError> {
        let mut told: BTreeMap<_, _> = take_changed(tx)?.into_iter().map(|office| (office, None)).collect();
        let upto = lives::last_position(tx)?;
        let rows = if upto > self.position { self.new_rows(tx)? } else { Vec::new() };
        for (_, entry) in rows.iter().filter(|(_, entry)| entry.origin == self.me && touches_seats(entry)) {
            // Own entries of earlier lives come back from the other end: the witness stays ahead.
            if lives::is_present(tx, &entry.office, self.me, entry.incarnation)? {
                told.insert(entry.office.clone(), Some(cursor_of(entry)));
            }
        }
        let touches_seats = told.values().any(Option::is_some);
        let Some(witness) = &mut self.witness else { return Ok(News { upto, rows, touches_seats, ..News::default() }) };
        let mut records = Records::new();
        for (office, last) in told {
            let (minted, blocks) = marks(tx, &office)?;
            let last = last.or(witness.of(&office).last);
            records.insert(office, WitnessRecord { last, minted, blocks });
        }
        if !records.is_empty() {
            witness.reserve(&records).map_err(unwitnessed)?;
        }
        Ok(News { upto, rows, records, touches_seats })
    }

    /// What came from the other end is only for the second medium: a backlog of thousands is not read
    /// for a witness that says nothing of it.
    fn new_rows(&self, tx: &Transaction<'_>) -> Result<Vec<Row>, StoreError> {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let from = rows.last().map_or(self.position, |(position, _entry)| *position);
            let page = match self.second {
                Some(_) => lives::rows_after(tx, from, PAGE)?,
                None => lives::own_rows_after(tx, self.me, from, PAGE)?,
            };
            if page.is_empty() {
                return Ok(rows);
            }
            rows.extend(page);
        }
    }

    /// Asks the second medium for everything committed until now, if `anew` in a new file.
    pub(crate) fn flush(&self, anew: bool) -> Option<Receiver<()>> {
        self.second.as_ref().map(|second| second.flush(self.position, anew))
    }

    /// Makes known what was committed.
    pub(crate) fn tell(&mut self, news: News) -> Result<(), StoreError> {
        let told = match &mut self.witness {
            Some(witness) if !news.records.is_empty() => witness.say(news.records).map_err(unwitnessed),
            Some(_) | None => Ok(()),
        };
        if news.upto > self.position {
            let after = std::mem::replace(&mut self.position, news.upto);
            if let Some(second) = &self.second {
                second.committed(after, news.rows, news.touches_seats);
            }
        }
        told
    }
}

fn unwitnessed(source: std::io::Error) -> StoreError {
    StoreError::Unwitnessed { source }
}
