//! The witness, the second medium, backups and restores, all together on one store.

mod backups;
mod double;
mod fates;
mod law;
mod restores;
mod sticks;
mod witnesses;
mod world;
