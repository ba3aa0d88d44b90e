//! The box's own voice on MQTT: hears presses, publishes states and answers.
//!
//! MQTT is a wire here and never a store: the newest state of every desk is kept by us, and
//! published again whenever the broker is new. Presses come at least once (QoS 1); the same press
//! twice is the office's to recognise, by its id.

mod desk;
mod outbox;

use std::collections::BTreeMap;
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

pub(crate) use outbox::Outbox;

use crate::broker::{USER, Upstream};
use crate::mqtt::MAX_FRAME;
use crate::report::Report;
use crate::values::{DeskId, Health, Sensed};

/// Frames waiting for the broker's socket: all an outbox holds, and as much again. More would mean
/// the broker takes nothing; then the bus connects anew.
const REQUESTS: usize = 2 * outbox::MAX_MESSAGES;

/// Packets heard but not yet handled.
const HEARD: usize = 64;

/// The broker's supervisor notices a dead broker; this only keeps the line from idling out.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// The pause before a failed connection is tried again.
const AGAIN: Duration = Duration::from_millis(100);

/// Staff are told of a desk's first unreadable press, then of each hundredth.
const TELL_EVERY: u64 = 100;

/// Which broker the bus speaks through. One more variant is the place for a broker that is not ours.
#[derive(Debug)]
pub(crate) enum Bus {
    /// Our own child process; its address and password change with every restart.
    Own(watch::Receiver<Option<Upstream>>),
}

impl Bus {
    /// Waits for a broker; `None` when there will never be one again.
    async fn broker(&mut self) -> Option<Upstream> {
        match self {
            Self::Own(upstream) => upstream.wait_for(Option::is_some).await.ok()?.clone(),
        }
    }
}

/// Speaks and hears for ever. `heard` names the broker only while the box hears presses there: the
/// gate lets nobody press into a broker that nobody listens to.
pub(crate) async fn run(
    mut bus: Bus,
    outbox: Outbox,
    heard: watch::Sender<Option<Upstream>>,
    sensed: mpsc::Sender<Sensed>,
) {
    let mut report = Report::new("desks", sensed.clone());
    let mut ears = Ears { sensed, unreadable: BTreeMap::new() };
    let mut connections: u64 = 0;
    while let Some(upstream) = bus.broker().await {
        connections += 1;
        // A name of its own each time, for the gate's reason: rumqttd fails when one comes twice.
        let (client, events) = AsyncClient::new(options(&upstream, connections), REQUESTS);
        let listening = async {
            report.works().await;
            heard.send_replace(Some(upstream));
        };
        talk(client, events, &outbox, &mut ears, listening).await;
        heard.send_replace(None);
        report.broken("failed to hear the desk devices: the broker is away; it is being replaced".to_owned()).await;
        sleep(AGAIN).await;
    }
}

fn options(upstream: &Upstream, connection: u64) -> MqttOptions {
    let (host, port) = (upstream.address.ip().to_string(), upstream.address.port());
    let mut options = MqttOptions::new(format!("box.{connection}"), host, port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(MAX_FRAME, MAX_FRAME);
    options.set_credentials(USER, &upstream.password);
    options
}

/// One connection to the broker, until it fails; `listening` is done once presses are heard.
async fn talk(
    client: AsyncClient,
    events: EventLoop,
    outbox: &Outbox,
    ears: &mut Ears,
    listening: impl Future<Output = ()>,
) {
    let mut listening = Some(listening);
    let (hear, mut heard) = mpsc::channel(HEARD);
    let mut poller = JoinSet::new();
    poller.spawn(poll(events, hear));
    let mut connected = false;
    loop {
        tokio::select! {
            packet = heard.recv() => match packet {
                None => return,
                Some(Packet::Publish(publish)) => ears.hear(&publish.topic, &publish.payload).await,
                Some(Packet::SubAck(_)) => {
                    if let Some(listening) = listening.take() {
                        listening.await;
                    }
                }
                Some(_welcome) => {
                    connected = true;
                    outbox.everything_again();
                    if client.try_subscribe(desk::PRESSES, QoS::AtLeastOnce).is_err() {
                        return;
                    }
                }
            },
            () = outbox.changed(), if connected => {}
        }
        if connected && !publish_all(&client, outbox) {
            return;
        }
    }
}

/// rumqttc's loop, on a task of its own so that it is never dropped in the middle of a frame.
async fn poll(mut events: EventLoop, hear: mpsc::Sender<Packet>) {
    events.network_options.set_tcp_nodelay(true);
    loop {
        let packet = match events.poll().await {
            Ok(Event::Incoming(packet @ (Packet::ConnAck(_) | Packet::SubAck(_) | Packet::Publish(_)))) => packet,
            Ok(_) => continue,
            Err(error) => return tracing::debug!(%error, "the bus lost the broker"),
        };
        if hear.send(packet).await.is_err() {
            return;
        }
    }
}

/// Publishes what waits. QoS 0 is enough on loopback: a lost connection repeats every state.
fn publish_all(client: &AsyncClient, outbox: &Outbox) -> bool {
    outbox
        .take()
        .into_iter()
        .all(|message| client.try_publish(message.topic, QoS::AtMostOnce, message.retain, message.payload).is_ok())
}

/// Makes sense of what was heard.
struct Ears {
    sensed: mpsc::Sender<Sensed>,
    /// Unreadable presses of each desk since its last good one. The gate lets in only
    /// [`crate::gate::MAX_DESKS`] desks at a time.
    unreadable: BTreeMap<DeskId, u64>,
}

impl Ears {
    async fn hear(&mut self, topic: &str, payload: &[u8]) {
        // The subscription brings no other topics.
        let Some(desk) = desk::sender(topic) else { return };
        let press = desk::press(desk.clone(), payload);
        let health = match &press {
            Ok(_) => self.unreadable.remove(&desk).map(|_| String::new()),
            Err(error) => self.unreadable(&desk, error),
        };
        let health = health.map(|detail| {
            Sensed::Health(Health { part: format!("desk:{}", desk.0), works: detail.is_empty(), detail })
        });
        for sensed in health.into_iter().chain(press) {
            // The office is gone only when the whole room stops.
            let _ = self.sensed.send(sensed).await;
        }
    }

    /// Counts; answers what staff are told.
    fn unreadable(&mut self, desk: &DeskId, error: &desk::BadPress) -> Option<String> {
        let count = self.unreadable.entry(desk.clone()).or_default();
        *count += 1;
        tracing::debug!(desk = desk.0, %error, count, "an unreadable press");
        (*count % TELL_EVERY == 1).then(|| format!("{error}; {count} so far; check the device's program"))
    }
}
