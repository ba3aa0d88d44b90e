//! The box's own day sheets, kept with the facts they come from; and its start, which finds out
//! whether the disk is an older copy.
//!
//! ```text
//!   start ─► compare with witness and stick ─► restored? ─► settle with what the stick has ─► hear the rest
//!   answer of the booking server ─► cursor, entries, seats: one transaction
//! ```
//!
//! What must always hold: what the booking server told of seats is on the sheets in the
//! transaction that took it in; nothing is sold before a restore is settled.

use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use names::{OfficeId, Side};
use protocol::entry::{Entry, SeatFact};
use protocol::office::OfficeDoc;
use protocol::seats::{Ending, Reopened, Shelf};
use store::rusqlite::Transaction;
use store::{Db, OfficeShelf, Opened, Places, StoreError, second, standing};

use crate::desk::surplus;

use super::{FILE, Ledger, LedgerError};

/// Days ahead on which the office may hold more than its reserve: that begins 14 days ahead.
const SHARED_DAYS: i32 = 15;

/// What is known of the journal beside it, and in no backup.
const WITNESS: &str = "witness";

/// Opens the journal, and settles what can be settled without a line.
pub(super) fn open(data: &Path, office: &OfficeId, stick: Option<&Path>) -> Result<(Ledger, Opened), LedgerError> {
    let places = Places::of(Side::Box).witness(data.join(WITNESS));
    let places = match stick {
        Some(folder) => places.second(folder.to_owned()),
        None => places,
    };
    let (db, opened) = Db::open_with(&data.join(FILE), &[], &places)?;
    Ok((Ledger { db, office: office.clone() }, opened))
}

impl Ledger {
    /// Settles a restore with what the stick brought, and takes over what the booking server told
    /// before this box kept sheets, or while it could not.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn settle(&self, at: Timestamp) -> Result<Ending, StoreError> {
        let office = self.office.clone();
        self.db
            .write(move |tx| {
                let mut shelf = OfficeShelf::new(tx, &office, Side::Box, at);
                let ending = shelf.seats().settle(false)?;
                let imported = second::imported_from(tx)?.is_some();
                if imported || shelf.days()?.is_empty() {
                    let told = shelf.heard()?;
                    hear_all(&mut shelf, &told)?;
                }
                second::applied(tx)?;
                Ok(ending)
            })
            .await
    }
}

impl Ledger {
    /// Gives back what the office does not need of its days; says how many seats.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn give_back(
        &self,
        doc: std::sync::Arc<OfficeDoc>,
        zone: TimeZone,
        at: Timestamp,
    ) -> Result<u32, StoreError> {
        let office = self.office.clone();
        self.db
            .write(move |tx| {
                let mut shelf = OfficeShelf::new(tx, &office, Side::Box, at);
                let today = at.to_zoned(zone.clone()).date();
                let mut given = 0;
                let last = today.saturating_add(SHARED_DAYS.days());
                for day in shelf.days()?.into_iter().filter(|day| (today..=last).contains(day)) {
                    let mut seats = shelf.seats();
                    let Some(sheet) = seats.open_sheet(day)? else { break };
                    let surplus = surplus(&doc, &zone, &sheet, at);
                    if !surplus.is_empty() {
                        given += seats.give(day, surplus)?.map_or(0, u32::from);
                    }
                }
                Ok(given)
            })
            .await
    }
}

impl Ledger {
    /// Opens burned seats again, or counts them; nothing while a restore is not settled or both ends
    /// have not come together since.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn reopen(&self, look_only: bool, at: Timestamp) -> Result<Option<Reopened>, StoreError> {
        let office = self.office.clone();
        self.db
            .write(move |tx| {
                if standing::is_apart(tx, &office)? {
                    return Ok(None);
                }
                Ok(OfficeShelf::new(tx, &office, Side::Box, at).seats().reopen(look_only)?.ok())
            })
            .await
    }
}

/// Takes what the booking server told of seats and PINs over to the own sheets.
pub(super) fn hear(tx: &Transaction<'_>, office: &OfficeId, new: &[Entry], at: Timestamp) -> Result<(), StoreError> {
    let theirs = new.iter().filter(|entry| entry.origin == Side::Booking && SeatFact::is_kind(&entry.kind));
    // What cannot be read is reported where it is learned.
    let facts: Vec<SeatFact> = theirs.filter_map(|entry| SeatFact::of(entry)?.ok()).collect();
    hear_all(&mut OfficeShelf::new(tx, office, Side::Box, at), &facts)
}

fn hear_all(shelf: &mut OfficeShelf<'_>, facts: &[SeatFact]) -> Result<(), StoreError> {
    for fact in facts {
        shelf.seats().hear(fact)?;
    }
    Ok(())
}

#[cfg(test)]
mod harm {
    //! What a test does to the seats of a box.

    use jiff::civil::Date;
    use protocol::agree::Mode;
    use protocol::sheet::{DaySheet, SheetInput};

    use super::*;

    impl Ledger {
        /// A day whose seats a restore burned.
        pub(crate) async fn burned_a_day(&self) {
            let office = self.office.clone();
            let burned = self.db.write::<_, StoreError>(move |tx| {
                standing::set_mode(tx, &office, Mode::Active)?;
                let mut sheet = DaySheet::mint(Date::constant(2026, 2, 3), 50);
                let _burned = sheet.step(Side::Box, SheetInput::Burn);
                OfficeShelf::new(tx, &office, Side::Box, Timestamp::UNIX_EPOCH).put_sheet(&sheet)
            });
            burned.await.expect("written");
        }

        /// Both ends have something to tell each other first.
        pub(crate) async fn apart(&self) {
            let office = self.office.clone();
            let apart = self.db.write::<_, StoreError>(move |tx| standing::set_apart(tx, &office, true));
            apart.await.expect("written");
        }
    }
}
