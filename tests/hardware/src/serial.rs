//! The root shell of the guest on its serial line, which is there only when the kernel command
//! line asks for the rig.
//!
//! What must always hold: each command ends with its own mark and status, whatever the kernel
//! prints in between; everything ever said is in the log file that QEMU writes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

use crate::qmp::reach;

/// How often a shell that is not yet there is called.
const CALL_EVERY: Duration = Duration::from_secs(1);

/// A shell in the guest.
#[derive(Debug)]
pub(crate) struct Shell {
    tells: tokio::sync::Mutex<Line>,
    heard: Arc<Mutex<String>>,
    /// How many bytes were heard so far.
    more: watch::Receiver<usize>,
}

#[derive(Debug)]
struct Line {
    tells: OwnedWriteHalf,
    commands: u64,
}

impl Shell {
    /// Connects to the serial line; nobody need be at its other end yet.
    pub(crate) async fn connect(socket: &Path) -> Result<Self> {
        let (hears, tells) = reach(socket).await?.into_split();
        let heard = Arc::<Mutex<String>>::default();
        let (count, more) = watch::channel(0);
        tokio::spawn(listen(hears, Arc::clone(&heard), count));
        Ok(Self { tells: tokio::sync::Mutex::new(Line { tells, commands: 0 }), heard, more })
    }

    /// Waits until somebody at the other end understands commands, and makes the line quiet.
    ///
    /// # Errors
    /// Nobody did within `limit`; the message carries the last lines.
    pub(crate) async fn log_in(&self, limit: Duration) -> Result<()> {
        let mut every = tokio::time::interval(CALL_EVERY);
        let calling = async {
            loop {
                every.tick().await;
                self.tells.lock().await.tells.write_all(b"\necho @@UP$((40+2))@@\n").await?;
                if tokio::time::timeout(CALL_EVERY, self.hear(0, "@@UP42@@")).await.is_ok() {
                    return anyhow::Ok(());
                }
            }
        };
        match tokio::time::timeout(limit, calling).await {
            Ok(answered) => answered?,
            Err(_elapsed) => bail!("no shell on the serial line within {limit:?}; it ends:\n{}", self.tail()),
        }
        // Without echo, prompt and kernel messages only answers are left.
        self.run("stty -echo cols 1000; PS1=; PS2=; export TERM=dumb; dmesg -n 1").await.map(drop)
    }

    /// Runs a command and gives back what it printed.
    ///
    /// # Errors
    /// It fails; the message carries what it printed.
    pub(crate) async fn run(&self, command: &str) -> Result<String> {
        self.run_within(command, Duration::from_secs(120)).await
    }

    /// The same for what takes longer.
    ///
    /// # Errors
    /// It fails or does not end in time; the message carries what it printed.
    pub(crate) async fn run_within(&self, command: &str, limit: Duration) -> Result<String> {
        let mut line = self.tells.lock().await;
        line.commands += 1;
        let (start, number) = (self.length(), line.commands);
        // The mark is put together by the shell, so that an echo of the command is not its end.
        let whole = format!("echo \"@@BE\"\"GIN{number}@@\"; {{ {command}\n}} 2>&1; echo \"@@E\"\"ND{number}:$?@@\"\n");
        line.tells.write_all(whole.as_bytes()).await?;
        let end = format!("@@END{number}:");
        let heard = tokio::time::timeout(limit, self.hear(start, &end)).await;
        let Ok(heard) = heard else { bail!("{command:?} did not end within {limit:?}; it said:\n{}", self.tail()) };
        answer(&heard?, number, command)
    }

    /// Waits until the line says `what` after byte `from` and its line is whole.
    async fn hear(&self, from: usize, what: &str) -> Result<String> {
        let mut more = self.more.clone();
        loop {
            let said = self.since(from);
            if said.split_once(what).is_some_and(|(_, rest)| what.ends_with("@@") || rest.contains("@@")) {
                return Ok(said);
            }
            if more.changed().await.is_err() {
                bail!("the serial line is dead; it ends:\n{}", self.tail());
            }
        }
    }

    /// Everything said from a byte on.
    pub(crate) fn since(&self, from: usize) -> String {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).get(from..).unwrap_or_default().to_owned()
    }

    /// How many bytes were said so far.
    pub(crate) fn length(&self) -> usize {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn tail(&self) -> String {
        let said = self.since(0);
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

async fn listen(mut hears: OwnedReadHalf, heard: Arc<Mutex<String>>, count: watch::Sender<usize>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = hears.read(&mut buffer).await {
        let said = String::from_utf8_lossy(&buffer[..read]).into_owned();
        let mut all = heard.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_str(&said);
        let length = all.len();
        drop(all);
        count.send_replace(length);
    }
}

/// What stands between the two marks of a command.
fn answer(said: &str, number: u64, command: &str) -> Result<String> {
    let begin = format!("@@BEGIN{number}@@");
    let body = said.split_once(&begin).map_or(said, |(_, body)| body);
    let (printed, rest) = body.split_once(&format!("@@END{number}:")).unwrap_or((body, "?"));
    let status = rest.split("@@").next().unwrap_or_default();
    let printed = printed.replace('\r', "").trim_matches('\n').to_owned();
    if status == "0" { Ok(printed) } else { bail!("{command:?} ended with {status} in the guest: {printed}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_stands_between_its_marks_whatever_was_said_before() {
        let said = "@@END2:1@@\r\n[  12.3] usb 1-1: new\r\n@@BEGIN3@@\r\none\r\ntwo\r\n@@END3:0@@\r\n";
        assert_eq!(answer(said, 3, "x").expect("it went well"), "one\ntwo");
    }

    #[test]
    fn a_command_that_fails_tells_what_it_printed() {
        let failed = answer("@@BEGIN1@@\r\nno such file\r\n@@END1:2@@", 1, "cat x").expect_err("it failed");
        assert!(failed.to_string().contains("no such file") && failed.to_string().contains("cat x"), "{failed}");
    }
}
