//! The box starts with a long day behind it: power off, power on, until it is ready.
//!
//! Included: the process, SQLite's recovery, the replay of every entry, all doors. Not included:
//! the broker and the desk devices, which come back after that by themselves.
//! The journal is a real one: the calls of the presses before, filled up with presses that were
//! repeated, which a box also writes down.

use std::fs;

use anyhow::{Context, Result};
use fixture::{Clerk, ImaginaryOffice, clock};
use jiff::Timestamp;
use serde_json::json;

use crate::figures::figure;
use crate::hall::{Hall, addresses};

/// Entries the journal has at least.
const ENTRIES: usize = 10_000;

/// Fills the journal, starts the box on it.
pub(crate) async fn measure(hall: Hall) -> Result<()> {
    loop {
        let took = restart(&hall.office).await?;
        let entries = replayed(&hall.office)?;
        if entries >= ENTRIES {
            figure("start_long_day", took, "ms", &json!({"entries": entries}))?;
            return hall.office.close().await;
        }
        let clerk = Clerk::sign_in(&format!("http://{}", addresses(&hall.office)?.pages)).await?;
        for _press in entries..ENTRIES {
            clerk.act(1, "open").await?;
        }
    }
}

/// Pulls the power and puts it back; milliseconds from the start of the process until the box
/// says it is ready.
pub(crate) async fn restart(office: &ImaginaryOffice) -> Result<f64> {
    office.power_off().await?;
    let started = clock::now();
    office.switch_on().await?;
    let said = fs::metadata(office.places.appliance_data().join("ready.json"))?.modified()?;
    Ok(Timestamp::try_from(said)?.duration_since(started).as_secs_f64() * 1000.0)
}

/// How many entries the box read at its last start, by its own word.
fn replayed(office: &ImaginaryOffice) -> Result<usize> {
    let [_booking, appliance] = office.logs();
    let log = fs::read_to_string(appliance)?;
    let told = log.lines().rev().find(|line| line.contains("the journal is replayed"));
    let number = told.and_then(|line| line.split_once("entries=")).map(|(_, number)| number.trim());
    number.context("the box does not tell how much it replayed")?.parse().context("not a number of entries")
}
