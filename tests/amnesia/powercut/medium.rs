//! The plain files of the store on the same forgetful disk as its database.

use std::io;
use std::path::Path;
use std::sync::Arc;

use amnesia::{Disk, Failure, Op};
use names::Side;
use store::second::{Medium, MediumFile, Places};

/// A disk as a medium for plain files.
#[derive(Clone, Debug)]
pub(crate) struct Plain(pub(crate) Arc<Disk>);

/// Witness and second journal on this disk. That both lie on one is for one trace of both; a cut
/// decides about each of their writes apart.
pub(crate) fn places(disk: &Arc<Disk>, folder: &Path) -> Places {
    let places = Places::of(Side::Box).witness(folder.join("witness")).second(folder.to_owned());
    places.on(Arc::new(Plain(Arc::clone(disk))))
}

fn name(path: &Path) -> Arc<str> {
    path.file_name().unwrap_or_default().to_string_lossy().into()
}

fn failed(failure: Failure) -> io::Error {
    match failure {
        Failure::Full => io::ErrorKind::StorageFull.into(),
        Failure::Broken => io::Error::other(failure),
    }
}

impl Medium for Plain {
    fn open(&self, path: &Path) -> io::Result<Option<Box<dyn MediumFile>>> {
        let file = name(path);
        let there = self.0.exists(&file);
        Ok(there.then(|| Box::new(Open { disk: Arc::clone(&self.0), file }) as Box<dyn MediumFile>))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn MediumFile>> {
        let file = name(path);
        let op = if self.0.exists(&file) {
            Op::Resize { file: file.clone(), len: 0 }
        } else {
            Op::Create { file: file.clone() }
        };
        self.0.run(op).map_err(failed)?;
        Ok(Box::new(Open { disk: Arc::clone(&self.0), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.run(Op::Rename { from: name(from), to: name(to) }).map_err(failed)?;
        self.0.run(Op::SyncFolder).map_err(failed)
    }

    fn device(&self, _folder: &Path) -> io::Result<u64> {
        Ok(1)
    }
}

/// An open file goes by its last name: the store renames none that it has open under another.
#[derive(Debug)]
struct Open {
    disk: Arc<Disk>,
    file: Arc<str>,
}

impl Open {
    /// What was written beside is read and written under its final name.
    fn file(&self) -> Arc<str> {
        match self.file.strip_suffix(".new") {
            Some(renamed) if !self.disk.exists(&self.file) => renamed.into(),
            Some(_) | None => self.file.clone(),
        }
    }
}

impl MediumFile for Open {
    fn size(&mut self) -> io::Result<u64> {
        Ok(self.disk.len(&self.file()) as u64)
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(at).map_err(io::Error::other)?;
        Ok(self.disk.read(&self.file(), at, into))
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let at = usize::try_from(at).map_err(io::Error::other)?;
        self.disk.run(Op::Write { file: self.file(), at, bytes: bytes.into() }).map_err(failed)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.disk.run(Op::Resize { file: self.file(), len }).map_err(failed)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.run(Op::Sync { file: self.file() }).map_err(failed)
    }
}
