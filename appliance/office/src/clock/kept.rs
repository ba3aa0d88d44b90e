//! What outlives the program: the newest moment, and the clock as it ran.
//!
//! ```text
//!   same boot    ──► the time ran on while the program was away: no new judgement
//!   another boot ──► nothing before this moment is true any more: the floor
//! ```
//!
//! What must always hold: a file that is torn, foreign or missing is as if there were none; the
//! journal still gives a floor.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use names::{Now, Trust};
use serde::{Deserialize, Serialize};

use super::judge::later;

/// The file in the data folder.
const FILE: &str = "clock.json";

/// Changes with each boot of this computer.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Seconds since the boot, also those of a lid that was closed.
const UPTIME: &str = "/proc/uptime";

/// Which boot this is and how long ago.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Boot {
    id: String,
    ago_ms: i64,
}

impl Boot {
    /// Asks the kernel; where it does not say, every start is another boot.
    pub(crate) fn read() -> Self {
        let id = std::fs::read_to_string(BOOT).unwrap_or_default().trim().to_owned();
        let uptime = std::fs::read_to_string(UPTIME).unwrap_or_default();
        let seconds = uptime.split_whitespace().next().and_then(|it| it.parse::<f64>().ok()).unwrap_or_default();
        let ago = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
        Self { id, ago_ms: i64::try_from(ago.as_millis()).unwrap_or_default() }
    }
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The newest moment.
    pub(crate) at: Timestamp,
    trust: Trust,
    boot: String,
    uptime_ms: i64,
}

impl Kept {
    /// What is to be kept of this moment.
    pub(crate) fn of(now: Now, boot: &Boot) -> Self {
        Self { at: now.at, trust: now.trust, boot: boot.id.clone(), uptime_ms: boot.ago_ms }
    }

    /// Reads what an earlier run kept.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(data.join(FILE)).ok()?).ok()
    }

    /// The clock as it ran on since then, if it is still the same boot.
    pub(crate) fn ran_on(&self, boot: &Boot) -> Option<Now> {
        let passed = boot.ago_ms.checked_sub(self.uptime_ms).filter(|it| *it >= 0)?;
        let same = !boot.id.is_empty() && boot.id == self.boot;
        same.then(|| Now { at: later(self.at, SignedDuration::from_millis(passed)), trust: self.trust })
    }

    /// Keeps it, whole or not at all.
    ///
    /// # Errors
    /// The disk is full or broken; what was kept before is still there.
    pub(crate) fn write(&self, data: &Path) -> io::Result<PathBuf> {
        let (file, draft) = (data.join(FILE), data.join("clock.json.new"));
        let mut open = std::fs::File::create(&draft)?;
        open.write_all(&serde_json::to_vec(self).map_err(io::Error::other)?)?;
        open.sync_all()?;
        std::fs::rename(&draft, &file)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot(id: &str, ago_ms: i64) -> Boot {
        Boot { id: id.to_owned(), ago_ms }
    }

    fn morning() -> Now {
        Now::trusted("2026-11-23T07:00:00Z".parse().expect("a moment"))
    }

    #[test]
    fn within_a_boot_the_clock_runs_on_and_after_another_boot_only_the_floor_stays() {
        let kept = Kept::of(morning(), &boot("a", 1000));
        let later = kept.ran_on(&boot("a", 61_000)).expect("the same boot");
        assert_eq!(later, Now { at: morning().at + SignedDuration::from_secs(60), ..morning() });
        assert_eq!(kept.ran_on(&boot("b", 61_000)), None);
        assert_eq!(kept.ran_on(&boot("a", 999)), None, "an uptime never runs backwards");
        assert_eq!(Kept::of(morning(), &boot("", 0)).ran_on(&boot("", 5)), None, "a kernel that says nothing");
    }

    #[test]
    fn what_was_written_is_read_and_a_torn_file_is_as_if_there_were_none() {
        let data = std::env::temp_dir().join(format!("aufruf-kept-{}", std::process::id()));
        std::fs::create_dir_all(&data).expect("a folder");
        let kept = Kept::of(morning(), &Boot::read());
        let file = kept.write(&data).expect("written");
        assert_eq!(Kept::read(&data), Some(kept));
        let whole = std::fs::read(&file).expect("there");
        for length in 0..whole.len() {
            std::fs::write(&file, &whole[..length]).expect("torn");
            assert_eq!(Kept::read(&data), None, "{length} bytes");
        }
        std::fs::remove_dir_all(&data).expect("gone");
    }
}
