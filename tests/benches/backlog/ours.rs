//! Our own figures: the two real programs, from the plug to both knowing everything.
//!
//! Included: the box's dialling, every exchange over HTTP with signatures and zstd, both ends'
//! transactions with everything they make of an entry, until the box's own board says that the
//! line is up: it says so after the last batch is on its disk. Not included: the time until the
//! box dials again by itself, at most eight polls; the clock starts with its first byte.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::{ImaginaryOffice, Papers, clock, until};
use names::Side;
use serde_json::Value;
use tokio::time::Instant;

use super::check::{self, Found};
use super::fill::{Wanted, fill_side, open};
use super::line::{Counts, Line, Speed};
use super::{Case, Run, process};
use crate::ears::Ears;
use crate::hall;

/// Longer than a backlog takes on a slow line on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);
/// Polls that are counted when there is nothing to tell.
const IDLE_POLLS: u64 = 4;
/// What stands in the office file for one more lane that can be booked.
const LANES: (&str, &str) = ("lanes_online = 3", "lanes_online = 20");

/// One run of a case.
pub(super) async fn run(case: Case, speed: Speed, seed: u64) -> Result<Run> {
    let (office, line) = enrolled(speed).await?;
    let (told, before) = fill_both(&office, case, seed).await?;
    let started = start_again(&office, &line).await?;
    let mut run = measure(&line, started, case).await?;
    office.close().await?;
    let found = compare(&office, &told, before).await?;
    run.bytes_each = run.bytes as f64 / (2 * case.count) as f64;
    (run.lost, run.overbooked, run.hidden) = (found.lost, found.overbooked, found.hidden);
    run.entries = found.entries;
    Ok(run)
}

/// An office whose box is enrolled and knows all that the booking server told so far; both
/// programs are stopped.
async fn enrolled(speed: Speed) -> Result<(ImaginaryOffice, Line)> {
    let mut office = ImaginaryOffice::furnish(Papers { desks: Vec::new(), ..hall::papers() }).await?;
    more_lanes(&office)?;
    let line = Line::lay(speed).await?;
    office.places.line = line.address();
    office.start_booking().await?;
    line.lead_to(site(&office)?);
    line.plug(true);
    office.write_box_papers().await?;
    office.switch_on().await?;
    board(&office).await?.hear("the line", is_up).await?;
    office.close().await?;
    line.plug(false);
    Ok((office, line))
}

/// Enough for thousands of bookings.
pub(super) fn more_lanes(office: &ImaginaryOffice) -> Result<()> {
    let file = office.places.office_file();
    let text = std::fs::read_to_string(&file)?.replace(LANES.0, LANES.1);
    Ok(std::fs::write(&file, text)?)
}

async fn fill_both(office: &ImaginaryOffice, case: Case, seed: u64) -> Result<(BTreeSet<names::BookingId>, u64)> {
    let server = open(Side::Booking, &office.places.booking_data())?;
    let before = check::entries(&server).await?;
    tokio::task::spawn_blocking(move || drop(server)).await?;
    let mut told = BTreeSet::new();
    for (side, data) in sides(office) {
        let wanted = Wanted { side, count: case.count, contacts: case.contacts, seed, until: clock::now() };
        told.extend(fill_side(&data, wanted).await?);
    }
    Ok((told, before))
}

fn sides(office: &ImaginaryOffice) -> [(Side, std::path::PathBuf); 2] {
    [(Side::Booking, office.places.booking_data()), (Side::Box, office.places.appliance_data())]
}

/// Both programs, and the board.
struct Started {
    board: Ears,
    server: u32,
    appliance: u32,
}

async fn start_again(office: &ImaginaryOffice, line: &Line) -> Result<Started> {
    office.start_booking().await?;
    line.lead_to(site(office)?);
    office.switch_on().await?;
    Ok(Started {
        board: board(office).await?,
        server: pid(&office.places.booking_data())?,
        appliance: pid(&office.places.appliance_data())?,
    })
}

async fn measure(line: &Line, mut started: Started, case: Case) -> Result<Run> {
    let ends = [started.server, started.appliance];
    let before = processor(ends)?;
    line.take();
    let plugged = Instant::now();
    line.plug(true);
    started.board.hear_within(PATIENCE, "the line", is_up).await?;
    let converged = Instant::now();
    let (counts, after) = (line.counts(), processor(ends)?);
    let first = counts.first.context("nothing went over the line")?;
    let idle = idle(line).await?;
    Ok(Run {
        seconds: converged.duration_since(first).as_secs_f64(),
        waited: first.duration_since(plugged).as_secs_f64(),
        bytes: counts.bytes(),
        up: counts.up,
        down: counts.down,
        requests: counts.requests,
        processor: [after[0] - before[0], after[1] - before[1]],
        memory: [process::most_memory(ends[0])?, process::most_memory(ends[1])?],
        bytes_idle: idle.bytes() as f64 / idle.requests.max(1) as f64,
        requests_idle: 1.0,
        bookings: 2 * case.count,
        ..Run::default()
    })
}

/// What polls cost that have nothing to tell. The stream of the poke may open among them.
async fn idle(line: &Line) -> Result<Counts> {
    // The stream opens after the first exchange that worked: not counted.
    let seen = line.counts().requests;
    until("the poke to open", PATIENCE, || (line.counts().requests > seen + 2).then_some(())).await?;
    line.take();
    until("polls", PATIENCE, || (line.counts().requests >= IDLE_POLLS).then_some(())).await?;
    Ok(line.counts())
}

async fn compare(office: &ImaginaryOffice, told: &BTreeSet<names::BookingId>, before: u64) -> Result<Found> {
    let [(_, booking), (_, appliance)] = sides(office);
    let (server, appliance) = (open(Side::Booking, &booking)?, open(Side::Box, &appliance)?);
    let found = check::compare([&server, &appliance], told, before).await;
    tokio::task::spawn_blocking(move || drop((server, appliance))).await?;
    found
}

/// The board's ear.
pub(super) async fn board(office: &ImaginaryOffice) -> Result<Ears> {
    let pages = hall::addresses(office)?.pages;
    Ears::open(Http::default(), format!("http://{pages}/tafel/ereignisse")).await
}

/// The board says nothing of a line that is up.
pub(super) fn is_up(view: &Value) -> bool {
    view["offline_since"].is_null()
}

fn site(office: &ImaginaryOffice) -> Result<SocketAddr> {
    let told = ready(&office.places.booking_data())?;
    told["site"].as_str().context("ready.json names no site")?.parse().context("a strange address")
}

fn pid(data: &Path) -> Result<u32> {
    let pid = ready(data)?["pid"].as_u64().context("ready.json names no process")?;
    Ok(u32::try_from(pid)?)
}

fn ready(data: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&std::fs::read(data.join("ready.json"))?)?)
}

fn processor([server, appliance]: [u32; 2]) -> Result<[f64; 2]> {
    Ok([process::processor(server)?, process::processor(appliance)?])
}
