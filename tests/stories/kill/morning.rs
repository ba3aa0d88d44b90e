//! The script of the morning: who comes, who is called, who is sent for a paper.
//!
//! What must always hold: only what was told decides what happens next, and no key is pressed
//! for a second thing within the time in which the box takes it for the same press.

use std::collections::BTreeMap;

use fixture::clock;
use jiff::{SignedDuration, Timestamp};
use names::Code;

use super::errand::Errand;
use super::history::{Answer, Press, Told};
use fixture::Chance;

/// Within 5 s a second press of the same key is the same press; a bit more is safe.
const KEY_RESTS: SignedDuration = SignedDuration::from_millis(5500);
/// Fewer than a counter page lists, so that a page shows everybody.
const HALL_IS_FULL: usize = 30;

/// A key: the terminal or the counter, and its name.
type Key = (u8, &'static str);

/// What a counter is doing, as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Free,
    Called(Code),
    Serving(Code),
}

/// The script.
#[derive(Debug)]
pub(crate) struct Morning {
    chance: Chance,
    terminals: u8,
    counters: BTreeMap<u8, Doing>,
    /// Booked and not here yet: what the QR code says, and the PIN.
    booked: Vec<(String, Code)>,
    away: Vec<Code>,
    waiting: usize,
    presses: u64,
    rests: BTreeMap<Key, Timestamp>,
    /// Answered presses, for whoever does not believe the answer.
    answered: Vec<Press>,
}

impl Morning {
    pub(crate) fn new(seed: u64, terminals: u8, counters: u8, booked: Vec<(String, Code)>) -> Self {
        let counters = (1..=counters).map(|counter| (counter, Doing::Free)).collect();
        Self {
            chance: Chance::new(seed),
            terminals,
            counters,
            booked,
            away: Vec::new(),
            waiting: 0,
            presses: 0,
            rests: BTreeMap::new(),
            answered: Vec::new(),
        }
    }

    pub(crate) fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    /// Everything that happens at about the same time; nobody twice, no key twice.
    pub(crate) fn next_errands(&mut self) -> Vec<Errand> {
        let mut errands = self.comers();
        let counters: Vec<u8> = self.counters.keys().copied().collect();
        for counter in counters {
            if self.chance.happens(40) {
                errands.extend(self.press(counter).map(Errand::Act));
            }
        }
        if let Some(press) = self.chance.one_of(&self.answered) {
            errands.push(Errand::Act(press.clone()));
        }
        errands
    }

    fn comers(&mut self) -> Vec<Errand> {
        let mut errands = Vec::new();
        if self.chance.happens(60)
            && let Some((line, code)) = self.booked.pop()
        {
            errands.push(Errand::Scan { line, code });
        }
        // The entrance terminal has the scanner, the last one is for those who come back.
        for terminal in 2..self.terminals {
            let room = self.waiting + errands.len() < HALL_IS_FULL;
            if room && self.chance.happens(60) && self.rested((terminal, "number")) {
                let press = self.next_id("number");
                errands.push(Errand::Number { terminal, press });
            }
        }
        if let Some(code) = self.away.pop() {
            errands.push(Errand::Type { terminal: self.terminals, code });
        }
        errands
    }

    fn press(&mut self, counter: u8) -> Option<Press> {
        let keys: &[&'static str] = match self.counters.get(&counter)? {
            Doing::Free => &["call-next"],
            Doing::Called(_) => &["is-here", "is-here", "recall", "missed", "finish", "comes-back"],
            Doing::Serving(_) => &["finish", "finish-and-next", "finish-and-next", "comes-back"],
        };
        let act = *self.chance.one_of(keys)?;
        self.rested((counter, act)).then(|| Press { counter, act: act.to_owned(), id: self.next_id(act) })
    }

    /// Whether a key may be pressed for something new; then it is.
    fn rested(&mut self, key: Key) -> bool {
        let now = clock::now();
        let rested = self.rests.get(&key).is_none_or(|last| now.duration_since(*last) > KEY_RESTS);
        if rested {
            self.rests.insert(key, now);
        }
        rested
    }

    fn next_id(&mut self, what: &str) -> String {
        self.presses += 1;
        format!("{what}-{:06}", self.presses)
    }

    /// Somebody was told something.
    pub(crate) fn heard(&mut self, told: &Told) {
        match told {
            Told::Number { .. } | Told::Greeted(_) => self.waiting += 1,
            Told::Answered(press, answer) => self.answer(press, answer),
            Told::Back { hall, .. } | Told::Quiet(hall) => self.waiting = hall.waiting.len(),
        }
    }

    fn answer(&mut self, press: &Press, answer: &Answer) {
        if self.answered.contains(press) {
            return;
        }
        self.answered.push(press.clone());
        // The box may have decided it just now, however long ago it was first sent.
        if let Some(key) = self.rests.iter_mut().find(|(key, _)| key.0 == press.counter && key.1 == press.act) {
            *key.1 = clock::now();
        }
        let doing = self.counters.get(&press.counter).copied().unwrap_or(Doing::Free);
        let next = match (press.act.as_str(), answer, doing) {
            (_, Answer::Called(code), _) => Doing::Called(*code),
            (_, Answer::Recalled(_) | Answer::Refused(_), doing) => doing,
            ("is-here", Answer::Done, Doing::Called(code)) => Doing::Serving(code),
            ("missed" | "comes-back", Answer::Done, Doing::Called(code) | Doing::Serving(code)) => {
                self.away.push(code);
                Doing::Free
            }
            (_, Answer::NobodyWaits | Answer::Done, _) => Doing::Free,
        };
        self.counters.insert(press.counter, next);
    }
}
