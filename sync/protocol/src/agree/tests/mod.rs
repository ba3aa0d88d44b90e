//! Decisions without a disk: two logs in memory, a line that loses and repeats, and copies of
//! either end that come back at any moment.

mod memory;

use jiff::Timestamp;
use names::Side;
use proptest::prelude::*;

use self::memory::Memory;
use super::{
    Found, Log, Mode, Next, absorb, absorb_rejoin, answer, answer_rejoin, enrol, enrolled, heed, prepare,
    prepare_rejoin,
};
use crate::exchange::{Lives, Refusal};

/// What the wire does with a message.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    RequestLost,
    AnswerLost,
    Twice,
}

#[derive(Clone, Debug)]
enum Act {
    Write { end: usize, count: usize },
    Connect { fates: Vec<Fate> },
    Backup { end: usize },
    Restore { end: usize, which: usize },
}

#[derive(Debug, PartialEq, Eq)]
enum Reached {
    Synced,
    Lost,
    Person(Refusal),
}

const SERVER: usize = 0;
const BOX: usize = 1;

struct World {
    ends: [Memory; 2],
    backups: [Vec<Memory>; 2],
    restored: bool,
}

/// Runs a step on a copy, which counts only if nothing was refused: a transaction.
fn transact<T>(end: &mut Memory, step: impl FnOnce(&mut Memory) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let mut copy = end.clone();
    let outcome = step(&mut copy);
    end.chance = copy.chance;
    if outcome.is_ok() {
        *end = copy;
    }
    outcome
}

/// A restore is settled as soon as nothing more can be found.
fn settle(end: &mut Memory, done: bool) -> Result<(), Refusal> {
    if done && end.mode()? == Mode::Unproven { end.set_mode(Mode::Active) } else { Ok(()) }
}

/// Own entries come back only to a store that doubts itself, and never into the life it writes in.
fn knew_that_it_had_lost(end: &mut Memory, found: &Found, sure: bool) {
    let me = end.me();
    let present = end.present(me).expect("kept").expect("begun").incarnation;
    assert!(found.own.is_empty() || !sure, "{me:?} got back what it did not know it had lost");
    assert!(found.own.iter().all(|entry| entry.incarnation != present), "{me:?} got entries into its present life");
}

impl World {
    fn new() -> Self {
        Self { ends: Memory::pair(), backups: [Vec::new(), Vec::new()], restored: false }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Write { end, count } => (0..*count).for_each(|_| self.ends[*end].append()),
            Act::Connect { fates } => match self.connect(fates) {
                Reached::Synced | Reached::Lost => {}
                Reached::Person(refusal) => self.needs_a_person(&refusal),
            },
            Act::Backup { end } => self.backups[*end].push(self.ends[*end].clone()),
            Act::Restore { end, which } => {
                let backups = &self.backups[*end];
                let Some(backup) = backups.get(*which % backups.len().max(1)) else { return };
                let chance = self.ends[*end].chance;
                self.ends[*end] = backup.clone();
                self.ends[*end].chance = chance;
                self.restored = true;
            }
        }
    }

    fn needs_a_person(&self, refusal: &Refusal) {
        assert!(self.restored, "nobody was restored: {refusal}");
        assert!(matches!(refusal, Refusal::Fork { .. } | Refusal::Rejoin), "{refusal}");
    }

    fn connect(&mut self, fates: &[Fate]) -> Reached {
        let mut fates = fates.iter().copied();
        let (mut rejoining, mut told): (Option<Option<Lives>>, bool) = (None, false);
        for _message in 0..200 {
            let fate = fates.next().unwrap_or(Fate::Arrives);
            let outcome = match rejoining.take() {
                None => self.exchange(fate),
                Some(heard) => self.rejoin(heard.as_ref(), fate).map(|round| {
                    round.map(|(lives, done)| {
                        told |= done;
                        rejoining = (!done).then_some(Some(lives));
                        false
                    })
                }),
            };
            match outcome {
                Ok(None) => return Reached::Lost,
                Ok(Some(true)) => return Reached::Synced,
                Ok(Some(false)) => {}
                Err(Refusal::Rejoin) if told => return Reached::Person(Refusal::Rejoin),
                Err(refusal) => match heed(&mut self.ends[BOX], &refusal).expect("heeded") {
                    Next::Again => self.adopt(&refusal),
                    Next::Rejoin => rejoining = Some(None),
                    Next::Person => return Reached::Person(refusal),
                },
            }
        }
        panic!("two hundred messages were not enough");
    }

    fn adopt(&mut self, refusal: &Refusal) {
        if let Refusal::BadNonce { due: Some(due) } = refusal {
            self.ends[BOX].set_nonce(*due).expect("kept");
        }
    }

    /// One exchange: nothing if it got lost, else whether both know all.
    fn exchange(&mut self, fate: Fate) -> Result<Option<bool>, Refusal> {
        let request = prepare(&mut self.ends[BOX], None)?;
        let serve =
            |server: &mut Memory| answer(server, &request, Timestamp::UNIX_EPOCH, None).map(|(_new, reply)| reply);
        let Some(reply) = travel(&mut self.ends[SERVER], fate, serve) else { return Ok(None) };
        let reply = reply?;
        transact(&mut self.ends[BOX], |end| absorb(end, &reply))?;
        let after = prepare(&mut self.ends[BOX], None)?;
        Ok(Some(after.batch.entries.is_empty() && after.ack == request.ack))
    }

    fn rejoin(&mut self, heard: Option<&Lives>, fate: Fate) -> Result<Option<(Lives, bool)>, Refusal> {
        let request = prepare_rejoin(&mut self.ends[BOX], heard)?;
        let serve = |server: &mut Memory| {
            let sure = server.mode()? == Mode::Active;
            let (found, told) = answer_rejoin(server, &request, Timestamp::UNIX_EPOCH)?;
            knew_that_it_had_lost(server, &found, sure);
            settle(server, found.done)?;
            Ok(told)
        };
        let Some(told) = travel(&mut self.ends[SERVER], fate, serve) else { return Ok(None) };
        let told = told?;
        let found = transact(&mut self.ends[BOX], |end| {
            let sure = end.mode()? == Mode::Active;
            let found = absorb_rejoin(end, &told)?;
            knew_that_it_had_lost(end, &found, sure);
            settle(end, found.done)?;
            Ok(found)
        })?;
        Ok(Some((told.lives, found.done)))
    }

    /// A person brings a code, and the box asks with a new life.
    fn enrol(&mut self) {
        let [server, appliance] = &mut self.ends;
        appliance.begin().expect("begun");
        let life = appliance.present(Side::Box).expect("kept").expect("begun").incarnation;
        let rejoin = transact(server, |server| enrol(server, life)).expect("a code lets in whoever has it");
        let nonce = server.draw_nonce().expect("chance");
        server.set_nonce(nonce).expect("kept");
        server.set_acked(0).expect("kept");
        appliance.set_nonce(nonce).expect("kept");
        let of_server = server.present(Side::Booking).expect("kept").expect("begun").incarnation;
        let forked = server.forked().expect("kept");
        if enrolled(appliance, of_server, rejoin, &forked).expect("kept") {
            appliance.doubt().expect("kept");
        }
    }

    fn make_peace(&mut self) {
        for _code in 0..6 {
            match self.connect(&[]) {
                Reached::Synced => return,
                Reached::Lost => panic!("nothing was lost"),
                Reached::Person(refusal) => {
                    self.needs_a_person(&refusal);
                    self.enrol();
                }
            }
        }
        panic!("six codes were not enough");
    }
}

/// What the server answers to a message, once or twice; nothing if either way lost it.
fn travel<T>(
    server: &mut Memory,
    fate: Fate,
    serve: impl Fn(&mut Memory) -> Result<T, Refusal>,
) -> Option<Result<T, Refusal>> {
    let mut serve = || {
        let outcome = transact(server, &serve);
        if let Err(refusal) = &outcome {
            heed(server, refusal).expect("heeded");
        }
        outcome
    };
    match fate {
        Fate::Arrives => Some(serve()),
        Fate::RequestLost => None,
        Fate::AnswerLost => {
            drop(serve());
            None
        }
        Fate::Twice => {
            let first = serve();
            drop(serve());
            Some(first)
        }
    }
}

fn act() -> impl Strategy<Value = Act> {
    let fate = prop_oneof![
        4 => Just(Fate::Arrives),
        1 => Just(Fate::RequestLost),
        1 => Just(Fate::AnswerLost),
        1 => Just(Fate::Twice),
    ];
    prop_oneof![
        4 => (0..2_usize, 1..5_usize).prop_map(|(end, count)| Act::Write { end, count }),
        5 => prop::collection::vec(fate, 0..6).prop_map(|fates| Act::Connect { fates }),
        2 => (0..2_usize).prop_map(|end| Act::Backup { end }),
        2 => (0..2_usize, 0..4_usize).prop_map(|(end, which)| Act::Restore { end, which }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_back_both_ends_know_the_same_in_the_end(acts in prop::collection::vec(act(), 1..50)) {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        let had: Vec<_> = world.ends.iter().flat_map(Memory::places).collect();
        world.make_peace();
        for side in [Side::Booking, Side::Box] {
            let [server, appliance] = &mut world.ends;
            prop_assert_eq!(server.known(side), appliance.known(side), "both know the same of {:?}", side);
        }
        let forked = world.ends[BOX].forked().expect("kept");
        for end in &mut world.ends {
            prop_assert_eq!(end.mode(), Ok(Mode::Active));
            let has = end.places();
            for place in had.iter().filter(|(_side, life, _hash)| !forked.contains(life)) {
                prop_assert!(has.contains(place), "{place:?} is lost");
            }
            end.append();
        }
        prop_assert_eq!(world.connect(&[]), Reached::Synced, "and the line goes on");
    }

    #[test]
    fn without_a_restore_nobody_ever_starts_again(acts in prop::collection::vec(act(), 1..50)) {
        let mut world = World::new();
        for act in acts.iter().filter(|act| !matches!(act, Act::Restore { .. })) {
            world.act(act);
        }
        world.make_peace();
        for side in [Side::Booking, Side::Box] {
            prop_assert_eq!(world.ends[SERVER].known(side).0.len(), 1);
        }
    }
}
