//! The booking server: offices, citizens, mails, the far end of the line.

pub mod citizen;
pub mod pages;
pub mod secret;
