//! One running room and the devices around it.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use devices::broker::BrokerProgram;
use devices::{DeskId, Devices, DevicesConfig, InputRules, Permit, Permits, Secret, Sensed, SoundConfig};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine; only a failing test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) devices: Devices,
    pub(crate) sensed: Receiver<Sensed>,
    broker: OsString,
}

impl World {
    /// A room whose broker is up, with desks `a` and `b`, whose secrets are `secret-a`, `secret-b`.
    pub(crate) async fn start() -> Self {
        let mut world = Self::with_inputs(Vec::new()).await;
        world.health("desks", true).await;
        world
    }

    pub(crate) async fn with_inputs(inputs: Vec<InputRules>) -> Self {
        Self::with(config(inputs)).await
    }

    pub(crate) async fn with(config: DevicesConfig) -> Self {
        let broker = config.broker.arguments[0].clone();
        let (devices, sensed) = Devices::start(config).await.expect("the room starts");
        devices.permits(permits(&["a", "b"]));
        Self { devices, sensed, broker }
    }

    /// The first sensed value the question has an answer to; others are passed over.
    pub(crate) async fn wait<T>(&mut self, mut question: impl FnMut(Sensed) -> Option<T>) -> T {
        let answer = async {
            loop {
                let sensed = self.sensed.recv().await.expect("the room lives");
                if let Some(answer) = question(sensed) {
                    return answer;
                }
            }
        };
        timeout(PATIENCE, answer).await.expect("sensed in time")
    }

    /// The press ids that come up to and including `last`.
    pub(crate) async fn presses_until(&mut self, last: &str) -> Vec<(String, String)> {
        let mut presses = Vec::new();
        loop {
            let (desk, press) = self
                .wait(
                    |sensed| if let Sensed::Press { desk, press, .. } = sensed { Some((desk.0, press)) } else { None },
                )
                .await;
            presses.push((desk, press.clone()));
            if press == last {
                return presses;
            }
        }
    }

    pub(crate) async fn health(&mut self, part: &str, works: bool) {
        let told = |sensed| matches!(sensed, Sensed::Health(h) if h.part == part && h.works == works);
        self.wait(|sensed| told(sensed).then_some(())).await;
    }

    pub(crate) async fn seen(&mut self, name: &str, online: bool) {
        let expected = Sensed::DeskSeen { desk: DeskId(name.into()), online };
        self.wait(|sensed| (sensed == expected).then_some(())).await;
    }

    pub(crate) fn options(&self, desk: &str) -> MqttOptions {
        let gate = self.devices.gate_addr();
        let mut options = MqttOptions::new(desk, gate.ip().to_string(), gate.port());
        options.set_credentials(desk, format!("secret-{desk}")).set_keep_alive(Duration::from_secs(30));
        options
    }

    pub(crate) fn desk(&self, desk: &str) -> Desk {
        Desk::new(self.options(desk))
    }

    /// The process of this world's broker, if it runs.
    pub(crate) fn broker(&self) -> Option<OsString> {
        std::fs::read_dir("/proc").expect("proc").flatten().find_map(|entry| {
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            command
                .split(|byte| *byte == 0)
                .any(|part| part == self.broker.as_encoded_bytes())
                .then(|| entry.file_name())
        })
    }

    /// A bare connection to the gate.
    pub(crate) async fn knock(&self) -> TcpStream {
        TcpStream::connect(self.devices.gate_addr()).await.expect("the gate listens")
    }
}

/// A real desk device: an MQTT client.
pub(crate) struct Desk {
    pub(crate) client: AsyncClient,
    events: EventLoop,
}

impl Desk {
    pub(crate) fn new(options: MqttOptions) -> Self {
        let (client, events) = AsyncClient::new(options, 64);
        Self { client, events }
    }

    /// The first packet the question has an answer to, or the end of the connection.
    pub(crate) async fn wait<T>(
        &mut self,
        mut question: impl FnMut(&Packet) -> Option<T>,
    ) -> Result<T, rumqttc::ConnectionError> {
        let answer = async {
            loop {
                if let Event::Incoming(packet) = self.events.poll().await?
                    && let Some(answer) = question(&packet)
                {
                    return Ok(answer);
                }
            }
        };
        timeout(PATIENCE, answer).await.expect("heard in time")
    }

    pub(crate) async fn connected(&mut self) -> Result<(), rumqttc::ConnectionError> {
        self.wait(|packet| matches!(packet, Packet::ConnAck(_)).then_some(())).await
    }

    pub(crate) async fn heard(&mut self) -> Publish {
        self.wait(|packet| if let Packet::Publish(publish) = packet { Some(publish.clone()) } else { None })
            .await
            .expect("connected")
    }

    /// Subscribes and answers what was granted.
    pub(crate) async fn subscribe(&mut self, topic: &str) -> rumqttc::SubscribeReasonCode {
        self.client.subscribe(topic, QoS::AtLeastOnce).await.expect("queued");
        self.wait(|packet| if let Packet::SubAck(answer) = packet { Some(answer.return_codes[0]) } else { None })
            .await
            .expect("connected")
    }

    /// Publishes and waits for the acknowledgement, or for the end of the connection.
    pub(crate) async fn publish(
        &mut self,
        topic: &str,
        retain: bool,
        payload: impl Into<Vec<u8>>,
    ) -> Result<(), rumqttc::ConnectionError> {
        self.client.publish(topic, QoS::AtLeastOnce, retain, payload).await.expect("queued");
        self.wait(|packet| matches!(packet, Packet::PubAck(_)).then_some(())).await
    }

    pub(crate) async fn press(&mut self, desk: &str, id: &str) {
        let payload = format!(r#"{{"v":1,"id":"{id}","gesture":"short"}}"#);
        self.publish(&format!("desk/{desk}/press"), false, payload).await.expect("acknowledged");
    }
}

pub(crate) fn permits(desks: &[&str]) -> Permits {
    let permit = |desk: &&str| Permit {
        desk: DeskId((*desk).to_owned()),
        secret: Secret(Sha256::digest(format!("secret-{desk}")).into()),
    };
    Permits(desks.iter().map(permit).collect())
}

pub(crate) fn config(inputs: Vec<InputRules>) -> DevicesConfig {
    static WORLDS: AtomicU32 = AtomicU32::new(0);
    // The broker ignores its argument; it tells this world's process from those of other tests.
    let label = format!("world-{}-{}", std::process::id(), WORLDS.fetch_add(1, Ordering::Relaxed));
    DevicesConfig {
        inputs,
        gate_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        broker: BrokerProgram { program: example("broker_child"), arguments: vec![label.into()] },
        sound: SoundConfig::default(),
        printer: None,
        mdns: None,
    }
}

/// One of this crate's example programs; `cargo test` builds them beside the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let built = test.parent().and_then(|deps| deps.parent()).expect("it lies in deps");
    built.join("examples").join(name)
}

/// A CONNECT of MQTT 3.1.1 by hand.
pub(crate) fn greeting(desk: &str, secret: &str) -> Vec<u8> {
    let mut body = b"\x00\x04MQTT\x04\xc2\x00\x1e".to_vec();
    for text in [desk, desk, secret] {
        body.extend((text.len() as u16).to_be_bytes());
        body.extend(text.bytes());
    }
    [vec![0x10, body.len() as u8], body].concat()
}

/// Sends bytes, and answers all that comes until the gate closes.
pub(crate) async fn exchange(mut stream: TcpStream, bytes: &[u8]) -> Vec<u8> {
    // The gate may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the gate closes");
    answer
}
