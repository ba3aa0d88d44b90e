//! The backlog: ten thousand bookings on each side while the line is down, then the plug goes in.
//!
//! ```text
//!   fill ─► both journals, programs stopped        office.js ─► both databases
//!   ours: box ═ line ═ booking server              peer: PouchDB ═ line ═ its server
//!   check ◄─ both databases afterwards             office.js ◄─ both databases afterwards
//! ```
//!
//! What must always hold: ours and the peer take turns on the same line, in one run; a figure is
//! the median of [`RUNS`] runs; a booking that is lost, sold twice or hidden on our side ends the
//! run with an error. Started by `cargo bench --package tests --bench office -- backlog`; with `ours`
//! behind it, ours is measured alone and on the loopback only; with `fresh`, how long a new card
//! takes to know a log of a year.

mod check;
mod fill;
mod fresh;
pub(crate) mod line;
mod ours;
mod peer;
mod process;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use self::line::{LOOPBACK, SLOW, Speed};
use crate::figures::figure;
use crate::machine;

/// Bookings on each side, unless `AUFRUF_BACKLOG` says another number.
const BOOKINGS: u64 = 10_000;
/// Runs of each case: the one in the middle counts.
const RUNS: u64 = 3;
/// What the peer is called.
const PEER: &str = "PouchDB 9.0.0, express-pouchdb 4.2.0";

/// What is booked.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    /// Bookings on each side.
    count: u64,
    /// Whether somebody can be reached: ours sealed, the peer's in the clear.
    contacts: bool,
    /// Whether both sides of the peer sell the same seats; ours want the same times always, and
    /// cannot sell the same seats.
    same: bool,
}

/// What came out of one run. Of pairs, the first is the far end, the second the office.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    seconds: f64,
    /// Until the office dialled by itself.
    waited: f64,
    bytes: u64,
    bytes_each: f64,
    up: u64,
    down: u64,
    requests: u64,
    processor: [f64; 2],
    memory: [f64; 2],
    bytes_idle: f64,
    requests_idle: f64,
    lost: usize,
    overbooked: usize,
    hidden: usize,
    bookings: u64,
    entries: u64,
}

/// Takes all figures of the backlog.
pub(crate) async fn measure() -> Result<()> {
    machine::describe().await?;
    if std::env::args().any(|argument| argument == "fresh") {
        return fresh::measure().await;
    }
    let count = std::env::var("AUFRUF_BACKLOG").ok().map(|text| text.parse()).transpose()?.unwrap_or(BOOKINGS);
    let seed = std::env::var("AUFRUF_SEED").ok().map(|text| text.parse()).transpose()?.unwrap_or(0);
    let plain = Case { name: "backlog", count, contacts: false, same: false };
    let sealed = Case { name: "backlog_contacts", contacts: true, ..plain };
    if std::env::args().any(|argument| argument == "ours") {
        return ours_alone([plain, sealed], seed).await;
    }
    for (case, speed) in [(plain, LOOPBACK), (sealed, LOOPBACK), (plain, SLOW), (sealed, SLOW)] {
        beside(case, speed, seed).await?;
    }
    sold_twice(Case { name: "backlog_same_seats", same: true, ..plain }).await
}

/// Without the peer and the slow line, for whoever makes ours faster.
async fn ours_alone(cases: [Case; 2], seed: u64) -> Result<()> {
    for case in cases {
        let mut runs = Vec::new();
        for turn in 0..RUNS {
            runs.push(ours::run(case, LOOPBACK, seed + turn).await?);
        }
        tell(case, LOOPBACK, &middle(runs), &json!({}))?;
    }
    Ok(())
}

/// One case on one line, ours and the peer taking turns.
async fn beside(case: Case, speed: Speed, seed: u64) -> Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..RUNS {
        ours.push(ours::run(case, speed, seed + turn).await?);
        theirs.push(peer::run(case, speed).await?);
    }
    let (ours, theirs) = (middle(ours), middle(theirs));
    tell(case, speed, &ours, &json!({}))?;
    tell(case, speed, &theirs, &json!({"peer": PEER}))?;
    let more =
        json!({"line": speed.name, "peer": PEER, "aim": if speed.bits.is_none() { "at most 0.25" } else { "below 1" }});
    figure(&format!("{}_ratio", case.name), ours.seconds / theirs.seconds, "of the peer's time", &more)?;
    if ours.lost + ours.overbooked + ours.hidden > 0 {
        bail!("bookings of ours were lost, sold twice or hidden: {ours:?}");
    }
    Ok(())
}

/// Both sides of the peer sell the same seats once: what it makes of them is no question of time.
async fn sold_twice(case: Case) -> Result<()> {
    let theirs = peer::run(case, LOOPBACK).await?;
    let more = json!({"of": theirs.bookings, "line": LOOPBACK.name, "peer": PEER});
    figure(&format!("{}_hidden", case.name), theirs.hidden as f64, "acknowledged bookings", &more)
}

/// The run whose time is in the middle; what must never happen counts from every run.
fn middle(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let mut middle = runs[runs.len() / 2];
    middle.lost = runs.iter().map(|run| run.lost).sum();
    middle.overbooked = runs.iter().map(|run| run.overbooked).sum();
    middle.hidden = runs.iter().map(|run| run.hidden).sum();
    middle
}

fn tell(case: Case, speed: Speed, run: &Run, who: &Value) -> Result<()> {
    let mut more = who.clone();
    more["line"] = json!(speed.name);
    more["bookings"] = json!(run.bookings);
    let say = |name: &str, value: f64, unit: &str| figure(&format!("{}_{name}", case.name), value, unit, &more);
    say("seconds", run.seconds, "s")?;
    say("waited", run.waited, "s until it dialled")?;
    say("bytes_each", run.bytes_each, "bytes a booking, both ways together")?;
    say("bytes_up", run.up as f64, "bytes")?;
    say("bytes_down", run.down as f64, "bytes")?;
    say("entries", run.entries as f64, "entries")?;
    say("requests", run.requests as f64, "requests")?;
    say("processor_server", run.processor[0], "s")?;
    say("processor_office", run.processor[1], "s")?;
    say("memory_server", run.memory[0], "MiB at most")?;
    say("memory_office", run.memory[1], "MiB at most")?;
    say("bytes_idle", run.bytes_idle, "bytes, nothing to tell")?;
    say("requests_idle", run.requests_idle, "requests, nothing to tell")?;
    say("lost", run.lost as f64, "bookings")?;
    say("overbooked", run.overbooked as f64, "seats")?;
    say("hidden", run.hidden as f64, "bookings")
}
