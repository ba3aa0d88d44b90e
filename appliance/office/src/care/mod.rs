//! Care: how the box does, for staff and for machines that watch it. Never for citizens.

mod clock;
mod health;

pub(crate) use health::Health;
