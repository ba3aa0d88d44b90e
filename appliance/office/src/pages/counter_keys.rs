//! Which keys a counter page has in which state: one big next step, and the few others.
//!
//! What must always hold: no key that would be refused for the state it is shown in.

use crate::pages::texts::{self, KeysText};
use crate::pages::view::State;

/// All keys of a page.
pub(crate) struct Keys {
    /// In the head of the page.
    pub(crate) top: Vec<Key>,
    /// The next step, on Enter; one or none.
    pub(crate) main: Vec<Key>,
    /// Below it.
    pub(crate) more: Vec<Key>,
}

/// One key.
pub(crate) struct Key {
    /// The act it sends, as in the queue.
    pub(crate) act: &'static str,
    /// What happens.
    pub(crate) label: &'static str,
    /// The letter on the keyboard; may be empty.
    pub(crate) shortcut: &'static str,
    /// Its picture.
    pub(crate) icon: KeyIcon,
}

/// The picture of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyIcon {
    /// An arrow in a circle.
    Again,
    /// A cross.
    Cross,
    /// A parked P.
    Parked,
    /// A tick.
    Tick,
    /// Two bars.
    Pause,
    /// None.
    None,
}

pub(crate) fn keys(state: State) -> Keys {
    let text = &texts::counter().keys;
    match state {
        State::Closed => Keys { top: Vec::new(), main: vec![open(text)], more: Vec::new() },
        State::Paused => Keys { top: vec![close(text)], main: vec![open(text)], more: Vec::new() },
        State::Free => Keys {
            top: vec![pause(text), close(text)],
            main: vec![key("call-next", &text.next, "", KeyIcon::None)],
            more: Vec::new(),
        },
        State::Called => Keys {
            top: vec![pause_after(text)],
            main: vec![key("is-here", &text.here, "", KeyIcon::None)],
            more: vec![recall(text), missed(text), back(text), finish(text)],
        },
        State::Serving => {
            Keys { top: vec![pause_after(text)], main: vec![finish_next(text)], more: vec![finish(text), back(text)] }
        }
        State::Presumed => Keys {
            top: vec![pause_after(text)],
            main: vec![finish_next(text)],
            more: vec![recall(text), missed(text), back(text), finish(text)],
        },
    }
}

fn key(act: &'static str, label: &'static str, shortcut: &'static str, icon: KeyIcon) -> Key {
    Key { act, label, shortcut, icon }
}

fn open(text: &'static KeysText) -> Key {
    key("open", &text.reopen, "", KeyIcon::None)
}

fn pause(text: &'static KeysText) -> Key {
    key("pause", &text.pause, "", KeyIcon::Pause)
}

fn pause_after(text: &'static KeysText) -> Key {
    key("pause", &text.pause_after, "", KeyIcon::Pause)
}

fn close(text: &'static KeysText) -> Key {
    key("close", &text.close, "", KeyIcon::None)
}

fn recall(text: &'static KeysText) -> Key {
    key("recall", &text.recall, "W", KeyIcon::Again)
}

fn missed(text: &'static KeysText) -> Key {
    key("missed", &text.missed, "N", KeyIcon::Cross)
}

fn back(text: &'static KeysText) -> Key {
    key("comes-back", &text.back, "K", KeyIcon::Parked)
}

fn finish(text: &'static KeysText) -> Key {
    key("finish", &text.finish, "F", KeyIcon::Tick)
}

fn finish_next(text: &'static KeysText) -> Key {
    key("finish-and-next", &text.finish_next, "", KeyIcon::None)
}

#[cfg(test)]
mod tests {
    use queue::Act;

    use super::*;

    const STATES: [State; 6] =
        [State::Closed, State::Paused, State::Free, State::Called, State::Serving, State::Presumed];

    #[test]
    fn every_key_sends_an_act_the_queue_knows() {
        for state in STATES {
            let keys = keys(state);
            for key in keys.top.iter().chain(&keys.main).chain(&keys.more) {
                let act = serde_json::from_str::<Act>(&format!("\"{}\"", key.act));
                assert!(act.is_ok(), "{}: {act:?}", key.act);
            }
        }
    }

    #[test]
    fn there_is_one_next_step_in_every_state_and_no_letter_twice() {
        for state in STATES {
            let keys = keys(state);
            assert_eq!(keys.main.len(), 1, "{state:?}");
            let mut letters: Vec<_> =
                keys.top.iter().chain(&keys.more).map(|key| key.shortcut).filter(|key| !key.is_empty()).collect();
            let all = letters.len();
            letters.sort_unstable();
            letters.dedup();
            assert_eq!(letters.len(), all, "{state:?}");
        }
    }
}
