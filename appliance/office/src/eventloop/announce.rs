//! The only outbound dictionary: what the queue asks for becomes a bell, an answer, a picture.
//!
//! Called only after the facts of the step are on disk.

use std::collections::{BTreeMap, VecDeque};

use devices::{Bell, DeskId};
use names::{CounterId, Now};
use protocol::now::{BoxNow, Turn};
use queue::{Answer, Effect, Greeting, PressId, Queue, VisitId, Wait};
use tokio::sync::oneshot;

use super::desks;
use super::hall::Hall;

/// Presses that wait for their answer, all counters together; more is a flood, not an office.
const MAX_ASKED: usize = 1024;

/// Who waits for the answer to a press.
#[derive(Debug)]
pub(crate) enum Asker {
    Page(oneshot::Sender<Answer>),
    Desk { desk: DeskId, press: String },
}

/// Presses on their way through the queue.
#[derive(Debug, Default)]
pub(crate) struct Asked(BTreeMap<(CounterId, PressId), Vec<Asker>>);

impl Asked {
    /// Remembers who asked; a flood is dropped and the asker presses again.
    pub(crate) fn remember(&mut self, counter: CounterId, press: PressId, asker: Asker) {
        if self.0.len() < MAX_ASKED {
            self.0.entry((counter, press)).or_default().push(asker);
        }
    }

    /// Nobody of these is answered: the step could not be kept.
    pub(crate) fn forget_all(&mut self) {
        self.0.clear();
    }

    fn take(&mut self, counter: CounterId, press: PressId) -> Vec<Asker> {
        self.0.remove(&(counter, press)).unwrap_or_default()
    }
}

/// Bells that ring or wait, and whose call each one is.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    next: u64,
    ringing: VecDeque<(u64, VisitId)>,
}

impl Bells {
    fn ring(&mut self, visit: VisitId) -> Bell {
        self.next += 1;
        self.ringing.push_back((self.next, visit));
        Bell::Call { bell: self.next }
    }

    /// The call whose bell ended; bells end in the order they were rung.
    pub(crate) fn rang(&mut self, bell: u64) -> Option<VisitId> {
        let place = self.ringing.iter().position(|(number, _)| *number == bell)?;
        self.ringing.remove(place).map(|(_, visit)| visit)
    }
}

/// What the booking server may tell citizens of this moment: bookings only, no codes.
pub(super) fn this_moment(queue: &Queue, now: Now, wrong: Vec<String>) -> BoxNow {
    let minutes = |wait: Wait| match wait {
        Wait::About(minutes) => Some(minutes),
        Wait::Unsure => None,
    };
    let turns = queue.turns(now).into_iter();
    BoxNow {
        waiting: u16::try_from(queue.waiting()).unwrap_or(u16::MAX),
        wait: minutes(queue.wait(now)),
        turns: turns.filter_map(|t| Some((t.booking?, Turn { ahead: t.ahead, wait: minutes(t.wait) }))).collect(),
        wrong,
    }
}

/// What is heard at the terminal; what is only good to know stays silent.
fn tone(greeting: &Greeting) -> Option<Bell> {
    match greeting {
        Greeting::Here { .. }
        | Greeting::Waiting { .. }
        | Greeting::GoTo { .. }
        | Greeting::BackInFront { .. }
        | Greeting::BackInLine { .. }
        | Greeting::Returning { .. }
        | Greeting::Ticket { .. }
        | Greeting::Unverified { .. } => Some(Bell::Done),
        Greeting::CheckDigits | Greeting::Unknown | Greeting::Unreadable => Some(Bell::PleaseCheck),
        Greeting::OtherDay { .. }
        | Greeting::OtherOffice
        | Greeting::Cancelled
        | Greeting::AlreadyServed
        | Greeting::Rest { .. }
        | Greeting::NoTickets
        | Greeting::Closed { .. } => None,
    }
}

impl Hall {
    /// Carries out one effect that is not a fact.
    pub(super) fn announce(&mut self, effect: Effect, now: Now) {
        match effect {
            Effect::Record(_) => debug_assert!(false, "facts are committed, not announced"),
            Effect::Announce { visit, code: _, counter: _ } => {
                let bell = self.bells.ring(visit);
                self.ring(bell, now);
            }
            Effect::Greet { reader, greeting } => {
                if let Some(bell) = tone(&greeting) {
                    self.ring(bell, now);
                }
                self.terminals.greet(reader, greeting, now);
            }
            Effect::Answer { counter, press, answer } => self.answer(counter, press, &answer),
        }
    }

    fn answer(&mut self, counter: CounterId, press: PressId, answer: &Answer) {
        for asker in self.asked.take(counter, press) {
            match asker {
                // A page that left does not wait for its answer; the next picture tells it.
                Asker::Page(reply) => drop(reply.send(answer.clone())),
                Asker::Desk { desk, press } => self.devices.show(desks::acknowledge(desk, press, answer)),
            }
        }
    }
}
