//! Whether the box of an office believes the same of its bookings as our table does.
//!
//! ```text
//!   request.digest ─► in step? ─► bookings ─► Belief ─► equal? ─► reply.digest, and the days if not
//!                                                         └─► Agreement ─► log, status
//! ```
//!
//! What must always hold: looked at only after the request is applied, in the same transaction, and
//! only if both ends then have the same entries; it changes nothing but what is told.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Minutes, Pin, Side};
use protocol::agreement::{Agreement, Belief, Change};
use protocol::digest::Row;
use protocol::exchange::{Reply, Request};
use store::journal;
use store::rusqlite::{self, Transaction, params};

use crate::citizen::Trouble;
use crate::core::{Core, Office};
use crate::seats;

/// What a comparison found.
#[derive(Debug)]
pub(super) struct Compared {
    equal: bool,
    days: Vec<Date>,
}

/// Compares, if the request asks for it and both ends have the same entries; adds what we believe
/// to the reply.
pub(super) fn compare(
    tx: &Transaction<'_>,
    office: &Office,
    request: &Request,
    reply: &mut Reply,
    at: Timestamp,
) -> Result<Option<Compared>, Trouble> {
    let (Some(theirs), Some(from)) = (request.digest, request.digest_from) else { return Ok(None) };
    let today = seats::day_of(office, at);
    if from != today {
        reply.digest_from = Some(today);
        return Ok(None);
    }
    // What the request made us write, the box does not have yet.
    let head = journal::cursor(tx, &office.view.id, Side::Booking)?;
    if !head.is_some_and(|head| request.in_step(&head)) {
        return Ok(None);
    }
    let belief = belief(tx, office, today)?;
    let equal = belief.total() == theirs;
    reply.digest = Some(belief.total());
    if !equal {
        reply.days = belief.against(&request.days);
    }
    Ok(Some(Compared { equal, days: reply.days.keys().copied().collect() }))
}

/// What the table says of all appointments of an office from a day on.
pub(crate) fn belief(tx: &Transaction<'_>, office: &Office, from: Date) -> Result<Belief, Trouble> {
    let mut statement = tx.prepare_cached(
        "SELECT booking, version, day, start, length, pin FROM bookings
         WHERE office = ?1 AND day >= ?2 AND state = 'confirmed'",
    )?;
    let rows = statement.query_map(params![office.view.id.as_str(), from.to_string()], read)?;
    let rows: Vec<Option<Row>> = rows.collect::<Result<_, _>>()?;
    // A row that cannot be read does not count, so that the difference is found and named.
    Ok(Belief::of(from, rows.into_iter().flatten()))
}

/// Nothing for a row that says what no booking can be.
fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<Row>> {
    let booking = BookingId::from_bits(row.get::<_, i64>("booking")?.cast_unsigned());
    let day = row.get::<_, String>("day")?.parse().ok();
    let start = Timestamp::from_second(row.get("start")?).ok();
    let pin = row.get::<_, Option<i64>>("pin")?.and_then(|number| Pin::from_number(u32::try_from(number).ok()?).ok());
    let version = u16::try_from(row.get::<_, i64>("version")?).ok();
    let length = u16::try_from(row.get::<_, i64>("length")?).ok().map(Minutes);
    let (Some(day), Some(start), Some(pin)) = (day, start, pin) else { return Ok(None) };
    let (Some(version), Some(length)) = (version, length) else { return Ok(None) };
    Ok(Some(Row { booking, version, day, start, length, pin, cancelled: false }))
}

/// Remembers what a comparison found, and says so once.
pub(super) fn remember(core: &Core, office: &Office, compared: Compared) {
    let id = &office.view.id;
    let mut change = Change::Nothing;
    core.agreements.send_modify(|agreements| {
        let agreement: &mut Agreement = agreements.entry(id.clone()).or_default();
        change = agreement.compared(compared.equal, compared.days.clone());
    });
    match change {
        Change::Nothing => {}
        Change::Suspected => {
            tracing::info!(office = %id, "the box knows other bookings than we do: compared once more")
        }
        Change::Apart => {
            let days: Vec<String> = compared.days.iter().map(Date::to_string).collect();
            tracing::warn!(office = %id, days = days.join(" "), "the box and this server know different bookings");
        }
        Change::Mended => tracing::info!(office = %id, "the box and this server know the same bookings again"),
    }
}
