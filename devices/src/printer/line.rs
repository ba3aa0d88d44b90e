//! The way to the printer: its USB node or its address on the network.
//!
//! What must always hold: nothing here waits longer than the time it is given.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::unix::pipe;
use tokio::time::{sleep, timeout};

/// Where the printer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrinterPlace {
    /// The node of a USB printer, such as `/dev/usb/lp0` or a name given by udev.
    Node(PathBuf),
    /// Its address, port 9100 as a rule.
    Network(SocketAddr),
}

impl std::fmt::Display for PrinterPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node(path) => write!(f, "{}", path.display()),
            Self::Network(address) => write!(f, "{address}"),
        }
    }
}

/// How long the printer may take to let us in.
const CONNECT: Duration = Duration::from_secs(3);

/// A USB node says "nothing yet" by an empty answer; it is asked again so soon.
const AGAIN: Duration = Duration::from_millis(20);

/// The way is gone; it has to be opened anew.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("failed to reach the printer at {place}: {source}")]
    Closed { place: PrinterPlace, source: io::Error },
    #[error("failed to write to the printer: {0}")]
    Write(io::Error),
    #[error("failed to hear the printer: {0}")]
    Read(io::Error),
    #[error("the printer takes nothing")]
    TakesNothing,
    #[error("the printer does not answer")]
    Silent,
}

/// An open way.
pub(super) enum Line {
    Network(TcpStream),
    /// The node is opened once: a second opener is turned away by the kernel.
    Node {
        to: pipe::Sender,
        from: pipe::Receiver,
    },
}

impl Line {
    /// Opens the way.
    pub(super) async fn open(place: &PrinterPlace) -> Result<Self, Lost> {
        let closed = |source| Lost::Closed { place: place.clone(), source };
        match place {
            PrinterPlace::Node(path) => node(path).map_err(closed),
            PrinterPlace::Network(address) => match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(opened) => opened.map(Self::Network).map_err(closed),
                Err(_elapsed) => Err(closed(io::ErrorKind::TimedOut.into())),
            },
        }
    }

    /// Sends all bytes within a time.
    pub(super) async fn say(&mut self, bytes: &[u8], within: Duration) -> Result<(), Lost> {
        let written = async {
            match self {
                Self::Network(stream) => stream.write_all(bytes).await,
                Self::Node { to, .. } => to.write_all(bytes).await,
            }
        };
        match timeout(within, written).await {
            Ok(written) => written.map_err(Lost::Write),
            Err(_elapsed) => Err(Lost::TakesNothing),
        }
    }

    /// The first byte that means something, within a time; others are passed over.
    pub(super) async fn hear<T>(&mut self, means: impl Fn(u8) -> Option<T>, within: Duration) -> Result<T, Lost> {
        let heard = async {
            loop {
                if let Some(meaning) = means(self.byte().await?) {
                    return Ok(meaning);
                }
            }
        };
        timeout(within, heard).await.unwrap_or(Err(Lost::Silent))
    }

    /// Throws away what nobody asked for.
    pub(super) fn forget_heard(&mut self) {
        let mut heard = [0; 64];
        let mut more = || match self {
            Self::Network(stream) => stream.try_read(&mut heard),
            Self::Node { from, .. } => from.try_read(&mut heard),
        };
        // Bounded: a way that never falls silent is found out by the next question.
        for _ in 0..64 {
            if !matches!(more(), Ok(1..)) {
                return;
            }
        }
    }

    async fn byte(&mut self) -> Result<u8, Lost> {
        let mut byte = [0];
        loop {
            let read = match self {
                Self::Network(stream) => stream.read(&mut byte).await,
                Self::Node { from, .. } => from.read(&mut byte).await,
            };
            match (read.map_err(Lost::Read)?, &self) {
                (0, Self::Network(_)) => return Err(Lost::Read(io::ErrorKind::UnexpectedEof.into())),
                (0, Self::Node { .. }) => sleep(AGAIN).await,
                _ => return Ok(byte[0]),
            }
        }
    }
}

/// The character device of a printer is read and written like a pipe that goes both ways.
fn node(path: &PathBuf) -> io::Result<Line> {
    let to = pipe::OpenOptions::new().read_write(true).unchecked(true).open_sender(path)?;
    let node = to.into_nonblocking_fd()?;
    let from = pipe::Receiver::from_owned_fd_unchecked(node.try_clone()?)?;
    Ok(Line::Node { to: pipe::Sender::from_owned_fd_unchecked(node)?, from })
}
