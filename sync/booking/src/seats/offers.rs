//! What citizens can choose: times at which one lane held here is free for the whole visit.
//!
//! What must always hold: plans choose among the seats, they make none; nothing is offered that
//! may not be sold. A time that only a re-seat would free is not offered: looking for one at every
//! start of every day costs more than it brings (`super::room` tries it for a time that was asked
//! for).

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use protocol::sheet::{Interval, LaneOffer, serving};
use store::rusqlite::Transaction;

use super::{ME, check_active, day_of, earliest, last_day, moment, shelf};
use crate::citizen::{DayFree, Pick, Trouble};
use crate::core::Office;

/// What is offered on a day: each online lane while the doors are open, for its services.
pub(super) fn offers(office: &Office, day: Date) -> Vec<LaneOffer> {
    let hours = office.view.doc.hours_of(day);
    let open: Vec<_> =
        hours.into_iter().map(|(opens, closes)| Interval::not_before(opens)..Interval::at(closes)).collect();
    let lanes = (0..).zip(&office.lanes);
    lanes.map(|(lane, services)| LaneOffer { lane, open: open.clone(), services: services.clone() }).collect()
}

/// The free starts of a day.
pub(crate) fn free_times(
    tx: &Transaction<'_>,
    office: &Office,
    pick: &Pick,
    day: Date,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Trouble> {
    check_active(tx, &office.view.id)?;
    times_of(tx, office, pick, day, now)
}

fn times_of(
    tx: &Transaction<'_>,
    office: &Office,
    pick: &Pick,
    day: Date,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Trouble> {
    if day < day_of(office, now) || day > last_day(office, now) {
        return Ok(Vec::new());
    }
    let offered = serving(&offers(office, day), &pick.services);
    if offered.iter().all(|offer| offer.open.is_empty()) {
        return Ok(Vec::new());
    }
    let Some(sheet) = shelf(tx, &office.view.id, now).seats().open_sheet(day)? else { return Ok(Vec::new()) };
    let starts = sheet.free_starts(ME, &offered, Interval::count_for(pick.length));
    let earliest = earliest(office, now);
    Ok(starts.into_iter().filter_map(|start| moment(office, day, start)).filter(|start| *start >= earliest).collect())
}

/// The days inside the horizon with a free start.
pub(crate) fn free_days(
    tx: &Transaction<'_>,
    office: &Office,
    pick: &Pick,
    now: Timestamp,
) -> Result<Vec<DayFree>, Trouble> {
    check_active(tx, &office.view.id)?;
    let mut days = Vec::new();
    let mut day = day_of(office, now);
    while day <= last_day(office, now) {
        let free = times_of(tx, office, pick, day, now)?.len();
        if free > 0 {
            days.push(DayFree { day, free: u16::try_from(free).unwrap_or(u16::MAX) });
        }
        day = day.saturating_add(1.day());
    }
    Ok(days)
}

/// The first free starts at or after a moment.
pub(crate) fn next_times(
    tx: &Transaction<'_>,
    office: &Office,
    pick: &Pick,
    after: Timestamp,
    count: usize,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Trouble> {
    check_active(tx, &office.view.id)?;
    let mut next = Vec::new();
    let mut day = day_of(office, after.max(now));
    while day <= last_day(office, now) && next.len() < count {
        let times = times_of(tx, office, pick, day, now)?;
        next.extend(times.into_iter().filter(|start| *start >= after));
        day = day.saturating_add(1.day());
    }
    next.truncate(count);
    Ok(next)
}
