//! Seats of the booking server: minted whole, offered by the plan, held, sold.
//!
//! ```text
//!   office file ─► offers (lanes × open intervals) ─┐
//!   day sheets (on disk) ───────────────────────────┴─► free times ─► hold ─► sell
//!                                                                      └─ release ◄─ deadline proposes
//! ```
//!
//! What must always hold: a sheet changes only by `DaySheet::step` and is written in the same
//! transaction; a hold has a row here exactly as long as its seats are held; opening hours and
//! closures never mint or destroy a seat.

pub(crate) mod sheets;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use names::{BookingId, Minutes, Side};
use protocol::entry::{FromBooking, Minted};
use protocol::sheet::{DaySheet, HoldId, Interval, LaneOffer, Outcome, Place, Refused, SheetInput};
use store::rusqlite::Transaction;

use crate::citizen::records::BookingRow;
use crate::citizen::{DayFree, Trouble};
use crate::core::Office;
use crate::office_file::MAX_LANES_ONLINE;
use sheets::HoldRow;

/// Days ahead that are minted: as far as staff may book (`rules.md`, Booking).
const MINTED_DAYS: i32 = 180;

/// Minutes after which a cancelled seat is offered again: at random between these, so that
/// nobody can pass an appointment on by cancelling at an agreed moment.
const COOLS_MINUTES: std::ops::RangeInclusive<u32> = 5..=60;

const ME: Side = Side::Booking;

/// The civil day of a moment at the office.
pub(crate) fn day_of(office: &Office, at: Timestamp) -> Date {
    at.to_zoned(office.view.zone.clone()).date()
}

/// The first start that may be booked.
pub(crate) fn earliest(office: &Office, now: Timestamp) -> Timestamp {
    now + SignedDuration::from_mins(i64::from(office.rules.lead_minutes))
}

/// The last day that may be booked.
pub(crate) fn last_day(office: &Office, now: Timestamp) -> Date {
    day_of(office, now).saturating_add(i32::from(office.rules.horizon_days).days())
}

/// Mints what is missing up to the staff's horizon, and tells the box.
pub(crate) fn mint(tx: &Transaction<'_>, office: &Office, now: Timestamp) -> Result<(), Trouble> {
    let id = &office.view.id;
    let today = day_of(office, now);
    let first = match sheets::minted(tx, id)? {
        Some(last) if last >= today => last.saturating_add(1.day()),
        Some(_) | None => today,
    };
    let mut facts = Vec::new();
    let mut day = first;
    while day <= today.saturating_add(MINTED_DAYS.days()) {
        sheets::put_sheet(tx, id, &DaySheet::mint(day, MAX_LANES_ONLINE))?;
        facts.push(FromBooking::Minted(Minted { day, booking_lanes: MAX_LANES_ONLINE }).draft(now));
        day = day.saturating_add(1.day());
    }
    store::journal::append(tx, id, ME, &facts)?;
    Ok(())
}

/// What is offered on a day: each online lane while the doors are open, for all services.
fn offers(office: &Office, day: Date) -> Vec<LaneOffer> {
    let hours = office.view.doc.hours_of(day);
    let open: Vec<_> =
        hours.into_iter().map(|(opens, closes)| Interval::not_before(opens)..Interval::at(closes)).collect();
    let services: Vec<_> = office.view.doc.service_ids().into_iter().collect();
    let offer = |lane| LaneOffer { lane, open: open.clone(), services: services.clone() };
    (0..office.rules.lanes_online).map(offer).collect()
}

/// The moment of an interval; nothing for a time that a day does not have.
fn moment(office: &Office, day: Date, interval: Interval) -> Option<Timestamp> {
    let zoned = day.to_datetime(interval.time()?).to_zoned(office.view.zone.clone()).ok()?;
    // A time that the clocks skip would move: nobody is booked there.
    (Some(zoned.time()) == interval.time()).then(|| zoned.timestamp())
}

/// The free starts of a day.
pub(crate) fn free_times(
    tx: &Transaction<'_>,
    office: &Office,
    length: Minutes,
    day: Date,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Trouble> {
    if day < day_of(office, now) || day > last_day(office, now) {
        return Ok(Vec::new());
    }
    let offered = offers(office, day);
    if offered.iter().all(|offer| offer.open.is_empty()) {
        return Ok(Vec::new());
    }
    let Some(sheet) = sheets::sheet(tx, &office.view.id, day)? else { return Ok(Vec::new()) };
    let starts = sheet.free_starts(ME, &offered, Interval::count_for(length));
    let earliest = earliest(office, now);
    Ok(starts.into_iter().filter_map(|start| moment(office, day, start)).filter(|start| *start >= earliest).collect())
}

/// The days inside the horizon with a free start.
pub(crate) fn free_days(
    tx: &Transaction<'_>,
    office: &Office,
    length: Minutes,
    now: Timestamp,
) -> Result<Vec<DayFree>, Trouble> {
    let mut days = Vec::new();
    let mut day = day_of(office, now);
    while day <= last_day(office, now) {
        let free = free_times(tx, office, length, day, now)?.len();
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
    length: Minutes,
    after: Timestamp,
    count: usize,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Trouble> {
    let mut next = Vec::new();
    let mut day = day_of(office, after.max(now));
    while day <= last_day(office, now) && next.len() < count {
        let times = free_times(tx, office, length, day, now)?;
        next.extend(times.into_iter().filter(|start| *start >= after));
        day = day.saturating_add(1.day());
    }
    next.truncate(count);
    Ok(next)
}

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
    let input = SheetInput::Hold {
        hold: hold.hold,
        offered: offers(office, row.day),
        services: row.services.clone(),
        from: interval,
        count: Interval::count_for(row.length),
    };
    match step(tx, &row.office, row.day, input)? {
        Ok(_held) => {
            sheets::add_hold(tx, &hold, row.until)?;
            Ok(true)
        }
        Err(Refused::NoSeat) => Ok(false),
        Err(other) => Err(Trouble::Corrupt(format!("a sheet that does not hold: {other}"))),
    }
}

/// Moves the end of a booking's hold.
pub(crate) fn set_until(tx: &Transaction<'_>, booking: BookingId, until: Timestamp) -> Result<(), Trouble> {
    sheets::set_until(tx, booking, until)
}

/// Lets the seats of a booking go, if it holds any.
pub(crate) fn release(tx: &Transaction<'_>, booking: BookingId) -> Result<(), Trouble> {
    match sheets::hold_of(tx, booking)? {
        Some(hold) => release_hold(tx, &hold),
        None => Ok(()),
    }
}

/// Lets a hold go.
pub(crate) fn release_hold(tx: &Transaction<'_>, hold: &HoldRow) -> Result<(), Trouble> {
    match step(tx, &hold.office, hold.day, SheetInput::Release { hold: hold.hold })? {
        Ok(_released) => {}
        Err(refused) => tracing::warn!(%refused, "a hold without seats is dropped"),
    }
    sheets::remove_hold(tx, hold.hold)
}

/// Turns the hold of a booking into a sale: final.
pub(crate) fn sell(tx: &Transaction<'_>, booking: BookingId) -> Result<(), Trouble> {
    let hold =
        sheets::hold_of(tx, booking)?.ok_or_else(|| Trouble::Corrupt("a booking without its hold".to_owned()))?;
    let sold = step(tx, &hold.office, hold.day, SheetInput::Sell { hold: hold.hold, booking })?;
    sold.map_err(|refused| Trouble::Corrupt(format!("a hold that cannot be sold: {refused}")))?;
    sheets::remove_hold(tx, hold.hold)
}

/// Frees the seats of a cancelled booking: held for a random while, so offered again later.
pub(crate) fn cancel(tx: &Transaction<'_>, office: &Office, row: &BookingRow, now: Timestamp) -> Result<(), Trouble> {
    let outcome = step(tx, &row.office, row.day, SheetInput::Cancel { booking: row.id })?;
    match outcome {
        Ok(Outcome::Cancelled(place)) => cool(tx, office, row, place, now),
        // Not sold here (any more): nothing to free.
        Ok(_unchanged) => Ok(()),
        Err(refused) => Err(Trouble::Corrupt(format!("a booking that cannot be cancelled: {refused}"))),
    }
}

fn cool(tx: &Transaction<'_>, office: &Office, row: &BookingRow, place: Place, now: Timestamp) -> Result<(), Trouble> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random)?;
    let [a, b, c, d, id @ ..] = random;
    let minutes =
        COOLS_MINUTES.start() + u32::from_be_bytes([a, b, c, d]) % (COOLS_MINUTES.end() - COOLS_MINUTES.start() + 1);
    let hold = HoldRow { hold: HoldId(id), office: office.view.id.clone(), day: row.day, booking: None };
    let lane = LaneOffer { lane: place.lane, open: vec![place.from..place.to], services: row.services.clone() };
    let input = SheetInput::Hold {
        hold: hold.hold,
        offered: vec![lane],
        services: row.services.clone(),
        from: place.from,
        count: place.to.number() - place.from.number(),
    };
    match step(tx, &row.office, row.day, input)? {
        Ok(_held) => sheets::add_hold(tx, &hold, now + SignedDuration::from_mins(i64::from(minutes))),
        // Free at once is no harm.
        Err(_refused) => Ok(()),
    }
}

/// One step on the sheet of a day, loaded, done and written back.
fn step(
    tx: &Transaction<'_>,
    office: &names::OfficeId,
    day: Date,
    input: SheetInput,
) -> Result<Result<Outcome, Refused>, Trouble> {
    let Some(mut sheet) = sheets::sheet(tx, office, day)? else { return Ok(Err(Refused::NoSeat)) };
    let outcome = sheet.step(ME, input);
    if outcome.is_ok() {
        sheets::put_sheet(tx, office, &sheet)?;
    }
    Ok(outcome)
}
