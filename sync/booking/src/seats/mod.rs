//! Seats of the booking server: minted whole, offered by the plan, held, sold, shared with the box.
//!
//! ```text
//!   office file ─► offers (lanes × open intervals) ─┐
//!   day sheets (`store::OfficeShelf`) ──────────────┴─► free times ─► hold ─► sell ─► cancel
//!                                                                      └─ release ◄─ deadline proposes
//!   policy ─► share: what the box should hold, given to it every hour
//! ```
//!
//! What must always hold: a sheet changes only by `protocol::seats::Seats`, in the transaction of
//! the fact that says how; a hold has a row here exactly as long as its seats are held; opening
//! hours and closures never mint or destroy a seat; nothing is sold before a restore is settled.

mod after_restore;
pub(crate) mod holds;
mod lost;
mod offers;
pub(crate) mod pins;
mod room;
mod sale;
pub(crate) mod share;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use names::{OfficeId, Side};
use protocol::agree::Mode;
use protocol::seats::Shelf;
use protocol::sheet::{Interval, MintMark};
use store::rusqlite::Transaction;
use store::{OfficeShelf, standing};

pub(crate) use after_restore::{Ending, reopen, settle};
pub(crate) use offers::{free_days, free_times, next_times};
pub(crate) use sale::{cancel, cool_down, hold, leave, release, release_hold, sell, set_until};

use crate::citizen::Trouble;
use crate::core::Office;
use crate::office_file::MAX_LANES_ONLINE;

/// Days ahead that are minted: as far as staff may book (`rules.md`, Booking).
const MINTED_DAYS: i32 = 180;

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

/// The seats of an office, as they lie in the transaction.
fn shelf<'t>(tx: &'t Transaction<'t>, office: &'t OfficeId, at: Timestamp) -> OfficeShelf<'t> {
    OfficeShelf::new(tx, office, ME, at)
}

/// Whether seats of an office may be sold at all: not before a restore is settled.
pub(crate) fn is_active(tx: &Transaction<'_>, office: &OfficeId) -> Result<bool, Trouble> {
    Ok(standing::mode(tx, office)? == Mode::Active)
}

/// Says so if nothing can be sold now.
fn check_active(tx: &Transaction<'_>, office: &OfficeId) -> Result<(), Trouble> {
    if is_active(tx, office)? { Ok(()) } else { Err(Trouble::Paused(office.clone())) }
}

/// Mints what is missing up to the staff's horizon, and so tells the box.
pub(crate) fn mint(tx: &Transaction<'_>, office: &Office, now: Timestamp) -> Result<(), Trouble> {
    let first = day_of(office, now);
    let last = first.saturating_add(MINTED_DAYS.days());
    let mut shelf = shelf(tx, &office.view.id, now);
    let wanted = usize::try_from(MINTED_DAYS + 1).unwrap_or(usize::MAX);
    let complete = shelf.days()?.into_iter().filter(|day| (first..=last).contains(day)).count() >= wanted;
    if !complete || shelf.mint_mark()? == MintMark::Lost {
        shelf.seats().mint_through(first, last, MAX_LANES_ONLINE)?;
    }
    Ok(())
}

/// The moment of an interval; nothing for a time that a day does not have.
fn moment(office: &Office, day: Date, interval: Interval) -> Option<Timestamp> {
    let zoned = day.to_datetime(interval.time()?).to_zoned(office.view.zone.clone()).ok()?;
    // A time that the clocks skip would move: nobody is booked there.
    (Some(zoned.time()) == interval.time()).then(|| zoned.timestamp())
}
