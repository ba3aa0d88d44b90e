//! The witness, the second medium, backups and restores, all together on one store.

mod backups;
mod double;
mod law;
mod restores;
mod sticks;
mod witnesses;
mod world;
