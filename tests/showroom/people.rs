//! Who stands in the waiting area, put together from the counter pages.

use std::collections::{BTreeMap, BTreeSet};

use fixture::screens::Counter;
use names::Code;

use crate::picture::Person;
use crate::tally::Hall;

/// The hall as the counter pages show it.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    counters: BTreeMap<u8, Counter>,
    waiting: Vec<Code>,
    /// In the order they came: people do not change chairs when the order of calls changes.
    chairs: Vec<Code>,
    /// The counters whose pages were not seen again since the box went dark.
    unseen: BTreeSet<u8>,
}

/// The queue, to be compared before and after a power cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queue {
    waiting: Vec<Code>,
    at_counter: BTreeMap<u8, Code>,
}

impl People {
    /// A counter page was seen; each one shows everybody who waits.
    pub(crate) fn saw(&mut self, number: u8, page: Counter) {
        self.waiting.clone_from(&page.waiting);
        self.counters.insert(number, page);
        self.unseen.remove(&number);
        if !self.seen_all() {
            return;
        }
        let here: BTreeSet<Code> = self.hall().waiting.into_iter().chain(self.called()).collect();
        self.chairs.retain(|code| here.contains(code));
        let new: Vec<Code> = here.into_iter().filter(|code| !self.chairs.contains(code)).collect();
        self.chairs.extend(new);
    }

    /// The box went dark: people stay on their chairs, its pages are nothing worth any more.
    pub(crate) fn went_dark(&mut self) {
        self.unseen.extend(self.counters.keys());
        self.counters.clear();
    }

    /// Whether all counter pages were seen again since the box went dark.
    pub(crate) fn seen_all(&self) -> bool {
        self.unseen.is_empty()
    }

    /// Everybody for the tally.
    pub(crate) fn hall(&self) -> Hall {
        let at = |(number, page): (&u8, &Counter)| page.visitor.map(|code| (*number, code));
        Hall {
            waiting: self.waiting.iter().copied().collect(),
            at_counter: self.counters.iter().filter_map(at).collect(),
        }
    }

    /// The order of calls and who is at which counter.
    pub(crate) fn queue(&self) -> Queue {
        Queue { waiting: self.waiting.clone(), at_counter: self.hall().at_counter.into_iter().collect() }
    }

    /// The chairs, for the page.
    pub(crate) fn persons(&self) -> Vec<Person> {
        let called: BTreeSet<Code> = self.called().into_iter().collect();
        self.chairs.iter().map(|code| Person { code: code.to_string(), called: called.contains(code) }).collect()
    }

    fn called(&self) -> Vec<Code> {
        self.counters.values().filter(|page| page.state == "called").filter_map(|page| page.visitor).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        text.parse().expect("a code")
    }

    fn page(visitor: Option<&str>, state: &str, waiting: &[&str]) -> Counter {
        Counter {
            visitor: visitor.map(code),
            waiting: waiting.iter().map(|c| code(c)).collect(),
            state: state.to_owned(),
        }
    }

    fn chairs(people: &People) -> Vec<(String, bool)> {
        people.persons().into_iter().map(|p| (p.code, p.called)).collect()
    }

    #[test]
    fn people_keep_their_chairs_until_they_stand_at_the_counter() {
        let mut people = People::default();
        people.saw(2, page(None, "free", &["A 002"]));
        people.saw(2, page(None, "free", &["A 001", "A 002"]));
        let chair = |code: &str, called| (code.to_owned(), called);
        assert_eq!(chairs(&people), [chair("A 002", false), chair("A 001", false)]);
        people.saw(2, page(Some("A 002"), "called", &["A 001"]));
        assert_eq!(chairs(&people), [chair("A 002", true), chair("A 001", false)]);
        people.saw(2, page(Some("A 002"), "serving", &["A 001"]));
        assert_eq!(chairs(&people), [chair("A 001", false)]);
    }

    #[test]
    fn in_the_dark_nobody_gets_up_and_afterwards_the_queue_can_be_compared() {
        let mut people = People::default();
        people.saw(2, page(Some("A 001"), "called", &["A 003", "A 002"]));
        people.saw(3, page(None, "free", &["A 003", "A 002"]));
        let before = people.queue();
        people.went_dark();
        assert_eq!(people.persons().len(), 3);
        assert!(!people.seen_all());
        people.saw(3, page(None, "free", &["A 003", "A 002"]));
        assert_eq!(people.persons().len(), 3, "one page alone proves nothing");
        people.saw(2, page(Some("A 001"), "called", &["A 003", "A 002"]));
        assert!(people.seen_all());
        assert_eq!(people.queue(), before);
        people.saw(2, page(Some("A 001"), "called", &["A 002", "A 003"]));
        assert_ne!(people.queue(), before, "another order is another queue");
    }
}
