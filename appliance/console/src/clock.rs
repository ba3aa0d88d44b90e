//! The only place of this program that asks how much time went by. It never asks what time it is.

use std::time::Instant;

/// A moment of the clock that only counts.
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}
