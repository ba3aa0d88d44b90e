//! What people do at either end, as both programs do it: one transaction each.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use names::{BookingId, Language, Minutes, ServiceId};
use protocol::entry::{Booked, Cancelled, SeatFact};
use protocol::sheet::{Interval, LaneOffer, Outcome, Place, SheetInput};

use crate::chance::Chance;
use crate::memory::{Refused, Tx};

/// The lanes that are offered: two of each side, few enough to be in each other's way.
pub const LANES: RangeInclusive<u8> = 0..=3;
pub(crate) const FIRST_DAY: Date = Date::constant(2026, 11, 23);
const DAYS: usize = 2;

pub(crate) fn days() -> impl Iterator<Item = Date> {
    (0..DAYS).map(|n| FIRST_DAY.saturating_add(i32::try_from(n).unwrap_or(0).days()))
}

pub(crate) fn a_day(chance: &mut Chance) -> Date {
    FIRST_DAY.saturating_add(i32::try_from(chance.below(DAYS)).unwrap_or(0).days())
}

pub(crate) fn lying_clock(chance: &mut Chance) -> Timestamp {
    let seconds = i64::try_from(chance.below(2_000_000_000)).unwrap_or(0);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn offered() -> Vec<LaneOffer> {
    let open = vec![Interval::MIDNIGHT..Interval::END];
    LANES.map(|lane| LaneOffer { lane, open: open.clone(), services: vec![ServiceId(1)] }).collect()
}

/// What both programs do: seats, PIN and fact in one transaction.
pub(crate) fn sell(
    tx: &mut Tx<'_>,
    booking: BookingId,
    day: Date,
    from: Interval,
) -> Result<Option<(names::Pin, Place)>, Refused> {
    let services = vec![ServiceId(1)];
    let input = SheetInput::SellNow { booking, offered: offered(), services: services.clone(), from, count: 1 };
    let Ok(done) = tx.seats().step(day, input)? else { return Ok(None) };
    let Outcome::Sold(place) = done.outcome else { return Ok(None) };
    let Ok(Some(pin)) = tx.seats().draw_pin(|_tx, _pin| Ok(false))? else {
        // Without a PIN nothing is sold: the whole transaction is taken back.
        return Err(Refused(protocol::exchange::Refusal::Malformed));
    };
    let booked = Booked {
        booking,
        version: 1,
        pin,
        day,
        start: tx.at,
        length: Minutes(10),
        services,
        persons: 1,
        language: Language::De,
        seats: done.change.map(|change| change.spans).unwrap_or_default(),
    };
    let fact = SeatFact::Booked(booked).draft(tx.at);
    tx.append(fact);
    Ok(Some((pin, place)))
}

/// Anybody may cancel; only the seller frees, at once or once it hears of it.
pub(crate) fn cancel(tx: &mut Tx<'_>, booking: BookingId) -> Result<(), Refused> {
    let me = tx.me;
    let mut cancelled = Cancelled { booking, day: None, seats: Vec::new() };
    for day in days() {
        let sold = tx.db.sheets.get(&day).is_some_and(|sheet| sheet.sold(me, booking).is_some());
        if !sold {
            continue;
        }
        if let Ok(done) = tx.seats().step(day, SheetInput::Cancel { booking })? {
            cancelled.day = Some(day);
            cancelled.seats = done.change.map(|change| change.spans).unwrap_or_default();
        }
    }
    let fact = SeatFact::Cancelled(cancelled).draft(tx.at);
    tx.append(fact);
    Ok(())
}
