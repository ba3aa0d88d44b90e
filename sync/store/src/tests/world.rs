//! Two ends with real files and a wire in the tester's hands.

use std::path::PathBuf;

use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::entry::{Draft, Entry};
use protocol::exchange::{Answer, EnrolAnswer, Nonce, Refusal, Request, Sealed, seal};
use rusqlite::Transaction;
use serde::Serialize;
use serde_json::json;
use tempfile::TempDir;

use crate::rejoin::Next;
use crate::{Db, ExchangeError, StoreError, exchange, journal, keys, rejoin};

/// A read model as a program has it: what was applied, in order.
const TABLES: &[&str] = &["CREATE TABLE applied (place INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT"];

pub(crate) fn office() -> OfficeId {
    "musterland".parse().expect("a good name")
}

pub(crate) fn draft(number: u64) -> Draft {
    let body = json!({"n": number, "text": "Ä".repeat(40)});
    Draft { kind: "test".to_owned(), at: Timestamp::UNIX_EPOCH, body: body.as_object().expect("an object").clone() }
}

/// One end: a store in its own folder.
pub(crate) struct End {
    pub(crate) side: Side,
    pub(crate) db: Db,
    pub(crate) dir: TempDir,
}

impl End {
    pub(crate) fn new(side: Side) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let db = Db::open(&dir.path().join("store.db"), TABLES).expect("a new file");
        Self { side, db, dir }
    }

    /// A store on files that are there.
    pub(crate) fn from(side: Side, dir: TempDir) -> Self {
        let db = Db::open(&dir.path().join("store.db"), TABLES).expect("opens");
        Self { side, db, dir }
    }

    /// What the disk holds at this moment, as after a power cut: no last checkpoint, no goodbye.
    pub(crate) fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a folder");
        for name in ["store.db", "store.db-wal"] {
            let from: PathBuf = self.dir.path().join(name);
            if from.exists() {
                std::fs::copy(from, copy.path().join(name)).expect("copied");
            }
        }
        copy
    }

    /// Dies and comes back with what was on the disk.
    pub(crate) fn crash(&mut self) {
        let copy = self.copy();
        self.restore(copy);
    }

    /// Stops in peace and starts again.
    pub(crate) fn reopen(&mut self) {
        let other = tempfile::tempdir().expect("a folder");
        let place = Db::open(&other.path().join("store.db"), TABLES).expect("a new file");
        drop(std::mem::replace(&mut self.db, place));
        self.db = Db::open(&self.dir.path().join("store.db"), TABLES).expect("opens again");
    }

    /// Comes back with the files of another moment.
    pub(crate) fn restore(&mut self, files: TempDir) {
        self.db = Db::open(&files.path().join("store.db"), TABLES).expect("opens after a crash");
        self.dir = files;
    }

    pub(crate) fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, ExchangeError> + Send + 'static,
    ) -> Result<T, ExchangeError> {
        self.db.write_blocking(step)
    }

    /// Signs with this end's key.
    pub(crate) fn seal(&self, nonce: Nonce, message: &impl Serialize) -> Sealed {
        let signer = self.step(|tx| Ok(keys::signer(tx, &office())?)).expect("a key");
        seal(&signer, nonce, message).expect("small enough")
    }

    /// Does what a refusal asks of this end.
    pub(crate) fn heed(&self, refusal: &Refusal) -> Next {
        let (me, refusal) = (self.side, refusal.clone());
        self.step(move |tx| Ok(rejoin::heed(tx, &office(), me, &refusal)?)).expect("heeded")
    }

    pub(crate) fn append(&self, numbers: impl IntoIterator<Item = u64>) -> Vec<Entry> {
        let (side, drafts) = (self.side, numbers.into_iter().map(draft).collect::<Vec<_>>());
        self.step(move |tx| Ok(journal::append(tx, &office(), side, &drafts)?)).expect("appended")
    }

    pub(crate) fn applied(&self) -> Vec<u64> {
        self.db
            .read_blocking(|tx| {
                let mut rows = tx.prepare("SELECT number FROM applied ORDER BY place")?;
                let numbers = rows.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
                Ok::<_, StoreError>(numbers.into_iter().map(i64::unsigned_abs).collect())
            })
            .expect("readable")
    }

    pub(crate) fn numbers_of(&self, of: Side) -> Vec<u64> {
        let all = self.db.read_blocking(|tx| journal::in_order(tx, &office(), 0).collect::<Result<Vec<_>, _>>());
        let all = all.expect("readable");
        assert!(all.windows(2).all(|w| w[0].0 < w[1].0), "positions grow");
        all.into_iter().filter(|(_, e)| e.origin == of).map(|(_, e)| e.number).collect()
    }
}

/// A refusal; anything else is a broken test.
pub(crate) fn refusal(error: ExchangeError) -> Refusal {
    match error {
        ExchangeError::Refused(refusal) => refusal,
        ExchangeError::Store(error) => panic!("the store failed: {error}"),
    }
}

pub(crate) fn apply(tx: &Transaction<'_>, new: &[Entry]) -> Result<(), ExchangeError> {
    for entry in new {
        if let Some(number) = entry.body.get("n").and_then(serde_json::Value::as_i64) {
            tx.execute("INSERT INTO applied (number) VALUES (?1)", [number])?;
        }
    }
    Ok(())
}

/// Both ends, enrolled.
pub(crate) struct Pair {
    pub(crate) server: End,
    pub(crate) appliance: End,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let (server, appliance) = (End::new(Side::Booking), End::new(Side::Box));
        server.step(|tx| Ok(journal::identity(tx, &office(), Side::Booking)?)).expect("opened");
        let pair = Self { server, appliance };
        pair.enrol("code").expect("let in");
        pair
    }

    /// The box asks with a code that is good, and keeps the answer.
    pub(crate) fn enrol(&self, code: &'static str) -> Result<(), Refusal> {
        let asked = self.appliance.step(move |tx| exchange::ask(tx, &office(), code)).expect("asked");
        let answer = self.let_in(&asked.sealed);
        let kept = self.appliance.step(move |tx| exchange::enrolled(tx, &asked.request, &answer));
        kept.map_err(refusal)
    }

    /// The server's part of an enrolment.
    pub(crate) fn let_in(&self, sealed: &Sealed) -> Sealed {
        let heard = sealed.clone();
        let answer = self.server.step(move |tx| exchange::enrol(tx, &exchange::open_enrol(&heard)?));
        let answer = match answer {
            Ok(reply) => EnrolAnswer::Enrolled(Box::new(reply)),
            Err(error) => EnrolAnswer::Refused(refusal(error)),
        };
        self.server.seal(sealed.nonce, &answer)
    }

    pub(crate) fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Booking => &mut self.server,
            Side::Box => &mut self.appliance,
        }
    }

    pub(crate) fn request(&self) -> Request {
        self.appliance.step(|tx| exchange::prepare(tx, &office(), None)).expect("prepared")
    }

    /// Signs a request, honest or not, with the box's own key.
    pub(crate) fn seal(&self, request: &Request) -> Sealed {
        self.appliance.seal(request.nonce, request)
    }

    /// The server's whole part: one transaction, then a signed answer whatever happened.
    pub(crate) fn serve(&self, sealed: &Sealed) -> (Sealed, Result<(), Refusal>) {
        let heard = sealed.clone();
        let outcome = self.server.step(move |tx| {
            let request = exchange::open_request(tx, &heard)?;
            let (new, reply) = exchange::answer(tx, &request, Timestamp::UNIX_EPOCH, None)?;
            apply(tx, &new)?;
            Ok(reply)
        });
        match outcome {
            Ok(reply) => (self.server.seal(sealed.nonce, &reply), Ok(())),
            Err(error) => {
                let refusal = refusal(error);
                (self.server.seal(sealed.nonce, &refusal), Err(refusal))
            }
        }
    }

    /// The box's whole part of an answer.
    pub(crate) fn take(&self, sealed: &Sealed) -> Result<(), Refusal> {
        let sealed = sealed.clone();
        let outcome = self.appliance.step(move |tx| match exchange::open_answer(tx, &office(), &sealed)? {
            Answer::Reply(reply) => {
                let new = exchange::absorb(tx, &reply)?;
                apply(tx, &new)?;
                Ok(None)
            }
            Answer::Refused(refusal) => Ok(Some(refusal)),
        });
        match outcome {
            Ok(None) => Ok(()),
            Ok(Some(refusal)) => Err(refusal),
            Err(error) => Err(refusal(error)),
        }
    }

    /// Honest exchanges until nothing is left to say.
    pub(crate) fn settle(&self) {
        for _round in 0..20 {
            let request = self.request();
            let (answer, _outcome) = self.serve(&self.seal(&request));
            let taken = self.take(&answer);
            let after = self.request();
            if taken.is_ok() && after.batch.entries.is_empty() && after.ack == request.ack {
                return;
            }
        }
        panic!("twenty exchanges were not enough");
    }
}
