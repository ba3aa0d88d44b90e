//! Processor and memory of an office in which nothing happens: two desk devices on the line,
//! board, terminal and a counter page open, the line to the booking server up.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::programs::BoxReady;
use fixture::{Desk, ImaginaryOffice, Papers, papers};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::ears::Ears;
use crate::figures::figure;
use crate::hall::{self, addresses, signed_in};
use crate::start::restart;

/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(30);
/// After the start everything is allowed to settle.
const SETTLES: Duration = Duration::from_secs(5);
/// The default of the box's file.
const POLL_SECONDS: u16 = 15;

/// Opens an office, leaves it alone, looks at the system's own figures.
pub(crate) async fn measure() -> Result<()> {
    let office = ImaginaryOffice::open(Papers { poll_seconds: POLL_SECONDS, ..hall::papers() }).await?;
    figure("start_first_day", restart(&office).await?, "ms", &json!({}))?;
    let BoxReady { pages, gate } = addresses(&office)?;
    let pages = format!("http://{pages}");
    let browser = tokio::task::spawn_blocking({
        let pages = pages.clone();
        move || signed_in(&pages)
    });
    let _board = Ears::open(Http::default(), format!("{pages}/tafel/ereignisse")).await?;
    let _terminal = Ears::open(Http::default(), format!("{pages}/terminal/ereignisse")).await?;
    let _counter = Ears::open(browser.await??, format!("{pages}/platz/1/ereignisse")).await?;
    let desks: Result<Vec<Desk>> =
        papers::desks().iter().map(|(credential, _counter)| Desk::plug_in(gate, credential)).collect();
    for desk in &desks? {
        desk.wait_for(SETTLES, |_any| true).await?;
    }
    watch(&office).await?;
    office.close().await
}

async fn watch(office: &ImaginaryOffice) -> Result<()> {
    let appliance = pid(&office.places.appliance_data().join("ready.json"))?;
    let broker = child(appliance)?;
    let booking = pid(&office.places.booking_data().join("ready.json"))?;
    let more = json!({"desks": 2, "pages": 3, "poll_seconds": POLL_SECONDS, "sound": false});
    pass(SETTLES).await;
    let before = ticks(appliance)? + ticks(broker)?;
    pass(WATCHED).await;
    let of_all = ticks_a_second().await? * WATCHED.as_secs_f64() / 100.0;
    let spent = ticks(appliance)? + ticks(broker)? - before;
    let mut precise = more.clone();
    // Each process is only known to a tick: zero means less than this.
    precise["resolution"] = json!(2.0 / of_all);
    figure("idle_processor", spent / of_all, "percent of one core", &precise)?;
    for (name, pid) in [("box", appliance), ("broker", broker), ("booking_server", booking)] {
        figure(&format!("memory_{name}"), resident(pid)?, "MiB", &more)?;
    }
    Ok(())
}

/// Here the passing of time itself is what is watched.
async fn pass(time: Duration) {
    let mut every = tokio::time::interval(time);
    every.tick().await;
    every.tick().await;
}

/// The process a program names in its `ready.json`.
fn pid(ready: &std::path::Path) -> Result<u64> {
    let told: Value = serde_json::from_slice(&fs::read(ready)?)?;
    told["pid"].as_u64().context("ready.json names no process")
}

/// The one child of a process: the broker.
fn child(parent: u64) -> Result<u64> {
    let numbers = fs::read_dir("/proc")?.flatten().filter_map(|e| e.file_name().to_str()?.parse::<u64>().ok());
    let ours = |pid: &u64| stat(*pid).is_ok_and(|fields| fields.get(1).is_some_and(|p| *p == parent.to_string()));
    numbers.into_iter().find(ours).context("the box has no broker")
}

/// What stands in `/proc/PID/stat` after the name of the program: state, parent, …
fn stat(pid: u64) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_name, rest) = text.rsplit_once(')').context("a strange /proc")?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

/// Time spent so far, for itself and in the kernel.
fn ticks(pid: u64) -> Result<f64> {
    let fields = stat(pid)?;
    let field = |place: usize| fields.get(place).and_then(|t| t.parse::<f64>().ok()).context("a strange /proc");
    Ok(field(11)? + field(12)?)
}

async fn ticks_a_second() -> Result<f64> {
    let told = Command::new("getconf").arg("CLK_TCK").output().await?;
    String::from_utf8_lossy(&told.stdout).trim().parse().context("getconf tells no number")
}

/// Memory that is really there, in MiB.
fn resident(pid: u64) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process without memory")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}
