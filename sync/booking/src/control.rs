//! The control socket: how `aufruf-booking enrol OFFICE` reaches the running server, since no
//! second process may open the data.
//!
//! One line in, one line out: `enrol OFFICE`, `backup FILE`, `give-up OFFICE`, `reopen OFFICE [checked]`,
//! `rotate-key OFFICE` and `status` are answered `ok …` or `no REASON`. Who may open the socket may do this: it lies in the data folder
//! and belongs to the server's own user.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use names::{OfficeId, Side};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::core::Core;
use crate::downlink::new_code;
use crate::{clock, health, restore};

/// Bytes of a line that comes in: a command and an office, or a file with the longest path there is.
const MAX_LINE: u64 = 4096 + 64;

/// Bytes of an answer: the state of a thousand offices.
const MAX_ANSWER: u64 = 1024 * 1024;

/// Seconds a caller has for its line.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the socket lies.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Opens the socket; one that a dead server left behind is replaced. The caller holds the lock
/// of the data, so no living server is disturbed.
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
pub(crate) async fn serve(listener: UnixListener, core: Arc<Core>) {
    loop {
        match listener.accept().await {
            Ok((stream, _from)) => {
                if let Err(error) = answer(stream, &core).await {
                    tracing::warn!(%error, "failed to answer on the control socket");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "failed to take a caller on the control socket");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(stream: UnixStream, core: &Core) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MAX_LINE));
    tokio::time::timeout(PATIENCE, read.read_line(&mut line)).await??;
    let answer = match obey(line.trim(), core).await {
        Ok(done) => format!("ok {done}\n"),
        Err(error) => format!("no {error:#}\n").replace('\n', " ") + "\n",
    };
    write.write_all(answer.as_bytes()).await
}

async fn obey(line: &str, core: &Core) -> anyhow::Result<String> {
    let (command, what) = line.split_once(' ').unwrap_or((line, ""));
    let now = clock::now();
    match command {
        "enrol" => Ok(new_code(core, &what.parse::<OfficeId>()?, now).await?),
        "give-up" => {
            let ending = restore::give_up(core, &what.parse::<OfficeId>()?, now).await?;
            Ok(format!("{ending:?}").to_lowercase())
        }
        "reopen" => {
            let (office, checked) = what.strip_suffix(" checked").map_or((what, false), |office| (office, true));
            restore::reopen(core, &office.parse::<OfficeId>()?, checked, now).await
        }
        "rotate-key" => rotate_key(core, what.parse()?, now).await,
        "backup" => {
            store::backup::backup(&core.db, Path::new(what)).await?;
            Ok(what.to_owned())
        }
        "status" => Ok(health::report(core, now).await?),
        _another => bail!("such a command is not known"),
    }
}

/// A new key for the exchanges of an office; it is used once the box knows it.
async fn rotate_key(core: &Core, office: OfficeId, now: Timestamp) -> anyhow::Result<String> {
    let of = core.office(&office)?.view.id.clone();
    let key = core.db.write(move |tx| store::keys::rotate(tx, &of, Side::Booking, now)).await?;
    core.nudge_box(&office);
    tracing::info!(%office, %key, "a new key is announced to the box");
    Ok(key.to_string())
}

/// Asks the running server for a new enrolment code.
///
/// # Errors
/// No server runs on this data, or it does not know the office.
pub async fn ask_code(data: &Path, office: &str) -> anyhow::Result<String> {
    ask(data, &format!("enrol {office}")).await
}

/// Gives the running server a command and waits for its answer.
///
/// # Errors
/// No server runs on this data, or it refused.
pub async fn ask(data: &Path, line: &str) -> anyhow::Result<String> {
    let path = path(data);
    let stream = UnixStream::connect(&path)
        .await
        .with_context(|| format!("failed to reach the server at {}: is it running?", path.display()))?;
    let (read, mut write) = stream.into_split();
    write.write_all(format!("{line}\n").as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(read.take(MAX_ANSWER)).read_line(&mut line).await?;
    match line.trim().split_once(' ') {
        Some(("ok", code)) => Ok(code.to_owned()),
        Some(("no", reason)) => bail!("the server refused: {reason}"),
        Some(_) | None => bail!("the server gave no answer"),
    }
}
