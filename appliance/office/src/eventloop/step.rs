//! One step of the hall: hand it to the queue, keep the facts, then announce.
//!
//! What must always hold: nothing is shown or announced before its facts are on disk.

use names::Now;
use queue::{Effect, Event, Recorded};

use super::hall::Hall;
use crate::ledger::LedgerError;

impl Hall {
    pub(super) async fn step_if(&mut self, event: Option<Event>) -> Result<(), LedgerError> {
        match event {
            Some(event) => self.step(event).await,
            None => Ok(()),
        }
    }

    /// One step: decide, keep, announce. What could not be kept did not happen: the queue goes
    /// back to what is on disk, and whoever asked is told so by silence.
    pub(super) async fn step(&mut self, event: Event) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.step_at(event, now).await.map(drop)
    }

    /// One step at a given moment; says whether it was kept.
    pub(super) async fn step_at(&mut self, event: Event, now: Now) -> Result<bool, LedgerError> {
        match self.keep(event, now).await? {
            Some(moments) => {
                self.tell(moments, now).await;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Decides and keeps; answers what is to be announced, or nothing if it could not be kept.
    pub(super) async fn keep(&mut self, event: Event, now: Now) -> Result<Option<Vec<Effect>>, LedgerError> {
        let (facts, moments) = sort(self.queue.handle(event, now));
        if facts.is_empty() {
            return Ok(Some(moments));
        }
        self.slips.heard(&facts);
        if let Err(failure) = self.ledger.commit(facts).await {
            tracing::error!("{failure}; nothing of this step is shown");
            self.health.journal(Some(&failure));
            self.asked.forget_all();
            self.slips.forget();
            let replayed = self.ledger.replay().await?;
            (self.queue, self.known) = (replayed.queue, replayed.known);
            self.publish(now);
            return Ok(None);
        }
        self.health.journal(None);
        self.written.notify_one();
        Ok(Some(moments))
    }

    /// Shows and announces what was kept.
    pub(super) async fn tell(&mut self, moments: Vec<Effect>, now: Now) {
        // What a terminal answers is part of its picture; an answer to a desk device tells how many
        // wait, so there the picture comes first.
        let pulled = self.slips.pulled(&moments);
        let (greetings, others): (Vec<_>, Vec<_>) =
            moments.into_iter().partition(|moment| matches!(moment, Effect::Greet { .. }));
        for greeting in greetings {
            self.announce(greeting, now);
        }
        self.show(now);
        self.print(pulled, now).await;
        for moment in others {
            self.announce(moment, now);
        }
        // Whoever was woken goes first: the counter pages are long, and the hall does not wait for them.
        tokio::task::yield_now().await;
        self.show_counters(now);
    }
}

fn sort(effects: Vec<Effect>) -> (Vec<Recorded>, Vec<Effect>) {
    let mut facts = Vec::new();
    let mut moments = Vec::new();
    for effect in effects {
        match effect {
            Effect::Record(recorded) => facts.push(recorded),
            moment @ (Effect::Announce { .. } | Effect::Greet { .. } | Effect::Answer { .. }) => moments.push(moment),
        }
    }
    (facts, moments)
}

#[cfg(test)]
mod tests {
    use queue::PressId;

    use super::*;

    #[test]
    fn facts_come_first_whatever_the_order_of_effects() {
        let answer = Effect::Answer {
            counter: names::CounterId::try_from(1).expect("a counter"),
            press: PressId("p".to_owned()),
            answer: queue::Answer::Done,
        };
        let (facts, moments) = sort(vec![answer.clone()]);
        assert!(facts.is_empty());
        assert_eq!(moments, vec![answer]);
    }
}
