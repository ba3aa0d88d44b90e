//! Which seats are the box's on paper only: burned by a restore there, or given to a life of the
//! box that was over before it took them.
//!
//! ```text
//!   what the box told ──► its sheet, played again ──► burned there?      ─┐
//!   own sheet: the box holds it ────────────────────► never taken there? ─┴─► lost: share without it
//! ```
//!
//! What must always hold: a seat that is on its way to the box's present life is not lost. A wrong
//! answer wastes seats; nothing here changes who may sell one.

use names::Side;

use crate::entry::{Given, SeatFact};
use crate::sheet::{DaySheet, SeatRange, SeatState, SheetChange, SheetInput, Span};

/// Seats of the box's own sheet that it never sells: burned after a restore.
#[must_use]
pub fn burned_here(sheet: &DaySheet) -> Vec<SeatRange> {
    sheet.spans().iter().filter(|span| is_burned(span)).map(range_of).collect()
}

/// Seats that the booking server's sheet says are the box's, and that the box cannot sell. `told`:
/// what the box told of its seats, in all its lives, in the order in which it came. `given`: what was
/// given to its present life. Facts of other days do no harm. Lanes below `booking_lanes` were minted
/// for the booking server.
#[must_use]
pub fn lost_there(sheet: &DaySheet, booking_lanes: u8, told: &[SeatFact], given: &[Given]) -> Vec<SeatRange> {
    let theirs = played(sheet, booking_lanes, told);
    let coming: Vec<Span> =
        given.iter().filter(|given| given.day == sheet.day()).flat_map(|given| given.seats.clone()).collect();
    let mut lost: Vec<SeatRange> = Vec::new();
    for mine in sheet.spans().iter().filter(|span| span.holder == Side::Box) {
        for there in theirs.lane(mine.lane).filter_map(|there| common(there, mine)) {
            let taken = there.holder == Side::Box && there.generation >= mine.generation;
            if taken && is_burned(&there) {
                lost.push(range_of(&there));
            } else if !taken {
                lost.extend(never_comes(&Span { from: there.from, to: there.to, ..*mine }, &coming));
            }
        }
    }
    lost
}

/// The sheet of the box as it must be after all it told. What does not fit is left out.
fn played(sheet: &DaySheet, booking_lanes: u8, told: &[SeatFact]) -> DaySheet {
    let day = sheet.day();
    let mut theirs = DaySheet::mint(day, booking_lanes);
    for fact in told {
        let change = match fact {
            SeatFact::Minted(minted) if minted.day == day => {
                theirs = DaySheet::mint(day, minted.booking_lanes);
                continue;
            }
            SeatFact::Settled(settled) if settled.burned => {
                let _burned = theirs.step(Side::Box, SheetInput::Burn);
                continue;
            }
            SeatFact::Seats(change) => change.clone(),
            SeatFact::Given(given) => SheetChange { day: given.day, spans: given.seats.clone() },
            SeatFact::Booked(booked) => SheetChange { day: booked.day, spans: booked.seats.clone() },
            SeatFact::Cancelled(cancelled) => {
                SheetChange { day: cancelled.day.unwrap_or(day), spans: cancelled.seats.clone() }
            }
            SeatFact::Minted(_) | SeatFact::Settled(_) | SeatFact::PinBlock(_) => continue,
        };
        if change.day == day {
            let _as_far_as_it_fits = theirs.step(Side::Box, SheetInput::Redo { changes: vec![change] });
        }
    }
    theirs
}

/// The parts of a span of ours that no give to the present life of the box names.
fn never_comes(mine: &Span, coming: &[Span]) -> Vec<SeatRange> {
    let mut left = vec![*mine];
    for coming in coming.iter().filter(|coming| coming.generation == mine.generation) {
        let before = |s: &Span| Span { to: s.to.min(coming.from), ..*s };
        let behind = |s: &Span| Span { from: s.from.max(coming.to), ..*s };
        let rest = |s: &Span| if common(s, coming).is_some() { vec![before(s), behind(s)] } else { vec![*s] };
        left = left.iter().flat_map(rest).filter(|s| !s.is_empty()).collect();
    }
    left.iter().map(range_of).collect()
}

fn common(span: &Span, other: &Span) -> Option<Span> {
    let part = Span { from: span.from.max(other.from), to: span.to.min(other.to), ..*span };
    (span.lane == other.lane && !part.is_empty()).then_some(part)
}

fn is_burned(span: &Span) -> bool {
    span.holder == Side::Box && span.state == SeatState::Burned
}

fn range_of(span: &Span) -> SeatRange {
    SeatRange { lane: span.lane, from: span.from, to: span.to }
}
