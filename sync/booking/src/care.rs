//! Looks after what time does: holds lapse, days are minted, personal data is erased, office
//! files are read again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use names::OfficeId;

use crate::citizen::records as bookings;
use crate::citizen::{Trouble, holding};
use crate::core::{Core, Offices};
use crate::offices::Watcher;
use crate::post::outbox;
use crate::{clock, recovery, seats};

/// Seconds between two looks: a lapsed seat is offered again, and a changed office file is in
/// force, after this long at most.
const LOOK_SECONDS: u64 = 2;

/// Looks between two rounds of minting and erasing: every ten minutes.
const LOOKS_PER_ROUND: u64 = 300;

/// Looks between two looks at mails that wait too long: every minute.
const LOOKS_PER_ALARM: u64 = 30;

/// Looks between two backups: every 15 minutes.
const LOOKS_PER_BACKUP: u64 = 450;

/// Backups that are kept: two days of quarter hours; the store removes what is older than 14 days.
const BACKUPS_KEPT: usize = 192;

/// Looks of a day: so often the second journal is written anew, without what was erased.
const LOOKS_PER_DAY: u64 = 24 * 60 * 60 / LOOK_SECONDS;

/// Holds that lapse in one transaction.
const LAPSE_AT_ONCE: u32 = 100;

/// Looks after everything until the future is dropped.
pub(crate) async fn run(
    core: Arc<Core>,
    mut watcher: Watcher,
    backups: Option<PathBuf>,
    mut hangup: tokio::sync::mpsc::Receiver<()>,
) {
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
            complain("share seats with the boxes", share(&core, now).await.map(drop));
            // The new day's sheets, and in January the new year's holidays.
            complain("mint days", watcher.reload(&core, now).await);
        }
        if looks.is_multiple_of(LOOKS_PER_BACKUP)
            && let Some(folder) = &backups
        {
            back_up(&core, folder, now).await;
        }
        if looks % LOOKS_PER_DAY == LOOKS_PER_DAY - 1 {
            complain("write the second journal anew", core.db.rewrite_second().await.map_err(Trouble::from));
        }
        looks += 1;
    }
}

async fn back_up(core: &Core, folder: &Path, now: Timestamp) {
    match store::backup::round(&core.db, folder, now, BACKUPS_KEPT).await {
        Ok(round) => tracing::debug!(file = %round.made.display(), removed = round.removed.len(), "backup made"),
        Err(error) => tracing::error!(%error, folder = %folder.display(), "failed to make a backup"),
    }
}

fn complain(what: &str, outcome: Result<(), Trouble>) {
    if let Err(error) = outcome {
        tracing::error!(error = %anyhow::Error::from(error), "failed to {what}");
    }
}

/// Lets all holds and links lapse whose time is over.
pub(crate) async fn lapse(core: &Core, now: Timestamp) -> Result<(), Trouble> {
    // Most looks find nothing: they do not wait for the disk.
    if !core.db.read(move |tx| seats::holds::any_due(tx, now)).await? {
        return Ok(());
    }
    let offices: Vec<OfficeId> = core.offices.borrow().keys().cloned().collect();
    for office in offices {
        lapse_at(core, office, now).await?;
    }
    Ok(())
}

async fn lapse_at(core: &Core, office: OfficeId, now: Timestamp) -> Result<(), Trouble> {
    let step = move |tx: &store::rusqlite::Transaction<'_>| {
        // Nothing can be let go before a restore is settled; then it is gone anyway.
        if !seats::is_active(tx, &office)? {
            return Ok((0, Vec::new()));
        }
        let due = seats::holds::due(tx, &office, now, LAPSE_AT_ONCE)?;
        let mut told = Vec::new();
        for hold in &due {
            match hold.booking {
                Some(booking) => told.extend(holding::lapse(tx, booking, now)?),
                None => seats::release_hold(tx, hold, now)?,
            }
        }
        Ok::<_, Trouble>((due.len(), told))
    };
    loop {
        let (lapsed, told) = core.db.write(step.clone()).await?;
        if lapsed == 0 {
            return Ok(());
        }
        tracing::debug!(lapsed, "holds lapsed");
        told.into_iter().for_each(|browser| core.changed(browser));
    }
}

/// Gives every box what it lacks of its reserve, seats and PINs; answers how many seats.
pub(crate) async fn share(core: &Core, now: Timestamp) -> Result<u32, Trouble> {
    let offices: Offices = core.offices.borrow().clone();
    let mut given = 0;
    for office in offices.values() {
        let shared = Arc::clone(office);
        let seats = core
            .db
            .write(move |tx| {
                seats::share::give_block(tx, &shared, now)?;
                seats::share::rebalance(tx, &shared, now)
            })
            .await?;
        if seats > 0 {
            core.nudge_box(&office.view.id);
        }
        given += u32::from(seats);
    }
    Ok(given)
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
                let (id, today) = (&office.view.id, seats::day_of(office, now));
                Ok(bookings::erase(tx, now, id, today)? + recovery::erase(tx, id, today, now)?)
            };
            offices.values().map(of).sum::<Result<usize, Trouble>>()
        })
        .await?;
    if erased > 0 {
        tracing::info!(erased, "personal data of past appointments erased");
    }
    Ok(erased)
}
