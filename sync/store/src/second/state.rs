//! How the second medium does, as the programs show it.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the second medium has what the database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondState {
    /// None is configured.
    None,
    /// Everything that is committed is on it.
    Good,
    /// It lacks the last entries, and is tried again by itself.
    Behind {
        /// The last position of the journal that is on it; 0 for none.
        since_position: u64,
        /// Why.
        why: Trouble,
    },
}

/// What keeps the second medium from being written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Its folder or device is not there.
    #[error("the second medium is not there: plug it in")]
    Missing,
    /// It belongs to another store, or its file is none of ours: it is left as it is.
    #[error("the second medium belongs to another program: use an empty one")]
    Foreign,
    /// It has entries that the database lacks: the next start takes them in.
    #[error("the second medium knows entries that are missing here: start the program again to take them in")]
    KnowsMore,
    /// It has no space left.
    #[error("the second medium is full: free some space or use a larger one")]
    Full,
    /// It did not answer in time.
    #[error("the second medium is too slow")]
    Slow,
    /// What was missed is being written to it.
    #[error("the second medium is being brought up to date")]
    CatchingUp,
    /// The system says why.
    #[error("the second medium failed: {0}")]
    Failed(String),
}

impl Trouble {
    /// The trouble behind an error of the system.
    pub(crate) fn of(error: &std::io::Error) -> Self {
        let kind = error.kind();
        if kind == ErrorKind::NotFound {
            Self::Missing
        } else if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
            Self::Full
        } else {
            Self::Failed(error.to_string())
        }
    }
}

/// The state that the thread of the second medium writes and everybody reads.
#[derive(Clone, Debug)]
pub(crate) struct Shown(Arc<Mutex<SecondState>>);

impl Shown {
    pub(crate) fn new(state: SecondState) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn get(&self) -> SecondState {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells whether the state is another one now.
    pub(crate) fn set(&self, state: SecondState) -> bool {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = std::mem::discriminant(&*shown) != std::mem::discriminant(&state);
        *shown = state;
        changed
    }
}
