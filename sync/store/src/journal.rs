//! The journal: the facts of both sides, each side's numbered and chained, in the order in which
//! they became durable here.
//!
//! ```text
//!   own drafts ──append──► number, salt, hash ──┐
//!                                               ├─► journal (position 1, 2, 3 …) ──in_order──► replay
//!   peer's entries ── checked by agree ─────────┘
//! ```
//!
//! What must always hold: numbers have no gaps; an entry that is here once is never here twice;
//! facts are never changed (triggers refuse), only content is erased.

use names::{Incarnation, OfficeId, Side};
/// How much one read of [`since`] may hold.
pub use protocol::agree::Limits;
use protocol::chain::{ChainHash, Commitment, Salt, canonical};
use protocol::entry::{Draft, Entry, MAX_BODY_LEN, MAX_KIND_LEN, SCHEMA};
use protocol::exchange::{Cursor, Packed};
use rusqlite::{OptionalExtension, Transaction};

pub use crate::cursor::{acked, begin_life, cursor, forked, identity, life, lives, meet};
use crate::cursor::{advance, side_text, signed};
use crate::{StoreError, random, row};

/// Writes own facts: numbers them and continues the chain.
///
/// # Errors
/// [`StoreError::DraftTooLarge`] and [`StoreError::BadKind`] for what no peer would take;
/// otherwise when the database fails.
pub fn append(
    tx: &Transaction<'_>,
    office: &OfficeId,
    origin: Side,
    drafts: &[Draft],
) -> Result<Vec<Entry>, StoreError> {
    identity(tx, office, origin)?;
    let mut head = known(tx, office, origin)?;
    let mut entries = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let entry = number(office, origin, head, draft)?;
        row::insert(tx, &entry)?;
        head = Cursor { number: entry.number, hash: entry.hash, ..head };
        entries.push(entry);
    }
    advance(tx, office, origin, head)?;
    Ok(entries)
}

fn known(tx: &Transaction<'_>, office: &OfficeId, of: Side) -> Result<Cursor, StoreError> {
    cursor(tx, office, of)?.ok_or_else(|| StoreError::damaged("a cursor", "it is missing"))
}

fn number(office: &OfficeId, origin: Side, head: Cursor, draft: &Draft) -> Result<Entry, StoreError> {
    let (kind_len, body_len) = (draft.kind.len(), canonical(&draft.body).len());
    if !(1..=MAX_KIND_LEN).contains(&kind_len) {
        return Err(StoreError::BadKind { len: kind_len });
    }
    if body_len > MAX_BODY_LEN {
        return Err(StoreError::DraftTooLarge { kind: draft.kind.clone(), len: body_len, max: MAX_BODY_LEN });
    }
    let salt = Salt(random::bytes()?);
    let mut entry = Entry {
        office: office.clone(),
        origin,
        incarnation: head.incarnation,
        number: head.number + 1,
        hash: head.hash,
        schema: SCHEMA,
        kind: draft.kind.clone(),
        at: draft.at,
        commitment: Commitment::of(salt, &draft.body),
        salt: Some(salt),
        body: draft.body.clone(),
    };
    entry.hash = head.hash.next(&entry.link());
    Ok(entry)
}

/// The chain hash at a number of a life; the genesis hash at 0; nothing beyond what is here.
///
/// # Errors
/// When the database fails.
pub fn hash_at(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    life: Incarnation,
    number: u64,
) -> Result<Option<ChainHash>, StoreError> {
    if number == 0 {
        return Ok(Some(ChainHash::genesis(office, of, life)));
    }
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    let hash = tx
        .prepare_cached(
            "SELECT hash FROM journal WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 AND number = ?4",
        )?
        .query_row((office.as_str(), side_text(of), life.to_string(), number), |row| row.get(0))
        .optional()?;
    Ok(hash.map(ChainHash))
}

/// The entries of a side's life after a number, in order, as many as the limits allow.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub fn since(
    tx: &Transaction<'_>,
    office: &OfficeId,
    (origin, life): (Side, Incarnation),
    after: u64,
    limits: Limits,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!(
        "{} WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 AND number > ?4 ORDER BY number",
        row::SELECT
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query((office.as_str(), side_text(origin), life.to_string(), signed(after)?))?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while entries.len() < limits.entries
        && let Some(found) = rows.next()?
    {
        let (_position, entry) = row::read(found)?;
        bytes += Packed::size_of(&entry).map_err(|e| StoreError::damaged("an entry", e))?;
        if bytes > limits.bytes && !entries.is_empty() {
            break;
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Erases the content of a fact; its place in the chain stays. Erasing twice is no error.
///
/// # Errors
/// When the database fails.
pub fn erase(tx: &Transaction<'_>, position: u64) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM journal_content WHERE position = ?1")?.execute([signed(position)?])?;
    Ok(())
}

/// All facts of an office from a position on (inclusive), in the order in which they became
/// durable here, both sides mixed: the order of a replay.
#[must_use]
pub fn in_order<'t>(tx: &'t Transaction<'_>, office: &OfficeId, from_position: u64) -> InOrder<'t> {
    InOrder { tx, office: office.clone(), next: from_position, page: Vec::new().into_iter(), done: false }
}

/// Rows read at once: keeps the memory small whatever the journal's length.
const PAGE: i64 = 500;

/// See [`in_order`]. After an error it ends.
#[derive(Debug)]
pub struct InOrder<'t> {
    tx: &'t Transaction<'t>,
    office: OfficeId,
    next: u64,
    page: std::vec::IntoIter<(u64, Entry)>,
    done: bool,
}

impl InOrder<'_> {
    fn turn_page(&mut self) -> Result<(), StoreError> {
        let sql = format!("{} WHERE office = ?1 AND position >= ?2 ORDER BY position LIMIT {PAGE}", row::SELECT);
        let mut statement = self.tx.prepare_cached(&sql)?;
        let mut rows = statement.query((self.office.as_str(), signed(self.next)?))?;
        let mut page = Vec::new();
        while let Some(found) = rows.next()? {
            page.push(row::read(found)?);
        }
        match page.last() {
            Some((position, _entry)) => self.next = position + 1,
            None => self.done = true,
        }
        self.page = page.into_iter();
        Ok(())
    }
}

impl Iterator for InOrder<'_> {
    type Item = Result<(u64, Entry), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(found) = self.page.next() {
            return Some(Ok(found));
        }
        if self.done {
            return None;
        }
        if let Err(error) = self.turn_page() {
            self.done = true;
            return Some(Err(error));
        }
        self.page.next().map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExchangeError;
    use crate::tests::world::{End, draft, office};

    /// The box's present life.
    fn own(tx: &Transaction<'_>) -> Result<(Side, Incarnation), StoreError> {
        Ok((Side::Box, identity(tx, &office(), Side::Box)?))
    }

    #[test]
    fn facts_are_never_updated_deleted_or_replaced() {
        let end = End::new(Side::Box);
        end.append(1..=2);
        for sql in [
            "UPDATE journal SET kind = 'other'",
            "DELETE FROM journal",
            "REPLACE INTO journal SELECT * FROM journal WHERE position = 1",
            "UPDATE journal_content SET body = '{}'",
        ] {
            let refused = end.step(move |tx| Ok(tx.execute(sql, [])?)).expect_err(sql).to_string();
            assert!(refused.contains("facts are never"), "{sql}: {refused}");
        }
        assert_eq!(end.numbers_of(Side::Box), [1, 2]);
    }

    #[test]
    fn the_chain_goes_on_after_a_crash() {
        let mut end = End::new(Side::Box);
        let mut all = end.append(1..=3);
        end.crash();
        all.extend(end.append(4..=5));
        let mut hash = ChainHash::genesis(&office(), Side::Box, all[0].incarnation);
        for (number, entry) in (1..).zip(&all) {
            assert_eq!(entry.number, number);
            assert!(entry.follows(hash));
            hash = entry.hash;
        }
    }

    #[test]
    fn what_is_stored_is_read_back_as_it_was() {
        let end = End::new(Side::Box);
        let written = end.append(1..=3);
        let read = end.step(|tx| Ok(since(tx, &office(), own(tx)?, 0, Limits::default())?)).expect("readable");
        assert_eq!(read, written);
        let one = Limits { entries: 1, ..Limits::default() };
        let second = end.step(move |tx| Ok(since(tx, &office(), own(tx)?, 1, one)?)).expect("readable");
        assert_eq!(second, written[1..2]);
    }

    #[test]
    fn erasing_takes_the_content_and_leaves_the_chain() {
        let end = End::new(Side::Box);
        let written = end.append(1..=3);
        end.step(|tx| Ok(erase(tx, 2).and_then(|()| erase(tx, 2))?)).expect("erased");
        let read = end.step(|tx| Ok(since(tx, &office(), own(tx)?, 0, Limits::default())?)).expect("readable");
        assert!(read[1].is_erased() && read[1].body.is_empty());
        assert!(read[1].follows(written[0].hash) && read[2].follows(read[1].hash));
    }

    #[test]
    fn what_is_erased_is_gone_from_the_disk() {
        let mut end = End::new(Side::Box);
        let mut secret = draft(1);
        secret.body.insert("text".to_owned(), "hoch und geheim".into());
        end.step(move |tx| Ok(append(tx, &office(), Side::Box, &[draft(0), secret, draft(2)])?)).expect("appended");
        let on_disk = |end: &mut End| {
            // Closing checkpoints: what is in the file then is what a thief of the card finds.
            end.reopen();
            let raw = std::fs::read(end.dir.path().join("store.db")).expect("a file");
            raw.windows(15).any(|bytes| bytes == b"hoch und geheim")
        };
        assert!(on_disk(&mut end));
        end.step(|tx| Ok(erase(tx, 2)?)).expect("erased");
        assert!(!on_disk(&mut end));
    }

    #[test]
    fn an_erased_entry_is_taken_in_by_the_peer() {
        let pair = crate::tests::world::Pair::new();
        pair.appliance.append(1..=1);
        pair.appliance.step(|tx| Ok(erase(tx, 1)?)).expect("erased");
        let batch = pair.request().batch;
        let new = pair.server.step(move |tx| {
            protocol::agree::take(&mut crate::log::SqlLog::of(tx, &office(), Side::Booking), Side::Box, &batch)
        });
        assert!(new.expect("taken in")[0].is_erased());
    }

    #[test]
    fn both_sides_are_replayed_in_the_order_they_became_durable_across_pages() {
        let pair = crate::tests::world::Pair::new();
        pair.appliance.append(1..=600);
        pair.server.append(1..=3);
        pair.settle();
        pair.appliance.append(601..=601);
        let order = pair.appliance.db.read_blocking(|tx| {
            let all = in_order(tx, &office(), 0).collect::<Result<Vec<_>, _>>()?;
            let tail = in_order(tx, &office(), 600).map(|r| r.map(|(p, _)| p)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, StoreError>((all, tail))
        });
        let (all, tail) = order.expect("readable");
        let sides: Vec<Side> = all.iter().map(|(_, e)| e.origin).collect();
        assert_eq!(sides[599..], [Side::Box, Side::Booking, Side::Booking, Side::Booking, Side::Box]);
        assert_eq!(tail, [600, 601, 602, 603, 604]);
    }

    #[test]
    fn what_no_peer_could_take_is_refused_before_it_is_written() {
        let end = End::new(Side::Box);
        let mut large = draft(1);
        large.body.insert("text".to_owned(), "x".repeat(MAX_BODY_LEN).into());
        let long = Draft { kind: "k".repeat(MAX_KIND_LEN + 1), ..draft(1) };
        for bad in [large, long] {
            let refused = end.step(move |tx| Ok(append(tx, &office(), Side::Box, &[draft(1), bad])?));
            assert!(matches!(
                refused,
                Err(ExchangeError::Store(StoreError::DraftTooLarge { .. } | StoreError::BadKind { .. }))
            ));
        }
        assert_eq!(end.numbers_of(Side::Box), [] as [u64; 0]);
    }
}
