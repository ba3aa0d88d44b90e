//! The day sheet told as stories, and the law over both copies.

mod laws;
mod restores;
mod stories;
