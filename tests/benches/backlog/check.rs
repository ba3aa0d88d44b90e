//! What both ends know afterwards, read from their databases with the programs stopped.
//!
//! Counted is what a citizen would notice: a booking that was told to somebody and is missing at
//! an end (lost), two bookings on one seat (overbooked), a booking that is there but that nobody
//! can read (hidden).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use fixture::papers::OFFICE;
use jiff::civil::Date;
use names::{BookingId, OfficeId, Side};
use protocol::entry::{Booked, SeatFact};
use store::rusqlite::Transaction;
use store::{Db, StoreError, journal};

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Told to somebody, and missing at an end.
    pub(super) lost: usize,
    /// Seats that were sold more than once.
    pub(super) overbooked: usize,
    /// Entries of bookings that cannot be read.
    pub(super) hidden: usize,
    /// Entries of both sides since the line was cut.
    pub(super) entries: u64,
}

/// What one end knows.
struct Known {
    bookings: BTreeMap<BookingId, Booked>,
    unreadable: usize,
    heads: [Option<protocol::exchange::Cursor>; 2],
}

/// Compares both ends with what people were told.
pub(super) async fn compare(ends: [&Db; 2], told: &BTreeSet<BookingId>, heads_before: u64) -> Result<Found> {
    let office: OfficeId = OFFICE.parse()?;
    let mut known = Vec::new();
    for end in ends {
        let office = office.clone();
        known.push(end.read(move |tx| read(tx, &office)).await?);
    }
    let (one, other) = (&known[0], &known[1]);
    if one.heads != other.heads {
        bail!("the ends differ: {:?} and {:?}", one.heads, other.heads);
    }
    let missing = |end: &Known| told.iter().filter(|id| !end.bookings.contains_key(id)).count();
    Ok(Found {
        lost: missing(one) + missing(other),
        overbooked: overbooked(one.bookings.values()),
        hidden: one.unreadable + other.unreadable,
        entries: heads(one) - heads_before,
    })
}

/// How many entries of both sides one end has.
pub(super) async fn entries(end: &Db) -> Result<u64> {
    let office: OfficeId = OFFICE.parse()?;
    Ok(heads(&end.read(move |tx| read(tx, &office)).await?))
}

fn heads(known: &Known) -> u64 {
    known.heads.iter().flatten().map(|head| head.number).sum()
}

fn read(tx: &Transaction<'_>, office: &OfficeId) -> Result<Known, StoreError> {
    let (mut bookings, mut unreadable) = (BTreeMap::new(), 0);
    for entry in journal::in_order(tx, office, 0) {
        let (_position, entry) = entry?;
        if entry.kind != "booked" {
            continue;
        }
        match SeatFact::read(&entry.draft()) {
            Some(Ok(SeatFact::Booked(booked))) => drop(bookings.insert(booked.booking, booked)),
            Some(_) | None => unreadable += 1,
        }
    }
    let heads = [journal::cursor(tx, office, Side::Booking)?, journal::cursor(tx, office, Side::Box)?];
    Ok(Known { bookings, unreadable, heads })
}

fn overbooked<'b>(bookings: impl Iterator<Item = &'b Booked>) -> usize {
    let mut sold: BTreeMap<(Date, u8, u8), usize> = BTreeMap::new();
    for booked in bookings {
        for span in &booked.seats {
            for interval in span.from.number()..span.to.number() {
                *sold.entry((booked.day, span.lane, interval)).or_default() += 1;
            }
        }
    }
    sold.values().filter(|times| **times > 1).count()
}
