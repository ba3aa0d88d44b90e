//! Ten thousand bookings of one side, made while the line is down.
//!
//! The program of that side is stopped meanwhile; its journal is filled through the store's own
//! functions and the product's own day sheet: the same entries that a booking page or the desk
//! writes, each with the seats it sold, with or without a sealed contact behind it.
//!
//! What must always hold: both sides want the same times, in the same order, and sell them from
//! their own seats, as the sheets tell; nothing is written that the program itself could not have
//! written.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use fixture::Chance;
use fixture::papers::OFFICE;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use names::{BookingId, Language, Minutes, OfficeId, Pin, ServiceId, Side};
use protocol::entry::FromBooking;
use protocol::entry::{Booked, Contact, Draft, FromEither, Recipient, SeatFact};
use protocol::sealed::{OpenKey, Plain, SealKey, seal};
use protocol::seats::Shelf;
use protocol::sheet::{DaySheet, Interval, LaneOffer, Outcome, SeatState, SheetInput, Span};
use store::rusqlite::{Connection, Transaction};
use store::{Db, OfficeShelf, Places, StoreError, journal};

/// Lanes of each side that are offered: with 60 intervals on 28 days enough for 10,000 bookings of
/// one to three intervals.
const LANES: u8 = 20;
/// Days ahead on which people book.
const DAYS: u64 = 28;
/// The first interval of a day, 8:00, and how many follow.
const OPEN: (u8, u8) = (48, 60);
/// How long the line was down.
const OUTAGE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Days that a contact is kept after the appointment's.
const KEPT: i32 = 2;
/// PINs of an office; the step makes neighbours look unrelated and misses none (it shares no factor).
const PINS: u32 = 80_000;
const PIN_STEP: u64 = 38_197;
/// Tables a program may have of its own: they are there already, so none of these is ever run.
static THERE_ALREADY: [&str; 64] = [""; 64];

/// What to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Whose bookings.
    pub(super) side: Side,
    /// How many.
    pub(super) count: u64,
    /// Whether a sealed contact stands behind each.
    pub(super) contacts: bool,
    /// What the times follow from.
    pub(super) seed: u64,
    /// When the line comes back.
    pub(super) until: Timestamp,
}

/// Opens the database of a stopped program.
pub(super) fn open(side: Side, data: &Path) -> Result<Db> {
    let file = data.join(if side == Side::Box { "journal.db" } else { "booking.db" });
    let tables: i64 = Connection::open(&file)?.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let there = THERE_ALREADY.get(..usize::try_from(tables)?).context("more tables than are known here")?;
    let witness = data.join("witness");
    if witness.exists() {
        return Ok(Db::open_with(&file, there, &Places::of(side).witness(witness))?.0);
    }
    Ok(Db::open(&file, there)?)
}

/// Writes the bookings into a journal; answers their ids: these were told to people.
pub(super) async fn fill(db: &Db, wanted: Wanted) -> Result<Vec<BookingId>> {
    let office: OfficeId = OFFICE.parse()?;
    db.write(move |tx| write(tx, &office, wanted)).await.map_err(|error: StoreError| error.into())
}

fn write(tx: &Transaction<'_>, office: &OfficeId, wanted: Wanted) -> Result<Vec<BookingId>, StoreError> {
    let mut shelf = OfficeShelf::new(tx, office, wanted.side, wanted.until);
    let mut counters = Counters::new(told(tx, office)?, wanted);
    let (mut ids, mut drafts) = (Vec::new(), Vec::new());
    for number in 0..wanted.count {
        let booked = counters.sell(&mut shelf, number)?;
        let at = wanted.until - OUTAGE + OUTAGE / wanted.count as i32 * number as i32 + counters.some_time();
        let (id, day) = (booked.booking, booked.day);
        drafts.push(SeatFact::Booked(booked).draft(at));
        drafts.extend(wanted.contacts.then(|| counters.contact(office, (id, day), number, at)));
        ids.push(id);
    }
    for sheet in counters.sheets.values() {
        // A server that keeps its sheets elsewhere has none here, and needs none to exchange.
        if shelf.sheet(sheet.day())?.is_some() {
            shelf.put_sheet(sheet)?;
        }
    }
    journal::append(tx, office, wanted.side, &drafts)?;
    Ok(ids)
}

/// What the booking server told before the line was cut.
#[derive(Default)]
struct Told {
    /// The days, with the lanes that the booking server began with.
    days: BTreeMap<Date, u8>,
    /// The key that contacts of the desk are sealed to: its own, so that it opens every one.
    key: Option<SealKey>,
}

fn told(tx: &Transaction<'_>, office: &OfficeId) -> Result<Told, StoreError> {
    let mut told = Told::default();
    for entry in journal::in_order(tx, office, 0) {
        let (_position, entry) = entry?;
        match FromBooking::read(&entry.draft()) {
            Some(Ok(FromBooking::Minted(minted))) => drop(told.days.insert(minted.day, minted.booking_lanes)),
            Some(Ok(FromBooking::Office(doc))) => told.key = doc.seal_key.and_then(|key| key.parse().ok()),
            Some(_) | None => {}
        }
    }
    Ok(told)
}

/// Those who sell on one side.
struct Counters {
    wanted: Wanted,
    /// What is wanted: the same on both sides.
    times: Chance,
    /// Ids, seeds of seals, seconds: each side's own.
    own: Chance,
    days: Vec<(Date, u8)>,
    sheets: BTreeMap<Date, DaySheet>,
    key: SealKey,
}

impl Counters {
    fn new(told: Told, wanted: Wanted) -> Self {
        let mut own = Chance::new(wanted.seed ^ if wanted.side == Side::Box { u64::MAX } else { 0x5555 });
        // Nobody has the recovery key here; as long as the server's it is all the same.
        let recovery = OpenKey::from_seed(bytes(&mut own)).public();
        let key = told.key.filter(|_server| wanted.side == Side::Box).unwrap_or(recovery);
        // Today is left out: it may end under our eyes.
        let days = told.days.into_iter().skip(1).collect();
        Self { wanted, times: Chance::new(wanted.seed), own, days, sheets: BTreeMap::new(), key }
    }

    /// Sells the next time that somebody wants and that is free.
    fn sell(&mut self, shelf: &mut OfficeShelf<'_>, number: u64) -> Result<Booked, StoreError> {
        let booking = BookingId::from_random(self.wanted.side, random(&mut self.own));
        loop {
            let (day, lanes) = self.days[self.times.below(DAYS.min(self.days.len() as u64)) as usize];
            let first = OPEN.0 + self.times.below(u64::from(OPEN.1 - 3)) as u8;
            let length = 1 + self.times.below(3) as u8;
            let service = ServiceId(1 + self.times.below(6) as u16);
            let sheet = match self.sheets.remove(&day) {
                Some(sheet) => sheet,
                None => shelf.sheet(day)?.unwrap_or_else(|| DaySheet::mint(day, lanes)),
            };
            let lane = if self.wanted.side == Side::Box { lanes } else { 0 };
            let (sheet, seats) = self.step(sheet, (booking, lane..lane + LANES), (first, length), service);
            self.sheets.insert(day, sheet);
            if let Some(seats) = seats {
                return Ok(self.booked((booking, number), day, (first, length), service, seats));
            }
        }
    }

    fn step(
        &self,
        sheet: DaySheet,
        (booking, lanes): (BookingId, std::ops::Range<u8>),
        (first, length): (u8, u8),
        service: ServiceId,
    ) -> (DaySheet, Option<Vec<Span>>) {
        let open = vec![interval(OPEN.0)..interval(OPEN.0 + OPEN.1)];
        let offer = |lane| LaneOffer { lane, open: open.clone(), services: vec![service] };
        let input = SheetInput::SellNow {
            booking,
            offered: lanes.map(offer).collect(),
            services: vec![service],
            from: interval(first),
            count: length,
        };
        let mut after = sheet.clone();
        match after.step(self.wanted.side, input) {
            Ok(Outcome::Sold(_place)) => {
                let seats = after.change_since(&sheet).map(|change| change.spans);
                (after, seats)
            }
            Ok(_other) => (sheet, None),
            Err(_no_seat) => (sheet, None),
        }
    }

    fn booked(
        &self,
        (booking, number): (BookingId, u64),
        day: Date,
        (first, length): (u8, u8),
        service: ServiceId,
        seats: Vec<Span>,
    ) -> Booked {
        debug_assert!(seats.iter().all(|span| span.state == SeatState::Sold(booking)));
        let of_both = number * 2 + u64::from(self.wanted.side == Side::Box);
        let pin = u32::try_from(of_both * PIN_STEP % u64::from(PINS)).unwrap_or_default();
        let midnight = day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).unwrap_or(self.wanted.until);
        Booked {
            booking,
            version: 1,
            pin: Pin::from_index(pin).expect("below the number of PINs"),
            day,
            start: midnight + SignedDuration::from_mins(10 * i64::from(first)),
            length: Minutes(10 * u16::from(length)),
            services: vec![service],
            persons: 1,
            language: Language::De,
            seats,
        }
    }

    /// How to reach the person: as long as real ones, and as unlike each other.
    fn contact(&mut self, office: &OfficeId, (booking, day): (BookingId, Date), number: u64, at: Timestamp) -> Draft {
        let telephone = format!("+49 30 {}", 10_000_000 + self.own.below(89_999_999));
        // The server's copy for the recovery key carries the link of the mail; the desk has none.
        let (to, link) = match self.wanted.side {
            Side::Booking => (Recipient::Recovery, Some(bytes(&mut self.own))),
            Side::Box => (Recipient::Booking, None),
        };
        let plain = Plain {
            name: format!("Erika Mustermann {number}"),
            mail: Some(format!("erika.mustermann.{number}@example.org")),
            telephone: Some(telephone),
            link,
            language: Language::De,
        };
        let sealed = seal(&plain, &self.key, office, booking, bytes(&mut self.own)).expect("short enough");
        let keep = day.saturating_add(KEPT.days());
        FromEither::Contact(Contact { booking, to, keep, sealed: String::from(sealed) }).draft(at)
    }

    /// A little time, to the nanosecond, as a clock tells it.
    fn some_time(&mut self) -> SignedDuration {
        SignedDuration::from_nanos(self.own.below(60_000_000_000) as i64)
    }
}

fn interval(number: u8) -> Interval {
    Interval::new(number).expect("an interval of the day")
}

/// 64 bits: [`Chance::below`] never answers its own bound.
pub(super) fn random(chance: &mut Chance) -> u64 {
    chance.below(1 << 32) << 32 | chance.below(1 << 32)
}

fn bytes(chance: &mut Chance) -> [u8; 32] {
    std::array::from_fn(|_| chance.below(256) as u8)
}

/// Opening and filling errors are told with the side.
pub(super) async fn fill_side(data: &Path, wanted: Wanted) -> Result<Vec<BookingId>> {
    let db = open(wanted.side, data).with_context(|| format!("failed to open the store of {:?}", wanted.side))?;
    let told = fill(&db, wanted).await?;
    tokio::task::spawn_blocking(move || drop(db)).await?;
    Ok(told)
}
