//! The journal: the facts of both sides, each side's numbered and chained, in the order in which
//! they became durable here.
//!
//! ```text
//!   own drafts ──append──► number, salt, hash ──┐
//!                                               ├─► journal (position 1, 2, 3 …) ──in_order──► replay
//!   peer's entries ──receive── checked ─────────┘
//! ```
//!
//! What must always hold: numbers have no gaps; an entry that is here once is never here twice;
//! facts are never changed (triggers refuse), only content is erased.

use names::{OfficeId, Side};
use protocol::chain::{ChainHash, Commitment, Salt, canonical};
use protocol::entry::{Draft, Entry, MAX_BODY_LEN, MAX_KIND_LEN, READABLE, SCHEMA};
use protocol::exchange::{Cursor, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, Refusal};
use rusqlite::{OptionalExtension, Transaction};

pub use crate::cursor::{acked, cursor, identity, set_acked};
use crate::cursor::{advance, side_text, signed};
use crate::{ExchangeError, StoreError, random, row};

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
    advance(tx, office, origin, head.number, head.hash)?;
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

/// Takes in a batch of the peer's entries and moves its cursor; gives back the new ones.
/// Entries that are here already change nothing. On an error the caller rolls back, so that a
/// batch counts whole or not at all.
///
/// # Errors
/// [`Refusal::NotEnrolled`], [`Refusal::UnknownOffice`], [`Refusal::UnknownIncarnation`],
/// [`Refusal::Gap`], [`Refusal::Fork`], [`Refusal::Schema`], [`Refusal::TooLarge`] or
/// [`Refusal::Malformed`]; or when the database fails.
pub fn receive(
    tx: &Transaction<'_>,
    office: &OfficeId,
    from: Side,
    entries: &[Entry],
) -> Result<Vec<Entry>, ExchangeError> {
    if entries.len() > MAX_BATCH_ENTRIES {
        return Err(Refusal::TooLarge.into());
    }
    let mut head = cursor(tx, office, from)?.ok_or(Refusal::NotEnrolled)?;
    let mut new = Vec::new();
    for entry in entries {
        belongs(entry, office, from, head)?;
        if entry.number <= head.number {
            if hash_at(tx, office, from, head, entry.number)? != Some(entry.hash) {
                return Err(Refusal::Fork { number: entry.number }.into());
            }
            continue;
        }
        follows(entry, head)?;
        row::insert(tx, entry)?;
        head = Cursor { number: entry.number, hash: entry.hash, ..head };
        new.push(entry.clone());
    }
    if !new.is_empty() {
        advance(tx, office, from, head.number, head.hash)?;
    }
    Ok(new)
}

/// Whether an entry is this peer's, of the life we know, and of a form we can read.
fn belongs(entry: &Entry, office: &OfficeId, from: Side, head: Cursor) -> Result<(), Refusal> {
    if entry.office != *office {
        return Err(Refusal::UnknownOffice);
    }
    if entry.incarnation != head.incarnation {
        return Err(Refusal::UnknownIncarnation { side: from });
    }
    if !READABLE.contains(&entry.schema) {
        return Err(Refusal::Schema { found: entry.schema });
    }
    let well_formed = entry.origin == from && entry.number > 0 && (1..=MAX_KIND_LEN).contains(&entry.kind.len());
    if well_formed { Ok(()) } else { Err(Refusal::Malformed) }
}

fn follows(entry: &Entry, head: Cursor) -> Result<(), Refusal> {
    if entry.number != head.number + 1 {
        return Err(Refusal::Gap { expected: head.number + 1 });
    }
    if canonical(&entry.body).len() > MAX_BODY_LEN {
        return Err(Refusal::TooLarge);
    }
    if entry.follows(head.hash) { Ok(()) } else { Err(Refusal::Fork { number: entry.number }) }
}

/// The chain hash at a number of the life a cursor points into; nothing beyond it.
pub(crate) fn hash_at(
    tx: &Transaction<'_>,
    office: &OfficeId,
    of: Side,
    head: Cursor,
    number: u64,
) -> Result<Option<ChainHash>, StoreError> {
    if number == 0 {
        return Ok(Some(ChainHash::genesis(office, of, head.incarnation)));
    }
    if number > head.number {
        return Ok(None);
    }
    let hash = tx
        .prepare_cached(
            "SELECT hash FROM journal WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 AND number = ?4",
        )?
        .query_row((office.as_str(), side_text(of), head.incarnation.to_string(), signed(number)?), |row| row.get(0))
        .optional()?;
    Ok(hash.map(ChainHash))
}

/// How much one batch may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries.
    pub entries: usize,
    /// Bytes of the entries as JSON; a first entry that is larger alone still goes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: MAX_BATCH_ENTRIES, bytes: MAX_BATCH_BYTES }
    }
}

/// A side's entries after a number, in order, as many as the limits allow.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub fn since(
    tx: &Transaction<'_>,
    office: &OfficeId,
    origin: Side,
    after: u64,
    limits: Limits,
) -> Result<Vec<Entry>, StoreError> {
    let Some(head) = cursor(tx, office, origin)? else { return Ok(Vec::new()) };
    let sql = format!(
        "{} WHERE office = ?1 AND origin = ?2 AND incarnation = ?3 AND number > ?4 ORDER BY number",
        row::SELECT
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows =
        statement.query((office.as_str(), side_text(origin), head.incarnation.to_string(), signed(after)?))?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while let Some(found) = rows.next()? {
        let (_position, entry) = row::read(found)?;
        bytes += serde_json::to_string(&entry).map_err(|e| StoreError::damaged("an entry", e))?.len() + 1;
        let full = entries.len() >= limits.entries || (bytes > limits.bytes && !entries.is_empty());
        if full {
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
    use crate::tests::world::{End, draft, office};

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
        let read = end.step(|tx| Ok(since(tx, &office(), Side::Box, 0, Limits::default())?)).expect("readable");
        assert_eq!(read, written);
        let one = Limits { entries: 1, ..Limits::default() };
        let second = end.step(move |tx| Ok(since(tx, &office(), Side::Box, 1, one)?)).expect("readable");
        assert_eq!(second, written[1..2]);
    }

    #[test]
    fn erasing_takes_the_content_and_leaves_the_chain() {
        let end = End::new(Side::Box);
        let written = end.append(1..=3);
        end.step(|tx| Ok(erase(tx, 2).and_then(|()| erase(tx, 2))?)).expect("erased");
        let read = end.step(|tx| Ok(since(tx, &office(), Side::Box, 0, Limits::default())?)).expect("readable");
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
        let entries = pair.request().entries;
        let new = pair.server.step(move |tx| receive(tx, &office(), Side::Box, &entries)).expect("taken in");
        assert!(new[0].is_erased());
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
