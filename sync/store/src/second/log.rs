//! An append-only file of checksummed records.
//!
//! ```text
//!   mark len check header │ mark len check payload │ mark len check payload │ 0 0 0 … (room)
//!                           └─ check = SHA-256(header, place, len, payload), cut to 12 bytes
//! ```
//!
//! What must always hold: whatever a power cut leaves of the file, its good records are the first
//! ones that were appended, in order; a record of another file or another place never passes for
//! one of this file; opening changes nothing, so that a file of somebody else stays as it is.

use std::io::{self, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::medium::{Medium, MediumFile};

/// Begins each record: tells a record from the zeros that keep room for it.
const MARK: [u8; 4] = *b"AuL1";

/// Bytes of the checksum: 96 bits, so that chance alone never passes.
const CHECK: usize = 12;

/// Bytes before each payload.
const HEAD: usize = MARK.len() + size_of::<u32>() + CHECK;

/// Bytes of the largest payload: two of the largest entries, so that a length gone wrong never
/// asks for gigabytes.
pub(crate) const MAX_PAYLOAD: usize = 1024 * 1024;

/// Bytes that reserved room grows by: some hundred records of the witness, so that the length of
/// the file, which costs a second write, changes seldom.
const ROOM: u64 = 64 * 1024;

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// With its last record.
    Whole,
    /// With an append that a power cut has torn, at this place.
    Torn { at: u64 },
    /// Something is wrong at this place and good records come after it: not the work of a cut.
    Damaged { at: u64 },
}

/// What was found under a name.
#[derive(Debug)]
pub(crate) enum Found {
    /// No file.
    Nothing,
    /// A file whose first record is not whole: not ours, or never finished.
    Unknown,
    /// A file of records.
    Log { header: Vec<u8>, log: SyncedLog, tail: Tail },
}

/// An open file of records.
#[derive(Debug)]
pub(crate) struct SyncedLog {
    file: Box<dyn MediumFile>,
    seed: [u8; CHECK],
    end: u64,
    room: u64,
}

impl SyncedLog {
    /// Reads a file from its beginning and shows each good record after the header.
    pub(crate) fn open(medium: &dyn Medium, path: &Path, mut record: impl FnMut(Vec<u8>)) -> io::Result<Found> {
        let Some(mut file) = medium.open(path)? else { return Ok(Found::Nothing) };
        let room = file.size()?;
        let mut reader = BufReader::new(Reading { file: &mut *file, at: 0 });
        let Some(header) = next(&mut reader, [0; CHECK], 0)? else { return Ok(Found::Unknown) };
        let seed = seed_of(&header);
        let mut end = place_after(0, &header);
        while let Some(payload) = next(&mut reader, seed, end)? {
            end = place_after(end, &payload);
            record(payload);
        }
        let mut log = Self { file, seed, end, room };
        let tail = log.tail()?;
        Ok(Found::Log { header, log, tail })
    }

    /// Writes a new file with these records beside, and puts it in the place of `path` once it is
    /// on the medium whole.
    pub(crate) fn replace(
        medium: &dyn Medium,
        path: &Path,
        header: &[u8],
        mut records: impl FnMut() -> io::Result<Option<Vec<u8>>>,
    ) -> io::Result<Self> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let file = medium.create(Path::new(&beside))?;
        let mut log = Self { file, seed: [0; CHECK], end: 0, room: 0 };
        if let Err(error) = log.fill(header, &mut records) {
            // What is half written takes no room from the file that stays.
            let _unfinished = log.file.truncate(0);
            return Err(error);
        }
        medium.rename(Path::new(&beside), path)?;
        Ok(log)
    }

    fn fill(&mut self, header: &[u8], records: &mut impl FnMut() -> io::Result<Option<Vec<u8>>>) -> io::Result<()> {
        self.append(header)?;
        self.seed = seed_of(header);
        while let Some(record) = records()? {
            self.append(&record)?;
        }
        self.sync()
    }

    /// Adds a record; on the medium after the next [`SyncedLog::sync`].
    pub(crate) fn append(&mut self, payload: &[u8]) -> io::Result<()> {
        if payload.len() > MAX_PAYLOAD {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a record larger than a file of records takes"));
        }
        let len = u32::try_from(payload.len()).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(HEAD + payload.len());
        bytes.extend_from_slice(&MARK);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(&check(self.seed, self.end, len, payload));
        bytes.extend_from_slice(payload);
        self.file.write_at(self.end, &bytes)?;
        self.end += bytes.len() as u64;
        self.room = self.room.max(self.end);
        Ok(())
    }

    /// Returns when all records are on the medium.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    /// Sees to it that payloads of so many bytes in all fit without the file growing: appending
    /// them needs no free space any more.
    pub(crate) fn reserve(&mut self, records: usize, bytes: usize) -> io::Result<()> {
        let wanted = self.end + (records * HEAD + bytes) as u64;
        if wanted <= self.room {
            return Ok(());
        }
        let upto = wanted.next_multiple_of(ROOM) + ROOM;
        let mut zeros = upto - self.room;
        while zeros > 0 {
            let some = zeros.min(ROOM);
            self.file
                .write_at(upto - zeros, &[0; ROOM as usize][..usize::try_from(some).map_err(io::Error::other)?])?;
            zeros -= some;
        }
        self.file.sync()?;
        self.room = upto;
        Ok(())
    }

    /// Takes away what lies behind the last good record.
    pub(crate) fn cut(&mut self) -> io::Result<()> {
        self.file.truncate(self.end)?;
        self.room = self.end;
        self.file.sync()
    }

    /// Bytes up to the last record.
    pub(crate) fn len(&self) -> u64 {
        self.end
    }

    /// What lies behind the last good record.
    fn tail(&mut self) -> io::Result<Tail> {
        let (mut at, mut zeros, mut window) = (self.end, true, Vec::new());
        let mut block = vec![0; usize::try_from(ROOM).map_err(io::Error::other)?];
        loop {
            let read = self.file.read_at(at, &mut block)?;
            if read == 0 {
                return Ok(if zeros { Tail::Whole } else { Tail::Torn { at: self.end } });
            }
            zeros &= block[..read].iter().all(|byte| *byte == 0);
            // A mark may lie across two blocks.
            let before = window.len() as u64;
            window.extend_from_slice(&block[..read]);
            for (place, _mark) in window.windows(MARK.len()).enumerate().filter(|(_, bytes)| **bytes == MARK) {
                let place = at - before + place as u64;
                if place > self.end && self.is_record(place)? {
                    return Ok(Tail::Damaged { at: self.end });
                }
            }
            window.drain(..window.len().saturating_sub(MARK.len() - 1));
            at += read as u64;
        }
    }

    fn is_record(&mut self, at: u64) -> io::Result<bool> {
        let seed = self.seed;
        let mut reader = BufReader::new(Reading { file: &mut *self.file, at });
        Ok(next(&mut reader, seed, at)?.is_some())
    }
}

/// The payload of the record at a place; nothing if there is no good one.
fn next(reader: &mut impl Read, seed: [u8; CHECK], at: u64) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEAD];
    if !filled(reader, &mut head)? || head[..MARK.len()] != MARK {
        return Ok(None);
    }
    let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let Some(size) = usize::try_from(len).ok().filter(|size| *size <= MAX_PAYLOAD) else { return Ok(None) };
    let mut payload = vec![0; size];
    let good = filled(reader, &mut payload)? && head[HEAD - CHECK..] == check(seed, at, len, &payload);
    Ok(good.then_some(payload))
}

/// Whether the reader had as many bytes as that.
fn filled(reader: &mut impl Read, into: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(into) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn place_after(at: u64, payload: &[u8]) -> u64 {
    at + (HEAD + payload.len()) as u64
}

/// Binds every record to the header of its file.
fn seed_of(header: &[u8]) -> [u8; CHECK] {
    cut_short(Sha256::new().chain_update(b"aufruf-log-v1").chain_update(header))
}

fn check(seed: [u8; CHECK], at: u64, len: u32, payload: &[u8]) -> [u8; CHECK] {
    let place = (at.to_le_bytes(), len.to_le_bytes());
    cut_short(Sha256::new().chain_update(seed).chain_update(place.0).chain_update(place.1).chain_update(payload))
}

fn cut_short(hasher: Sha256) -> [u8; CHECK] {
    let whole = hasher.finalize();
    std::array::from_fn(|place| whole[place])
}

/// Reads a file of a medium from a place on.
struct Reading<'a> {
    file: &'a mut dyn MediumFile,
    at: u64,
}

impl Read for Reading<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(self.at, into)?;
        self.at += read as u64;
        Ok(read)
    }
}
