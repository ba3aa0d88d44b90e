//! The child process: rumqttd and nothing else.
//!
//! What must hold: it listens on loopback only, lets in only who knows this start's password, and
//! never outlives its parent.

use std::collections::HashMap;
use std::io::{self, BufRead, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{ExitCode, exit};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};
use serde::{Deserialize, Serialize};

use super::USER;
use crate::mqtt::MAX_FRAME;

/// What the parent writes, one line.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) password: String,
}

/// What the child answers, one line.
#[derive(Serialize, Deserialize)]
pub(super) struct Ready {
    pub(super) port: u16,
}

/// The exit code after a panic inside rumqttd (`EX_SOFTWARE`).
const PANICKED: i32 = 70;

/// How often a starting rumqttd is asked whether it listens, and for how long: 5 s in all.
const LISTEN_CHECK: Duration = Duration::from_millis(10);
const LISTEN_CHECKS: u32 = 500;

#[derive(Debug, thiserror::Error)]
enum ChildError {
    #[error("failed to read the parent's order: {0}")]
    Order(#[source] io::Error),
    #[error("failed to read the parent's order: it is not valid: {0}")]
    Garbled(#[from] serde_json::Error),
    #[error("failed to find a free port on loopback: {0}")]
    Port(#[source] io::Error),
    #[error("failed to start a thread: {0}")]
    Thread(#[source] io::Error),
    #[error("failed to listen on port {0}: the broker gave up")]
    GaveUp(u16),
    #[error("failed to answer the parent: {0}")]
    Answer(#[source] io::Error),
}

/// Is the broker until its standard input closes; blocks. Reads its password from the first line
/// of standard input and answers its port on standard output. To be called without a runtime.
pub fn serve_child() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the broker ends");
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), ChildError> {
    end_on_panic();
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(ChildError::Order)?;
    let order: Order = serde_json::from_str(&line)?;
    thread::Builder::new().spawn(end_with_parent).map_err(ChildError::Thread)?;
    let port = free_port().map_err(ChildError::Port)?;
    let ended = start(settings(port, order.password))?;
    wait_until_listening(port, &ended)?;
    answer(port).map_err(ChildError::Answer)?;
    // Never returns while rumqttd runs.
    let _ = ended.recv();
    Err(ChildError::GaveUp(port))
}

/// A panic poisons rumqttd's locks or ends its router while the process stays up; better no
/// broker, which is replaced, than half a one.
fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        report(info);
        exit(PANICKED);
    }));
}

/// The parent holds the other end of standard input; when that is gone, so is the parent.
fn end_with_parent() {
    let mut rest = [0; 64];
    while io::stdin().lock().read(&mut rest).is_ok_and(|count| count > 0) {}
    exit(0);
}

/// rumqttd cannot be handed a socket nor tell its port, so one is found for it. Should another
/// program take it in between, rumqttd fails to listen and the parent starts a new child.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Runs rumqttd on a thread of its own; the receiver hears when it ends.
fn start(config: Config) -> Result<Receiver<()>, ChildError> {
    let (ended, hears) = sync_channel(1);
    let run = move || {
        // An error and a silent return mean the same here: nobody listens.
        let _ = Broker::new(config).start();
        let _ = ended.send(());
    };
    thread::Builder::new().name("rumqttd".to_owned()).spawn(run).map_err(ChildError::Thread)?;
    Ok(hears)
}

fn wait_until_listening(port: u16, ended: &Receiver<()>) -> Result<(), ChildError> {
    for _ in 0..LISTEN_CHECKS {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(());
        }
        match ended.recv_timeout(LISTEN_CHECK) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Err(ChildError::GaveUp(port))
}

fn answer(port: u16) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&Ready { port })?)?;
    out.flush()
}

fn settings(port: u16, password: String) -> Config {
    let connections = ConnectionSettings {
        connection_timeout_ms: 5_000,
        max_payload_size: MAX_FRAME,
        max_inflight_count: 100,
        auth: Some(HashMap::from([(USER.to_owned(), password)])),
        external_auth: None,
        dynamic_filters: false,
    };
    let server = ServerSettings {
        name: "loopback".to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        tls: None,
        next_connection_delay_ms: 0,
        connections,
    };
    Config { router: router(), v4: Some(HashMap::from([("1".to_owned(), server)])), ..Config::default() }
}

/// Room for the gate's 400 connections, those just ending, the bus and the probe; and per topic
/// ten segments of 100 KiB, far more than a device may fall behind.
fn router() -> RouterConfig {
    RouterConfig {
        max_connections: 1024,
        max_outgoing_packet_count: 200,
        max_segment_size: 100 * 1024,
        max_segment_count: 10,
        ..RouterConfig::default()
    }
}
