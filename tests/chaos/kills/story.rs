//! What one citizen did and was told, and the world in which it happened.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::town::Town;

/// One visit from its first page to its end, as its citizen knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    /// Whose: a mail address nobody else has.
    pub(crate) who: String,
    /// A clerk sold it at the desk of the box; there is one mail, without a link.
    pub(crate) at_desk: bool,
    /// A page said that a mail with a link comes.
    pub(crate) promised: bool,
    /// The link of that mail.
    pub(crate) link: Option<String>,
    /// The button behind the link was pressed at least once.
    pub(crate) pressed: bool,
    /// A page said that the appointment is booked: its address, and the PIN on it.
    pub(crate) confirmed: Option<(String, Option<String>)>,
    /// A page said that the time is gone.
    pub(crate) turned_away: bool,
    /// The button that gives the appointment up was pressed at least once.
    pub(crate) gave_up: bool,
    /// A page said that it is cancelled.
    pub(crate) cancelled: bool,
    /// The appointment is of today.
    pub(crate) today: bool,
    /// The PIN was typed at a terminal at least once.
    pub(crate) typed: bool,
    /// A terminal greeted whoever typed it as somebody whose appointment it knows.
    pub(crate) greeted: bool,
}

/// Everything citizens and the conductor share.
pub(crate) struct World {
    pub(crate) town: Arc<Town>,
    /// Answers citizens got so far.
    pub(crate) answers: watch::Sender<u64>,
    /// Whether the booking server is meant to be up, and the box.
    pub(crate) server_up: watch::Sender<bool>,
    pub(crate) box_up: watch::Sender<bool>,
    resting: watch::Sender<bool>,
    stories: Mutex<Vec<Story>>,
}

impl World {
    pub(crate) fn new(town: Arc<Town>) -> Self {
        Self {
            town,
            answers: watch::Sender::new(0),
            server_up: watch::Sender::new(true),
            box_up: watch::Sender::new(true),
            resting: watch::Sender::new(false),
            stories: Mutex::default(),
        }
    }

    /// Nobody begins another visit.
    pub(crate) fn rest(&self) {
        self.resting.send_replace(true);
    }

    pub(crate) fn rests(&self) -> bool {
        *self.resting.borrow()
    }

    pub(crate) fn resting(&self) -> watch::Receiver<bool> {
        self.resting.subscribe()
    }

    pub(crate) fn answered(&self) {
        self.answers.send_modify(|answers| *answers += 1);
    }

    pub(crate) fn tell(&self, story: Story) {
        self.stories.lock().unwrap_or_else(PoisonError::into_inner).push(story);
    }

    pub(crate) fn stories(&self) -> Vec<Story> {
        self.stories.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Waits until something is up again.
pub(crate) async fn is_up(which: &watch::Sender<bool>) {
    // The sender is the one we were given.
    drop(which.subscribe().wait_for(|up| *up).await);
}
