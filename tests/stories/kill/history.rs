//! What people were told while the power kept failing, and whether it holds together.
//!
//! ```text
//!   terminals, counters ── told ─► history ── check ─► what does not fit, in words
//! ```
//!
//! What must always hold: whoever was told something exists exactly once from then on (waits, is
//! called or served, or left because a counter said so), one press has one answer, no person is
//! given to two presses, and nobody is in the hall whom nobody was told about. Pure: knows
//! neither programs nor pages.

use std::collections::{BTreeMap, BTreeSet};

use names::Code;

/// One press of a key at a counter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Press {
    pub(crate) counter: u8,
    /// Which key, such as `call-next`.
    pub(crate) act: String,
    pub(crate) id: String,
}

/// What a counter was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Called(Code),
    Recalled(Code),
    NobodyWaits,
    Done,
    Refused(String),
}

/// Everybody in the hall, as the counter pages show them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hall {
    /// In the order of the calls.
    pub(crate) waiting: Vec<Code>,
    pub(crate) at: BTreeMap<u8, Code>,
}

/// Something somebody was told, or saw.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A number was shown to whoever made this press at a terminal.
    Number { press: String, code: Code },
    /// A terminal greeted somebody by their code.
    Greeted(Code),
    /// A press at a counter was answered.
    Answered(Press, Answer),
    /// The hall after the power came back, while the counters in `open` still wait for an answer
    /// and the persons in `coming` have not been answered at a terminal.
    Back { hall: Hall, open: BTreeSet<u8>, coming: BTreeSet<Code> },
    /// The hall while nothing is on its way.
    Quiet(Hall),
}

/// Where somebody is, as far as anybody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    At(u8),
    /// Missed or sent for a paper: comes back with the same code.
    Away,
    Served,
}

#[derive(Debug, Default)]
struct Checker {
    stages: BTreeMap<Code, Stage>,
    numbers: BTreeMap<String, Code>,
    answers: BTreeMap<Press, Answer>,
    calls: BTreeMap<Code, u32>,
    /// How often somebody was sent away and may be called again.
    returns: BTreeMap<Code, u32>,
    wrong: Vec<String>,
}

/// Everything in a history that does not fit; nothing if all is well.
pub(crate) fn check(history: &[Told]) -> Vec<String> {
    let mut checker = Checker::default();
    for told in history {
        match told {
            Told::Number { press, code } => checker.number(press, *code),
            Told::Greeted(code) => checker.greeted(*code),
            Told::Answered(press, answer) => checker.answered(press, answer),
            Told::Back { hall, open, coming } => checker.back(hall, open, coming),
            Told::Quiet(hall) => checker.quiet(hall),
        }
    }
    checker.wrong
}

impl Checker {
    fn is_wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    fn number(&mut self, press: &str, code: Code) {
        match self.numbers.get(press) {
            Some(before) if *before == code => return,
            Some(before) => return self.is_wrong(format!("press {press} was told {before}, then {code}")),
            None => {}
        }
        if let Some((other, _)) = self.numbers.iter().find(|(_, given)| **given == code) {
            let what = format!("{code} was given to press {other} and to press {press}");
            return self.is_wrong(what);
        }
        self.numbers.insert(press.to_owned(), code);
        self.stages.entry(code).or_insert(Stage::Waiting);
    }

    fn greeted(&mut self, code: Code) {
        match self.stages.get(&code) {
            Some(Stage::Served) => self.is_wrong(format!("{code} was served and is greeted again")),
            Some(Stage::Waiting | Stage::At(_)) => {}
            Some(Stage::Away) | None => drop(self.stages.insert(code, Stage::Waiting)),
        }
    }

    fn answered(&mut self, press: &Press, answer: &Answer) {
        match self.answers.get(press) {
            Some(before) if before == answer => return,
            Some(before) => {
                let what = format!("{press:?} was answered {before:?}, then {answer:?}");
                return self.is_wrong(what);
            }
            None => drop(self.answers.insert(press.clone(), answer.clone())),
        }
        match (press.act.as_str(), answer) {
            (_, Answer::Refused(_)) | ("recall" | "is-here", _) => {}
            ("missed" | "comes-back", _) => self.leaves(press.counter, Stage::Away),
            ("finish" | "finish-and-next", _) => self.leaves(press.counter, Stage::Served),
            (_, Answer::Called(_) | Answer::Recalled(_) | Answer::NobodyWaits | Answer::Done) => {}
        }
        if let Answer::Called(code) = answer {
            self.called(press, *code);
        }
    }

    fn leaves(&mut self, counter: u8, to: Stage) {
        let here = self.stages.iter().find(|(_, stage)| **stage == Stage::At(counter)).map(|(code, _)| *code);
        match here {
            Some(code) => {
                self.stages.insert(code, to);
                *self.returns.entry(code).or_default() += u32::from(to == Stage::Away);
            }
            None => self.is_wrong(format!("counter {counter} let somebody go who was never called there")),
        }
    }

    fn called(&mut self, press: &Press, code: Code) {
        let calls = self.calls.entry(code).or_default();
        *calls += 1;
        if *calls > 1 + self.returns.get(&code).copied().unwrap_or_default() {
            self.is_wrong(format!("{code} was called again by {press:?}"));
        }
        match self.stages.insert(code, Stage::At(press.counter)) {
            Some(Stage::At(other)) => self.is_wrong(format!("{code} was at {other} and called by {press:?}")),
            Some(Stage::Served) => self.is_wrong(format!("{code} was served and called by {press:?}")),
            // Whoever was away may be called before the terminal's answer was read.
            Some(Stage::Waiting | Stage::Away) | None => {}
        }
    }

    fn back(&mut self, hall: &Hall, open: &BTreeSet<u8>, coming: &BTreeSet<Code>) {
        self.once(hall);
        for (code, stage) in self.stages.clone() {
            let here = hall.places(code);
            let fits = |place: &Place| match (stage, place) {
                (Stage::Waiting, Place::Line) => true,
                (Stage::Waiting, Place::Counter(at)) => open.contains(at),
                (Stage::At(was), Place::Counter(at)) => was == *at,
                (Stage::At(was), Place::Line) => open.contains(&was) && coming.contains(&code),
                (Stage::Away, _) => coming.contains(&code),
                (Stage::Served, _) => false,
            };
            let may_be_gone = match stage {
                Stage::Waiting => false,
                Stage::At(was) => open.contains(&was),
                Stage::Away | Stage::Served => true,
            };
            match here.first() {
                Some(place) if !fits(place) => {
                    self.is_wrong(format!("after the power {code} is at {place:?}, was {stage:?}"))
                }
                None if !may_be_gone => self.is_wrong(format!("after the power {code} is lost, was {stage:?}")),
                Some(_) | None => {}
            }
        }
    }

    fn quiet(&mut self, hall: &Hall) {
        self.once(hall);
        for (code, stage) in self.stages.clone() {
            let expected = match stage {
                Stage::Waiting => vec![Place::Line],
                Stage::At(counter) => vec![Place::Counter(counter)],
                Stage::Away | Stage::Served => Vec::new(),
            };
            let here = hall.places(code);
            if here != expected {
                self.is_wrong(format!("{code} was told {stage:?} and is at {here:?}"));
            }
        }
        for code in hall.everybody().filter(|code| !self.stages.contains_key(code)).collect::<Vec<_>>() {
            self.is_wrong(format!("{code} is in the hall, and nobody was told that number"));
        }
    }

    /// Whoever is in the hall is there once, and numbers wait in their order.
    fn once(&mut self, hall: &Hall) {
        let all: Vec<Code> = hall.everybody().collect();
        for code in all.iter().collect::<BTreeSet<_>>() {
            let times = all.iter().filter(|one| *one == code).count();
            if times > 1 {
                self.is_wrong(format!("{code} is in the hall {times} times"));
            }
        }
        let returned = |code: &Code| self.returns.get(code).is_some_and(|times| *times > 0);
        let numbers: Vec<Code> =
            hall.waiting.iter().filter(|c| matches!(c, Code::Ticket(_)) && !returned(c)).copied().collect();
        if !numbers.is_sorted() {
            self.is_wrong(format!("numbers wait out of their order: {numbers:?}"));
        }
    }
}

/// One place in the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Line,
    Counter(u8),
}

impl Hall {
    fn everybody(&self) -> impl Iterator<Item = Code> + use<'_> {
        self.waiting.iter().chain(self.at.values()).copied()
    }

    fn places(&self, code: Code) -> Vec<Place> {
        let line = self.waiting.iter().filter(|one| **one == code).map(|_| Place::Line);
        let at = self.at.iter().filter(|(_, one)| **one == code).map(|(counter, _)| Place::Counter(*counter));
        line.chain(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        text.parse().expect("a code")
    }

    fn number(press: &str, text: &str) -> Told {
        Told::Number { press: press.to_owned(), code: code(text) }
    }

    fn press(counter: u8, act: &str, id: &str, answer: Answer) -> Told {
        Told::Answered(Press { counter, act: act.to_owned(), id: id.to_owned() }, answer)
    }

    fn called(counter: u8, id: &str, text: &str) -> Told {
        press(counter, "call-next", id, Answer::Called(code(text)))
    }

    fn hall(waiting: &[&str], at: &[(u8, &str)]) -> Hall {
        Hall {
            waiting: waiting.iter().map(|c| code(c)).collect(),
            at: at.iter().map(|(counter, c)| (*counter, code(c))).collect(),
        }
    }

    fn back(hall: Hall, open: &[u8]) -> Told {
        Told::Back { hall, open: open.iter().copied().collect(), coming: BTreeSet::new() }
    }

    fn fits(history: &[Told]) {
        assert_eq!(check(history), Vec::<String>::new());
    }

    fn breaks(history: &[Told], complaint: &str) {
        let wrong = check(history);
        assert!(wrong.iter().any(|w| w.contains(complaint)), "{complaint:?} is not among {wrong:?}");
    }

    #[test]
    fn a_morning_with_everything_in_it_fits() {
        fits(&[
            number("a", "A 001"),
            number("b", "A 002"),
            number("a", "A 001"),
            called(1, "p", "A 001"),
            called(1, "p", "A 001"),
            back(hall(&["A 002"], &[(1, "A 001")]), &[]),
            press(1, "missed", "q", Answer::Done),
            Told::Quiet(hall(&["A 002"], &[])),
            Told::Greeted(code("A 001")),
            Told::Quiet(hall(&["A 001", "A 002"], &[])),
            called(2, "r", "A 001"),
            press(2, "finish-and-next", "s", Answer::Called(code("A 002"))),
            Told::Quiet(hall(&[], &[(2, "A 002")])),
        ]);
    }

    #[test]
    fn somebody_lost_is_found_before_and_after_the_presses_are_sent_again() {
        breaks(&[number("a", "A 001"), back(hall(&[], &[]), &[])], "A 001 is lost");
        breaks(&[number("a", "A 001"), Told::Quiet(hall(&[], &[]))], "A 001 was told Waiting");
        breaks(&[number("a", "A 001"), called(1, "p", "A 001"), back(hall(&[], &[]), &[])], "A 001 is lost");
    }

    #[test]
    fn a_call_that_nobody_answered_yet_may_have_happened_or_not() {
        for at in [hall(&["A 001"], &[]), hall(&[], &[(1, "A 001")])] {
            fits(&[number("a", "A 001"), back(at, &[1])]);
        }
        breaks(
            &[number("a", "A 001"), back(hall(&[], &[(1, "A 001")]), &[2])],
            "after the power A 001 is at Counter(1)",
        );
    }

    #[test]
    fn somebody_who_exists_twice_is_found() {
        breaks(&[number("a", "A 001"), Told::Quiet(hall(&["A 001", "A 001"], &[]))], "2 times");
        breaks(&[number("a", "A 001"), back(hall(&["A 001"], &[(1, "A 001")]), &[1])], "2 times");
    }

    #[test]
    fn a_number_given_twice_and_a_press_with_two_numbers_are_found() {
        breaks(&[number("a", "A 001"), number("b", "A 001")], "was given to press a and to press b");
        breaks(&[number("a", "A 001"), number("a", "A 002")], "was told A 001, then A 002");
    }

    #[test]
    fn a_call_given_twice_is_found() {
        breaks(&[number("a", "A 001"), called(1, "p", "A 001"), called(2, "q", "A 001")], "A 001 was called again");
        breaks(
            &[
                number("a", "A 001"),
                called(1, "p", "A 001"),
                press(1, "finish", "f", Answer::Done),
                called(2, "q", "A 001"),
            ],
            "was served and called",
        );
    }

    #[test]
    fn one_press_with_two_answers_is_found() {
        breaks(&[called(1, "p", "A 001"), press(1, "call-next", "p", Answer::NobodyWaits)], "then NobodyWaits");
    }

    #[test]
    fn a_person_nobody_was_told_about_is_found() {
        breaks(&[Told::Quiet(hall(&["A 007"], &[]))], "nobody was told that number");
    }

    #[test]
    fn another_order_of_the_numbers_is_found() {
        let told = [number("a", "A 001"), number("b", "A 002"), back(hall(&["A 002", "A 001"], &[]), &[])];
        breaks(&told, "out of their order");
    }

    #[test]
    fn whoever_was_served_does_not_come_back() {
        let served = [number("a", "A 001"), called(1, "p", "A 001"), press(1, "finish", "f", Answer::Done)];
        let with = |last: Told| served.iter().cloned().chain([last]).collect::<Vec<_>>();
        breaks(&with(back(hall(&["A 001"], &[]), &[])), "after the power A 001 is at Line");
        breaks(&with(Told::Quiet(hall(&["A 001"], &[]))), "was told Served");
        breaks(&with(Told::Greeted(code("A 001"))), "greeted again");
    }
}
