//! One exchange: the box's entries are applied with the cursor in one transaction.

use std::sync::Arc;

use jiff::Timestamp;
use names::OfficeId;
use protocol::entry::{Entry, FromBox};
use protocol::exchange::{Refusal, Reply, Sealed};
use serde_json::Value;
use store::rusqlite::Transaction;

use super::{NotDone, hall};
use crate::citizen::Trouble;
use crate::core::{Core, Office};
use crate::secret::SecretHash;
use crate::status;

/// What one exchange left to tell after its commit.
struct Applied {
    reply: Reply,
    office: OfficeId,
    now: Option<Value>,
    told: Vec<SecretHash>,
}

/// Answers a box.
pub(super) async fn exchange(core: &Arc<Core>, sealed: Sealed, at: Timestamp) -> Result<Reply, NotDone> {
    let shared = Arc::clone(core);
    let applied = core.db.write(move |tx| apply(tx, &shared, &sealed, at)).await?;
    if let Some(document) = applied.now {
        core.nows.send_modify(|nows| {
            nows.insert(applied.office, (at, document));
        });
    }
    applied.told.into_iter().for_each(|browser| core.changed(browser));
    Ok(applied.reply)
}

fn apply(tx: &Transaction<'_>, core: &Core, sealed: &Sealed, at: Timestamp) -> Result<Applied, NotDone> {
    let request = store::exchange::open_request(tx, sealed)?;
    let office = core.office(&request.office).map_err(|_unknown| Refusal::UnknownOffice)?;
    let (new, reply) = store::exchange::answer(tx, &request, at, None)?;
    let mut told = Vec::new();
    for entry in &new {
        told.extend(one(tx, &office, entry)?);
    }
    Ok(Applied { reply, office: request.office, now: request.now, told })
}

/// Applies one new entry of the box; answers the browser to tell.
pub(super) fn one(tx: &Transaction<'_>, office: &Office, entry: &Entry) -> Result<Option<SecretHash>, Trouble> {
    match FromBox::read(&entry.draft()) {
        Some(Ok(FromBox::Key(key))) => {
            status::add_key(tx, &office.view.id, &key)?;
            Ok(None)
        }
        // In the journal, for the seats and bookings to read.
        Some(Ok(FromBox::Booked(_) | FromBox::Cancelled(_))) => Ok(None),
        Some(Err(bad)) => {
            tracing::warn!(office = %office.view.id, number = entry.number, %bad, "an entry is kept, not understood");
            Ok(None)
        }
        None => hall::apply(tx, office, entry),
    }
}
