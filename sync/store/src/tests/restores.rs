//! Older copies of the database come back, on either end, without anybody saying so: in the end
//! both know the same, and nothing is lost that one of them still had.

use std::collections::BTreeSet;

use names::{Incarnation, Side};
use proptest::prelude::*;
use protocol::agree::Mode;
use protocol::exchange::Refusal;
use tempfile::TempDir;

use super::line::{Fate, Reached};
use super::world::{Pair, office};
use crate::journal;

#[derive(Clone, Debug)]
enum Act {
    Write { side: Side, count: u64 },
    Connect { fates: Vec<Fate> },
    Crash { side: Side },
    Backup { side: Side },
    Restore { side: Side, which: usize },
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Arrives),
        1 => Just(Fate::RequestLost),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Twice),
        1 => Just(Fate::SecondAnswer),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let side = || prop_oneof![Just(Side::Booking), Just(Side::Box)];
    prop_oneof![
        4 => (side(), 1..4_u64).prop_map(|(side, count)| Act::Write { side, count }),
        5 => prop::collection::vec(fate(), 0..6).prop_map(|fates| Act::Connect { fates }),
        1 => side().prop_map(|side| Act::Crash { side }),
        2 => side().prop_map(|side| Act::Backup { side }),
        2 => (side(), 0..4_usize).prop_map(|(side, which)| Act::Restore { side, which }),
    ]
}

struct World {
    pair: Pair,
    backups: [Vec<TempDir>; 2],
    restored: bool,
}

impl World {
    fn new() -> Self {
        Self { pair: Pair::new(), backups: [Vec::new(), Vec::new()], restored: false }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Write { side, count } => drop(self.pair.end(*side).append(1..=*count)),
            Act::Connect { fates } => match self.pair.connect(fates) {
                Reached::Synced | Reached::Lost => {}
                Reached::Person(refusal) => self.is_a_fork(&refusal),
            },
            Act::Crash { side } => self.pair.end(*side).crash(),
            Act::Backup { side } => {
                let copy = self.pair.end(*side).copy();
                self.backups[*side as usize].push(copy);
            }
            Act::Restore { side, which } => {
                let backups = &self.backups[*side as usize];
                let Some(backup) = backups.get(*which % backups.len().max(1)) else { return };
                let files = duplicate(backup);
                self.pair.end(*side).restore(files);
                self.restored = true;
            }
        }
    }

    /// Only a copy that went on without knowing what it is may come to this.
    fn is_a_fork(&self, refusal: &Refusal) {
        assert!(self.restored, "without a restore: {refusal}");
        let needs_a_code = matches!(
            refusal,
            Refusal::Fork { .. } | Refusal::Rejoin | Refusal::Replaced | Refusal::BadSignature | Refusal::NotEnrolled
        );
        assert!(needs_a_code, "{refusal}");
    }

    /// The line works again; whoever is asked for a code gets one.
    fn make_peace(&self) {
        let codes = ["code 1", "code 2", "code 3", "code 4", "code 5", "code 6"];
        for code in codes {
            match self.pair.connect(&[]) {
                Reached::Synced => return,
                Reached::Lost => panic!("nothing was lost"),
                Reached::Person(refusal) => {
                    self.is_a_fork(&refusal);
                    self.pair.enrol(code).expect("a new code lets in whoever has it");
                }
            }
        }
        panic!("{} codes were not enough", codes.len());
    }

    fn forked(&self) -> BTreeSet<Incarnation> {
        let of = |end: &crate::tests::world::End| end.step(|tx| Ok(journal::forked(tx, &office())?)).expect("readable");
        of(&self.pair.server).into_iter().chain(of(&self.pair.appliance)).collect()
    }
}

fn duplicate(backup: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for file in std::fs::read_dir(backup.path()).expect("a folder") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("copied");
    }
    copy
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_back_both_ends_know_the_same_in_the_end(acts in prop::collection::vec(act(), 1..40)) {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        let ends = [&world.pair.server, &world.pair.appliance];
        let had: Vec<_> = ends.iter().flat_map(|end| end.entries()).collect();
        world.make_peace();
        let forked = world.forked();
        for end in ends {
            prop_assert_eq!(end.mode(), Mode::Active);
            let has = end.entries();
            for entry in had.iter().filter(|entry| !forked.contains(&entry.incarnation)) {
                prop_assert!(has.contains(entry), "{entry:?} is lost at {:?}", end.side);
            }
        }
        for side in [Side::Booking, Side::Box] {
            let sorted = |end: &crate::tests::world::End| {
                let mut lives = end.lives(side);
                let present = lives.last().copied();
                lives.sort_by_key(|life| life.incarnation);
                (lives, present)
            };
            prop_assert_eq!(sorted(ends[0]), sorted(ends[1]), "both know the same of {:?}", side);
        }
        for end in ends {
            end.append([1]);
        }
        prop_assert_eq!(world.pair.connect(&[]), Reached::Synced, "and the line goes on");
    }
}
