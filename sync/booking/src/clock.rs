//! The only place of the booking server that asks the time. Everywhere else it is an argument.

use jiff::Timestamp;

/// The present moment, by the server's own clock (kept right by its operating system).
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
