//! Stories and laws of one side, and of two that give to each other.

mod desk;
mod lives;
mod lost;
mod pair;
