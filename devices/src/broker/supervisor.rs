//! Keeps one broker alive: starts it, probes it, replaces it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::child::{Order, Ready};
use super::probe::{self, ProbeError};
use super::{BrokerProgram, Upstream};
use crate::report::Report;
use crate::values::Sensed;

/// How often the broker is probed; with the probe's own deadline a dead one is noticed within 6 s.
const PROBE_EVERY: Duration = Duration::from_secs(3);

/// The pause before a replacement; doubled with every failed start up to the longest, so that a
/// broken program does not eat the box.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(1600);

/// How long a child may take until it listens.
const START: Duration = Duration::from_secs(6);

/// The longest answer of a child, in bytes.
const MAX_READY: u64 = 256;

#[derive(Debug, thiserror::Error)]
enum BrokerError {
    #[error("failed to start the broker: {0}; check that the program can be run")]
    Start(#[from] io::Error),
    #[error("failed to start the broker: no randomness: {0}")]
    Password(#[from] getrandom::Error),
    #[error("failed to start the broker: it did not tell its port")]
    Silent,
    #[error("the broker ended ({0}); it is being replaced")]
    Ended(String),
    #[error("{0}; it is being replaced")]
    Dead(#[from] ProbeError),
}

/// Runs for ever; dropping the future kills the broker.
pub(crate) async fn keep(
    program: BrokerProgram,
    upstream: watch::Sender<Option<Upstream>>,
    sensed: mpsc::Sender<Sensed>,
) {
    let mut report = Report::new("broker", sensed);
    let mut probes = 0;
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match Running::start(&program, &mut probes).await {
            Ok(mut running) => {
                pause = FIRST_PAUSE;
                upstream.send_replace(Some(running.upstream.clone()));
                report.works().await;
                let error = running.watch(&mut probes).await;
                upstream.send_replace(None);
                error
            }
            Err(error) => error,
        };
        report.broken(error.to_string()).await;
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A broker that listens. Dropping it kills the process.
struct Running {
    child: Child,
    /// Open as long as the broker shall live.
    _leash: ChildStdin,
    upstream: Upstream,
}

impl Running {
    async fn start(program: &BrokerProgram, probes: &mut u64) -> Result<Self, BrokerError> {
        let mut child = Command::new(&program.program)
            .args(&program.arguments)
            // The broker does not speak for the box to the service manager.
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .env_remove("WATCHDOG_PID")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut leash = child.stdin.take().ok_or(BrokerError::Silent)?;
        let password = password()?;
        let mut order = serde_json::to_vec(&Order { password: password.clone() }).map_err(io::Error::from)?;
        order.push(b'\n');
        leash.write_all(&order).await?;
        let port = timeout(START, port(&mut child)).await.map_err(|_| BrokerError::Silent)??;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let running = Self { child, _leash: leash, upstream: Upstream { address, password } };
        running.probe(probes).await?;
        Ok(running)
    }

    /// Returns when the broker has ended or no longer answers.
    async fn watch(&mut self, probes: &mut u64) -> BrokerError {
        loop {
            match timeout(PROBE_EVERY, self.child.wait()).await {
                Ok(Ok(status)) => return BrokerError::Ended(status.to_string()),
                Ok(Err(error)) => return BrokerError::Start(error),
                Err(_still_running) => {}
            }
            if let Err(error) = self.probe(probes).await {
                return error.into();
            }
        }
    }

    async fn probe(&self, probes: &mut u64) -> Result<(), ProbeError> {
        *probes += 1;
        probe::round_trip(&self.upstream, *probes).await
    }
}

async fn port(child: &mut Child) -> Result<u16, BrokerError> {
    let out = child.stdout.take().ok_or(BrokerError::Silent)?;
    let mut line = String::new();
    BufReader::new(out.take(MAX_READY)).read_line(&mut line).await?;
    let ready: Ready = serde_json::from_str(&line).map_err(|_| BrokerError::Silent)?;
    Ok(ready.port)
}

/// 128 random bits in hexadecimal digits.
fn password() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
