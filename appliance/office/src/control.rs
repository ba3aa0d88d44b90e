//! The control socket: how `aufruf-appliance backup`, `rotate-key` and `reopen` reach the running box,
//! since no second process may open the data.
//!
//! One line in, one line out: `backup FILE`, `rotate-key`, `reopen` (count) and `reopen checked` (do it)
//! are answered `ok …` or `no REASON`. Who may open the socket may do this: it lies in the data folder and belongs to the box's own user.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Config;
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

/// What the commands act on.
pub(crate) struct Reach {
    /// The journal.
    pub(crate) ledger: Ledger,
    /// The time of what is written.
    pub(crate) clock: Clock,
    /// Told when there is something to send.
    pub(crate) written: Arc<Notify>,
}

/// Answers, one caller after the other, until the future is dropped.
pub(crate) async fn serve(listener: UnixListener, reach: Reach) {
    loop {
        match listener.accept().await {
            Ok((stream, _from)) => {
                if let Err(error) = answer(stream, &reach).await {
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

async fn answer(stream: UnixStream, reach: &Reach) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(MAX_LINE));
    tokio::time::timeout(PATIENCE, read.read_line(&mut line)).await.map_err(std::io::Error::other)??;
    let answer = match obey(line.trim_end_matches('\n'), reach).await {
        Ok(done) => format!("ok {done}\n"),
        Err(error) => format!("no {error:#}").replace('\n', " ") + "\n",
    };
    write.write_all(answer.as_bytes()).await
}

async fn obey(line: &str, reach: &Reach) -> anyhow::Result<String> {
    let (command, what) = line.split_once(' ').unwrap_or((line, ""));
    match command {
        "backup" => {
            reach.ledger.backup(Path::new(what)).await?;
            Ok(what.to_owned())
        }
        "rotate-key" => {
            let key = reach.ledger.rotate_key(reach.clock.now().at).await?;
            reach.written.notify_one();
            tracing::info!(%key, "a new key is announced to the booking server");
            Ok(key.to_string())
        }
        "reopen" => reopened(reach, what == "checked").await,
        _another => bail!("such a command is not known"),
    }
}

/// Seats that a restore burned and that no known booking sits on: counted, or opened again.
async fn reopened(reach: &Reach, checked: bool) -> anyhow::Result<String> {
    let found = reach.ledger.reopen(!checked, reach.clock.now().at).await?;
    let found = found.context("the box waits to be settled, or for its booking server: nothing can be opened yet")?;
    if checked {
        reach.written.notify_one();
        tracing::warn!(seats = found.seats, days = found.days, "burned seats were opened again by hand");
    }
    Ok(format!("{} {}", found.seats, found.days))
}

/// Asks the running box for a backup; nothing if no box runs on this data.
///
/// # Errors
/// The box could not make it, or gave no answer.
pub(crate) async fn ask_backup(data: &Path, to: &Path) -> anyhow::Result<Option<()>> {
    let to = to.to_str().filter(|to| !to.contains('\n')).context("the name of the file has to be plain text")?;
    let made = ask(data, &format!("backup {to}")).await.context("the box could not make the backup")?;
    Ok(made.map(drop))
}

/// Lets the running box change the key of its exchanges; gives back the public half. It is used as
/// soon as the booking server knows it.
///
/// # Errors
/// No box runs on this data, or it could not write.
pub async fn rotate_key(config: &Config) -> anyhow::Result<String> {
    let key = ask(&config.data, "rotate-key").await?;
    key.with_context(|| format!("no box runs on {}: start it first", config.data.display()))
}

/// Seats of ten minutes that a restore burned and that belong to no known booking, and on how many
/// days: counted, or opened again if somebody has `checked` that nobody was promised one.
///
/// # Errors
/// No box runs on this data, it is not settled, or both ends have not come together since.
pub async fn reopen(config: &Config, checked: bool) -> anyhow::Result<(u32, u32)> {
    let line = if checked { "reopen checked" } else { "reopen" };
    let said = ask(&config.data, line).await?;
    let said = said.with_context(|| format!("no box runs on {}: start it first", config.data.display()))?;
    let (seats, days) = said.split_once(' ').context("the box gave no answer")?;
    Ok((seats.parse().context("no number of seats")?, days.parse().context("no number of days")?))
}

/// Gives the running box a command and waits for its answer; nothing if no box runs on this data.
async fn ask(data: &Path, line: &str) -> anyhow::Result<Option<String>> {
    let Ok(stream) = UnixStream::connect(path(data)).await else { return Ok(None) };
    let (read, mut write) = stream.into_split();
    write.write_all(format!("{line}\n").as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(read.take(MAX_LINE)).read_line(&mut line).await?;
    match line.trim_end().split_once(' ') {
        Some(("ok", said)) => Ok(Some(said.to_owned())),
        Some(("no", reason)) => bail!("the box refused: {reason}"),
        Some(_) | None => bail!("the box gave no answer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Moment;
    use crate::ledger::backlog_tests::{Server, signs_with};

    async fn exchange(ledger: &Ledger, server: &Server) {
        let asked = ledger.outgoing(&Moment::default()).await.expect("enrolled");
        let (_new, answer) = server.answer(asked).await;
        ledger.absorb(answer, jiff::Timestamp::UNIX_EPOCH).await.expect("believed");
    }

    #[tokio::test]
    async fn burned_seats_are_counted_and_opened_by_command_only_once_a_restore_is_settled() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path();
        let (ledger, _opened) = Ledger::open(data, &"musterland".parse().expect("a name"), None).expect("a journal");
        let _server = Server::with(&ledger, data).await;
        let (clock, written) = (Clock::starting_at(None, data), Arc::<Notify>::default());
        let reach = Reach { ledger: ledger.clone(), clock, written: Arc::clone(&written) };
        let serving = tokio::spawn(serve(listen(data).expect("a socket"), reach));
        ledger.burned_a_day().await;
        let sold = |seats: &str| seats.split_once(' ').and_then(|(seats, _)| seats.parse::<u32>().ok());
        let counted = ask(data, "reopen").await.expect("obeyed").expect("it runs");
        assert!(sold(&counted).is_some_and(|seats| seats > 0), "{counted}");
        assert_eq!(ask(data, "reopen").await.expect("obeyed"), Some(counted.clone()), "it only looked");
        assert_eq!(ask(data, "reopen checked").await.expect("obeyed"), Some(counted));
        written.notified().await;
        assert_eq!(ask(data, "reopen").await.expect("obeyed").as_deref(), Some("0 0"), "all are open");
        ledger.apart().await;
        let refused = ask(data, "reopen checked").await.expect_err("not now");
        assert!(refused.to_string().contains("nothing can be opened yet"), "{refused}");
        serving.abort();
    }

    #[tokio::test]
    async fn a_new_key_is_told_by_command_and_used_once_the_server_knows_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path();
        let (ledger, _opened) = Ledger::open(data, &"musterland".parse().expect("a name"), None).expect("a journal");
        let server = Server::with(&ledger, data).await;
        let (clock, written) = (Clock::starting_at(None, data), Arc::<Notify>::default());
        let reach = Reach { ledger: ledger.clone(), clock, written: Arc::clone(&written) };
        assert_eq!(ask(data, "rotate-key").await.expect("nobody"), None, "no box runs yet");
        let serving = tokio::spawn(serve(listen(data).expect("a socket"), reach));
        let old = signs_with(&ledger).await;
        let new = ask(data, "rotate-key").await.expect("obeyed").expect("it runs");
        written.notified().await;
        assert_ne!(new, old);
        assert_eq!(ask(data, "rotate-key").await.expect("obeyed"), Some(new.clone()), "asked twice it is the same");
        assert_eq!(signs_with(&ledger).await, old, "nobody knows it yet");
        for _until_confirmed in 0..3 {
            exchange(&ledger, &server).await;
        }
        assert_eq!(signs_with(&ledger).await, new);
        let refused = ask(data, "dance").await.expect_err("no such command");
        assert!(refused.to_string().contains("such a command is not known"), "{refused}");
        let there = ask_backup(data, &data.join("nowhere/at-all")).await.expect_err("no such folder");
        assert!(format!("{there:#}").contains("the box could not make the backup"), "{there:#}");
        serving.abort();
    }
}
