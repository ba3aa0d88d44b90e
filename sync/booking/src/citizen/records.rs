//! The SQL of bookings, contacts and links: the only place that names these tables' columns.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use names::{BookingId, CounterId, Language, Minutes, OfficeId, Pin, ServiceId};
use store::rusqlite::{OptionalExtension, Row, Transaction, params};

use super::errors::Trouble;
use super::types::{AppointmentState, Details};
use crate::secret::SecretHash;

/// Days after the appointment's day at whose end its contact data is erased (`rules.md`, retention).
const CONTACT_DAYS: i32 = 2;

/// How far a booking is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The form is being filled in; the seat is held.
    Editing,
    /// The link is awaited; the seat is held.
    Unconfirmed,
    /// The seat is sold.
    Confirmed,
    /// Cancelled by the citizen.
    Cancelled,
    /// The seat was let go before anything was booked.
    Lapsed,
}

impl State {
    const ALL: [Self; 5] = [Self::Editing, Self::Unconfirmed, Self::Confirmed, Self::Cancelled, Self::Lapsed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Editing => "editing",
            Self::Unconfirmed => "unconfirmed",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
        }
    }
}

/// What the box told about a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hall {
    Arrived,
    Called,
    Served,
    Missed,
}

impl Hall {
    const ALL: [Self; 4] = [Self::Arrived, Self::Called, Self::Served, Self::Missed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Called => "called",
            Self::Served => "served",
            Self::Missed => "missed",
        }
    }
}

/// A booking, without anything personal.
#[derive(Clone, Debug)]
pub(crate) struct BookingRow {
    pub(crate) id: BookingId,
    pub(crate) office: OfficeId,
    pub(crate) state: State,
    pub(crate) version: u16,
    pub(crate) day: Date,
    pub(crate) start: Timestamp,
    pub(crate) length: Minutes,
    pub(crate) services: Vec<ServiceId>,
    pub(crate) persons: u8,
    pub(crate) language: Language,
    pub(crate) browser: SecretHash,
    pub(crate) extended: u8,
    pub(crate) until: Timestamp,
    pub(crate) submitted: Option<Timestamp>,
    pub(crate) pin: Option<Pin>,
    pub(crate) hall: Option<Hall>,
    pub(crate) counter: Option<CounterId>,
}

impl BookingRow {
    /// The day at whose end the contact data is erased.
    pub(crate) fn erased_on(&self) -> Date {
        self.day.saturating_add(CONTACT_DAYS.days())
    }

    /// How it stands; nothing while it is no appointment.
    pub(crate) fn appointment_state(&self) -> Option<AppointmentState> {
        match (self.state, self.hall) {
            (State::Editing | State::Unconfirmed | State::Lapsed, _) => None,
            (State::Cancelled, None | Some(Hall::Missed)) => Some(AppointmentState::Cancelled),
            // Called off online and come anyway: the hall wins.
            (State::Cancelled, Some(Hall::Arrived)) => Some(AppointmentState::Arrived),
            (State::Cancelled, Some(Hall::Called)) => Some(AppointmentState::Called { counter: self.counter }),
            (State::Cancelled, Some(Hall::Served)) => Some(AppointmentState::Served),
            (State::Confirmed, None) => Some(AppointmentState::Confirmed),
            (State::Confirmed, Some(Hall::Arrived)) => Some(AppointmentState::Arrived),
            (State::Confirmed, Some(Hall::Called)) => Some(AppointmentState::Called { counter: self.counter }),
            (State::Confirmed, Some(Hall::Served)) => Some(AppointmentState::Served),
            (State::Confirmed, Some(Hall::Missed)) => Some(AppointmentState::Missed),
        }
    }
}

const COLUMNS: &str = "booking, office, state, version, day, start, length, services, persons, language, browser, \
                       extended, until, submitted, pin, hall, counter";

/// The 64 bits of an id as SQLite stores them.
pub(crate) fn bits(id: BookingId) -> i64 {
    id.bits().cast_signed()
}

/// Writes a new booking.
pub(crate) fn insert(tx: &Transaction<'_>, row: &BookingRow) -> Result<(), Trouble> {
    let services: Vec<u16> = row.services.iter().map(|id| id.0).collect();
    let sql = format!(
        "INSERT INTO bookings ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
    );
    tx.prepare_cached(&sql)?.execute(params![
        bits(row.id),
        row.office.as_str(),
        row.state.name(),
        row.version,
        row.day.to_string(),
        row.start.as_second(),
        row.length.0,
        serde_json::to_string(&services).map_err(|why| Trouble::Corrupt(why.to_string()))?,
        row.persons,
        row.language.tag(),
        row.browser.bytes(),
        row.extended,
        row.until.as_second(),
        row.submitted.map(Timestamp::as_second),
        row.pin.map(Pin::number),
        row.hall.map(Hall::name),
        row.counter.map(CounterId::number),
    ])?;
    Ok(())
}

fn one(
    tx: &Transaction<'_>,
    condition: &str,
    value: impl store::rusqlite::ToSql,
) -> Result<Option<BookingRow>, Trouble> {
    let sql = format!("SELECT {COLUMNS} FROM bookings WHERE {condition}");
    let raw = tx.prepare_cached(&sql)?.query_row([value], |row| Ok(read(row))).optional()?;
    raw.transpose()
}

/// A booking by its id.
pub(crate) fn by_id(tx: &Transaction<'_>, id: BookingId) -> Result<Option<BookingRow>, Trouble> {
    one(tx, "booking = ?1", bits(id))
}

/// The booking a browser made.
pub(crate) fn by_browser(tx: &Transaction<'_>, hash: SecretHash) -> Result<Option<BookingRow>, Trouble> {
    let found = one(tx, "browser = ?1", hash.bytes())?;
    // The index found it; whether it is really the one is compared in constant time.
    Ok(found.filter(|row| row.browser == hash))
}

/// What a secret of a mail opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opens {
    /// The page with the button that confirms.
    Link,
    /// "My appointment".
    Appointment,
}

impl Opens {
    fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Appointment => "appointment",
        }
    }
}

/// The booking behind a secret of a mail.
pub(crate) fn by_link(tx: &Transaction<'_>, hash: SecretHash, opens: Opens) -> Result<Option<BookingRow>, Trouble> {
    let found: Option<([u8; 32], i64)> = tx
        .prepare_cached("SELECT hash, booking FROM links WHERE hash = ?1 AND opens = ?2")?
        .query_row(params![hash.bytes(), opens.name()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        Some((stored, booking)) if SecretHash::from(stored) == hash => {
            by_id(tx, BookingId::from_bits(booking.cast_unsigned()))
        }
        Some(_) | None => Ok(None),
    }
}

/// Lets a secret open a booking.
pub(crate) fn add_link(tx: &Transaction<'_>, hash: SecretHash, opens: Opens, id: BookingId) -> Result<(), Trouble> {
    tx.prepare_cached("INSERT OR IGNORE INTO links (hash, opens, booking) VALUES (?1, ?2, ?3)")?.execute(params![
        hash.bytes(),
        opens.name(),
        bits(id)
    ])?;
    Ok(())
}

/// Writes what may change of a booking.
pub(crate) fn update(tx: &Transaction<'_>, row: &BookingRow) -> Result<(), Trouble> {
    tx.prepare_cached(
        "UPDATE bookings SET state = ?2, version = ?3, day = ?4, start = ?5, language = ?6, extended = ?7, until = ?8,
         submitted = ?9, pin = ?10 WHERE booking = ?1",
    )?
    .execute(params![
        bits(row.id),
        row.state.name(),
        row.version,
        row.day.to_string(),
        row.start.as_second(),
        row.language.tag(),
        row.extended,
        row.until.as_second(),
        row.submitted.map(Timestamp::as_second),
        row.pin.map(Pin::number),
    ])?;
    Ok(())
}

/// Writes all that a fact says of a booking that is known already.
pub(crate) fn rewrite(tx: &Transaction<'_>, row: &BookingRow) -> Result<(), Trouble> {
    update(tx, row)?;
    let services: Vec<u16> = row.services.iter().map(|id| id.0).collect();
    tx.prepare_cached("UPDATE bookings SET length = ?2, services = ?3, persons = ?4 WHERE booking = ?1")?.execute(
        params![
            bits(row.id),
            row.length.0,
            serde_json::to_string(&services).map_err(|why| Trouble::Corrupt(why.to_string()))?,
            row.persons
        ],
    )?;
    Ok(())
}

/// Ends a booking that is cancelled or lapsed; what was typed is erased 24 hours later.
pub(crate) fn end(tx: &Transaction<'_>, id: BookingId, state: State, at: Timestamp) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE bookings SET state = ?2, ended = ?3 WHERE booking = ?1")?.execute(params![
        bits(id),
        state.name(),
        at.as_second()
    ])?;
    Ok(())
}

/// Takes the end of a booking back: a late link booked it after all.
pub(crate) fn revive(tx: &Transaction<'_>, id: BookingId) -> Result<(), Trouble> {
    tx.prepare_cached("UPDATE bookings SET ended = NULL WHERE booking = ?1")?.execute([bits(id)])?;
    Ok(())
}

/// Keeps who comes, over what was there.
pub(crate) fn put_contact(tx: &Transaction<'_>, id: BookingId, details: &Details, folded: &str) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO contacts (booking, name, mail, folded, telephone) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (booking) DO UPDATE SET name = excluded.name, mail = excluded.mail, folded = excluded.folded,
         telephone = excluded.telephone",
    )?
    .execute(params![bits(id), details.name, details.mail, folded, details.telephone])?;
    Ok(())
}

/// Who comes; nothing before it was typed and after it was erased.
pub(crate) fn contact(tx: &Transaction<'_>, row: &BookingRow) -> Result<Option<Details>, Trouble> {
    let language = row.language;
    let found = tx
        .prepare_cached("SELECT name, mail, telephone FROM contacts WHERE booking = ?1")?
        .query_row([bits(row.id)], |row| {
            Ok(Details { name: row.get(0)?, mail: row.get(1)?, telephone: row.get(2)?, language })
        })
        .optional()?;
    Ok(found)
}

/// The open bookings of a folded mail address at an office: asked for or booked, and not yet over.
pub(crate) fn open_of(
    tx: &Transaction<'_>,
    office: &OfficeId,
    folded: &str,
    now: Timestamp,
) -> Result<Vec<(BookingRow, String)>, Trouble> {
    let columns = COLUMNS.replace("booking,", "bookings.booking,");
    let sql = format!(
        "SELECT {columns}, name FROM bookings JOIN contacts ON contacts.booking = bookings.booking
         WHERE folded = ?1 AND office = ?2 AND state IN ('unconfirmed', 'confirmed') AND start > ?3
         AND (hall IS NULL OR hall NOT IN ('served', 'missed')) ORDER BY start"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(params![folded, office.as_str(), now.as_second()])?;
    let mut open = Vec::new();
    while let Some(row) = rows.next()? {
        open.push((read(row)?, row.get("name")?));
    }
    Ok(open)
}

/// Writes what the box told about a visit; `visit` is its number in the hall.
pub(crate) fn set_hall(
    tx: &Transaction<'_>,
    id: BookingId,
    hall: Hall,
    visit: Option<u32>,
    counter: Option<CounterId>,
) -> Result<(), Trouble> {
    tx.prepare_cached(
        "UPDATE bookings SET hall = ?2, visit = coalesce(?3, visit), counter = coalesce(?4, counter) WHERE booking = ?1",
    )?
    .execute(params![bits(id), hall.name(), visit, counter.map(CounterId::number)])?;
    Ok(())
}

/// The booking of a visit in the hall on a day.
pub(crate) fn by_visit(
    tx: &Transaction<'_>,
    office: &OfficeId,
    day: Date,
    visit: u32,
) -> Result<Option<BookingRow>, Trouble> {
    let sql = format!(
        "SELECT {COLUMNS} FROM bookings WHERE office = ?1 AND day = ?2 AND state IN ('confirmed', 'cancelled') AND visit = ?3"
    );
    let found = tx
        .prepare_cached(&sql)?
        .query_row(params![office.as_str(), day.to_string(), visit], |row| Ok(read(row)))
        .optional()?;
    found.transpose()
}

/// Erases what may no longer be kept: contacts of days past, and ended bookings after a day.
/// Answers how many rows are gone.
pub(crate) fn erase(tx: &Transaction<'_>, now: Timestamp, office: &OfficeId, today: Date) -> Result<usize, Trouble> {
    let last_kept = today.saturating_sub(CONTACT_DAYS.days()).to_string();
    let ended_before = now.as_second() - ENDED_KEPT_SECONDS;
    let old_ends = "SELECT booking FROM bookings WHERE office = ?1 AND ended IS NOT NULL AND ended <= ?2";
    let contacts = tx.execute(
        &format!(
            "DELETE FROM contacts WHERE booking IN (SELECT booking FROM bookings WHERE office = ?1 AND day < ?3)
             OR booking IN ({old_ends})"
        ),
        params![office.as_str(), ended_before, last_kept],
    )?;
    // The words of the other mail server may repeat the address.
    tx.execute(
        "UPDATE outbox SET why = NULL WHERE why IS NOT NULL AND booking NOT IN (SELECT booking FROM contacts)",
        [],
    )?;
    let links = tx.execute(
        &format!("DELETE FROM links WHERE booking IN ({old_ends}) OR booking IN (SELECT booking FROM bookings WHERE office = ?1 AND day < ?3)"),
        params![office.as_str(), ended_before, last_kept],
    )?;
    Ok(contacts + links)
}

/// Seconds that what was typed for a lapsed or cancelled booking is kept: 24 hours.
const ENDED_KEPT_SECONDS: i64 = 24 * 60 * 60;

fn read(row: &Row<'_>) -> Result<BookingRow, Trouble> {
    let text = |column: &str| row.get::<_, String>(column);
    let moment = |seconds: i64| Timestamp::from_second(seconds).map_err(|_out| corrupt("a moment"));
    let services: Vec<u16> = serde_json::from_str(&text("services")?).map_err(|_bad| corrupt("services"))?;
    Ok(BookingRow {
        id: BookingId::from_bits(row.get::<_, i64>("booking")?.cast_unsigned()),
        office: text("office")?.parse().map_err(|_bad| corrupt("an office"))?,
        state: named(&State::ALL, State::name, &text("state")?).ok_or_else(|| corrupt("a state"))?,
        version: row.get("version")?,
        day: text("day")?.parse().map_err(|_bad| corrupt("a day"))?,
        start: moment(row.get("start")?)?,
        length: Minutes(row.get("length")?),
        services: services.into_iter().map(ServiceId).collect(),
        persons: row.get("persons")?,
        language: Language::from_tag(&text("language")?).unwrap_or_default(),
        browser: SecretHash::from(row.get::<_, [u8; 32]>("browser")?),
        extended: row.get("extended")?,
        until: moment(row.get("until")?)?,
        submitted: row.get::<_, Option<i64>>("submitted")?.map(moment).transpose()?,
        pin: row.get::<_, Option<u32>>("pin")?.and_then(|number| Pin::from_number(number).ok()),
        hall: row.get::<_, Option<String>>("hall")?.and_then(|name| named(&Hall::ALL, Hall::name, &name)),
        counter: row.get::<_, Option<u8>>("counter")?.and_then(|number| CounterId::try_from(number).ok()),
    })
}

fn named<T: Copy>(all: &[T], name: fn(T) -> &'static str, text: &str) -> Option<T> {
    all.iter().copied().find(|value| name(*value) == text)
}

fn corrupt(what: &str) -> Trouble {
    Trouble::Corrupt(what.to_owned())
}
