//! What the console knows: the last calls, since when the box is away, what is wrong on the card.
//!
//! What must always hold: the last calls stay until there are newer ones; who reads old ones is told
//! so, and after a minute whom to ask.

use std::time::{Duration, Instant};

use serde::Deserialize;

/// A hiccup shorter than this is nobody's business.
const HICCUP: Duration = Duration::from_secs(5);
/// Calls older than this send nobody to a counter any more.
const OLD: Duration = Duration::from_secs(60);

/// How a mistake begins in the file about the card.
const LINE: &str = "Zeile ";

/// What the box says of its calls; nothing but what the board shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Calls {
    pub(crate) office: String,
    pub(crate) noun: String,
    /// Newest first.
    pub(crate) calls: Vec<Call>,
    /// `9:42`, unless it cannot be believed.
    pub(crate) time: Option<String>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Call {
    /// In its two groups.
    pub(crate) code: [String; 2],
    pub(crate) counter: u8,
    /// Whether it is being called right now.
    pub(crate) now: bool,
}

/// How the calls are to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// As the box told them.
    Fresh,
    /// The box is away; they may be old.
    Stale,
    /// They are old: people ask at the counter.
    Old,
}

/// What is to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The box has not said anything yet.
    Starting,
    /// The box cannot start, and this is to be changed on the card.
    Mistakes(Vec<String>),
    /// The calls, and what is to be changed on the card, if anything.
    Calls { calls: Calls, age: Age, mistake: Option<String> },
}

/// What was heard last, and when.
#[derive(Debug, Default)]
pub(crate) struct Memory(Option<(Calls, Instant)>);

impl Memory {
    /// The box told its calls.
    pub(crate) fn hear(&mut self, calls: Calls, now: Instant) {
        self.0 = Some((calls, now));
    }

    /// What is to be seen now, with these lines about the card.
    pub(crate) fn standing(&self, mistakes: Vec<String>, now: Instant) -> Standing {
        match &self.0 {
            Some((calls, heard)) => {
                let age = age(now.duration_since(*heard));
                Standing::Calls { calls: calls.clone(), age, mistake: first(mistakes) }
            }
            None if mistakes.is_empty() => Standing::Starting,
            None => Standing::Mistakes(mistakes),
        }
    }
}

/// The file says first that something is to be changed, then on which line.
fn first(mistakes: Vec<String>) -> Option<String> {
    let mistake = mistakes.iter().find(|line| line.starts_with(LINE)).cloned();
    mistake.or_else(|| mistakes.into_iter().next())
}

fn age(away: Duration) -> Age {
    match away {
        short if short < HICCUP => Age::Fresh,
        some if some < OLD => Age::Stale,
        _long => Age::Old,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::monotonic;

    #[test]
    fn before_the_first_word_the_machine_starts_or_says_what_is_wrong_on_the_card() {
        let (memory, now) = (Memory::default(), monotonic());
        assert_eq!(memory.standing(Vec::new(), now), Standing::Starting);
        let wrong = vec!["Zeile 12, `kind`: …".to_owned()];
        assert_eq!(memory.standing(wrong.clone(), now), Standing::Mistakes(wrong));
    }

    #[test]
    fn beside_the_calls_stands_the_first_mistake_not_what_comes_before_it() {
        let (mut memory, now) = (Memory::default(), monotonic());
        memory.hear(Calls::default(), now);
        let told = ["Die Anlage läuft. …", "", "Zeile 21, `booking.code`: …", "Zeile 30"].map(str::to_owned);
        let standing = memory.standing(told.to_vec(), now);
        assert!(
            matches!(&standing, Standing::Calls { mistake: Some(it), .. } if it.starts_with("Zeile 21")),
            "{standing:?}"
        );
    }

    #[test]
    fn the_last_calls_stay_while_the_box_is_away_and_grow_old_after_a_minute() {
        let (mut memory, begun) = (Memory::default(), monotonic());
        memory.hear(Calls::default(), begun);
        let after = |seconds| match memory.standing(vec!["x".to_owned()], begun + Duration::from_secs(seconds)) {
            Standing::Calls { age, mistake: Some(_), .. } => age,
            other @ (Standing::Starting | Standing::Mistakes(_) | Standing::Calls { .. }) => panic!("{other:?}"),
        };
        assert_eq!([after(4), after(5), after(59), after(60)], [Age::Fresh, Age::Stale, Age::Stale, Age::Old]);
    }

    #[test]
    fn the_answer_of_the_box_is_read_and_later_additions_do_not_disturb() {
        let told = r#"{"office":"Bürgerbüro","noun":"Platz","more":1,
            "calls":[{"code":["482","917"],"counter":3,"now":true}],"time":null}"#;
        let calls: Calls = serde_json::from_str(told).expect("an answer");
        assert_eq!((calls.calls[0].counter, calls.calls[0].now, calls.time), (3, true, None));
    }
}
