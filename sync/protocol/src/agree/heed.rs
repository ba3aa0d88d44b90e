//! What a store does about itself when it gave or heard a refusal, and when a code lets a box in.
//!
//! A refusal rolls its transaction back. What it means for the store that gave or heard it is
//! heeded in a transaction of its own.

use names::Incarnation;

use super::life::{find, present};
use super::{Log, Mode};
use crate::exchange::Refusal;

/// What to do after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The same again.
    Again,
    /// Rounds of rejoin, then the same again.
    Rejoin,
    /// Nothing helps until a person acts.
    Person,
}

/// Does what a refusal asks of this store, whether it gave or heard it. Only for refusals between
/// ends that know each other: after the signature was checked.
///
/// # Errors
/// The log failed.
pub fn heed<L: Log>(log: &mut L, refusal: &Refusal) -> Result<Next, L::Error> {
    match refusal {
        Refusal::PeerWentBack { side, .. } => {
            if *side == log.me() {
                start_again(log)?;
            }
            Ok(Next::Rejoin)
        }
        Refusal::Fork { incarnation, .. } => {
            log.mark_forked(*incarnation)?;
            log.set_mode(Mode::Frozen)?;
            Ok(Next::Person)
        }
        // The server closed the life that this box wanted to enrol with.
        Refusal::UnknownIncarnation { side } if *side == log.me() && log.nonce()?.is_none() => {
            log.begin()?;
            Ok(Next::Again)
        }
        Refusal::UnknownIncarnation { .. } | Refusal::Rejoin => Ok(Next::Rejoin),
        Refusal::BadNonce { .. } | Refusal::Gap { .. } | Refusal::Malformed => Ok(Next::Again),
        Refusal::UnknownOffice
        | Refusal::NotEnrolled
        | Refusal::AlreadyEnrolled
        | Refusal::Replaced
        | Refusal::Schema { .. }
        | Refusal::BadSignature
        | Refusal::TooLarge => Ok(Next::Person),
    }
}

/// This store was rolled back: what it writes from now on belongs to a new life.
fn start_again<L: Log>(log: &mut L) -> Result<(), L::Error> {
    let frozen = log.mode()? == Mode::Frozen;
    log.doubt()?;
    log.begin()?;
    log.set_apart(true)?;
    if frozen { log.set_mode(Mode::Frozen) } else { Ok(()) }
}

/// The booking server lets a box in whose code was good: its life is the office's present one, and
/// what was frozen thaws. Answers whether the box has to learn of other lives first.
///
/// # Errors
/// [`Refusal::UnknownIncarnation`] for a life that was given up before; or the log failed.
pub fn enrol<L: Log>(log: &mut L, life: Incarnation) -> Result<bool, L::Error> {
    let (me, box_side) = (log.me(), log.me().other());
    match (find(log, box_side, life)?, log.present(box_side)?) {
        (None, _) => log.meet(box_side, life, true)?,
        (Some(_), Some(known)) if known.incarnation == life && !log.forked()?.contains(&life) => {}
        (Some(_closed), _) => return Err(Refusal::UnknownIncarnation { side: box_side }.into()),
    }
    if log.mode()? == Mode::Frozen {
        let own = present(log, me)?.incarnation;
        if log.forked()?.contains(&own) {
            log.doubt()?;
            log.begin()?;
        } else {
            log.set_mode(Mode::Active)?;
        }
    }
    let past = log.lives(box_side)?.len() > 1 || log.lives(me)?.len() > 1;
    log.set_apart(past)?;
    Ok(past)
}

/// The box was let in: the life it asked with is its present one (the caller began it). `rejoin`
/// says whether the office has a past. A box without one of its own takes the place of another:
/// what that one sold has to come back first. Answers whether this box has a past that both ends
/// have to come together on; the caller notes what its seats are as of.
///
/// # Errors
/// The log failed.
pub fn enrolled<L: Log>(
    log: &mut L,
    server: Incarnation,
    rejoin: bool,
    forked: &[Incarnation],
) -> Result<bool, L::Error> {
    let server_side = log.me().other();
    // What a box wrote before it ever met a server tells nothing of seats: it has no past yet.
    let met = !log.lives(server_side)?.is_empty();
    if find(log, server_side, server)?.is_none() {
        log.meet(server_side, server, true)?;
    }
    for life in forked {
        log.mark_forked(*life)?;
    }
    let me = log.me();
    let written = log.lives(me)?.iter().any(|life| life.number > 0);
    let past = written && met;
    // A server that lost everything may find what it wrote here, though this box never wrote a word.
    let told = log.lives(server_side)?.iter().any(|life| life.number > 0);
    log.set_apart(rejoin || written || told)?;
    match log.mode()? {
        Mode::Frozen => log.doubt()?,
        Mode::Active if rejoin && !past => log.doubt()?,
        Mode::Active | Mode::Unproven => {}
    }
    Ok(past && log.mode()? == Mode::Active)
}
