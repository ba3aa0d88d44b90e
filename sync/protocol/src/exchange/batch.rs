//! A batch: entries of one life on the wire, without anything the receiver can work out itself.
//!
//! ```text
//!   number, office, side, life ─ from the frame ─┐
//!   commitment ─ from salt and body ─────────────┼─► Entry, Entry, … ─► hash of the last = `through`?
//!   hash ─ from the one before ──────────────────┘
//! ```
//!
//! What must always hold: unpacking gives exactly the entries that were packed, or a refusal. The
//! 80 bytes of each entry that nothing compresses (hash, commitment, salt) shrink to the salt; the
//! salts stand together, because chance between the bodies costs twice.

use jiff::Timestamp;
use names::{Incarnation, OfficeId, Side};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::message::{Cursor, MAX_BATCH_ENTRIES};
use super::refusal::Refusal;
use crate::chain::{ChainHash, Commitment, Salt, canonical};
use crate::entry::{Entry, MAX_BODY_LEN, MAX_KIND_LEN, READABLE, SCHEMA};

/// Hexadecimal digits of one salt.
const SALT_DIGITS: usize = 32;

/// Bytes of `"b":,` before a body.
const BODY_NAME: usize = 5;

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
    /// The salts of all entries that are not erased, one behind the other, 32 hexadecimal digits each.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salts: String,
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
        }
    }

    /// Bytes that an entry takes in a batch, as JSON.
    ///
    /// # Errors
    /// It has no JSON form.
    pub fn size_of(entry: &Entry) -> serde_json::Result<usize> {
        let salt = if entry.is_erased() { 0 } else { SALT_DIGITS };
        let (kind, at, commitment) = (entry.kind.clone(), entry.at, entry.is_erased().then_some(entry.commitment));
        let schema = (entry.schema != SCHEMA).then_some(entry.schema);
        let frame = Self { kind, at, body: Map::new(), schema, commitment };
        let body = if entry.body.is_empty() { 0 } else { BODY_NAME + canonical(&entry.body).len() };
        Ok(serde_json::to_string(&frame)?.len() + body + 1 + salt)
    }

    /// Whether it has the form of an entry that we can read.
    fn check(&self, schema: u16) -> Result<(), Refusal> {
        if !READABLE.contains(&schema) {
            return Err(Refusal::Schema { found: schema });
        }
        let erased_and_there = self.commitment.is_some() && !self.body.is_empty();
        if erased_and_there || !(1..=MAX_KIND_LEN).contains(&self.kind.len()) {
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
            salts: entries.iter().filter_map(|entry| entry.salt).map(|salt| salt.to_string()).collect(),
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
        let mut salts = self.salts()?.into_iter();
        let mut entries = Vec::with_capacity(self.entries.len());
        for (number, packed) in (self.after + 1..).zip(&self.entries) {
            let schema = packed.schema.unwrap_or(self.schema);
            packed.check(schema)?;
            let salt = if packed.commitment.is_some() { None } else { salts.next() };
            let entry = self.entry((office, origin, number), packed, salt, hash);
            hash = entry.hash;
            entries.push(entry);
        }
        if hash == self.through {
            Ok(entries)
        } else {
            Err(Refusal::Fork { side: origin, incarnation: self.incarnation, number: self.last() })
        }
    }

    /// One for each entry that is not erased, neither more nor less.
    fn salts(&self) -> Result<Vec<Salt>, Refusal> {
        let whole = self.entries.iter().filter(|packed| packed.commitment.is_none()).count();
        if !self.salts.is_ascii() || self.salts.len() != whole * SALT_DIGITS {
            return Err(Refusal::Malformed);
        }
        let digits = self.salts.as_bytes().chunks_exact(SALT_DIGITS);
        let text = digits.map(|digits| std::str::from_utf8(digits).unwrap_or_default());
        text.map(|text| text.parse().map_err(|_bad| Refusal::Malformed)).collect()
    }

    fn entry(
        &self,
        (office, origin, number): (&OfficeId, Side, u64),
        packed: &Packed,
        salt: Option<Salt>,
        previous: ChainHash,
    ) -> Entry {
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
            commitment: salt.map_or(given, |salt| Commitment::of(salt, &packed.body)),
            salt,
            body: packed.body.clone(),
        };
        entry.hash = previous.next(&entry.link());
        entry
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use jiff::civil::Date;
    use names::{BookingId, Language, Minutes, Pin, ServiceId};
    use proptest::prelude::*;
    use serde_json::json;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::entry::{Booked, Draft, SeatFact};
    use crate::exchange::{Nonce, PROTOCOL, Request, pack, unpack};
    use crate::sheet::{Interval, SeatState, Span};

    fn office() -> OfficeId {
        "musterland".parse().expect("a name")
    }

    fn life() -> Incarnation {
        Incarnation::from_bits(0x1234_5678_9abc_def0_1234_5678_9abc_def0)
    }

    fn start() -> Cursor {
        Cursor { incarnation: life(), number: 0, hash: ChainHash::genesis(&office(), Side::Booking, life()) }
    }

    /// Numbers as good as random, the same in every run.
    fn dice(seed: u64) -> [u64; 4] {
        let hash = Sha256::digest(seed.to_be_bytes());
        let mut bytes = hash.chunks_exact(8).map(|eight| u64::from_be_bytes(eight.try_into().expect("eight")));
        std::array::from_fn(|_| bytes.next().expect("four of them"))
    }

    /// A chain of what was written down.
    fn chain(drafts: impl IntoIterator<Item = Draft>) -> Vec<Entry> {
        let mut hash = start().hash;
        let mut entries = Vec::new();
        for (number, draft) in (1..).zip(drafts) {
            let [one, two, ..] = dice(1_000_000 + number);
            let mut salt = Salt([0; 16]);
            salt.0[..8].copy_from_slice(&one.to_be_bytes());
            salt.0[8..].copy_from_slice(&two.to_be_bytes());
            let mut entry = Entry {
                office: office(),
                origin: Side::Booking,
                incarnation: life(),
                number,
                hash,
                schema: SCHEMA,
                kind: draft.kind,
                at: draft.at,
                commitment: Commitment::of(salt, &draft.body),
                salt: Some(salt),
                body: draft.body,
            };
            entry.hash = hash.next(&entry.link());
            hash = entry.hash;
            entries.push(entry);
        }
        entries
    }

    /// A booking as citizens make them: some minutes after the one before, on any of 28 days, at any
    /// time the office is open, in any of twelve lanes, with the seats it took.
    fn booked(number: u64) -> Draft {
        let [id, day, time, rest] = dice(number);
        let booking = BookingId::from_random(Side::Booking, id);
        let first = 48 + u8::try_from(time % 60).expect("small");
        let length = u8::try_from(1 + rest % 3).expect("small");
        let day =
            Date::constant(2026, 11, 23) + SignedDuration::from_hours(24 * i64::try_from(day % 28).expect("small"));
        let interval = |number| Interval::new(number).expect("of the day");
        let fact = SeatFact::Booked(Booked {
            booking,
            version: 1,
            pin: Pin::from_index(u32::try_from(rest % 80_000).expect("small")).expect("a pin"),
            day,
            start: day.at(0, 0, 0, 0).in_tz("UTC").expect("a time").timestamp()
                + SignedDuration::from_mins(10 * i64::from(first)),
            length: Minutes(u16::from(length) * 10),
            services: vec![ServiceId(u16::try_from(1 + time % 14).expect("small"))],
            persons: 1,
            language: Language::De,
            seats: vec![Span {
                lane: u8::try_from(rest % 12).expect("small"),
                from: interval(first),
                to: interval(first + length),
                holder: Side::Booking,
                generation: 0,
                state: SeatState::Sold(booking),
            }],
        });
        let at = Timestamp::from_second(1_795_000_000 + i64::try_from(number * 97 + id % 90).expect("small"));
        fact.draft(
            at.expect("a time") + SignedDuration::from_nanos(i64::try_from(time % 1_000_000_000).expect("small")),
        )
    }

    #[test]
    fn a_booking_without_contact_costs_at_most_sixty_bytes_in_a_full_batch() {
        let entries = chain((1..=500).map(booked));
        let batch = Batch::pack(&start(), &entries);
        let request = Request {
            protocol: PROTOCOL,
            office: office(),
            nonce: Nonce([7; 16]),
            ack: start(),
            batch,
            more: true,
            now: None,
            digest: None,
            digest_from: None,
            days: Default::default(),
        };
        let packed = pack(&request).expect("fits");
        let each = packed.len().div_ceil(entries.len());
        assert!(each <= 60, "{each} bytes for each booking: {} in all", packed.len());
        let read: Request = unpack(&packed).expect("our own");
        assert_eq!(read.batch.unpack(&office(), Side::Booking, start().hash), Ok(entries));
    }

    #[test]
    fn the_size_of_an_entry_is_what_it_adds_to_the_message() {
        let mut entries = chain((1..=3).map(booked));
        entries[1].salt = None;
        entries[1].body.clear();
        entries[2].schema = SCHEMA + 1;
        entries[2].body.insert("\"ä\n".to_owned(), json!([1.5, {"x": null}]));
        let size = |entries: &[Entry]| serde_json::to_vec(&Batch::pack(&start(), entries)).expect("json").len();
        for count in 2..=3 {
            let more = size(&entries[..count]) - size(&entries[..count - 1]);
            assert_eq!(Packed::size_of(&entries[count - 1]).expect("json"), more, "entry {count}");
        }
    }

    #[test]
    fn an_erased_entry_keeps_its_place_among_the_others() {
        let mut entries = chain((1..=5).map(booked));
        for erased in [1, 4] {
            entries[erased].salt = None;
            entries[erased].body.clear();
        }
        let batch = Batch::pack(&start(), &entries);
        assert_eq!(batch.salts.len(), 3 * SALT_DIGITS);
        assert_eq!(batch.unpack(&office(), Side::Booking, start().hash), Ok(entries));
    }

    #[test]
    fn salts_that_do_not_count_up_or_are_none_are_malformed() {
        let batch = Batch::pack(&start(), &chain((1..=2).map(booked)));
        let salts = |salts: &str| Batch { salts: salts.to_owned(), ..batch.clone() };
        let (short, upper) = (batch.salts[1..].to_owned(), batch.salts.to_uppercase());
        for bad in [short, upper, "ä".repeat(SALT_DIGITS), String::new(), format!("{}00", batch.salts)] {
            let refused = salts(&bad).unpack(&office(), Side::Booking, start().hash);
            assert_eq!(refused, Err(Refusal::Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_part_of_a_chain_comes_back_as_it_was(len in 1..40_u64, after in 0..40_usize, schema in 1..3_u16) {
            let mut entries = chain((1..=len).map(|number| {
                let mut draft = booked(number);
                draft.body.insert("of-tomorrow".to_owned(), json!([number, {"x": 0.1}]));
                draft
            }));
            let after = after.min(entries.len());
            let before = after.checked_sub(1).map_or(start(), |last| Cursor {
                number: entries[last].number,
                hash: entries[last].hash,
                ..start()
            });
            if let Some(entry) = entries.get_mut(after).filter(|_| after + 1 == usize::try_from(len).expect("small")) {
                entry.schema = schema;
                entry.hash = before.hash.next(&entry.link());
            }
            let batch = Batch::pack(&before, &entries[after..]);
            let read: Batch = unpack(&pack(&batch).expect("small")).expect("our own");
            prop_assert_eq!(read.last(), len);
            prop_assert_eq!(read.unpack(&office(), Side::Booking, before.hash), Ok(entries[after..].to_vec()));
        }
    }
}
