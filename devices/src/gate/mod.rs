//! The only MQTT door of the box: desk devices knock here, never at the broker.
//!
//! ```text
//!   LAN ─► listener ─ places ─► visit: CONNECT ─ registry (Permits) ─► relay ⇄ broker on loopback
//!                                              └─ 1, 3 or 5, then closed    frame by frame, own topics
//! ```
//!
//! What must always hold: nothing a device sends reaches the broker unread; a device speaks and
//! hears on its own topics only; of one desk at most one connection lives, the newest; each
//! connection has a name of its own at the broker; no peer can make the gate wait or store without
//! a limit.
//!
//! TLS is a layer below [`visit::serve`], which takes any byte stream.

mod places;
mod prompt;
mod registry;
mod relay;
mod session;
mod visit;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use places::Places;
use prompt::Prompt;
pub(crate) use registry::Registry;

use crate::broker::Upstream;
use crate::report::Report;
use crate::values::Sensed;

/// Desk devices one office may have (`rules.md`, Limits).
pub const MAX_DESKS: usize = 200;

/// Open connections: each desk's, and as many again that replace or try.
pub(crate) const MAX_CONNECTIONS: usize = 2 * MAX_DESKS;

/// Connections of one address that have not proven who they are: enough for all devices behind
/// one repeater after a power cut, too few to keep others out.
pub(crate) const MAX_UNPROVEN_PER_ADDRESS: usize = 16;

/// The pause after the system has refused a connection (no more file handles).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Hall {
    pub(crate) registry: Arc<Registry>,
    /// The broker, while the bus hears what is pressed there.
    pub(crate) upstream: watch::Receiver<Option<Upstream>>,
    pub(crate) sensed: mpsc::Sender<Sensed>,
}

/// Lets devices in for ever; dropping the future closes every connection.
pub(crate) async fn open(listener: TcpListener, hall: Hall) {
    let hall = Arc::new(hall);
    let places = Places::default();
    let mut report = Report::new("gate", hall.sensed.clone());
    let mut visits = JoinSet::new();
    report.works().await;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                report.works().await;
                let Some(place) = places.enter(peer.ip()) else { continue };
                visits.spawn(visit::serve(Prompt::new(stream), place, Arc::clone(&hall)));
            }
            Err(error) => pause(&mut report, error).await,
        }
        while visits.try_join_next().is_some() {}
    }
}

async fn pause(report: &mut Report, error: io::Error) {
    report.broken(format!("failed to let a desk device in: {error}; raise the service's LimitNOFILE")).await;
    sleep(ACCEPT_PAUSE).await;
}
