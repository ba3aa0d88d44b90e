//! Plain files, as the witness and the second journal need them.
//!
//! What must always hold: after `sync` returned, what was written to the file is on the medium;
//! after `rename` returned, the new name is. Tests put a forgetful medium in this place.

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::lock::private_file;

/// Where plain files are kept: a disk, a stick, or a test double of one.
pub trait Medium: Debug + Send + Sync {
    /// Opens a file for reading and writing; nothing if its folder has none of that name.
    ///
    /// # Errors
    /// When the folder is missing or the system refuses.
    fn open(&self, path: &Path) -> io::Result<Option<Box<dyn MediumFile>>>;

    /// Makes an empty file for our own user only; whatever had the name before is gone.
    ///
    /// # Errors
    /// When the folder is missing or the system refuses.
    fn create(&self, path: &Path) -> io::Result<Box<dyn MediumFile>>;

    /// Gives a file another name in the same folder, in one step in the place of whatever had it.
    ///
    /// # Errors
    /// When the system refuses.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// The device that a folder lies on: tells a stick from the empty folder it is mounted on.
    ///
    /// # Errors
    /// When the folder is missing or the system refuses.
    fn device(&self, folder: &Path) -> io::Result<u64>;
}

/// One open file of a [`Medium`].
pub trait MediumFile: Debug + Send {
    /// Its size in bytes.
    ///
    /// # Errors
    /// When the medium fails.
    fn size(&mut self) -> io::Result<u64>;

    /// Reads from a place on; tells how many bytes, 0 at the end.
    ///
    /// # Errors
    /// When the medium fails.
    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes all bytes at a place; behind the end the file grows.
    ///
    /// # Errors
    /// When the medium is full or fails; part of it may have been written.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to a length.
    ///
    /// # Errors
    /// When the medium fails.
    fn truncate(&mut self, len: u64) -> io::Result<()>;

    /// Returns when everything written is on the medium.
    ///
    /// # Errors
    /// When the medium fails; nothing written since the last good sync can be believed then.
    fn sync(&mut self) -> io::Result<()>;
}

/// The real thing: files of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Medium for Disk {
    fn open(&self, path: &Path) -> io::Result<Option<Box<dyn MediumFile>>> {
        match File::options().read(true).write(true).open(path) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder_of(path).is_dir() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn MediumFile>> {
        let file = private_file(path)?;
        file.set_len(0)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)?;
        File::open(folder_of(to))?.sync_all()
    }

    fn device(&self, folder: &Path) -> io::Result<u64> {
        device_of(&std::fs::metadata(folder)?)
    }
}

#[cfg(unix)]
fn device_of(folder: &std::fs::Metadata) -> io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::dev(folder))
}

/// Elsewhere folders are not told apart by their device.
#[cfg(not(unix))]
fn device_of(_folder: &std::fs::Metadata) -> io::Result<u64> {
    Ok(0)
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl MediumFile for File {
    fn size(&mut self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        self.seek(SeekFrom::Start(at))?;
        self.read(into)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(at))?;
        self.write_all(bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
