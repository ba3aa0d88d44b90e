//! A test double of a medium: files in memory that can vanish, fill up, fail, hang and forget.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::second::{Disk, Medium, MediumFile};

/// What is wrong with the medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Nothing,
    /// It is not plugged in.
    Gone,
    /// Writing and syncing fail.
    Broken,
    /// Writing and syncing do not return.
    Hanging,
}

#[derive(Debug)]
struct State {
    /// Which content has which name: a rename changes the name of an open file, too.
    names: BTreeMap<PathBuf, usize>,
    contents: Vec<Content>,
    wrong: Wrong,
    /// Bytes that all files may have together.
    room: usize,
}

#[derive(Clone, Debug, Default)]
struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
}

impl State {
    fn used(&self) -> usize {
        self.names.values().map(|content| self.contents[*content].now.len()).sum()
    }

    fn add(&mut self, path: &Path, content: Content) -> usize {
        self.contents.push(content);
        self.names.insert(path.to_owned(), self.contents.len() - 1);
        self.contents.len() - 1
    }
}

/// Whatever lies under its folder is in memory, the rest is on the real disk.
#[derive(Clone, Debug)]
pub(super) struct Double {
    folder: PathBuf,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Double {
    pub(super) fn under(folder: &Path) -> Self {
        let (names, contents) = (BTreeMap::new(), Vec::new());
        let state = State { names, contents, wrong: Wrong::Nothing, room: usize::MAX };
        Self { folder: folder.to_owned(), state: Arc::new((Mutex::new(state), Condvar::new())) }
    }

    pub(super) fn becomes(&self, wrong: Wrong) {
        self.state().wrong = wrong;
        self.state.1.notify_all();
    }

    /// Leaves so many bytes free.
    pub(super) fn leave(&self, free: usize) {
        let mut state = self.state();
        state.room = state.used().saturating_add(free);
    }

    pub(super) fn file(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(&self.folder.join(name)).map(|content| state.contents[*content].now.clone())
    }

    pub(super) fn names(&self) -> Vec<String> {
        let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
        self.state().names.keys().map(name).collect()
    }

    pub(super) fn put(&self, name: &str, bytes: Option<Vec<u8>>) {
        let path = self.folder.join(name);
        match bytes {
            Some(bytes) => drop(self.state().add(&path, Content { now: bytes.clone(), synced: bytes })),
            None => drop(self.state().names.remove(&path)),
        }
    }

    /// Forgets what was never synced.
    pub(super) fn cut(&self) {
        for content in &mut self.state().contents {
            content.now.clone_from(&content.synced);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reading(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.state();
        if state.wrong == Wrong::Gone { Err(ErrorKind::NotFound.into()) } else { Ok(state) }
    }

    fn writing(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        while state.wrong == Wrong::Hanging {
            state = self.state.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        match state.wrong {
            Wrong::Nothing | Wrong::Hanging => Ok(state),
            Wrong::Gone => Err(io::Error::other("no such device")),
            Wrong::Broken => Err(io::Error::other("input/output error")),
        }
    }
}

impl Medium for Double {
    fn open(&self, path: &Path) -> io::Result<Option<Box<dyn MediumFile>>> {
        if !path.starts_with(&self.folder) {
            return Disk.open(path);
        }
        let content = self.reading()?.names.get(path).copied();
        Ok(content.map(|content| Box::new(Open { double: self.clone(), content }) as Box<dyn MediumFile>))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn MediumFile>> {
        if !path.starts_with(&self.folder) {
            return Disk.create(path);
        }
        let content = self.writing()?.add(path, Content::default());
        Ok(Box::new(Open { double: self.clone(), content }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !from.starts_with(&self.folder) {
            return Disk.rename(from, to);
        }
        let mut state = self.writing()?;
        let content = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), content);
        Ok(())
    }

    fn device(&self, folder: &Path) -> io::Result<u64> {
        if folder.starts_with(&self.folder) { self.reading().map(|_| 7) } else { Disk.device(folder) }
    }
}

#[derive(Debug)]
struct Open {
    double: Double,
    content: usize,
}

impl MediumFile for Open {
    fn size(&mut self) -> io::Result<u64> {
        Ok(self.double.reading()?.contents[self.content].now.len() as u64)
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.double.reading()?;
        let bytes = state.contents[self.content].now.get(at as usize..).unwrap_or_default();
        let len = bytes.len().min(into.len());
        into[..len].copy_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.double.writing()?;
        let free = state.room.saturating_sub(state.used());
        let file = &mut state.contents[self.content].now;
        let (at, wanted) = (at as usize, at as usize + bytes.len());
        // As a real one: what fits is written.
        let end = wanted.min(file.len().max(at).saturating_add(free));
        file.resize(file.len().max(end), 0);
        file[at..end].copy_from_slice(&bytes[..end - at]);
        if end < wanted { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.double.writing()?.contents[self.content].now.truncate(len as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let content = &mut self.double.writing()?.contents[self.content];
        content.synced.clone_from(&content.now);
        Ok(())
    }
}
