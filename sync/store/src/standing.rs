//! How this end stands for an office: its mode, what a restore left to be settled, and the copies
//! of what is known outside every backup. Rows of `kv`, so that they change with the facts.
//!
//! What must always hold: the notes here are never behind the witness file: opening the store
//! raises them to it, and the writer copies them to it before a commit is told.

use jiff::civil::Date;
use names::OfficeId;
use protocol::agree::Mode;
use protocol::pins::PinBlock;
use protocol::seats::Restored;
use protocol::sheet::MintMark;
use rusqlite::Transaction;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{StoreError, kv};

/// Stands where a note was lost together with its witness.
const LOST: &str = "lost";

/// The row with the last day ever minted for an office: an ISO date, or `lost`.
pub(crate) fn minted_key(office: &OfficeId) -> String {
    format!("witness.minted.{office}")
}

/// The row with the highest PIN block ever taken for an office: a number, or `lost`.
pub(crate) fn block_key(office: &OfficeId) -> String {
    format!("witness.block.{office}")
}

/// How far this end can be believed for an office.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub fn mode(tx: &Transaction<'_>, office: &OfficeId) -> Result<Mode, StoreError> {
    Ok(read(tx, &mode_key(office))?.unwrap_or_default())
}

/// Changes how far this end can be believed for an office.
///
/// # Errors
/// When the database fails.
pub fn set_mode(tx: &Transaction<'_>, office: &OfficeId, mode: Mode) -> Result<(), StoreError> {
    match mode {
        Mode::Active => kv::remove(tx, &mode_key(office)),
        Mode::Unproven | Mode::Frozen => write(tx, &mode_key(office), &mode),
    }
}

/// Whether both ends have to tell each other all lives before the next exchange.
///
/// # Errors
/// When the database fails.
pub fn is_apart(tx: &Transaction<'_>, office: &OfficeId) -> Result<bool, StoreError> {
    Ok(kv::get(tx, &apart_key(office))?.is_some())
}

/// Says whether all lives have to be told before the next exchange.
///
/// # Errors
/// When the database fails.
pub fn set_apart(tx: &Transaction<'_>, office: &OfficeId, apart: bool) -> Result<(), StoreError> {
    if apart { kv::set(tx, &apart_key(office), b"1") } else { kv::remove(tx, &apart_key(office)) }
}

/// What a restore left to be settled; nothing normally.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub fn restored(tx: &Transaction<'_>, office: &OfficeId) -> Result<Option<Restored>, StoreError> {
    read(tx, &restored_key(office))
}

/// Notes that this store was restored, and what for: nothing is sold before it is settled. A
/// restore on top of one that is not settled keeps the older copy that the sheets are as of. Without
/// a witness the marks of days and PIN blocks are lost as well.
///
/// # Errors
/// When the database fails.
pub fn set_restored(tx: &Transaction<'_>, office: &OfficeId, news: Restored) -> Result<(), StoreError> {
    let older = restored(tx, office)?;
    let backup = older.map_or(news.backup, |older| older.backup);
    write(tx, &restored_key(office), &Restored { backup, ..news })?;
    set_apart(tx, office, true)?;
    if news.witness.is_none() {
        // Whoever does not know its last sale does not know its last day and its last PIN either.
        note_minted(tx, office, MintMark::Lost)?;
        note_block(tx, office, None)?;
    }
    set_mode(tx, office, Mode::Unproven)
}

/// The restore is settled: this end may sell again, unless a person has to act first.
///
/// # Errors
/// When the database fails.
pub fn set_settled(tx: &Transaction<'_>, office: &OfficeId) -> Result<(), StoreError> {
    kv::remove(tx, &restored_key(office))?;
    match mode(tx, office)? {
        Mode::Active | Mode::Frozen => Ok(()),
        Mode::Unproven => set_mode(tx, office, Mode::Active),
    }
}

/// The last day ever minted here for an office.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub fn mint_mark(tx: &Transaction<'_>, office: &OfficeId) -> Result<MintMark, StoreError> {
    match text(tx, &minted_key(office))? {
        None => Ok(MintMark::Never),
        Some(lost) if lost == LOST => Ok(MintMark::Lost),
        Some(day) => day.parse().map(MintMark::UpTo).map_err(|e| StoreError::damaged("the mint mark", e)),
    }
}

/// Notes that a day is minted, or that nobody knows which days are.
///
/// # Errors
/// When the database fails.
pub fn note_minted(tx: &Transaction<'_>, office: &OfficeId, mark: MintMark) -> Result<(), StoreError> {
    let known = mint_mark(tx, office)?;
    let raised = match mark {
        MintMark::Never => return Ok(()),
        MintMark::UpTo(day) => known.with(day),
        MintMark::Lost => MintMark::Lost,
    };
    let text = |day: Date| day.to_string();
    let value = match raised {
        MintMark::Never => return Ok(()),
        MintMark::UpTo(day) => text(day),
        MintMark::Lost => LOST.to_owned(),
    };
    kv::set(tx, &minted_key(office), value.as_bytes())
}

/// Replaces the mint mark: the caller knows that no day beyond it was ever minted.
///
/// # Errors
/// When the database fails.
pub fn vouch_minted(tx: &Transaction<'_>, office: &OfficeId, mark: MintMark) -> Result<(), StoreError> {
    match mark {
        MintMark::Never => kv::remove(tx, &minted_key(office)),
        MintMark::UpTo(day) => kv::set(tx, &minted_key(office), day.to_string().as_bytes()),
        MintMark::Lost => note_minted(tx, office, mark),
    }
}

/// Blocks that are skipped when nobody knows the highest one: what an office uses up in months.
const SKIPPED_WHEN_LOST: u16 = 40;

/// The highest block of PINs ever taken for an office; when that is lost, one that is safely
/// beyond all that is known.
///
/// # Errors
/// When the database fails or the row cannot be read.
pub fn highest_block(tx: &Transaction<'_>, office: &OfficeId) -> Result<Option<PinBlock>, StoreError> {
    match text(tx, &block_key(office))? {
        None => Ok(None),
        Some(lost) if lost == LOST => {
            let known: Option<u16> = tx
                .prepare_cached("SELECT max(block) FROM seat_blocks WHERE office = ?1")?
                .query_row([office.as_str()], |row| row.get(0))?;
            let beyond = known.unwrap_or(0).saturating_add(SKIPPED_WHEN_LOST);
            let highest = PinBlock::new(beyond.min(protocol::pins::BLOCKS - 1));
            if let Some(block) = highest {
                kv::set(tx, &block_key(office), block.number().to_string().as_bytes())?;
            }
            Ok(highest)
        }
        Some(number) => {
            let number = number.parse().map_err(|e| StoreError::damaged("the highest block", e))?;
            Ok(PinBlock::new(number))
        }
    }
}

/// Notes that a block of PINs is taken; nothing stands for "nobody knows which".
///
/// # Errors
/// When the database fails.
pub fn note_block(tx: &Transaction<'_>, office: &OfficeId, block: Option<PinBlock>) -> Result<(), StoreError> {
    let value = match block {
        None => LOST.to_owned(),
        Some(block) => block.max(highest_block(tx, office)?.unwrap_or(block)).number().to_string(),
    };
    kv::set(tx, &block_key(office), value.as_bytes())
}

fn mode_key(office: &OfficeId) -> String {
    format!("mode.{office}")
}

fn apart_key(office: &OfficeId) -> String {
    format!("apart.{office}")
}

fn restored_key(office: &OfficeId) -> String {
    format!("restored.{office}")
}

fn text(tx: &Transaction<'_>, key: &str) -> Result<Option<String>, StoreError> {
    kv::get(tx, key)?.map(|bytes| String::from_utf8(bytes).map_err(|e| StoreError::damaged("a note", e))).transpose()
}

fn read<T: DeserializeOwned>(tx: &Transaction<'_>, key: &str) -> Result<Option<T>, StoreError> {
    let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes).map_err(|e| StoreError::damaged("a note", e));
    kv::get(tx, key)?.map(read).transpose()
}

fn write(tx: &Transaction<'_>, key: &str, value: &impl Serialize) -> Result<(), StoreError> {
    let text = serde_json::to_vec(value).map_err(|e| StoreError::damaged("a note", e))?;
    kv::set(tx, key, &text)
}
