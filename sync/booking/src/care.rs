//! Looks after what time does: holds lapse, days are minted, personal data is erased, office
//! files are read again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::citizen::records as bookings;
use crate::citizen::{Trouble, holding};
use crate::core::{Core, Offices};
use crate::offices::Watcher;
use crate::post::outbox;
use crate::{clock, seats};

/// Seconds between two looks: a lapsed seat is offered again, and a changed office file is in
/// force, after this long at most.
const LOOK_SECONDS: u64 = 2;

/// Looks between two rounds of minting and erasing: every ten minutes.
const LOOKS_PER_ROUND: u64 = 300;

/// Looks between two looks at mails that wait too long: every minute.
const LOOKS_PER_ALARM: u64 = 30;

/// Holds that lapse in one transaction.
const LAPSE_AT_ONCE: u32 = 100;

/// Looks after everything until the future is dropped.
pub(crate) async fn run(core: Arc<Core>, mut watcher: Watcher, mut hangup: tokio::sync::mpsc::Receiver<()>) {
    let mut tick = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
    let mut looks: u64 = 0;
    loop {
        let asked = tokio::select! {
            _at = tick.tick() => false,
            Some(()) = hangup.recv() => true,
        };
        let now = clock::now();
        if asked || watcher.changed() {
            tracing::info!("reading the office files again");
            complain("read the office files", watcher.reload(&core, now).await);
        }
        complain("let holds lapse", lapse(&core, now).await);
        if looks.is_multiple_of(LOOKS_PER_ALARM) {
            complain("look for late mails", alarm(&core, now).await.map(drop));
        }
        if looks.is_multiple_of(LOOKS_PER_ROUND) {
            complain("erase what is over", erase(&core, now).await.map(drop));
            // The new day's sheets, and in January the new year's holidays.
            complain("mint days", watcher.reload(&core, now).await);
        }
        looks += 1;
    }
}

fn complain(what: &str, outcome: Result<(), Trouble>) {
    if let Err(error) = outcome {
        tracing::error!(error = %anyhow::Error::from(error), "failed to {what}");
    }
}

/// Lets all holds and links lapse whose time is over.
pub(crate) async fn lapse(core: &Core, now: Timestamp) -> Result<(), Trouble> {
    let step = move |tx: &store::rusqlite::Transaction<'_>| {
        let due = seats::sheets::due(tx, now, LAPSE_AT_ONCE)?;
        let mut told = Vec::new();
        for hold in &due {
            match hold.booking {
                Some(booking) => told.extend(holding::lapse(tx, booking, now)?),
                None => seats::release_hold(tx, hold)?,
            }
        }
        Ok::<_, Trouble>((due.len(), told))
    };
    loop {
        // Most looks find nothing: they do not wait for the disk.
        if core.db.read(move |tx| seats::sheets::due(tx, now, 1)).await?.is_empty() {
            return Ok(());
        }
        let (lapsed, told) = core.db.write(step).await?;
        tracing::debug!(lapsed, "holds lapsed");
        told.into_iter().for_each(|browser| core.changed(browser));
    }
}

/// Raises the alarm, once each, for mails that wait too long; answers how many.
pub(crate) async fn alarm(core: &Core, now: Timestamp) -> Result<usize, Trouble> {
    let overdue = core.db.write(move |tx| outbox::overdue(tx, now)).await?;
    for mail in &overdue {
        tracing::error!(mail, "a mail waits for more than 5 minutes: is the mail server reachable?");
    }
    Ok(overdue.len())
}

/// Erases personal data that may no longer be kept; answers how many rows are gone.
pub(crate) async fn erase(core: &Core, now: Timestamp) -> Result<usize, Trouble> {
    let offices: Offices = core.offices.borrow().clone();
    let erased = core
        .db
        .write(move |tx| {
            let of = |office: &Arc<crate::core::Office>| {
                bookings::erase(tx, now, &office.view.id, seats::day_of(office, now))
            };
            offices.values().map(of).sum::<Result<usize, Trouble>>()
        })
        .await?;
    if erased > 0 {
        tracing::info!(erased, "personal data of past appointments erased");
    }
    Ok(erased)
}
