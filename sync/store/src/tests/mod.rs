//! Both ends on real files: what arrives, what is refused, what a kill leaves.

mod kill;
mod laws;
mod refusals;
pub(crate) mod world;
