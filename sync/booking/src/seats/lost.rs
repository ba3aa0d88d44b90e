//! Seats that are the box's on paper only, since a restore of the box: read from the journal.
//!
//! What must always hold: a box that was never restored costs one look-up here and nothing more; this
//! only reads.

use jiff::civil::Date;
use names::{OfficeId, Side};
use protocol::entry::{Draft, Given, SeatFact};
use protocol::seats::policy;
use protocol::sheet::{DaySheet, SeatRange};
use store::journal;
use store::rusqlite::{Row, Transaction, params};

use crate::citizen::Trouble;
use crate::office_file::MAX_LANES_ONLINE;

/// What the box told of its seats, and what its present life was given.
#[derive(Debug, Default)]
pub(super) struct Lost {
    told: Vec<SeatFact>,
    given: Vec<Given>,
}

impl Lost {
    /// Reads what concerns days from `first` on; nothing for a box that was never restored.
    pub(super) fn since(tx: &Transaction<'_>, office: &OfficeId, first: Date) -> Result<Self, Trouble> {
        let restored = tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM journal WHERE office = ?1 AND origin = 'box' AND kind = 'settled')",
            )?
            .query_row([office.as_str()], |row| row.get::<_, bool>(0))?;
        let Some(theirs) = journal::cursor(tx, office, Side::Box)?.filter(|_theirs| restored) else {
            return Ok(Self::default());
        };
        let told =
            facts(tx, "origin = 'box' AND (kind = 'settled' OR json_extract(body, '$.day') >= ?2)", office, first)?;
        let ours =
            facts(tx, "origin = 'booking' AND kind = 'given' AND json_extract(body, '$.day') >= ?2", office, first)?;
        let given = ours.into_iter().filter_map(given).filter(|given| given.incarnation == theirs.incarnation);
        Ok(Self { told, given: given.collect() })
    }

    /// Which seats of a day the box cannot sell, although they are its.
    pub(super) fn of(&self, sheet: &DaySheet) -> Vec<SeatRange> {
        if self.told.is_empty() {
            return Vec::new();
        }
        policy::lost_there(sheet, MAX_LANES_ONLINE, &self.told, &self.given)
    }
}

/// Facts of an office that fit, in the order in which they came. What cannot be read was reported
/// when it came.
fn facts(tx: &Transaction<'_>, which: &str, office: &OfficeId, first: Date) -> Result<Vec<SeatFact>, Trouble> {
    let sql = format!(
        "SELECT kind, at, body FROM journal JOIN journal_content USING (position)
         WHERE office = ?1 AND {which} AND kind IN ('minted', 'seats', 'given', 'booked', 'cancelled', 'settled')
         ORDER BY position"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map(params![office.as_str(), first.to_string()], draft)?;
    let mut facts = Vec::new();
    for row in rows {
        facts.extend(row?.as_ref().and_then(SeatFact::read).and_then(Result::ok));
    }
    Ok(facts)
}

fn draft(row: &Row<'_>) -> Result<Option<Draft>, store::rusqlite::Error> {
    let (kind, at, body): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (Ok(at), Ok(body)) = (at.parse(), serde_json::from_str(&body)) else { return Ok(None) };
    Ok(Some(Draft { kind, at, body }))
}

fn given(fact: SeatFact) -> Option<Given> {
    match fact {
        SeatFact::Given(given) => Some(given),
        SeatFact::Minted(_)
        | SeatFact::Seats(_)
        | SeatFact::PinBlock(_)
        | SeatFact::Booked(_)
        | SeatFact::Cancelled(_)
        | SeatFact::Settled(_) => None,
    }
}
