//! The peer: PouchDB in an office, its own server at the far end, both on LevelDB.
//!
//! Included: `sync` from its call to its end, both ways at once. The booking is not measured. As
//! for ours, both ends are processes of their own on this machine and the line is between them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::line::{Line, Speed};
use super::{Case, Run, process};

/// Where its packages are installed, with copies of its two scripts beside them.
const FOLDER: &str = "AUFRUF_PEER";
/// Longer than anything it does on a slow line on a busy machine.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Documents of one batch: what its own documentation tells people with many to choose.
const BATCH: u64 = 500;

/// One of its processes.
struct Node {
    child: Child,
    /// Closed, the process ends.
    stdin: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Node {
    fn start(script: &Path, argument: &str) -> Result<Self> {
        let mut command = Command::new("node");
        command.arg(script).arg(argument).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("failed to start node; `.ci/setup bench` installs it")?;
        let stdin = child.stdin.take().context("node has no input")?;
        let said = BufReader::new(child.stdout.take().context("node has no output")?).lines();
        Ok(Self { child, stdin, said })
    }

    async fn hear(&mut self) -> Result<Value> {
        let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await.context("node hangs")??;
        Ok(serde_json::from_str(&line.context("node ended; its complaint is above")?)?)
    }

    async fn ask(&mut self, word: &str) -> Result<Value> {
        self.stdin.write_all(format!("{word}\n").as_bytes()).await?;
        self.hear().await
    }

    fn pid(&self) -> Result<u32> {
        self.child.id().context("node ended")
    }
}

/// One run of a case.
pub(super) async fn run(case: Case, speed: Speed) -> Result<Run> {
    let scripts = PathBuf::from(std::env::var_os(FOLDER).context("AUFRUF_PEER does not say where the peer is")?);
    let folder = tempfile::Builder::new().prefix("aufruf-peer-").tempdir()?;
    let there = folder.path().join("there");
    let mut server = Node::start(&scripts.join("server.js"), &there.to_string_lossy())?;
    let port = server.hear().await?["port"].as_u64().context("the peer's server names no port")?;
    let target = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?));
    let line = Line::lay(speed).await?;
    line.lead_to(target);
    line.plug(true);
    let asked = json!({
        "folder": folder.path(), "server": format!("http://{target}"), "line": format!("http://{}", line.address()),
        "count": case.count, "batch": BATCH, "contacts": case.contacts, "same": case.same,
    });
    let mut office = Node::start(&scripts.join("office.js"), &asked.to_string())?;
    office.hear().await?;
    measure(case, &line, &server, &mut office).await
}

async fn measure(case: Case, line: &Line, server: &Node, office: &mut Node) -> Result<Run> {
    let ends = [server.pid()?, office.pid()?];
    let processor = || anyhow::Ok([process::processor(ends[0])?, process::processor(ends[1])?]);
    let before = processor()?;
    line.take();
    let done = office.ask("plug").await?;
    let (counts, after) = (line.take(), processor()?);
    office.ask("again").await?;
    let idle = line.take();
    let seen = office.ask("look").await?;
    let number =
        |told: &Value, name: &str| told[name].as_u64().with_context(|| format!("the peer does not tell {name}"));
    let (here, there, hidden) = (number(&seen, "here")?, number(&seen, "there")?, number(&seen, "hidden")?);
    let all = 2 * case.count;
    Ok(Run {
        seconds: done["seconds"].as_f64().context("the peer does not tell how long it took")?,
        bytes: counts.bytes(),
        bytes_each: counts.bytes() as f64 / all as f64,
        up: counts.up,
        down: counts.down,
        requests: counts.requests,
        processor: [after[0] - before[0], after[1] - before[1]],
        memory: [process::most_memory(ends[0])?, process::most_memory(ends[1])?],
        bytes_idle: idle.bytes() as f64,
        requests_idle: idle.requests as f64,
        hidden: usize::try_from(hidden)?,
        lost: usize::try_from(all.saturating_sub(here.min(there) + hidden))?,
        bookings: all,
        entries: all,
        ..Run::default()
    })
}
