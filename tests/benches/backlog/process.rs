//! What the system knows of a process: processor time and memory.

use anyhow::{Context, Result};

/// Ticks a second in which the kernel tells processor time: the same on every Linux of ours.
const TICKS: f64 = 100.0;

/// Processor seconds of a process so far, its own and the kernel's for it.
pub(super) fn processor(pid: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_name, rest) = text.rsplit_once(')').context("a strange /proc")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let field = |place: usize| fields.get(place).and_then(|t| t.parse::<f64>().ok()).context("a strange /proc");
    Ok((field(11)? + field(12)?) / TICKS)
}

/// The most memory that was really there at one time, in MiB.
pub(super) fn most_memory(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("a process without memory")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}
