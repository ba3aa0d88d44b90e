//! Held, let go, sold, cancelled: the steps of one booking on its day's sheet.
//!
//! What must always hold: what a sale or a cancellation changed is handed to the caller, who
//! writes it into its fact in the same transaction; holds stay out of the log.

use jiff::{SignedDuration, Timestamp};
use names::BookingId;
use protocol::seats::Done;
use protocol::sheet::{HoldId, Interval, LaneOffer, Outcome, Place, Refused, SheetInput, Span};
use store::rusqlite::Transaction;

use super::holds::{self, HoldRow};
use super::offers::offers;
use super::{moment, room, shelf};
use crate::citizen::Trouble;
use crate::citizen::records::BookingRow;
use crate::core::Office;

/// Minutes after which a cancelled seat is offered again: at random between these, so that
/// nobody can pass an appointment on by cancelling at an agreed moment.
const COOLS_MINUTES: std::ops::RangeInclusive<u32> = 5..=60;

/// Holds the seats of a booking until its `until`. False: they are taken or were never offered.
pub(crate) fn hold(tx: &Transaction<'_>, office: &Office, row: &BookingRow, now: Timestamp) -> Result<bool, Trouble> {
    let from = row.start.to_zoned(office.view.zone.clone());
    let interval = Interval::at(from.time());
    if moment(office, from.date(), interval) != Some(row.start) || row.start < now {
        return Ok(false);
    }
    let hold = HoldRow {
        hold: HoldId(row.id.bits().to_be_bytes()),
        office: row.office.clone(),
        day: row.day,
        booking: Some(row.id),
    };
    let offered = offers(office, row.day);
    let input = || SheetInput::Hold {
        hold: hold.hold,
        offered: offered.clone(),
        services: row.services.clone(),
        from: interval,
        count: Interval::count_for(row.length),
    };
    let mut held = shelf(tx, &row.office, now).seats().step(row.day, input())?;
    if matches!(held, Err(Refused::NoSeat)) && room::make(tx, row, &offered, interval, now)? {
        held = shelf(tx, &row.office, now).seats().step(row.day, input())?;
    }
    match held {
        Ok(_held) => {
            holds::add_hold(tx, &hold, row.until)?;
            Ok(true)
        }
        Err(Refused::NoSeat | Refused::NoSuchDay) => Ok(false),
        Err(Refused::NotActive) => Err(Trouble::Paused(row.office.clone())),
        Err(other) => Err(Trouble::Corrupt(format!("a sheet that does not hold: {other}"))),
    }
}

/// Moves the end of a booking's hold.
pub(crate) fn set_until(tx: &Transaction<'_>, booking: BookingId, until: Timestamp) -> Result<(), Trouble> {
    holds::set_until(tx, booking, until)
}

/// Lets the seats of a booking go, if it holds any.
pub(crate) fn release(tx: &Transaction<'_>, booking: BookingId, now: Timestamp) -> Result<(), Trouble> {
    match holds::hold_of(tx, booking)? {
        Some(hold) => release_hold(tx, &hold, now),
        None => Ok(()),
    }
}

/// Lets a hold go. While nothing can be done on the sheet its row stays, for later.
pub(crate) fn release_hold(tx: &Transaction<'_>, hold: &HoldRow, now: Timestamp) -> Result<(), Trouble> {
    let input = SheetInput::Release { hold: hold.hold };
    match shelf(tx, &hold.office, now).seats().apply(hold.day, input)? {
        Ok(_released) => {}
        Err(Refused::NotActive) => return Ok(()),
        Err(refused) => tracing::warn!(%refused, "a hold without seats is dropped"),
    }
    holds::remove_hold(tx, hold.hold)
}

/// Turns the hold of a booking into a sale: final. Answers the seats, for the fact.
pub(crate) fn sell(tx: &Transaction<'_>, booking: BookingId, now: Timestamp) -> Result<Vec<Span>, Trouble> {
    let hold = holds::hold_of(tx, booking)?.ok_or_else(|| Trouble::Corrupt("a booking without its hold".to_owned()))?;
    let input = SheetInput::Sell { hold: hold.hold, booking };
    let sold = match shelf(tx, &hold.office, now).seats().step(hold.day, input)? {
        Ok(done) => spans(done),
        Err(Refused::NotActive) => return Err(Trouble::Paused(hold.office)),
        Err(refused) => return Err(Trouble::Corrupt(format!("a hold that cannot be sold: {refused}"))),
    };
    holds::remove_hold(tx, hold.hold)?;
    Ok(sold)
}

/// Frees the seats of a cancelled booking: held for a random while, so offered again later.
/// Answers the seats, for the fact; none while nothing can be done on the sheet, then they are
/// freed as soon as the restore is settled.
pub(crate) fn cancel(tx: &Transaction<'_>, row: &BookingRow, now: Timestamp) -> Result<Vec<Span>, Trouble> {
    match shelf(tx, &row.office, now).seats().step(row.day, SheetInput::Cancel { booking: row.id })? {
        Ok(done) => {
            if let Outcome::Cancelled(place) = done.outcome {
                cool_down(tx, row, place, now)?;
            }
            Ok(spans(done))
        }
        Err(Refused::NotActive | Refused::NoSuchDay) => Ok(Vec::new()),
        Err(refused) => Err(Trouble::Corrupt(format!("a booking that cannot be cancelled: {refused}"))),
    }
}

/// Frees the seats of a booking that moves to another day or time; the change is its own fact.
pub(crate) fn leave(
    tx: &Transaction<'_>,
    row: &BookingRow,
    to: jiff::civil::Date,
    now: Timestamp,
) -> Result<(), Trouble> {
    match shelf(tx, &row.office, now).seats().apply(row.day, SheetInput::Cancel { booking: row.id })? {
        Ok(Outcome::Cancelled(place)) if row.day != to => cool_down(tx, row, place, now),
        Ok(_free_for_its_own_new_time) => Ok(()),
        Err(Refused::NotActive) => Err(Trouble::Paused(row.office.clone())),
        Err(refused) => Err(Trouble::Corrupt(format!("a booking that cannot be moved: {refused}"))),
    }
}

fn spans(done: Done) -> Vec<Span> {
    done.change.map(|change| change.spans).unwrap_or_default()
}

/// Keeps a place that just became free from being offered for a random while.
pub(crate) fn cool_down(tx: &Transaction<'_>, row: &BookingRow, place: Place, now: Timestamp) -> Result<(), Trouble> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random)?;
    let [a, b, c, d, id @ ..] = random;
    let minutes =
        COOLS_MINUTES.start() + u32::from_be_bytes([a, b, c, d]) % (COOLS_MINUTES.end() - COOLS_MINUTES.start() + 1);
    let hold = HoldRow { hold: HoldId(id), office: row.office.clone(), day: row.day, booking: None };
    let lane = LaneOffer { lane: place.lane, open: vec![place.from..place.to], services: row.services.clone() };
    let input = SheetInput::Hold {
        hold: hold.hold,
        offered: vec![lane],
        services: row.services.clone(),
        from: place.from,
        count: place.to.number() - place.from.number(),
    };
    match shelf(tx, &row.office, now).seats().apply(row.day, input)? {
        Ok(_held) => holds::add_hold(tx, &hold, now + SignedDuration::from_mins(i64::from(minutes))),
        // Free at once is no harm.
        Err(_refused) => Ok(()),
    }
}
