//! "Verloren 0, doppelt 0": compares what people were told with what the box does.
//!
//! ```text
//!   mails, terminal ──told──┐
//!                           ├─► Tally ─► lost, doubled
//!   box: hall, acks ──seen──┘
//! ```
//!
//! What must always hold: nothing is assumed. A promise counts as kept only when the box was seen
//! to keep it; a picture of the hall that is older than the promise settles nothing. Pure: no
//! clock, no wire.

use std::collections::{BTreeMap, BTreeSet};

use names::Code;
use serde::Serialize;

/// Pictures of the hall that may miss a code, or show it at two counters, before it counts: each
/// counter's page is sent by itself, so one may be a step behind the others.
const PATIENCE: u8 = 3;

/// What somebody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// By mail: your appointment is booked. The box may not know it yet.
    Booked,
    /// By the terminal: you are in the queue.
    InQueue,
}

/// Everybody who is in the hall, as the box shows it at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hall {
    /// Who waits.
    pub(crate) waiting: BTreeSet<Code>,
    /// Who is called or served, and at which counter.
    pub(crate) at_counter: Vec<(u8, Code)>,
}

/// The count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    people: BTreeMap<Code, Person>,
    /// Which code each press gave.
    presses: BTreeMap<String, BTreeSet<Code>>,
    /// In how many pictures in a row a code was at two counters.
    at_two: BTreeMap<Code, u8>,
    /// Codes that really were at two counters at once.
    torn: BTreeSet<Code>,
    /// Presses that gave more than one person.
    overgiven: BTreeSet<String>,
    /// Booked, and yet the terminal knew nothing of it.
    turned_away: BTreeSet<Code>,
}

#[derive(Clone, Copy, Debug)]
struct Person {
    promise: Promise,
    missing: u8,
    reached_counter: bool,
}

/// What the visitor of the show-room sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// People who were promised a place and have none.
    pub(crate) lost: usize,
    /// People called by two counters, and presses that gave two people.
    pub(crate) doubled: usize,
}

impl Tally {
    /// Somebody was told something. The stronger promise stays.
    pub(crate) fn told(&mut self, code: Code, promise: Promise) {
        let person = self.people.entry(code).or_insert(Person { promise, missing: 0, reached_counter: false });
        if promise == Promise::InQueue {
            self.turned_away.remove(&code);
            if person.promise == Promise::Booked {
                (person.promise, person.missing) = (promise, 0);
            }
        }
    }

    /// The terminal did not let in somebody whose booking was confirmed.
    pub(crate) fn turned_away(&mut self, code: Code) {
        if self.people.contains_key(&code) {
            self.turned_away.insert(code);
        }
    }

    /// The box gave a person for a press.
    pub(crate) fn gave(&mut self, press: &str, code: Code) {
        let given = self.presses.entry(press.to_owned()).or_default();
        given.insert(code);
        if given.len() > 1 {
            self.overgiven.insert(press.to_owned());
        }
    }

    /// The hall was seen.
    pub(crate) fn saw(&mut self, hall: &Hall) {
        let mut counters: BTreeMap<Code, BTreeSet<u8>> = BTreeMap::new();
        for (counter, code) in &hall.at_counter {
            counters.entry(*code).or_default().insert(*counter);
        }
        self.at_two.retain(|code, _| counters.get(code).is_some_and(|at| at.len() > 1));
        for code in counters.iter().filter(|(_, at)| at.len() > 1).map(|(code, _)| *code) {
            let seen = self.at_two.entry(code).or_default();
            *seen = seen.saturating_add(1);
            if *seen >= PATIENCE {
                self.torn.insert(code);
            }
        }
        for (code, person) in &mut self.people {
            person.reached_counter |= counters.contains_key(code);
            let here = hall.waiting.contains(code) || counters.contains_key(code);
            person.missing = if here { 0 } else { person.missing.saturating_add(1) };
        }
    }

    /// The count now. Who is only booked cannot be lost by the hall; who reached a counter is
    /// not lost any more when the visit ends.
    #[must_use]
    pub(crate) fn count(&self) -> Count {
        let lost = |person: &&Person| {
            person.promise == Promise::InQueue && !person.reached_counter && person.missing >= PATIENCE
        };
        let lost = self.people.values().filter(lost).count() + self.turned_away.len();
        Count { lost, doubled: self.torn.len() + self.overgiven.len() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Code {
        text.parse().expect("a code")
    }

    fn hall(waiting: &[&str], at_counter: &[(u8, &str)]) -> Hall {
        Hall {
            waiting: waiting.iter().map(|c| code(c)).collect(),
            at_counter: at_counter.iter().map(|(n, c)| (*n, code(c))).collect(),
        }
    }

    #[test]
    fn a_person_from_ticket_to_counter_is_neither_lost_nor_doubled() {
        let mut tally = Tally::default();
        tally.told(code("A 001"), Promise::InQueue);
        tally.saw(&hall(&["A 001"], &[]));
        tally.gave("k-1", code("A 001"));
        tally.gave("k-1", code("A 001"));
        tally.saw(&hall(&[], &[(2, "A 001")]));
        for _after in 0..9 {
            tally.saw(&hall(&[], &[]));
        }
        assert_eq!(tally.count(), Count::default());
    }

    #[test]
    fn somebody_who_was_told_to_wait_and_is_nowhere_is_lost() {
        let mut tally = Tally::default();
        tally.told(code("A 001"), Promise::InQueue);
        for _picture in 0..PATIENCE {
            tally.saw(&hall(&["A 002"], &[]));
        }
        assert_eq!(tally.count().lost, 1);
        tally.saw(&hall(&["A 001"], &[]));
        assert_eq!(tally.count().lost, 0, "found again");
    }

    #[test]
    fn who_is_only_booked_may_stay_at_home_until_the_terminal_promised_more() {
        let pin = names::Pin::from_index(4_711).expect("a PIN");
        let mut tally = Tally::default();
        tally.told(Code::Pin(pin), Promise::Booked);
        for _picture in 0..9 {
            tally.saw(&Hall::default());
        }
        assert_eq!(tally.count().lost, 0);
        tally.told(Code::Pin(pin), Promise::InQueue);
        for _picture in 0..PATIENCE {
            tally.saw(&Hall::default());
        }
        assert_eq!(tally.count().lost, 1);
    }

    #[test]
    fn whose_booking_is_not_known_at_the_terminal_is_lost_until_let_in() {
        let mut tally = Tally::default();
        tally.turned_away(code("A 001"));
        assert_eq!(tally.count().lost, 0, "nobody promised anything");
        tally.told(code("A 001"), Promise::Booked);
        tally.turned_away(code("A 001"));
        assert_eq!(tally.count().lost, 1);
        tally.told(code("A 001"), Promise::InQueue);
        assert_eq!(tally.count().lost, 0);
    }

    #[test]
    fn one_person_at_two_counters_and_two_people_for_one_press_are_doubled() {
        let mut tally = Tally::default();
        for _picture in 0..PATIENCE {
            tally.saw(&hall(&[], &[(2, "A 001"), (3, "A 001")]));
        }
        assert_eq!(tally.count().doubled, 1);
        tally.gave("k-1", code("A 002"));
        tally.gave("k-1", code("A 003"));
        assert_eq!(tally.count().doubled, 2);
    }

    #[test]
    fn one_page_that_is_a_step_behind_is_not_a_doubled_person() {
        let mut tally = Tally::default();
        tally.saw(&hall(&[], &[(2, "A 001"), (3, "A 001")]));
        tally.saw(&hall(&[], &[(3, "A 001")]));
        tally.saw(&hall(&[], &[(2, "A 001"), (3, "A 001")]));
        assert_eq!(tally.count(), Count::default());
    }

    proptest! {
        #[test]
        fn an_honest_office_never_counts_anything(walks in proptest::collection::vec((1_u16..20, 1_u8..4, 0_u8..5), 1..60)) {
            let mut tally = Tally::default();
            let mut waiting = BTreeSet::new();
            for (press, (ticket, counter, delay)) in walks.into_iter().enumerate() {
                let code = Code::Ticket(names::TicketNumber::new('A', ticket).expect("a ticket"));
                tally.told(code, Promise::InQueue);
                waiting.insert(code);
                for _picture in 0..delay {
                    tally.saw(&Hall { waiting: waiting.clone(), at_counter: vec![] });
                }
                if let Some(next) = waiting.pop_first() {
                    tally.gave(&press.to_string(), next);
                    tally.saw(&Hall { waiting: waiting.clone(), at_counter: vec![(counter, next)] });
                }
                prop_assert_eq!(tally.count(), Count::default());
            }
        }
    }
}
