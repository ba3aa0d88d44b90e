//! The second medium as the start finds it: looked at from a thread of its own, because it may
//! hang, and taken in as far as it knows more than the database.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use protocol::chain::ChainHash;
use rusqlite::Transaction;

use super::copy::{FILE, Looked, Row, SecondCopy};
use super::lives::{self, Taken};
use super::log::Tail;
use super::medium::{Medium, folder_of};
use super::{Places, SecondState, Trouble};
use crate::StoreError;

/// How long a start waits for the second medium, and then for each part of it: a stick that needs
/// longer is left alone until the hall is open.
const LOOK_WAIT: Duration = Duration::from_secs(20);

/// Parts that are read ahead.
const READ_AHEAD: usize = 4;

/// What was found on the second medium.
#[derive(Debug, Default)]
pub(super) struct Stick {
    /// The store it belongs to.
    pub(super) store: Option<String>,
    /// The open file, if it ends well and the database has its last row.
    pub(super) copy: Option<SecondCopy>,
    last: Option<(u64, ChainHash)>,
    tail: Option<Tail>,
    trouble: Option<Trouble>,
    file: Option<(Arc<dyn Medium>, std::path::PathBuf)>,
    /// The device it lies on.
    pub(super) device: Option<u64>,
}

/// What was taken in from the second medium.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Imported {
    /// Entries that were missing here.
    pub(super) new: bool,
    /// Entries that have another content here, or do not follow what is here.
    pub(super) forked: bool,
}

impl Imported {
    pub(super) fn any(self) -> bool {
        self.new || self.forked
    }
}

impl Stick {
    /// Looks at the medium; `store` is whose it has to be, nothing takes over any.
    pub(super) fn look(places: &Places, store: Option<&str>) -> Self {
        let Some(folder) = &places.second else { return Self::default() };
        let (medium, path) = (places.medium.clone(), folder.join(FILE));
        let file = Some((medium.clone(), path.clone()));
        let (me, store) = (places.me, store.map(str::to_owned));
        let looked = within(LOOK_WAIT, move || {
            let device = medium.device(folder_of(&path)).ok();
            SecondCopy::look(&*medium, &path, me, store.as_deref()).map(|looked| (looked, device))
        });
        let (looked, device) = match looked {
            None => (None, None),
            Some(Err(error)) => (Some(Err(error)), None),
            Some(Ok((looked, device))) => (Some(Ok(looked)), device),
        };
        Self { device, ..Self::made_of(looked, file) }
    }

    fn made_of(looked: Option<std::io::Result<Looked>>, file: Option<(Arc<dyn Medium>, std::path::PathBuf)>) -> Self {
        match looked {
            None => Self { trouble: Some(Trouble::Slow), ..Self::default() },
            Some(Err(error)) => Self { trouble: Some(Trouble::of(&error)), ..Self::default() },
            Some(Ok(Looked::Foreign)) => Self { trouble: Some(Trouble::Foreign), ..Self::default() },
            Some(Ok(Looked::Nothing)) => Self { trouble: Some(Trouble::CatchingUp), ..Self::default() },
            Some(Ok(Looked::Ours { copy, store, last, tail })) => Self {
                store: Some(store),
                copy: Some(copy).filter(|_| tail == Tail::Whole),
                last: last.map(|(position, entry)| (position, entry.hash)),
                tail: Some(tail),
                file,
                ..Self::default()
            },
        }
    }

    /// How the medium does before its thread runs.
    pub(super) fn state(&self, position: u64) -> SecondState {
        let since_position = self.last.map_or(0, |(position, _hash)| position);
        match &self.trouble {
            Some(why) => SecondState::Behind { since_position, why: why.clone() },
            None if self.file.is_none() => SecondState::None,
            None if self.copy.is_some() && since_position == position => SecondState::Good,
            None => SecondState::Behind { since_position, why: Trouble::CatchingUp },
        }
    }

    /// Whether good records lie behind a bad one.
    pub(super) fn is_damaged(&self) -> bool {
        matches!(self.tail, Some(Tail::Damaged { .. }))
    }

    /// Takes in what the database lacks. If it has the last row at its place it has all of them:
    /// they were written in the order of the journal.
    pub(super) fn take_in(&mut self, tx: &Transaction<'_>) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        let (Some((position, hash)), Some((medium, path))) = (self.last, &self.file) else { return Ok(imported) };
        if lives::hash_at_position(tx, position)? == Some(hash) {
            return Ok(imported);
        }
        let pages = pages(medium.clone(), path);
        loop {
            match pages.recv_timeout(LOOK_WAIT) {
                Ok(page) => take_page(tx, page, &mut imported)?,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.trouble = Some(Trouble::Slow);
                    break;
                }
            }
        }
        self.copy = None;
        Ok(imported)
    }
}

fn take_page(tx: &Transaction<'_>, page: Vec<Row>, imported: &mut Imported) -> Result<(), StoreError> {
    for (_position, entry) in page {
        match lives::take_in(tx, &entry)? {
            Taken::New => imported.new = true,
            Taken::Known => {}
            Taken::Fork | Taken::Loose => {
                if !imported.forked {
                    tracing::error!(office = %entry.office, number = entry.number, "the second journal does not fit");
                }
                imported.forked = true;
            }
        }
    }
    Ok(())
}

/// Reads the whole file in a thread of its own.
fn pages(medium: Arc<dyn Medium>, path: &Path) -> Receiver<Vec<Row>> {
    let (pages, reader) = sync_channel(READ_AHEAD);
    let path = path.to_owned();
    let spawned = std::thread::Builder::new().name("store-second-read".to_owned()).spawn(move || {
        let read = SecondCopy::read(&*medium, &path, |page| {
            let _nobody_reads = pages.send(page);
        });
        if let Err(error) = read {
            tracing::error!(%error, "the second journal cannot be read to its end");
        }
    });
    if let Err(error) = spawned {
        tracing::error!(%error, "no thread for the second medium");
    }
    reader
}

/// Does something that may hang; nothing if it does not end in time.
fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, waiting) = sync_channel(1);
    let spawned = std::thread::Builder::new().name("store-second-look".to_owned()).spawn(move || {
        let _nobody_waits = answer.send(work());
    });
    spawned.ok()?;
    waiting.recv_timeout(limit).ok()
}
