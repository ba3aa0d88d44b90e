//! `ready.json` in the data folder: where everything really listens, for those who asked for
//! port 0. There only while the box runs.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

const FILE: &str = "ready.json";

/// Where the box listens.
#[derive(Debug, Serialize)]
pub(crate) struct Ready {
    /// Board, terminal and counter pages.
    pub(crate) pages: SocketAddr,
    /// All pages over TLS, if there is such a door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<SocketAddr>,
    /// The door for desk devices.
    pub(crate) gate: SocketAddr,
    /// The process.
    pub(crate) pid: u32,
}

/// Removes what an earlier run left behind.
pub(crate) fn forget(data: &Path) -> io::Result<()> {
    match std::fs::remove_file(data.join(FILE)) {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Tells, all at once: whoever sees the file sees all of it.
pub(crate) fn tell(data: &Path, ready: &Ready) -> io::Result<PathBuf> {
    let (file, draft) = (data.join(FILE), data.join("ready.json.new"));
    std::fs::write(&draft, serde_json::to_vec(ready).map_err(io::Error::other)?)?;
    std::fs::rename(&draft, &file)?;
    Ok(file)
}
