//! One exchange: the box's entries are applied with the cursor in one transaction.

use std::sync::Arc;

use jiff::Timestamp;
use protocol::entry::{Entry, FromBox, SeatFact};
use protocol::exchange::{Refusal, Reply, Sealed};
use serde_json::Value;
use store::rusqlite::Transaction;

use super::agreement::{self, Compared};
use super::{NotDone, desk, hall};
use crate::citizen::Trouble;
use crate::core::{Core, Office};
use crate::secret::SecretHash;
use crate::status;

/// What one exchange left to tell after its commit.
struct Applied {
    reply: Reply,
    office: Arc<Office>,
    now: Option<Value>,
    told: Vec<SecretHash>,
    /// Something came that may have queued a mail, and nothing more is on its way that the mails
    /// would hold up.
    new: bool,
    compared: Option<Compared>,
}

/// Answers a box.
pub(crate) async fn exchange(core: &Arc<Core>, sealed: Sealed, at: Timestamp) -> Result<Reply, NotDone> {
    let shared = Arc::clone(core);
    let applied = core.db.write(move |tx| apply(tx, &shared, &sealed, at)).await?;
    let id = applied.office.view.id.clone();
    core.heard(&id, at);
    if applied.new {
        core.nudge_post();
    }
    if let Some(document) = applied.now {
        core.nows.send_modify(|nows| {
            nows.insert(id, (at, document));
        });
    }
    if let Some(compared) = applied.compared {
        agreement::remember(core, &applied.office, compared);
    }
    applied.told.into_iter().for_each(|browser| core.changed(browser));
    Ok(applied.reply)
}

fn apply(tx: &Transaction<'_>, core: &Core, sealed: &Sealed, at: Timestamp) -> Result<Applied, NotDone> {
    let request = store::exchange::open_request(tx, sealed)?;
    let office = core.office(&request.office).map_err(|_unknown| Refusal::UnknownOffice)?;
    let (new, mut reply) = store::exchange::answer(tx, &request, at, None)?;
    let told = take_in(tx, &office, &new, at)?;
    let compared = agreement::compare(tx, &office, &request, &mut reply, at)?;
    Ok(Applied { reply, office, now: request.now, told, new: !new.is_empty() && !request.more, compared })
}

/// Applies new entries of the box in their order; answers the browsers to tell.
pub(crate) fn take_in(
    tx: &Transaction<'_>,
    office: &Office,
    entries: &[Entry],
    at: Timestamp,
) -> Result<Vec<SecretHash>, Trouble> {
    let mut contacts = desk::open_contacts(tx, office, entries)?;
    let mut told = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        match contacts.remove(&place) {
            Some(opened) => desk::contact(tx, office, entry, opened, at)?,
            None => told.extend(one(tx, office, entry, at)?),
        }
    }
    Ok(told)
}

/// Applies one new entry that is no contact for us; answers the browser to tell.
fn one(tx: &Transaction<'_>, office: &Office, entry: &Entry, at: Timestamp) -> Result<Option<SecretHash>, Trouble> {
    if entry.is_erased() {
        return Ok(None);
    }
    if let Some(Ok(fact)) = SeatFact::of(entry) {
        desk::seats_of(tx, office, &fact, at)?;
    }
    match FromBox::of(entry) {
        Some(Ok(FromBox::Key(key))) => {
            status::add_key(tx, &office.view.id, &key)?;
            Ok(None)
        }
        Some(Ok(FromBox::Booked(booked))) => desk::booked(tx, office, &booked).map(|()| None),
        Some(Ok(FromBox::Cancelled(cancelled))) => desk::cancelled(tx, office, &cancelled, at),
        Some(Err(bad)) => {
            tracing::warn!(office = %office.view.id, number = entry.number, %bad, "an entry is kept, not understood");
            Ok(None)
        }
        None => hall::apply(tx, office, entry, at),
    }
}
