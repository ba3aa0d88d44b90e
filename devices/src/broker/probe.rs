//! Asks the broker the only question that counts: does a message still come back?

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{USER, Upstream};
use crate::mqtt::{self, Frame, FrameError, Packet};

/// The one topic of the probe; one for ever, since the broker never forgets a filter.
const TOPIC: &str = "probe";

/// A round trip on loopback takes milliseconds; this is for a box that is very busy.
const DEADLINE: Duration = Duration::from_secs(3);

/// How many frames may come before the own message; nothing else is sent to the probe.
const FRAMES: usize = 4;

/// Why the broker counts as dead.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProbeError {
    #[error("failed to get a message through the broker within {} s", DEADLINE.as_secs())]
    Slow,
    #[error("failed to talk to the broker: {0}")]
    Talk(#[from] FrameError),
    #[error("failed to get into the broker: it refused us")]
    Refused,
    #[error("failed to get a message through the broker: another came")]
    Astray,
}

impl From<std::io::Error> for ProbeError {
    fn from(error: std::io::Error) -> Self {
        Self::Talk(error.into())
    }
}

/// A new connection, a subscription, a message, the same message back.
pub(super) async fn round_trip(upstream: &Upstream, number: u64) -> Result<(), ProbeError> {
    timeout(DEADLINE, talk(upstream, number)).await.unwrap_or(Err(ProbeError::Slow))
}

async fn talk(upstream: &Upstream, number: u64) -> Result<(), ProbeError> {
    let mut stream = TcpStream::connect(upstream.address).await?;
    stream.set_nodelay(true)?;
    let greeting = mqtt::connect(&format!("probe.{number}"), USER, &upstream.password, 30);
    say(&mut stream, greeting).await?;
    if mqtt::read(&mut stream).await? != mqtt::accepted() {
        return Err(ProbeError::Refused);
    }
    say(&mut stream, mqtt::subscribe(1, [(TOPIC, 0)])).await?;
    let message = number.to_string();
    say(&mut stream, mqtt::publish(TOPIC, message.as_bytes())).await?;
    hear(&mut stream, message.as_bytes()).await?;
    // Closed without a DISCONNECT, as the gate does it and for the same reason.
    stream.shutdown().await?;
    Ok(())
}

async fn say(stream: &mut TcpStream, frame: Frame) -> Result<(), ProbeError> {
    Ok(stream.write_all(&frame.into_bytes()).await?)
}

async fn hear(stream: &mut TcpStream, message: &[u8]) -> Result<(), ProbeError> {
    for _ in 0..FRAMES {
        let frame = mqtt::read(stream).await?;
        if matches!(Packet::read(&frame)?, Packet::Publish { payload, .. } if payload == message) {
            return Ok(());
        }
    }
    Err(ProbeError::Astray)
}
