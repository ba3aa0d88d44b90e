//! Restore drills on the real programs: {server, box, both} × {fresh, old backup} × {connected,
//! offline} × {medium there, missing, cloned}. What comes out stands in `docs/restore-drills.md`; these
//! stories read that table and play every row of it, so that it stays true.
//!
//! ```text
//!   morning (once per line) ─► snapshot ─┬─► harm ─► start ─► look ─► line back ─► look ─► sell ─► count
//!                                        ├─► harm ─► …
//! ```
//!
//! What must always hold in every row: no seat is sold twice; where a medium survived, no confirmed
//! booking is lost.

mod cell;
mod clones;
mod ground;
mod look;
mod morning;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use morning::Snapshot;
use table::{Drill, Line, Medium, Outcome, Row};

/// Drills that run at the same time: each has two programs, and a machine has few cores.
const AT_ONCE: usize = 6;

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/restore-drills.md")
}

fn rows() -> Result<Vec<Row>> {
    table::read(&std::fs::read_to_string(docs()).context("failed to read the table of the drills")?)
}

#[test]
fn the_table_of_the_drills_has_every_row_once_and_a_reason_where_there_is_no_outcome() -> Result<()> {
    let rows = rows()?;
    let mut found: Vec<Drill> = rows.iter().map(|row| row.drill).collect();
    found.sort_unstable();
    ensure!(found == Drill::all(), "the rows are not every drill once: {found:?}");
    for row in rows {
        if let Ok(outcome) = &row.outcome {
            ensure!(outcome.twice == 0, "{:?}: a seat is sold twice", row.drill);
            let lost = outcome.bookings.0 < outcome.bookings.1;
            ensure!(!lost || row.drill.medium == Medium::Missing, "{:?}: a booking is lost", row.drill);
        }
        ensure!(row.outcome.is_ok() || row.outcome.is_err_and(|why| why.len() > 20), "{:?}: why not?", row.drill);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_restore_ends_as_the_table_of_the_drills_says() -> Result<()> {
    let (connected, offline) = tokio::try_join!(morning::play(Line::Connected), morning::play(Line::Offline))?;
    let snapshots = Arc::new(BTreeMap::from([(Line::Connected, connected), (Line::Offline, offline)]));
    let (mut playing, turns) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
    for row in rows()? {
        let Ok(expected) = row.outcome else { continue };
        let (snapshots, turns) = (Arc::clone(&snapshots), Arc::clone(&turns));
        playing.spawn(async move {
            let _turn = turns.acquire().await?;
            let played = play(row.drill, &expected, &snapshots[&row.drill.line]).await;
            Ok::<_, anyhow::Error>((row.drill, expected, played))
        });
    }
    let mut wrong = Vec::new();
    while let Some(done) = playing.join_next().await {
        let (drill, expected, played) = done.context("a drill broke")??;
        match played {
            Ok(outcome) if outcome == expected => {}
            Ok(outcome) => wrong.push(format!("| {drill} | {outcome} |")),
            Err(error) => wrong.push(format!("| {drill} | {error:#} |")),
        }
    }
    wrong.sort();
    ensure!(wrong.is_empty(), "these rows came out otherwise:\n{}", wrong.join("\n"));
    Ok(())
}

async fn play(drill: Drill, expected: &Outcome, from: &Snapshot) -> Result<Outcome> {
    match drill.medium {
        Medium::There | Medium::Missing => cell::play(drill, expected, from).await,
        Medium::Cloned => clones::play(drill, expected, from).await,
    }
}
