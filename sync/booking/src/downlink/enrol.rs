//! Enrolment: a code that is typed once makes a box the box of an office.
//!
//! What must always hold: only the hash of a code is stored; it is good for one box, for one
//! hour, for few tries.

use jiff::{SignedDuration, Timestamp};
use names::OfficeId;
use protocol::exchange::{EnrolReply, EnrolRequest, Refusal};
use sha2::{Digest, Sha256};
use store::rusqlite::{OptionalExtension, Transaction, params};
use subtle::ConstantTimeEq;

use super::NotDone;
use crate::citizen::Trouble;
use crate::core::Core;
use crate::seats;

/// Hours a code is good for.
const CODE_HOURS: i64 = 1;

/// Wrong codes after which the right one is no longer taken.
const MAX_TRIES: u32 = 10;

/// What a code is made of: capital letters and digits that nobody mistakes for another.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKLMNPQRSTUVWXY";

/// Characters of a code, in groups of four: 39 bits against ten tries.
const CODE_LEN: usize = 8;

/// Makes a new code for an office; an older one is no longer good.
///
/// # Errors
/// The office is not served here, or the store failed.
pub(crate) async fn new_code(core: &Core, office: &OfficeId, now: Timestamp) -> Result<String, Trouble> {
    let office = core.office(office)?;
    let code = draw()?;
    let (hash, until) = (hash(&code), now + SignedDuration::from_hours(CODE_HOURS));
    core.db
        .write(move |tx| {
            tx.execute(
                "INSERT INTO enrolments (office, code, until) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET code = excluded.code, until = excluded.until, tries = 0, box = NULL",
                params![office.view.id.as_str(), hash, until.as_second()],
            )?;
            Ok::<_, Trouble>(())
        })
        .await?;
    Ok(code)
}

fn draw() -> Result<String, Trouble> {
    let mut bytes = [0_u8; CODE_LEN * 2];
    getrandom::fill(&mut bytes)?;
    let letter =
        |pair: &[u8]| char::from(ALPHABET[usize::from(u16::from_be_bytes([pair[0], pair[1]])) % ALPHABET.len()]);
    let letters: String = bytes.chunks_exact(2).map(letter).collect();
    Ok(format!("{}-{}", &letters[..CODE_LEN / 2], &letters[CODE_LEN / 2..]))
}

/// However it was typed: small letters, without the dash, with gaps.
fn hash(code: &str) -> [u8; 32] {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256::new().chain_update("aufruf-enrolment").chain_update(letters).finalize().into()
}

/// Takes a box in. The same box asking again within the hour gets the same answer.
pub(super) async fn enrol(core: &Core, request: EnrolRequest, now: Timestamp) -> Result<EnrolReply, NotDone> {
    let office = core.office(&request.office).map_err(|_unknown| Refusal::UnknownOffice)?;
    let outcome = core
        .db
        .write(move |tx| {
            // A wrong code is counted: that is committed, although it is a refusal.
            if !take_code(tx, &request, now)? {
                return Ok::<_, NotDone>(Err(Refusal::NotEnrolled));
            }
            let reply = store::exchange::enrol(tx, &request)?;
            seats::share::give_block(tx, &office, now)?;
            seats::share::rebalance(tx, &office, now)?;
            tracing::info!(office = %request.office, "a box is enrolled");
            Ok(Ok(reply))
        })
        .await?;
    Ok(outcome?)
}

fn take_code(tx: &Transaction<'_>, request: &EnrolRequest, now: Timestamp) -> Result<bool, Trouble> {
    let office = request.office.as_str();
    let found: Option<([u8; 32], i64, u32, Option<String>)> = tx
        .prepare_cached("SELECT code, until, tries, box FROM enrolments WHERE office = ?1")?
        .query_row([office], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((code, until, tries, used_by)) = found else { return Ok(false) };
    let asking = request.public_key.to_string();
    let same_box = used_by.as_ref().is_none_or(|used_by| *used_by == asking);
    let right = bool::from(code.ct_eq(&hash(&request.code)));
    if right && same_box && tries < MAX_TRIES && now.as_second() < until {
        tx.execute("UPDATE enrolments SET box = ?2 WHERE office = ?1", params![office, asking])?;
        return Ok(true);
    }
    tx.execute("UPDATE enrolments SET tries = tries + 1 WHERE office = ?1", [office])?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = draw().expect("randomness");
        assert_eq!(code.len(), CODE_LEN + 1);
        assert_eq!(hash(&code), hash(&format!(" {} ", code.to_lowercase().replace('-', " "))));
        assert_ne!(hash(&code), hash(&draw().expect("randomness")));
    }
}
