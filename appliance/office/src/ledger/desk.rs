//! Booking and cancelling at the desk: seats, PIN, facts and the sealed contact, whole or not at all.
//!
//! What must always hold: everything of one booking is one transaction; a refused one leaves no
//! trace, not even a used-up PIN.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{BookingId, Language, Minutes, Pin, ServiceId, Side};
use protocol::agree::Mode;
use protocol::entry::{Booked, Cancelled, Contact, FromEither, Recipient, SeatFact, TokenKey};
use protocol::sealed::SealedContact;
use protocol::sheet::{DaySheet, Interval, LaneOffer, Refused, SheetInput};
use protocol::token::TokenSigner;
use store::rusqlite::Transaction;
use store::{OfficeShelf, StoreError, journal, standing};

use super::{Ledger, token_key};

/// Everything of a booking but its PIN and its place.
#[derive(Debug)]
pub(crate) struct Sale {
    pub(crate) booking: BookingId,
    pub(crate) day: Date,
    pub(crate) from: Interval,
    pub(crate) start: Timestamp,
    pub(crate) length: Minutes,
    pub(crate) services: Vec<ServiceId>,
    pub(crate) persons: u8,
    pub(crate) language: Language,
    pub(crate) offered: Vec<LaneOffer>,
    /// PINs that belong to somebody who may still come.
    pub(crate) taken: BTreeSet<Pin>,
    /// How to reach the person, and the last day it may be kept.
    pub(crate) contact: Option<(SealedContact, Date)>,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Sold {
    pub(crate) booked: Booked,
    /// The public half of a token key that was made for it; nothing if there was one.
    pub(crate) new_key: Option<TokenKey>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSold {
    /// The seats do not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No PIN is left.
    #[error("no PIN is left")]
    NoPin,
    /// The disk, or every key id of this office is used up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the desk has of its seats.
#[derive(Debug)]
pub(crate) struct Stock {
    /// How far this box can be believed.
    pub(crate) mode: Mode,
    /// PINs that are left.
    pub(crate) pins: u32,
    /// The sheets that were asked for, as far as they are minted.
    pub(crate) sheets: Vec<DaySheet>,
}

impl Ledger {
    /// The mode, the PINs and the sheets of some days; no sheet while nothing may be sold.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn stock(&self, days: Vec<Date>, at: Timestamp) -> Result<Stock, StoreError> {
        let office = self.office.clone();
        self.db
            .read(move |tx| {
                let mode = standing::mode(tx, &office)?;
                let mut shelf = OfficeShelf::new(tx, &office, Side::Box, at);
                let mut seats = shelf.seats();
                let mut sheets = Vec::new();
                for day in days {
                    sheets.extend(seats.open_sheet(day)?);
                }
                Ok(Stock { mode, pins: seats.pins_left()?, sheets })
            })
            .await
    }

    /// Sells seats, draws a PIN, and writes it all down.
    ///
    /// # Errors
    /// [`NotSold`]; then nothing was written.
    pub(crate) async fn sell(&self, sale: Sale, at: Timestamp) -> Result<Sold, NotSold> {
        let office = self.office.clone();
        self.db
            .write(move |tx| {
                let (_signer, new_key) = token_key::own(tx, &office, at)?;
                let mut shelf = OfficeShelf::new(tx, &office, Side::Box, at);
                let booked = sell(&mut shelf, &sale)?;
                let mut drafts = vec![SeatFact::Booked(booked.clone()).draft(at)];
                drafts.extend(sale.contact.map(|(sealed, keep)| contact(booked.booking, sealed, keep).draft(at)));
                journal::append(tx, &office, Side::Box, &drafts)?;
                Ok(Sold { booked, new_key })
            })
            .await
    }

    /// Writes down that a booking is cancelled; frees its seats if they are ours and may be touched.
    ///
    /// # Errors
    /// The disk fails; then nothing was written.
    pub(crate) async fn cancel(&self, booking: BookingId, day: Date, at: Timestamp) -> Result<(), StoreError> {
        let office = self.office.clone();
        self.db
            .write(move |tx| {
                let mut shelf = OfficeShelf::new(tx, &office, Side::Box, at);
                let cancelled = cancelled(&mut shelf, booking, day)?;
                journal::append(tx, &office, Side::Box, &[SeatFact::Cancelled(cancelled).draft(at)])?;
                Ok(())
            })
            .await
    }

    /// The key this box signs slips with; nothing before its first booking.
    ///
    /// # Errors
    /// The disk fails.
    pub(crate) async fn token_signer(&self) -> Result<Option<TokenSigner>, StoreError> {
        let office = self.office.clone();
        self.db.read(move |tx: &Transaction<'_>| token_key::made(tx, &office)).await
    }
}

fn sell(shelf: &mut OfficeShelf<'_>, sale: &Sale) -> Result<Booked, NotSold> {
    let input = SheetInput::SellNow {
        booking: sale.booking,
        offered: sale.offered.clone(),
        services: sale.services.clone(),
        from: sale.from,
        count: Interval::count_for(sale.length),
    };
    let done = shelf.seats().step(sale.day, input)??;
    let pin = shelf.seats().draw_pin(|_shelf, pin| Ok(sale.taken.contains(&pin)))??;
    Ok(Booked {
        booking: sale.booking,
        version: 1,
        pin: pin.ok_or(NotSold::NoPin)?,
        day: sale.day,
        start: sale.start,
        length: sale.length,
        services: sale.services.clone(),
        persons: sale.persons,
        language: sale.language,
        seats: done.change.map(|change| change.spans).unwrap_or_default(),
    })
}

fn contact(booking: BookingId, sealed: SealedContact, keep: Date) -> FromEither {
    FromEither::Contact(Contact { booking, to: Recipient::Booking, keep, sealed: String::from(sealed) })
}

/// Only who sold the seats frees them. What may not be touched now is freed when the restore is
/// settled; a cancellation stands at once.
fn cancelled(shelf: &mut OfficeShelf<'_>, booking: BookingId, day: Date) -> Result<Cancelled, StoreError> {
    if booking.side() != Side::Box {
        return Ok(Cancelled { booking, day: None, seats: Vec::new() });
    }
    let seats = match shelf.seats().step(day, SheetInput::Cancel { booking })? {
        Ok(done) => done.change.map(|change| change.spans).unwrap_or_default(),
        Err(_not_now) => Vec::new(),
    };
    Ok(Cancelled { booking, day: Some(day), seats })
}
