//! Makes room for a time somebody asked for, by moving one booking to another lane at its time.

use jiff::Timestamp;
use names::{BookingId, ServiceId};
use protocol::seats::policy;
use protocol::sheet::{Interval, LaneOffer, SheetInput};
use store::rusqlite::Transaction;

use super::{ME, shelf};
use crate::citizen::Trouble;
use crate::citizen::records::{self, BookingRow};

/// Moves one booking so that the wanted time becomes free, if that is possible; answers whether it
/// was done.
pub(super) fn make(
    tx: &Transaction<'_>,
    row: &BookingRow,
    offered: &[LaneOffer],
    from: Interval,
    now: Timestamp,
) -> Result<bool, Trouble> {
    let mut shelf = shelf(tx, &row.office, now);
    let Some(sheet) = shelf.seats().open_sheet(row.day)? else { return Ok(false) };
    let wish = policy::Wish { services: &row.services, from, count: Interval::count_for(row.length) };
    for (booking, lane) in policy::moves_that_make_room(&sheet, ME, offered, &wish) {
        let Some(services) = services_of(tx, booking)? else { continue };
        let input = SheetInput::Reseat { booking, lane, offered: offered.to_vec(), services };
        if shelf.seats().apply(row.day, input)?.is_ok() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn services_of(tx: &Transaction<'_>, booking: BookingId) -> Result<Option<Vec<ServiceId>>, Trouble> {
    Ok(records::by_id(tx, booking)?.map(|row| row.services))
}
