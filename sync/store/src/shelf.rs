//! The seats of an office in this store: what [`protocol::seats::Seats`] works on.
//!
//! What must always hold: everything is inside the caller's transaction, so a sheet and the fact
//! that says how it changed are on the disk together or not at all.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{Incarnation, OfficeId, Side};
use protocol::agree::Mode;
use protocol::chain::ChainHash;
use protocol::entry::{Entry, SeatFact};
use protocol::exchange::Cursor;
use protocol::pins::{PinBlock, PinKey};
use protocol::seats::{Block, Restored, Seats, Shelf};
use protocol::sheet::{DaySheet, MintMark};
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::cursor::{side_from, side_text, signed, unsigned};
use crate::{StoreError, journal, keys, kv, row, standing};

/// The seats of one office as they lie in a transaction.
#[derive(Debug)]
pub struct OfficeShelf<'t> {
    tx: &'t Transaction<'t>,
    office: &'t OfficeId,
    me: Side,
    at: Timestamp,
}

impl<'t> OfficeShelf<'t> {
    /// The shelf of an office; facts are written with the moment `at`.
    #[must_use]
    pub fn new(tx: &'t Transaction<'t>, office: &'t OfficeId, me: Side, at: Timestamp) -> Self {
        Self { tx, office, me, at }
    }

    /// The steps that can be taken on it.
    pub fn seats(&mut self) -> Seats<'_, Self> {
        Seats::of(self)
    }

    /// The transaction it lies in.
    #[must_use]
    pub fn tx(&self) -> &'t Transaction<'t> {
        self.tx
    }
}

impl Shelf for OfficeShelf<'_> {
    type Error = StoreError;

    fn me(&self) -> Side {
        self.me
    }

    fn mine(&mut self) -> Result<Incarnation, StoreError> {
        journal::identity(self.tx, self.office, self.me)
    }

    fn theirs(&mut self) -> Result<Option<Incarnation>, StoreError> {
        Ok(journal::cursor(self.tx, self.office, self.me.other())?.map(|cursor| cursor.incarnation))
    }

    fn is_active(&mut self) -> Result<bool, StoreError> {
        Ok(standing::mode(self.tx, self.office)? == Mode::Active)
    }

    fn sheet(&mut self, day: Date) -> Result<Option<DaySheet>, StoreError> {
        let text: Option<String> = self
            .tx
            .prepare_cached("SELECT sheet FROM seat_sheets WHERE office = ?1 AND day = ?2")?
            .query_row((self.office.as_str(), day.to_string()), |row| row.get(0))
            .optional()?;
        text.map(|text| serde_json::from_str(&text).map_err(|why| StoreError::damaged("a day sheet", why))).transpose()
    }

    fn put_sheet(&mut self, sheet: &DaySheet) -> Result<(), StoreError> {
        let text = serde_json::to_string(sheet).map_err(|why| StoreError::damaged("a day sheet", why))?;
        self.tx
            .prepare_cached(
                "INSERT INTO seat_sheets VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET sheet = excluded.sheet",
            )?
            .execute((self.office.as_str(), sheet.day().to_string(), text))?;
        Ok(())
    }

    fn days(&mut self) -> Result<Vec<Date>, StoreError> {
        let mut statement = self.tx.prepare_cached("SELECT day FROM seat_sheets WHERE office = ?1 ORDER BY day")?;
        let days = statement.query_map([self.office.as_str()], |row| row.get::<_, String>(0))?;
        days.map(|day| day?.parse().map_err(|why| StoreError::damaged("a day", why))).collect()
    }

    fn mint_mark(&mut self) -> Result<MintMark, StoreError> {
        standing::mint_mark(self.tx, self.office)
    }

    fn note_minted(&mut self, day: Date) -> Result<(), StoreError> {
        standing::note_minted(self.tx, self.office, MintMark::UpTo(day))
    }

    fn vouch_minted(&mut self, mark: MintMark) -> Result<(), StoreError> {
        standing::vouch_minted(self.tx, self.office, mark)
    }

    fn blocks(&mut self) -> Result<Vec<Block>, StoreError> {
        let sql = "SELECT block, holder, generation, used FROM seat_blocks WHERE office = ?1 ORDER BY block";
        let mut statement = self.tx.prepare_cached(sql)?;
        let rows = statement.query_map([self.office.as_str()], |row| Ok(block(row)))?;
        rows.map(|row| row?).collect()
    }

    fn put_block(&mut self, block: &Block) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO seat_blocks VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
                 SET holder = excluded.holder, generation = excluded.generation, used = excluded.used",
            )?
            .execute((
                self.office.as_str(),
                block.block.number(),
                side_text(block.holder),
                block.generation,
                block.used,
            ))?;
        Ok(())
    }

    fn highest_block(&mut self) -> Result<Option<PinBlock>, StoreError> {
        standing::highest_block(self.tx, self.office)
    }

    fn note_block(&mut self, block: PinBlock) -> Result<(), StoreError> {
        standing::note_block(self.tx, self.office, Some(block))
    }

    fn pin_key(&mut self) -> Result<Option<PinKey>, StoreError> {
        match self.me {
            Side::Booking => keys::pin_key(self.tx, self.office).map(Some),
            Side::Box => keys::told_pin_key(self.tx, self.office),
        }
    }

    fn put_pin_key(&mut self, key: &PinKey) -> Result<(), StoreError> {
        kv::set(self.tx, &keys::told_pin_key_name(self.office), key.to_hex().as_bytes())
    }

    fn write(&mut self, fact: &SeatFact) -> Result<(), StoreError> {
        journal::append(self.tx, self.office, self.me, &[fact.draft(self.at)])?;
        Ok(())
    }

    fn restored(&mut self) -> Result<Option<Restored>, StoreError> {
        standing::restored(self.tx, self.office)
    }

    fn own_lives(&mut self) -> Result<Vec<Cursor>, StoreError> {
        let sql =
            "SELECT incarnation, max(number), hash FROM journal WHERE office = ?1 AND origin = ?2 GROUP BY incarnation";
        let mut statement = self.tx.prepare_cached(sql)?;
        let rows = statement.query_map((self.office.as_str(), side_text(self.me)), |row| Ok(head(row)))?;
        rows.map(|row| row?).collect()
    }

    fn own_entries(&mut self, life: Incarnation, after: u64) -> Result<Vec<Entry>, StoreError> {
        let sql = format!(
            "{} WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 AND number > ?4 ORDER BY number",
            row::SELECT
        );
        let mut statement = self.tx.prepare_cached(&sql)?;
        let place = (self.office.as_str(), side_text(self.me), life.to_string(), signed(after)?);
        let rows = statement.query_map(place, |found| Ok(row::read(found).map(|(_position, entry)| entry)))?;
        rows.map(|entry| entry?).collect()
    }

    fn heard(&mut self) -> Result<Vec<SeatFact>, StoreError> {
        let sql = format!(
            "{} WHERE office = ?1 AND origin = ?2 AND kind IN ('minted', 'given', 'pin-block', 'cancelled') ORDER BY position",
            row::SELECT
        );
        let mut statement = self.tx.prepare_cached(&sql)?;
        let rows =
            statement.query_map((self.office.as_str(), side_text(self.me.other())), |found| Ok(row::read(found)))?;
        let mut facts = Vec::new();
        for row in rows {
            let (_position, entry) = row??;
            // What could not be read was reported when it came.
            facts.extend(SeatFact::of(&entry).and_then(Result::ok));
        }
        Ok(facts)
    }

    fn settled(&mut self) -> Result<(), StoreError> {
        standing::set_settled(self.tx, self.office)
    }
}

fn head(row: &Row<'_>) -> Result<Cursor, StoreError> {
    let incarnation: String = row.get(0)?;
    Ok(Cursor {
        incarnation: incarnation.parse().map_err(|why| StoreError::damaged("an incarnation", why))?,
        number: unsigned(row.get(1)?)?,
        hash: ChainHash(row.get(2)?),
    })
}

fn block(row: &Row<'_>) -> Result<Block, StoreError> {
    let number: u16 = row.get(0)?;
    let block = PinBlock::new(number).ok_or_else(|| StoreError::damaged("a PIN block", number))?;
    Ok(Block {
        block,
        holder: side_from(row.get_ref(1)?.as_str().map_err(|why| StoreError::damaged("a side", why))?)?,
        generation: row.get(2)?,
        used: row.get(3)?,
    })
}
