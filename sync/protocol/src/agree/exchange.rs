//! The normal case: both ends know each other's present life.
//!
//! The order of checks: nonce, protocol, own mode, the writer's life, what it says about us, what
//! it believes that we confirmed, then its entries.

use jiff::Timestamp;
use names::{Incarnation, Side};
use serde_json::Value;

use super::life::{active, due, find, outgoing, present, take};
use super::{Limits, Log};
use crate::entry::Entry;
use crate::exchange::{Batch, Cursor, MAX_DAYS, MAX_NOW_BYTES, PROTOCOL, Refusal, Reply, Request};

/// The box's next request: everything the server has not acknowledged, up to a batch. Changes
/// nothing, so a request that got lost is simply prepared again.
///
/// # Errors
/// [`Refusal::NotEnrolled`]; [`Refusal::Rejoin`] while this store is not active;
/// [`Refusal::TooLarge`] for a *now* past its limit; or the log failed.
pub fn prepare<L: Log>(log: &mut L, now: Option<Value>) -> Result<Request, L::Error> {
    let nonce = due(log)?;
    fits(now.as_ref(), 0)?;
    active(log)?;
    let me = log.me();
    let (mine, acked) = (present(log, me)?, log.acked()?);
    let (batch, more) = outgoing(log, me, (mine, acked), Limits::default())?;
    Ok(Request {
        protocol: PROTOCOL,
        office: log.office().clone(),
        nonce,
        ack: present(log, me.other())?,
        batch,
        more,
        now,
        digest: None,
        digest_from: None,
        days: Default::default(),
    })
}

/// The booking server applies a request whose sender was checked: gives back the new entries, for
/// the caller to apply in the same transaction, and the reply.
///
/// # Errors
/// A [`Refusal`]; or the log failed.
pub fn answer<L: Log>(
    log: &mut L,
    request: &Request,
    time: Timestamp,
    now: Option<Value>,
) -> Result<(Vec<Entry>, Reply), L::Error> {
    let nonce = due(log)?;
    if request.nonce != nonce {
        return Err(Refusal::BadNonce { due: Some(nonce) }.into());
    }
    fits(request.now.as_ref(), request.days.len())?;
    fits(now.as_ref(), 0)?;
    let new = take_in(log, request.protocol, request.ack, &request.batch)?;
    let next_nonce = log.draw_nonce()?;
    log.set_nonce(next_nonce)?;
    let me = log.me();
    let mine = present(log, me)?;
    let (batch, more) = outgoing(log, me, (mine, request.ack.number), Limits::default())?;
    let reply = Reply {
        protocol: PROTOCOL,
        office: log.office().clone(),
        nonce,
        next_nonce,
        time,
        ack: present(log, me.other())?,
        batch,
        more,
        now,
        digest: None,
        digest_from: None,
        days: Default::default(),
    };
    Ok((new, reply))
}

/// The box applies a reply whose sender was checked: gives back the new entries, for the caller to
/// apply in the same transaction.
///
/// # Errors
/// [`Refusal::BadNonce`] for a reply to an older request, and every other [`Refusal`]; or the log
/// failed.
pub fn absorb<L: Log>(log: &mut L, reply: &Reply) -> Result<Vec<Entry>, L::Error> {
    if reply.nonce != due(log)? {
        return Err(Refusal::BadNonce { due: None }.into());
    }
    fits(reply.now.as_ref(), reply.days.len())?;
    let new = take_in(log, reply.protocol, reply.ack, &reply.batch)?;
    log.set_nonce(reply.next_nonce)?;
    Ok(new)
}

/// What both directions have in common.
fn take_in<L: Log>(log: &mut L, protocol: u16, ack: Cursor, batch: &Batch) -> Result<Vec<Entry>, L::Error> {
    if protocol != PROTOCOL {
        return Err(Refusal::Schema { found: protocol }.into());
    }
    active(log)?;
    let (me, from) = (log.me(), log.me().other());
    check_life(log, from, batch.incarnation)?;
    check_ack(log, me, ack)?;
    // The writer begins where we once confirmed to be: if we are not there any more, we lost it.
    let has = present(log, from)?.number;
    if batch.after > has {
        return Err(Refusal::PeerWentBack { side: me, has, had: batch.after }.into());
    }
    let new = take(log, from, batch)?;
    log.set_acked(ack.number)?;
    Ok(new)
}

/// A life that was closed must not go on: then two stores believe to be the same end.
pub(super) fn check_life<L: Log>(log: &mut L, from: Side, life: Incarnation) -> Result<(), L::Error> {
    let known = find(log, from, life)?.ok_or(Refusal::UnknownIncarnation { side: from })?;
    let closed = present(log, from)?.incarnation != life;
    if closed || log.forked()?.contains(&life) {
        return Err(Refusal::Fork { side: from, incarnation: life, number: known.number }.into());
    }
    Ok(())
}

fn check_ack<L: Log>(log: &mut L, me: Side, ack: Cursor) -> Result<(), L::Error> {
    let own = present(log, me)?;
    if ack.incarnation != own.incarnation {
        return Err(Refusal::UnknownIncarnation { side: me }.into());
    }
    if ack.number > own.number {
        return Err(Refusal::PeerWentBack { side: me, has: own.number, had: ack.number }.into());
    }
    let acked = log.acked()?;
    if ack.number < acked {
        return Err(Refusal::PeerWentBack { side: me.other(), has: ack.number, had: acked }.into());
    }
    if log.hash_at(me, own.incarnation, ack.number)? != Some(ack.hash) {
        return Err(Refusal::Fork { side: me, incarnation: own.incarnation, number: ack.number }.into());
    }
    Ok(())
}

fn fits(now: Option<&Value>, days: usize) -> Result<(), Refusal> {
    let len = now.map_or(0, |value| value.to_string().len());
    if len > MAX_NOW_BYTES || days > MAX_DAYS { Err(Refusal::TooLarge) } else { Ok(()) }
}
