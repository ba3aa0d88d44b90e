//! Contacts past their last day are erased; their places in the chain stay.

use jiff::civil::Date;
use names::OfficeId;
use store::rusqlite::Transaction;
use store::{StoreError, journal};

use super::Ledger;

/// Contacts erased in one transaction: some milliseconds of a slow card.
const AT_ONCE: u32 = 500;

impl Ledger {
    /// Erases the contents of contacts whose last day is before `today`; says how many.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn erase_contacts(&self, today: Date) -> Result<usize, StoreError> {
        let mut erased = 0;
        loop {
            let office = self.office.clone();
            let some = self.db.write(move |tx| erase(tx, &office, today)).await?;
            erased += some;
            if some < AT_ONCE as usize {
                return Ok(erased);
            }
        }
    }
}

fn erase(tx: &Transaction<'_>, office: &OfficeId, today: Date) -> Result<usize, StoreError> {
    let past = past(tx, office, today)?;
    for position in &past {
        journal::erase(tx, *position)?;
    }
    Ok(past.len())
}

/// Where the contacts stand that are kept too long; ISO dates sort as text.
fn past(tx: &Transaction<'_>, office: &OfficeId, today: Date) -> Result<Vec<u64>, StoreError> {
    let sql = "SELECT j.position FROM journal j JOIN journal_content c ON c.position = j.position
               WHERE j.office = ?1 AND j.kind = 'contact' AND json_extract(c.body, '$.keep') < ?2
               ORDER BY j.position LIMIT ?3";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map((office.as_str(), today.to_string(), AT_ONCE), |row| row.get::<_, i64>(0))?;
    rows.map(|position| Ok(position?.cast_unsigned())).collect()
}
