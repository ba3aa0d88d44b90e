//! `kill -9` of either side at random moments while citizens book, and whether what they were
//! told is true at the end.
//!
//! ```text
//!   citizens ─ pages, mails ─► stories ─┐
//!   clerks ─── desk ─────────► stories ─┤
//!                                       ├─► check: every story is true at both ends, once
//!   both ends, after the last kill ─► found
//! ```
//!
//! What must always hold: stated law by law in [`laws`]. Whoever was not answered does not know;
//! either is right then, if all ends agree.

mod citizen;
mod conductor;
mod desk;
mod laws;
mod look;
mod overlap;
mod story;

use std::sync::Arc;

use anyhow::{Context, Result};
use fixture::Papers;
use futures_util::future::join_all;

use self::citizen::Citizen;
use self::conductor::Conductor;
use self::desk::DeskClerk;
use self::laws::{House, check};
use self::story::World;
use crate::seed::{Seed, number};
use crate::town::Town;

/// Kills, if `AUFRUF_KILLS` says nothing else.
const KILLS: u64 = 12;
/// Citizens that book at the same time, if `AUFRUF_CITIZENS` says nothing else.
const CITIZENS: u64 = 50;
/// Clerks that sell at the desk of the box at the same time.
const CLERKS: u64 = 2;
/// Terminals: enough that nobody queues to check in.
pub(crate) const TERMINALS: u8 = 30;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_what_citizens_were_told_is_true_at_both_ends() -> Result<()> {
    let seed = Seed::of("whatever_is_killed")?;
    println!("{seed}");
    let kills = number("AUFRUF_KILLS")?.unwrap_or(KILLS);
    let citizens = number("AUFRUF_CITIZENS")?.unwrap_or(CITIZENS);
    let town = Arc::new(Town::lay(Papers { terminals: TERMINALS, ..Town::papers() }).await?);
    more_lanes(&town)?;
    town.begin().await?;
    // What the box was never told it cannot sell.
    town.line_works(true).await?;
    let outcome = run(&town, &seed, kills, citizens).await;
    let result = town.explain(outcome).with_context(|| seed.to_string())?;
    println!("kills: {result}");
    Ok(())
}

async fn run(town: &Arc<Town>, seed: &Seed, kills: u64, citizens: u64) -> Result<String> {
    let mut chance = seed.chance();
    let world = Arc::new(World::new(Arc::clone(town)));
    let citizens = (0..citizens).map(|n| tokio::spawn(Citizen::new(n, Arc::clone(&world), chance.split()).live()));
    let mut living: Vec<_> = citizens.collect();
    let clerks = (0..CLERKS).map(|n| tokio::spawn(DeskClerk::new(n, Arc::clone(&world), chance.split()).work()));
    living.extend(clerks);
    let conductor = Conductor::new(Arc::clone(&world), chance);
    let crashes = conductor.run(kills).await?;
    world.rest();
    for citizen in join_all(living).await {
        citizen.context("a citizen broke")?.context("a citizen saw what nobody may see")?;
    }
    let stories = world.stories();
    let found = look::at_everything(&world, stories).await?;
    let house = House {
        lanes: lanes(&std::fs::read_to_string(town.office.places.office_file())?),
        server_crashes: crashes.server,
    };
    let (wrong, tally) = check(&found, &house);
    assert!(wrong.is_empty(), "{seed}\n{wrong:#?}\n{}", town.logs());
    assert!(
        crashes.all() >= kills && tally.confirmed as u64 >= kills,
        "kills while nobody books prove nothing: {tally}"
    );
    Ok(format!("{crashes}, {tally}"))
}

/// With twice the seats fewer citizens are sent to later days, and more of them come today.
fn more_lanes(town: &Town) -> Result<()> {
    let file = town.office.places.office_file();
    let office = std::fs::read_to_string(&file)?.replace("lanes_online = 3", "lanes_online = 6");
    std::fs::write(file, office).context("failed to plan more lanes")
}

/// How many appointments there may be at the same time, by the office file.
fn lanes(office: &str) -> usize {
    let of = |line: &str| line.starts_with("lanes_").then(|| line.split('=').nth(1)?.trim().parse::<usize>().ok());
    office.lines().filter_map(|line| of(line).flatten()).sum()
}
