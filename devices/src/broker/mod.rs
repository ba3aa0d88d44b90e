//! The broker (rumqttd) as a process of its own on loopback, and the one who keeps it alive.
//!
//! ```text
//!   supervisor ── stdin: password ──►  child: rumqttd on 127.0.0.1:port
//!       │      ◄── stdout: port ────     │  any panic inside ends the process
//!       │  probe: a whole round trip     │  stdin closed (the box ended, however) ends it too
//!       └─► Upstream (address, password) to gate and bus; none while it is away
//! ```
//!
//! Seen in our own siege tests: a connection that ends while its reader is far behind can make the
//! router panic (`scheduler.rs`, an index of a connection that is gone). The process ends with it,
//! the desks come again within a second or two and repeat what was not answered.
//!
//! rumqttd can lose its listener or its router while its process stays up; so it is never trusted to
//! be alive, only a round trip is. It is replaced whole, and keeps nothing we need: the bus
//! publishes the true state again.

mod child;
mod probe;
mod supervisor;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

pub use child::serve_child;
pub(crate) use supervisor::keep;

/// The program that becomes the broker: it must call [`serve_child`] and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerProgram {
    /// The program; the box passes its own (`std::env::current_exe`).
    pub program: PathBuf,
    /// Its arguments; the box passes `["broker"]`.
    pub arguments: Vec<OsString>,
}

/// Where the broker is and how to get in; another one after every restart.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) password: String,
}

/// The one account of the broker.
pub(crate) const USER: &str = "box";

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstream").field("address", &self.address).finish_non_exhaustive()
    }
}
