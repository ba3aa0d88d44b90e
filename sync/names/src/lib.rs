//! The plain words every room shares: ids, codes, times.
//!
//! Values only. Nothing here reads a clock, a file or chance, and every value that exists
//! is valid: the only ways in are the checked constructors and the checked deserializers.
//!
//! What may not be used here: anything but serde, the time crate and the error derive
//! (`tests/tidy` checks it).

mod code;
mod ids;
mod language;
mod pin;
mod ticket;
mod time;

pub use code::{BadCode, Code};
pub use ids::{BadId, BookingId, CounterId, Incarnation, OfficeId, ServiceId, Side};
pub use language::Language;
pub use pin::{BadPin, Pin};
pub use ticket::{BadTicket, TICKETS_PER_RANGE, TicketNumber};
pub use time::{Minutes, Now, Trust};

/// The most counters one office may have (`rules.md`, Limits).
pub const MAX_COUNTERS: u8 = 50;
