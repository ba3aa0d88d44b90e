//! Bad input of every kind: each gets a clear answer, nothing is lost, and the board never shows
//! an error.

mod codes;
mod desks;
mod forms;
mod layouts;
mod mails;
mod starts;
