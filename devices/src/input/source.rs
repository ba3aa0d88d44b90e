//! Where key events come from: the kernel, or a FIFO that carries the same records.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use evdev::{Device, EventStream, InputEvent, KeyCode};
use tokio::net::unix::pipe;

use super::allowed::{self, Facts};
use super::typing::{self, EVENT_BYTES};
use crate::values::InputRules;

/// Where the kernel shows its inputs.
const INPUTS: &str = "/dev/input";

/// An open input.
pub(super) enum Source {
    /// A device, grabbed: its keys reach nobody else on this machine.
    Kernel(Box<EventStream>),
    Recorded(Recorded),
}

impl Source {
    /// Opens what the rules mean. `NotFound` when it is not plugged in.
    pub(super) fn open(rules: &InputRules) -> io::Result<Self> {
        match &rules.recorded {
            Some(path) => Recorded::open(path.clone()).map(Self::Recorded),
            None => grab(rules).map(Box::new).map(Self::Kernel),
        }
    }

    /// The next event. An error means the input is gone and must be found again.
    pub(super) async fn next(&mut self) -> io::Result<InputEvent> {
        match self {
            Self::Kernel(stream) => stream.next_event().await,
            Self::Recorded(fifo) => fifo.next().await,
        }
    }
}

fn grab(rules: &InputRules) -> io::Result<EventStream> {
    let mut nodes: Vec<PathBuf> = std::fs::read_dir(INPUTS)?.flatten().map(|entry| entry.path()).collect();
    nodes.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("event")));
    nodes.sort();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "not plugged in");
    for path in nodes {
        // Devices that are not ours to read are no failure; the one that fits is told below.
        let Ok(device) = Device::open(&path) else { continue };
        if !allowed::fits(rules, &facts(&device)) {
            continue;
        }
        match take(device) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn take(mut device: Device) -> io::Result<EventStream> {
    device.grab()?;
    device.into_event_stream()
}

fn facts(device: &Device) -> Facts {
    let id = device.input_id();
    Facts {
        usb: format!("{:04x}:{:04x}", id.vendor(), id.product()),
        port: device.physical_path().map(str::to_owned),
        serial: device.unique_name().map(str::to_owned),
        has_enter: device
            .supported_keys()
            .is_some_and(|keys| keys.contains(KeyCode::KEY_ENTER) || keys.contains(KeyCode::KEY_KPENTER)),
    }
}

/// A FIFO of the kernel's records. When its writer closes, the half record it may have left is
/// forgotten and the next writer is waited for.
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

    async fn next(&mut self) -> io::Result<InputEvent> {
        loop {
            if self.filled == EVENT_BYTES {
                self.filled = 0;
                return Ok(typing::decode(&self.record));
            }
            self.pipe.readable().await?;
            match self.pipe.try_read(&mut self.record[self.filled..]) {
                Ok(0) => self.reopen()?,
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
