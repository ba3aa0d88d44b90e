//! One drill: harm, start, look, line back, look, sell on, count.

use anyhow::{Context, Result};
use fixture::ImaginaryOffice;
use fixture::programs::Kind;

use super::ground::{self, BACKUPS, PARTS, at, command};
use super::look;
use super::morning::{self, Snapshot};
use super::table::{Drill, Line, Medium, Outcome, Seen, Start, State};

pub(super) async fn play(drill: Drill, expected: &Outcome, from: &Snapshot) -> Result<Outcome> {
    let office = arrive(from).await?;
    harm(&office, drill).await?;
    office.unplug(drill.line == Line::Offline);
    office.start_booking().await?;
    // The keys of the line are gone with a disk: whoever starts anew meets the other one by a code.
    if drill.start == Start::Fresh {
        ground::write_box_papers(&office).await?;
    }
    office.switch_on().await?;
    let at_once = look::until_seen(&office, expected.at_once).await?;
    office.unplug(false);
    let in_the_end = look::until_seen(&office, expected.in_the_end).await?;
    let mut pins = from.pins.clone();
    sell_on(&office, in_the_end, &mut pins).await?;
    count(&office, drill, from, &pins).await.map(|counted| Outcome { at_once, in_the_end, ..counted })
}

/// An office with the data of the morning.
pub(super) async fn arrive(from: &Snapshot) -> Result<ImaginaryOffice> {
    let office = ground::furnish(&from.recovery.0).await?;
    for part in PARTS {
        ground::copy(&from.folder.path().join(part), &at(&office, part))?;
    }
    for backup in BACKUPS {
        std::fs::copy(from.folder.path().join(backup), at(&office, backup))?;
    }
    ground::write_old_papers(&office, &from.hash)?;
    Ok(office)
}

async fn harm(office: &ImaginaryOffice, drill: Drill) -> Result<()> {
    let ends = [
        (drill.server(), Kind::Booking, "booking", "second"),
        (drill.appliance(), Kind::Appliance, "appliance", "stick"),
    ];
    for ((lost, kind, data, medium), backup) in ends.into_iter().zip(BACKUPS) {
        if !lost {
            continue;
        }
        if drill.medium == Medium::Missing {
            ground::take_away(&at(office, medium))?;
        }
        match drill.start {
            Start::Fresh => ground::empty(&at(office, data))?,
            Start::Old => {
                command(office, kind, &["restore", "--from", &at(office, backup).to_string_lossy()], "").await?;
            }
        }
    }
    Ok(())
}

/// Another booking at each end that sells: where a seat could be sold twice, it is now.
pub(super) async fn sell_on(office: &ImaginaryOffice, seen: Seen, pins: &mut Vec<u32>) -> Result<()> {
    if seen.online == State::Sells {
        pins.push(morning::online(office, "gero").await.context("one more online")?);
    }
    if seen.desk == State::Sells {
        pins.push(morning::desk(office, "hanna").await.context("one more at the desk")?);
    }
    Ok(())
}

/// Stops both, brings contacts back from the recovery copies if the server was lost, and counts.
pub(super) async fn count(office: &ImaginaryOffice, drill: Drill, from: &Snapshot, pins: &[u32]) -> Result<Outcome> {
    let sold_on = &pins[from.pins.len()..];
    for by in [Kind::Booking, Kind::Appliance] {
        look::heard(office, by, sold_on, 0).await?;
    }
    office.close().await?;
    if drill.server() {
        command(office, Kind::Booking, &["recover-contacts"], &from.recovery.1).await?;
    }
    let (known, twice) = look::known(office)?;
    let reachable = look::reachable(office)?;
    let (all, morning) = (from.pins.len(), from.pins.iter());
    let seen = Seen { online: State::Sells, desk: State::Sells };
    Ok(Outcome {
        at_once: seen,
        in_the_end: seen,
        bookings: (morning.clone().filter(|pin| known.contains(pin)).count(), all),
        contacts: (morning.filter(|pin| reachable.contains(pin)).count(), all),
        twice,
    })
}
