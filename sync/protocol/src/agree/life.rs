//! One life: what is here of it, and entries that come for it.

use names::{Incarnation, Side};

use super::{Limits, Log, Mode};
use crate::entry::Entry;
use crate::exchange::{Batch, Cursor, Nonce, Refusal};

/// A life of a side, as far as it is here.
pub(super) fn find<L: Log>(log: &mut L, of: Side, life: Incarnation) -> Result<Option<Cursor>, L::Error> {
    Ok(log.lives(of)?.into_iter().find(|cursor| cursor.incarnation == life))
}

/// The present life of a side that must have been met.
pub(super) fn present<L: Log>(log: &mut L, of: Side) -> Result<Cursor, L::Error> {
    Ok(log.present(of)?.ok_or(Refusal::NotEnrolled)?)
}

/// The nonce that is due, which a message must carry.
pub(super) fn due<L: Log>(log: &mut L) -> Result<Nonce, L::Error> {
    Ok(log.nonce()?.ok_or(Refusal::NotEnrolled)?)
}

/// Only a store that is sure of itself, and of what the other end knows of it, exchanges.
pub(super) fn active<L: Log>(log: &mut L) -> Result<(), L::Error> {
    match log.mode()? {
        Mode::Active if !log.is_apart()? => Ok(()),
        Mode::Active | Mode::Unproven | Mode::Frozen => Err(Refusal::Rejoin.into()),
    }
}

/// What follows a place in a life, packed; and whether more remains after it.
pub(super) fn outgoing<L: Log>(
    log: &mut L,
    of: Side,
    (life, after): (Cursor, u64),
    limits: Limits,
) -> Result<(Batch, bool), L::Error> {
    let hash = log.hash_at(of, life.incarnation, after)?.ok_or(Refusal::Gap { expected: life.number + 1 })?;
    let entries = log.since(of, life.incarnation, after, limits)?;
    let batch = Batch::pack(&Cursor { incarnation: life.incarnation, number: after, hash }, &entries);
    let more = batch.last() < life.number;
    Ok((batch, more))
}

/// Takes a batch into a life that is known here; gives back what was new. What is here already
/// changes nothing.
///
/// # Errors
/// [`Refusal::UnknownIncarnation`], [`Refusal::Gap`], [`Refusal::Fork`], [`Refusal::Schema`],
/// [`Refusal::TooLarge`] or [`Refusal::Malformed`]; or the log failed.
pub fn take<L: Log>(log: &mut L, of: Side, batch: &Batch) -> Result<Vec<Entry>, L::Error> {
    let life = batch.incarnation;
    let head = find(log, of, life)?.ok_or(Refusal::UnknownIncarnation { side: of })?;
    let gap = Refusal::Gap { expected: head.number + 1 };
    if batch.after > head.number {
        return Err(gap.into());
    }
    let before = log.hash_at(of, life, batch.after)?.ok_or(gap)?;
    let mut entries = batch.unpack(log.office(), of, before)?;
    let mut new = entries.split_off(entries.len().min(known(head.number - batch.after)));
    for entry in &entries {
        if log.hash_at(of, life, entry.number)? != Some(entry.hash) {
            return Err(Refusal::Fork { side: of, incarnation: life, number: entry.number }.into());
        }
    }
    new.retain(|entry| entry.number > head.number);
    if !new.is_empty() {
        log.store(of, &new)?;
    }
    Ok(new)
}

/// How many entries of a batch are here already; no batch holds more than memory can.
fn known(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
