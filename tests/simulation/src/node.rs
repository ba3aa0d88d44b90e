//! One end of a line as it really runs: commits, the witness, the stick, crashes, restores.
//!
//! ```text
//!   write ─► work on a copy ─► commit ─► witness and stick ─► told
//!                                    └─ a power cut here: nobody was told, the next start catches up
//! ```

use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, OfficeId, Side};
use protocol::agree::{self, Log, Mode};
use protocol::entry::{Entry, SeatFact};
use protocol::exchange::{Cursor, Refusal};
use protocol::seats::{Ending, Restored};
use protocol::sheet::{DaySheet, MintMark};

use crate::chance::Chance;
use crate::ghost::{Seen, bookings};
use crate::memory::{Db, Outside, Refused, Tx, cursor_of};
use crate::rules::Rules;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) me: Side,
    pub(crate) office: OfficeId,
    pub(crate) db: Db,
    pub(crate) outside: Outside,
    /// The second journal, while it is plugged in.
    pub(crate) stick: Option<Vec<Rc<Entry>>>,
    pub(crate) chance: Chance,
    pub(crate) rules: Rules,
}

impl Node {
    pub(crate) fn new(me: Side, office: &OfficeId, chance: Chance, rules: Rules) -> Self {
        let mut node = Self {
            me,
            office: office.clone(),
            db: Db::default(),
            outside: Outside::of_a_new_office(),
            stick: Some(Vec::new()),
            chance,
            rules,
        };
        node.first_life();
        node
    }

    /// A store that was never used: no restore, just a beginning.
    fn first_life(&mut self) {
        let at = Timestamp::UNIX_EPOCH;
        let begun = self.write(at, |tx| {
            let incarnation = names::Incarnation::from_bits(tx.chance.wide());
            tx.meet(tx.me, incarnation, true)
        });
        assert!(begun.is_ok(), "an empty store refuses nothing");
    }

    /// One transaction; what it returned was committed and is known outside.
    pub(crate) fn write<T>(
        &mut self,
        at: Timestamp,
        step: impl FnOnce(&mut Tx<'_>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let known = self.db.order.len();
        let value = self.commit(at, step)?;
        self.catch_up(known);
        Ok(value)
    }

    /// One transaction whose power is cut between the commit and everything after it.
    pub(crate) fn write_torn<T>(&mut self, at: Timestamp, step: impl FnOnce(&mut Tx<'_>) -> Result<T, Refused>) {
        // Nobody is told, neither of success nor of a refusal.
        let _untold = self.commit(at, step);
        self.start(false, at);
    }

    fn commit<T>(&mut self, at: Timestamp, step: impl FnOnce(&mut Tx<'_>) -> Result<T, Refused>) -> Result<T, Refused> {
        let mut work = self.db.clone();
        let mut tx =
            Tx { db: &mut work, chance: &mut self.chance, office: &self.office, me: self.me, at, rules: self.rules };
        let value = step(&mut tx)?;
        self.db = work;
        Ok(value)
    }

    /// Brings witness and stick up to the store, whose entries before `known` they had.
    fn catch_up(&mut self, known: usize) {
        if self.rules.witness {
            let present = self.db.of(self.me).last().map(|life| life.incarnation);
            let own =
                |e: &&Rc<Entry>| e.origin == self.me && Some(e.incarnation) == present && SeatFact::is_kind(&e.kind);
            let own = self.db.order[known..].iter().rev().find(own);
            self.outside.witness = own.map(|entry| cursor_of(entry)).or(self.outside.witness);
        }
        self.outside.minted = self.db.minted.unwrap_or(MintMark::Never);
        self.outside.block = self.db.block;
        self.outside.lost = false;
        if let Some(stick) = &mut self.stick {
            // Only ever grows; after a restore the store may lack what the stick has.
            let known = stick.len().min(self.db.order.len());
            let same = stick[..known].iter().zip(&self.db.order).rev().take(1).all(|(one, other)| one == other);
            let missing: Vec<_> = if same {
                self.db.order[known..].to_vec()
            } else {
                self.db.order.iter().filter(|entry| !stick.contains(entry)).cloned().collect()
            };
            stick.extend(missing);
        }
    }

    /// Every start: is everything here that is known outside? If not, a new life begins.
    pub(crate) fn start(&mut self, restored: bool, at: Timestamp) {
        let went_back = self.outside.witness.is_some_and(|witness| !self.db.has(self.me, &witness));
        let minted = if self.outside.lost { MintMark::Lost } else { self.outside.minted };
        self.db.minted = Some(higher(self.db.minted.unwrap_or(MintMark::Never), minted));
        self.db.block = self.db.block.max(self.outside.block);
        if restored || went_back || self.outside.lost {
            self.begin_again(at);
        } else {
            // The witness is here; what lies behind it was never told to anybody.
            self.catch_up(0);
        }
    }

    fn begin_again(&mut self, at: Timestamp) {
        let witness = if self.outside.lost { None } else { self.outside.witness };
        let found = self.stick.clone().unwrap_or_default();
        let rules = self.rules;
        let settled = self.write(at, |tx| {
            let backup = tx.own_head();
            import(tx, &found)?;
            let witness = if rules.witness { witness } else { last_found(tx) };
            if rules.new_life {
                tx.unsure(Restored { backup, witness });
                agree::Log::begin(tx)?;
                tx.seats().settle(false)
            } else {
                Ok(Ending::Nothing)
            }
        });
        assert!(settled.is_ok(), "a start is never refused: {settled:?}");
    }

    /// How it stands, for whoever looks for a mistake.
    pub(crate) fn standing(&self) -> String {
        let life =
            |life: &crate::memory::Life| format!("{}:{}", &life.incarnation.to_string()[..4], life.entries.len());
        let lives = |side| self.db.of(side).iter().map(life).collect::<Vec<_>>().join(" ");
        let (booking, appliance) = (lives(Side::Booking), lives(Side::Box));
        format!("{:?} acked {} booking [{booking}] box [{appliance}]", self.db.mode, self.db.acked)
    }

    /// Does what a refusal asks of this end.
    pub(crate) fn heed(&mut self, at: Timestamp, refusal: &Refusal) -> agree::Next {
        let next = self.write(at, |tx| agree::heed(tx, refusal));
        next.unwrap_or(agree::Next::Person)
    }
}

impl Seen for Node {
    fn mode(&self) -> Mode {
        self.db.mode
    }
    fn days(&self) -> Vec<Date> {
        self.db.sheets.keys().copied().collect()
    }
    fn sheet(&self, day: Date) -> Option<&DaySheet> {
        self.db.sheets.get(&day).map(|sheet| &**sheet)
    }
    fn bookings(&self) -> BTreeSet<BookingId> {
        bookings(&self.db.order)
    }
}

fn higher(one: MintMark, other: MintMark) -> MintMark {
    match (one, other) {
        (MintMark::Lost, _) | (_, MintMark::Lost) => MintMark::Lost,
        (MintMark::Never, known) | (known, MintMark::Never) => known,
        (MintMark::UpTo(one), MintMark::UpTo(other)) => MintMark::UpTo(one.max(other)),
    }
}

/// The last own seat fact that is here: what a store without a witness would believe in.
fn last_found(tx: &Tx<'_>) -> Option<Cursor> {
    let own = |entry: &&Rc<Entry>| entry.origin == tx.me && SeatFact::is_kind(&entry.kind);
    tx.db.order.iter().rev().find(own).map(|entry| cursor_of(entry))
}

/// What the second journal has beyond the store, as far as it follows.
fn import(tx: &mut Tx<'_>, found: &[Rc<Entry>]) -> Result<(), Refused> {
    for entry in found {
        let of = entry.origin;
        let known = tx.lives(of)?.into_iter().find(|life| life.incarnation == entry.incarnation);
        let head = match known {
            Some(head) => head,
            None => {
                tx.meet(of, entry.incarnation, true)?;
                tx.present(of)?.unwrap_or_else(|| unreachable!("just met"))
            }
        };
        if entry.number == head.number + 1 && entry.follows(head.hash) {
            tx.keep(of, Rc::clone(entry));
        }
    }
    Ok(())
}
