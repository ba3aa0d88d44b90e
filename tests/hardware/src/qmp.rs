//! What QEMU is told and asked while the machine runs (QMP, JSON lines over a Unix socket).
//!
//! ```text
//!   {"execute": …} ──► QEMU
//!                  ◄── {"return": …} or {"error": …}; {"event": …} in between is passed over
//! ```
//!
//! What must always hold: one question at a time, and each ends with its own answer or in time.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::until;
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// Writing the whole memory of a machine into its disk takes some seconds, more on a busy host.
const PATIENCE: Duration = Duration::from_secs(120);
/// QEMU opens its socket before anything else.
const OPENS_WITHIN: Duration = Duration::from_secs(20);

/// The line to one QEMU.
#[derive(Debug)]
pub(crate) struct Qmp<R = BufReader<OwnedReadHalf>, W = OwnedWriteHalf> {
    hears: R,
    tells: W,
}

impl Qmp {
    /// Waits for the socket, and for QEMU behind it to listen to commands.
    pub(crate) async fn connect(socket: &Path) -> Result<Self> {
        let stream = reach(socket).await?;
        let (hears, tells) = stream.into_split();
        Self::greet(BufReader::new(hears), tells).await
    }
}

/// Connects to a socket that is about to be there.
pub(crate) async fn reach(socket: &Path) -> Result<UnixStream> {
    let what = format!("the socket {}", socket.display());
    let stream = until(&what, OPENS_WITHIN, || std::os::unix::net::UnixStream::connect(socket).ok()).await?;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream).context("failed to take over a socket")
}

impl<R: AsyncBufRead + Unpin, W: AsyncWrite + Unpin> Qmp<R, W> {
    async fn greet(hears: R, tells: W) -> Result<Self> {
        let mut qmp = Self { hears, tells };
        let greeting = qmp.next().await?;
        if greeting.get("QMP").is_none() {
            bail!("expected a greeting of QEMU, got {greeting}");
        }
        qmp.ask("qmp_capabilities", &Value::Null).await?;
        Ok(qmp)
    }

    /// Sends one command and waits for its answer.
    ///
    /// # Errors
    /// QEMU refuses it, or is gone, or takes longer than two minutes.
    pub(crate) async fn ask(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let mut question = json!({"execute": command});
        if !arguments.is_null() {
            question["arguments"] = arguments.clone();
        }
        self.tells.write_all(format!("{question}\n").as_bytes()).await.context("QEMU is gone")?;
        let answer = tokio::time::timeout(PATIENCE, self.answer()).await;
        let answer = answer.with_context(|| format!("no answer to {command} within {PATIENCE:?}"))?;
        answer.with_context(|| format!("QEMU refused {question}"))
    }

    /// Types a line at QEMU's monitor, for what has no command of its own, such as `savevm`.
    ///
    /// # Errors
    /// As [`Qmp::ask`], or the monitor complains.
    pub(crate) async fn monitor(&mut self, line: &str) -> Result<String> {
        let answer = self.ask("human-monitor-command", &json!({"command-line": line})).await?;
        let said = answer.as_str().unwrap_or_default().to_owned();
        if said.contains("Error") || said.contains("error") {
            bail!("QEMU's monitor says to {line:?}: {}", said.trim());
        }
        Ok(said)
    }

    async fn answer(&mut self) -> Result<Value> {
        loop {
            let mut told = self.next().await?;
            if let Some(error) = told.get("error") {
                bail!("{}", error["desc"].as_str().unwrap_or("without a reason"));
            }
            if let Some(answer) = told.get_mut("return") {
                return Ok(answer.take());
            }
        }
    }

    async fn next(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.hears.read_line(&mut line).await? == 0 {
            bail!("QEMU hung up");
        }
        serde_json::from_str(&line).with_context(|| format!("QEMU says {line:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line on which a double of QEMU has already said everything it will say.
    async fn talk(said: &'static str) -> Result<Qmp<&'static [u8], Vec<u8>>> {
        Qmp::greet(said.as_bytes(), Vec::new()).await
    }

    #[tokio::test]
    async fn events_between_a_question_and_its_answer_are_passed_over() {
        let said = "{\"QMP\":{}}\n{\"return\":{}}\n{\"event\":\"RTC_CHANGE\"}\n{\"return\":{\"status\":\"running\"}}\n";
        let mut qmp = talk(said).await.expect("it greets");
        let answer = qmp.ask("query-status", &Value::Null).await.expect("an answer");
        assert_eq!(answer["status"], "running");
        let told = String::from_utf8(qmp.tells).expect("text");
        assert_eq!(told.lines().count(), 2);
        assert!(told.ends_with("{\"execute\":\"query-status\"}\n"), "{told}");
    }

    #[tokio::test]
    async fn a_refusal_carries_the_question_and_the_reason() {
        let said = "{\"QMP\":{}}\n{\"return\":{}}\n{\"error\":{\"class\":\"x\",\"desc\":\"no such device\"}}\n";
        let mut qmp = talk(said).await.expect("it greets");
        let refused = qmp.ask("device_del", &json!({"id": "nobody"})).await.expect_err("refused");
        assert!(format!("{refused:#}").contains("nobody"), "{refused:#}");
        assert!(format!("{refused:#}").contains("no such device"), "{refused:#}");
    }

    #[tokio::test]
    async fn whoever_is_not_qemu_or_hangs_up_is_told() {
        assert!(talk("{\"return\":{}}\n").await.is_err());
        let mut qmp = talk("{\"QMP\":{}}\n{\"return\":{}}\n").await.expect("it greets");
        assert!(qmp.ask("quit", &Value::Null).await.is_err());
    }
}
