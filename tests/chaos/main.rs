//! What must hold when everything around two real programs breaks: kills, cuts, full disks, a
//! month without a line.
//!
//! ```text
//!   citizens ── street: a line of chaos ──► booking server ◄── line of chaos ── box ◄─ terminals
//!                                             kill -9                          kill -9
//! ```
//!
//! What must always hold: the programs are the built ones and are judged by what people see of
//! them: pages, mails, terminals. Every run prints its seed and how to repeat it. What is decided
//! by chance is decided by the seed; what two programs do at the same time is not.
//!
//! The numbers here are small; `.ci/proof` runs the large ones.

mod cuts;
mod disk;
mod hall;
mod kills;
mod outage;
mod person;
mod seed;
mod town;
mod word;
