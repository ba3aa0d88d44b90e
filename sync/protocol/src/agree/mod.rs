//! How both ends come to the same lives and cursors: the decisions of exchange and rejoin, pure.

mod mode;

pub use mode::Mode;
