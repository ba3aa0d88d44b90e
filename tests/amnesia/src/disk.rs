//! The disk: what a running program reads of it, and in which order it was written and synced.
//!
//! What must always hold: every change stands in the trace; a disk that lies about a sync says
//! nothing of it in the trace.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of one file: a workload of some hundred commits needs 5 MiB; more is a defect.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Operations of one trace: 500 commits need some 10,000; more is a defect.
pub const MAX_OPS: usize = 500_000;

/// One operation of a program on its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Bytes were handed over; whatever lies before them and was never written is zero.
    Write {
        /// The name in its folder.
        file: Arc<str>,
        /// The first byte.
        at: usize,
        /// What was written.
        bytes: Arc<[u8]>,
    },
    /// An empty file was made under a name that was free.
    Create {
        /// The name in its folder.
        file: Arc<str>,
    },
    /// The file was cut or stretched to this many bytes.
    Resize {
        /// The name in its folder.
        file: Arc<str>,
        /// Bytes.
        len: usize,
    },
    /// The name was taken out of its folder.
    Delete {
        /// The name in its folder.
        file: Arc<str>,
    },
    /// The file has another name now; whatever had that one is gone.
    Rename {
        /// The name it had.
        from: Arc<str>,
        /// The name it has.
        to: Arc<str>,
    },
    /// Everything before this on the file is on the disk, its own name included, as the usual file
    /// systems of Linux do it.
    Sync {
        /// The name in its folder.
        file: Arc<str>,
    },
    /// All names made and deleted before this are on the disk, what stands in the files is not.
    SyncFolder,
}

impl Op {
    /// The file it is about; the folder is none.
    #[must_use]
    pub fn file(&self) -> Option<&Arc<str>> {
        match self {
            Self::Write { file, .. }
            | Self::Create { file }
            | Self::Resize { file, .. }
            | Self::Delete { file }
            | Self::Sync { file } => Some(file),
            Self::Rename { to, .. } => Some(to),
            Self::SyncFolder => None,
        }
    }

    /// Whether it is about which names there are.
    pub(crate) fn is_about_names(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Delete { .. } | Self::Rename { .. })
    }

    fn is_sync(&self) -> bool {
        matches!(self, Self::Sync { .. } | Self::SyncFolder)
    }
}

/// The files of a disk at one moment, by their names in its one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image(BTreeMap<Arc<str>, Vec<u8>>);

impl Image {
    /// Does an operation; a sync changes nothing.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Write { file, at, bytes } => self.write(file, *at, bytes),
            Op::Create { file } => drop(self.0.insert(file.clone(), Vec::new())),
            Op::Resize { file, len } => self.0.entry(file.clone()).or_default().resize(*len, 0),
            Op::Delete { file } => drop(self.0.remove(file)),
            Op::Rename { from, to } => {
                if let Some(content) = self.0.remove(from) {
                    self.0.insert(to.clone(), content);
                }
            }
            Op::Sync { .. } | Op::SyncFolder => {}
        }
    }

    /// Takes a file away, as if it had been on a disk that died.
    #[must_use]
    pub fn without(mut self, file: &str) -> Self {
        self.0.remove(file);
        self
    }

    fn bytes(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    pub(crate) fn write(&mut self, file: &Arc<str>, at: usize, bytes: &[u8]) {
        let content = self.0.entry(file.clone()).or_default();
        let end = at + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[at..end].copy_from_slice(bytes);
    }

    /// The bytes of a file, if there is one.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

/// Whether a disk does what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Honesty {
    /// What it calls synced is synced.
    Honest,
    /// It calls everything synced and syncs nothing.
    LiesAboutSync,
}

/// A disk with one folder. It lives in memory and is shared by whoever mounted it.
#[derive(Debug)]
pub struct Disk {
    honesty: Honesty,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: Image,
    trace: Vec<Op>,
    room: usize,
    broken: bool,
}

/// Why the disk did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No space is left.
    #[error("no space left on the disk")]
    Full,
    /// The disk fails.
    #[error("input/output error")]
    Broken,
}

impl Disk {
    /// A disk that holds these files, all synced, with an empty trace.
    #[must_use]
    pub fn with(image: Image, honesty: Honesty) -> Arc<Self> {
        let state = State { now: image, trace: Vec::new(), room: usize::MAX, broken: false };
        Arc::new(Self { honesty, state: Mutex::new(state) })
    }

    /// An empty disk.
    #[must_use]
    pub fn empty(honesty: Honesty) -> Arc<Self> {
        Self::with(Image::default(), honesty)
    }

    /// How many operations it has seen.
    #[must_use]
    pub fn ops(&self) -> usize {
        self.state().trace.len()
    }

    /// All operations it has seen, in order.
    #[must_use]
    pub fn trace(&self) -> Vec<Op> {
        self.state().trace.clone()
    }

    /// From now on there is space for so many bytes more.
    pub fn leave(&self, free: usize) {
        let mut state = self.state();
        state.room = state.now.bytes().saturating_add(free);
    }

    /// From now on every change and sync fails, or none any more.
    pub fn break_down(&self, broken: bool) {
        self.state().broken = broken;
    }

    /// Whether there is a file of that name.
    #[must_use]
    pub fn exists(&self, file: &str) -> bool {
        self.state().now.0.contains_key(file)
    }

    /// Bytes of a file; 0 without one.
    #[must_use]
    pub fn len(&self, file: &str) -> usize {
        self.state().now.file(file).map_or(0, <[u8]>::len)
    }

    /// Reads into `into`; what lies behind the end is zero. Tells how many bytes were there.
    pub fn read(&self, file: &str, at: usize, into: &mut [u8]) -> usize {
        into.fill(0);
        let state = self.state();
        let there = state.now.file(file).and_then(|content| content.get(at..)).unwrap_or_default();
        let len = there.len().min(into.len());
        into[..len].copy_from_slice(&there[..len]);
        len
    }

    /// Does an operation and writes it down.
    ///
    /// # Errors
    /// [`Failure`]; then nothing of it was done.
    pub fn run(&self, op: Op) -> Result<(), Failure> {
        let end = match &op {
            Op::Write { at, bytes, .. } => at.saturating_add(bytes.len()),
            Op::Resize { len, .. } => *len,
            Op::Create { .. } | Op::Delete { .. } | Op::Rename { .. } | Op::Sync { .. } | Op::SyncFolder => 0,
        };
        let mut state = self.state();
        if state.broken {
            return Err(Failure::Broken);
        }
        let grows = op.file().map_or(0, |file| end.saturating_sub(state.now.file(file).map_or(0, <[u8]>::len)));
        let no_room = grows > 0 && state.now.bytes().saturating_add(grows) > state.room;
        if no_room || end > MAX_FILE_BYTES || state.trace.len() >= MAX_OPS {
            return Err(Failure::Full);
        }
        state.now.apply(&op);
        if !(op.is_sync() && self.honesty == Honesty::LiesAboutSync) {
            state.trace.push(op);
        }
        Ok(())
    }

    /// A thread that panicked leaves a whole state behind: each change is one call.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
