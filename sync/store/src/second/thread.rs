//! The thread of the second medium: a stick may hang, the hall may not.
//!
//! ```text
//!   writer ── committed rows ──► bounded queue ──► thread ──► stick
//!      ▲                                             │ behind: what is missing, page by page
//!      └──────────── rows after a position ◄─────────┘
//! ```
//!
//! What must always hold: rows lie on the medium in the order of the journal without a gap; the
//! writer waits at most [`SYNC_WAIT`], and only for a medium that kept up until now.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::mpsc::WeakSender;

use super::copy::{Looked, Owner, Row, SecondCopy};
use super::lives;
use super::medium::{Medium, folder_of};
use super::state::{SecondState, Shown, Trouble};
use crate::StoreError;
use crate::db::Step;
use crate::writer::Writer;

/// How long the writer waits for the medium when seats have changed: long for a stick, short for
/// a person.
pub const SYNC_WAIT: Duration = Duration::from_secs(2);

/// How often a medium that is behind is tried again when nothing is committed.
pub const RETRY: Duration = Duration::from_secs(5);

/// Commits that may wait for the thread; more are read from the journal once it has time.
const QUEUE_LEN: usize = 64;

/// Commits that pass before a medium is read again that is not ours or failed.
const PASSED_OVER: u32 = 50;

/// Files that are kept because they know something else than the database; a person has to look.
const KEPT_ASIDE: u8 = 9;

/// The writer's end of the thread.
#[derive(Debug)]
pub(crate) struct Second {
    messages: Option<SyncSender<Message>>,
    ended: Receiver<()>,
    shown: Shown,
}

enum Message {
    Committed { after: u64, rows: Vec<Row>, done: Option<SyncSender<()>> },
    Flush { upto: u64, anew: bool, done: SyncSender<()> },
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Committed { after, .. } => write!(f, "Committed after {after}"),
            Self::Flush { upto, .. } => write!(f, "Flush up to {upto}"),
        }
    }
}

impl Second {
    /// Hands over what was committed; waits for it to be on the medium if seats have changed.
    pub(crate) fn committed(&self, after: u64, rows: Vec<Row>, wait: bool) {
        let good = matches!(self.shown.get(), SecondState::Good);
        let (done, waiting) = sync_channel(1);
        let done = (wait && good).then_some(done);
        let waits = done.is_some();
        let message = Message::Committed { after, rows, done };
        let taken = self.messages.as_ref().is_some_and(|messages| messages.try_send(message).is_ok());
        let late = waits && waiting.recv_timeout(SYNC_WAIT) == Err(RecvTimeoutError::Timeout);
        if (!taken || late) && good {
            behind(&self.shown, after, Trouble::Slow);
        }
    }

    /// Asks for everything up to a position, if `anew` in a new file; the answer comes when the medium has it or failed.
    pub(crate) fn flush(&self, upto: u64, anew: bool) -> Receiver<()> {
        let (done, waiting) = sync_channel(1);
        if let Some(messages) = &self.messages {
            let _full_means_behind = messages.try_send(Message::Flush { upto, anew, done });
        }
        waiting
    }
}

impl Drop for Second {
    /// Lets the thread finish, but not for ever: it may hang in the medium.
    fn drop(&mut self) {
        self.messages = None;
        let _ended = self.ended.recv_timeout(SYNC_WAIT);
    }
}

fn behind(shown: &Shown, since_position: u64, why: Trouble) {
    let words = why.to_string();
    if shown.set(SecondState::Behind { since_position, why }) {
        tracing::warn!(since_position, why = %words, "the second medium is behind");
    }
}

/// What the thread owns.
pub(crate) struct Keeper {
    pub(crate) medium: Arc<dyn Medium>,
    pub(crate) path: PathBuf,
    pub(crate) owner: Owner,
    pub(crate) steps: WeakSender<Step>,
    pub(crate) shown: Shown,
    /// The open file, once it is known to be a beginning of our journal.
    pub(crate) copy: Option<SecondCopy>,
    /// Whether the file has to be written anew before anything is added.
    pub(crate) rewrite: bool,
    /// Whether the file there is kept under another name then: it knows what we do not.
    pub(crate) aside: bool,
    /// The device of the database, if the medium was ever seen on another one.
    pub(crate) other_than: Option<u64>,
    /// The last position that is known to be committed.
    pub(crate) committed: u64,
    /// Commits since the medium was last looked at.
    pub(crate) passed_over: u32,
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn start(self) -> std::io::Result<Second> {
        let (messages, inbox) = sync_channel(QUEUE_LEN);
        let (end, ended) = sync_channel(1);
        let shown = self.shown.clone();
        std::thread::Builder::new().name("store-second".to_owned()).spawn(move || {
            self.run(&inbox);
            let _nobody_waits = end.send(());
        })?;
        Ok(Second { messages: Some(messages), ended, shown })
    }

    fn run(mut self, inbox: &Receiver<Message>) {
        self.keep_up(Self::catch_up);
        loop {
            let message = match self.shown.get() {
                SecondState::None | SecondState::Good => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                SecondState::Behind { .. } => inbox.recv_timeout(RETRY),
            };
            match message {
                Ok(Message::Committed { after, rows, done }) => self.committed(after, rows, done.as_ref()),
                Ok(Message::Flush { upto, anew, done }) => {
                    self.committed = self.committed.max(upto);
                    self.rewrite |= anew;
                    self.copy = self.copy.take().filter(|_| !anew);
                    self.keep_up(Self::catch_up);
                    let _nobody_waits = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.keep_up(Self::catch_up),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(copy) = &mut self.copy
            && let Err(error) = copy.sync()
        {
            tracing::warn!(%error, "the second medium was not synced at the end");
        }
    }

    fn committed(&mut self, after: u64, rows: Vec<Row>, done: Option<&SyncSender<()>>) {
        self.committed = self.committed.max(rows.last().map_or(after, |(position, _entry)| *position));
        self.keep_up(|keeper| keeper.take(after, &rows, done.is_some()));
        if let Some(done) = done {
            let _nobody_waits = done.send(());
        }
    }

    /// Adds what was committed, or everything that is missing.
    fn take(&mut self, after: u64, rows: &[Row], sync: bool) -> Result<(), Trouble> {
        if let Some(copy) = self.copy.as_mut().filter(|copy| copy.position >= after) {
            let known = rows.iter().take_while(|(position, _entry)| *position <= copy.position).count();
            let added = copy.append(&rows[known..]);
            return added.and_then(|()| if sync { copy.sync() } else { Ok(()) }).map_err(|e| Trouble::of(&e));
        }
        if self.is_worth_a_try() { self.catch_up() } else { Err(self.trouble()) }
    }

    /// Whether a commit is a reason to look at the medium again: looking may mean to read it whole.
    fn is_worth_a_try(&mut self) -> bool {
        self.passed_over += 1;
        let is_cheap = matches!(self.trouble(), Trouble::Missing | Trouble::Full | Trouble::CatchingUp | Trouble::Slow);
        let tries = is_cheap || self.passed_over >= PASSED_OVER;
        if tries {
            self.passed_over = 0;
        }
        tries
    }

    fn trouble(&self) -> Trouble {
        match self.shown.get() {
            SecondState::Behind { why, .. } => why,
            SecondState::None | SecondState::Good => Trouble::CatchingUp,
        }
    }

    /// Does something on the medium and shows how it went.
    fn keep_up(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Trouble>) {
        let outcome = work(self);
        let position = self.copy.as_ref().map_or(0, |copy| copy.position);
        match outcome {
            Ok(()) if position >= self.committed => {
                if self.shown.set(SecondState::Good) {
                    tracing::info!(position, "the second medium is up to date");
                }
            }
            Ok(()) => behind(&self.shown, position, Trouble::CatchingUp),
            Err(why) => {
                // What failed once is not believed. A full medium said what it took.
                if why != Trouble::Full {
                    self.rewrite |= self.copy.take().is_some();
                }
                behind(&self.shown, position, why);
            }
        }
    }

    /// Opens what is not open and adds what is missing.
    fn catch_up(&mut self) -> Result<(), Trouble> {
        let mut copy = match self.copy.take() {
            Some(copy) => copy,
            None => self.open()?,
        };
        let added = self.add_missing(&mut copy);
        self.copy = Some(copy);
        added.map_err(|e| Trouble::of(&e))
    }

    fn add_missing(&mut self, copy: &mut SecondCopy) -> std::io::Result<()> {
        loop {
            let rows = self.rows_after(copy.position)?;
            let Some((last, _entry)) = rows.last() else { return copy.sync() };
            self.committed = self.committed.max(*last);
            behind(&self.shown, copy.position, Trouble::CatchingUp);
            copy.append(&rows)?;
        }
    }

    fn open(&mut self) -> Result<SecondCopy, Trouble> {
        let device = self.medium.device(folder_of(&self.path)).map_err(|e| Trouble::of(&e))?;
        if self.other_than == Some(device) {
            return Err(Trouble::Missing);
        }
        let looked = SecondCopy::look(&*self.medium, &self.path, self.owner.side, Some(&self.owner.store));
        match looked.map_err(|e| Trouble::of(&e))? {
            Looked::Foreign => Err(Trouble::Foreign),
            Looked::Nothing => self.begin(),
            Looked::Ours { .. } if self.rewrite => self.begin(),
            Looked::Ours { mut copy, last, .. } => {
                if !self.has(last).map_err(|e| Trouble::of(&e))? {
                    return Err(Trouble::KnowsMore);
                }
                copy.cut().map_err(|e| Trouble::of(&e))?;
                Ok(copy)
            }
        }
    }

    fn begin(&mut self) -> Result<SecondCopy, Trouble> {
        if std::mem::take(&mut self.aside) {
            self.put_aside().map_err(|e| Trouble::of(&e))?;
        }
        let copy = SecondCopy::begin(&*self.medium, &self.path, &self.owner, |after| self.rows_after(after));
        let copy = copy.map_err(|e| Trouble::of(&e))?;
        self.rewrite = false;
        Ok(copy)
    }

    /// Gives the file a name that is free; the last one of them is used again.
    fn put_aside(&self) -> std::io::Result<()> {
        let name = |n: u8| self.path.with_extension(format!("aside-{n}"));
        for n in 1..=KEPT_ASIDE {
            if n == KEPT_ASIDE || self.medium.open(&name(n))?.is_none() {
                return self.medium.rename(&self.path, &name(n));
            }
        }
        Ok(())
    }

    /// Whether the journal has the last row of the medium at the same place.
    fn has(&self, last: Option<Row>) -> std::io::Result<bool> {
        let Some((position, entry)) = last else { return Ok(true) };
        let found = self.ask(move |writer| writer.read(|tx| lives::hash_at_position(tx, position)))?;
        Ok(found == Some(entry.hash))
    }

    fn rows_after(&self, position: u64) -> std::io::Result<Vec<Row>> {
        self.ask(move |writer| writer.read(|tx| lives::rows_after(tx, position, lives::PAGE)))
    }

    /// Lets the writer read; fails when it has stopped.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> std::io::Result<T> {
        let stopped = || std::io::Error::other(StoreError::Stopped);
        let steps = self.steps.upgrade().ok_or_else(stopped)?;
        let (answer, waiting) = sync_channel(1);
        let step: Step = Box::new(move |writer: &mut Writer| {
            let _nobody_waits = answer.send(question(writer));
        });
        steps.blocking_send(step).map_err(|_closed| stopped())?;
        drop(steps);
        waiting.recv().map_err(|_gone| stopped())?.map_err(std::io::Error::other)
    }
}
