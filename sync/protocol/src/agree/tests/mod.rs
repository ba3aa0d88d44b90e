//! Decisions without a disk: a log in memory stands in for the store.
