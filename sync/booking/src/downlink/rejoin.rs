//! After a restore of either end: what was lost comes back, what is new is applied like in any
//! exchange, in one transaction each round.

use std::sync::Arc;

use jiff::Timestamp;
use protocol::exchange::{Refusal, Rejoined, Sealed};
use store::rejoin::Found;
use store::rusqlite::Transaction;

use super::{NotDone, exchange};
use crate::citizen::Trouble;
use crate::core::{Core, Office};
use crate::secret::SecretHash;
use crate::{rebuild, seats};

/// Answers one round of a box.
pub(super) async fn rejoin(core: &Arc<Core>, sealed: Sealed, at: Timestamp) -> Result<Rejoined, NotDone> {
    let shared = Arc::clone(core);
    let (rejoined, told, office) = core.db.write(move |tx| apply(tx, &shared, &sealed, at)).await?;
    core.heard(&office.view.id, at);
    core.nudge_post();
    core.renew(&office).await?;
    told.into_iter().for_each(|browser| core.changed(browser));
    Ok(rejoined)
}

fn apply(
    tx: &Transaction<'_>,
    core: &Core,
    sealed: &Sealed,
    at: Timestamp,
) -> Result<(Rejoined, Vec<SecretHash>, Arc<Office>), NotDone> {
    let rejoin = store::rejoin::open_request(tx, sealed)?;
    let office = core.office(&rejoin.office).map_err(|_unknown| Refusal::UnknownOffice)?;
    let (found, rejoined) = store::rejoin::answer(tx, &rejoin, at)?;
    let mut told = Vec::new();
    for entry in &found.own {
        rebuild::own(tx, &office, entry, at)?;
    }
    told.extend(exchange::take_in(tx, &office, &found.peer, at)?);
    told.extend(own_found(tx, &office, &found, at)?);
    Ok((rejoined, told, office))
}

/// Own entries that were lost and came back are in the journal; here the seats are settled with
/// them, at the latest when nothing more can be found.
fn own_found(tx: &Transaction<'_>, office: &Office, found: &Found, at: Timestamp) -> Result<Vec<SecretHash>, Trouble> {
    if !found.own.is_empty() || found.done {
        rebuild::called_off(tx, &office.view.id, at)?;
    }
    let (ending, told) = seats::settle(tx, office, found.done, at)?;
    if !found.own.is_empty() || found.done {
        tracing::warn!(office = %office.view.id, own = found.own.len(), ?ending, "the box told what it knew of us");
    }
    Ok(told)
}
