//! The figures: an imaginary office under the stop-watch, beside its peers in the same run.
//!
//! ```text
//!   press: desk ─ gate ─ broker ─ queue ─ commit ─ event stream ─► board, and ─► chime
//!   peers: mosquitto's bare QoS 1 round trip, one synced SQLite commit: between the presses
//!   scan:  key events ─ layout ─ token ─ queue ─ commit ─ event stream ─► terminal
//!   line:  a citizen confirms ─ exchange ─► expected on the box
//!   start: a box with a long day behind it, from the process to `ready.json`
//!   commit: a sold seat on the disk, alone, witnessed, copied to a second medium
//!   idle:  processor and memory of an office where nothing happens
//!   backlog: 10,000 bookings on each side without a line, only when asked for by its name
//! ```
//!
//! What must always hold: the programs are the optimised ones, as a town would run them; devices
//! and pages are real clients that talk to the box directly, without the fixture's wires; every
//! figure is one JSON line on standard output, and nothing else is there. What each figure
//! includes stands where it is taken. A figure that cannot be taken ends the run with an error.

mod backlog;
mod card;
mod chime;
mod commits;
mod ears;
mod exchange;
mod figures;
mod hall;
mod idle;
mod machine;
mod peers;
mod presses;
mod start;

use anyhow::Result;
use fixture::Papers;

/// Counters of the busy hall: a press of the same key within five seconds is the same press, so
/// only many counters can be pressed quickly, each by its own device.
const COUNTERS: u8 = 24;
/// People of the busy hall; more than wait in most offices.
const GUESTS: usize = 60;

#[tokio::main]
async fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "backlog") {
        return backlog::measure().await;
    }
    if std::env::args().any(|argument| argument == "exchange") {
        return exchange::measure().await;
    }
    machine::describe().await?;
    commits::measure().await?;
    idle::measure().await?;
    exchange::measure().await?;
    let busy = Papers { counters: COUNTERS, desks: (1..=COUNTERS).collect(), ..hall::papers() };
    let mut hall = hall::Hall::open(busy).await?;
    hall.invite(GUESTS).await?;
    presses::measure(&mut hall).await?;
    start::measure(hall).await?;
    chime::measure().await
}
