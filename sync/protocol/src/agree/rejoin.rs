//! After a restore: both ends tell all lives they know, and whoever has more sends the rest.
//!
//! ```text
//!   box    Rejoin { lives }                 ──► what the box has told and confirmed once: more than
//!          Rejoined { lives, batches }      ◄── is here? then *this* end went back as well
//!          Rejoin { lives, batches }        ──► …
//!          Rejoined { lives, done }         ◄── nothing left to say: the exchange goes on
//! ```
//!
//! What must always hold: no entry is given up; a life's numbers are compared by chain hash before
//! anything is added to it; the life that its owner names last is the present one, and a life that
//! was closed never comes back.

use jiff::Timestamp;
use names::Side;

use super::exchange::check_life;
use super::life::{due, find, outgoing, present, take};
use super::{Limits, Log, Mode};
use crate::entry::Entry;
use crate::exchange::{Cursor, LifeBatch, Lives, MAX_LIVES, PROTOCOL, Refusal, Rejoin, Rejoined};

/// What a round of rejoin brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Own entries that were lost here and came back: the echo.
    pub own: Vec<Entry>,
    /// New entries of the other end.
    pub peer: Vec<Entry>,
    /// Whether both ends know the same now.
    pub done: bool,
}

/// The box's next round; `heard` is what the last answer said, nothing in the first round.
///
/// # Errors
/// [`Refusal::NotEnrolled`]; [`Refusal::Fork`]; or the log failed.
pub fn prepare_rejoin<L: Log>(log: &mut L, heard: Option<&Lives>) -> Result<Rejoin, L::Error> {
    let nonce = due(log)?;
    let batches = match heard {
        Some(lives) => missing(log, lives)?,
        None => Vec::new(),
    };
    let lives = tell(log)?;
    let mode = log.mode()?;
    Ok(Rejoin { protocol: PROTOCOL, office: log.office().clone(), nonce, lives, batches, mode })
}

/// The booking server takes in a round whose sender was checked, and answers it.
///
/// # Errors
/// A [`Refusal`]; or the log failed.
pub fn answer_rejoin<L: Log>(log: &mut L, rejoin: &Rejoin, time: Timestamp) -> Result<(Found, Rejoined), L::Error> {
    let nonce = due(log)?;
    if rejoin.nonce != nonce {
        return Err(Refusal::BadNonce { due: Some(nonce) }.into());
    }
    tell(log)?;
    let mut found = hear(log, rejoin.protocol, &rejoin.lives, &rejoin.batches)?;
    let batches = missing(log, &rejoin.lives)?;
    let lives = tell(log)?;
    found.done = batches.is_empty() && same(&lives, &rejoin.lives);
    if found.done {
        log.set_apart(false)?;
    }
    let next_nonce = log.draw_nonce()?;
    log.set_nonce(next_nonce)?;
    let (office, mode, done) = (log.office().clone(), log.mode()?, found.done);
    Ok((found, Rejoined { protocol: PROTOCOL, office, nonce, next_nonce, time, lives, batches, mode, done }))
}

/// The box takes in an answer whose sender was checked.
///
/// # Errors
/// A [`Refusal`]; or the log failed.
pub fn absorb_rejoin<L: Log>(log: &mut L, rejoined: &Rejoined) -> Result<Found, L::Error> {
    if rejoined.nonce != due(log)? {
        return Err(Refusal::BadNonce { due: None }.into());
    }
    let found = hear(log, rejoined.protocol, &rejoined.lives, &rejoined.batches)?;
    log.set_nonce(rejoined.next_nonce)?;
    if rejoined.done {
        log.set_apart(false)?;
    }
    Ok(Found { done: rejoined.done, ..found })
}

/// What is known here, without the lives whose copies differ. If the present one is among them,
/// there is nothing to tell before a person acted.
fn tell<L: Log>(log: &mut L) -> Result<Lives, L::Error> {
    let me = log.me();
    let forked = log.forked()?;
    let own = present(log, me)?;
    if forked.contains(&own.incarnation) {
        return Err(Refusal::Fork { side: me, incarnation: own.incarnation, number: own.number }.into());
    }
    let sound = |lives: Vec<Cursor>| lives.into_iter().filter(|l| !forked.contains(&l.incarnation)).collect();
    let (mine, yours) = (sound(log.lives(me)?), sound(log.lives(me.other())?));
    Ok(Lives { mine, yours, acked: log.acked()?, forked })
}

/// Both name the same lives, equally far, with the same present ones.
fn same(here: &Lives, there: &Lives) -> bool {
    alike(&here.mine, &there.yours) && alike(&here.yours, &there.mine)
}

fn alike(one: &[Cursor], other: &[Cursor]) -> bool {
    let sorted = |lives: &[Cursor]| {
        let mut lives: Vec<Cursor> = lives.to_vec();
        lives.sort_by_key(|life| life.incarnation);
        lives
    };
    sorted(one) == sorted(other) && one.last() == other.last()
}

fn hear<L: Log>(log: &mut L, protocol: u16, lives: &Lives, batches: &[LifeBatch]) -> Result<Found, L::Error> {
    if protocol != PROTOCOL {
        return Err(Refusal::Schema { found: protocol }.into());
    }
    if lives.mine.len() + lives.yours.len() + lives.forked.len() > MAX_LIVES {
        return Err(Refusal::TooLarge.into());
    }
    let (me, peer) = (log.me(), log.me().other());
    hear_of_forks(log, lives)?;
    went_back(log, lives)?;
    meet_all(log, lives)?;
    for (of, there) in heard(me, lives) {
        compare(log, of, there)?;
    }
    let mut found = Found::default();
    for LifeBatch { of, batch } in batches {
        let new = take(log, *of, batch)?;
        if *of == peer { found.peer.extend(new) } else { found.own.extend(new) }
    }
    let mine = present(log, me)?.incarnation;
    let confirmed = lives.yours.iter().find(|life| life.incarnation == mine).map_or(0, |life| life.number);
    log.set_acked(confirmed)?;
    Ok(found)
}

/// Every life that the other end named, and whose it is.
fn heard(me: Side, lives: &Lives) -> impl Iterator<Item = (Side, &Cursor)> {
    let theirs = lives.mine.iter().map(move |life| (me.other(), life));
    theirs.chain(lives.yours.iter().map(move |life| (me, life)))
}

/// A fork that only the other end has noticed so far freezes this one, too.
fn hear_of_forks<L: Log>(log: &mut L, lives: &Lives) -> Result<(), L::Error> {
    let known = log.forked()?;
    for side in [log.me(), log.me().other()] {
        for life in log.lives(side)? {
            let news = lives.forked.contains(&life.incarnation) && !known.contains(&life.incarnation);
            if news {
                return Err(Refusal::Fork { side, incarnation: life.incarnation, number: life.number }.into());
            }
        }
    }
    Ok(())
}

/// Whether what the other end says of us shows that *we* lost writes without knowing it.
fn went_back<L: Log>(log: &mut L, lives: &Lives) -> Result<(), L::Error> {
    let (me, sure) = (log.me(), log.mode()? == Mode::Active);
    let own = present(log, me)?;
    for told in &lives.yours {
        let here = find(log, me, told.incarnation)?;
        let has = here.map_or(0, |life| life.number);
        let lost = here.is_none() || told.number > has;
        if (lost && (sure || told.incarnation == own.incarnation)) || is_over(&own, lives) {
            return Err(Refusal::PeerWentBack { side: me, has, had: told.number }.into());
        }
    }
    let theirs = lives.mine.last().ok_or(Refusal::Malformed)?;
    let has = find(log, me.other(), theirs.incarnation)?.map_or(0, |life| life.number);
    if sure && lives.acked > has {
        return Err(Refusal::PeerWentBack { side: me, has, had: lives.acked }.into());
    }
    Ok(())
}

/// The other end knows the life that is present here, and another one after it.
fn is_over(own: &Cursor, lives: &Lives) -> bool {
    let known = lives.yours.iter().any(|life| life.incarnation == own.incarnation);
    known && lives.yours.last().is_some_and(|last| last.incarnation != own.incarnation)
}

/// Lives that were never heard of; the one its owner names last is the present one.
fn meet_all<L: Log>(log: &mut L, lives: &Lives) -> Result<(), L::Error> {
    let (me, peer) = (log.me(), log.me().other());
    let last = lives.mine.last().ok_or(Refusal::Malformed)?.incarnation;
    let forked = log.forked()?;
    for (of, life) in heard(me, lives) {
        let present = of == peer && life.incarnation == last;
        if find(log, of, life.incarnation)?.is_none() && !forked.contains(&life.incarnation) {
            log.meet(of, life.incarnation, present)?;
            log.set_apart(true)?;
        }
    }
    // A store that was put together again from its second journal has the lives in the order in
    // which their entries came, which need not be the order in which they were lived.
    let here = log.present(peer)?.map(|life| life.incarnation);
    if log.is_apart()? && here != Some(last) && !forked.contains(&last) {
        log.go_on(peer, last)?;
    }
    check_life(log, peer, last)
}

/// Whoever has more knows whether the other one's part is the beginning of it.
fn compare<L: Log>(log: &mut L, of: Side, there: &Cursor) -> Result<(), L::Error> {
    let hash = log.hash_at(of, there.incarnation, there.number)?;
    if hash.is_some_and(|hash| hash != there.hash) && !log.forked()?.contains(&there.incarnation) {
        return Err(Refusal::Fork { side: of, incarnation: there.incarnation, number: there.number }.into());
    }
    Ok(())
}

/// What the other end lacks: together no more than one batch.
fn missing<L: Log>(log: &mut L, lives: &Lives) -> Result<Vec<LifeBatch>, L::Error> {
    let me = log.me();
    let mut room = Limits::default();
    let mut batches = Vec::new();
    let forked = log.forked()?;
    for of in [me, me.other()] {
        for here in log.lives(of)? {
            let apart = forked.contains(&here.incarnation) || lives.forked.contains(&here.incarnation);
            let after = heard(me, lives).find(|(_, l)| l.incarnation == here.incarnation).map_or(0, |(_, l)| l.number);
            if apart || after >= here.number || room.entries == 0 || room.bytes == 0 {
                continue;
            }
            let (batch, _more) = outgoing(log, of, (here, after), room)?;
            room = less(room, &batch);
            batches.push(LifeBatch { of, batch });
        }
    }
    Ok(batches)
}

fn less(room: Limits, batch: &crate::exchange::Batch) -> Limits {
    let bytes = serde_json::to_vec(batch).map_or(0, |json| json.len());
    Limits { entries: room.entries.saturating_sub(batch.entries.len()), bytes: room.bytes.saturating_sub(bytes) }
}
