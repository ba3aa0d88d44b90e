//! The tables as the log that [`protocol::agree`] decides on. Nothing is decided here.

use names::{Incarnation, OfficeId, Side};
use protocol::agree::{Limits, Log, Mode};
use protocol::chain::ChainHash;
use protocol::entry::{Entry, FromEither};
use protocol::exchange::{Cursor, Nonce};
use protocol::seats::Restored;
use rusqlite::Transaction;

use crate::{ExchangeError, StoreError, cursor, journal, keys, peer, random, row, standing};

/// One office's lives in the database of one side.
#[derive(Debug)]
pub(crate) struct SqlLog<'t> {
    tx: &'t Transaction<'t>,
    office: &'t OfficeId,
    me: Side,
}

impl<'t> SqlLog<'t> {
    pub(crate) fn of(tx: &'t Transaction<'t>, office: &'t OfficeId, me: Side) -> Self {
        Self { tx, office, me }
    }
}

/// The last own entry that is here, in whatever life.
pub(crate) fn last_written(tx: &Transaction<'_>, office: &OfficeId, me: Side) -> Result<Option<Cursor>, StoreError> {
    Ok(cursor::lives(tx, office, me)?.into_iter().rev().find(|life| life.number > 0))
}

impl Log for SqlLog<'_> {
    type Error = ExchangeError;

    fn me(&self) -> Side {
        self.me
    }

    fn office(&self) -> &OfficeId {
        self.office
    }

    fn lives(&mut self, of: Side) -> Result<Vec<Cursor>, ExchangeError> {
        Ok(cursor::lives(self.tx, self.office, of)?)
    }

    fn present(&mut self, of: Side) -> Result<Option<Cursor>, ExchangeError> {
        Ok(cursor::cursor(self.tx, self.office, of)?)
    }

    fn hash_at(&mut self, of: Side, life: Incarnation, number: u64) -> Result<Option<ChainHash>, ExchangeError> {
        Ok(journal::hash_at(self.tx, self.office, of, life, number)?)
    }

    fn store(&mut self, of: Side, entries: &[Entry]) -> Result<(), ExchangeError> {
        for entry in entries {
            row::insert(self.tx, entry)?;
            if let Some(Ok(FromEither::NodeKey(told))) = FromEither::of(entry)
                && of != self.me
            {
                peer::announce(self.tx, self.office, &told.public)?;
            }
        }
        if let Some(last) = entries.last() {
            let head = Cursor { incarnation: last.incarnation, number: last.number, hash: last.hash };
            cursor::advance(self.tx, self.office, of, head)?;
        }
        Ok(())
    }

    fn meet(&mut self, of: Side, life: Incarnation, present: bool) -> Result<(), ExchangeError> {
        Ok(cursor::meet(self.tx, self.office, of, life, present)?)
    }

    fn go_on(&mut self, of: Side, life: Incarnation) -> Result<(), ExchangeError> {
        Ok(cursor::go_on(self.tx, self.office, of, life)?)
    }

    fn doubt(&mut self) -> Result<(), ExchangeError> {
        // The sheets are as of the last entry that is left; how much was lost nobody knows.
        let backup = last_written(self.tx, self.office, self.me)?;
        Ok(standing::set_restored(self.tx, self.office, Restored { backup, witness: None })?)
    }

    fn begin(&mut self) -> Result<(), ExchangeError> {
        cursor::begin_life(self.tx, self.office, self.me)?;
        Ok(())
    }

    fn since(&mut self, of: Side, life: Incarnation, after: u64, limits: Limits) -> Result<Vec<Entry>, ExchangeError> {
        Ok(journal::since(self.tx, self.office, (of, life), after, limits)?)
    }

    fn acked(&mut self) -> Result<u64, ExchangeError> {
        Ok(cursor::acked(self.tx, self.office)?)
    }

    fn set_acked(&mut self, number: u64) -> Result<(), ExchangeError> {
        peer::set_acked(self.tx, self.office, number)?;
        let life = cursor::identity(self.tx, self.office, self.me)?;
        Ok(keys::acked(self.tx, self.office, life, number)?)
    }

    fn forked(&mut self) -> Result<Vec<Incarnation>, ExchangeError> {
        Ok(cursor::forked(self.tx, self.office)?)
    }

    fn mark_forked(&mut self, life: Incarnation) -> Result<(), ExchangeError> {
        Ok(cursor::mark_forked(self.tx, self.office, life)?)
    }

    fn is_apart(&mut self) -> Result<bool, ExchangeError> {
        Ok(standing::is_apart(self.tx, self.office)?)
    }

    fn set_apart(&mut self, apart: bool) -> Result<(), ExchangeError> {
        Ok(standing::set_apart(self.tx, self.office, apart)?)
    }

    fn mode(&mut self) -> Result<Mode, ExchangeError> {
        Ok(standing::mode(self.tx, self.office)?)
    }

    fn set_mode(&mut self, mode: Mode) -> Result<(), ExchangeError> {
        Ok(standing::set_mode(self.tx, self.office, mode)?)
    }

    fn nonce(&mut self) -> Result<Option<Nonce>, ExchangeError> {
        Ok(peer::find(self.tx, self.office)?.map(|peer| peer.nonce))
    }

    fn set_nonce(&mut self, nonce: Nonce) -> Result<(), ExchangeError> {
        Ok(peer::set_nonce(self.tx, self.office, nonce)?)
    }

    fn draw_nonce(&mut self) -> Result<Nonce, ExchangeError> {
        Ok(Nonce(random::bytes()?))
    }
}
