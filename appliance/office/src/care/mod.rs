//! Care: how the box does, for staff and for machines that watch it. Never for citizens.

mod clock;
mod health;
mod keeper;

pub(crate) use health::Health;
pub(crate) use keeper::{BACKUPS, Keeper, SEATS, STICK};
