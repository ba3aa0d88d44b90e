//! Who we stand beside: mosquitto, bare, and one synced commit of SQLite.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::{clock, until};
use jiff::Timestamp;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use store::rusqlite::{Connection, params};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Messages on their way; there is never more than one.
const OUTBOX: usize = 16;
/// Debian puts it where only administrators look by themselves.
const PROGRAMS: [&str; 2] = ["mosquitto", "/usr/sbin/mosquitto"];
/// As long as a press.
const MESSAGE: &str = r#"{"v":1,"id":"0badcafe-000001","gesture":"short"}"#;

/// mosquitto on loopback with one publisher and one subscriber, nothing held back anywhere.
pub(crate) struct Mosquitto {
    version: String,
    publisher: AsyncClient,
    heard: mpsc::Receiver<Timestamp>,
    /// Ends with this value.
    _child: Child,
    _folder: TempDir,
}

impl Mosquitto {
    /// Starts it and connects both clients.
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = free_port()?;
        let file = folder.path().join("mosquitto.conf");
        let port = address.port();
        let config = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nlog_dest none\n"
        );
        std::fs::write(&file, config)?;
        let child = spawn(&file)?;
        until("mosquitto to listen", PATIENCE, || TcpStream::connect(address).ok()).await?;
        let (tell, mut heard) = mpsc::channel(OUTBOX);
        let publisher = connect("publisher", address, tell.clone());
        let subscriber = connect("subscriber", address, tell);
        subscriber.subscribe("peer/press", QoS::AtLeastOnce).await?;
        // The first messages may come before the subscription: those are not measured.
        let mut every = tokio::time::interval(Duration::from_millis(50));
        while heard.is_empty() {
            every.tick().await;
            publisher.publish("peer/press", QoS::AtLeastOnce, false, MESSAGE).await?;
        }
        every.tick().await;
        while heard.try_recv().is_ok() {}
        Ok(Self { version: version().await?, publisher, heard, _child: child, _folder: folder })
    }

    /// From the publisher's call to the message at the subscriber.
    pub(crate) async fn round_trip(&mut self) -> Result<(Timestamp, Timestamp)> {
        let from = clock::now();
        self.publisher.publish("peer/press", QoS::AtLeastOnce, false, MESSAGE).await?;
        let to = tokio::time::timeout(PATIENCE, self.heard.recv()).await.context("mosquitto is silent")?;
        Ok((from, to.context("mosquitto is gone")?))
    }

    /// Which one.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn spawn(config: &Path) -> Result<Child> {
    for program in PROGRAMS {
        let mut command = Command::new(program);
        command.arg("-c").arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Ok(child) = command.kill_on_drop(true).spawn() {
            return Ok(child);
        }
    }
    bail!("mosquitto is not there; `.ci/setup bench` installs it")
}

async fn version() -> Result<String> {
    for program in PROGRAMS {
        if let Ok(told) = Command::new(program).arg("-h").output().await {
            let text = String::from_utf8_lossy(&told.stdout).into_owned();
            return Ok(text.lines().next().unwrap_or_default().replace(" version", ""));
        }
    }
    bail!("mosquitto does not tell its version")
}

fn connect(name: &str, address: SocketAddr, tell: mpsc::Sender<Timestamp>) -> AsyncClient {
    let options = MqttOptions::new(name, address.ip().to_string(), address.port());
    let (client, mut line) = AsyncClient::new(options, OUTBOX);
    line.network_options.set_tcp_nodelay(true);
    tokio::spawn(listen(line, tell));
    client
}

async fn listen(mut line: EventLoop, tell: mpsc::Sender<Timestamp>) {
    while let Ok(event) = line.poll().await {
        if let Event::Incoming(Packet::Publish(_)) = event
            && tell.send(clock::now()).await.is_err()
        {
            return;
        }
    }
}

/// A database of its own on the same disk, with the durability of our journal.
pub(crate) struct Disk(Connection);

impl Disk {
    /// Makes the file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch("CREATE TABLE press (id INTEGER PRIMARY KEY, said TEXT NOT NULL)")?;
        Ok(Self(connection))
    }

    /// One row, one transaction, on the disk when it returns.
    pub(crate) fn commit(&mut self) -> Result<(Timestamp, Timestamp)> {
        let from = clock::now();
        let transaction = self.0.transaction()?;
        transaction.prepare_cached("INSERT INTO press (said) VALUES (?1)")?.execute(params![MESSAGE])?;
        transaction.commit()?;
        Ok((from, clock::now()))
    }

    /// Which one.
    pub(crate) fn version(&self) -> String {
        format!("SQLite {}, WAL, synchronous=FULL, one row", store::rusqlite::version())
    }
}
