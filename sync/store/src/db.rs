//! The handle everyone has and the one thread that owns the connection.
//!
//! What must always hold: steps run one after the other in the order they came; a step is one
//! transaction; a step that was accepted runs to its end even if its caller went away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use names::OfficeId;
use rusqlite::{Connection, Transaction};
use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::lock::FileLock;
use crate::second::{Opened, Places, Records, SecondState, Shown, Start, WitnessRecord};
use crate::writer::Writer;

/// Steps that may wait for the writer; whoever comes later waits outside, so that a slow disk
/// slows its callers down instead of filling the memory.
pub const QUEUE_LEN: usize = 256;

pub(crate) type Step = Box<dyn FnOnce(&mut Writer) + Send>;

/// A database file with its writer thread. Clones share both; when the last one is dropped the
/// queue is finished and the file closed.
#[derive(Clone, Debug)]
pub struct Db {
    shared: Arc<Shared>,
}

impl Db {
    /// Opens or makes the file and brings its tables up to date: first the store's own, then
    /// `migrations` (each runs once; append only).
    ///
    /// # Errors
    /// [`StoreError::InUse`] on a second opening; [`StoreError::Foreign`], [`StoreError::Newer`]
    /// for files that are not ours to touch; otherwise what the system or SQLite says.
    pub fn open(path: &Path, migrations: &'static [&'static str]) -> Result<Self, StoreError> {
        let lock = FileLock::take(path)?;
        let writer = Writer::open(path, migrations)?;
        let (steps, queue) = mpsc::channel(QUEUE_LEN);
        Self::start(path, lock, writer, steps, queue, Beside::default())
    }

    /// [`Db::open`] with a witness and a second medium: first compares the file with what is known
    /// of it there, takes in what it lacks, and says whether it is an older copy.
    ///
    /// # Errors
    /// As [`Db::open`]; and when the witness cannot be read or written. A second medium that
    /// fails is no error: see [`Db::second`].
    pub fn open_with(
        path: &Path,
        migrations: &'static [&'static str],
        places: &Places,
    ) -> Result<(Self, Opened), StoreError> {
        let lock = FileLock::take(path)?;
        let mut writer = Writer::open(path, migrations)?;
        let (steps, queue) = mpsc::channel(QUEUE_LEN);
        let start = Start::new(&mut writer, path, places, steps.downgrade())?;
        writer.watch(start.watch);
        let beside = Beside { records: start.records, shown: Some(start.shown) };
        Ok((Self::start(path, lock, writer, steps, queue, beside)?, start.opened))
    }

    fn start(
        path: &Path,
        lock: FileLock,
        writer: Writer,
        steps: mpsc::Sender<Step>,
        queue: mpsc::Receiver<Step>,
        beside: Beside,
    ) -> Result<Self, StoreError> {
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(writer, queue, lock))
            .map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        let shared = Shared { steps: Some(steps), thread: Some(thread), path: path.to_owned(), beside };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// What the witness said of an office when this store was opened; marks and last entry of a new
    /// office without one.
    #[must_use]
    pub fn witness(&self, office: &OfficeId) -> WitnessRecord {
        self.shared.beside.records.get(office).copied().unwrap_or(WitnessRecord::NEW)
    }

    /// How the second medium does, for health pages and logs.
    #[must_use]
    pub fn second(&self) -> SecondState {
        self.shared.beside.shown.as_ref().map_or(SecondState::None, Shown::get)
    }

    /// Asks the second medium for everything committed until now and waits for it, at most so
    /// long; for the end of a program and before a medium is taken out. Must not be called on a
    /// thread that drives async tasks.
    #[must_use]
    pub fn flush_second(&self, limit: Duration) -> SecondState {
        let asked =
            self.ask_blocking(|writer| Ok::<_, StoreError>(writer.watched().and_then(|watch| watch.flush(false))));
        if let Ok(Some(waiting)) = asked {
            let _late_means_behind = waiting.recv_timeout(limit);
        }
        self.second()
    }

    /// Has the second medium written anew: what was erased here is gone from it then. To be asked
    /// once a day by the loop that erases; takes its time beside the writer.
    ///
    /// # Errors
    /// [`StoreError::Stopped`].
    pub async fn rewrite_second(&self) -> Result<(), StoreError> {
        self.ask(|writer| {
            let _nobody_waits = writer.watched().and_then(|watch| watch.flush(true));
            Ok(())
        })
        .await
    }

    /// Runs a step in one transaction: on the disk when this returns, undone if it fails.
    ///
    /// # Errors
    /// The step's own, or [`StoreError`] when beginning or committing fails.
    pub async fn write<T, E>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.ask(|writer| writer.write(step)).await
    }

    /// [`Db::write`] for threads without a runtime.
    ///
    /// # Errors
    /// As [`Db::write`].
    ///
    /// # Panics
    /// On a thread that drives async tasks: waiting there would stop them all.
    pub fn write_blocking<T, E>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.ask_blocking(|writer| writer.write(step))
    }

    /// Runs a step that only reads; an attempt to write in it is an error of SQLite.
    ///
    /// # Errors
    /// The step's own, or [`StoreError`].
    pub async fn read<T, E>(&self, step: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.ask(|writer| writer.read(step)).await
    }

    /// [`Db::read`] for threads without a runtime.
    ///
    /// # Errors
    /// As [`Db::read`].
    ///
    /// # Panics
    /// On a thread that drives async tasks.
    pub fn read_blocking<T, E>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.ask_blocking(|writer| writer.read(step))
    }

    /// Does something with the connection that cannot run inside a transaction.
    pub(crate) async fn outside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|writer| work(writer.connection())).await
    }

    /// [`Db::outside`] for threads without a runtime.
    pub(crate) fn outside_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask_blocking(|writer| work(writer.connection()))
    }

    async fn ask<T, E>(&self, step: impl FnOnce(&mut Writer) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (step, answer) = with_answer(step);
        self.shared.steps()?.send(step).await.map_err(|_closed| StoreError::Stopped)?;
        answer.await.map_err(|_gone| StoreError::Stopped)?
    }

    fn ask_blocking<T, E>(&self, step: impl FnOnce(&mut Writer) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (step, answer) = with_answer(step);
        self.shared.steps()?.blocking_send(step).map_err(|_closed| StoreError::Stopped)?;
        answer.blocking_recv().map_err(|_gone| StoreError::Stopped)?
    }
}

fn with_answer<T: Send + 'static>(
    step: impl FnOnce(&mut Writer) -> T + Send + 'static,
) -> (Step, oneshot::Receiver<T>) {
    let (answer, waiting) = oneshot::channel();
    let step = Box::new(move |writer: &mut Writer| {
        // Nobody waiting any more is fine: the step was accepted, so it counts.
        let _unheard = answer.send(step(writer));
    });
    (step, waiting)
}

#[derive(Debug)]
struct Shared {
    steps: Option<mpsc::Sender<Step>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
    beside: Beside,
}

/// What is known of the store outside its file.
#[derive(Debug, Default)]
struct Beside {
    records: Records,
    shown: Option<Shown>,
}

impl Shared {
    fn steps(&self) -> Result<&mpsc::Sender<Step>, StoreError> {
        self.steps.as_ref().ok_or(StoreError::Stopped)
    }
}

impl Drop for Shared {
    /// Waits for the thread, so that the file is closed and unlocked when the last handle is gone.
    fn drop(&mut self) {
        self.steps = None;
        let Some(thread) = self.thread.take() else { return };
        // The last handle may have travelled inside a step: the thread cannot wait for itself.
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!(path = %self.path.display(), "the writer thread panicked");
        }
    }
}

fn run(mut writer: Writer, mut queue: mpsc::Receiver<Step>, lock: FileLock) {
    while let Some(step) = queue.blocking_recv() {
        // A panicking step drops its transaction (rolled back) and its answer (`Stopped`);
        // the next step finds a sound connection.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| step(&mut writer)));
        if outcome.is_err() {
            tracing::error!("a step on the store panicked and was rolled back");
            if let Err(error) = writer.only_reading(false) {
                tracing::error!(%error, "the store cannot write after a panicked step");
            }
        }
    }
    drop(writer);
    drop(lock);
}

#[cfg(test)]
mod tests;
