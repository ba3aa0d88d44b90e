//! A batch: entries of one life on the wire, without anything the receiver can work out itself.
//!
//! ```text
//!   number, office, side, life ─ from the frame ─┐
//!   commitment ─ from salt and body ─────────────┼─► Entry, Entry, … ─► hash of the last = `through`?
//!   hash ─ from the one before ──────────────────┘
//! ```
//!
//! What must always hold: unpacking gives exactly the entries that were packed, or a refusal. The
//! 80 bytes of each entry that nothing compresses (hash, commitment, salt) shrink to the salt.

use jiff::Timestamp;
use names::{Incarnation, OfficeId, Side};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::message::{Cursor, MAX_BATCH_ENTRIES};
use super::refusal::Refusal;
use crate::chain::{ChainHash, Commitment, Salt, canonical};
use crate::entry::{Entry, MAX_BODY_LEN, MAX_KIND_LEN, READABLE, SCHEMA};

/// Entries that follow each other in one life of one side. An empty batch still says where the
/// writer believes the reader to be, and the chain there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The life of the writer's store.
    pub incarnation: Incarnation,
    /// The number before the first entry.
    pub after: u64,
    /// The chain hash after the last entry.
    pub through: ChainHash,
    /// The schema of every entry that does not say another one.
    pub schema: u16,
    /// The entries; at most [`MAX_BATCH_ENTRIES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Packed>,
}

/// One entry inside a batch. The names are short because they stand in every entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// The kind.
    #[serde(rename = "k")]
    pub kind: String,
    /// When the writer wrote it, by the writer's clock.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// The content; empty once it is erased. Fields we do not know stay in it.
    #[serde(rename = "b", default, skip_serializing_if = "Map::is_empty")]
    pub body: Map<String, Value>,
    /// The schema, where it is not the batch's.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<u16>,
    /// The commitment, only where the content is erased.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Commitment>,
    /// The salt, unless the content is erased.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Salt>,
}

impl Packed {
    /// Packs one entry into a batch of a schema.
    #[must_use]
    pub fn of(entry: &Entry, schema: u16) -> Self {
        Self {
            kind: entry.kind.clone(),
            at: entry.at,
            body: entry.body.clone(),
            schema: (entry.schema != schema).then_some(entry.schema),
            commitment: entry.is_erased().then_some(entry.commitment),
            salt: entry.salt,
        }
    }

    /// Whether it has the form of an entry that we can read.
    fn check(&self, schema: u16) -> Result<(), Refusal> {
        if !READABLE.contains(&schema) {
            return Err(Refusal::Schema { found: schema });
        }
        let erased = self.salt.is_none() && self.commitment.is_some() && self.body.is_empty();
        let whole = self.salt.is_some() && self.commitment.is_none();
        if !(erased || whole) || !(1..=MAX_KIND_LEN).contains(&self.kind.len()) {
            return Err(Refusal::Malformed);
        }
        if canonical(&self.body).len() > MAX_BODY_LEN { Err(Refusal::TooLarge) } else { Ok(()) }
    }
}

impl Batch {
    /// Packs entries of one life that follow a place in it.
    #[must_use]
    pub fn pack(after: &Cursor, entries: &[Entry]) -> Self {
        Self {
            incarnation: after.incarnation,
            after: after.number,
            through: entries.last().map_or(after.hash, |last| last.hash),
            schema: SCHEMA,
            entries: entries.iter().map(|entry| Packed::of(entry, SCHEMA)).collect(),
        }
    }

    /// The number of the last entry, or the one before the first.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.after.saturating_add(self.entries.len() as u64)
    }

    /// The entries as a journal keeps them; `previous` is the reader's own chain hash at `after`.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], [`Refusal::Schema`], [`Refusal::Malformed`]; [`Refusal::Fork`] when
    /// the chain does not end where the writer says.
    pub fn unpack(&self, office: &OfficeId, origin: Side, previous: ChainHash) -> Result<Vec<Entry>, Refusal> {
        if self.entries.len() > MAX_BATCH_ENTRIES {
            return Err(Refusal::TooLarge);
        }
        if self.after.checked_add(self.entries.len() as u64).is_none() {
            return Err(Refusal::Malformed);
        }
        let mut hash = previous;
        let mut entries = Vec::with_capacity(self.entries.len());
        for (number, packed) in (self.after + 1..).zip(&self.entries) {
            let schema = packed.schema.unwrap_or(self.schema);
            packed.check(schema)?;
            let entry = self.entry(office, origin, number, packed, hash);
            hash = entry.hash;
            entries.push(entry);
        }
        if hash == self.through {
            Ok(entries)
        } else {
            Err(Refusal::Fork { side: origin, incarnation: self.incarnation, number: self.last() })
        }
    }

    fn entry(&self, office: &OfficeId, origin: Side, number: u64, packed: &Packed, previous: ChainHash) -> Entry {
        let given = packed.commitment.unwrap_or(Commitment([0; 32]));
        let mut entry = Entry {
            office: office.clone(),
            origin,
            incarnation: self.incarnation,
            number,
            hash: previous,
            schema: packed.schema.unwrap_or(self.schema),
            kind: packed.kind.clone(),
            at: packed.at,
            commitment: packed.salt.map_or(given, |salt| Commitment::of(salt, &packed.body)),
            salt: packed.salt,
            body: packed.body.clone(),
        };
        entry.hash = previous.next(&entry.link());
        entry
    }
}
