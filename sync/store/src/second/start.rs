//! The start of a store: is the database as new as what is known of it outside?
//!
//! ```text
//!   witness ─┐                ┌─ same ────────────► normal; the witness is brought up to the database
//!   second  ─┼─► compare ─────┤
//!   database ┘                └─ database is older ► import, new life, unproven, all in one transaction
//! ```
//!
//! What must always hold: nothing is written to a file of another store; what was found out is in
//! the database before the witness is written anew.

use std::path::Path;

use names::{OfficeId, Side};
use protocol::exchange::Cursor;
use protocol::seats::Restored;
use rusqlite::Transaction;
use tokio::sync::mpsc::WeakSender;

use super::lives;
use super::marks::{WitnessRecord, marks, raise};
use super::medium::folder_of;
use super::stamp::{Kind, Stamp, some_id};
use super::stick::Stick;
use super::thread::{Keeper, Second};
use super::witness::{Evidence, Records, Witness};
use super::{Opened, Places, RestoredOffice, Shown, Watch};
use crate::db::Step;
use crate::writer::Writer;
use crate::{StoreError, journal, kv, standing};

/// Who this store is, over all its lives and restores.
const STORE: &str = "second.store";
/// The store once had a witness.
const WITNESSED: &str = "second.witnessed";
/// The device of the second medium is another one than that of the database.
const OTHER_DEVICE: &str = "second.other-device";
/// Where the entries begin that the read models lack.
const IMPORTED: &str = "second.imported-from";
/// The file is a copy that a person put in place.
const BY_HAND: &str = "second.restored-by-hand";

/// The first position of the entries that the second journal brought and the program's read
/// models lack; nothing normally.
///
/// # Errors
/// When the database fails.
pub fn imported_from(tx: &Transaction<'_>) -> Result<Option<u64>, StoreError> {
    let Some(text) = kv::get(tx, IMPORTED)? else { return Ok(None) };
    let text = String::from_utf8(text).map_err(|e| StoreError::damaged("a position", e))?;
    text.parse().map(Some).map_err(|e| StoreError::damaged("a position", e))
}

/// The read models have what the second journal brought; to be said in the transaction that
/// applied it.
///
/// # Errors
/// When the database fails.
pub fn applied(tx: &Transaction<'_>) -> Result<(), StoreError> {
    kv::remove(tx, IMPORTED)
}

/// Makes the next start take the file for a copy, whatever the witness says.
pub(crate) fn mark_restored(tx: &Transaction<'_>) -> Result<(), StoreError> {
    kv::set(tx, BY_HAND, b"1")
}

/// A store that was compared with what is known of it, and is watched from now on.
pub(crate) struct Start {
    pub(crate) opened: Opened,
    pub(crate) records: Records,
    pub(crate) watch: Watch,
    pub(crate) shown: Shown,
}

/// What the comparison found.
struct Compared {
    opened: Opened,
    records: Records,
    position: u64,
    /// The device that the second medium does not lie on.
    other_than: Option<u64>,
    rewrite: bool,
    forked: bool,
}

impl Start {
    /// Compares, takes in what is missing, and begins to watch.
    pub(crate) fn new(
        writer: &mut Writer,
        path: &Path,
        places: &Places,
        steps: WeakSender<Step>,
    ) -> Result<Self, StoreError> {
        let witness = places.witness.as_deref().map(|file| look_at_witness(places, file)).transpose()?;
        let expected = writer.read(|tx| expected_store(tx, places.me, witness.as_ref()))?;
        let mut stick = Stick::look(places, expected.as_deref());
        let store = match expected.or_else(|| stick.store.clone()) {
            Some(store) => store,
            None => some_id()?,
        };
        let here = places.medium.device(folder_of(path)).ok();
        let compared = writer.write(|tx| compare(tx, places.me, &store, witness, &mut stick, here))?;
        let witness = begin_witness(places, &store, &compared.records)?;
        if witness.is_some() {
            // Only now: a start that was cut off before must not miss a witness that never was.
            writer.write(|tx| remember(tx, WITNESSED, "1"))?;
        }
        let shown = Shown::new(stick.state(compared.position));
        let second = begin_second(places, store, stick, &compared, &shown, steps)?;
        let watch = Watch { me: places.me, position: compared.position, witness, second };
        Ok(Self { opened: compared.opened, records: compared.records, watch, shown })
    }
}

fn look_at_witness(places: &Places, file: &Path) -> Result<Evidence, StoreError> {
    Witness::look(&*places.medium, file).map_err(|source| StoreError::Open { path: file.to_owned(), source })
}

/// Whose files are ours; nothing for an empty database beside a witness that saw no sale: it takes
/// over what it finds on the second medium.
fn expected_store(tx: &Transaction<'_>, me: Side, witness: Option<&Evidence>) -> Result<Option<String>, StoreError> {
    if let Some(id) = kv::get(tx, STORE)? {
        return Ok(Some(String::from_utf8(id).map_err(|e| StoreError::damaged("the name of the store", e))?));
    }
    if lives::last_position(tx)? > 0 {
        return some_id().map(Some);
    }
    let says_something = |records: &Records| records.values().any(|record| record.last.is_some());
    Ok(match witness {
        Some(Evidence::Good { stamp, records }) if stamp.side == me && says_something(records) => {
            Some(stamp.store.clone())
        }
        Some(Evidence::Good { .. } | Evidence::Missing | Evidence::Damaged) | None => None,
    })
}

/// The one transaction of the start.
fn compare(
    tx: &Transaction<'_>,
    me: Side,
    store: &str,
    witness: Option<Evidence>,
    stick: &mut Stick,
    here: Option<u64>,
) -> Result<Compared, StoreError> {
    let is_there = matches!(witness, Some(Evidence::Good { .. }));
    let believed = believe(tx, me, store, witness)?;
    let before = heads(tx, me, &believed)?;
    let behind = is_behind(tx, me, &believed)?;
    let next = lives::last_position(tx)? + 1;
    let imported = stick.take_in(tx)?;
    let by_hand = kv::get(tx, BY_HAND)?.is_some();
    kv::remove(tx, BY_HAND)?;
    // A copy without a witness: that there never was one is no proof that nothing happened.
    let believed = believed.filter(|_| is_there || !(by_hand || imported.any()));
    if by_hand || behind || believed.is_none() || imported.any() {
        begin_again(tx, me, &before, believed.as_ref())?;
    }
    if imported.new {
        let from = imported_from(tx)?.unwrap_or(next).min(next);
        kv::set(tx, IMPORTED, from.to_string().as_bytes())?;
    }
    remember(tx, STORE, store)?;
    if stick.store.is_some() && stick.device != here {
        remember(tx, OTHER_DEVICE, "1")?;
    }
    let is_apart = kv::get(tx, OTHER_DEVICE)?.is_some();
    Ok(Compared {
        opened: opened(tx, me)?,
        records: records(tx, me, believed.unwrap_or_default())?,
        position: lives::last_position(tx)?,
        other_than: here.filter(|_| is_apart),
        rewrite: imported.any() || stick.is_damaged(),
        forked: imported.forked || stick.is_damaged(),
    })
}

/// What the witness says; nothing if it is lost. A store that never had one has an empty one.
fn believe(
    tx: &Transaction<'_>,
    me: Side,
    store: &str,
    witness: Option<Evidence>,
) -> Result<Option<Records>, StoreError> {
    match witness {
        None => Ok(Some(Records::new())),
        Some(Evidence::Good { stamp, records }) if stamp.store == store && stamp.side == me => Ok(Some(records)),
        Some(Evidence::Missing) if kv::get(tx, WITNESSED)?.is_none() => Ok(Some(Records::new())),
        Some(Evidence::Missing | Evidence::Damaged | Evidence::Good { .. }) => Ok(None),
    }
}

/// The own heads as they are in this copy, of all offices that are known anywhere.
fn heads(
    tx: &Transaction<'_>,
    me: Side,
    believed: &Option<Records>,
) -> Result<Vec<(OfficeId, Option<Cursor>)>, StoreError> {
    let mut offices = lives::own_offices(tx, me)?;
    offices.extend(believed.iter().flat_map(|records| records.keys().cloned()));
    offices.into_iter().map(|office| journal::cursor(tx, &office, me).map(|head| (office, head))).collect()
}

/// Whether the witness knows an entry that is not here, and that is news.
fn is_behind(tx: &Transaction<'_>, me: Side, believed: &Option<Records>) -> Result<bool, StoreError> {
    for (office, record) in believed.iter().flatten() {
        let Some(last) = record.last else { continue };
        let known = standing::restored(tx, office)?.is_some_and(|restored| restored.witness == Some(last));
        if !known && !lives::contains(tx, office, me, &last)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All offices begin a new life. The ones that may have changed seats have to be settled.
fn begin_again(
    tx: &Transaction<'_>,
    me: Side,
    before: &[(OfficeId, Option<Cursor>)],
    believed: Option<&Records>,
) -> Result<(), StoreError> {
    let mut offices: Vec<_> = before.to_vec();
    // What only the second journal knew had no head before.
    for office in lives::own_offices(tx, me)? {
        if !before.iter().any(|(known, _head)| *known == office) {
            offices.push((office, None));
        }
    }
    for (office, backup) in offices {
        let record = match believed {
            Some(records) => records.get(&office).copied().unwrap_or(WitnessRecord::NEW),
            None => WitnessRecord::LOST,
        };
        raise(tx, &office, &record)?;
        lives::begin(tx, &office, me)?;
        if believed.is_none() || record.last.is_some() || lives::last_seat_entry(tx, &office, me)?.is_some() {
            standing::set_restored(tx, &office, Restored { backup, witness: record.last })?;
        }
        tracing::warn!(%office, ?backup, witness = ?record.last, "the store was restored and begins a new life");
    }
    Ok(())
}

fn remember(tx: &Transaction<'_>, key: &str, value: &str) -> Result<(), StoreError> {
    if kv::get(tx, key)?.as_deref() == Some(value.as_bytes()) {
        return Ok(());
    }
    kv::set(tx, key, value.as_bytes())
}

/// What the witness says from now on. Before an office is settled it keeps saying how far the
/// store should be.
fn records(tx: &Transaction<'_>, me: Side, believed: Records) -> Result<Records, StoreError> {
    let mut records = Records::new();
    for office in lives::own_offices(tx, me)? {
        let known = believed.get(&office).copied().unwrap_or(WitnessRecord::NEW);
        let last = match standing::restored(tx, &office)? {
            Some(_unsettled) => known.last,
            None => lives::last_seat_entry(tx, &office, me)?,
        };
        raise(tx, &office, &known)?;
        let (minted, blocks) = marks(tx, &office)?;
        records.insert(office, WitnessRecord { last, minted, blocks });
    }
    Ok(records)
}

fn opened(tx: &Transaction<'_>, me: Side) -> Result<Opened, StoreError> {
    let mut offices = Vec::new();
    for office in lives::own_offices(tx, me)? {
        if let Some(restored) = standing::restored(tx, &office)? {
            offices.push(RestoredOffice { office, restored });
        }
    }
    let imported_from = imported_from(tx)?;
    let normal = offices.is_empty() && imported_from.is_none();
    Ok(if normal { Opened::Normal } else { Opened::Restored { offices, imported_from } })
}

fn begin_witness(places: &Places, store: &str, records: &Records) -> Result<Option<Witness>, StoreError> {
    let Some(file) = &places.witness else { return Ok(None) };
    let stamp = Stamp::new(Kind::Witness, places.me, store)?;
    let witness = Witness::begin(places.medium.clone(), file, stamp, records.clone());
    witness.map(Some).map_err(|source| StoreError::Open { path: file.clone(), source })
}

fn begin_second(
    places: &Places,
    store: String,
    stick: Stick,
    compared: &Compared,
    shown: &Shown,
    steps: WeakSender<Step>,
) -> Result<Option<Second>, StoreError> {
    let Some(folder) = &places.second else { return Ok(None) };
    let keeper = Keeper {
        medium: places.medium.clone(),
        path: folder.join(super::FILE),
        owner: super::copy::Owner { side: places.me, store },
        steps,
        shown: shown.clone(),
        copy: stick.copy.filter(|_| !compared.rewrite),
        rewrite: compared.rewrite,
        aside: compared.forked,
        other_than: compared.other_than,
        committed: compared.position,
        passed_over: 0,
    };
    keeper.start().map(Some).map_err(|source| StoreError::Open { path: folder.clone(), source })
}
