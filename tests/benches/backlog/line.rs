//! The measured line: a TCP proxy with a plug that counts bytes and requests each way, and can be
//! as slow as the line of a small town hall.
//!
//! ```text
//!   caller ─ read ─► due = when the pipe is free + half a round trip ─► queue ─ at its time ─► called
//! ```
//!
//! What must always hold: both peers are measured through the same line; one direction is one
//! pipe, however many connections share it; nothing is lost or reordered. Counted are the bytes
//! of TCP's content, so HTTP with its heads, not the heads of packets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Bytes read at once: on a slow line 16 ms of it.
const PIECE: usize = 4 * 1024;
/// Pieces on their way in one connection: several times what a slow line holds in half a round
/// trip, so that it is the line that limits and not this queue.
const ON_THE_WAY: usize = 16;
/// How the box asks for the stream of the poke.
const POKE: &[u8] = b"GET /sync/v1/poke";
/// What ends the first line of every request of HTTP/1.1, and stands nowhere else in it.
const REQUEST_LINE: &[u8] = b" HTTP/1.1\r\n";

/// How fast a line is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speed {
    /// What it is called in the figures.
    pub(crate) name: &'static str,
    /// There and back, for the smallest message.
    pub(crate) round_trip: Duration,
    /// Bits a second in each direction; nothing for as fast as can be.
    pub(crate) bits: Option<f64>,
    /// Whether the stream of the poke passes; many proxies of town halls end it.
    pub(crate) streams: bool,
}

/// As fast as the machine.
pub(crate) const LOOPBACK: Speed = Speed { name: "loopback", round_trip: Duration::ZERO, bits: None, streams: true };
/// A small town hall's.
pub(crate) const SLOW: Speed =
    Speed { name: "50 ms, 2 Mbit/s", round_trip: Duration::from_millis(50), bits: Some(2_000_000.0), streams: true };
/// As fast as the machine, but no stream passes.
pub(crate) const STREAMLESS: Speed = Speed { name: "no streams", streams: false, ..LOOPBACK };

/// What went over the line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Bytes from the caller.
    pub(crate) up: u64,
    /// Bytes to the caller.
    pub(crate) down: u64,
    /// Requests of HTTP.
    pub(crate) requests: u64,
    /// When the first byte came since the counts were taken.
    pub(crate) first: Option<Instant>,
}

impl Counts {
    /// Both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.up + self.down
    }
}

/// A line from an address that stays to a target.
#[derive(Debug)]
pub(crate) struct Line {
    address: SocketAddr,
    shared: Arc<Shared>,
    plug: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    speed: Speed,
    target: Mutex<Option<SocketAddr>>,
    counts: Mutex<Counts>,
    /// When each direction has sent what it was given: up, down.
    free: [Mutex<Instant>; 2],
}

impl Line {
    /// Lays a line that is cut and leads nowhere yet.
    pub(crate) async fn lay(speed: Speed) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("failed to lay a line on the loopback")?;
        let address = listener.local_addr()?;
        let free = [Mutex::new(Instant::now()), Mutex::new(Instant::now())];
        let shared = Arc::new(Shared { speed, target: Mutex::default(), counts: Mutex::default(), free });
        let (plug, plugged) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared), plugged));
        Ok(Self { address, shared, plug, accepting })
    }

    /// Where to call.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections to `target`.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        *self.shared.target.lock().unwrap_or_else(PoisonError::into_inner) = Some(target);
    }

    /// Pushes the plug in (`true`) or pulls it.
    pub(crate) fn plug(&self, inside: bool) {
        self.plug.send_replace(inside);
    }

    /// What went over it since the last time this was asked.
    pub(crate) fn take(&self) -> Counts {
        std::mem::take(&mut *self.shared.counts())
    }

    /// What went over it so far.
    pub(crate) fn counts(&self) -> Counts {
        *self.shared.counts()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.plug.send_replace(false);
        self.accepting.abort();
    }
}

impl Shared {
    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a piece comes out at the far end that is put in now.
    fn due(&self, way: usize, bytes: usize) -> Instant {
        let Some(bits) = self.speed.bits else { return Instant::now() + self.speed.round_trip / 2 };
        let mut free = self.free[way].lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(Instant::now()) + Duration::from_secs_f64(bytes as f64 * 8.0 / bits);
        *free + self.speed.round_trip / 2
    }

    fn count(&self, way: usize, bytes: usize, requests: u64) {
        let mut counts = self.counts();
        let sum = if way == 0 { &mut counts.up } else { &mut counts.down };
        *sum += bytes as u64;
        counts.requests += requests;
        counts.first.get_or_insert_with(Instant::now);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, plug: watch::Receiver<bool>) {
    loop {
        let Ok((caller, _from)) = listener.accept().await else { continue };
        // Cut, a caller is turned away by the end of its connection.
        if *plug.borrow() {
            tokio::spawn(carry(caller, Arc::clone(&shared), plug.clone()));
        }
    }
}

async fn carry(caller: TcpStream, shared: Arc<Shared>, mut plug: watch::Receiver<bool>) {
    // TCP's own greeting goes there and back before the first byte may follow.
    tokio::time::sleep_until(Instant::now() + shared.speed.round_trip).await;
    let Some(target) = *shared.target.lock().unwrap_or_else(PoisonError::into_inner) else { return };
    let Ok(called) = TcpStream::connect(target).await else { return };
    if let Err(error) = caller.set_nodelay(true).and_then(|()| called.set_nodelay(true)) {
        tracing::debug!(%error, "the line may be slow");
    }
    let ((from_caller, to_caller), (from_called, to_called)) = (caller.into_split(), called.into_split());
    tokio::select! {
        _both = async { tokio::join!(pipe(from_caller, to_called, &shared, 0), pipe(from_called, to_caller, &shared, 1)) } => {}
        _cut = plug.wait_for(|plug| !plug) => {}
    }
}

/// One direction of one connection.
async fn pipe(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared, way: usize) {
    let (put, mut taken) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    let read = async move {
        let mut requests = Requests::default();
        let mut buffer = vec![0; PIECE];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let piece = buffer[..count].to_vec();
            if way == 0 && !shared.speed.streams && piece.starts_with(POKE) {
                break;
            }
            shared.count(way, count, if way == 0 { requests.in_piece(&piece) } else { 0 });
            if put.send((shared.due(way, count), piece)).await.is_err() {
                break;
            }
        }
    };
    let write = async {
        while let Some((due, piece)) = taken.recv().await {
            tokio::time::sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
        // The other direction may go on: a half-closed line is still a line.
        if let Err(error) = to.shutdown().await {
            tracing::trace!(%error, "the other end was gone already");
        }
    };
    tokio::join!(read, write);
}

/// Counts requests, also when their first line lies across two pieces.
#[derive(Default)]
struct Requests {
    tail: Vec<u8>,
}

impl Requests {
    fn in_piece(&mut self, piece: &[u8]) -> u64 {
        self.tail.extend_from_slice(piece);
        let found = self.tail.windows(REQUEST_LINE.len()).filter(|w| *w == REQUEST_LINE).count();
        let keep = self.tail.len().min(REQUEST_LINE.len() - 1);
        self.tail.drain(..self.tail.len() - keep);
        found as u64
    }
}
