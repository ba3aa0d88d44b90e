//! The time both programs live in: a file that libfaketime reads once a second.
//!
//! Not more often: a program that asks for the monotonic time and then for the hour must not see
//! a night pass in between, or it rightly believes neither.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use fixture::{clock, until};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::town::PATIENCE;

/// Where Debian keeps the library, one folder for each machine.
const LIBRARIES: &str = "/usr/lib";
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The time of both programs.
pub(crate) struct Sky {
    folder: TempDir,
    ahead: SignedDuration,
}

impl Sky {
    /// The real time, for now.
    pub(crate) fn new() -> Result<Self> {
        let sky = Self { folder: tempfile::tempdir()?, ahead: SignedDuration::ZERO };
        sky.write()?;
        Ok(sky)
    }

    /// What a program finds in its environment to live under this sky. The monotonic clock jumps
    /// as well: for the programs the time between has passed.
    pub(crate) fn environment(&self) -> Result<Vec<(String, String)>> {
        let variable = |name: &str, value: &Path| (name.to_owned(), value.display().to_string());
        Ok(vec![
            variable("LD_PRELOAD", &library()?),
            variable("FAKETIME_TIMESTAMP_FILE", &self.file()),
            variable("FAKETIME_CACHE_DURATION", Path::new("1")),
            variable("NO_FAKE_STAT", Path::new("1")),
        ])
    }

    /// The present moment of both programs.
    pub(crate) fn now(&self) -> Timestamp {
        clock::now().saturating_add(self.ahead).unwrap_or(Timestamp::MAX)
    }

    /// Lets the time pass up to a moment.
    pub(crate) fn go_to(&mut self, moment: Timestamp) -> Result<()> {
        let ahead = moment.duration_since(clock::now());
        if ahead < self.ahead {
            bail!("{moment} is over, it is {}", self.now());
        }
        self.ahead = SignedDuration::from_secs(ahead.as_secs());
        self.write()
    }

    /// Waits until whoever listens there lives in the time that has passed, by the date in the
    /// head of an answer.
    pub(crate) async fn has_passed_for(&self, address: SocketAddr) -> Result<()> {
        let passed = self.now();
        let look = || {
            let seen = tokio::task::block_in_place(|| date_of(address)).ok()??;
            // A date has whole seconds.
            (passed.duration_since(seen) <= SignedDuration::from_secs(2)).then_some(())
        };
        until(&format!("{address} to live at {passed}"), PATIENCE, look).await
    }

    fn write(&self) -> Result<()> {
        // Whoever reads it meanwhile reads the old or the new one, never half of it.
        let next = self.folder.path().join("next");
        std::fs::write(&next, format!("+{}\n", self.ahead.as_secs()))?;
        std::fs::rename(next, self.file()).context("failed to let the time pass")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ahead")
    }
}

fn library() -> Result<PathBuf> {
    let machines = std::fs::read_dir(LIBRARIES)?.filter_map(|machine| Some(machine.ok()?.path().join(LIBRARY)));
    let mut found = machines.filter(|path| path.is_file());
    found.next().with_context(|| format!("no {LIBRARY} in {LIBRARIES}; please install faketime (`.ci/setup test`)"))
}

/// The date in the head of an answer.
fn date_of(address: SocketAddr) -> Result<Option<Timestamp>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("HEAD / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut head = String::new();
    stream.read_to_string(&mut head)?;
    let date =
        head.lines().filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case("date"));
    let Some((_, date)) = date else { return Ok(None) };
    Ok(Some(jiff::fmt::rfc2822::parse(date)?.timestamp()))
}
