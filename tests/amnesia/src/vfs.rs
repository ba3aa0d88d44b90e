//! What SQLite calls: the C functions of a file system, on disks in memory.
//!
//! What must always hold: a path belongs to the disk that is mounted on its folder; no function
//! here panics, because a panic may not cross into C; the features told to SQLite are those of
//! its own file system on Linux, so that it writes and syncs as it does in an office. Shared
//! memory is not offered: the store locks exclusively and needs none.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::ffi;

use crate::chance::Chance;
use crate::disk::{Disk, Failure, Honesty, Op};

/// Bytes of the longest path.
const MAX_PATH: c_int = 1024;

/// The sector size SQLite takes for granted on Linux.
const SECTOR: c_int = 4096;

/// Kinds of files whose names must be on the disk before what they guard is changed.
const JOURNALS: c_int = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL;

/// The disks by the folders they are mounted on.
static MOUNTED: Mutex<BTreeMap<String, Arc<Disk>>> = Mutex::new(BTreeMap::new());

/// SQLite did not take the disks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sqlite did not take the forgetful disks: code {0}")]
pub struct Refused(c_int);

/// Makes every database this process opens from now on live on a mounted disk. Once is enough;
/// more does no harm.
///
/// # Errors
/// What SQLite says.
pub fn install() -> Result<(), Refused> {
    static DONE: OnceLock<c_int> = OnceLock::new();
    let code = *DONE.get_or_init(|| {
        let vfs = Box::into_raw(Box::new(functions()));
        // SAFETY: the pointer is never freed, so it is valid as long as SQLite may use it.
        unsafe { ffi::sqlite3_vfs_register(vfs, 1) }
    });
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(Refused(code)) }
}

/// A disk on a folder, until dropped. Files that are open stay open.
#[derive(Debug)]
pub struct Mount(String);

impl Mount {
    /// Mounts a disk on a folder, in the place of the one that was there.
    #[must_use]
    pub fn new(disk: Arc<Disk>, folder: &Path) -> Self {
        let folder = folder.to_string_lossy().into_owned();
        mounted().insert(folder.clone(), disk);
        Self(folder)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        mounted().remove(&self.0);
    }
}

fn mounted() -> MutexGuard<'static, BTreeMap<String, Arc<Disk>>> {
    MOUNTED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn functions() -> ffi::sqlite3_vfs {
    ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(size_of::<Handle>()).unwrap_or(c_int::MAX),
        mxPathname: MAX_PATH,
        pNext: std::ptr::null_mut(),
        zName: c"amnesia".as_ptr(),
        pAppData: std::ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: None,
        xGetLastError: None,
        xCurrentTimeInt64: Some(time),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 1 has no shared memory and no mapped files.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(features),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// SQLite's own memory for an open file; it allocates `szOsFile` bytes for each.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    place: *mut Place,
}

/// Where an open file really is.
struct Place {
    disk: Arc<Disk>,
    file: Arc<str>,
    gone_when_closed: bool,
    /// A new journal: SQLite on Linux syncs its folder along with its first sync.
    syncs_its_folder: Cell<bool>,
}

impl Place {
    /// The disk and the name of a path, if a disk is mounted there.
    fn of(path: &str) -> Option<Self> {
        let (folder, file) = path.rsplit_once('/')?;
        let disk = mounted().get(folder)?.clone();
        Some(Self { disk, file: file.into(), gone_when_closed: false, syncs_its_folder: Cell::new(false) })
    }

    /// A file without a name is for SQLite's own use and survives nothing.
    fn nameless() -> Self {
        let disk = Disk::empty(Honesty::Honest);
        Self { disk, file: "nameless".into(), gone_when_closed: true, syncs_its_folder: Cell::new(false) }
    }

    fn run(&self, op: Op) -> c_int {
        match self.disk.run(op) {
            Ok(()) => ffi::SQLITE_OK,
            Err(Failure::Full) => ffi::SQLITE_FULL,
            Err(Failure::Broken) => ffi::SQLITE_IOERR,
        }
    }

    fn delete(&self) -> c_int {
        self.run(Op::Delete { file: self.file.clone() })
    }

    fn create(&self) -> c_int {
        self.run(Op::Create { file: self.file.clone() })
    }

    fn sync(&self) -> c_int {
        match self.run(Op::Sync { file: self.file.clone() }) {
            ffi::SQLITE_OK if self.syncs_its_folder.take() => self.run(Op::SyncFolder),
            ffi::SQLITE_IOERR => ffi::SQLITE_IOERR_FSYNC,
            code => code,
        }
    }
}

/// The text behind a C pointer.
///
/// # Safety
/// `path` is null or a C string that lives as long as the answer is used.
unsafe fn text<'a>(path: *const c_char) -> Option<&'a str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller answers for the rest.
    unsafe { CStr::from_ptr(path) }.to_str().ok()
}

/// The open file behind SQLite's pointer.
///
/// # Safety
/// `file` is one that [`open`] filled and [`close`] did not yet take.
unsafe fn place<'a>(file: *mut ffi::sqlite3_file) -> &'a Place {
    // SAFETY: SQLite gives back the pointer it gave to `open`, which put a live `Place` there.
    unsafe { &*(*file.cast::<Handle>()).place }
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let handle = file.cast::<Handle>();
    // SAFETY: `file` has `szOsFile` bytes; without methods SQLite does not close what failed.
    unsafe { (*handle).base.pMethods = std::ptr::null() };
    // SAFETY: SQLite's path is null or a C string for the time of this call.
    let place = if path.is_null() { Some(Place::nameless()) } else { unsafe { text(path) }.and_then(Place::of) };
    let Some(mut place) = place else { return ffi::SQLITE_CANTOPEN };
    place.gone_when_closed |= flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0;
    place.syncs_its_folder.set(flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & JOURNALS != 0);
    if !place.disk.exists(&place.file) {
        if flags & ffi::SQLITE_OPEN_CREATE == 0 {
            return ffi::SQLITE_CANTOPEN;
        }
        let code = place.create();
        if code != ffi::SQLITE_OK {
            return code;
        }
    }
    // SAFETY: `file` has room for a `Handle`; `flags_out` is null or a place for one number.
    unsafe {
        (*handle).place = Box::into_raw(Box::new(place));
        (*handle).base.pMethods = &raw const METHODS;
        if !flags_out.is_null() {
            *flags_out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let handle = file.cast::<Handle>();
    // SAFETY: `open` put a box there, and SQLite closes a file once.
    let place = unsafe { Box::from_raw((*handle).place) };
    if place.gone_when_closed { place.delete() } else { ffi::SQLITE_OK }
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, len: c_int, at: i64) -> c_int {
    let (Ok(at), Ok(len)) = (usize::try_from(at), usize::try_from(len)) else { return ffi::SQLITE_IOERR_READ };
    // SAFETY: an open file, and a buffer of SQLite's with `len` bytes.
    let (place, into) = unsafe { (place(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), len)) };
    let read = place.disk.read(&place.file, at, into);
    if read == len { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_SHORT_READ }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, len: c_int, at: i64) -> c_int {
    let (Ok(at), Ok(len)) = (usize::try_from(at), usize::try_from(len)) else { return ffi::SQLITE_IOERR_WRITE };
    // SAFETY: an open file, and `len` bytes of SQLite's.
    let (place, bytes) = unsafe { (place(file), std::slice::from_raw_parts(from.cast::<u8>(), len)) };
    place.run(Op::Write { file: place.file.clone(), at, bytes: bytes.into() })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    let Ok(len) = usize::try_from(len) else { return ffi::SQLITE_IOERR_TRUNCATE };
    // SAFETY: an open file.
    let place = unsafe { place(file) };
    place.run(Op::Resize { file: place.file.clone(), len })
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _how: c_int) -> c_int {
    // SAFETY: an open file.
    unsafe { place(file) }.sync()
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: an open file.
    let place = unsafe { place(file) };
    let len = place.disk.len(&place.file);
    // SAFETY: SQLite gives a place for one number.
    unsafe { *size = i64::try_from(len).unwrap_or(i64::MAX) };
    ffi::SQLITE_OK
}

/// One program has the file (`store` sees to that), so a lock is always free.
unsafe extern "C" fn lock(_file: *mut ffi::sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a place for one number.
    unsafe { *held = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_file: *mut ffi::sqlite3_file, _what: c_int, _value: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    SECTOR
}

/// As SQLite on Linux: a torn write leaves alone what was not written, and nothing else is sure.
unsafe extern "C" fn features(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn delete(_vfs: *mut ffi::sqlite3_vfs, path: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite's path is a C string for the time of this call.
    let Some(place) = unsafe { text(path) }.and_then(Place::of) else { return ffi::SQLITE_IOERR_DELETE };
    if !place.disk.exists(&place.file) {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    match place.delete() {
        ffi::SQLITE_OK if sync_folder != 0 => place.run(Op::SyncFolder),
        code => code,
    }
}

unsafe extern "C" fn access(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    _what: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's path is a C string for the time of this call.
    let there = unsafe { text(path) }.and_then(Place::of).is_some_and(|place| {
        // As SQLite on Linux: an empty file is as good as none.
        place.disk.len(&place.file) > 0
    });
    // SAFETY: SQLite gives a place for one number.
    unsafe { *answer = c_int::from(there) };
    ffi::SQLITE_OK
}

/// Paths of tests are whole already.
unsafe extern "C" fn full_path(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's path is a C string for the time of this call.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if usize::try_from(room).map_or(true, |room| bytes.len() > room) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: `out` has `room` bytes, which was just seen to be enough, and is SQLite's own.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

/// Bytes from a fixed seed, so that a run can be repeated.
unsafe extern "C" fn randomness(_vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    static CHANCE: OnceLock<Mutex<Chance>> = OnceLock::new();
    let Ok(wanted) = usize::try_from(len) else { return 0 };
    // SAFETY: SQLite gives a buffer of `len` bytes.
    let bytes = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), wanted) };
    CHANCE.get_or_init(|| Mutex::new(Chance::new(0, 0))).lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
    len
}

/// Nobody holds a lock, so nobody waits.
unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, _microseconds: c_int) -> c_int {
    0
}

/// The start of 1970 in the milliseconds SQLite counts: nothing here may depend on a clock.
unsafe extern "C" fn time(_vfs: *mut ffi::sqlite3_vfs, now: *mut i64) -> c_int {
    // SAFETY: SQLite gives a place for one number.
    unsafe { *now = 210_866_760_000_000 };
    ffi::SQLITE_OK
}
