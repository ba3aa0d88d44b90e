//! The stories: whole programs, real wires, told as a visitor of the office would tell them.

mod kill;
mod pictures;
mod press_text;
mod told;
