//! The line between two real stores: messages as they travel, lost and heard again at random.

use jiff::Timestamp;
use names::Side;
use protocol::agree::{Mode, Next};
use protocol::entry::{Entry, SeatFact};
use protocol::exchange::{Answer, EnrolAnswer, Lives, Refusal, RejoinAnswer, Sealed, seal};
use simulation::Chance;
use store::rusqlite::Transaction;
use store::{ExchangeError, OfficeShelf, exchange, keys, rejoin, standing};

use crate::end::{End, office};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

/// What the box's uplink remembers between two messages.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    rejoining: bool,
    heard: Option<Lives>,
    /// Messages of the box that somebody recorded.
    recorded: Vec<(bool, Sealed)>,
    pub(crate) stuck: Option<Refusal>,
}

/// A person types a code.
pub(crate) fn enrol(server: &End, appliance: &End, code: u64) {
    let asked = appliance.step(move |tx| exchange::ask(tx, &office(), &code.to_string()));
    let (heard, nonce) = (asked.sealed.clone(), asked.sealed.nonce);
    let outcome = server.try_step(move |tx| exchange::enrol(tx, &exchange::open_enrol(&heard)?));
    let answer = match outcome {
        Ok(reply) => EnrolAnswer::Enrolled(Box::new(reply)),
        Err(error) => EnrolAnswer::Refused(refusal(error)),
    };
    let sealed = server.step(move |tx| Ok(seal(&keys::signer(tx, &office())?, nonce, &answer)?));
    appliance.step(move |tx| exchange::enrolled(tx, &asked.request, &sealed));
}

fn refusal(error: ExchangeError) -> Refusal {
    match error {
        ExchangeError::Refused(refusal) => refusal,
        ExchangeError::Store(error) => panic!("the store failed: {error}"),
    }
}

impl Wire {
    /// One message there and back; chance decides what gets lost and what is heard again.
    pub(crate) fn dial(&mut self, server: &End, appliance: &End, chance: &mut Chance, works: bool) {
        let Some((is_rejoin, sealed)) = self.message(appliance) else { return };
        if !works && chance.one_in(6) {
            return;
        }
        if !works && chance.one_in(5) && !self.recorded.is_empty() {
            let (old_rejoin, old) = self.recorded[chance.below(self.recorded.len())].clone();
            let _unheard = answer(server, old_rejoin, &old);
        }
        self.recorded.push((is_rejoin, sealed.clone()));
        let reply = answer(server, is_rejoin, &sealed);
        if works || !chance.one_in(6) {
            self.absorb(appliance, is_rejoin, reply);
        }
    }

    fn message(&mut self, appliance: &End) -> Option<(bool, Sealed)> {
        let active = appliance.step(|tx| Ok(standing::mode(tx, &office())? == Mode::Active));
        let is_rejoin = self.rejoining || !active;
        let heard = self.heard.clone();
        let sealed = appliance.try_step(move |tx| {
            let signer = keys::signer(tx, &office())?;
            Ok(if is_rejoin {
                let message = rejoin::prepare(tx, &office(), heard.as_ref())?;
                seal(&signer, message.nonce, &message)?
            } else {
                let message = exchange::prepare(tx, &office(), None)?;
                seal(&signer, message.nonce, &message)?
            })
        });
        match sealed {
            Ok(sealed) => Some((is_rejoin, sealed)),
            Err(error) => {
                self.heed(appliance, &refusal(error));
                None
            }
        }
    }

    fn absorb(&mut self, appliance: &End, is_rejoin: bool, reply: Sealed) {
        let outcome = if is_rejoin {
            let taken = appliance.try_step(move |tx| match rejoin::open_answer(tx, &office(), &reply)? {
                RejoinAnswer::Refused(refusal) => Ok(Err(refusal)),
                RejoinAnswer::Rejoined(rejoined) => {
                    let found = rejoin::absorb(tx, &rejoined)?;
                    hear(tx, Side::Box, &found.peer)?;
                    OfficeShelf::new(tx, &office(), Side::Box, AT).seats().settle(found.done)?;
                    Ok(Ok((rejoined.lives.clone(), found.done)))
                }
            });
            taken.map_err(refusal).and_then(|told| told).map(|(lives, done)| {
                self.rejoining = !done;
                self.heard = (!done).then_some(lives);
            })
        } else {
            let taken = appliance.try_step(move |tx| match exchange::open_answer(tx, &office(), &reply)? {
                Answer::Refused(refusal) => Ok(Err(refusal)),
                Answer::Reply(reply) => {
                    let new = exchange::absorb(tx, &reply)?;
                    Ok(Ok(hear(tx, Side::Box, &new)?))
                }
            });
            taken.map_err(refusal).and_then(|told| told)
        };
        if let Err(refusal) = outcome {
            self.heed(appliance, &refusal);
        }
    }

    fn heed(&mut self, appliance: &End, refusal: &Refusal) {
        let heard = refusal.clone();
        match appliance.step(move |tx| Ok(rejoin::heed(tx, &office(), Side::Box, &heard)?)) {
            // What was heard before is no longer true.
            Next::Again => self.heard = None,
            Next::Rejoin => (self.rejoining, self.heard) = (true, None),
            Next::Person => self.stuck = Some(refusal.clone()),
        }
    }

    /// The process ended: what it had on its mind is gone.
    pub(crate) fn forget(&mut self) {
        (self.rejoining, self.heard) = (false, None);
    }
}

fn answer(server: &End, is_rejoin: bool, sealed: &Sealed) -> Sealed {
    let (heard, nonce) = (sealed.clone(), sealed.nonce);
    let outcome = server.try_step(move |tx| {
        let signer = keys::signer(tx, &office())?;
        Ok(if is_rejoin {
            let message = rejoin::open_request(tx, &heard)?;
            let (found, rejoined) = rejoin::answer(tx, &message, AT)?;
            hear(tx, Side::Booking, &found.peer)?;
            OfficeShelf::new(tx, &office(), Side::Booking, AT).seats().settle(found.done)?;
            seal(&signer, nonce, &RejoinAnswer::Rejoined(Box::new(rejoined)))?
        } else {
            let message = exchange::open_request(tx, &heard)?;
            let (new, reply) = exchange::answer(tx, &message, AT, None)?;
            hear(tx, Side::Booking, &new)?;
            seal(&signer, nonce, &Answer::Reply(Box::new(reply)))?
        })
    });
    outcome.unwrap_or_else(|error| {
        let refusal = refusal(error);
        let heeded = refusal.clone();
        // Somebody without the key is refused, and nothing else happens.
        if !matches!(refusal, Refusal::BadSignature) {
            server.step(move |tx| Ok(rejoin::heed(tx, &office(), Side::Booking, &heeded)?));
        }
        server.step(move |tx| Ok(seal(&keys::signer(tx, &office())?, nonce, &refusal)?))
    })
}

fn hear(tx: &Transaction<'_>, me: Side, entries: &[Entry]) -> Result<(), ExchangeError> {
    for entry in entries {
        if let Some(Ok(fact)) = SeatFact::read(&entry.draft()) {
            OfficeShelf::new(tx, &office(), me, AT).seats().hear(&fact)?;
        }
    }
    Ok(())
}
