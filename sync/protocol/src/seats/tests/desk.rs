//! A test double of a shelf: everything in memory, with backups and a witness outside of them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Incarnation, Minutes, OfficeId, Pin, ServiceId, Side};
use serde_json::Map;

use super::super::{Block, Restored, Seats, Shelf};
use crate::chain::{ChainHash, Commitment, Salt};
use crate::entry::{Booked, Cancelled, Entry, Minted, SCHEMA, SeatFact};
use crate::exchange::Cursor;
use crate::pins::{PinBlock, PinKey};
use crate::sheet::{DaySheet, Interval, LaneOffer, MintMark, Outcome, Refused, SheetInput, Span};

pub(super) const DAY: Date = Date::constant(2026, 11, 23);

/// Server lanes of the double: 0 is the server's, 1 is the box's.
pub(super) const BOOKING_LANES: u8 = 1;

/// One side's store.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) me: Side,
    pub(super) life: Incarnation,
    pub(super) theirs: Option<Incarnation>,
    pub(super) active: bool,
    pub(super) sheets: BTreeMap<Date, DaySheet>,
    pub(super) blocks: BTreeMap<PinBlock, Block>,
    pub(super) key: Option<PinKey>,
    pub(super) log: Vec<Entry>,
    /// What the other side told, as its part of the journal keeps it.
    pub(super) told: Vec<SeatFact>,
    /// Entries of the other side that came.
    pub(super) known: Vec<Entry>,
    pub(super) restored: Option<Restored>,
    pub(super) outside: Outside,
}

/// What no backup holds.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    pub(super) minted: MintMark,
    pub(super) block: Option<PinBlock>,
    pub(super) witness: Option<Cursor>,
}

impl Desk {
    pub(super) fn new(me: Side, life: u128) -> Self {
        Self {
            me,
            life: Incarnation::from_bits(life),
            theirs: None,
            active: true,
            sheets: BTreeMap::new(),
            blocks: BTreeMap::new(),
            key: (me == Side::Booking).then(|| PinKey::from_bytes([7; 16])),
            log: Vec::new(),
            told: Vec::new(),
            known: Vec::new(),
            restored: None,
            outside: Outside { minted: MintMark::Never, block: None, witness: None },
        }
    }

    /// The present store replaced by an older copy of it; `found` is what was found of the rest.
    pub(super) fn restore(&mut self, backup: &Self, life: u128, found: impl Fn(&Entry) -> bool) {
        let (lost, outside) = (self.log.clone(), self.outside.clone());
        *self = backup.clone();
        let known = self.restored.map(|restored| restored.backup);
        let backup = known.unwrap_or_else(|| self.head());
        self.restored = Some(Restored { backup, witness: outside.witness });
        self.outside = outside;
        for entry in lost {
            if !self.log.contains(&entry) && found(&entry) {
                self.log.push(entry);
            }
        }
        self.life = Incarnation::from_bits(life);
        self.active = false;
    }

    pub(super) fn head(&self) -> Option<Cursor> {
        self.log.iter().rev().find(|e| e.incarnation == self.life).map(cursor)
    }

    pub(super) fn seats(&mut self) -> Seats<'_, Self> {
        Seats::of(self)
    }

    pub(super) fn mint(&mut self) {
        let minted = self.seats().mint(Minted { day: DAY, booking_lanes: BOOKING_LANES, again: false });
        assert!(minted.expect("memory"));
    }

    pub(super) fn sell(&mut self, number: u64, at: u8) -> Result<(), Refused> {
        let booking = BookingId::from_random(self.me, number);
        let from = Interval::new(at).expect("inside the day");
        let lane = if self.me == Side::Booking { 0 } else { BOOKING_LANES };
        let offered =
            |lane| LaneOffer { lane, open: vec![Interval::MIDNIGHT..Interval::END], services: vec![ServiceId(1)] };
        let offered = vec![offered(lane), offered(1 - lane)];
        let input = SheetInput::SellNow { booking, offered, services: vec![ServiceId(1)], from, count: 1 };
        let done = self.seats().step(DAY, input).expect("memory")?;
        let seats = done.change.map(|change| change.spans).unwrap_or_default();
        self.book(booking, Pin::from_index(0).expect("the first"), seats);
        Ok(())
    }

    /// The fact of a booking, with whatever seats.
    pub(super) fn book(&mut self, booking: BookingId, pin: Pin, seats: Vec<Span>) {
        let booked = Booked {
            booking,
            version: 1,
            pin,
            day: DAY,
            start: Timestamp::UNIX_EPOCH,
            length: Minutes(10),
            services: vec![ServiceId(1)],
            persons: 1,
            language: names::Language::De,
            seats,
        };
        self.write(&SeatFact::Booked(booked)).expect("memory");
    }

    pub(super) fn cancel(&mut self, number: u64) {
        let booking = BookingId::from_random(self.me, number);
        if let Ok(done) = self.seats().step(DAY, SheetInput::Cancel { booking }).expect("memory")
            && matches!(done.outcome, Outcome::Cancelled(_))
        {
            let seats = done.change.map(|change| change.spans).unwrap_or_default();
            let cancelled = Cancelled { booking, day: Some(DAY), seats };
            self.write(&SeatFact::Cancelled(cancelled)).expect("memory");
        }
    }

    pub(super) fn sold(&self, number: u64) -> bool {
        let booking = BookingId::from_random(self.me, number);
        self.sheets.get(&DAY).is_some_and(|sheet| sheet.sold(self.me, booking).is_some())
    }
}

fn cursor(entry: &Entry) -> Cursor {
    Cursor { incarnation: entry.incarnation, number: entry.number, hash: entry.hash }
}

fn office() -> OfficeId {
    "musterland".parse().expect("a good name")
}

impl Shelf for Desk {
    type Error = Infallible;

    fn me(&self) -> Side {
        self.me
    }
    fn mine(&mut self) -> Result<Incarnation, Infallible> {
        Ok(self.life)
    }
    fn theirs(&mut self) -> Result<Option<Incarnation>, Infallible> {
        Ok(self.theirs)
    }
    fn is_active(&mut self) -> Result<bool, Infallible> {
        Ok(self.active)
    }
    fn sheet(&mut self, day: Date) -> Result<Option<DaySheet>, Infallible> {
        Ok(self.sheets.get(&day).cloned())
    }
    fn put_sheet(&mut self, sheet: &DaySheet) -> Result<(), Infallible> {
        self.sheets.insert(sheet.day(), sheet.clone());
        Ok(())
    }
    fn days(&mut self) -> Result<Vec<Date>, Infallible> {
        Ok(self.sheets.keys().copied().collect())
    }
    fn mint_mark(&mut self) -> Result<MintMark, Infallible> {
        Ok(self.outside.minted)
    }
    fn note_minted(&mut self, day: Date) -> Result<(), Infallible> {
        self.outside.minted = self.outside.minted.with(day);
        Ok(())
    }
    fn vouch_minted(&mut self, mark: MintMark) -> Result<(), Infallible> {
        self.outside.minted = mark;
        Ok(())
    }
    fn blocks(&mut self) -> Result<Vec<Block>, Infallible> {
        Ok(self.blocks.values().copied().collect())
    }
    fn put_block(&mut self, block: &Block) -> Result<(), Infallible> {
        self.blocks.insert(block.block, *block);
        Ok(())
    }
    fn highest_block(&mut self) -> Result<Option<PinBlock>, Infallible> {
        Ok(self.outside.block)
    }
    fn note_block(&mut self, block: PinBlock) -> Result<(), Infallible> {
        self.outside.block = self.outside.block.max(Some(block));
        Ok(())
    }
    fn pin_key(&mut self) -> Result<Option<PinKey>, Infallible> {
        Ok(self.key.clone())
    }
    fn put_pin_key(&mut self, key: &PinKey) -> Result<(), Infallible> {
        self.key = Some(key.clone());
        Ok(())
    }
    fn write(&mut self, fact: &SeatFact) -> Result<(), Infallible> {
        let draft = fact.draft(Timestamp::UNIX_EPOCH);
        let start =
            Cursor { incarnation: self.life, number: 0, hash: ChainHash::genesis(&office(), self.me, self.life) };
        let head = self.head().unwrap_or(start);
        let salt = Salt([0; 16]);
        let mut entry = Entry {
            office: office(),
            origin: self.me,
            incarnation: self.life,
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
        self.outside.witness = Some(cursor(&entry));
        self.log.push(entry);
        Ok(())
    }
    fn restored(&mut self) -> Result<Option<Restored>, Infallible> {
        Ok(self.restored)
    }
    fn own_lives(&mut self) -> Result<Vec<Cursor>, Infallible> {
        let mut heads: BTreeMap<Incarnation, Cursor> = BTreeMap::new();
        heads.extend(self.log.iter().map(|entry| (entry.incarnation, cursor(entry))));
        Ok(heads.into_values().collect())
    }
    fn own_entries(&mut self, life: Incarnation, after: u64) -> Result<Vec<Entry>, Infallible> {
        Ok(self.log.iter().filter(|e| e.incarnation == life && e.number > after).cloned().collect())
    }
    fn heard(&mut self) -> Result<Vec<SeatFact>, Infallible> {
        Ok(self.told.clone())
    }
    fn settled(&mut self) -> Result<(), Infallible> {
        self.restored = None;
        self.active = true;
        Ok(())
    }
}

/// A hall fact between seat facts: numbers go on, seats do not change.
pub(super) fn noise(desk: &mut Desk) {
    let witness = desk.outside.witness;
    let fact = SeatFact::Cancelled(Cancelled { booking: BookingId::from_bits(0), day: None, seats: Vec::new() });
    desk.write(&fact).expect("memory");
    if let Some(last) = desk.log.last_mut() {
        last.kind = "hall.called".to_owned();
        last.body = Map::new();
    }
    desk.outside.witness = witness;
}
