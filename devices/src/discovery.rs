//! Tells the box's name on the local network (mDNS): pages and gate.
//!
//! A convenience for people who set the box up, and never a proof: nothing is believed because it
//! was announced. The instance name may be changed by the network when two boxes have the same; the
//! `id` in the TXT record never is.

use std::time::Duration;

use mdns_sd::{DaemonEvent, IfKind, Receiver, ServiceDaemon, ServiceInfo};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::config::Announce;
use crate::report::Report;
use crate::values::Sensed;

const PAGES: &str = "_http._tcp.local.";
const GATE: &str = "_mqtt._tcp.local.";

/// The longest instance name, in bytes; DNS allows 63, a suffix of the network must fit too.
const MAX_NAME: usize = 40;

/// The pause before a failed start is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// How long the goodbyes may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// The announcement, running.
#[derive(Debug)]
pub(crate) struct Discovery {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Discovery {
    /// Announces until stopped; needs a running tokio runtime.
    pub(crate) fn start(announce: Announce, gate_port: u16, sensed: mpsc::Sender<Sensed>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(announce, gate_port, sensed, stopped));
        Self { task, stop }
    }

    /// Says goodbye, so that lists of services forget the box at once.
    pub(crate) async fn stop(self) {
        // Both fail only when the task has ended already.
        let _ = self.stop.send(());
        let _ = timeout(2 * GOODBYE, self.task).await;
    }
}

async fn run(announce: Announce, gate_port: u16, sensed: mpsc::Sender<Sensed>, mut stopped: oneshot::Receiver<()>) {
    let mut report = Report::new("mdns", sensed);
    loop {
        let error = match register(&announce, gate_port, Reach::House) {
            Ok(running) => {
                report.works().await;
                tokio::select! {
                    () = running.watch(&mut report) => "the announcer ended".to_owned(),
                    _ = &mut stopped => return running.goodbye().await,
                }
            }
            Err(error) => error.to_string(),
        };
        report.broken(format!("failed to tell the box's name on the network: {error}; it is tried again")).await;
        tokio::select! {
            () = sleep(AGAIN) => {}
            _ = &mut stopped => return,
        }
    }
}

/// The announcer's own thread and what it announces.
struct Running {
    daemon: ServiceDaemon,
    events: Receiver<DaemonEvent>,
    names: [String; 2],
}

/// Where the announcement is heard.
#[derive(Clone, Copy)]
enum Reach {
    /// In the house; other machines could only be misled by the address of their own loopback.
    House,
    /// On this machine only: a test leaves the network of others alone.
    #[cfg(test)]
    ThisMachine,
}

impl Reach {
    fn limit(self, daemon: &ServiceDaemon) -> mdns_sd::Result<()> {
        match self {
            Self::House => daemon.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6]),
            #[cfg(test)]
            Self::ThisMachine => {
                daemon.disable_interface(IfKind::All)?;
                daemon.enable_interface(IfKind::LoopbackV4)
            }
        }
    }
}

fn register(announce: &Announce, gate_port: u16, reach: Reach) -> mdns_sd::Result<Running> {
    let daemon = ServiceDaemon::new()?;
    reach.limit(&daemon)?;
    let events = daemon.monitor()?;
    let services = [service(PAGES, announce, announce.pages_port)?, service(GATE, announce, gate_port)?];
    let names = services.each_ref().map(|service| service.get_fullname().to_owned());
    for service in services {
        daemon.register(service)?;
    }
    Ok(Running { daemon, events, names })
}

fn service(kind: &str, announce: &Announce, port: u16) -> mdns_sd::Result<ServiceInfo> {
    let host = format!("aufruf-{}.local.", announce.id);
    let properties = [("id", announce.id.as_str())];
    Ok(ServiceInfo::new(kind, shorten(&announce.name), &host, "", port, &properties[..])?.enable_addr_auto())
}

/// Cut at a whole character.
fn shorten(name: &str) -> &str {
    &name[..name.floor_char_boundary(MAX_NAME)]
}

impl Running {
    /// Follows what the announcer tells, until it ends.
    async fn watch(&self, report: &mut Report) {
        while let Ok(event) = self.events.recv_async().await {
            match event {
                DaemonEvent::NameChange(change) => {
                    tracing::warn!(from = change.original, to = change.new_name, "another box has the same name");
                }
                DaemonEvent::Error(error) => {
                    report.broken(format!("failed to tell the box's name on the network: {error}")).await;
                }
                DaemonEvent::Announce(..) => report.works().await,
                DaemonEvent::IpAdd(_) | DaemonEvent::IpDel(_) | DaemonEvent::Respond(_) => {}
                event => tracing::debug!(?event, "told by the announcer"),
            }
        }
    }

    async fn goodbye(self) {
        for name in &self.names {
            if let Ok(done) = self.daemon.unregister(name) {
                let _ = timeout(GOODBYE / 2, done.recv_async()).await;
            }
        }
        if let Ok(done) = self.daemon.shutdown() {
            let _ = timeout(GOODBYE, done.recv_async()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceEvent;

    use super::*;

    fn announce(name: &str) -> Announce {
        Announce { name: name.to_owned(), id: "musterland".to_owned(), pages_port: 8080 }
    }

    #[test]
    fn both_doors_are_announced_with_the_stable_id() {
        let announce = announce("Aufruf musterland");
        for (kind, port) in [(PAGES, 8080), (GATE, 1883)] {
            let service = service(kind, &announce, port).expect("valid");
            assert_eq!(service.get_fullname(), format!("Aufruf musterland.{kind}"));
            assert_eq!((service.get_port(), service.get_property_val_str("id")), (port, Some("musterland")));
        }
    }

    #[tokio::test]
    async fn who_browses_finds_the_gate_and_hears_the_goodbye() {
        let id = format!("test-{}", std::process::id());
        let announce = Announce { id: id.clone(), ..announce(&format!("Aufruf {id}")) };
        let browser = ServiceDaemon::new().expect("a socket");
        Reach::ThisMachine.limit(&browser).expect("loopback only");
        let found = browser.browse(GATE).expect("browsing");
        let running = register(&announce, 1883, Reach::ThisMachine).expect("announced");
        let resolved =
            wait(&found, |event| if let ServiceEvent::ServiceResolved(service) = event { Some(service) } else { None });
        let service = resolved.await;
        assert_eq!((service.get_port(), service.get_property_val_str("id")), (1883, Some(id.as_str())));
        running.goodbye().await;
        wait(&found, |event| matches!(event, ServiceEvent::ServiceRemoved(..)).then_some(())).await;
    }

    /// The first event of interest within the time a network may take.
    async fn wait<T>(events: &Receiver<ServiceEvent>, interest: impl Fn(ServiceEvent) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = interest(events.recv_async().await.expect("the browser lives")) {
                    return found;
                }
            }
        };
        timeout(Duration::from_secs(20), found).await.expect("in time")
    }

    #[test]
    fn a_name_is_cut_at_a_whole_character() {
        let name = "ü".repeat(30);
        assert_eq!(shorten(&name), "ü".repeat(20));
        assert_eq!(shorten("Aufruf"), "Aufruf");
    }
}
