//! After a restore: are all lost writes known? Then they are done again, else nothing that was
//! held before is ever sold.
//!
//! ```text
//!   backup ──► own entries found since, from life to life ──► the last seat fact is the witness
//!                                                              yes: redo      no: burn, freeze
//! ```
//!
//! What must always hold: without a full proof nothing is redone; the new life says how it began,
//! so that a later restore can follow the lives.

use jiff::civil::Date;
use names::{Incarnation, Side};
use serde::{Deserialize, Serialize};

use super::{Block, Seats, Shelf};
use crate::entry::{Entry, SeatFact, Settled};
use crate::exchange::Cursor;
use crate::pins::PinBlock;
use crate::sheet::{DaySheet, MintMark, SeatState, SheetChange, SheetInput};

/// What a side remembers of the restore that began its present life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The own head in the restored copy: what its sheets are as of. Nothing for an empty store.
    pub backup: Option<Cursor>,
    /// The last own seat fact that is known outside every backup; nothing when that is lost, too.
    pub witness: Option<Cursor>,
}

/// How a restore ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// There was nothing to settle.
    Nothing,
    /// Not yet: something may still be found.
    Waits,
    /// All lost writes are known and done again.
    Redone,
    /// Some may be lost: what was free or held is burned, what was sold is frozen.
    Burned,
}

impl<S: Shelf> Seats<'_, S> {
    /// Settles a restore if that can be done. `last_chance`: nothing more can be found, so burn
    /// what is not proven.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn settle(&mut self, last_chance: bool) -> Result<Ending, S::Error> {
        let Some(restored) = self.shelf.restored()? else { return Ok(Ending::Nothing) };
        let path = self.path(&restored)?;
        let redone = match path {
            Some(path) => self.redo(&path)?.then(|| path.last().map(cursor_of).or(restored.backup)),
            None => None,
        };
        let settled = match redone {
            Some(after) => Settled { after, burned: false },
            None if last_chance => Settled { after: restored.backup, burned: true },
            None => return Ok(Ending::Waits),
        };
        if settled.burned {
            self.burn_all()?;
        }
        self.shelf.write(&SeatFact::Settled(settled))?;
        self.shelf.settled()?;
        self.catch_up()?;
        Ok(if settled.burned { Ending::Burned } else { Ending::Redone })
    }

    /// What came or was cancelled while nothing could be done on the seats; most of it is known.
    fn catch_up(&mut self) -> Result<(), S::Error> {
        for fact in self.shelf.heard()? {
            self.hear(&fact)?;
        }
        let present = self.shelf.mine()?;
        for entry in self.shelf.own_entries(present, 0)? {
            if let Some(Ok(SeatFact::Cancelled(cancelled))) = SeatFact::read(&entry.draft())
                && cancelled.seats.is_empty()
            {
                self.free(&cancelled)?;
            }
        }
        // A box only mints what it was told of, and it has heard all of that now; whatever the
        // server has lost of it, it mints `again`.
        if self.shelf.me() == Side::Box && self.shelf.mint_mark()? == MintMark::Lost {
            self.vouch(None)?;
        }
        Ok(())
    }

    /// The own entries since the backup up to the witness, if they are all there.
    fn path(&mut self, restored: &Restored) -> Result<Option<Vec<Entry>>, S::Error> {
        let Some(witness) = restored.witness else { return Ok(None) };
        let lives = self.lives_after()?;
        let Some(mut at) = restored.backup.or_else(|| first_life(&lives)) else { return Ok(None) };
        let mut path = Vec::new();
        // Every round goes on to another life; a ring of lives is no proof.
        for _life in 0..=lives.len() {
            let mut entries = self.shelf.own_entries(at.incarnation, at.number)?;
            let mut next = lives.iter().filter(|life| life.begins_after(&at));
            let (following, another) = (next.next(), next.next());
            match (following, another) {
                (None, _) => {
                    if !follow(&entries, &at) {
                        return Ok(None);
                    }
                    path.extend(entries);
                    return Ok(proves(&path, restored.backup.as_ref(), &witness).then_some(path));
                }
                (Some(life), None) => {
                    let until = life.after.map_or(0, |after| after.number);
                    // What lies behind it was lost to the next life: nothing of it counts.
                    entries.retain(|entry| entry.number <= until);
                    let all_there = until <= at.number || entries.last().is_some_and(|last| last.number == until);
                    if !all_there || !follow(&entries, &at) {
                        return Ok(None);
                    }
                    path.extend(entries);
                    at = Cursor { incarnation: life.incarnation, number: 0, hash: at.hash };
                }
                // Two lives that go on from the same one: a copy of this store was alive as well.
                (Some(_), Some(_)) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The own lives that are over and took steps: each began with a settled restore, or as the
    /// first one.
    fn lives_after(&mut self) -> Result<Vec<Life>, S::Error> {
        let present = self.shelf.mine()?;
        let mut lives = Vec::new();
        for head in self.shelf.own_lives()? {
            if head.incarnation == present {
                continue;
            }
            let entries = self.shelf.own_entries(head.incarnation, 0)?;
            // A life that took no step on its seats is no part of the way.
            let Some(first) = entries.iter().find_map(first_step) else { continue };
            let after = match first {
                SeatFact::Settled(settled) => settled.after,
                SeatFact::Minted(_)
                | SeatFact::Seats(_)
                | SeatFact::Given(_)
                | SeatFact::PinBlock(_)
                | SeatFact::Booked(_)
                | SeatFact::Cancelled(_) => None,
            };
            lives.push(Life { incarnation: head.incarnation, after });
        }
        Ok(lives)
    }

    /// Does all changes again, in their order; false when one of them cannot be.
    fn redo(&mut self, path: &[Entry]) -> Result<bool, S::Error> {
        for entry in path {
            let done = match SeatFact::read(&entry.draft()) {
                Some(Ok(fact)) => self.redo_fact(fact)?,
                Some(Err(_bad)) => false,
                None => true,
            };
            if !done {
                return Ok(false);
            }
        }
        for day in self.shelf.days()? {
            self.redo_change(SheetChange { day, spans: Vec::new() })?;
        }
        Ok(true)
    }

    fn redo_fact(&mut self, fact: SeatFact) -> Result<bool, S::Error> {
        match fact {
            SeatFact::Minted(minted) => {
                if self.shelf.sheet(minted.day)?.is_none() {
                    self.shelf.put_sheet(&DaySheet::mint(minted.day, minted.booking_lanes))?;
                }
                Ok(true)
            }
            SeatFact::Seats(change) => self.redo_change(change),
            SeatFact::Given(given) => self.redo_change(SheetChange { day: given.day, spans: given.seats }),
            SeatFact::Booked(booked) => {
                self.redo_drawing(booked.pin)?;
                self.redo_change(SheetChange { day: booked.day, spans: booked.seats })
            }
            SeatFact::Cancelled(cancelled) => match cancelled.day {
                Some(day) => self.redo_change(SheetChange { day, spans: cancelled.seats }),
                None => Ok(true),
            },
            SeatFact::PinBlock(given) => {
                let holder = self.shelf.me().other();
                if let Some(block) = PinBlock::new(given.block) {
                    self.shelf.put_block(&Block { block, holder, generation: given.generation, used: 0 })?;
                }
                Ok(true)
            }
            SeatFact::Settled(settled) => {
                if settled.burned {
                    self.burn_all()?;
                }
                Ok(true)
            }
        }
    }

    fn redo_change(&mut self, change: SheetChange) -> Result<bool, S::Error> {
        let Some(mut sheet) = self.shelf.sheet(change.day)? else { return Ok(change.spans.is_empty()) };
        let redone = sheet.step(self.shelf.me(), SheetInput::Redo { changes: vec![change] }).is_ok();
        if redone {
            self.shelf.put_sheet(&sheet)?;
        }
        Ok(redone)
    }

    /// Sells nothing of what was held and draws no PIN from a block that may have been drawn from:
    /// the fact that says so is `Settled`.
    fn burn_all(&mut self) -> Result<(), S::Error> {
        let me = self.shelf.me();
        for day in self.shelf.days()? {
            if let Some(mut sheet) = self.shelf.sheet(day)?
                && sheet.step(me, SheetInput::Burn).is_ok()
            {
                self.shelf.put_sheet(&sheet)?;
            }
        }
        self.use_up_blocks()
    }

    /// Days on which seats were burned by a restore, for those who decide whether to open them.
    ///
    /// # Errors
    /// The shelf failed.
    pub fn burned_days(&mut self) -> Result<Vec<(Date, u16)>, S::Error> {
        let mut burned = Vec::new();
        for day in self.shelf.days()? {
            let Some(sheet) = self.shelf.sheet(day)? else { continue };
            let seats = sheet.spans().iter().filter(|s| s.state == SeatState::Burned).map(|s| s.len()).sum();
            if seats > 0 {
                burned.push((day, seats));
            }
        }
        Ok(burned)
    }
}

/// An own life that is over, and the one it went on from.
struct Life {
    incarnation: Incarnation,
    after: Option<Cursor>,
}

impl Life {
    fn begins_after(&self, at: &Cursor) -> bool {
        self.after.is_some_and(|after| after.incarnation == at.incarnation && after.number >= at.number)
    }
}

/// An empty store begins at the only life that follows no other.
fn first_life(lives: &[Life]) -> Option<Cursor> {
    let mut first = lives.iter().filter(|life| life.after.is_none());
    match (first.next(), first.next()) {
        (Some(life), None) => {
            Some(Cursor { incarnation: life.incarnation, number: 0, hash: crate::chain::ChainHash([0; 32]) })
        }
        (Some(_) | None, _) => None,
    }
}

/// A fact that changed seats. A cancellation that freed none may come before a restore is settled.
fn first_step(entry: &Entry) -> Option<SeatFact> {
    let fact = SeatFact::read(&entry.draft())?.ok()?;
    let waits = matches!(&fact, SeatFact::Cancelled(cancelled) if cancelled.seats.is_empty());
    (!waits).then_some(fact)
}

fn cursor_of(entry: &Entry) -> Cursor {
    Cursor { incarnation: entry.incarnation, number: entry.number, hash: entry.hash }
}

/// Whether the entries behind a place follow it without a gap.
fn follow(entries: &[Entry], at: &Cursor) -> bool {
    (at.number + 1..).zip(entries).all(|(number, entry)| entry.number == number)
}

/// The last seat fact on the path has to be the witness; with none on it, the witness has to lie
/// in the backup.
fn proves(path: &[Entry], backup: Option<&Cursor>, witness: &Cursor) -> bool {
    match path.iter().rev().find(|entry| SeatFact::is_kind(&entry.kind)) {
        Some(last) => cursor_of(last) == *witness,
        None => backup.is_some_and(|b| b.incarnation == witness.incarnation && witness.number <= b.number),
    }
}
