//! Start and restore: is the data as new as what is known of it outside, and what is done if not.
//!
//! ```text
//!   start ─► witness, second journal ─► import ─► tables from the entries that came back
//!                                         └─► settle, office by office ─► settled: it sells
//!                                                                     └─► waits for its box: it only cancels
//! ```
//!
//! What must always hold: one office that is not settled keeps no other from selling; what was
//! erased before is erased again before anybody is served; without a box nothing is waited for.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::sealed::OpenKey;
use protocol::seats::Shelf;
use store::rusqlite::Transaction;
use store::{Db, OfficeShelf, Opened, Places};

use crate::citizen::Trouble;
use crate::config::Config;
use crate::core::{Core, Office, Offices};
use crate::seats::Ending;
use crate::{MIGRATIONS, clock, offices, prepare_data, rebuild, recovery, seats};

/// The database in the data folder.
pub(crate) const FILE: &str = "booking.db";

/// What is known of the data beside it, and in no backup.
const WITNESS: &str = "witness";

/// Opens the data of a server.
pub(crate) fn open(data: &Path, second: Option<&Path>) -> Result<(Db, Opened), store::StoreError> {
    let places = Places::of(Side::Booking).witness(data.join(WITNESS));
    let places = match second {
        Some(folder) => places.second(folder.to_owned()),
        None => places,
    };
    Db::open_with(&data.join(FILE), MIGRATIONS, &places)
}

/// Brings tables and seats up to what is known now; each office for itself.
pub(crate) fn recover(tx: &Transaction<'_>, offices: &Offices, at: Timestamp) -> Result<(), Trouble> {
    let all: Vec<&Office> = offices.values().map(Arc::as_ref).collect();
    let imported = rebuild::imported(tx, &all, at)?;
    if imported > 0 {
        tracing::warn!(imported, "entries came back from the second journal");
    }
    for office in all {
        let id = &office.view.id;
        // Without a box there is nobody to wait for.
        let alone = OfficeShelf::new(tx, id, Side::Booking, at).theirs()?.is_none();
        match seats::settle(tx, office, alone, at)?.0 {
            Ending::Nothing => {}
            Ending::Waits => {
                tracing::error!(office = %id, "restored: nothing is sold before the box of this office was heard");
            }
            ending @ (Ending::Redone | Ending::Burned) => {
                tracing::warn!(office = %id, ?ending, "restored and settled: booking is open");
            }
        }
    }
    Ok(())
}

/// Gives up waiting for the box of an office: what was free is burned, what was sold is frozen, and
/// new days can be booked.
pub(crate) async fn give_up(core: &Core, office: &OfficeId, at: Timestamp) -> Result<Ending, Trouble> {
    let office = core.office(office)?;
    let (ending, told) = core.db.write(move |tx| seats::settle(tx, &office, true, at)).await?;
    told.into_iter().for_each(|browser| core.changed(browser));
    Ok(ending)
}

/// Opens seats again that a restore burned and that no known booking sits on; without `checked` only
/// counts them. A booking that everybody has lost may meet the next one there: somebody answers for it.
///
/// # Errors
/// The office is not settled, its box has not been heard since, or the store failed.
pub(crate) async fn reopen(core: &Core, office: &OfficeId, checked: bool, at: Timestamp) -> anyhow::Result<String> {
    let id = core.office(office)?.view.id.clone();
    let found = core.db.write(move |tx| seats::reopen(tx, &id, !checked, at)).await?;
    let Some(found) = found else { bail!("{office} waits to be settled, or for its box: nothing can be opened yet") };
    let what = format!("{} seats of ten minutes on {} days", found.seats, found.days);
    if checked {
        tracing::warn!(%office, seats = found.seats, days = found.days, "burned seats were opened again by hand");
        return Ok(format!("{what} are open again"));
    }
    Ok(format!("{what} are burned and belong to no booking that is known; if nobody was promised one, add --checked"))
}

/// Puts a backup in the place of the data of a server that does not run; without one, takes the
/// data out of its place, so that the second journal brings everything back.
///
/// # Errors
/// The server runs, the file is no sound backup of ours, or the disk fails; then nothing changed.
pub fn restore(config: &Config, from: Option<&Path>) -> anyhow::Result<String> {
    prepare_data(&config.data)?;
    let Some(from) = from else {
        let aside = store::backup::put_aside(&config.data.join(FILE), clock::now())?;
        let aside = aside.map_or_else(|| "there was none".to_owned(), |aside| format!("kept at {}", aside.display()));
        return Ok(format!("the data is out of its place ({aside}); the next start takes in the second journal"));
    };
    let done = store::backup::restore(from, &config.data.join(FILE), MIGRATIONS, None, clock::now())?;
    let offices: Vec<&str> = done.offices.iter().map(OfficeId::as_str).collect();
    let aside =
        done.aside.map_or_else(String::new, |aside| format!("; the data before is kept at {}", aside.display()));
    Ok(format!("restored {}{aside}", offices.join(", ")))
}

/// Opens all contacts that were kept for the worst case, with the key from paper. The server must
/// not run. Answers how many bookings can be reached by it.
///
/// # Errors
/// The key was mistyped, the server runs, or the store failed.
pub async fn recover_contacts(config: &Config, mut typed: impl Read) -> anyhow::Result<usize> {
    let mut text = String::new();
    typed.by_ref().take(MAX_TYPED).read_to_string(&mut text).context("failed to read the key")?;
    let key = OpenKey::from_text(&text)?;
    let now = clock::now();
    let files = offices::read_all(&config.offices, &config.public_url, now)?;
    let (db, _opened) = open(&config.data, config.second_journal.as_deref())?;
    let count = db
        .write(move |tx| {
            files.iter().map(|file| recovery::recover(tx, &file.view.id, &key)).sum::<Result<usize, Trouble>>()
        })
        .await?;
    Ok(count)
}

/// Characters of a key typed from paper, with any gaps.
const MAX_TYPED: u64 = 4096;

/// A new key for the worst case: the public half for the configuration, the secret one for paper.
///
/// # Errors
/// The system gave no randomness.
pub fn new_recovery_key() -> anyhow::Result<(String, String)> {
    let key = OpenKey::from_seed(crate::sealing::seed()?);
    Ok((key.public().to_string(), key.to_text()))
}
