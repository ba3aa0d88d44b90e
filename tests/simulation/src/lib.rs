//! Two offices' boxes and a server in virtual time: sales on both ends while messages are lost,
//! repeated and reordered, power is cut, stores are restored, clocks lie. The laws are asked after
//! every step; the same seed is the same schedule.
//!
//! What is the product's own: every decision on seats, PINs, exchange, rejoin and restore
//! (`protocol::seats`, `protocol::agree`). What is a double: the store, in memory.
//!

mod acts;
mod chance;
mod ghost;
mod line;
mod memory;
mod node;
mod rules;
mod talk;
mod world;

pub use acts::LANES;
pub use chance::Chance;
pub use ghost::{Ghost, Seen};
pub use rules::Rules;
pub use world::{Tally, World};
