//! Where key events come from: the kernel, or a FIFO that carries the same records.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::task::Poll;

use evdev::raw_stream::EventStream;
use evdev::{InputEvent, KeyCode};
use tokio::net::unix::pipe;

use super::matching::{self, Match};
use super::plugged;
use super::told::InputDevice;
use super::typing::{self, EVENT_BYTES};
use crate::values::InputRules;

/// An open input.
pub(super) enum Source {
    /// A device, all its keyboards grabbed: its keys reach nobody else on this machine.
    Kernel(Vec<EventStream>),
    Recorded(Recorded),
}

/// What a source gives next.
pub(super) enum Next {
    Event(InputEvent),
    /// Another one writes from here on; what the last one left half done is worth nothing.
    Another,
}

/// Why an input cannot be read now.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No device, or not just one, is the one the rules mean.
    NotOne(Match),
    /// The device is there, or was, and cannot be read.
    Read(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::NotOne(Match::Missing) } else { Self::Read(error) }
    }
}

impl Source {
    /// Opens the input at this place of the list, and says which device it is.
    pub(super) fn open(list: &[InputRules], at: usize) -> Result<(Self, Option<InputDevice>), Trouble> {
        if let Some(path) = &list[at].recorded {
            return Ok((Self::Recorded(Recorded::open(path.clone())?), None));
        }
        let mut there = plugged::look()?;
        let known: Vec<InputDevice> = there.iter().map(|device| device.shown.clone()).collect();
        match matching::assign(list, &known).swap_remove(at) {
            Match::Device(found) => {
                let device = there.swap_remove(found);
                Ok((Self::Kernel(grab(device.nodes)?), Some(device.shown)))
            }
            other @ (Match::Missing | Match::Several(_) | Match::Shared(_)) => Err(Trouble::NotOne(other)),
        }
    }

    /// The next event. An error means the input is gone and must be found again.
    pub(super) async fn next(&mut self) -> io::Result<Next> {
        match self {
            Self::Kernel(streams) => {
                std::future::poll_fn(|context| {
                    let ready = streams.iter_mut().map(|stream| stream.poll_event(context)).find(Poll::is_ready);
                    ready.unwrap_or(Poll::Pending).map_ok(Next::Event)
                })
                .await
            }
            Self::Recorded(fifo) => fifo.next().await,
        }
    }

    /// The keys that are down now, as the kernel knows; none where there is no kernel.
    pub(super) fn held(&self) -> Vec<KeyCode> {
        match self {
            Self::Kernel(streams) => {
                let states = streams.iter().filter_map(|stream| stream.device().get_key_state().ok());
                states.flat_map(|keys| keys.iter().collect::<Vec<_>>()).collect()
            }
            Self::Recorded(_) => Vec::new(),
        }
    }
}

/// All keyboards of one device, or none of them.
fn grab(nodes: Vec<evdev::raw_stream::RawDevice>) -> io::Result<Vec<EventStream>> {
    let take = |mut node: evdev::raw_stream::RawDevice| {
        node.grab()?;
        node.into_event_stream()
    };
    nodes.into_iter().map(take).collect()
}

/// A FIFO of the kernel's records. When its writer closes, what it left half done is forgotten and
/// the next writer is waited for.
pub(super) struct Recorded {
    path: PathBuf,
    pipe: pipe::Receiver,
    record: [u8; EVENT_BYTES],
    filled: usize,
}

impl Recorded {
    fn open(path: PathBuf) -> io::Result<Self> {
        // The receiver itself refuses what is not a FIFO.
        let pipe = pipe::OpenOptions::new().open_receiver(&path)?;
        Ok(Self { path, pipe, record: [0; EVENT_BYTES], filled: 0 })
    }

    async fn next(&mut self) -> io::Result<Next> {
        loop {
            if self.filled == EVENT_BYTES {
                self.filled = 0;
                return Ok(Next::Event(typing::decode(&self.record)));
            }
            self.pipe.readable().await?;
            match self.pipe.try_read(&mut self.record[self.filled..]) {
                Ok(0) => {
                    self.reopen()?;
                    return Ok(Next::Another);
                }
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Opened anew before the old end is closed, so that a writer never finds nobody reading.
    fn reopen(&mut self) -> io::Result<()> {
        *self = Self::open(std::mem::take(&mut self.path))?;
        Ok(())
    }
}

/// Whether the path is a FIFO; false also when there is nothing.
pub(super) fn is_fifo(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|data| data.file_type().is_fifo())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[tokio::test]
    async fn a_writer_that_closes_leaves_nothing_to_the_next_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("scanner");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
        let mut recorded = Recorded::open(path.clone()).expect("a FIFO");
        let bytes = typing::bytes(&typing::enter());
        for _ in 0..3 {
            let mut writer = std::fs::OpenOptions::new().write(true).open(&path).expect("somebody reads");
            writer.write_all(&bytes[..EVENT_BYTES + 7]).expect("one record and a part of the next");
            drop(writer);
            assert!(matches!(recorded.next().await, Ok(Next::Event(_))));
            assert!(matches!(recorded.next().await, Ok(Next::Another)));
        }
    }
}
