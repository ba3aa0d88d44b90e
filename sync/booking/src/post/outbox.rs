//! The SQL of the outbox: mails that are due, on their way, sent or refused for good.
//!
//! What must always hold: a row is written in the transaction of the fact it tells about; one
//! row per (booking, kind, version); no secret stands in it.

use jiff::{SignedDuration, Timestamp};
use names::BookingId;
use store::rusqlite::{OptionalExtension, Transaction, params};

use super::{MailKind, NotTaken};
use crate::citizen::records::bits;
use crate::citizen::{MailState, Trouble};

/// Seconds until the next try, by the number of tries so far; the last one repeats.
const BACK_OFF_SECONDS: [i64; 8] = [5, 15, 30, 60, 120, 300, 900, 3600];

/// Hours after which a mail that nobody takes is given up: the sender's usual five days are
/// longer than most bookings are ahead, two days show in the list of the office in time.
const GIVE_UP_HOURS: i64 = 48;

/// Minutes a mail may wait before the log raises the alarm (`rules.md`, mail).
const ALARM_MINUTES: i64 = 5;

/// A mail that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DueMail {
    pub(crate) id: i64,
    pub(crate) booking: BookingId,
    pub(crate) kind: MailKind,
    pub(crate) version: u32,
    pub(crate) tries: u32,
    pub(crate) queued: Timestamp,
}

/// Queues a mail, due at a moment; a second time changes nothing. The caller nudges the sender
/// after the commit.
pub(crate) fn queue(
    tx: &Transaction<'_>,
    booking: BookingId,
    kind: MailKind,
    version: u32,
    due: Timestamp,
) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO outbox (booking, kind, version, state, queued, next) VALUES (?1, ?2, ?3, 'due', ?4, ?4)",
    )?
    .execute(params![bits(booking), kind.name(), version, due.as_second()])?;
    Ok(())
}

/// How many mails of a kind a booking has, and when the last one was queued.
pub(crate) fn count(
    tx: &Transaction<'_>,
    booking: BookingId,
    kind: MailKind,
) -> Result<(u32, Option<Timestamp>), Trouble> {
    let (count, last): (u32, Option<i64>) = tx
        .prepare_cached("SELECT count(*), max(queued) FROM outbox WHERE booking = ?1 AND kind = ?2")?
        .query_row(params![bits(booking), kind.name()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((count, last.and_then(|seconds| Timestamp::from_second(seconds).ok())))
}

/// Takes the next mail that is due and marks it as on its way.
pub(crate) fn take(tx: &Transaction<'_>, now: Timestamp) -> Result<Option<DueMail>, Trouble> {
    let found = tx
        .prepare_cached(
            "UPDATE outbox SET state = 'sending', tries = tries + 1
             WHERE id = (SELECT id FROM outbox WHERE state = 'due' AND next <= ?1 ORDER BY next, id LIMIT 1)
             RETURNING id, booking, kind, version, tries, queued",
        )?
        .query_row([now.as_second()], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })
        .optional()?;
    let Some((id, booking, kind, version, tries, queued)) = found else { return Ok(None) };
    let corrupt = || Trouble::Corrupt("a mail".to_owned());
    Ok(Some(DueMail {
        id,
        booking: BookingId::from_bits(booking.cast_unsigned()),
        kind: MailKind::from_name(&kind).ok_or_else(corrupt)?,
        version,
        tries,
        queued: Timestamp::from_second(queued).map_err(|_out| corrupt())?,
    }))
}

/// The other side took it.
pub(crate) fn sent(tx: &Transaction<'_>, mail: &DueMail, now: Timestamp) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE outbox SET state = 'sent', sent = ?2, why = NULL WHERE id = ?1")?
        .execute(params![mail.id, now.as_second()])?;
    Ok(())
}

/// The other side did not take it: refused for good, or tried again later unless `last_useful`
/// lies before that.
pub(crate) fn not_sent(
    tx: &Transaction<'_>,
    mail: &DueMail,
    why: &NotTaken,
    last_useful: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Trouble> {
    let step = usize::try_from(mail.tries.saturating_sub(1)).unwrap_or(usize::MAX).min(BACK_OFF_SECONDS.len() - 1);
    let next = now + SignedDuration::from_secs(BACK_OFF_SECONDS[step]);
    let give_up = last_useful.unwrap_or(Timestamp::MAX).min(mail.queued + SignedDuration::from_hours(GIVE_UP_HOURS));
    let (state, words) = match why {
        NotTaken::Refused(words) => ("failed", words),
        NotTaken::Later(words) if next > give_up => ("failed", words),
        NotTaken::Later(words) => ("due", words),
    };
    tx.prepare_cached("UPDATE outbox SET state = ?2, next = ?3, why = ?4 WHERE id = ?1")?.execute(params![
        mail.id,
        state,
        next.as_second(),
        words
    ])?;
    Ok(())
}

/// A mail that tells nothing useful any more is dropped.
pub(crate) fn drop_useless(tx: &Transaction<'_>, mail: &DueMail, why: &str) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE outbox SET state = 'failed', why = ?2 WHERE id = ?1")?.execute(params![mail.id, why])?;
    Ok(())
}

/// After a start: what was on its way when the program ended is due again. It may arrive twice,
/// with the same Message-ID.
pub(crate) fn recover(tx: &Transaction<'_>) -> Result<usize, Trouble> {
    Ok(tx.execute("UPDATE outbox SET state = 'due' WHERE state = 'sending'", [])?)
}

/// When the next mail is due.
pub(crate) fn next_due(tx: &Transaction<'_>) -> Result<Option<Timestamp>, Trouble> {
    let next: Option<i64> =
        tx.prepare_cached("SELECT min(next) FROM outbox WHERE state = 'due'")?.query_row([], |row| row.get(0))?;
    Ok(next.and_then(|seconds| Timestamp::from_second(seconds).ok()))
}

/// The mails that wait longer than they may, each told once.
pub(crate) fn overdue(tx: &Transaction<'_>, now: Timestamp) -> Result<Vec<i64>, Trouble> {
    let before = now.as_second() - ALARM_MINUTES * 60;
    let mut statement = tx.prepare_cached(
        "UPDATE outbox SET alarmed = 1 WHERE state IN ('due', 'sending') AND alarmed = 0 AND queued <= ?1 RETURNING id",
    )?;
    let ids = statement.query_map([before], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    Ok(ids)
}

/// Whether a mail has waited since before that moment.
pub(crate) fn waits_since(tx: &Transaction<'_>, before: Timestamp) -> Result<bool, Trouble> {
    Ok(tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox WHERE state IN ('due', 'sending') AND queued <= ?1)")?
        .query_row([before.as_second()], |row| row.get(0))?)
}

/// What happened to the last mail of a kind.
pub(crate) fn state(tx: &Transaction<'_>, booking: BookingId, kind: MailKind) -> Result<MailState, Trouble> {
    let found: Option<(String, u32, Option<i64>, Option<String>)> = tx
        .prepare_cached(
            "SELECT state, tries, sent, why FROM outbox WHERE booking = ?1 AND kind = ?2 ORDER BY version DESC LIMIT 1",
        )?
        .query_row(params![bits(booking), kind.name()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((state, tries, sent, why)) = found else { return Ok(MailState::Queued) };
    let sent = sent.and_then(|seconds| Timestamp::from_second(seconds).ok());
    Ok(match (state.as_str(), sent) {
        ("sent", Some(at)) => MailState::Sent { at },
        ("failed", _) => MailState::Refused { why: why.unwrap_or_default() },
        (_, _) if tries > 1 || why.is_some() => MailState::Retrying,
        (_, _) => MailState::Queued,
    })
}
