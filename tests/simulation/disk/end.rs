//! One end on a real store: a folder with database, witness and backups, and a stick beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use names::{BookingId, Language, Minutes, OfficeId, Pin, ServiceId, Side};
use protocol::agree::Mode;
use protocol::entry::{Booked, Cancelled, Entry, SeatFact};
use protocol::seats::Shelf;
use protocol::sheet::{DaySheet, Interval, LaneOffer, Outcome, Place, Refused, SheetInput};
use simulation::{LANES, Seen};
use store::rusqlite::Transaction;
use store::{Db, ExchangeError, OfficeShelf, Opened, Places, StoreError, journal, second, standing};

pub(crate) const FIRST_DAY: Date = Date::constant(2026, 11, 23);
pub(crate) const DAYS: i32 = 2;
const AT: Timestamp = Timestamp::UNIX_EPOCH;

pub(crate) fn office() -> OfficeId {
    "musterland".parse().expect("a good name")
}

pub(crate) fn days() -> impl Iterator<Item = Date> {
    (0..DAYS).map(|n| FIRST_DAY.saturating_add(n.days()))
}

/// One end.
pub(crate) struct End {
    pub(crate) me: Side,
    folder: PathBuf,
    db: Option<Db>,
    plugged: bool,
    pub(crate) backups: Vec<PathBuf>,
}

impl End {
    pub(crate) fn new(me: Side, folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("stick")).expect("a folder");
        let mut end = Self { me, folder: folder.to_owned(), db: None, plugged: true, backups: Vec::new() };
        end.start();
        end.step(move |tx| Ok(journal::identity(tx, &office(), me)?));
        end
    }

    fn database(&self) -> PathBuf {
        self.folder.join("store.db")
    }

    fn places(&self) -> Places {
        let places = Places::of(self.me).witness(self.folder.join("witness"));
        if self.plugged { places.second(self.folder.join("stick")) } else { places }
    }

    /// Opens the store as the programs do: what was lost is looked for, and settled if it is found.
    pub(crate) fn start(&mut self) {
        let (db, opened) = Db::open_with(&self.database(), &[], &self.places()).expect("it opens");
        self.db = Some(db);
        if let Opened::Restored { .. } = opened {
            let me = self.me;
            self.step(move |tx| {
                second::applied(tx)?;
                Ok(OfficeShelf::new(tx, &office(), me, AT).seats().settle(false)?)
            });
        }
    }

    pub(crate) fn stop(&mut self) {
        self.db = None;
    }

    /// One transaction that must not fail.
    pub(crate) fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, ExchangeError> + Send + 'static,
    ) -> T {
        self.try_step(step).expect("a step of the store")
    }

    pub(crate) fn try_step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, ExchangeError> + Send + 'static,
    ) -> Result<T, ExchangeError> {
        self.db.as_ref().expect("running").write_blocking(step)
    }

    pub(crate) fn backup(&mut self) {
        let to = self.folder.join(format!("backup-{}", self.backups.len()));
        store::backup::backup_blocking(self.db.as_ref().expect("running"), &to).expect("a backup");
        self.backups.push(to);
    }

    /// Replaces the store by an older copy, or by nothing; with or without its stick and witness.
    pub(crate) fn restore(&mut self, age: usize, plugged: bool, witness_lost: bool) {
        self.stop();
        self.plugged = plugged;
        if !plugged {
            // Another stick is bought: what the old one knew is gone.
            let stick = self.folder.join("stick");
            std::fs::remove_dir_all(&stick).and_then(|()| std::fs::create_dir_all(&stick)).expect("an empty stick");
        }
        if witness_lost {
            let _gone = std::fs::remove_file(self.folder.join("witness"));
        }
        let copy = if age == 0 { None } else { self.backups.len().checked_sub(age).map(|n| self.backups[n].clone()) };
        match copy {
            Some(from) => drop(store::backup::restore(&from, &self.database(), &[], None, AT).expect("restored")),
            None => drop(store::backup::put_aside(&self.database(), AT).expect("put aside")),
        }
        self.start();
        let me = self.me;
        self.step(move |tx| Ok(journal::identity(tx, &office(), me)?));
    }

    pub(crate) fn is_fresh(&self) -> bool {
        let me = self.me;
        self.step(move |tx| Ok(journal::cursor(tx, &office(), me.other())?.is_none()))
    }

    /// Sells a seat with a PIN, as both programs do: one transaction.
    pub(crate) fn sell(&self, booking: BookingId, day: Date, from: u8) -> Option<(Pin, Place)> {
        let me = self.me;
        self.try_step(move |tx| sell(tx, me, booking, day, from)).expect("a sale or none")
    }

    /// Cancels whatever booking it is; only the seller frees.
    pub(crate) fn cancel(&self, booking: BookingId) {
        let me = self.me;
        self.step(move |tx| {
            let office = office();
            let mut shelf = OfficeShelf::new(tx, &office, me, AT);
            let mut cancelled = Cancelled { booking, day: None, seats: Vec::new() };
            for day in days() {
                let sold = shelf.sheet(day)?.is_some_and(|sheet| sheet.sold(me, booking).is_some());
                if sold && let Ok(done) = shelf.seats().step(day, SheetInput::Cancel { booking })? {
                    cancelled.day = Some(day);
                    cancelled.seats = done.change.map(|change| change.spans).unwrap_or_default();
                }
            }
            let fact = SeatFact::Cancelled(cancelled).draft(AT);
            Ok(journal::append(tx, &office, me, &[fact])?)
        });
    }

    /// How it stands, for whoever looks for a mistake.
    pub(crate) fn standing(&self) -> String {
        self.step(|tx| {
            let mut lives = String::new();
            for side in [Side::Booking, Side::Box] {
                for life in journal::lives(tx, &office(), side)? {
                    lives += &format!(" {}:{}", &life.incarnation.to_string()[..4], life.number);
                }
                lives += " |";
            }
            let (mode, waits) = (standing::mode(tx, &office())?, standing::restored(tx, &office())?.is_some());
            let marks = standing::mint_mark(tx, &office())?;
            let (acked, forked) = (journal::acked(tx, &office())?, journal::forked(tx, &office())?.len());
            Ok(format!("{mode:?} waits {waits} acked {acked} forked {forked} {marks:?}{lives}"))
        })
    }

    /// Everything that is on its stick or in its store.
    pub(crate) fn seen(&self) -> EndSeen {
        let me = self.me;
        self.step(move |tx| {
            let office = office();
            let mut sheets = BTreeMap::new();
            for day in days() {
                sheets.extend(OfficeShelf::new(tx, &office, me, AT).sheet(day)?.map(|sheet| (day, sheet)));
            }
            let entries = journal::in_order(tx, &office, 0).map(|row| row.map(|(_position, entry)| entry));
            let entries = entries.collect::<Result<Vec<_>, StoreError>>()?;
            Ok(EndSeen { mode: standing::mode(tx, &office)?, sheets, bookings: bookings(&entries) })
        })
    }
}

fn bookings(entries: &[Entry]) -> BTreeSet<BookingId> {
    let booked = entries.iter().filter(|entry| entry.kind == "booked");
    booked.filter_map(|entry| entry.body.get("booking")?.as_str()?.parse().ok()).collect()
}

fn sell(
    tx: &Transaction<'_>,
    me: Side,
    booking: BookingId,
    day: Date,
    from: u8,
) -> Result<Option<(Pin, Place)>, ExchangeError> {
    let office = office();
    let mut shelf = OfficeShelf::new(tx, &office, me, AT);
    let open = vec![Interval::MIDNIGHT..Interval::END];
    let services = vec![ServiceId(1)];
    let offered =
        LANES.map(|lane| LaneOffer { lane, open: open.clone(), services: services.clone() }).collect::<Vec<_>>();
    let from = Interval::new(from).expect("inside the day");
    // Without a PIN nothing is sold, so it is drawn first: a PIN that is not used is no loss. A store
    // that was lost draws with a new key, so a PIN may be one of an earlier booking that is known here.
    let known = pins(tx)?;
    let Ok(Some(pin)) = shelf.seats().draw_pin(|_shelf, pin| Ok(known.contains(&pin)))? else { return Ok(None) };
    let input = SheetInput::SellNow { booking, offered, services: services.clone(), from, count: 1 };
    let done = match shelf.seats().step(day, input)? {
        Ok(done) => done,
        Err(Refused::NoSeat | Refused::NotActive | Refused::NoSuchDay) => return Ok(None),
        Err(refused) => panic!("a sale was refused: {refused}"),
    };
    let Outcome::Sold(place) = done.outcome else { return Ok(None) };
    let booked = Booked {
        booking,
        version: 1,
        pin,
        day,
        start: AT,
        length: Minutes(10),
        services,
        persons: 1,
        language: Language::De,
        seats: done.change.map(|change| change.spans).unwrap_or_default(),
    };
    journal::append(tx, &office, me, &[SeatFact::Booked(booked).draft(AT)])?;
    Ok(Some((pin, place)))
}

/// The PINs of all bookings that are known here, as both programs ask for them.
fn pins(tx: &Transaction<'_>) -> Result<BTreeSet<Pin>, StoreError> {
    let entries = journal::in_order(tx, &office(), 0).map(|row| row.map(|(_position, entry)| entry));
    let entries = entries.collect::<Result<Vec<_>, StoreError>>()?;
    let booked = entries.iter().filter_map(|entry| match SeatFact::read(&entry.draft()) {
        Some(Ok(SeatFact::Booked(booked))) => Some(booked.pin),
        Some(_) | None => None,
    });
    Ok(booked.collect())
}

/// What the laws see of an end.
pub(crate) struct EndSeen {
    mode: Mode,
    sheets: BTreeMap<Date, DaySheet>,
    bookings: BTreeSet<BookingId>,
}

impl Seen for EndSeen {
    fn mode(&self) -> Mode {
        self.mode
    }
    fn days(&self) -> Vec<Date> {
        self.sheets.keys().copied().collect()
    }
    fn sheet(&self, day: Date) -> Option<&DaySheet> {
        self.sheets.get(&day)
    }
    fn bookings(&self) -> BTreeSet<BookingId> {
        self.bookings.clone()
    }
}
