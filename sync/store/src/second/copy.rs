//! The second journal: every entry of both sides in the order of the journal, on another medium.
//!
//! What must always hold: what is on it was committed before; a file of another store is never
//! written; it holds nothing that the journal has not, so erased content leaves it with the next
//! writing of the whole file.

use std::io;
use std::path::Path;

use names::Side;
use protocol::entry::Entry;

use super::log::{Found, MAX_PAYLOAD, SyncedLog, Tail};
use super::medium::Medium;
use super::stamp::{Kind, Stamp};

/// The name of the file in the folder of the second medium.
pub const FILE: &str = "aufruf.journal";

/// An entry with its position in the journal.
pub(crate) type Row = (u64, Entry);

/// Whose files we may write.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) side: Side,
    pub(crate) store: String,
}

/// What was found on the medium.
#[expect(clippy::large_enum_variant, reason = "looked at once per start, never kept")]
#[derive(Debug)]
pub(crate) enum Looked {
    /// An empty medium.
    Nothing,
    /// A file that is not of this store, or none of our files at all.
    Foreign,
    /// The journal of this store, or of the one that is to be taken over.
    Ours { copy: SecondCopy, store: String, last: Option<Row>, tail: Tail },
}

/// The open file.
#[derive(Debug)]
pub(crate) struct SecondCopy {
    log: SyncedLog,
    /// The position of the last row on it; 0 for none.
    pub(crate) position: u64,
}

impl SecondCopy {
    /// Reads what is there and changes nothing. Without an owner any store of this side is ours:
    /// an empty database takes over what it finds.
    pub(crate) fn look(medium: &dyn Medium, path: &Path, side: Side, store: Option<&str>) -> io::Result<Looked> {
        let mut last = None;
        let found = SyncedLog::open(medium, path, |record| last = Some(record))?;
        let Found::Log { header, log, tail } = found else {
            return Ok(if matches!(found, Found::Nothing) { Looked::Nothing } else { Looked::Foreign });
        };
        let ours = |stamp: &Stamp| stamp.side == side && store.is_none_or(|store| stamp.store == store);
        let Some(stamp) = Stamp::read(&header, Kind::Journal).filter(ours) else { return Ok(Looked::Foreign) };
        let last = match last.as_deref().map(rows_of).transpose() {
            Ok(rows) => rows.and_then(|mut rows| rows.pop()),
            Err(_another_form) => return Ok(Looked::Foreign),
        };
        let position = last.as_ref().map_or(0, |(position, _entry)| *position);
        Ok(Looked::Ours { copy: Self { log, position }, store: stamp.store, last, tail })
    }

    /// Shows all rows, record by record, up to the first that cannot be read.
    pub(crate) fn read(medium: &dyn Medium, path: &Path, mut page: impl FnMut(Vec<Row>)) -> io::Result<()> {
        let mut readable = true;
        SyncedLog::open(medium, path, |record| match rows_of(&record) {
            Ok(rows) if readable => page(rows),
            Ok(_) => {}
            Err(_damaged) => readable = false,
        })?;
        Ok(())
    }

    /// Writes the whole journal anew, in the place of whatever was there.
    pub(crate) fn begin(
        medium: &dyn Medium,
        path: &Path,
        owner: &Owner,
        mut rows: impl FnMut(u64) -> io::Result<Vec<Row>>,
    ) -> io::Result<Self> {
        let stamp = Stamp::new(Kind::Journal, owner.side, &owner.store).map_err(io::Error::other)?;
        let (mut position, mut waiting) = (0, Vec::<(u64, Vec<u8>)>::new().into_iter());
        let log = SyncedLog::replace(medium, path, &stamp.text()?, || {
            if waiting.as_slice().is_empty() {
                let page = rows(position)?;
                position = page.last().map_or(position, |(position, _entry)| *position);
                waiting = records_of(&page)?.into_iter();
            }
            Ok(waiting.next().map(|(_position, record)| record))
        })?;
        Ok(Self { log, position })
    }

    /// Takes away a torn end.
    pub(crate) fn cut(&mut self) -> io::Result<()> {
        self.log.cut()
    }

    /// Adds rows; on the medium after the next [`SecondCopy::sync`].
    pub(crate) fn append(&mut self, rows: &[Row]) -> io::Result<()> {
        for (position, record) in records_of(rows)? {
            self.log.append(&record)?;
            self.position = position;
        }
        Ok(())
    }

    /// Returns when everything is on the medium.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.log.sync()
    }
}

fn rows_of(record: &[u8]) -> serde_json::Result<Vec<Row>> {
    serde_json::from_slice(record)
}

/// As few records as possible, usually one per commit, each with its last position.
fn records_of(rows: &[Row]) -> io::Result<Vec<(u64, Vec<u8>)>> {
    let mut records: Vec<(u64, Vec<u8>)> = Vec::new();
    for row in rows {
        let text = serde_json::to_vec(row).map_err(io::Error::other)?;
        match records.last_mut() {
            Some((position, record)) if record.len() + text.len() + 2 <= MAX_PAYLOAD => {
                *position = row.0;
                record.push(b',');
                record.extend_from_slice(&text);
            }
            Some(_) | None => records.push((row.0, [b"[", text.as_slice()].concat())),
        }
    }
    for (_position, record) in &mut records {
        record.push(b']');
    }
    Ok(records)
}
