//! Both ends on two real files: what arrives, and what is refused.

mod laws;
mod refusals;
pub(crate) mod world;
