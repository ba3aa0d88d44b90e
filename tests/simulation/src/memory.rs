//! A store in memory, as a double of the one on disk: lives, seats and what is outside backups.
//!
//! What must always hold: a transaction works on a copy and replaces the store when it commits;
//! entries are shared, never copied, so that a schedule costs microseconds.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{Incarnation, OfficeId, Side};
use protocol::agree::{Limits, Log, Mode};
use protocol::chain::{ChainHash, Commitment, Salt};
use protocol::entry::{Draft, Entry, SCHEMA, SeatFact};
use protocol::exchange::{Cursor, Nonce, Refusal};
use protocol::pins::{PinBlock, PinKey};
use protocol::seats::{Block, Restored, Seats, Shelf};
use protocol::sheet::{DaySheet, MintMark};

use crate::chance::Chance;
use crate::rules::Rules;

/// A step of the double was refused; it cannot fail otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

/// One life of one side, as far as it is here.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) incarnation: Incarnation,
    pub(crate) entries: Vec<Rc<Entry>>,
}

/// Everything that a backup of one office holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Db {
    /// By side; the present life last.
    pub(crate) lives: [Vec<Life>; 2],
    /// All entries in the order in which they became durable.
    pub(crate) order: Vec<Rc<Entry>>,
    pub(crate) acked: u64,
    pub(crate) forked: Vec<Incarnation>,
    pub(crate) mode: Mode,
    pub(crate) apart: bool,
    pub(crate) nonce: Option<Nonce>,
    pub(crate) sheets: BTreeMap<Date, Rc<DaySheet>>,
    pub(crate) blocks: BTreeMap<PinBlock, Block>,
    pub(crate) key: Option<PinKey>,
    pub(crate) restored: Option<Restored>,
    /// Copies of the notes outside, raised to them at every start.
    pub(crate) minted: Option<MintMark>,
    pub(crate) block: Option<PinBlock>,
}

/// What no backup holds.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    pub(crate) witness: Option<Cursor>,
    pub(crate) minted: MintMark,
    pub(crate) block: Option<PinBlock>,
    /// The file was there once and is gone.
    pub(crate) lost: bool,
}

impl Outside {
    pub(crate) fn of_a_new_office() -> Self {
        Self { witness: None, minted: MintMark::Never, block: None, lost: false }
    }
}

pub(crate) fn cursor_of(entry: &Entry) -> Cursor {
    Cursor { incarnation: entry.incarnation, number: entry.number, hash: entry.hash }
}

fn index(side: Side) -> usize {
    match side {
        Side::Booking => 0,
        Side::Box => 1,
    }
}

impl Db {
    pub(crate) fn of(&self, side: Side) -> &[Life] {
        &self.lives[index(side)]
    }

    pub(crate) fn has(&self, side: Side, cursor: &Cursor) -> bool {
        let life = self.of(side).iter().find(|life| life.incarnation == cursor.incarnation);
        let place = usize::try_from(cursor.number).unwrap_or(usize::MAX);
        match (life, place.checked_sub(1)) {
            (Some(_), None) => true,
            (Some(life), Some(place)) => life.entries.get(place).is_some_and(|entry| entry.hash == cursor.hash),
            (None, _) => false,
        }
    }
}

/// A transaction on a store.
pub(crate) struct Tx<'a> {
    pub(crate) db: &'a mut Db,
    pub(crate) chance: &'a mut Chance,
    pub(crate) office: &'a OfficeId,
    pub(crate) me: Side,
    pub(crate) at: Timestamp,
    pub(crate) rules: Rules,
}

impl Tx<'_> {
    pub(crate) fn seats(&mut self) -> Seats<'_, Self> {
        Seats::of(self)
    }

    fn life(&mut self, of: Side, incarnation: Incarnation) -> Option<&mut Life> {
        self.db.lives[index(of)].iter_mut().find(|life| life.incarnation == incarnation)
    }

    fn head(&self, of: Side, life: &Life) -> Cursor {
        life.entries.last().map_or_else(|| self.start(of, life.incarnation), |last| cursor_of(last))
    }

    fn start(&self, of: Side, incarnation: Incarnation) -> Cursor {
        Cursor { incarnation, number: 0, hash: ChainHash::genesis(self.office, of, incarnation) }
    }

    /// The own head that is not empty, over all lives: what the sheets are as of.
    pub(crate) fn own_head(&self) -> Option<Cursor> {
        self.db.of(self.me).iter().rev().find_map(|life| life.entries.last().map(|last| cursor_of(last)))
    }

    /// A fact of the other side, as it is heard.
    pub(crate) fn as_told(&mut self, mut fact: SeatFact) -> Result<SeatFact, Refused> {
        if let (SeatFact::Given(given), false) = (&mut fact, self.rules.grant_names_life) {
            given.incarnation = self.mine()?;
        }
        Ok(fact)
    }

    /// Writes an own fact.
    pub(crate) fn append(&mut self, draft: Draft) {
        let me = self.me;
        let salt = Salt(self.chance.wide().to_be_bytes());
        let Some(head) = self.db.of(me).last().map(|life| self.head(me, life)) else { return };
        let mut entry = Entry {
            office: self.office.clone(),
            origin: me,
            incarnation: head.incarnation,
            number: head.number + 1,
            hash: head.hash,
            schema: SCHEMA,
            kind: draft.kind,
            at: draft.at,
            commitment: Commitment::of(salt, &draft.body),
            salt: Some(salt),
            body: draft.body,
        };
        entry.hash = head.hash.next(&entry.link());
        self.keep(me, Rc::new(entry));
    }

    pub(crate) fn keep(&mut self, of: Side, entry: Rc<Entry>) {
        self.db.order.push(Rc::clone(&entry));
        if let Some(life) = self.life(of, entry.incarnation) {
            life.entries.push(entry);
        }
    }
}

impl Log for Tx<'_> {
    type Error = Refused;

    fn me(&self) -> Side {
        self.me
    }
    fn office(&self) -> &OfficeId {
        self.office
    }
    fn lives(&mut self, of: Side) -> Result<Vec<Cursor>, Refused> {
        Ok(self.db.of(of).iter().map(|life| self.head(of, life)).collect())
    }
    fn hash_at(&mut self, of: Side, life: Incarnation, number: u64) -> Result<Option<ChainHash>, Refused> {
        let start = self.start(of, life).hash;
        let Some(life) = self.life(of, life) else { return Ok(None) };
        Ok(match usize::try_from(number).unwrap_or(usize::MAX).checked_sub(1) {
            None => Some(start),
            Some(place) => life.entries.get(place).map(|entry| entry.hash),
        })
    }
    fn store(&mut self, of: Side, entries: &[Entry]) -> Result<(), Refused> {
        entries.iter().for_each(|entry| self.keep(of, Rc::new(entry.clone())));
        Ok(())
    }
    fn meet(&mut self, of: Side, life: Incarnation, present: bool) -> Result<(), Refused> {
        let lives = &mut self.db.lives[index(of)];
        let place = if present { lives.len() } else { lives.len().saturating_sub(1) };
        lives.insert(place, Life { incarnation: life, entries: Vec::new() });
        Ok(())
    }
    fn go_on(&mut self, of: Side, life: Incarnation) -> Result<(), Refused> {
        let lives = &mut self.db.lives[index(of)];
        if let Some(place) = lives.iter().position(|known| known.incarnation == life) {
            let present = lives.remove(place);
            lives.push(present);
        }
        Ok(())
    }
    fn doubt(&mut self) -> Result<(), Refused> {
        let backup = self.own_head();
        self.unsure(Restored { backup, witness: None });
        Ok(())
    }
    fn begin(&mut self) -> Result<(), Refused> {
        self.db.acked = 0;
        if self.me == Side::Booking && self.db.nonce.is_some() {
            self.db.nonce = Some(self.draw_nonce()?);
        }
        let incarnation = Incarnation::from_bits(self.chance.wide());
        self.db.lives[index(self.me)].push(Life { incarnation, entries: Vec::new() });
        Ok(())
    }
    fn since(&mut self, of: Side, life: Incarnation, after: u64, limits: Limits) -> Result<Vec<Entry>, Refused> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let Some(life) = self.life(of, life) else { return Ok(Vec::new()) };
        Ok(life.entries.iter().skip(after).take(limits.entries.min(SMALL_BATCH)).map(|e| Entry::clone(e)).collect())
    }
    fn acked(&mut self) -> Result<u64, Refused> {
        Ok(self.db.acked)
    }
    fn set_acked(&mut self, number: u64) -> Result<(), Refused> {
        self.db.acked = number;
        Ok(())
    }
    fn forked(&mut self) -> Result<Vec<Incarnation>, Refused> {
        Ok(self.db.forked.clone())
    }
    fn mark_forked(&mut self, life: Incarnation) -> Result<(), Refused> {
        self.db.forked.push(life);
        Ok(())
    }
    fn is_apart(&mut self) -> Result<bool, Refused> {
        Ok(self.db.apart)
    }
    fn set_apart(&mut self, apart: bool) -> Result<(), Refused> {
        self.db.apart = apart;
        Ok(())
    }
    fn mode(&mut self) -> Result<Mode, Refused> {
        Ok(self.db.mode)
    }
    fn set_mode(&mut self, mode: Mode) -> Result<(), Refused> {
        self.db.mode = mode;
        Ok(())
    }
    fn nonce(&mut self) -> Result<Option<Nonce>, Refused> {
        Ok(self.db.nonce)
    }
    fn set_nonce(&mut self, nonce: Nonce) -> Result<(), Refused> {
        self.db.nonce = Some(nonce);
        Ok(())
    }
    fn draw_nonce(&mut self) -> Result<Nonce, Refused> {
        Ok(Nonce(self.chance.wide().to_be_bytes()))
    }
}

/// Entries in one message: few, so that a schedule of some dozen entries needs several rounds.
const SMALL_BATCH: usize = 7;

impl Tx<'_> {
    /// What is to be settled; one restore on top of another keeps the older copy that the sheets
    /// are as of.
    pub(crate) fn unsure(&mut self, news: Restored) {
        let backup = self.db.restored.map_or(news.backup, |older| older.backup);
        self.db.restored = Some(Restored { backup, ..news });
        self.db.mode = Mode::Unproven;
        self.db.apart = true;
        if news.witness.is_none() {
            self.db.minted = Some(MintMark::Lost);
            // Nobody knows which blocks were taken: far beyond all that are known.
            let known = self.db.blocks.keys().max().map_or(0, |block| block.number());
            self.db.block = self.db.block.max(PinBlock::new(known + 40));
        }
    }
}

impl Shelf for Tx<'_> {
    type Error = Refused;

    fn me(&self) -> Side {
        self.me
    }
    fn mine(&mut self) -> Result<Incarnation, Refused> {
        Ok(self.db.of(self.me).last().map_or(Incarnation::from_bits(0), |life| life.incarnation))
    }
    fn theirs(&mut self) -> Result<Option<Incarnation>, Refused> {
        Ok(self.db.of(self.me.other()).last().map(|life| life.incarnation))
    }
    fn is_active(&mut self) -> Result<bool, Refused> {
        Ok(self.db.mode == Mode::Active)
    }
    fn sheet(&mut self, day: Date) -> Result<Option<DaySheet>, Refused> {
        Ok(self.db.sheets.get(&day).map(|sheet| DaySheet::clone(sheet)))
    }
    fn put_sheet(&mut self, sheet: &DaySheet) -> Result<(), Refused> {
        self.db.sheets.insert(sheet.day(), Rc::new(sheet.clone()));
        Ok(())
    }
    fn days(&mut self) -> Result<Vec<Date>, Refused> {
        Ok(self.db.sheets.keys().copied().collect())
    }
    fn mint_mark(&mut self) -> Result<MintMark, Refused> {
        Ok(self.db.minted.unwrap_or(MintMark::Never))
    }
    fn note_minted(&mut self, day: Date) -> Result<(), Refused> {
        self.db.minted = Some(self.db.minted.unwrap_or(MintMark::Never).with(day));
        Ok(())
    }
    fn vouch_minted(&mut self, mark: MintMark) -> Result<(), Refused> {
        self.db.minted = Some(mark);
        Ok(())
    }
    fn blocks(&mut self) -> Result<Vec<Block>, Refused> {
        Ok(self.db.blocks.values().copied().collect())
    }
    fn put_block(&mut self, block: &Block) -> Result<(), Refused> {
        self.db.blocks.insert(block.block, *block);
        Ok(())
    }
    fn highest_block(&mut self) -> Result<Option<PinBlock>, Refused> {
        Ok(self.db.block)
    }
    fn note_block(&mut self, block: PinBlock) -> Result<(), Refused> {
        self.db.block = self.db.block.max(Some(block));
        Ok(())
    }
    fn pin_key(&mut self) -> Result<Option<PinKey>, Refused> {
        Ok(self.db.key.clone())
    }
    fn put_pin_key(&mut self, key: &PinKey) -> Result<(), Refused> {
        self.db.key = Some(key.clone());
        Ok(())
    }
    fn write(&mut self, fact: &SeatFact) -> Result<(), Refused> {
        self.append(fact.draft(self.at));
        Ok(())
    }
    fn restored(&mut self) -> Result<Option<Restored>, Refused> {
        Ok(self.db.restored)
    }
    fn own_lives(&mut self) -> Result<Vec<Cursor>, Refused> {
        let me = self.me;
        Ok(self.db.of(me).iter().filter(|life| !life.entries.is_empty()).map(|life| self.head(me, life)).collect())
    }
    fn own_entries(&mut self, life: Incarnation, after: u64) -> Result<Vec<Entry>, Refused> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        let me = self.me;
        let Some(life) = self.life(me, life) else { return Ok(Vec::new()) };
        Ok(life.entries.iter().skip(after).map(|entry| Entry::clone(entry)).collect())
    }
    fn heard(&mut self) -> Result<Vec<SeatFact>, Refused> {
        let theirs = self.db.order.iter().filter(|entry| entry.origin != self.me);
        let facts: Vec<SeatFact> = theirs.filter_map(|entry| SeatFact::read(&entry.draft())?.ok()).collect();
        facts.into_iter().map(|fact| self.as_told(fact)).collect()
    }
    fn settled(&mut self) -> Result<(), Refused> {
        self.db.restored = None;
        self.db.mode = Mode::Active;
        Ok(())
    }
}
