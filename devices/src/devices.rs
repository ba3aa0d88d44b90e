//! The room's one handle: starts every part, passes values in, and stops every part.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::bus::{self, Bus, Outbox};
use crate::config::DevicesConfig;
use crate::discovery::Discovery;
use crate::gate::{self, Hall, Registry};
use crate::input::{self, BadInput};
use crate::printer::{Printer, Slip};
use crate::values::{Bell, Layout, Permits, Sensed, Show};
use crate::{broker, chime};

/// How many sensed things may wait for the office: a busy morning's burst from every input and
/// desk at once. When full, inputs and the bus wait (and with them the kernel's own buffers);
/// nothing is dropped here.
const MAX_SENSED: usize = 1024;

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
    /// An entry of the allow-list is wrong.
    #[error(transparent)]
    Input(#[from] BadInput),
    /// The audio thread cannot be started.
    #[error("failed to start the audio thread: {0}")]
    Sound(std::io::Error),
}

/// All parts, running. Dropping it stops them without the goodbyes of [`Devices::stop`].
#[derive(Debug)]
pub struct Devices {
    gate_addr: SocketAddr,
    registry: Arc<Registry>,
    outbox: Outbox,
    chime: chime::Chime,
    printer: Printer,
    discovery: Option<Discovery>,
    layouts: input::Layouts,
    tasks: JoinSet<()>,
}

impl Devices {
    /// Starts every part and answers at once; the broker and the hardware come up behind it and
    /// tell so by [`Sensed::Health`]. Needs a running tokio runtime. Until the first
    /// [`Devices::permits`] nobody is let in at the gate.
    pub async fn start(config: DevicesConfig) -> Result<(Self, mpsc::Receiver<Sensed>), DevicesError> {
        let (sensed, receiver) = mpsc::channel(MAX_SENSED);
        let mut tasks = JoinSet::new();
        let layouts = input::start(config.inputs, &sensed, &mut tasks)?;
        let listen = config.gate_listen;
        let refused = |source| DevicesError::Gate { listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let gate_addr = listener.local_addr().map_err(refused)?;

        let (registry, outbox) = (Arc::new(Registry::default()), Outbox::default());
        let (upstream, at_broker) = watch::channel(None);
        let (heard, open) = watch::channel(None);
        let hall = Hall { registry: Arc::clone(&registry), upstream: open, sensed: sensed.clone() };
        tasks.spawn(gate::open(listener, hall));
        tasks.spawn(broker::keep(config.broker, upstream, sensed.clone()));
        tasks.spawn(bus::run(Bus::Own(at_broker), outbox.clone(), heard, sensed.clone()));
        let discovery = config.mdns.map(|announce| Discovery::start(announce, gate_addr.port(), sensed.clone()));
        let printer = Printer::start(config.printer, sensed.clone(), &mut tasks);
        let chime = chime::Chime::start(config.sound, sensed).map_err(DevicesError::Sound)?;
        Ok((Self { gate_addr, registry, outbox, chime, printer, discovery, layouts, tasks }, receiver))
    }

    /// Reads an input in another layout from its next line on; never waits.
    pub fn layout(&self, input: &str, layout: Layout) {
        self.layouts.set(input, layout);
    }

    /// Replaces the list of who may come in; never waits. Whoever is no longer on it, or has
    /// another secret now, is disconnected at once.
    pub fn permits(&self, permits: Permits) {
        self.registry.replace(permits);
    }

    /// Publishes a state or an answer; never waits. Only the newest state of each desk is kept, so
    /// states are never lost; of answers the newest 1,000 wait for a broker that is away, and
    /// a device whose answer was dropped presses the same id again. An answer tells `waiting` from
    /// the newest state, so show the state first.
    pub fn show(&self, show: Show) {
        self.outbox.show(show);
    }

    /// Queues a bell; never waits. Every `Bell::Call` is answered by exactly one
    /// [`Sensed::Rang`], also when it could not sound or too many wait.
    pub fn ring(&self, bell: Bell) {
        self.chime.ring(bell);
    }

    /// How loud the bells are from now on, in percent of what they are made for; more than 100 is 100.
    /// Never waits; a bell that sounds ends as it began.
    pub fn volume(&self, percent: u8) {
        self.chime.volume(percent);
    }

    /// Queues a slip; never waits. Answered by [`Sensed::Printed`], also when nothing is printed.
    pub fn print(&self, slip: Slip) {
        self.printer.print(slip);
    }

    /// Where the gate really listens.
    pub fn gate_addr(&self) -> SocketAddr {
        self.gate_addr
    }

    /// Says goodbye on the network, ends the broker and every part; done within two seconds.
    pub async fn stop(mut self) {
        let goodbye = async {
            if let Some(discovery) = self.discovery {
                discovery.stop().await;
            }
        };
        tokio::join!(self.tasks.shutdown(), goodbye, self.chime.stop());
    }
}
