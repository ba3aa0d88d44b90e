//! After a restore: seats are settled, and the tables are brought in line with the sheets.
//!
//! What must always hold: a booking that was cancelled while nothing could be done on the seats
//! keeps none; no hold stays without its seats, and no form behind it waits in vain.

use jiff::Timestamp;
use names::OfficeId;
pub(crate) use protocol::seats::Ending;
use protocol::seats::{Reopened, Shelf};
use protocol::sheet::{SeatState, SheetInput};
use store::rusqlite::Transaction;

use super::{ME, holds, is_active, mint, share, shelf};
use crate::citizen::records::{self, State};
use crate::citizen::{Trouble, holding};
use crate::core::Office;
use crate::secret::SecretHash;

/// Settles the restore of an office if that can be done now. `last_chance` as in
/// [`protocol::seats::Seats::settle`].
pub(crate) fn settle(
    tx: &Transaction<'_>,
    office: &Office,
    last_chance: bool,
    at: Timestamp,
) -> Result<(Ending, Vec<SecretHash>), Trouble> {
    let id = &office.view.id;
    let ending = shelf(tx, id, at).seats().settle(last_chance)?;
    mint(tx, office, at)?;
    let told = mend(tx, id, at)?;
    if matches!(ending, Ending::Redone | Ending::Burned) {
        share::give_block(tx, office, at)?;
        share::rebalance(tx, office, at)?;
    }
    Ok((ending, told))
}

/// Opens burned seats again, or counts them; nothing while both ends have not come together.
pub(crate) fn reopen(
    tx: &Transaction<'_>,
    office: &OfficeId,
    look_only: bool,
    at: Timestamp,
) -> Result<Option<Reopened>, Trouble> {
    if store::standing::is_apart(tx, office)? {
        return Ok(None);
    }
    Ok(shelf(tx, office, at).seats().reopen(look_only)?.ok())
}

/// Brings the tables in line with the sheets; answers the browsers to tell.
fn mend(tx: &Transaction<'_>, office: &OfficeId, at: Timestamp) -> Result<Vec<SecretHash>, Trouble> {
    if !is_active(tx, office)? {
        return Ok(Vec::new());
    }
    free_cancelled(tx, office, at)?;
    drop_lost_holds(tx, office, at)
}

fn free_cancelled(tx: &Transaction<'_>, office: &OfficeId, at: Timestamp) -> Result<(), Trouble> {
    let mut shelf = shelf(tx, office, at);
    for day in shelf.days()? {
        let Some(sheet) = shelf.sheet(day)? else { continue };
        for span in sheet.spans().iter().filter(|span| span.holder == ME) {
            let SeatState::Sold(booking) = span.state else { continue };
            let off = records::by_id(tx, booking)?.is_some_and(|row| row.state == State::Cancelled);
            if off && let Err(refused) = shelf.seats().apply(day, SheetInput::Cancel { booking })? {
                tracing::warn!(%office, %refused, "the seats of a cancelled booking cannot be freed");
            }
        }
    }
    Ok(())
}

fn drop_lost_holds(tx: &Transaction<'_>, office: &OfficeId, at: Timestamp) -> Result<Vec<SecretHash>, Trouble> {
    let mut told = Vec::new();
    for hold in holds::of_office(tx, office)? {
        let stands = shelf(tx, office, at).sheet(hold.day)?.is_some_and(|sheet| sheet.held(ME, hold.hold).is_some());
        if stands {
            continue;
        }
        holds::remove_hold(tx, hold.hold)?;
        if let Some(booking) = hold.booking {
            told.extend(holding::lapse(tx, booking, at)?);
        }
    }
    Ok(told)
}
