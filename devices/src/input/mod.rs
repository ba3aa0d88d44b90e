//! Scanners and keypads.

/// The longest line of an input, in characters; longer than any code, so that a scanner cannot
/// fill the memory.
pub const MAX_LINE: usize = 512;

/// The most inputs one box may have: one scanner and one keypad for each of 16 terminals.
pub const MAX_INPUTS: usize = 32;
