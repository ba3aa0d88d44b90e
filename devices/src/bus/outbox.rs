//! What waits to be published: the newest state of each desk, and answers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::desk::{self, Message};
use crate::gate::MAX_DESKS;
use crate::values::{DeskId, DeskView, Show};

/// Answers that wait for a broker that is away: five of every desk. When full the oldest goes; its device
/// presses the same id again and gets the same answer.
const MAX_ANSWERS: usize = 5 * MAX_DESKS;

/// All that can be taken at once.
pub(super) const MAX_MESSAGES: usize = MAX_ANSWERS + MAX_DESKS;

/// Shared by who shows and who publishes; never makes either wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    states: BTreeMap<DeskId, DeskView>,
    unpublished: BTreeSet<DeskId>,
    answers: VecDeque<Message>,
}

impl Outbox {
    pub(crate) fn show(&self, show: Show) {
        self.lock().put(show);
        self.0.changed.notify_one();
    }

    /// Waits until something was shown since the last time.
    pub(super) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// The broker is a new one: it knows nothing.
    pub(super) fn everything_again(&self) {
        let mut waiting = self.lock();
        waiting.unpublished = waiting.states.keys().cloned().collect();
    }

    /// Takes what waits: states first, so that an answer never comes before the state it made.
    pub(super) fn take(&self) -> Vec<Message> {
        let mut waiting = self.lock();
        let desks = std::mem::take(&mut waiting.unpublished);
        let states = desks.iter().filter_map(|desk| Some(desk::state(desk, waiting.states.get(desk)?)));
        let mut messages: Vec<Message> = states.collect();
        messages.extend(waiting.answers.drain(..));
        messages
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Only whole values are put in and taken out; no panic can leave one half.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn put(&mut self, show: Show) {
        match show {
            Show::State { desk, view } => self.put_state(desk, view),
            Show::Acknowledge { desk, press, answer, code } => {
                if self.answers.len() == MAX_ANSWERS {
                    self.answers.pop_front();
                }
                let waiting = self.states.get(&desk).map(|view| view.waiting);
                self.answers.push_back(desk::acknowledge(&desk, &press, &answer, code.as_deref(), waiting));
            }
        }
    }

    fn put_state(&mut self, desk: DeskId, view: DeskView) {
        if !self.states.contains_key(&desk) && self.states.len() == MAX_DESKS {
            return tracing::error!(desk = desk.0, most = MAX_DESKS, "one desk too many; its state is not shown");
        }
        self.unpublished.insert(desk.clone());
        self.states.insert(desk, view);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(desk: usize, waiting: u16) -> Show {
        Show::State { desk: DeskId(format!("d{desk}")), view: DeskView { waiting, ..DeskView::default() } }
    }

    fn answer(press: usize) -> Show {
        let (desk, press, answer) = (DeskId("d0".into()), press.to_string(), "called".to_owned());
        Show::Acknowledge { desk, press, answer, code: None }
    }

    fn text(message: &Message) -> &str {
        std::str::from_utf8(&message.payload).expect("JSON")
    }

    #[test]
    fn only_the_newest_state_of_a_desk_goes_out_and_only_once() {
        let outbox = Outbox::default();
        outbox.show(state(0, 1));
        outbox.show(state(0, 2));
        let taken = outbox.take();
        assert_eq!(taken.len(), 1);
        assert!(text(&taken[0]).contains(r#""waiting":2"#));
        assert!(outbox.take().is_empty());
    }

    #[test]
    fn a_new_broker_gets_every_state_again_but_no_answer() {
        let outbox = Outbox::default();
        outbox.show(state(0, 1));
        outbox.show(state(1, 1));
        outbox.show(answer(1));
        assert_eq!(outbox.take().len(), 3);
        outbox.everything_again();
        assert_eq!(outbox.take().iter().filter(|message| message.retain).count(), 2);
    }

    #[test]
    fn an_answer_comes_after_the_state_and_tells_how_many_wait() {
        let outbox = Outbox::default();
        outbox.show(state(0, 7));
        outbox.show(answer(1));
        let taken = outbox.take();
        assert!(taken[0].retain);
        assert!(text(&taken[1]).contains(r#""waiting":7"#));
    }

    #[test]
    fn answers_and_desks_have_a_limit() {
        let outbox = Outbox::default();
        (0..=MAX_ANSWERS).for_each(|press| outbox.show(answer(press)));
        let answers = outbox.take();
        assert_eq!(answers.len(), MAX_ANSWERS);
        assert!(text(&answers[0]).contains(r#""id":"1""#), "the oldest went");
        (0..=MAX_DESKS).for_each(|desk| outbox.show(state(desk, 0)));
        assert_eq!(outbox.take().len(), MAX_DESKS);
    }
}
