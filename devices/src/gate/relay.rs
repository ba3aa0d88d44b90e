//! Carries frames between a device and its connection at the broker, each one read on the way.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::session::{Breach, Session, Step};
use super::visit::WRITE;
use crate::mqtt::{self, Frame, FrameError};

/// Frames read ahead on each side while one is being written: at most 32 KiB a connection.
const AHEAD: usize = 4;

/// The broker's side of a parting on loopback.
const PARTING: Duration = Duration::from_secs(1);

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// The device said goodbye.
    Goodbye,
    /// The device was silent for too long.
    Silent,
    /// The device broke the rules or its line.
    Device(Breach),
    /// The broker's side ended.
    Broker(Breach),
    /// The box no longer hears what is pressed at this broker.
    Unheard,
    /// The device did not take its frames.
    Slow,
    /// A newer connection of the same desk came.
    Replaced,
    /// The permit is gone.
    Revoked,
    /// There was no broker; the device was never in.
    NoBroker,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Goodbye => f.write_str("it said goodbye"),
            Self::Silent => f.write_str("it was silent for too long"),
            Self::Device(breach) => write!(f, "{breach}"),
            Self::Broker(breach) => write!(f, "the broker's side ended: {breach}"),
            Self::Unheard => f.write_str("the broker is being replaced"),
            Self::Slow => write!(f, "it took no frame for {} s", WRITE.as_secs()),
            Self::Replaced => f.write_str("a newer connection of the same desk came"),
            Self::Revoked => f.write_str("its permit is gone"),
            Self::NoBroker => f.write_str("the broker is away"),
        }
    }
}

/// Carries until one side ends; `silence` is how long the device may say nothing. What was read
/// before the end is still carried: a device may press and close at once.
pub(super) async fn run(
    device: impl AsyncRead + AsyncWrite + Unpin,
    broker: impl AsyncRead + AsyncWrite + Unpin,
    session: Session,
    silence: Duration,
) -> End {
    let (device_in, device_out) = split(device);
    let (mut broker_in, mut broker_out) = split(broker);
    let (from_device, device_frames) = mpsc::channel(AHEAD);
    let (from_broker, broker_frames) = mpsc::channel(AHEAD);
    let end = {
        let mut carrying = pin!(carry(session, device_frames, broker_frames, device_out, &mut broker_out));
        tokio::select! {
            end = pump(device_in, from_device, Some(silence)) => {
                drain(carrying.as_mut()).await.unwrap_or_else(|| end.unwrap_or_else(|error| End::Device(error.into())))
            }
            end = pump(&mut broker_in, from_broker, None) => {
                drain(carrying.as_mut()).await.unwrap_or_else(|| end.unwrap_or_else(|error| End::Broker(error.into())))
            }
            end = &mut carrying => end.unwrap_or(End::Goodbye),
        }
    };
    part(broker_in, broker_out).await;
    end
}

/// Lets the carrier finish what was read; answers its end if it was not just the empty channels.
async fn drain(carrying: impl Future<Output = Option<End>>) -> Option<End> {
    timeout(WRITE, carrying).await.unwrap_or(Some(End::Slow))
}

/// Closes our half towards the broker and hears it out, so that the last frame is not cut off by a
/// reset. Without a DISCONNECT on purpose: rumqttd forgets a connection as soon as it reads one,
/// and its router panics when that connection's own task wakes it once more.
async fn part(mut broker_in: impl AsyncRead + Unpin, mut broker_out: impl AsyncWrite + Unpin) {
    let goodbye = async {
        broker_out.shutdown().await?;
        tokio::io::copy(&mut broker_in, &mut tokio::io::sink()).await
    };
    // A broker that does not part in time is simply left.
    let _ = timeout(PARTING, goodbye).await;
}

/// Reads frames for ever, at the pace they are taken.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    to: mpsc::Sender<Frame>,
    silence: Option<Duration>,
) -> Result<End, FrameError> {
    loop {
        let frame = match silence {
            None => mqtt::read(&mut from).await?,
            Some(silence) => match timeout(silence, mqtt::read(&mut from)).await {
                Ok(frame) => frame?,
                Err(_) => return Ok(End::Silent),
            },
        };
        if to.send(frame).await.is_err() {
            return Ok(End::Goodbye);
        }
    }
}

/// Answers `None` when both sides have nothing more to carry.
async fn carry(
    mut session: Session,
    mut device_frames: mpsc::Receiver<Frame>,
    mut broker_frames: mpsc::Receiver<Frame>,
    mut device: impl AsyncWrite + Unpin,
    mut broker: impl AsyncWrite + Unpin,
) -> Option<End> {
    loop {
        let step = tokio::select! {
            Some(frame) = device_frames.recv() => session.device_says(frame).map_err(End::Device),
            Some(frame) = broker_frames.recv() => session.broker_says(frame).map_err(End::Broker),
            else => return None,
        };
        let written = match step {
            Ok(Step::ToBroker(frame)) => write(&mut broker, frame).await,
            Ok(Step::ToDevice(frame)) => write(&mut device, frame).await,
            Ok(Step::End) => return Some(End::Goodbye),
            Err(end) => return Some(end),
        };
        if !written {
            return Some(End::Slow);
        }
    }
}

/// Whether the frame was taken in time.
async fn write(to: &mut (impl AsyncWrite + Unpin), frame: Frame) -> bool {
    timeout(WRITE, to.write_all(&frame.into_bytes())).await.is_ok_and(|written| written.is_ok())
}
