//! Both ends on real files: what arrives, what is refused, what a kill leaves.

mod clones;
mod enrolment;
mod kill;
mod laws;
mod line;
mod refusals;
mod restores;
mod rotation;
pub(crate) mod world;
