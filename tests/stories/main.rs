//! The stories: whole programs, real wires, told as a visitor of the office would tell them.

mod agreement;
mod bad_input;
mod clock;
mod codes_without_sync;
mod desk_booking;
mod empty_box;
mod kill;
mod network;
mod new_keys;
mod pictures;
mod poke;
mod press_text;
mod printed;
mod raw;
mod reception;
mod restore;
mod restore_drills;
mod silent;
mod terminal;
mod told;
mod used_code;
mod watched;
