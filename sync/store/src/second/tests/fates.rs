//! Random fates of a store: sales, restarts, sticks that come and go, older copies put in place.
//!
//! What must always hold: a start that missed a sale says so, one that missed nothing does not;
//! whatever was on the stick is in the journal after the start; a stick that is there has
//! everything.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::entry::Entry;
use tempfile::TempDir;

use super::double::Wrong;
use super::world::{World, office};
use crate::second::{self, Opened, SecondState};
use crate::{StoreError, standing};

#[derive(Clone, Copy, Debug)]
enum Act {
    Sell,
    Hall,
    Restart,
    Kill,
    Plug,
    Pull,
    Copy,
    /// Puts the copy of this place among all in place.
    RollBack(prop::sample::Index),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        5 => Just(Act::Sell),
        3 => Just(Act::Hall),
        1 => Just(Act::Restart),
        1 => Just(Act::Kill),
        2 => Just(Act::Plug),
        1 => Just(Act::Pull),
        2 => Just(Act::Copy),
        2 => any::<prop::sample::Index>().prop_map(Act::RollBack),
    ]
}

/// A store and what the world was told by it.
struct Fate {
    world: World,
    told: Vec<Entry>,
    copies: Vec<(TempDir, usize)>,
    /// Own entries that some copy lost and the stick did not bring back.
    plugged: bool,
}

impl Fate {
    fn new() -> Self {
        Self { world: World::new(), told: Vec::new(), copies: Vec::new(), plugged: true }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Sell => self.told.push(self.world.sell()),
            Act::Hall => self.told.push(self.world.write("hall.called").expect("written")),
            Act::Restart => self.start(&[]),
            Act::Kill => {
                let kill = self.files();
                self.world.roll_back(&kill);
                self.start(&[]);
            }
            Act::Plug => self.plug(),
            Act::Pull => {
                self.world.stick.becomes(Wrong::Gone);
                self.plugged = false;
            }
            Act::Copy => self.copies.push((self.world.copy(), self.told.len())),
            Act::RollBack(which) if !self.copies.is_empty() => self.roll_back(which.index(self.copies.len())),
            Act::RollBack(_) => {}
        }
    }

    /// A stick that knows more wants a start.
    fn plug(&mut self) {
        self.world.stick.becomes(Wrong::Nothing);
        self.plugged = true;
        if self.world.flushed() != SecondState::Good {
            self.start(&[]);
        }
        assert_eq!(self.world.flushed(), SecondState::Good);
        assert_eq!(self.world.on_stick(), self.world.journal());
    }

    /// The files as a kill leaves them: no last checkpoint, no goodbye.
    fn files(&self) -> TempDir {
        let files = tempfile::tempdir().expect("a folder");
        for name in ["store.db", "store.db-wal"] {
            let from = self.world.dir.path().join(name);
            if from.exists() {
                std::fs::copy(from, files.path().join(name)).expect("copied");
            }
        }
        files
    }

    fn roll_back(&mut self, which: usize) {
        let lost = self.told.split_off(self.copies[which].1);
        // Facts of the hall alone leave no trace but on the stick and at the peer.
        if !self.plugged && !lost.iter().any(|entry| entry.kind == "booked") && !lost.is_empty() {
            self.told.extend(lost);
            return;
        }
        let _kept_up = self.world.flushed();
        self.copies.truncate(which + 1);
        self.world.roll_back(&self.copies[which].0);
        self.start(&lost);
    }

    fn start(&mut self, lost: &[Entry]) {
        self.world.stop();
        let on_stick = if self.plugged { self.world.on_stick() } else { Vec::new() };
        let there = |fate: &Self, entry: &Entry| fate.world.journal().iter().any(|(_, found)| found == entry);
        let opened = self.world.start();
        if lost.iter().any(|entry| entry.kind == "booked" || entry.kind == "settled") {
            assert!(matches!(opened, Opened::Restored { .. }), "{} entries are missed", lost.len());
        }
        for (_position, entry) in &on_stick {
            assert!(there(self, entry), "entry {} was on the stick", entry.number);
        }
        for entry in &self.told {
            assert!(there(self, entry), "entry {} was told and never rolled back", entry.number);
        }
        match opened {
            Opened::Normal => assert!(lost.is_empty() || on_stick.is_empty()),
            Opened::Restored { imported_from, .. } => {
                let news = imported_from.is_some();
                assert!(news || !lost.is_empty(), "nothing was lost and nothing came");
                self.settle();
            }
        }
    }

    fn settle(&mut self) {
        let settled = self.world.db().write_blocking(|tx| {
            second::applied(tx)?;
            standing::set_settled(tx, &office())
        });
        settled.expect("settled");
        // What came back from the stick is part of what the world knows.
        self.told = self.world.journal().into_iter().map(|(_, entry)| entry).collect();
        self.told.push(self.world.write("settled").expect("written"));
        // A copy of a time before means another story from here on.
        let told = self.told.len();
        self.copies.retain(|(_, upto)| *upto < told);
        let again: Result<_, StoreError> = self.world.db().read_blocking(|tx| standing::restored(tx, &office()));
        assert_eq!(again.expect("readable"), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_start_knows_what_it_missed_and_loses_nothing_that_is_on_the_stick(acts in vec(act(), 1..30)) {
        let mut fate = Fate::new();
        for act in acts {
            fate.act(act);
        }
        fate.plug();
    }
}
