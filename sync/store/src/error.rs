//! What can go wrong with the store itself.

use std::path::PathBuf;

use protocol::entry::MAX_KIND_LEN;
use protocol::exchange::Refusal;
use rusqlite::ErrorCode;

/// A failure of the store; the transaction it happened in was rolled back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another program, or this one a second time, has the file open.
    #[error(
        "{} is in use by another running program (process {holder}, lock file {}): stop that program or choose another data folder",
        path.display(), lock.display()
    )]
    InUse {
        /// The database.
        path: PathBuf,
        /// The lock file beside it.
        lock: PathBuf,
        /// Who holds it, as it wrote itself down; may be empty.
        holder: String,
    },
    /// The file or its folder cannot be used.
    #[error("cannot open {}: {source}", path.display())]
    Open {
        /// The database or its lock file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is a database of another kind.
    #[error("{} is not a database of this program: choose another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("{what} is at version {found}, this program knows {known}: install the newer program again")]
    Newer {
        /// Which tables.
        what: &'static str,
        /// The version in the file.
        found: i64,
        /// The version this program knows.
        known: i64,
    },
    /// A durability setting was not accepted.
    #[error("sqlite did not accept {pragma}: it says {found}")]
    Setting {
        /// The setting.
        pragma: &'static str,
        /// What it is instead.
        found: String,
    },
    /// The disk failed while writing; nothing is written any more until the program starts again.
    #[error("the disk failed earlier, nothing is written until a restart: {reason}")]
    Frozen {
        /// The first failure.
        reason: String,
    },
    /// The witness failed; what was committed is known to nobody, and nothing is written any more
    /// until the program starts again.
    #[error("the witness beside the database cannot be written: {source}")]
    Unwitnessed {
        /// Why.
        source: std::io::Error,
    },
    /// A backup cannot be written or must not be put in place.
    #[error("the copy {} cannot be used: {why}", path.display())]
    Copy {
        /// The file or its folder.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The writer thread is gone or the step panicked; the transaction was rolled back.
    #[error("the store stopped before the step was finished")]
    Stopped,
    /// SQLite refused.
    #[error("database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// No random bytes from the system.
    #[error("no random bytes: {0}")]
    Random(String),
    /// A row that this program never writes.
    #[error("{what} in the store cannot be read: {why}")]
    Damaged {
        /// Which value.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A draft that no peer could take.
    #[error("an entry of kind {kind} has {len} bytes, more than {max}")]
    DraftTooLarge {
        /// Its kind, cut.
        kind: String,
        /// Its size.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// A kind with no letters or too many.
    #[error("a kind has 1 to {MAX_KIND_LEN} bytes, this one {len}")]
    BadKind {
        /// Its size.
        len: usize,
    },
}

impl StoreError {
    /// Whether trying again is pointless until somebody acted.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Sql(error) => !matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull)
            ),
            Self::Random(_) => false,
            Self::Unwitnessed { source } => source.kind() != std::io::ErrorKind::StorageFull,
            Self::InUse { .. }
            | Self::Open { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::Setting { .. }
            | Self::Frozen { .. }
            | Self::Stopped
            | Self::Copy { .. }
            | Self::Damaged { .. }
            | Self::DraftTooLarge { .. }
            | Self::BadKind { .. } => true,
        }
    }

    /// Whether the disk itself can no longer be believed: pages may be lost although later
    /// writes succeed.
    pub(crate) fn breaks_the_disk(error: &rusqlite::Error) -> bool {
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }

    pub(crate) fn damaged(what: &'static str, why: impl ToString) -> Self {
        Self::Damaged { what, why: why.to_string() }
    }
}

/// Why a step of the exchange did not happen; the transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The other end, or what it sent, is refused.
    #[error("exchange refused: {0}")]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ExchangeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
