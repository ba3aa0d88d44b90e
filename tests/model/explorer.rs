//! Breadth first through all states, each once; so the first story found is among the shortest.
//!
//! What must always hold: a state is kept whole, never as a hash alone, so that two states are
//! never taken for one.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

/// The most states one exploration keeps: about 50 bytes each.
const MAX_STATES: usize = 300_000_000;

/// All states seen, in the order they were found, each with the state it was reached from.
pub(crate) struct Seen<S> {
    states: Vec<S>,
    parents: Vec<u32>,
    /// Open addressing: positions in `states` plus one, 0 for empty; a power of two long.
    table: Vec<u32>,
}

impl<S: Copy + Eq + Hash> Seen<S> {
    /// Begins with one state.
    pub(crate) fn new(start: S) -> Self {
        let mut seen = Self { states: Vec::new(), parents: Vec::new(), table: vec![0; 1 << 12] };
        seen.add(start, 0);
        seen
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    pub(crate) fn get(&self, position: usize) -> S {
        self.states[position]
    }

    /// Whether the state was new.
    pub(crate) fn add(&mut self, state: S, parent: u32) -> bool {
        let slot = self.slot(&state);
        if self.table[slot] != 0 {
            return false;
        }
        assert!(self.states.len() < MAX_STATES, "these bounds have more than {MAX_STATES} states");
        self.states.push(state);
        self.parents.push(parent);
        self.table[slot] = u32::try_from(self.states.len()).expect("fewer than the limit");
        // Two thirds full at most.
        if self.states.len() * 3 > self.table.len() * 2 {
            self.grow();
        }
        true
    }

    /// The states from the start to this one.
    pub(crate) fn path(&self, position: usize) -> Vec<S> {
        let mut path = vec![self.states[position]];
        let mut at = position;
        while at != 0 {
            at = self.parents[at] as usize;
            path.push(self.states[at]);
        }
        path.reverse();
        path
    }

    /// Where the state is, or the empty slot where it belongs.
    fn slot(&self, state: &S) -> usize {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(state);
        let mask = self.table.len() - 1;
        let mut slot = usize::try_from(hash & mask as u64).expect("masked");
        while let Some(position) = (self.table[slot] as usize).checked_sub(1) {
            if self.states[position] == *state {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 2];
        for position in 0..self.states.len() {
            let slot = self.slot(&self.states[position]);
            self.table[slot] = u32::try_from(position + 1).expect("fewer than the limit");
        }
    }
}
