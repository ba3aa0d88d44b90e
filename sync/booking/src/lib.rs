//! The booking server: offices, citizens, mails, the far end of the line.

pub mod citizen;
pub mod clock;
pub mod config;
pub mod holidays;
pub mod office_file;
pub mod pages;
pub mod secret;
