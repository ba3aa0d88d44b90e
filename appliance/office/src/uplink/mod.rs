//! The uplink: the box dials out to the booking server, whenever there is a line.
//!
//! ```text
//!   ledger ─ outgoing ─► sealed ─► POST /sync/v1/exchange ─► sealed ─► loop ─ absorb ─► ledger
//!                          ▲ at every poll, fact of ours, and
//!                        poked ◄── GET /sync/v1/poke: a stream that says "there is something"
//! ```
//!
//! A line whose ends do not know each other's lives (one was restored) is mended first: rounds of
//! `POST /sync/v1/rejoin`, then the exchange goes on.
//!
//! What must always hold: nothing in the hall ever waits for this task; a lost answer is asked
//! for again and changes nothing twice; no redirect, no page of a captive portal is believed.

mod agreement;
mod ear;
mod http;
mod pace;
mod used;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use protocol::exchange::{Lives, Refusal, Sealed};
use store::rejoin::Next;
use store::{ExchangeError, StoreError};
use tokio::sync::{Notify, mpsc, oneshot};

pub(crate) use self::agreement::Compare;
use self::agreement::Comparing;
use self::ear::Ear;
pub(crate) use self::http::{BadWay, roots};
use self::http::{Far, LineError};
use self::pace::Pace;
pub(crate) use self::used::UsedCode;
pub use self::used::hash_of_code;
use crate::care::Health;
use crate::clock::Clock;
use crate::config::Booking;
use crate::ledger::{Heard, Ledger, Moment};
use crate::pages::view::LinkState;

/// Letters that may wait for the loop: one answer and one change of the line.
pub(crate) const MAX_LETTERS: usize = 4;

/// Exchanges one after the other without a pause: 250,000 entries, more than 30 days of outage.
const MAX_IN_A_ROW: usize = 500;

const EXCHANGE: &str = "/sync/v1/exchange";
const REJOIN: &str = "/sync/v1/rejoin";
const ENROL: &str = "/sync/v1/enrol";

/// Refusals in a row that are mended before the line counts as down: a nonce, a restore of each
/// end, a code.
const MAX_MENDS: usize = 8;

/// What the uplink tells the loop.
#[derive(Debug)]
pub(crate) enum Letter {
    /// The line works, or does not.
    Link(LinkState),
    /// The uplink is about to write: what is there to tell of this moment?
    Asked {
        /// Whether the bookings are to be compared, too.
        compare: Option<Compare>,
        /// Where it goes.
        moment: oneshot::Sender<Moment>,
    },
    /// An answer of the booking server, still sealed.
    Answer {
        /// Signed by the server, or not.
        sealed: Sealed,
        /// What became of it.
        taken: oneshot::Sender<Result<Taken, ExchangeError>>,
    },
    /// The answer to a round of rejoin, still sealed.
    Rejoined {
        /// Signed by the server, or not.
        sealed: Sealed,
        /// What became of it.
        taken: oneshot::Sender<Result<Told, ExchangeError>>,
    },
}

/// A round of rejoin was taken in.
#[derive(Debug)]
pub(crate) struct Told {
    /// What the server knows.
    pub(crate) lives: Lives,
    /// Both ends know the same.
    pub(crate) done: bool,
}

/// An answer was taken in.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// One of both ends has more to tell.
    pub(crate) more: bool,
    /// What the server believes of the bookings.
    pub(crate) heard: Heard,
}

/// One try that did not work.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("{0}")]
    Line(#[from] LineError),
    #[error("{0}")]
    Exchange(#[from] ExchangeError),
    #[error("this box is not enrolled: put a code of `aufruf-booking enrol` into booking.code and start again")]
    NoCode,
    #[error(
        "the code in booking.code does not fit, is older than an hour or was used by another box: \
         get a new one with `aufruf-booking enrol` and start again"
    )]
    BadCode,
    #[error("this box cannot be enrolled: {0}; get a code for its office with `aufruf-booking enrol`")]
    NotTaken(Refusal),
    #[error("{0}; put a new code of `aufruf-booking enrol` into booking.code and start again")]
    NeedsCode(Refusal),
    #[error("failed to start a thread: {0}")]
    Thread(#[from] std::io::Error),
    #[error("the box is stopping")]
    Stopping,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Exchange(error.into())
    }
}

/// The box's end of the line.
pub(crate) struct Uplink {
    far: Far,
    code: Option<String>,
    pace: Pace,
    /// The last answer said that one of both ends has more entries.
    owed: bool,
    ledger: Ledger,
    clock: Clock,
    letters: mpsc::Sender<Letter>,
    written: Arc<Notify>,
    ear: Ear,
    health: Health,
    link: LinkState,
    comparing: Comparing,
    used: UsedCode,
}

impl Uplink {
    /// An uplink that has not tried yet.
    ///
    /// # Errors
    /// Its proxy or its file of authorities cannot be used any more.
    pub(crate) fn new(
        booking: &Booking,
        ledger: Ledger,
        clock: Clock,
        letters: mpsc::Sender<Letter>,
        written: Arc<Notify>,
        health: Health,
        used: UsedCode,
    ) -> Result<Self, BadWay> {
        let since = clock.now().at;
        let far = Far::new(booking, &clock)?;
        Ok(Self {
            ear: Ear::new(far.clone(), ledger.clone()),
            far,
            // The card's file keeps the key when its code was used and taken out.
            code: booking.code.clone().filter(|code| !code.trim().is_empty()),
            pace: Pace::every(Duration::from_secs(u64::from(booking.poll_seconds))),
            owed: false,
            ledger,
            clock,
            letters,
            written,
            health,
            link: LinkState::Offline { since },
            comparing: Comparing::default(),
            used,
        })
    }

    /// Exchanges and listens for ever; ends when the loop is gone.
    pub(crate) async fn run(self) {
        let ear = self.ear.clone();
        tokio::select! {
            () = self.dial() => {}
            never = ear.listen() => match never {},
        }
    }

    async fn dial(mut self) {
        // Power may have been cut between the enrolment and this.
        self.used.look(&self.ledger, self.code.as_deref()).await;
        loop {
            let outcome = self.catch_up().await;
            if matches!(outcome, Err(Failed::Stopping)) || self.tell(&outcome).await.is_err() {
                return;
            }
            if outcome.is_ok() {
                self.ear.prick_up();
            }
            let pause = self.pace.next(outcome.is_ok());
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // Whoever pokes can be reached, whatever the last try came to.
                () = self.ear.poked() => {}
                // Offline, new facts wait for the next try: a busy morning must not hammer.
                () = self.written.notified(), if outcome.is_ok() => {}
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), Failed> {
        for _round in 0..MAX_IN_A_ROW {
            if !self.exchange().await?.more {
                break;
            }
        }
        Ok(())
    }

    /// One exchange, after whatever has to be mended first.
    async fn exchange(&mut self) -> Result<Taken, Failed> {
        let mut told = false;
        for _mend in 0..MAX_MENDS {
            let refusal = match self.try_exchange().await {
                Err(Failed::Exchange(ExchangeError::Refused(refusal))) => refusal,
                other => return other,
            };
            match self.ledger.heed(refusal.clone()).await? {
                Next::Again => {}
                // Everything is told and one end is still not sure: it is frozen.
                Next::Rejoin if told && refusal == Refusal::Rejoin => self.start_again(refusal).await?,
                Next::Rejoin => {
                    self.rejoin().await?;
                    told = true;
                }
                Next::Person => self.start_again(refusal).await?,
            }
        }
        self.try_exchange().await
    }

    /// Only a new code helps; if somebody put one into the settings, it is used.
    async fn start_again(&self, refusal: Refusal) -> Result<(), Failed> {
        let is_new = match &self.code {
            Some(code) => self.ledger.is_new_code(code.clone()).await?,
            None => false,
        };
        let only_a_code_helps = matches!(refusal, Refusal::Fork { .. } | Refusal::Replaced | Refusal::Rejoin);
        match is_new {
            true => self.enrol().await,
            false if only_a_code_helps => Err(Failed::NeedsCode(refusal)),
            false => Err(ExchangeError::from(refusal).into()),
        }
    }

    /// Rounds until both ends know the same lives.
    async fn rejoin(&self) -> Result<(), Failed> {
        let (mut heard, mut refused) = (None, 0);
        for _round in 0..MAX_IN_A_ROW {
            match self.round(heard.take()).await {
                Ok(Told { done: true, .. }) => return Ok(()),
                Ok(Told { lives, .. }) => heard = Some(lives),
                Err(Failed::Exchange(ExchangeError::Refused(refusal))) if refused < MAX_MENDS => {
                    refused += 1;
                    if self.ledger.heed(refusal.clone()).await? == Next::Person {
                        return self.start_again(refusal).await;
                    }
                }
                Err(other) => return Err(other),
            }
        }
        Err(ExchangeError::from(Refusal::Rejoin).into())
    }

    async fn round(&self, heard: Option<Lives>) -> Result<Told, Failed> {
        let outgoing = self.ledger.rejoin(heard).await?;
        let far = self.far.clone();
        let sealed = waiting(move || far.exchange(REJOIN, &outgoing)).await?;
        let (taken, outcome) = oneshot::channel();
        self.letters.send(Letter::Rejoined { sealed, taken }).await.map_err(|_gone| Failed::Stopping)?;
        Ok(outcome.await.map_err(|_gone| Failed::Stopping)??)
    }

    async fn try_exchange(&mut self) -> Result<Taken, Failed> {
        // In the middle of a backlog nothing is compared, and no other moment told than at its start.
        let moment = if std::mem::take(&mut self.owed) { Moment::default() } else { self.moment().await? };
        let outgoing = match self.ledger.outgoing(&moment).await {
            Err(ExchangeError::Refused(Refusal::NotEnrolled)) => {
                self.enrol().await?;
                self.ledger.outgoing(&moment).await?
            }
            other => other?,
        };
        let far = self.far.clone();
        let sealed = waiting(move || far.exchange(EXCHANGE, &outgoing)).await?;
        let (taken, outcome) = oneshot::channel();
        self.letters.send(Letter::Answer { sealed, taken }).await.map_err(|_gone| Failed::Stopping)?;
        let mut taken = outcome.await.map_err(|_gone| Failed::Stopping)??;
        self.owed = taken.more;
        let now = self.clock.now().at;
        taken.more |= self.comparing.heard(moment.stand.as_ref(), &taken.heard, now, &self.health);
        Ok(taken)
    }

    async fn moment(&self) -> Result<Moment, Failed> {
        let compare = self.comparing.due(self.clock.now().at);
        let (moment, told) = oneshot::channel();
        self.letters.send(Letter::Asked { compare, moment }).await.map_err(|_gone| Failed::Stopping)?;
        told.await.map_err(|_gone| Failed::Stopping)
    }

    async fn enrol(&self) -> Result<(), Failed> {
        match self.try_enrol().await {
            // A box from an old image asks with a life that is over, and begins another one.
            Err(Failed::NotTaken(refusal)) if self.ledger.heed(refusal.clone()).await? == Next::Again => {
                self.try_enrol().await
            }
            other => other,
        }
    }

    async fn try_enrol(&self) -> Result<(), Failed> {
        let code = self.code.clone().ok_or(Failed::NoCode)?;
        let question = self.ledger.ask(code).await?;
        let far = self.far.clone();
        let answer = waiting(move || far.exchange(ENROL, &question.sealed)).await?;
        match self.ledger.enrolled(question.request, answer).await {
            Err(ExchangeError::Refused(Refusal::NotEnrolled)) => Err(Failed::BadCode),
            Err(ExchangeError::Refused(refusal)) => Err(Failed::NotTaken(refusal)),
            other => Ok(other?),
        }?;
        tracing::info!("this box is enrolled");
        self.used.look(&self.ledger, self.code.as_deref()).await;
        Ok(())
    }

    /// Tells the loop when the line came or went; while it holds, how fresh it is.
    async fn tell(&mut self, outcome: &Result<(), Failed>) -> Result<(), Failed> {
        self.tell_health(outcome);
        let now = self.clock.now().at;
        let next = match outcome {
            Ok(()) => LinkState::Connected { as_of: now },
            Err(failed) => {
                self.complain(failed);
                self.comparing.at_once();
                LinkState::Offline { since: self.offline_since(now) }
            }
        };
        self.link = next;
        self.letters.send(Letter::Link(next)).await.map_err(|_gone| Failed::Stopping)
    }

    /// A line that comes back by itself is one thing; a code that somebody has to fetch another.
    fn tell_health(&self, outcome: &Result<(), Failed>) {
        self.health.trouble(outcome.as_ref().err().map(ToString::to_string));
        match outcome {
            Ok(()) => self.health.enrolment(None),
            Err(bad @ (Failed::NoCode | Failed::BadCode | Failed::NotTaken(_) | Failed::NeedsCode(_))) => {
                self.health.enrolment(Some(bad.to_string()));
            }
            Err(Failed::Line(_) | Failed::Exchange(_) | Failed::Thread(_) | Failed::Stopping) => {}
        }
    }

    fn complain(&self, failed: &Failed) {
        match self.link {
            LinkState::Connected { .. } => tracing::warn!("offline: {failed}"),
            LinkState::Offline { .. } | LinkState::Never => tracing::info!("still offline: {failed}"),
        }
    }

    fn offline_since(&self, now: Timestamp) -> Timestamp {
        match self.link {
            LinkState::Offline { since } => since,
            LinkState::Connected { .. } | LinkState::Never => now,
        }
    }
}

/// Runs a call that blocks in a thread of its own. Nobody waits for its end: a box that stops
/// leaves a call on a dead line behind.
async fn waiting<T: Send + 'static>(call: impl FnOnce() -> Result<T, LineError> + Send + 'static) -> Result<T, Failed> {
    let (done, outcome) = oneshot::channel();
    std::thread::Builder::new().name("uplink".to_owned()).spawn(move || drop(done.send(call())))?;
    Ok(outcome.await.map_err(|_gone| Failed::Stopping)??)
}
