//! Judges a disk after a cut, through the same store that wrote it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use amnesia::{Chance, Cutter, Disk, Honesty, Image, Loss, Mount};
use names::Side;
use protocol::chain::ChainHash;
use protocol::entry::Entry;
use store::rusqlite::Transaction;
use store::{Db, StoreError, journal};

use crate::workload::{Commit, commit, office, open, steps};

/// What is wrong with a disk after a cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The store does not open or cannot be read.
    Unusable(String),
    /// SQLite finds the file damaged.
    Damaged(String),
    /// A commit that was confirmed is not there.
    Lost { confirmed: usize, there: usize },
    /// There is more than was ever begun.
    Invented { begun: usize, there: usize },
    /// A commit is there in part, or with other content.
    Half(String),
}

/// What a store says of itself.
struct Found {
    integrity: String,
    steps: usize,
    applied: (usize, Option<i64>),
    head: u64,
    entries: Vec<Entry>,
}

/// Opens what survived and judges it, lets life go on for one commit, cuts the power again and
/// judges that too. Tells how many commits survived.
pub(crate) fn judge(image: Image, folder: &Path, commits: &[Commit], confirmed: usize) -> Result<usize, Wrong> {
    let disk = Disk::with(image.clone(), Honesty::Honest);
    let mount = Mount::new(Arc::clone(&disk), folder);
    let unusable = |error: StoreError| Wrong::Unusable(error.to_string());
    let db = open(folder).map_err(unusable)?;
    let there = compare(&look(&db).map_err(unusable)?, commits, confirmed)?;
    let entries = commit(&db, there, None).map_err(unusable)?;
    let trace = disk.trace();
    drop(db);
    drop(mount);
    // The second cut: nothing but what was synced since, the work of the recovery included.
    let mut cutter = Cutter::new(image, &trace);
    cutter.advance(trace.len());
    let again = cutter.cut(Loss::Everything, &mut Chance::new(0, 0));
    let _mount = Mount::new(Disk::with(again, Honesty::Honest), folder);
    let found = look(&open(folder).map_err(unusable)?).map_err(unusable)?;
    if found.steps != there + 1 || !found.entries.ends_with(&entries) || found.integrity != "ok" {
        return Err(Wrong::Lost { confirmed: there + 1, there: found.steps });
    }
    Ok(there)
}

fn look(db: &Db) -> Result<Found, StoreError> {
    db.read_blocking(|tx| {
        Ok(Found {
            integrity: tx
                .query_row("SELECT group_concat(integrity_check) FROM pragma_integrity_check", [], |r| r.get(0))?,
            steps: steps(tx)?,
            applied: tx.query_row("SELECT count(*), max(last) FROM applied", [], |row| {
                Ok((usize::try_from(row.get::<_, i64>(0)?).unwrap_or(usize::MAX), row.get(1)?))
            })?,
            head: head(tx)?,
            entries: journal::in_order(tx, &office(), 0).map(|e| e.map(|(_, e)| e)).collect::<Result<_, _>>()?,
        })
    })
}

fn head(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    Ok(journal::cursor(tx, &office(), Side::Box)?.map_or(0, |cursor| cursor.number))
}

/// The commits that are there must be the first ones, each whole, all confirmed ones among them.
fn compare(found: &Found, commits: &[Commit], confirmed: usize) -> Result<usize, Wrong> {
    if found.integrity != "ok" {
        return Err(Wrong::Damaged(found.integrity.clone()));
    }
    let there = found.steps;
    if there < confirmed {
        return Err(Wrong::Lost { confirmed, there });
    }
    if there > commits.len().min(confirmed + 1) {
        return Err(Wrong::Invented { begun: confirmed + 1, there });
    }
    let expected: Vec<&Entry> = commits[..there].iter().flat_map(|c| &c.entries).collect();
    let last = expected.last().map_or(0, |entry| entry.number);
    let counts = (found.applied.0, found.applied.1.unwrap_or(0).unsigned_abs(), found.head, found.entries.len());
    if counts != (there, last, last, expected.len()) {
        return Err(Wrong::Half(format!("{there} commits: rows, last row, cursor, facts are {counts:?}")));
    }
    let erased: BTreeSet<u64> = commits[..there].iter().filter_map(|c| c.erased).collect();
    same(&found.entries, &expected, &erased)?;
    Ok(there)
}

/// Fact by fact: the chain holds, the content is what was written or erased when it should be.
fn same(found: &[Entry], expected: &[&Entry], erased: &BTreeSet<u64>) -> Result<(), Wrong> {
    let Some(first) = found.first() else { return Ok(()) };
    let mut hash = ChainHash::genesis(&office(), Side::Box, first.incarnation);
    for (found, expected) in found.iter().zip(expected) {
        let content = if erased.contains(&found.number) { found.is_erased() } else { found.body == expected.body };
        if !found.follows(hash) || found.hash != expected.hash || !content {
            return Err(Wrong::Half(format!("fact {} is not what was written", found.number)));
        }
        hash = found.hash;
    }
    Ok(())
}
