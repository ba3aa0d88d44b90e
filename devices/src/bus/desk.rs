//! The words of a desk device, both ways. Pure.
//!
//! ```text
//!   desk/ID/press  ◄ {"v":1,"id":"k7-000123","gesture":"short"}
//!   desk/ID/state  ► {"v":1,"counter":3,"state":"called","code":"A 042","waiting":5}   retained
//!   desk/ID/ack    ► {"v":1,"id":"k7-000123","answer":"called","code":"A 042","waiting":5}
//! ```
//!
//! Unknown fields are ignored, so that a newer device works with an older box.

use serde::{Deserialize, Serialize};

use crate::mqtt::MAX_FRAME;
use crate::values::{DeskId, DeskView, Gesture, Sensed};

/// All presses.
pub(super) const PRESSES: &str = "desk/+/press";

/// The version of the words.
const VERSION: u8 = 1;

/// The longest press id, in characters.
const MAX_PRESS_ID: usize = 64;

/// The longest name of a desk device, in characters.
const MAX_DESK_ID: usize = 32;

/// Why a message is no press.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadPress {
    #[error("failed to read a press: it is longer than {MAX_FRAME} bytes")]
    TooLong,
    #[error("failed to read a press: {0}")]
    Garbled(#[from] serde_json::Error),
    #[error("failed to read a press: version {0} is not {VERSION}")]
    Version(u8),
    #[error("failed to read a press: its id is not 1 to {MAX_PRESS_ID} printable ASCII characters")]
    Id,
}

#[derive(Deserialize)]
struct Pressed {
    v: u8,
    id: String,
    gesture: Gesture,
}

#[derive(Serialize)]
struct State<'a> {
    v: u8,
    #[serde(flatten)]
    view: &'a DeskView,
}

#[derive(Serialize)]
struct Acknowledged<'a> {
    v: u8,
    id: &'a str,
    answer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u16>,
}

/// One message to a desk device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) retain: bool,
}

/// Reads a press. The desk is the topic's, which the gate has proven; never the payload's.
pub(super) fn press(desk: DeskId, payload: &[u8]) -> Result<Sensed, BadPress> {
    if payload.len() > MAX_FRAME {
        return Err(BadPress::TooLong);
    }
    let pressed: Pressed = serde_json::from_slice(payload)?;
    if pressed.v != VERSION {
        return Err(BadPress::Version(pressed.v));
    }
    let printable = pressed.id.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !printable || !(1..=MAX_PRESS_ID).contains(&pressed.id.len()) {
        return Err(BadPress::Id);
    }
    Ok(Sensed::Press { desk, press: pressed.id, gesture: pressed.gesture })
}

/// Whose topic it is.
pub(super) fn sender(topic: &str) -> Option<DeskId> {
    let id = topic.strip_prefix("desk/")?.strip_suffix("/press")?;
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=MAX_DESK_ID).contains(&id.len()) && id.bytes().all(known)).then(|| DeskId(id.to_owned()))
}

/// The state of a desk.
pub(super) fn state(desk: &DeskId, view: &DeskView) -> Message {
    message(desk, "state", true, &State { v: VERSION, view })
}

/// The answer to a press.
pub(super) fn acknowledge(
    desk: &DeskId,
    press: &str,
    answer: &str,
    code: Option<&str>,
    waiting: Option<u16>,
) -> Message {
    message(desk, "ack", false, &Acknowledged { v: VERSION, id: press, answer, code, waiting })
}

fn message(desk: &DeskId, last: &str, retain: bool, body: &impl Serialize) -> Message {
    // Numbers and texts only: these structures always have a JSON form.
    let payload = serde_json::to_vec(body).unwrap_or_default();
    Message { topic: format!("desk/{}/{last}", desk.0), payload, retain }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn desk() -> DeskId {
        sender("desk/desk-1/press").expect("a desk")
    }

    #[test]
    fn a_press_is_read() {
        let sensed = press(desk(), br#"{"v":1,"id":"k7-000123","gesture":"double","battery":80}"#).expect("read");
        let (desk, press) = (DeskId("desk-1".into()), "k7-000123".to_owned());
        assert_eq!(sensed, Sensed::Press { desk, press, gesture: Gesture::Double });
    }

    #[test]
    fn what_is_no_press_is_told_and_never_guessed() {
        let id = "x".repeat(MAX_PRESS_ID + 1);
        for payload in [
            String::new(),
            "{".to_owned(),
            r#"{"v":1,"gesture":"short"}"#.to_owned(),
            r#"{"v":1,"id":"a","gesture":"triple"}"#.to_owned(),
            r#"{"v":2,"id":"a","gesture":"short"}"#.to_owned(),
            r#"{"v":1,"id":"","gesture":"short"}"#.to_owned(),
            r#"{"v":1,"id":"ü","gesture":"short"}"#.to_owned(),
            r#"{"v":1,"id":"a\n","gesture":"short"}"#.to_owned(),
            format!(r#"{{"v":1,"id":"{id}","gesture":"short"}}"#),
            format!(r#"{{"v":1,"id":"a","gesture":"short","x":"{}"}}"#, "y".repeat(MAX_FRAME)),
        ] {
            assert!(press(desk(), payload.as_bytes()).is_err(), "{payload:.60}");
        }
    }

    #[test]
    fn a_topic_without_a_proper_desk_is_nobodys() {
        for topic in ["desk//press", "desk/a/state", "desk/A/press", "desk/a/b/press", "press", "desk/press"] {
            assert_eq!(sender(topic), None, "{topic}");
        }
    }

    #[test]
    fn states_and_answers_are_what_the_interface_says() {
        let desk = desk();
        let view = DeskView { counter: 3, state: "called".into(), code: Some("A 042".into()), waiting: 5 };
        let state = state(&desk, &view);
        assert_eq!((state.topic.as_str(), state.retain), ("desk/desk-1/state", true));
        assert_eq!(state.payload, br#"{"v":1,"counter":3,"state":"called","code":"A 042","waiting":5}"#);
        let ack = acknowledge(&desk, "k7", "nobody-waits", None, Some(0));
        assert_eq!((ack.topic.as_str(), ack.retain), ("desk/desk-1/ack", false));
        assert_eq!(ack.payload, br#"{"v":1,"id":"k7","answer":"nobody-waits","waiting":0}"#);
    }

    proptest! {
        #[test]
        fn no_message_makes_the_reader_panic(topic in ".{0,40}", payload in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = sender(&topic);
            let _ = press(desk(), &payload);
        }
    }
}
