//! What is known of a store outside its database, so that a restored copy is found out and as
//! little as possible is lost with the disk.
//!
//! ```text
//!   write ─► commit ─┬─► witness (beside the database, in no backup): how far this store ever was
//!                    └─► second journal (a stick, another disk): every entry of both sides
//!   start ─► is the witness's entry in the database? ── yes ─► normal
//!                 └─ no: take in what the second journal has, begin a new life, settle, then sell
//! ```
//!
//! What must always hold: nobody is told of a changed seat before the witness knows; a database
//! behind its witness never goes on in its old life; the second medium may be missing, full or
//! hanging and nothing stops; a file of another store is never written.

mod copy;
mod lives;
mod log;
mod marks;
mod medium;
mod stamp;
mod start;
mod state;
mod stick;
#[cfg(test)]
mod tests;
mod thread;
mod watch;
mod witness;

use std::path::PathBuf;
use std::sync::Arc;

use names::{OfficeId, Side};
use protocol::seats::Restored;

pub use copy::FILE;
pub(crate) use marks::prepare;
pub use marks::{BlockMark, WitnessRecord};
pub(crate) use medium::folder_of;
pub use medium::{Disk, Medium, MediumFile};
pub(crate) use start::{Start, mark_restored};
pub use start::{applied, imported_from};
pub(crate) use state::Shown;
pub use state::{SecondState, Trouble};
pub use thread::{RETRY, SYNC_WAIT};
pub(crate) use watch::Watch;
pub(crate) use witness::Records;

/// Where a store is known of outside its database.
#[derive(Clone, Debug)]
pub struct Places {
    pub(crate) me: Side,
    pub(crate) witness: Option<PathBuf>,
    pub(crate) second: Option<PathBuf>,
    pub(crate) medium: Arc<dyn Medium>,
}

impl Places {
    /// Nowhere yet, for the store of this side.
    #[must_use]
    pub fn of(me: Side) -> Self {
        Self { me, witness: None, second: None, medium: Arc::new(Disk) }
    }

    /// The file of the witness, in the data folder and outside every backup.
    #[must_use]
    pub fn witness(self, file: PathBuf) -> Self {
        Self { witness: Some(file), ..self }
    }

    /// The folder of the second medium; its file is [`FILE`].
    #[must_use]
    pub fn second(self, folder: PathBuf) -> Self {
        Self { second: Some(folder), ..self }
    }

    /// Keeps the plain files on another medium; tests give a forgetful one.
    #[must_use]
    pub fn on(self, medium: Arc<dyn Medium>) -> Self {
        Self { medium, ..self }
    }
}

/// What opening a store found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The database is as new as everything known of it outside.
    Normal,
    /// The database is an older copy, or was one and is not settled yet: each office has a new
    /// life and may not sell before [`protocol::seats::Seats::settle`].
    Restored {
        /// The offices that are not settled.
        offices: Vec<RestoredOffice>,
        /// The first position of the entries that the second journal brought; from there on they
        /// are missing in the program's read models until it says [`applied`].
        imported_from: Option<u64>,
    },
}

/// An office that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredOffice {
    /// Which one.
    pub office: OfficeId,
    /// How far its copy is and how far it should be.
    pub restored: Restored,
}
