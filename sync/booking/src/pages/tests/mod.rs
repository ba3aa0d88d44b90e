//! The pages on the real server room: a store on disk, seats, bookings; only the mail is read
//! out of the store instead of a mailbox.

mod browser;
mod hostile;
mod journey;
mod paused;
