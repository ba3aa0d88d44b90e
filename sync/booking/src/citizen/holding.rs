//! From a free time to a booking that was sent off. One function, one transaction.

use jiff::Timestamp;
use names::{BookingId, Side};
use store::rusqlite::Transaction;

use super::details::{check, fold_mail, fold_name};
use super::errors::{DetailsError, ExtendError, HoldError, ResendError, SubmitError, Trouble};
use super::records::{self, BookingRow, Opens, State};
use super::terms::{BETWEEN_LINK_MAILS, EXTENSIONS, HOLD, LINK_MAILS, link_end};
use super::types::{DetailsForm, HeldView, Pick};
use crate::core::Office;
use crate::post::{MailKind, outbox};
use crate::seats;
use crate::secret::{HoldSecret, SecretHash};

/// Open bookings one mail address may have at an office.
const OPEN_PER_ADDRESS: usize = 3;

/// Free starts that are offered instead of a taken one.
pub(crate) const OFFERED_INSTEAD: usize = 3;

/// Holds a seat and opens a booking for it.
pub(crate) fn hold(
    tx: &Transaction<'_>,
    office: &Office,
    pick: &Pick,
    start: Timestamp,
    now: Timestamp,
) -> Result<HoldSecret, HoldError> {
    let next = |tx: &Transaction<'_>| seats::next_times(tx, office, pick, start, OFFERED_INSTEAD, now);
    if start < seats::earliest(office, now) {
        return Err(HoldError::TooSoon { next: next(tx)? });
    }
    let day = seats::day_of(office, start);
    if day > seats::last_day(office, now) {
        return Err(HoldError::TooFar);
    }
    let secret = HoldSecret::draw().map_err(Trouble::from)?;
    let row = BookingRow {
        id: new_id()?,
        office: office.view.id.clone(),
        state: State::Editing,
        version: 1,
        day,
        start,
        length: pick.length,
        services: pick.services.clone(),
        persons: pick.persons,
        language: names::Language::default(),
        browser: secret.hash(),
        extended: 0,
        until: now + HOLD,
        submitted: None,
        pin: None,
        hall: None,
        counter: None,
    };
    records::insert(tx, &row)?;
    if seats::hold(tx, office, &row, now)? { Ok(secret) } else { Err(HoldError::Taken { next: next(tx)? }) }
}

fn new_id() -> Result<BookingId, Trouble> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)?;
    Ok(BookingId::from_random(Side::Booking, u64::from_be_bytes(bytes)))
}

/// The booking of a browser while its form is open.
fn editing(tx: &Transaction<'_>, browser: SecretHash) -> Result<Option<BookingRow>, Trouble> {
    Ok(records::by_browser(tx, browser)?.filter(|row| row.state == State::Editing))
}

/// What a browser holds.
pub(crate) fn held(tx: &Transaction<'_>, browser: SecretHash) -> Result<Option<HeldView>, Trouble> {
    let Some(row) = editing(tx, browser)? else { return Ok(None) };
    let details = records::contact(tx, &row)?;
    Ok(Some(HeldView {
        pick: Pick { services: row.services, persons: row.persons, length: row.length },
        office: row.office,
        start: row.start,
        until: row.until,
        extensions_left: EXTENSIONS.saturating_sub(row.extended),
        details,
    }))
}

/// Extends a hold; answers its new end.
pub(crate) fn extend(tx: &Transaction<'_>, browser: SecretHash, now: Timestamp) -> Result<Timestamp, ExtendError> {
    let mut row = editing(tx, browser)?.ok_or(ExtendError::Gone)?;
    if row.extended >= EXTENSIONS {
        return Err(ExtendError::NoneLeft);
    }
    row.extended += 1;
    row.until = row.until.max(now + HOLD);
    records::update(tx, &row)?;
    seats::set_until(tx, row.id, row.until)?;
    Ok(row.until)
}

/// Gives a held seat back.
pub(crate) fn give_back(tx: &Transaction<'_>, browser: SecretHash, now: Timestamp) -> Result<(), Trouble> {
    let Some(row) = editing(tx, browser)? else { return Ok(()) };
    seats::release(tx, row.id, now)?;
    records::end(tx, row.id, State::Lapsed, now)
}

/// Lets a hold or a link whose time is over lapse: the release is the fact, the deadline only
/// proposed it. Answers the browser to tell.
pub(crate) fn lapse(tx: &Transaction<'_>, booking: BookingId, now: Timestamp) -> Result<Option<SecretHash>, Trouble> {
    seats::release(tx, booking, now)?;
    match records::by_id(tx, booking)? {
        Some(row) if matches!(row.state, State::Editing | State::Unconfirmed) => {
            records::end(tx, booking, State::Lapsed, now)?;
            Ok(Some(row.browser))
        }
        Some(_) | None => Ok(None),
    }
}

/// Checks and keeps who comes.
pub(crate) fn details(tx: &Transaction<'_>, browser: SecretHash, form: &DetailsForm) -> Result<(), DetailsError> {
    let mut row = editing(tx, browser)?.ok_or(DetailsError::Gone)?;
    let details = check(form).map_err(DetailsError::Fields)?;
    row.language = details.language;
    records::update(tx, &row)?;
    records::put_contact(tx, row.id, &details, &fold_mail(&details.mail))?;
    Ok(())
}

/// Sends a booking off: from now on the link is awaited.
pub(crate) fn submit(
    tx: &Transaction<'_>,
    office: &Office,
    hold: &HoldSecret,
    now: Timestamp,
) -> Result<(), SubmitError> {
    let mut row = records::by_browser(tx, hold.hash())?.ok_or(SubmitError::Gone)?;
    match row.state {
        State::Editing => {}
        // The button was pressed twice, or the page was sent again.
        State::Unconfirmed | State::Confirmed => return Ok(()),
        State::Cancelled | State::Lapsed => return Err(SubmitError::Gone),
    }
    let contact = records::contact(tx, &row)?.ok_or(SubmitError::NoDetails)?;
    check_limits(tx, &row, &contact.name, &fold_mail(&contact.mail), now)?;
    row.state = State::Unconfirmed;
    row.submitted = Some(now);
    row.until = link_end(now, None, row.start, &office.view.zone);
    records::update(tx, &row)?;
    seats::set_until(tx, row.id, row.until)?;
    // This browser gets to "my appointment" as soon as the link is confirmed anywhere.
    records::add_link(tx, hold.appointment().hash(), Opens::Appointment, row.id)?;
    outbox::queue(tx, row.id, MailKind::PleaseConfirm, 1, now)?;
    Ok(())
}

fn check_limits(
    tx: &Transaction<'_>,
    row: &BookingRow,
    name: &str,
    folded: &str,
    now: Timestamp,
) -> Result<(), SubmitError> {
    let open = records::open_of(tx, &row.office, folded, now)?;
    let same = |other: &BookingRow, who: &str| {
        fold_name(who) == fold_name(name) && other.services.iter().any(|id| row.services.contains(id))
    };
    if let Some((other, _name)) = open.iter().find(|(other, who)| same(other, who)) {
        return Err(SubmitError::Twice { standing: other.day });
    }
    if open.len() >= OPEN_PER_ADDRESS {
        return Err(SubmitError::TooMany { standing: open.iter().map(|(other, _name)| other.day).collect() });
    }
    Ok(())
}

/// Queues the mail with the link once more.
pub(crate) fn resend(tx: &Transaction<'_>, browser: SecretHash, now: Timestamp) -> Result<(), ResendError> {
    let row = records::by_browser(tx, browser)?.filter(|row| row.state == State::Unconfirmed);
    let row = row.ok_or(ResendError::NothingToConfirm)?;
    let (count, last) = outbox::count(tx, row.id, MailKind::PleaseConfirm)?;
    let too_soon = last.is_some_and(|last| now.duration_since(last) < BETWEEN_LINK_MAILS);
    if count >= LINK_MAILS || too_soon {
        return Err(ResendError::Enough);
    }
    outbox::queue(tx, row.id, MailKind::PleaseConfirm, count + 1, now)?;
    Ok(())
}
