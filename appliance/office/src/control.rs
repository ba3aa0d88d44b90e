//! The control socket: how `aufruf-appliance backup` reaches the running box, since no second
//! process may open the data.
//!
//! One line in, one line out: `backup FILE` is answered `ok` or `no REASON`. Who may open the socket
//! may do this: it lies in the data folder and belongs to the box's own user.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::ledger::Ledger;

/// Bytes of a line: a command and the longest path of Linux.
const MAX_LINE: u64 = 4096 + 16;

/// How long a caller may think about its line.
const PATIENCE: Duration = Duration::from_secs(5);

/// After a failed accept the socket rests, so that it does not spin.
const REST: Duration = Duration::from_millis(100);

fn path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Opens the socket; one that a dead box left behind is replaced. The caller holds the lock of the
/// data, so no living box is disturbed.
pub(crate) fn listen(data: &Path) -> anyhow::Result<UnixListener> {
    let path = path(data);
    if path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("failed to remove {}", path.display()))?;
    }
    let listener = UnixListener::bind(&path).with_context(|| format!("failed to open {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("failed to protect {}", path.display()))?;
    Ok(listener)
}

/// Answers, one caller after the other, until the future is dropped.
pub(crate) async fn serve(listener: UnixListener, ledger: Ledger) {
    loop {
        match listener.accept().await {
            Ok((stream, _from)) => {
                if let Err(error) = answer(stream, &ledger).await {
                    tracing::warn!(%error, "failed to answer on the control socket");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "failed to take a caller on the control socket");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

async fn answer(stream: UnixStream, ledger: &Ledger) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MAX_LINE));
    tokio::time::timeout(PATIENCE, read.read_line(&mut line)).await.map_err(std::io::Error::other)??;
    let answer = match line.trim_end_matches('\n').strip_prefix("backup ") {
        Some(file) => match ledger.backup(Path::new(file)).await {
            Ok(()) => "ok\n".to_owned(),
            Err(error) => format!("no {error}\n"),
        },
        None => "no such command\n".to_owned(),
    };
    write.write_all(answer.as_bytes()).await
}

/// Asks the running box for a backup; nothing if no box runs on this data.
///
/// # Errors
/// The box could not make it, or gave no answer.
pub(crate) async fn ask_backup(data: &Path, to: &Path) -> anyhow::Result<Option<()>> {
    let Ok(stream) = UnixStream::connect(path(data)).await else { return Ok(None) };
    let to = to.to_str().filter(|to| !to.contains('\n')).context("the name of the file has to be plain text")?;
    let (read, mut write) = stream.into_split();
    write.write_all(format!("backup {to}\n").as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(read.take(MAX_LINE)).read_line(&mut line).await?;
    match line.trim_end().split_once(' ') {
        None if line.trim_end() == "ok" => Ok(Some(())),
        Some(("no", reason)) => bail!("the box could not make the backup: {reason}"),
        Some(_) | None => bail!("the box gave no answer"),
    }
}
