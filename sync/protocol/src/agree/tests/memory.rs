//! A double of the store: all lives of both sides in two maps, cloned where a database would be
//! copied.

use std::collections::BTreeMap;

use names::{Incarnation, OfficeId, Side};
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use crate::agree::{Limits, Log, Mode};
use crate::chain::{ChainHash, Commitment, Salt};
use crate::entry::{Entry, SCHEMA};
use crate::exchange::{Cursor, Nonce, Refusal};

/// One end. Chance comes from a counter that a copy does not take back, as real chance would not.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    me: Side,
    office: OfficeId,
    lives: BTreeMap<Side, Vec<Life>>,
    acked: u64,
    mode: Mode,
    apart: bool,
    nonce: Option<Nonce>,
    pub(super) chance: u64,
}

#[derive(Clone, Debug)]
struct Life {
    incarnation: Incarnation,
    entries: Vec<Entry>,
    forked: bool,
}

impl Life {
    fn head(&self, office: &OfficeId, of: Side) -> Cursor {
        let incarnation = self.incarnation;
        match self.entries.last() {
            Some(last) => Cursor { incarnation, number: last.number, hash: last.hash },
            None => Cursor { incarnation, number: 0, hash: ChainHash::genesis(office, of, incarnation) },
        }
    }
}

impl Memory {
    /// Both ends, enrolled.
    pub(super) fn pair() -> [Self; 2] {
        let mut ends = [Side::Booking, Side::Box].map(|me| Self {
            me,
            office: "musterland".parse().expect("a name"),
            lives: BTreeMap::from([(Side::Booking, Vec::new()), (Side::Box, Vec::new())]),
            acked: 0,
            mode: Mode::Active,
            apart: false,
            nonce: Some(Nonce([0; 16])),
            chance: me as u64,
        });
        for end in &mut ends {
            end.begin().expect("no disk, no trouble");
        }
        let own = ends.each_ref().map(|end| end.lives[&end.me][0].incarnation);
        ends[0].meet(Side::Box, own[1], true).expect("met");
        ends[1].meet(Side::Booking, own[0], true).expect("met");
        ends
    }

    fn draw(&mut self) -> [u8; 16] {
        self.chance += 2;
        let hash = Sha256::digest(self.chance.to_be_bytes());
        std::array::from_fn(|place| hash[place])
    }

    pub(super) fn append(&mut self) {
        let body: Map<_, _> = json!({ "n": self.chance }).as_object().expect("an object").clone();
        let salt = Salt(self.draw());
        let (office, me) = (self.office.clone(), self.me);
        let life = self.lives.get_mut(&me).and_then(|lives| lives.last_mut()).expect("a life");
        let head = life.head(&office, me);
        let mut entry = Entry {
            office,
            origin: me,
            incarnation: life.incarnation,
            number: head.number + 1,
            hash: head.hash,
            schema: SCHEMA,
            kind: "test".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            commitment: Commitment::of(salt, &body),
            salt: Some(salt),
            body,
        };
        entry.hash = head.hash.next(&entry.link());
        life.entries.push(entry);
    }

    /// Every place that is here, but for the lives whose copies differ.
    pub(super) fn places(&self) -> Vec<(Side, Incarnation, ChainHash)> {
        let whole = |(side, lives): (&Side, &Vec<Life>)| {
            let side = *side;
            let whole = lives.iter().filter(|life| !life.forked).flat_map(|life| &life.entries);
            whole.map(move |entry| (side, entry.incarnation, entry.hash)).collect::<Vec<_>>()
        };
        self.lives.iter().flat_map(whole).collect()
    }

    /// All whole lives of a side, in the order of their names, and the present one.
    pub(super) fn known(&mut self, of: Side) -> (Vec<Cursor>, Option<Cursor>) {
        let forked = self.forked().expect("kept");
        let mut lives = self.lives(of).expect("kept");
        let present = lives.last().copied();
        lives.retain(|life| !forked.contains(&life.incarnation));
        lives.sort_by_key(|life| life.incarnation);
        (lives, present)
    }

    fn find(&mut self, of: Side, life: Incarnation) -> Option<&mut Life> {
        self.lives.get_mut(&of).and_then(|lives| lives.iter_mut().find(|known| known.incarnation == life))
    }
}

impl Log for Memory {
    type Error = Refusal;

    fn me(&self) -> Side {
        self.me
    }

    fn office(&self) -> &OfficeId {
        &self.office
    }

    fn lives(&mut self, of: Side) -> Result<Vec<Cursor>, Refusal> {
        Ok(self.lives[&of].iter().map(|life| life.head(&self.office, of)).collect())
    }

    fn hash_at(&mut self, of: Side, life: Incarnation, number: u64) -> Result<Option<ChainHash>, Refusal> {
        let Some(before) = number.checked_sub(1) else {
            return Ok(Some(ChainHash::genesis(&self.office, of, life)));
        };
        let place = usize::try_from(before).unwrap_or(usize::MAX);
        Ok(self.find(of, life).and_then(|life| Some(life.entries.get(place)?.hash)))
    }

    fn store(&mut self, of: Side, entries: &[Entry]) -> Result<(), Refusal> {
        let Some(first) = entries.first() else { return Ok(()) };
        let (office, life) = (self.office.clone(), self.find(of, first.incarnation).expect("only lives that were met"));
        assert_eq!(first.number, life.head(&office, of).number + 1, "only what follows is stored");
        life.entries.extend_from_slice(entries);
        Ok(())
    }

    fn meet(&mut self, of: Side, life: Incarnation, present: bool) -> Result<(), Refusal> {
        assert!(self.find(of, life).is_none(), "met twice");
        let lives = self.lives.get_mut(&of).expect("both sides are there");
        let place = if present { lives.len() } else { 0 };
        lives.insert(place, Life { incarnation: life, entries: Vec::new(), forked: false });
        Ok(())
    }

    fn go_on(&mut self, of: Side, life: Incarnation) -> Result<(), Refusal> {
        let lives = self.lives.get_mut(&of).expect("both sides are there");
        let place = lives.iter().position(|known| known.incarnation == life).expect("a known life");
        let present = lives.remove(place);
        lives.push(present);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Refusal> {
        let life = Incarnation::from_bits(u128::from_be_bytes(self.draw()));
        self.acked = 0;
        self.meet(self.me, life, true)
    }

    fn doubt(&mut self) -> Result<(), Refusal> {
        self.set_mode(Mode::Unproven)
    }

    fn since(&mut self, of: Side, life: Incarnation, after: u64, limits: Limits) -> Result<Vec<Entry>, Refusal> {
        let entries = self.find(of, life).map(|life| &life.entries[..]).unwrap_or_default();
        // Batches of three, so that more than one is needed now and then.
        let most = limits.entries.min(3);
        Ok(entries.iter().filter(|entry| entry.number > after).take(most).cloned().collect())
    }

    fn acked(&mut self) -> Result<u64, Refusal> {
        Ok(self.acked)
    }

    fn set_acked(&mut self, number: u64) -> Result<(), Refusal> {
        self.acked = number;
        Ok(())
    }

    fn forked(&mut self) -> Result<Vec<Incarnation>, Refusal> {
        let all = self.lives.values().flatten();
        Ok(all.filter(|life| life.forked).map(|life| life.incarnation).collect())
    }

    fn mark_forked(&mut self, life: Incarnation) -> Result<(), Refusal> {
        for side in [Side::Booking, Side::Box] {
            if let Some(life) = self.find(side, life) {
                life.forked = true;
            }
        }
        Ok(())
    }

    fn is_apart(&mut self) -> Result<bool, Refusal> {
        Ok(self.apart)
    }

    fn set_apart(&mut self, apart: bool) -> Result<(), Refusal> {
        self.apart = apart;
        Ok(())
    }

    fn mode(&mut self) -> Result<Mode, Refusal> {
        Ok(self.mode)
    }

    fn set_mode(&mut self, mode: Mode) -> Result<(), Refusal> {
        self.mode = mode;
        Ok(())
    }

    fn nonce(&mut self) -> Result<Option<Nonce>, Refusal> {
        Ok(self.nonce)
    }

    fn set_nonce(&mut self, nonce: Nonce) -> Result<(), Refusal> {
        self.nonce = Some(nonce);
        Ok(())
    }

    fn draw_nonce(&mut self) -> Result<Nonce, Refusal> {
        Ok(Nonce(self.draw()))
    }
}
