//! Care: how the box does, for staff and for machines that watch it. Never for citizens.

mod clock;
mod health;
mod keeper;
mod pulse;
mod screens;

pub(crate) use health::Health;
pub(crate) use keeper::{BACKUPS, Keeper, SCREENS, SEATS, STICK};
pub(crate) use pulse::Pulse;
