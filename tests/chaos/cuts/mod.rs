//! Cuts at every byte of an exchange, and everything else that happens to lines.
//!
//! ```text
//!   a round:  somebody confirms ─┐                                ┌─► the one who came is at the server
//!                                ├─► exchange ─ HARM ─ mended ────┤
//!             somebody comes   ──┘                                └─► the booking is on the box
//! ```
//!
//! What must always hold: after every single harm both ends know what happened meanwhile, seen on
//! a counter page (who is expected) and on the page behind the QR code (who has come).

mod harms;
mod round;

use std::sync::Arc;

use anyhow::{Context, Result};
use fixture::chaos::{Harm, Way};
use fixture::until;
use futures_util::future::try_join_all;

use self::harms::plan;
use self::round::{EXCHANGE, Rounds};
use crate::seed::{Seed, number};

/// Harms, if `AUFRUF_CUTS` says nothing else; 0 of them are every cut there is, and more.
const CUTS: u64 = 60;
/// Rounds one office can stand: it has places for about 300 appointments a day.
const ROUNDS_OF_AN_OFFICE: usize = 200;
/// Offices at the same time: a round is mostly waiting.
const OFFICES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn after_each_harm_to_an_exchange_both_ends_know_what_happened_meanwhile() -> Result<()> {
    let seed = Seed::of("after_each_harm")?;
    println!("{seed}");
    let wanted = usize::try_from(number("AUFRUF_CUTS")?.unwrap_or(CUTS))?;
    let mut chance = seed.chance();
    let first = Rounds::begin(0).await.with_context(|| seed.to_string())?;
    let (first, size) = first.measure().await.with_context(|| seed.to_string())?;
    let plan = plan(&mut chance, size, wanted);
    let offices = plan.len().div_ceil(ROUNDS_OF_AN_OFFICE).max(OFFICES);
    let parts: Vec<Vec<Harm>> = plan.chunks(plan.len().div_ceil(offices)).map(<[Harm]>::to_vec).collect();
    let mut rounds = vec![first];
    for number in 1..parts.len() {
        rounds.push(Rounds::begin(number).await.with_context(|| seed.to_string())?);
    }
    let all = rounds.into_iter().zip(parts).map(|(rounds, harms)| {
        let going = tokio::spawn(rounds.go_through(harms));
        async { going.await? }
    });
    // The first that fails ends it for all.
    let went: usize = try_join_all(all).await.with_context(|| seed.to_string())?.into_iter().sum();
    assert_eq!(went, plan.len());
    println!("cuts: {}", harms::summary(&plan, size));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_swallows_everything_for_good_is_given_up_and_dialled_again() -> Result<()> {
    let mut rounds = Rounds::begin(0).await?;
    rounds.set_out().await?;
    let town = Arc::clone(rounds.town());
    let outcome = async {
        town.line.lay_out(Harm::Stall { way: Way::There, after: 0 }, EXCHANGE);
        let meanwhile = rounds.happen().await?;
        town.line.struck(0).await;
        // Nobody mends anything: the box has to notice by itself, within two of its own minutes.
        let limit = std::time::Duration::from_secs(120);
        until("the box to be heard again", limit, || rounds.both_know(&meanwhile).then_some(())).await
    };
    let outcome = outcome.await;
    town.explain(outcome)
}
