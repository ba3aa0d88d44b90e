//! The box alive: loop, ledger, uplink, pages.
//!
//! ```text
//!   scan/keys ► devices ─Sensed► intake ─Event► queue ─Effects► ledger (commit) ► announce ► terminal, board, chime, desk lamp
//!   button    ► gate ► broker ─Sensed► …same way…                              └► uplink ─entries► booking server
//! ```
//!
//! What must always hold: facts are on disk before anybody sees or hears of them; nothing the
//! hall needs waits for the network, start-up included; only `eventloop` owns the queue.
//!
//! What may not be used here: the booking server's crate; clear names, mail addresses or
//! telephone numbers of citizens.

mod care;
mod clock;
mod config;
mod control;
mod copies;
mod desk;
mod eventloop;
mod intake;
mod ledger;
pub mod pages;
mod plan;
mod ready;
mod run;
pub mod staff;
mod uplink;

pub use config::{BadConfig, Config, Kind, MAX_MISTAKES, Mistake, Places, Sort, is_secret, kind_of_form};
pub use control::{reopen, rotate_key};
pub use copies::{back_up, restore};
pub use run::run;
pub use uplink::hash_of_code;
