//! The witness: how far this store ever was, in a file that no backup contains.
//!
//! What must always hold: it is never ahead of the database (it is written after the commit) and
//! never behind what anybody was told (it is written before the step returns); records that are
//! missing or damaged are never taken for "nothing happened".

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use names::OfficeId;
use protocol::exchange::Cursor;
use serde::{Deserialize, Serialize};

use super::log::{Found, SyncedLog, Tail};
use super::marks::{BlockMark, Minted, WitnessRecord};
use super::medium::Medium;
use super::stamp::{Kind, Stamp};

/// Bytes after which the file is written anew with the last record of each office: some four
/// thousand sales.
const MAX_BYTES: u64 = 1024 * 1024;

/// The records of all offices.
pub(crate) type Records = BTreeMap<OfficeId, WitnessRecord>;

/// What was found of a witness.
#[derive(Debug)]
pub(crate) enum Evidence {
    /// There is no file.
    Missing,
    /// There is a file, and it cannot be believed to be whole.
    Damaged,
    /// A good one; of which store, and what it says.
    Good { stamp: Stamp, records: Records },
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Witness {
    medium: Arc<dyn Medium>,
    path: PathBuf,
    stamp: Stamp,
    records: Records,
    log: SyncedLog,
}

/// One record of the file: all that is known of an office from now on.
#[derive(Serialize, Deserialize)]
struct Line {
    office: OfficeId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Cursor>,
    minted: Minted,
    blocks: BlockMark,
}

impl Line {
    fn record(&self) -> (OfficeId, WitnessRecord) {
        let (last, minted, blocks) = (self.last, self.minted.into(), self.blocks);
        (self.office.clone(), WitnessRecord { last, minted, blocks })
    }
}

impl Witness {
    /// Reads what is there and changes nothing.
    pub(crate) fn look(medium: &dyn Medium, path: &Path) -> io::Result<Evidence> {
        let (found, records) = read(medium, path)?;
        let Found::Log { header, tail, .. } = found else {
            return Ok(if matches!(found, Found::Nothing) { Evidence::Missing } else { Evidence::Damaged });
        };
        let records = records.filter(|_| !matches!(tail, Tail::Damaged { .. }));
        Ok(match (Stamp::read(&header, Kind::Witness), records) {
            (Some(stamp), Some(records)) => Evidence::Good { stamp, records },
            (Some(_) | None, _) => Evidence::Damaged,
        })
    }

    /// Writes the file anew, in one step in the place of whatever was there. A full disk is left
    /// as it is, if the file there says the same: the hall may start on it.
    pub(crate) fn begin(medium: Arc<dyn Medium>, path: &Path, stamp: Stamp, records: Records) -> io::Result<Self> {
        let log = match written(&*medium, path, &stamp, &records) {
            Ok(log) => log,
            Err(full) if full.kind() == io::ErrorKind::StorageFull => {
                same(&*medium, path, &stamp, &records)?.ok_or(full)?
            }
            Err(error) => return Err(error),
        };
        Ok(Self { medium, path: path.to_owned(), stamp, records, log })
    }

    /// What it says of an office.
    pub(crate) fn of(&self, office: &OfficeId) -> WitnessRecord {
        self.records.get(office).copied().unwrap_or(WitnessRecord::NEW)
    }

    /// Keeps room for these records, so that [`Witness::say`] cannot fail for lack of space.
    pub(crate) fn reserve(&mut self, records: &Records) -> io::Result<()> {
        if self.log.len() > MAX_BYTES {
            self.stamp = self.stamp.renewed().map_err(io::Error::other)?;
            self.log = written(&*self.medium, &self.path, &self.stamp, &self.records)?;
        }
        self.log.reserve(1, payload(records)?.len())
    }

    /// Says how far these offices are; on the medium when this returns.
    pub(crate) fn say(&mut self, records: Records) -> io::Result<()> {
        self.log.append(&payload(&records)?)?;
        self.log.sync()?;
        self.records.extend(records);
        Ok(())
    }
}

/// The file and what it says; nothing for records that are not ours.
fn read(medium: &dyn Medium, path: &Path) -> io::Result<(Found, Option<Records>)> {
    let mut records = Some(Records::new());
    let found = SyncedLog::open(medium, path, |record| match serde_json::from_slice::<Vec<Line>>(&record) {
        Ok(lines) => records.iter_mut().for_each(|known| known.extend(lines.iter().map(Line::record))),
        Err(_not_ours) => records = None,
    })?;
    Ok((found, records))
}

/// The file as it is, if it is whole, of this store, and says exactly this.
fn same(medium: &dyn Medium, path: &Path, stamp: &Stamp, records: &Records) -> io::Result<Option<SyncedLog>> {
    let (Found::Log { header, log, tail: Tail::Whole }, Some(known)) = read(medium, path)? else { return Ok(None) };
    let ours = Stamp::read(&header, Kind::Witness).is_some_and(|found| found.store == stamp.store);
    Ok(Some(log).filter(|_| ours && known == *records))
}

fn written(medium: &dyn Medium, path: &Path, stamp: &Stamp, records: &Records) -> io::Result<SyncedLog> {
    // One record per office: a thousand of them would be too large for one.
    let mut lines = records.iter();
    SyncedLog::replace(medium, path, &stamp.text()?, || {
        lines.next().map(|(office, record)| payload(&Records::from([(office.clone(), *record)]))).transpose()
    })
}

fn payload(records: &Records) -> io::Result<Vec<u8>> {
    let line = |(office, record): (&OfficeId, &WitnessRecord)| Line {
        office: office.clone(),
        last: record.last,
        minted: record.minted.into(),
        blocks: record.blocks,
    };
    serde_json::to_vec(&records.iter().map(line).collect::<Vec<_>>()).map_err(io::Error::other)
}
