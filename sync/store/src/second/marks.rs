//! What an office has used up for good: the days it ever minted, the PIN blocks it ever took.
//!
//! ```text
//!   step: standing::note_minted, note_block ──► kv ─trigger─► list of this transaction ──► witness
//! ```
//!
//! What must always hold: what a step notes is in the witness before anybody hears that the step
//! is done.

use std::collections::BTreeSet;

use jiff::civil::Date;
use names::OfficeId;
use protocol::exchange::Cursor;
use protocol::pins::PinBlock;
use protocol::sheet::MintMark;
use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};

use crate::standing::{self, block_key};
use crate::{StoreError, kv};

/// What is known outside every backup about one office of this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WitnessRecord {
    /// The last own entry that changed seats; nothing before the first one, or when that is lost.
    pub last: Option<Cursor>,
    /// The last day that was ever minted.
    pub minted: MintMark,
    /// The highest PIN block that was ever taken.
    pub blocks: BlockMark,
}

/// What is known outside every backup about the PIN blocks that one side has taken for an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockMark {
    /// No block yet: a new office.
    Never,
    /// The highest block that was ever taken.
    UpTo(u16),
    /// Lost as well: any block may have been taken.
    Lost,
}

impl WitnessRecord {
    /// Of an office that took no step yet.
    pub(crate) const NEW: Self = Self { last: None, minted: MintMark::Never, blocks: BlockMark::Never };

    /// Of an office whose witness is gone.
    pub(crate) const LOST: Self = Self { last: None, minted: MintMark::Lost, blocks: BlockMark::Lost };
}

/// The marks of an office as this transaction sees them.
pub(crate) fn marks(tx: &Transaction<'_>, office: &OfficeId) -> Result<(MintMark, BlockMark), StoreError> {
    let blocks = match kv::get(tx, &block_key(office))?.as_deref() {
        None => BlockMark::Never,
        Some(b"lost") => BlockMark::Lost,
        Some(number) => {
            let number = std::str::from_utf8(number).map_err(|e| StoreError::damaged("the highest block", e))?;
            BlockMark::UpTo(number.parse().map_err(|e| StoreError::damaged("the highest block", e))?)
        }
    };
    Ok((standing::mint_mark(tx, office)?, blocks))
}

/// Raises the marks of an office to what the witness says. Writes nothing if they are there: a
/// usual start needs no space on the disk.
pub(crate) fn raise(tx: &Transaction<'_>, office: &OfficeId, record: &WitnessRecord) -> Result<(), StoreError> {
    let (minted, blocks) = marks(tx, office)?;
    if record.minted != minted {
        standing::note_minted(tx, office, record.minted)?;
    }
    match record.blocks {
        same if same == blocks => Ok(()),
        BlockMark::Never => Ok(()),
        BlockMark::UpTo(block) => standing::note_block(tx, office, PinBlock::new(block)),
        BlockMark::Lost => standing::note_block(tx, office, None),
    }
}

/// Makes the list of the marks a transaction changed. List and triggers are the connection's own
/// and never on the disk.
///
/// The triggers look before they insert: `OR IGNORE` inside a trigger yields to the statement
/// that fired it.
pub(crate) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "PRAGMA temp_store = MEMORY;
         CREATE TEMP TABLE changed_mark (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
         CREATE TEMP TRIGGER mark_made AFTER INSERT ON main.kv WHEN new.key GLOB 'witness.*'
         BEGIN INSERT INTO changed_mark SELECT new.key WHERE new.key NOT IN (SELECT key FROM changed_mark); END;
         CREATE TEMP TRIGGER mark_changed AFTER UPDATE ON main.kv
         WHEN new.key GLOB 'witness.*' AND new.value IS NOT old.value
         BEGIN INSERT INTO changed_mark SELECT new.key WHERE new.key NOT IN (SELECT key FROM changed_mark); END;
         CREATE TEMP TRIGGER mark_taken_back AFTER DELETE ON main.kv WHEN old.key GLOB 'witness.*'
         BEGIN INSERT INTO changed_mark SELECT old.key WHERE old.key NOT IN (SELECT key FROM changed_mark); END;",
    )?;
    Ok(())
}

/// The offices whose marks this transaction changed; the list is empty again.
pub(crate) fn take_changed(tx: &Transaction<'_>) -> Result<BTreeSet<OfficeId>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT key FROM temp.changed_mark")?;
    let mut raised = BTreeSet::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        let office = key.rsplit('.').next().unwrap_or_default();
        raised.insert(office.parse().map_err(|e| StoreError::damaged("an office", e))?);
    }
    if !raised.is_empty() {
        tx.prepare_cached("DELETE FROM temp.changed_mark")?.execute([])?;
    }
    Ok(raised)
}

/// [`MintMark`] as it is written down.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Minted {
    Never,
    UpTo(Date),
    Lost,
}

impl From<MintMark> for Minted {
    fn from(mark: MintMark) -> Self {
        match mark {
            MintMark::Never => Self::Never,
            MintMark::UpTo(day) => Self::UpTo(day),
            MintMark::Lost => Self::Lost,
        }
    }
}

impl From<Minted> for MintMark {
    fn from(mark: Minted) -> Self {
        match mark {
            Minted::Never => Self::Never,
            Minted::UpTo(day) => Self::UpTo(day),
            Minted::Lost => Self::Lost,
        }
    }
}
