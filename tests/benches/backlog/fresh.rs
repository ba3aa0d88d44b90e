//! A new card: an empty box takes in the whole log of its office, most of it long past.
//!
//! Included: the box's start, its enrolment, every exchange until its board says that the line is
//! up; then it sells and lets people in. The log is filled through the store's own functions with
//! both programs stopped, as for the backlog.

use anyhow::{Context, Result, ensure};
use fixture::papers::OFFICE;
use fixture::{Chance, ImaginaryOffice, Papers, clock};
use jiff::{SignedDuration, Timestamp, ToSpan};
use names::{BookingId, Language, Minutes, OfficeId, Pin, ServiceId, Side};
use protocol::entry::{Booked, Draft, SeatFact};
use protocol::sheet::{Interval, SeatState, Span};
use serde_json::json;
use store::{StoreError, journal};
use tokio::time::Instant;

use super::fill::{Wanted, fill_side, open, random};
use super::{check, ours, process};
use crate::figures::figure;
use crate::hall;

/// Entries in the booking server's log.
const ENTRIES: u64 = 100_000;
/// Of these, bookings that are still to come.
const AHEAD: u64 = 4_000;
/// Days over which those that are past are spread: more than a year.
const PAST_DAYS: u64 = 400;
/// Entries of one transaction.
const PIECE: u64 = 10_000;

/// Takes the figure.
pub(super) async fn measure() -> Result<()> {
    let office = ImaginaryOffice::furnish(Papers { desks: Vec::new(), ..hall::papers() }).await?;
    ours::more_lanes(&office)?;
    office.start_booking().await?;
    office.write_box_papers().await?;
    office.close().await?;
    let data = office.places.booking_data();
    fill(&data).await?;
    office.start_booking().await?;
    let inserted = Instant::now();
    office.switch_on().await?;
    let running = inserted.elapsed();
    ours::board(&office).await?.hear_within(ours::PATIENCE, "the line", ours::is_up).await?;
    let ready = inserted.elapsed();
    let appliance = office.appliance_pid().await.context("the box is gone")?;
    let (processor, memory) = (process::processor(appliance)?, process::most_memory(appliance)?);
    office.close().await?;
    let known = open(Side::Box, &office.places.appliance_data())?;
    let entries = check::entries(&known).await?;
    tokio::task::spawn_blocking(move || drop(known)).await?;
    ensure!(entries > ENTRIES, "only {entries} entries came");
    let more = json!({"of": entries, "line": "loopback", "ahead": AHEAD});
    figure("fresh_card_running", running.as_secs_f64(), "s", &more)?;
    figure("fresh_card_ready", ready.as_secs_f64(), "s", &more)?;
    figure("fresh_card_processor", processor, "s", &more)?;
    figure("fresh_card_memory", memory, "MiB at most", &more)
}

async fn fill(data: &std::path::Path) -> Result<()> {
    let until = clock::now();
    let db = open(Side::Booking, data)?;
    for first in (0..ENTRIES - AHEAD).step_by(PIECE as usize) {
        let office: OfficeId = OFFICE.parse()?;
        let last = (first + PIECE).min(ENTRIES - AHEAD);
        let drafts: Vec<Draft> = (first..last).map(|number| past(number, until)).collect();
        db.write(move |tx| journal::append(tx, &office, Side::Booking, &drafts).map(drop))
            .await
            .map_err(|error: StoreError| anyhow::Error::from(error))?;
    }
    tokio::task::spawn_blocking(move || drop(db)).await?;
    fill_side(data, Wanted { side: Side::Booking, count: AHEAD, contacts: false, seed: 0, until }).await.map(drop)
}

/// A booking of a day that is over, as the log has it.
fn past(number: u64, until: Timestamp) -> Draft {
    let mut chance = Chance::new(number);
    let booking = BookingId::from_random(Side::Booking, random(&mut chance));
    let days = PAST_DAYS - number * PAST_DAYS / ENTRIES;
    let start = until - SignedDuration::from_hours(24 * days as i64);
    let day = start.to_zoned(jiff::tz::TimeZone::UTC).date().saturating_sub(1.day());
    let from = 48 + chance.below(50) as u8;
    let interval = |number| Interval::new(number).expect("an interval of the day");
    let booked = Booked {
        booking,
        version: 1,
        pin: Pin::from_index(chance.below(80_000) as u32).expect("below the number of PINs"),
        day,
        start,
        length: Minutes(20),
        services: vec![ServiceId(1)],
        persons: 1,
        language: Language::De,
        seats: vec![Span {
            lane: chance.below(20) as u8,
            from: interval(from),
            to: interval(from + 2),
            holder: Side::Booking,
            generation: 0,
            state: SeatState::Sold(booking),
        }],
    };
    SeatFact::Booked(booked).draft(start - SignedDuration::from_hours(72))
}
