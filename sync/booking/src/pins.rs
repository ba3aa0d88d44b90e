//! Draws Termin-PINs from the blocks this server holds.
//!
//! What must always hold: a PIN is never that of another open booking of the office; a block is
//! held by one side only. When all blocks were used once, the server's own start over: a PIN
//! that still belongs to an open booking is skipped.

use jiff::civil::Date;
use names::{OfficeId, Pin};
use protocol::pins::{BLOCK_SIZE, BLOCKS, PinBlock, PinKey, pin};
use store::rusqlite::{OptionalExtension, Transaction, params};

use crate::citizen::Trouble;

/// Draws a PIN for a booking of an office.
///
/// # Errors
/// All PINs of the office belong to open bookings, or the store failed.
pub(crate) fn draw(tx: &Transaction<'_>, office: &OfficeId, key: &PinKey, today: Date) -> Result<Pin, Trouble> {
    // Each round uses up one PIN; after all of them twice there is none.
    for _round in 0..2 * Pin::COUNT {
        let (block, offset) = match open_block(tx, office)? {
            Some(place) => place,
            None => {
                take_block(tx, office, "booking")?;
                continue;
            }
        };
        tx.prepare_cached("UPDATE pin_blocks SET used = used + 1 WHERE office = ?1 AND block = ?2")?
            .execute(params![office.as_str(), block.number()])?;
        if let Some(pin) = pin(key, block, offset)
            && !is_open(tx, office, pin, today)?
        {
            return Ok(pin);
        }
    }
    Err(Trouble::Corrupt("no PIN that is free".to_owned()))
}

fn open_block(tx: &Transaction<'_>, office: &OfficeId) -> Result<Option<(PinBlock, u16)>, Trouble> {
    let found: Option<(u16, u16)> = tx
        .prepare_cached(
            "SELECT block, used FROM pin_blocks WHERE office = ?1 AND holder = 'booking' AND used < ?2
             ORDER BY generation, block LIMIT 1",
        )?
        .query_row(params![office.as_str(), BLOCK_SIZE], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(block, used)| Some((PinBlock::new(block)?, used))))
}

fn is_open(tx: &Transaction<'_>, office: &OfficeId, pin: Pin, today: Date) -> Result<bool, Trouble> {
    let found: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM bookings WHERE office = ?1 AND pin = ?2 AND state = 'confirmed' AND day >= ?3)",
        )?
        .query_row(params![office.as_str(), pin.number(), today.to_string()], |row| row.get(0))?;
    Ok(found)
}

/// Takes the next block nobody holds yet for a side; answers it with its generation. Without
/// one left, the server's own blocks start over.
pub(crate) fn take_block(
    tx: &Transaction<'_>,
    office: &OfficeId,
    holder: &str,
) -> Result<Option<(PinBlock, u32)>, Trouble> {
    let next: u16 = tx
        .prepare_cached("SELECT coalesce(max(block) + 1, 0) FROM pin_blocks WHERE office = ?1")?
        .query_row([office.as_str()], |row| row.get(0))?;
    match PinBlock::new(next) {
        Some(block) => {
            tx.prepare_cached("INSERT INTO pin_blocks (office, block, holder, generation) VALUES (?1, ?2, ?3, 1)")?
                .execute(params![office.as_str(), block.number(), holder])?;
            Ok(Some((block, 1)))
        }
        None => {
            debug_assert!(next >= BLOCKS, "only the last block has no next one");
            tx.prepare_cached(
                "UPDATE pin_blocks SET used = 0, generation = generation + 1 WHERE office = ?1 AND holder = 'booking'",
            )?
            .execute([office.as_str()])?;
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;
    use store::Db;

    use super::*;

    /// The store of an office; what happens in it is rolled back.
    fn with_store(test: impl FnOnce(&Transaction<'_>) + Send + 'static) {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("booking.db"), crate::MIGRATIONS).expect("a store");
        let outcome = db.write_blocking(move |tx| {
            test(tx);
            Ok::<_, Trouble>(())
        });
        outcome.expect("the test passes");
    }

    fn office() -> OfficeId {
        "musterland".parse().expect("a name")
    }

    fn next(tx: &Transaction<'_>) -> Result<Pin, Trouble> {
        draw(tx, &office(), &PinKey::from_bytes([7; 16]), date(2026, 2, 2))
    }

    #[test]
    fn pins_never_repeat_across_blocks_and_leave_the_block_of_the_box_alone() {
        with_store(|tx| {
            let first = next(tx).expect("a PIN");
            let given = take_block(tx, &office(), "box").expect("taken").expect("one is left");
            let others: BTreeSet<Pin> = (0..3 * BLOCK_SIZE).map(|_| next(tx).expect("a PIN")).collect();
            assert_eq!(others.len(), usize::from(3 * BLOCK_SIZE));
            assert!(!others.contains(&first));
            let theirs = (0..BLOCK_SIZE).filter_map(|o| pin(&PinKey::from_bytes([7; 16]), given.0, o));
            assert!(theirs.into_iter().all(|pin| !others.contains(&pin)));
        });
    }

    #[test]
    fn used_up_blocks_start_over_and_open_bookings_keep_their_pins() {
        with_store(|tx| {
            let kept = next(tx).expect("a PIN");
            let sql = "INSERT INTO bookings (booking, office, state, day, start, length, services, persons, language,
                       browser, until, pin) VALUES (1, 'musterland', 'confirmed', '2026-02-03', 0, 10, '[1]', 1, 'de',
                       zeroblob(32), 0, ?1)";
            tx.execute(sql, [kept.number()]).expect("a booking");
            // All other blocks are gone; the only own one is used up.
            for block in 1..BLOCKS {
                let sql = "INSERT INTO pin_blocks VALUES ('musterland', ?1, 'box', 1, 0)";
                tx.execute(sql, [block]).expect("a block");
            }
            tx.execute("UPDATE pin_blocks SET used = ?1 WHERE block = 0", [BLOCK_SIZE]).expect("used up");
            let again: BTreeSet<Pin> = (1..BLOCK_SIZE).map(|_| next(tx).expect("a PIN")).collect();
            assert_eq!(again.len(), usize::from(BLOCK_SIZE) - 1);
            assert!(!again.contains(&kept));
        });
    }
}
