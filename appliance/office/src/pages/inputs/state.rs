//! What is known about each input since the start. Pure: time is an argument.

use std::collections::BTreeMap;

use devices::Layout;
use devices::input::{InputState, Tested};
use jiff::{SignedDuration, Timestamp};

use crate::config::Input;

/// How long the box learns after the button was pressed: the way to every scanner of a house.
const TEACHING: SignedDuration = SignedDuration::from_mins(10);

/// Every input of the box.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    known: BTreeMap<String, Known>,
    teaching: Option<Timestamp>,
}

/// One input.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) configured: Input,
    /// The layout it is read in.
    pub(super) layout: Layout,
    /// Nothing until it was first looked for.
    pub(super) state: Option<InputState>,
    /// When something came of it.
    pub(super) read: Option<Timestamp>,
    /// What the test code last showed.
    pub(super) tested: Option<Shown>,
}

/// What the test code showed, and in which layout the box read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The layout is right.
    Right { ended: bool },
    /// It types in the first, the box read in the second.
    Other { really: Layout, ended: bool },
    /// The box took its layout over.
    Learned { ended: bool },
    /// It types in a layout the box does not have.
    Foreign { ended: bool },
}

/// A layout to be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lesson {
    /// The input's name.
    pub(crate) input: String,
    /// The layout it really types in.
    pub(crate) layout: Layout,
}

impl Inputs {
    /// The configured inputs, each in the layout it is read in.
    pub(crate) fn new(inputs: &[Input], layout: impl Fn(&Input) -> Layout) -> Self {
        let known = |input: &Input| Known {
            configured: input.clone(),
            layout: layout(input),
            state: None,
            read: None,
            tested: None,
        };
        let known = inputs.iter().map(|input| (input.rules.name.clone(), known(input))).collect();
        Self { known, teaching: None }
    }

    /// An input was found or lost.
    pub(crate) fn stands(&mut self, input: &str, state: InputState) {
        if let Some(known) = self.known.get_mut(input) {
            known.state = Some(state);
        }
    }

    /// Something came of an input.
    pub(crate) fn read(&mut self, input: &str, now: Timestamp) {
        if let Some(known) = self.known.get_mut(input) {
            known.read = Some(now);
        }
    }

    /// Staff teach for the next ten minutes.
    pub(crate) fn teach(&mut self, now: Timestamp) {
        self.teaching = Some(now + TEACHING);
    }

    /// Until when the box learns.
    pub(super) fn teaching(&self, now: Timestamp) -> Option<Timestamp> {
        // A clock that was set back does not make it longer.
        self.teaching.filter(|until| now < *until && until.duration_since(now) <= TEACHING)
    }

    /// When the picture changes by itself.
    pub(crate) fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.teaching(now)
    }

    /// The test code was read; answers the layout to take over, if staff teach.
    pub(crate) fn tested(&mut self, input: &str, tested: Tested, now: Timestamp) -> Option<Lesson> {
        let teaching = self.teaching(now).is_some();
        let known = self.known.get_mut(input)?;
        known.read = Some(now);
        let ended = tested.ended;
        let (shown, lesson) = match tested.layout {
            None => (Shown::Foreign { ended }, None),
            Some(layout) if layout == known.layout => (Shown::Right { ended }, None),
            Some(really) if !teaching => (Shown::Other { really, ended }, None),
            Some(layout) => (Shown::Learned { ended }, Some(layout)),
        };
        known.tested = Some(shown);
        known.layout = lesson.unwrap_or(known.layout);
        lesson.map(|layout| Lesson { input: input.to_owned(), layout })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Known> {
        self.known.values()
    }

    /// The names of those that were looked for and cannot be read.
    pub(crate) fn missing(&self) -> impl Iterator<Item = &str> {
        let lost = |known: &&Known| known.state.as_ref().is_some_and(|state| !matches!(state, InputState::There(_)));
        self.known.values().filter(lost).map(|known| known.configured.rules.name.as_str())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use devices::{InputKind, InputRules};

    use super::*;

    pub(in crate::pages::inputs) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    pub(in crate::pages::inputs) fn two() -> Inputs {
        let input = |name: &str, kind| Input {
            rules: InputRules {
                name: name.to_owned(),
                kind,
                layout: Layout::Us,
                usb: Some("05e0:1200".into()),
                port: None,
                serial: None,
                recorded: None,
            },
            terminal: 1,
        };
        let inputs = [input("entrance-scanner", InputKind::Scanner), input("entrance-keypad", InputKind::Keypad)];
        Inputs::new(&inputs, |input| input.rules.layout)
    }

    fn german() -> Tested {
        Tested { layout: Some(Layout::De), ended: true }
    }

    #[test]
    fn a_layout_is_taken_over_only_while_staff_teach() {
        let mut inputs = two();
        assert_eq!(inputs.tested("entrance-scanner", german(), NOW), None, "a stranger holds the test code");
        inputs.teach(NOW);
        let late = NOW + TEACHING;
        assert_eq!(inputs.tested("entrance-scanner", german(), late), None);
        let before = NOW - SignedDuration::from_mins(1);
        assert_eq!(inputs.tested("entrance-scanner", german(), before), None, "the clock was set back");
        let lesson = Lesson { input: "entrance-scanner".into(), layout: Layout::De };
        assert_eq!(inputs.tested("entrance-scanner", german(), NOW), Some(lesson));
        assert_eq!(inputs.tested("entrance-scanner", german(), NOW), None, "it is right now");
        assert_eq!(inputs.known["entrance-scanner"].tested, Some(Shown::Right { ended: true }));
    }

    #[test]
    fn a_layout_the_box_does_not_have_and_an_input_it_does_not_know_teach_nothing() {
        let mut inputs = two();
        inputs.teach(NOW);
        assert_eq!(inputs.tested("entrance-scanner", Tested { layout: None, ended: false }, NOW), None);
        assert_eq!(inputs.known["entrance-scanner"].tested, Some(Shown::Foreign { ended: false }));
        assert_eq!(inputs.tested("stranger", german(), NOW), None);
    }

    #[test]
    fn only_what_was_looked_for_and_not_found_is_missing() {
        let mut inputs = two();
        assert_eq!(inputs.missing().count(), 0);
        inputs.stands("entrance-keypad", InputState::Missing);
        inputs.stands("entrance-scanner", InputState::There(None));
        assert_eq!(inputs.missing().collect::<Vec<_>>(), ["entrance-keypad"]);
    }
}
