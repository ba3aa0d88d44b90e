//! In which order the day is replayed after a restore: what an earlier life of this box did comes
//! first, also when it came back last.
//!
//! ```text
//!   on disk      A1 A2 A3 │ B1 B2 │ A4 A5 (echo) │ B3 …        A: the lost life, B: the present one
//!   replayed     A1 A2 A3   A4 A5                  B3 …        nobody had come in B before the echo
//!                A1 A2 A3   B1 B2                  B3 …        somebody had: the living hall counts
//! ```
//!
//! What must always hold: without an echo the order is that of the disk; the same disk gives the
//! same order at every start.

use names::{Incarnation, OfficeId, Side};
use protocol::entry::Entry;
use store::rusqlite::{OptionalExtension, Transaction, params};
use store::{StoreError, journal};

/// What is done with the facts of the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As they stand.
    AsOnDisk,
    /// The facts of the present life after all others; not those before the echo, while nobody had
    /// come: they tell of an empty hall, and perhaps of a clock that was wrong.
    PresentLast {
        /// The present life.
        present: Incarnation,
        /// Where the echo begins.
        from: u64,
    },
    /// Without those that came back from an earlier life at this position or later: new numbers were
    /// given out in the meantime, and they are on paper in people's hands.
    WithoutEcho {
        /// The life that counts.
        present: Incarnation,
        /// Where the echo begins.
        from: u64,
    },
}

impl Order {
    /// Finds the order of a journal.
    pub(super) fn of(tx: &Transaction<'_>, office: &OfficeId) -> Result<Self, StoreError> {
        let Some(present) = journal::cursor(tx, office, Side::Box)?.map(|cursor| cursor.incarnation) else {
            return Ok(Self::AsOnDisk);
        };
        let Some(first) = position(tx, office, present, "incarnation = ?2 AND kind LIKE 'hall.%'", 0)? else {
            return Ok(Self::AsOnDisk);
        };
        let Some(from) = position(tx, office, present, "incarnation <> ?2 AND kind LIKE 'hall.%'", first)? else {
            return Ok(Self::AsOnDisk);
        };
        let came = "incarnation = ?2 AND kind IN ('hall.arrived', 'hall.ticket-taken')";
        Ok(match position(tx, office, present, came, 0)? {
            Some(came) if came < from => Self::WithoutEcho { present, from },
            Some(_) | None => Self::PresentLast { present, from },
        })
    }

    /// How often the journal is read.
    pub(super) fn passes(self) -> u8 {
        match self {
            Self::AsOnDisk | Self::WithoutEcho { .. } => 1,
            Self::PresentLast { .. } => 2,
        }
    }

    /// Whether an entry is read in a pass, counted from 0.
    pub(super) fn takes(self, pass: u8, position: u64, entry: &Entry) -> bool {
        match self {
            Self::AsOnDisk => true,
            Self::PresentLast { present, from } => {
                let of_now = entry.origin == Side::Box && entry.incarnation == present;
                let before = of_now && position < from && super::facts::is_of_the_hall(entry);
                (pass == 1) == of_now && !before
            }
            Self::WithoutEcho { present, from } => {
                let of_the_hall = entry.origin == Side::Box && super::facts::is_of_the_hall(entry);
                !(of_the_hall && entry.incarnation != present && position >= from)
            }
        }
    }
}

/// The first position after another one at which a fact of this kind stands.
fn position(
    tx: &Transaction<'_>,
    office: &OfficeId,
    present: Incarnation,
    which: &str,
    after: u64,
) -> Result<Option<u64>, StoreError> {
    let sql = format!(
        "SELECT position FROM journal WHERE office = ?1 AND origin = 'box' AND {which} AND position > ?3
         ORDER BY position LIMIT 1"
    );
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let found: Option<i64> = tx
        .prepare_cached(&sql)?
        .query_row(params![office.as_str(), present.to_string(), after], |row| row.get(0))
        .optional()?;
    Ok(found.map(i64::cast_unsigned))
}
