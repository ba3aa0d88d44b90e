//! The power is cut again and again in the middle of a morning.
//!
//! ```text
//!   power on ─► ready ─► every number that was shown is still there ─► more people ─► SIGKILL ─┐
//!      ▲                                                                                      │
//!      └──────────────────────── the same disk, as it was left ───────────────────────────────┘
//! ```
//!
//! What SIGKILL of QEMU loses: everything the guest had not yet written, and what QEMU had not
//! yet written of its disk's own tables. What it does not lose is the cache of a real card.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fixture::Chance;
use fixture::desk::Gesture;

use super::Orders;
use crate::hall::{Hall, PATIENCE};
use crate::machine::Parts;
use crate::rig::{self, Rig};

/// The longest a morning goes on before the cut.
const MORNING: u64 = 12_000;

/// What was told to somebody and must never be lost.
#[derive(Debug, Default)]
struct Told {
    /// Numbers shown at the terminal.
    numbers: Vec<String>,
    /// Codes called, as acknowledged to the desk device.
    called: Vec<String>,
}

/// Cuts the power as often as ordered.
pub(crate) async fn cuts(rig: &mut Rig, orders: &Orders) -> Result<String> {
    rig.town.as_remembered().await?;
    let parts = rig.copy_of_disk("power-cuts").await?;
    let place = rig.place("power-cuts");
    let mut chance = Chance::new(orders.seed);
    let (mut told, mut boots) = (Told::default(), Vec::new());
    let mut hall = first_morning(&parts, &place).await?;
    for cut in 1..=orders.cuts {
        let until_cut = Duration::from_millis(chance.below(MORNING));
        // Whatever was not acknowledged when the time is over is nobody's promise.
        drop(tokio::time::timeout(until_cut, morning(&hall, &mut told)).await);
        hall.machine.cut().await?;
        let (again, ready) = rig.power_on(&parts, &place).await.with_context(|| format!("after cut {cut}"))?;
        boots.push(ready);
        sound(&again, &told).await.with_context(|| format!("after cut {cut}"))?;
        hall = again;
    }
    hall.machine.photograph(0, "after-the-last").await?;
    hall.machine.off().await?;
    boots.sort_by(f64::total_cmp);
    let (middle, worst) = (boots[boots.len() / 2], boots[boots.len() - 1]);
    Ok(format!(
        "{} cuts, {} numbers and {} calls acknowledged, none lost; power to ready: \
         median {middle:.1} s, longest {worst:.1} s (emulated)",
        orders.cuts,
        told.numbers.len(),
        told.called.len(),
    ))
}

/// The first machine begins at the snapshot, with its disk's own copy.
async fn first_morning(parts: &Parts, place: &std::path::Path) -> Result<Hall> {
    Hall::enter(rig::load(parts, place).await?).await
}

/// People pull numbers, every third time the desk calls; what was acknowledged is noted.
async fn morning(hall: &Hall, told: &mut Told) -> Result<()> {
    loop {
        for _person in 0..2 {
            told.numbers.push(hall.pull_number().await?);
        }
        let ack = hall.desk.press(Gesture::Short).await?;
        told.called.extend(ack.code);
    }
}

/// Everything told is still true. The journal's own check (`integrity_check`) is not asked for here.
async fn sound(hall: &Hall, told: &Told) -> Result<()> {
    // The counters were opened in the morning of the snapshot and are still.
    let (_expected, waiting) = hall.counts().await?;
    let must = told.numbers.len().saturating_sub(told.called.len() + 1) as u64;
    ensure!(waiting >= must, "{waiting} wait, at least {must} were told a number and not called");
    if let Some(last) = told.called.last() {
        hall.desk
            .wait_for(PATIENCE, |shown| shown.code.as_ref() == Some(last))
            .await
            .with_context(|| format!("{last} was called and is forgotten"))?;
    }
    Ok(())
}
