//! What the two ends say to each other and do with what they heard, as both programs do it.

use jiff::Timestamp;
use names::Side;
use protocol::agree::{self, Found, Mode, Next};
use protocol::entry::{Entry, SeatFact};
use protocol::exchange::{Lives, Nonce, Refusal, Rejoin, Rejoined, Reply, Request};

use crate::memory::{Refused, Tx};
use crate::node::Node;

/// On its way to the server.
#[derive(Clone, Debug)]
pub(crate) enum Up {
    Exchange(Box<Request>),
    Rejoin(Box<Rejoin>),
}

/// On its way to the box; signed over the nonce it answers.
#[derive(Clone, Debug)]
pub(crate) struct Down {
    to: Nonce,
    said: Said,
}

#[derive(Clone, Debug)]
enum Said {
    Refused(Refusal),
    Reply(Box<Reply>),
    Rejoined(Box<Rejoined>),
}

/// What the box's uplink remembers between two messages; gone with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uplink {
    rejoining: bool,
    heard: Option<Lives>,
    /// A person has to act: never without a copied card.
    pub(crate) stuck: Option<Refusal>,
}

/// The box's next message.
pub(crate) fn dial(node: &mut Node, uplink: &mut Uplink, at: Timestamp) -> Option<Up> {
    if uplink.rejoining || node.db.mode != Mode::Active || node.db.apart {
        let heard = uplink.heard.clone();
        return match node.write(at, |tx| agree::prepare_rejoin(tx, heard.as_ref())) {
            Ok(rejoin) => Some(Up::Rejoin(Box::new(rejoin))),
            Err(Refused(refusal)) => heed(node, uplink, at, &refusal),
        };
    }
    match node.write(at, |tx| agree::prepare(tx, None)) {
        Ok(request) => Some(Up::Exchange(Box::new(request))),
        Err(Refused(refusal)) => heed(node, uplink, at, &refusal),
    }
}

/// The server takes a message in, whole or not at all, and answers.
pub(crate) fn answer(node: &mut Node, up: &Up, at: Timestamp) -> Down {
    let (to, outcome) = match up {
        Up::Exchange(request) => (
            request.nonce,
            node.write(at, |tx| {
                let (new, reply) = agree::answer(tx, request, at, None)?;
                hear(tx, &new)?;
                Ok(Said::Reply(Box::new(reply)))
            }),
        ),
        Up::Rejoin(rejoin) => (
            rejoin.nonce,
            node.write(at, |tx| {
                let (found, rejoined) = agree::answer_rejoin(tx, rejoin, at)?;
                take_found(tx, &found)?;
                Ok(Said::Rejoined(Box::new(rejoined)))
            }),
        ),
    };
    let said = outcome.unwrap_or_else(|Refused(refusal)| {
        let _next = node.heed(at, &refusal);
        Said::Refused(refusal)
    });
    Down { to, said }
}

/// The box takes an answer in.
pub(crate) fn absorb(node: &mut Node, uplink: &mut Uplink, down: &Down, at: Timestamp) {
    // An answer to another request is not even opened.
    if node.db.nonce != Some(down.to) {
        return;
    }
    let refusal = match &down.said {
        Said::Refused(Refusal::BadNonce { due: Some(due) }) => {
            let due = *due;
            let _set = node.write(at, |tx| agree::Log::set_nonce(tx, due));
            return;
        }
        Said::Refused(refusal) => refusal.clone(),
        Said::Reply(reply) => {
            let taken = node.write(at, |tx| {
                let new = agree::absorb(tx, reply)?;
                hear(tx, &new)
            });
            match taken {
                Ok(()) => return,
                Err(Refused(refusal)) => refusal,
            }
        }
        Said::Rejoined(rejoined) => {
            let taken = node.write(at, |tx| {
                let found = agree::absorb_rejoin(tx, rejoined)?;
                take_found(tx, &found)?;
                Ok(found.done)
            });
            match taken {
                Ok(done) => {
                    uplink.rejoining = !done;
                    uplink.heard = (!done).then(|| rejoined.lives.clone());
                    return;
                }
                Err(Refused(refusal)) => refusal,
            }
        }
    };
    heed(node, uplink, at, &refusal);
}

fn heed(node: &mut Node, uplink: &mut Uplink, at: Timestamp, refusal: &Refusal) -> Option<Up> {
    match node.heed(at, refusal) {
        // What was heard before is no longer true.
        Next::Again => uplink.heard = None,
        Next::Rejoin => {
            uplink.rejoining = true;
            uplink.heard = None;
        }
        Next::Person => uplink.stuck = Some(refusal.clone()),
    }
    None
}

/// Everything of a round of rejoin; when nothing more can be found, a restore is settled.
fn take_found(tx: &mut Tx<'_>, found: &Found) -> Result<(), Refused> {
    hear(tx, &found.peer)?;
    if found.done && tx.db.mode == Mode::Unproven {
        let _ending = tx.seats().settle(true)?;
    }
    Ok(())
}

fn hear(tx: &mut Tx<'_>, entries: &[Entry]) -> Result<(), Refused> {
    for entry in entries {
        let Some(Ok(fact)) = SeatFact::read(&entry.draft()) else { continue };
        let fact = tx.as_told(fact)?;
        let _heard = tx.seats().hear(&fact)?;
        if tx.me == Side::Booking && matches!(fact, SeatFact::Settled(_)) {
            // The PINs of the box before are used up.
            let _refused = tx.seats().give_block()?;
        }
    }
    Ok(())
}
