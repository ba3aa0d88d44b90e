//! The ledger: the queue's facts on disk, and the day replayed from them.
//!
//! What must always hold: what `commit` returned is on disk; replaying gives the identical
//! queue. What may not be used here: the pages, the devices.

mod agreement;
mod copies;
mod desk;
mod erase;
mod facts;
mod order;
mod replay;
mod seats;
mod token_key;

use std::path::Path;

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::entry::Entry;
use protocol::exchange::{Answer, EnrolRequest, Lives, NodeKey, Nonce, Refusal, RejoinAnswer, Sealed, seal, seal_poke};
use protocol::now::BoxNow;
use queue::Recorded;
use store::exchange::Question;
use store::rejoin::{Found, Next};
use store::{Db, ExchangeError, OfficeShelf, Opened, StoreError, exchange, journal, keys, rejoin};

pub(crate) use agreement::{Heard, Moment, Stand, belief};
pub(crate) use copies::{Standing, file};
pub(crate) use desk::{NotSold, Sale, Stock};
pub(crate) use facts::BadFact;
pub(crate) use replay::Replayed;

/// The box's file in its data folder.
const FILE: &str = "journal.db";

/// The journal of the box.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    db: Db,
    office: OfficeId,
}

/// Why the journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerError {
    /// The disk or the file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fact of the queue.
    #[error(transparent)]
    Fact(#[from] BadFact),
}

impl Ledger {
    /// Opens the journal below `data`, compares it with what is known of it on the stick and beside it,
    /// and settles what a restore left as far as that can be done without a line.
    ///
    /// # Errors
    /// When another program has it open, or the disk fails.
    pub(crate) fn open(data: &Path, office: &OfficeId, stick: Option<&Path>) -> Result<(Self, Opened), LedgerError> {
        seats::open(data, office, stick)
    }

    /// Keeps the facts of one step, in their order, in one transaction.
    ///
    /// # Errors
    /// Nothing of the step was kept.
    pub(crate) async fn commit(&self, facts: Vec<Recorded>) -> Result<(), LedgerError> {
        let mut drafts = Vec::with_capacity(facts.len());
        for fact in &facts {
            drafts.extend(facts::draft(fact)?);
        }
        if drafts.is_empty() {
            return Ok(());
        }
        let office = self.office.clone();
        self.db
            .write(move |tx| {
                journal::append(tx, &office, Side::Box, &drafts)?;
                Ok(())
            })
            .await
    }

    /// Rebuilds the queue and what the booking server told from the journal.
    ///
    /// # Errors
    /// The journal cannot be read, or was written by a newer version.
    pub(crate) async fn replay(&self) -> Result<Replayed, LedgerError> {
        let office = self.office.clone();
        self.db.read(move |tx| replay::replay(tx, &office)).await
    }

    /// Everything the booking server does not have yet and what is there to tell of this moment, signed
    /// and ready to send.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] before the box was enrolled; or the disk fails.
    pub(crate) async fn outgoing(&self, moment: &Moment) -> Result<Sealed, ExchangeError> {
        let (office, now, stand) =
            (self.office.clone(), moment.now.as_ref().and_then(BoxNow::write), moment.stand.clone());
        self.db
            .write(move |tx| {
                let mut request = exchange::prepare(tx, &office, now)?;
                if let Some(stand) = &stand {
                    agreement::tell(tx, stand, &mut request)?;
                }
                Ok(seal(&keys::signer(tx, &office)?, request.nonce, &request)?)
            })
            .await
    }

    /// Takes in an answer of the booking server: its entries and the cursor in one transaction.
    ///
    /// # Errors
    /// Whatever is wrong with the answer; then nothing of it was kept.
    pub(crate) async fn absorb(&self, sealed: Sealed, at: Timestamp) -> Result<Absorbed, ExchangeError> {
        let office = self.office.clone();
        let absorbed = self
            .db
            .write(move |tx| match exchange::open_answer(tx, &office, &sealed)? {
                // Committed on purpose: a refusal may say which nonce is due.
                Answer::Refused(refusal) => Ok(Err(refusal)),
                Answer::Reply(reply) => {
                    let entries = exchange::absorb(tx, &reply)?;
                    seats::hear(tx, &office, &entries, at)?;
                    let owed =
                        journal::cursor(tx, &office, Side::Box)?.is_some_and(|own| own.number > reply.ack.number);
                    let heard = Heard::from(&*reply);
                    Ok(Ok(Absorbed { entries, time: reply.time, more: reply.more || owed, heard }))
                }
            })
            .await;
        absorbed.and_then(|answered: Result<Absorbed, Refusal>| answered.map_err(ExchangeError::from))
    }

    /// The next round of rejoin, signed; `heard` is what the last answer said.
    ///
    /// # Errors
    /// As [`Ledger::outgoing`].
    pub(crate) async fn rejoin(&self, heard: Option<Lives>) -> Result<Sealed, ExchangeError> {
        let office = self.office.clone();
        self.db
            .write(move |tx| {
                let request = rejoin::prepare(tx, &office, heard.as_ref())?;
                Ok(seal(&keys::signer(tx, &office)?, request.nonce, &request)?)
            })
            .await
    }

    /// The time that the answer to a round of rejoin tells; nothing for a refusal and for what is not
    /// signed as it should be.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn time_told(&self, sealed: &Sealed) -> Result<Option<Timestamp>, StoreError> {
        let (office, sealed) = (self.office.clone(), sealed.clone());
        let told = self.db.write(move |tx| rejoin::open_answer(tx, &office, &sealed)).await;
        match told {
            Ok(RejoinAnswer::Rejoined(answer)) => Ok(Some(answer.time)),
            Ok(RejoinAnswer::Refused(_)) | Err(ExchangeError::Refused(_)) => Ok(None),
            Err(ExchangeError::Store(error)) => Err(error),
        }
    }

    /// Takes in the answer to a round of rejoin, and settles the seats with what came back.
    ///
    /// # Errors
    /// As [`Ledger::absorb`].
    pub(crate) async fn rejoined(&self, sealed: Sealed, at: Timestamp) -> Result<Rejoined, ExchangeError> {
        let office = self.office.clone();
        let rejoined = self
            .db
            .write(move |tx| match rejoin::open_answer(tx, &office, &sealed)? {
                // Committed on purpose, as in `absorb`.
                RejoinAnswer::Refused(refusal) => Ok(Err(refusal)),
                RejoinAnswer::Rejoined(answer) => {
                    let found = rejoin::absorb(tx, &answer)?;
                    let ending = OfficeShelf::new(tx, &office, Side::Box, at).seats().settle(found.done)?;
                    seats::hear(tx, &office, &found.peer, at)?;
                    tracing::warn!(
                        own = found.own.len(),
                        peer = found.peer.len(),
                        ?ending,
                        "both ends told what they know"
                    );
                    Ok(Ok(Rejoined { found, lives: answer.lives }))
                }
            })
            .await;
        rejoined.and_then(|answered: Result<Rejoined, Refusal>| answered.map_err(ExchangeError::from))
    }

    /// Does what a refusal asks of this box; what the line has to do next.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn heed(&self, refusal: Refusal) -> Result<Next, StoreError> {
        let office = self.office.clone();
        self.db.write(move |tx| rejoin::heed(tx, &office, Side::Box, &refusal)).await
    }

    /// The signed request for the poke.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn poke(&self, nonce: Nonce) -> Result<Sealed, StoreError> {
        let office = self.office.clone();
        self.db.write(move |tx| Ok(seal_poke(&keys::signer(tx, &office)?, nonce, &office))).await
    }

    /// What the box enrols with.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn ask(&self, code: String) -> Result<Question, ExchangeError> {
        let office = self.office.clone();
        self.db.write(move |tx| exchange::ask(tx, &office, &code)).await
    }

    /// Keeps what the booking server answered to the enrolment.
    ///
    /// # Errors
    /// The box was not taken in; or the disk fails.
    pub(crate) async fn enrolled(&self, asked: EnrolRequest, answer: Sealed) -> Result<(), ExchangeError> {
        self.db.write(move |tx| exchange::enrolled(tx, &asked, &answer)).await
    }

    /// Makes a new key for the exchanges and announces it; it is used once the booking server knows it.
    /// Asked again before that, it is the same. Gives back the public half.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn rotate_key(&self, at: Timestamp) -> Result<NodeKey, StoreError> {
        let office = self.office.clone();
        self.db.write(move |tx| keys::rotate(tx, &office, Side::Box, at)).await
    }

    /// Whether this code is not the one that let the box in.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn is_new_code(&self, code: String) -> Result<bool, StoreError> {
        let office = self.office.clone();
        self.db.read(move |tx| exchange::wants_code(tx, &office, &code)).await
    }
}

/// What one answer to a round of rejoin brought.
#[derive(Debug)]
pub(crate) struct Rejoined {
    /// The entries of both sides that were missing here.
    pub(crate) found: Found,
    /// What the server knows.
    pub(crate) lives: Lives,
}

/// What one answer of the booking server brought.
#[derive(Debug)]
pub(crate) struct Absorbed {
    /// The new entries, in order.
    pub(crate) entries: Vec<Entry>,
    /// The server's time when it answered.
    pub(crate) time: Timestamp,
    /// One of both ends has more to tell.
    pub(crate) more: bool,
    /// What the server believes of the bookings.
    pub(crate) heard: Heard,
}

/// The newest moment of a replay, so that the clock never steps behind it.
pub(crate) fn newest(seen: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    Some(seen.map_or(at, |s| s.max(at)))
}

#[cfg(test)]
pub(crate) mod backlog_tests;
#[cfg(test)]
mod tests;
