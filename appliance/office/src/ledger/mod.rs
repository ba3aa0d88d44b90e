//! The ledger: the queue's facts on disk, and the day replayed from them.
//!
//! What must always hold: what `commit` returned is on disk; replaying gives the identical
//! queue. What may not be used here: the pages, the devices.

mod facts;
mod replay;

use std::path::Path;

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::entry::Entry;
use protocol::exchange::{Answer, EnrolReply, EnrolRequest, Nonce, Refusal, Sealed, seal, seal_poke};
use protocol::now::BoxNow;
use queue::Recorded;
use store::{Db, ExchangeError, StoreError, exchange, journal, keys};

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
    /// Opens the journal below `data`.
    ///
    /// # Errors
    /// When another program has it open, or the disk fails.
    pub(crate) fn open(data: &Path, office: &OfficeId) -> Result<Self, LedgerError> {
        Ok(Self { db: Db::open(&data.join(FILE), &[])?, office: office.clone() })
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

    /// Everything the booking server does not have yet and what is *now*, signed and ready to send.
    ///
    /// # Errors
    /// [`Refusal::NotEnrolled`] before the box was enrolled; or the disk fails.
    pub(crate) async fn outgoing(&self, now: &BoxNow) -> Result<Sealed, ExchangeError> {
        let (office, now) = (self.office.clone(), now.write());
        self.db
            .write(move |tx| {
                let request = exchange::prepare(tx, &office, now)?;
                Ok(seal(&keys::node_signer(tx)?, request.nonce, &request)?)
            })
            .await
    }

    /// Takes in an answer of the booking server: its entries and the cursor in one transaction.
    ///
    /// # Errors
    /// Whatever is wrong with the answer; then nothing of it was kept.
    pub(crate) async fn absorb(&self, sealed: Sealed) -> Result<Absorbed, ExchangeError> {
        let office = self.office.clone();
        let absorbed = self
            .db
            .write(move |tx| match exchange::open_answer(tx, &office, &sealed)? {
                // Committed on purpose: a refusal may say which nonce is due.
                Answer::Refused(refusal) => Ok(Err(refusal)),
                Answer::Reply(reply) => {
                    let entries = exchange::absorb(tx, &reply)?;
                    Ok(Ok(Absorbed { entries, time: reply.time, more: reply.more }))
                }
            })
            .await;
        absorbed.and_then(|answered: Result<Absorbed, Refusal>| answered.map_err(ExchangeError::from))
    }

    /// The signed request for the poke.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn poke(&self, nonce: Nonce) -> Result<Sealed, StoreError> {
        let office = self.office.clone();
        self.db.write(move |tx| Ok(seal_poke(&keys::node_signer(tx)?, nonce, &office))).await
    }

    /// What the box enrols with.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn ask(&self, code: String) -> Result<EnrolRequest, StoreError> {
        let office = self.office.clone();
        self.db.write(move |tx| exchange::ask(tx, &office, &code)).await
    }

    /// Keeps what the booking server answered to the enrolment.
    ///
    /// # Errors
    /// The box belongs to another server already; or the disk fails.
    pub(crate) async fn enrolled(&self, reply: EnrolReply) -> Result<(), ExchangeError> {
        let office = self.office.clone();
        self.db.write(move |tx| exchange::enrolled(tx, &office, &reply)).await
    }
}

/// What one answer of the booking server brought.
#[derive(Debug)]
pub(crate) struct Absorbed {
    /// The new entries, in order.
    pub(crate) entries: Vec<Entry>,
    /// The server's time when it answered.
    pub(crate) time: Timestamp,
    /// The server has more to tell.
    pub(crate) more: bool,
}

/// The newest moment of a replay, so that the clock never steps behind it.
pub(crate) fn newest(seen: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    Some(seen.map_or(at, |s| s.max(at)))
}
