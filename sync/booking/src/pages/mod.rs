//! The citizens' pages.
