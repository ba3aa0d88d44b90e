//! The line as the box's uplink works it: exchanges, rounds of rejoin when they are needed, and a
//! wire that loses, doubles and repeats.

use jiff::Timestamp;
use names::Side;
use protocol::agree::Mode;
use protocol::exchange::{Cursor, Lives, Refusal, RejoinAnswer, Sealed};

use super::world::{End, Pair, apply, office, refusal};
use crate::rejoin::Next;
use crate::{ExchangeError, OfficeShelf, exchange, journal, rejoin, standing};

/// What the wire does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    RequestLost,
    AnswerLost,
    /// The server hears it twice, the box gets the first answer.
    Twice,
    /// The server hears it twice, the box gets the second answer.
    SecondAnswer,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Nothing is left to say.
    Synced,
    /// The line broke.
    Lost,
    /// Nothing helps until somebody acts.
    Person(Refusal),
}

/// Messages in a row after which a line that never gets anywhere has failed.
const MOST_MESSAGES: usize = 60;

impl Pair {
    /// Works the line until nothing is left to say; `fates` are the first messages'.
    pub(crate) fn connect(&self, fates: &[Fate]) -> Reached {
        let mut fates = fates.iter().copied();
        let mut rejoining: Option<Option<Lives>> = None;
        let (mut told, mut rejoined) = (Vec::new(), false);
        for _message in 0..MOST_MESSAGES {
            let fate = fates.next().unwrap_or(Fate::Arrives);
            let outcome = match rejoining.take() {
                None => self.exchange_once(fate),
                Some(heard) => self.rejoin_once(heard, fate).map(|told| {
                    told.map(|(lives, done)| {
                        rejoining = (!done).then_some(Some(lives));
                        rejoined |= done;
                        false
                    })
                }),
            };
            told.push(format!(
                "{outcome:?} {:?} {:?}",
                rejoining.is_some(),
                (self.server.mode(), self.appliance.mode())
            ));
            match outcome {
                Ok(None) => return Reached::Lost,
                Ok(Some(true)) => return Reached::Synced,
                Ok(Some(false)) => {}
                Err(Refusal::Rejoin) if rejoined => return Reached::Person(Refusal::Rejoin),
                Err(refusal) => match self.appliance.heed(&refusal) {
                    Next::Again => {}
                    Next::Rejoin => rejoining = Some(None),
                    Next::Person => return Reached::Person(refusal),
                },
            }
        }
        panic!("{MOST_MESSAGES} messages were not enough: {:#?}", &told[..6]);
    }

    /// One exchange: nothing if it got lost, else whether both know all.
    fn exchange_once(&self, fate: Fate) -> Result<Option<bool>, Refusal> {
        let request = self.appliance.step(|tx| exchange::prepare(tx, &office(), None)).map_err(refusal)?;
        let Some(answer) = travel(&self.seal(&request), fate, |sealed| self.serve_heeding(sealed)) else {
            return Ok(None);
        };
        self.take(&answer)?;
        let after = self.appliance.step(|tx| exchange::prepare(tx, &office(), None)).map_err(refusal)?;
        Ok(Some(after.batch.entries.is_empty() && after.ack == request.ack))
    }

    fn serve_heeding(&self, sealed: &Sealed) -> Sealed {
        let (answer, outcome) = self.serve(sealed);
        if let Err(refusal) = outcome {
            self.server.heed(&refusal);
        }
        answer
    }

    /// One round of rejoin: nothing if it got lost, else what the server knows and whether it is done.
    fn rejoin_once(&self, heard: Option<Lives>, fate: Fate) -> Result<Option<(Lives, bool)>, Refusal> {
        let request = self.appliance.step(move |tx| rejoin::prepare(tx, &office(), heard.as_ref())).map_err(refusal)?;
        let sealed = self.appliance.seal(request.nonce, &request);
        let Some(answer) = travel(&sealed, fate, |sealed| self.serve_rejoin(sealed)) else { return Ok(None) };
        let taken = self.appliance.step(move |tx| match rejoin::open_answer(tx, &office(), &answer)? {
            RejoinAnswer::Refused(refusal) => Ok(Err(refusal)),
            RejoinAnswer::Rejoined(told) => {
                let found = rejoin::absorb(tx, &told)?;
                apply(tx, &found.peer)?;
                OfficeShelf::new(tx, &office(), Side::Box, Timestamp::UNIX_EPOCH).seats().settle(found.done)?;
                Ok(Ok((told.lives, found.done)))
            }
        });
        taken.map_err(refusal)?.map(Some)
    }

    fn serve_rejoin(&self, sealed: &Sealed) -> Sealed {
        let heard = sealed.clone();
        let outcome = self.server.step(move |tx| {
            let rejoin = rejoin::open_request(tx, &heard)?;
            let (found, told) = rejoin::answer(tx, &rejoin, Timestamp::UNIX_EPOCH)?;
            apply(tx, &found.peer)?;
            OfficeShelf::new(tx, &office(), Side::Booking, Timestamp::UNIX_EPOCH).seats().settle(found.done)?;
            Ok(told)
        });
        match outcome {
            Ok(told) => self.server.seal(sealed.nonce, &told),
            Err(error) => {
                let refusal = refusal(error);
                self.server.heed(&refusal);
                self.server.seal(sealed.nonce, &refusal)
            }
        }
    }
}

fn travel(sealed: &Sealed, fate: Fate, serve: impl Fn(&Sealed) -> Sealed) -> Option<Sealed> {
    match fate {
        Fate::Arrives => Some(serve(sealed)),
        Fate::RequestLost => None,
        Fate::AnswerLost => {
            serve(sealed);
            None
        }
        Fate::Twice => {
            let first = serve(sealed);
            serve(sealed);
            Some(first)
        }
        Fate::SecondAnswer => {
            serve(sealed);
            Some(serve(sealed))
        }
    }
}

impl End {
    pub(crate) fn mode(&self) -> Mode {
        self.step(|tx| Ok(standing::mode(tx, &office())?)).expect("readable")
    }

    /// All lives of a side that are whole, the present one last.
    pub(crate) fn lives(&self, of: Side) -> Vec<Cursor> {
        let lives = self.step(move |tx| {
            let forked = journal::forked(tx, &office())?;
            let mut lives = journal::lives(tx, &office(), of)?;
            lives.retain(|life| !forked.contains(&life.incarnation));
            Ok::<_, ExchangeError>(lives)
        });
        lives.expect("readable")
    }

    /// The place of every entry that is here.
    pub(crate) fn entries(&self) -> Vec<Cursor> {
        let all = self.db.read_blocking(|tx| journal::in_order(tx, &office(), 0).collect::<Result<Vec<_>, _>>());
        let place = |entry: protocol::entry::Entry| Cursor {
            incarnation: entry.incarnation,
            number: entry.number,
            hash: entry.hash,
        };
        all.expect("readable").into_iter().map(|(_position, entry)| place(entry)).collect()
    }
}
