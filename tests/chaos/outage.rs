//! Days and days without a line, on real programs and in compressed time.
//!
//! ```text
//!   sky ─► the clock of both programs (libfaketime) jumps from morning to night to morning
//!   box:            opens, gives numbers, admits by token, calls, serves, closes; every day
//!   booking server: sells on; every day
//!   then the line is back ─► both ends know everything
//! ```
//!
//! What must always hold: both programs live in the same time, and it never goes back; while it
//! jumps nobody waits for an answer.

mod days;
mod sky;

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context, Result};
use fixture::{Papers, clock};
use jiff::Span;
use jiff::tz::TimeZone;

use self::days::{COUNTERS, Days};
use self::sky::Sky;
use crate::seed::number;
use crate::town::Town;

/// Days without a line, if `AUFRUF_DAYS` says nothing else.
const DAYS: u64 = 2;
/// People book some days ahead, up to the last day and beyond.
const MARGIN: i64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn an_office_works_for_days_without_a_line_and_then_both_ends_know_everything() -> Result<()> {
    let days = i64::try_from(number("AUFRUF_DAYS")?.unwrap_or(DAYS))?;
    let sky = Sky::new()?;
    let papers = Papers { counters: COUNTERS, environment: sky.environment()?, ..Town::papers() };
    let town = Arc::new(Town::lay(papers).await?);
    open_on_every_day(&town, days + MARGIN)?;
    town.begin().await?;
    let outcome = Days::new(&town, sky).and_then_all(days).await;
    let result = town.explain(outcome).with_context(|| format!("AUFRUF_DAYS={days}"))?;
    println!("outage: {result}");
    Ok(())
}

/// Holidays would be days on which nothing happens: here, the office is open on them. The papers
/// see to the next two days.
fn open_on_every_day(town: &Town, days: i64) -> Result<()> {
    let file = town.office.places.office_file();
    let mut text = std::fs::read_to_string(&file)?;
    let today = clock::now().to_zoned(TimeZone::get(&town.office.papers.zone)?).date();
    for number in 3..=days {
        let day = today.checked_add(Span::new().days(number))?;
        writeln!(text, "[[exception]]\nday = \"{day}\"\nhours = [[\"00:00:00\", \"23:59:00\"]]\nreason = \"offen\"\n")?;
    }
    std::fs::write(file, text).context("failed to open the office on holidays")
}
