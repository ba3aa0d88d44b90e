//! The pages of the house: board, terminal, counter, sign-in.
//!
//! ```text
//!   Queue ──of()──► Board, TerminalView, CounterView ──wires──► event streams ──► browsers
//!                                                       ▲                            │
//!                        loop ◄──────── Command ────────┴──── keys, presses ◄────────┘
//! ```
//!
//! What must always hold: a page shows the whole state at connect and after each change; the
//! board never shows an error; staff pages speak to this machine or over TLS only.
//!
//! What may not be used here: the ledger, the uplink, a clock. The queue is read by the pure
//! projections of `view` only.

pub mod assets;
mod counter_keys;
pub mod inputs;
mod key;
mod metrics;
pub(crate) mod paper;
pub(crate) mod reception;
pub mod render;
mod routes;
mod server;
mod sessions;
pub mod terminal_keys;
mod texts;
pub mod view;
pub mod wires;

pub use routes::Peer;
pub use server::{BadPages, Doors, Pages, Settings, tls_config};
pub use sessions::{Account, BadAccount};
