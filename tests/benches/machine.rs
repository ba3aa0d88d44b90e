//! What it was measured on: figures without their machine mean nothing.

use anyhow::{Context, Result};
use serde_json::json;
use tokio::process::Command;

use crate::figures::figure;

/// Prints processors, system, and where the data lies.
pub(crate) async fn describe() -> Result<()> {
    let cpus = read("/proc/cpuinfo")?;
    let named = |key: &str| cpus.lines().find(|l| l.starts_with(key)).and_then(|l| l.split_once(": ")).map(|(_, v)| v);
    let cores = cpus.lines().filter(|l| l.starts_with("processor")).count();
    let system = read("/etc/os-release")?;
    let system = system.lines().find_map(|l| l.strip_prefix("PRETTY_NAME=")).unwrap_or("?").trim_matches('"');
    let kernel = read("/proc/sys/kernel/osrelease")?;
    let load = read("/proc/loadavg")?;
    figure(
        "machine",
        cores as f64,
        "cores",
        &json!({
            "processor": named("model name").unwrap_or("?"),
            "system": format!("{system}, Linux {}", kernel.trim()),
            "data_on": filesystem().await?,
            "load_before": load.split_whitespace().next(),
        }),
    )
}

/// The file system under the folders of imaginary offices.
async fn filesystem() -> Result<String> {
    let out = Command::new("stat").args(["--file-system", "--format=%T"]).arg(std::env::temp_dir()).output().await?;
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("failed to read {file}"))
}
