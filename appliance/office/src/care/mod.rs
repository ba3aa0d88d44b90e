//! Care: how the box does, for staff and for machines that watch it. Never for citizens.

mod clock;
mod figures;
mod health;
mod keeper;
mod pulse;
mod screens;

#[cfg(test)]
pub(crate) use figures::JournalFigures;
pub(crate) use figures::{HallFigures, Kept};
pub(crate) use health::{Health, Report};
pub(crate) use keeper::{BACKUPS, Keeper, SCREENS, SEATS, STICK};
pub(crate) use pulse::Pulse;
