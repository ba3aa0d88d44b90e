//! Shares seats and PINs with the box: what it should hold is given to it, so that the desk can
//! sell without a line.
//!
//! What must always hold: only what the policy names is given, to the enrolled box, and only while
//! seats may be sold here at all; a give that is refused costs nothing. What a restore burned at the
//! box does not count as held there (`lost`).

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use names::{OfficeId, Side};
use protocol::seats::{Shelf, policy};
use protocol::sheet::{Interval, LaneOffer, SeatRange};
use store::journal;
use store::rusqlite::{Transaction, params};

use super::lost::Lost;
use super::offers::offers;
use super::{day_of, earliest, is_active, shelf};
use crate::citizen::Trouble;
use crate::core::Office;
use crate::office_file::MAX_LANES_ONLINE;

/// Days ahead that are looked at: beyond them the office has no reserve (`policy::Reserve`).
const SHARED_DAYS: i32 = 14;

/// Gives the box what it lacks of its reserve and what is too soon for citizens; answers how many
/// seats.
pub(crate) fn rebalance(tx: &Transaction<'_>, office: &Office, now: Timestamp) -> Result<u16, Trouble> {
    let id = &office.view.id;
    if office.rules.reserve_percent == 0 && office.rules.reserve_percent_48h == 0 || !is_ready(tx, id, now)? {
        return Ok(0);
    }
    let today = day_of(office, now);
    let lost = Lost::since(tx, id, today)?;
    let mut given = pass(tx, office, now)?;
    for ahead in 0..=SHARED_DAYS {
        given += top_up(tx, office, &lost, ahead, now)?;
    }
    if given > 0 {
        tracing::debug!(office = %id, given, "seats given to the box");
    }
    Ok(given)
}

/// Whether there is a box to give to, and seats may be given.
fn is_ready(tx: &Transaction<'_>, office: &OfficeId, now: Timestamp) -> Result<bool, Trouble> {
    Ok(is_active(tx, office)? && shelf(tx, office, now).theirs()?.is_some())
}

/// Seats of today that are too soon to be booked online.
fn pass(tx: &Transaction<'_>, office: &Office, now: Timestamp) -> Result<u16, Trouble> {
    let today = day_of(office, now);
    let over = now.to_zoned(office.view.zone.clone()).time();
    let part = Interval::at(over)..first_bookable(office, today, now);
    let offered = policy::within(&offers(office, today), &part);
    give(tx, office, today, now, |sheet| policy::passing(sheet, &share(office, &offered, &[], 0)))
}

fn top_up(tx: &Transaction<'_>, office: &Office, lost: &Lost, ahead: i32, now: Timestamp) -> Result<u16, Trouble> {
    let day = day_of(office, now).saturating_add(ahead.days());
    let offered = policy::within(&offers(office, day), &(first_bookable(office, day, now)..Interval::END));
    let percent = office.rules.reserve().on(ahead);
    give(tx, office, day, now, |sheet| policy::to_give(sheet, &share(office, &offered, &lost.of(sheet), percent)))
}

fn share<'a>(office: &Office, offered: &'a [LaneOffer], lost: &'a [SeatRange], percent: u8) -> policy::Share<'a> {
    let longest = office.view.services.iter().filter(|s| s.bookable).map(|s| Interval::count_for(s.minutes)).max();
    policy::Share {
        offered,
        first_desk: MAX_LANES_ONLINE,
        desk_lanes: office.rules.lanes_box,
        lost,
        percent,
        longest: longest.unwrap_or(1),
    }
}

/// The first line of a day that can still be booked online.
fn first_bookable(office: &Office, day: Date, now: Timestamp) -> Interval {
    let earliest = earliest(office, now).to_zoned(office.view.zone.clone());
    match earliest.date() {
        first if day < first => Interval::END,
        first if day > first => Interval::MIDNIGHT,
        _the_day_itself => Interval::not_before(earliest.time()),
    }
}

fn give(
    tx: &Transaction<'_>,
    office: &Office,
    day: Date,
    now: Timestamp,
    which: impl FnOnce(&protocol::sheet::DaySheet) -> Vec<SeatRange>,
) -> Result<u16, Trouble> {
    let mut shelf = shelf(tx, &office.view.id, now);
    let Some(sheet) = shelf.seats().open_sheet(day)? else { return Ok(0) };
    let seats = which(&sheet);
    if seats.is_empty() {
        return Ok(0);
    }
    match shelf.seats().give(day, seats)? {
        Ok(count) => Ok(count),
        Err(refused) => {
            tracing::warn!(office = %office.view.id, %day, %refused, "seats were not given to the box");
            Ok(0)
        }
    }
}

/// The box has settled a restore: what it cannot sell any more is made up for at once.
pub(crate) fn again(tx: &Transaction<'_>, office: &Office, now: Timestamp) -> Result<(), Trouble> {
    give_block(tx, office, now)?;
    rebalance(tx, office, now).map(drop)
}

/// Gives the box a block of PINs when the ones it has may be more than half used up: the first one
/// at enrolment, so that it can book at the desk without a line.
pub(crate) fn give_block(tx: &Transaction<'_>, office: &Office, now: Timestamp) -> Result<(), Trouble> {
    let id = &office.view.id;
    if !is_ready(tx, id, now)? {
        return Ok(());
    }
    let (given, booked) = counts(tx, id)?;
    if !policy::needs_block(given, booked) {
        return Ok(());
    }
    if let Err(refused) = shelf(tx, id, now).seats().give_block()? {
        tracing::warn!(office = %id, %refused, "no block of PINs was given to the box");
    }
    Ok(())
}

/// Blocks given to the box's present life, and bookings it made in that life.
fn counts(tx: &Transaction<'_>, office: &OfficeId) -> Result<(u32, u32), Trouble> {
    let Some(theirs) = journal::cursor(tx, office, Side::Box)? else { return Ok((0, 0)) };
    let life = theirs.incarnation.to_string();
    let given = tx
        .prepare_cached(
            "SELECT count(*) FROM journal JOIN journal_content USING (position) WHERE office = ?1
             AND origin = 'booking' AND kind = 'pin-block' AND json_extract(body, '$.incarnation') = ?2",
        )?
        .query_row(params![office.as_str(), life], |row| row.get(0))?;
    let booked = tx
        .prepare_cached(
            "SELECT count(*) FROM journal WHERE office = ?1 AND origin = 'box' AND kind = 'booked' AND incarnation = ?2",
        )?
        .query_row(params![office.as_str(), life], |row| row.get(0))?;
    Ok((given, booked))
}
