//! Which press was answered how: the same press is the same press.
//!
//! What must always hold: the same id at the same key gets the same answer; so does any press
//! of the same key shortly after the one that was decided (a human double press),
//! and then its id gets that answer for good. Bounded: the oldest presses are forgotten.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::PressId;
use crate::clock_set::Shift;
use crate::limits::{PRESSES_KEPT, SAME_PRESS};

/// The answered presses of one counter or one terminal; `K` tells its keys apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Presses<K, A> {
    answers: BTreeMap<(K, PressId), A>,
    /// Oldest first.
    order: VecDeque<(K, PressId)>,
    /// The last decided press of each key, while a second one would be the same.
    decided: BTreeMap<K, (Timestamp, A)>,
    /// How long a second press is the same press.
    same: SignedDuration,
}

/// A press that was seen before.
pub(crate) enum Seen<A> {
    /// The very same press: nothing to record.
    Same(A),
    /// Another id, but the same press: its id has to be remembered too.
    Double(A),
}

impl<K, A> Default for Presses<K, A> {
    fn default() -> Self {
        Self::within(SAME_PRESS)
    }
}

impl<K, A> Presses<K, A> {
    /// Nothing pressed yet; a second press within `same` will be the same press.
    pub(crate) fn within(same: SignedDuration) -> Self {
        Self { answers: BTreeMap::new(), order: VecDeque::new(), decided: BTreeMap::new(), same }
    }
}

impl<K: Ord + Clone, A: Clone> Presses<K, A> {
    /// The answer this press got before, if it did.
    pub(crate) fn seen(&self, key: &K, press: &PressId, at: Timestamp) -> Option<Seen<A>> {
        if let Some(answer) = self.answers.get(&(key.clone(), press.clone())) {
            return Some(Seen::Same(answer.clone()));
        }
        let (decided, answer) = self.decided.get(key)?;
        is_double(*decided, at, self.same).then(|| Seen::Double(answer.clone()))
    }

    /// Remembers an answered press.
    pub(crate) fn keep(&mut self, key: K, press: PressId, answer: A, at: Timestamp) {
        let same = self.same;
        self.decided.retain(|_, (decided, _)| is_double(*decided, at, same));
        self.decided.entry(key.clone()).or_insert_with(|| (at, answer.clone()));
        if self.answers.insert((key.clone(), press.clone()), answer).is_none() {
            self.order.push_back((key, press));
        }
        while self.order.len() > PRESSES_KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.answers.remove(&oldest);
            }
        }
    }

    /// The clock was set: what it gave moves along.
    pub(crate) fn shift(&mut self, shift: Shift) {
        self.decided.values_mut().for_each(|(decided, _)| shift.moves(decided));
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.answers.len()
    }
}

fn is_double(decided: Timestamp, at: Timestamp, same: SignedDuration) -> bool {
    let between = at.duration_since(decided);
    !between.is_negative() && between < same
}
