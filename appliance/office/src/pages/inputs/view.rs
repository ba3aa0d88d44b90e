//! The picture of the inputs, in words.

use devices::input::{InputDevice, InputState};
use devices::{InputKind, Layout};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use names::{Now, Trust};
use serde::Serialize;

use super::state::{Inputs, Known, Shown};
use super::text::{InputsText, inputs as words};
use crate::pages::texts::fill;

/// Every input, as staff see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputsView {
    /// One line for each input, by name.
    pub lines: Vec<InputLine>,
    /// Said while the box learns.
    pub teaching: Option<String>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputLine {
    /// Its name in the box's own file.
    pub name: String,
    /// What it is and where.
    pub what: String,
    /// How it stands.
    pub mark: Mark,
    /// The same in one word.
    pub state: String,
    /// What is wrong and what to do.
    pub advice: Option<String>,
    /// The device that was found.
    pub device: Option<String>,
    #[serde(skip)]
    found: Option<InputDevice>,
    /// When it was last read.
    pub read: String,
    /// What the test code showed.
    pub test: Vec<TestNote>,
}

/// One sentence about the test code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestNote {
    /// Whether all is well.
    pub good: bool,
    /// The sentence.
    pub text: String,
}

/// Whether an input works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It is read.
    Good,
    /// It is not.
    Bad,
    /// Not looked for yet.
    Unknown,
}

impl InputLine {
    /// Whether this device is the one that is read here.
    pub(crate) fn holds(&self, device: &InputDevice) -> bool {
        self.found.as_ref() == Some(device)
    }
}

impl InputsView {
    /// The picture at a moment.
    pub(crate) fn of(inputs: &Inputs, zone: &TimeZone, now: Now) -> Self {
        let text = words();
        let teaching = inputs.teaching(now.at).map(|until| match now.trust {
            Trust::Unknown => text.teaching_unsure.clone(),
            Trust::Plausible | Trust::Trusted => fill(&text.teaching, &[("time", &clock(until, zone))]),
        });
        Self { lines: inputs.all().map(|known| line(known, text, zone, now)).collect(), teaching }
    }
}

fn line(known: &Known, text: &'static InputsText, zone: &TimeZone, now: Now) -> InputLine {
    let rules = &known.configured.rules;
    let kind = match rules.kind {
        InputKind::Scanner => &text.scanner,
        InputKind::Keypad => &text.keypad,
    };
    let (mark, state, advice) = standing(known, text);
    InputLine {
        name: rules.name.clone(),
        what: fill(kind, &[("terminal", &known.configured.terminal.to_string())]),
        mark,
        state: state.clone(),
        advice,
        device: device(known).map(|device| device.name.clone()).filter(|name| !name.is_empty()),
        found: device(known).cloned(),
        read: read(known.read, text, zone, now),
        test: known.tested.map(|shown| tested(shown, known.layout, text)).unwrap_or_default(),
    }
}

fn device(known: &Known) -> Option<&InputDevice> {
    if let Some(InputState::There(device)) = &known.state { device.as_ref() } else { None }
}

fn standing<'t>(known: &Known, text: &'t InputsText) -> (Mark, &'t String, Option<String>) {
    let bad = |advice: String| (Mark::Bad, &text.not_read, Some(advice));
    match &known.state {
        None => (Mark::Unknown, &text.looked_for, None),
        Some(InputState::There(_)) => (Mark::Good, &text.there, surer(known, text)),
        Some(InputState::Missing) => (Mark::Bad, &text.missing, Some(text.missing_advice.clone())),
        Some(InputState::Several(count)) => bad(fill(&text.several, &[("count", &count.to_string())])),
        Some(InputState::Shared(other)) => bad(fill(&text.shared, &[("other", other)])),
        Some(InputState::Busy) => bad(text.busy.clone()),
        Some(InputState::Locked) => bad(text.locked.clone()),
        Some(InputState::Broken) => bad(text.broken.clone()),
    }
}

/// What is found by its product alone may be another one of the same product tomorrow.
fn surer(known: &Known, text: &InputsText) -> Option<String> {
    let rules = &known.configured.rules;
    let device = device(known).filter(|_| rules.serial.is_none() && rules.port.is_none())?;
    let port = device.port.as_ref()?;
    Some(fill(&text.surer, &[("port", port)]))
}

/// A time that is not sure is not shown as if it were.
fn read(at: Option<Timestamp>, text: &InputsText, zone: &TimeZone, now: Now) -> String {
    let Some(at) = at else { return text.read_never.clone() };
    let day = |moment: Timestamp| moment.to_zoned(zone.clone()).date();
    match now.trust {
        Trust::Unknown => text.read_unsure.clone(),
        Trust::Plausible | Trust::Trusted if day(at) == day(now.at) => {
            fill(&text.read_at, &[("time", &clock(at, zone))])
        }
        Trust::Plausible | Trust::Trusted => text.read_before.clone(),
    }
}

fn tested(shown: Shown, box_reads: Layout, text: &InputsText) -> Vec<TestNote> {
    let named = |form: &str, really| {
        let layouts = [("layout", layout_name(really, text)), ("box", layout_name(box_reads, text))];
        fill(form, &[layouts[0], layouts[1], ("key", layout_key(really))])
    };
    let (good, sentence, ended) = match shown {
        Shown::Right { ended } => (true, named(&text.test_right, box_reads), ended),
        Shown::Learned { ended } => (true, named(&text.test_learned, box_reads), ended),
        Shown::Other { really, ended } => (false, named(&text.test_other, really), ended),
        Shown::Foreign { ended } => (false, text.test_foreign.clone(), ended),
    };
    let no_end = (!ended).then(|| TestNote { good: false, text: text.test_no_end.clone() });
    [Some(TestNote { good, text: sentence }), no_end].into_iter().flatten().collect()
}

fn layout_name(layout: Layout, text: &InputsText) -> &str {
    match layout {
        Layout::Us => &text.layout_us,
        Layout::De => &text.layout_de,
        Layout::Fr => &text.layout_fr,
    }
}

/// As it stands in the box's own file.
fn layout_key(layout: Layout) -> &'static str {
    match layout {
        Layout::Us => "us",
        Layout::De => "de",
        Layout::Fr => "fr",
    }
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    format!("{}:{:02}", local.hour(), local.minute())
}

#[cfg(test)]
mod tests {
    use devices::input::Tested;
    use jiff::SignedDuration;

    use super::super::state::tests::{NOW, two};
    use super::*;

    fn shown(inputs: &Inputs, now: Now) -> InputLine {
        let view = InputsView::of(inputs, &TimeZone::UTC, now);
        view.lines.into_iter().find(|line| line.name == "entrance-scanner").expect("configured")
    }

    #[test]
    fn an_input_is_there_with_its_device_and_says_when_it_was_read() {
        let mut inputs = two();
        assert_eq!(shown(&inputs, Now::trusted(NOW)).mark, Mark::Unknown);
        let port = Some("usb-1.2".to_owned());
        let device = InputDevice { name: "Scanner 2000".into(), port, types: true, ..InputDevice::default() };
        inputs.stands("entrance-scanner", InputState::There(Some(device)));
        inputs.read("entrance-scanner", NOW + SignedDuration::from_mins(61));
        let line = shown(&inputs, Now::trusted(NOW + SignedDuration::from_hours(2)));
        assert_eq!((line.mark, line.device.as_deref()), (Mark::Good, Some("Scanner 2000")));
        assert!(line.read.contains("1:01"), "{}", line.read);
        assert!(line.advice.expect("only by its product").contains("port = \"usb-1.2\""));
        let tomorrow = shown(&inputs, Now::trusted(NOW + SignedDuration::from_hours(30)));
        assert!(!tomorrow.read.contains("1:01"), "{}", tomorrow.read);
        let unsure = shown(&inputs, Now { at: NOW, trust: Trust::Unknown });
        assert!(!unsure.read.contains("1:01"), "{}", unsure.read);
    }

    #[test]
    fn each_way_to_be_unreadable_says_what_to_do() {
        let states = [
            InputState::Missing,
            InputState::Several(2),
            InputState::Shared("other".into()),
            InputState::Busy,
            InputState::Locked,
            InputState::Broken,
        ];
        let mut inputs = two();
        let mut said = std::collections::BTreeSet::new();
        for state in states {
            inputs.stands("entrance-scanner", state);
            let line = shown(&inputs, Now::trusted(NOW));
            assert_eq!(line.mark, Mark::Bad);
            assert!(said.insert(line.advice.expect("what to do")));
        }
    }

    #[test]
    fn the_test_code_says_whether_the_layout_is_right_and_what_to_write_if_not() {
        let mut inputs = two();
        let now = Now::trusted(NOW);
        let german = Tested { layout: Some(Layout::De), ended: true };
        inputs.tested("entrance-scanner", german, NOW);
        let notes = shown(&inputs, now).test;
        assert!(!notes[0].good && notes[0].text.contains("layout = \"de\""), "{notes:?}");
        inputs.teach(NOW);
        assert!(InputsView::of(&inputs, &TimeZone::UTC, now).teaching.expect("it learns").contains("0:10"));
        let unsure = InputsView::of(&inputs, &TimeZone::UTC, Now { at: NOW, trust: Trust::Unknown });
        assert!(!unsure.teaching.expect("it learns").contains("0:10"));
        inputs.tested("entrance-scanner", german, NOW);
        assert!(shown(&inputs, now).test[0].good);
        inputs.tested("entrance-scanner", Tested { layout: None, ended: false }, NOW);
        let notes = shown(&inputs, now).test;
        assert_eq!(notes.iter().map(|note| note.good).collect::<Vec<_>>(), [false, false]);
    }
}
