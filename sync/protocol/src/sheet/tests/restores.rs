//! Restores, mint marks and re-seating, one rule each.

use jiff::civil::Date;
use names::{BookingId, Incarnation, ServiceId, Side};

use crate::sheet::*;

const DAY: Date = Date::constant(2026, 11, 23);
const PASS: ServiceId = ServiceId(1);
const ME: Side = Side::Booking;

fn at(number: u8) -> Interval {
    Interval::new(number).expect("inside the day")
}

fn booking(number: u64) -> BookingId {
    BookingId::from_random(ME, number)
}

fn plan(lanes: &[u8]) -> Vec<LaneOffer> {
    let lane = |lane: &u8| LaneOffer { lane: *lane, open: vec![at(48)..at(72)], services: vec![PASS] };
    lanes.iter().map(lane).collect()
}

fn sell(sheet: &mut DaySheet, number: u64, lanes: &[u8], from: u8) -> Result<Outcome, Refused> {
    let (booking, offered, services) = (booking(number), plan(lanes), vec![PASS]);
    sheet.step(ME, SheetInput::SellNow { booking, offered, services, from: at(from), count: 2 })
}

fn reseat(sheet: &mut DaySheet, number: u64, lane: u8) -> Result<Outcome, Refused> {
    let (booking, offered, services) = (booking(number), plan(&[0, 1]), vec![PASS]);
    sheet.step(ME, SheetInput::Reseat { booking, lane, offered, services })
}

#[test]
fn a_booking_keeps_its_time_in_another_lane_and_leaves_its_seats_free() {
    let mut sheet = DaySheet::mint(DAY, 2);
    sell(&mut sheet, 1, &[0], 50).expect("free");
    let place = |lane| Place { lane, from: at(50), to: at(52) };
    assert_eq!(reseat(&mut sheet, 1, 0), Ok(Outcome::Unchanged), "it is there");
    assert_eq!(reseat(&mut sheet, 1, 1), Ok(Outcome::Reseated { from: place(0), to: place(1) }));
    assert_eq!(sheet.sold(ME, booking(1)), Some(place(1)));
    assert_eq!(sell(&mut sheet, 2, &[0], 50), Ok(Outcome::Sold(place(0))));
    assert_eq!(reseat(&mut sheet, 1, 0), Err(Refused::NoSeat), "there sits another");
    assert_eq!(reseat(&mut sheet, 1, 2), Err(Refused::NoSeat), "not in the plan");
    assert_eq!(reseat(&mut sheet, 3, 1), Err(Refused::NoSuchBooking));
    sheet.step(ME, SheetInput::Burn).expect("always");
    assert_eq!(reseat(&mut sheet, 1, 0), Err(Refused::NoSuchBooking), "frozen");
}

#[test]
fn holds_leave_nothing_in_the_log() {
    let before = DaySheet::mint(DAY, 2);
    let mut sheet = before.clone();
    assert_eq!(sheet.change_since(&before), None);
    let (hold, offered, services) = (HoldId([1; 8]), plan(&[0]), vec![PASS]);
    sheet.step(ME, SheetInput::Hold { hold, offered, services, from: at(50), count: 1 }).expect("free");
    assert_eq!(sheet.change_since(&before), None);
    let held = sheet.clone();
    sheet.step(ME, SheetInput::Sell { hold, booking: booking(1) }).expect("it stands");
    let change = sheet.change_since(&held).expect("sold");
    let text = serde_json::to_string(&change).expect("plain values");
    assert_eq!(text, format!(r#"{{"day":"2026-11-23","spans":[[0,50,51,"booking",0,{{"sold":"{}"}}]]}}"#, booking(1)));
    let mut redone = held;
    assert_eq!(redone.step(ME, SheetInput::Redo { changes: vec![change] }), Ok(Outcome::Redone { seats: 1 }));
    assert_eq!(redone, sheet);
}

#[test]
fn a_change_that_cannot_be_of_this_sheet_is_refused_whole() {
    let minted = DaySheet::mint(DAY, 2);
    let mut sheet = minted.clone();
    let seats = vec![SeatRange { lane: 0, from: at(50), to: at(52) }];
    sheet.step(ME, SheetInput::Give { seats, incarnation: Incarnation::from_bits(9) }).expect("free");
    let given = sheet.change_since(&minted).expect("given");
    let with = |change: fn(&mut Span)| {
        let mut changed = given.clone();
        changed.spans.iter_mut().for_each(change);
        vec![given.clone(), changed]
    };
    let other_day = SheetChange { day: DAY.tomorrow().expect("not the last"), ..given.clone() };
    let bad = [
        (vec![other_day], Refused::NoSuchSeats),
        (with(|span| span.lane = LANES), Refused::NoSuchSeats),
        (with(|span| span.to = span.from), Refused::NoSuchSeats),
        (with(|span| span.state = SeatState::Held(HoldId([1; 8]))), Refused::NoSuchSeats),
        (with(|span| span.generation = 0), Refused::WentBack),
    ];
    for (changes, why) in bad {
        let mut restored = minted.clone();
        assert_eq!(restored.step(ME, SheetInput::Redo { changes }), Err(why));
        assert_eq!(restored, minted);
    }
}

#[test]
fn a_day_that_may_have_been_minted_before_is_never_free_again() {
    let later = DAY.tomorrow().expect("not the last");
    let earlier = DAY.yesterday().expect("not the first");
    for free in [MintMark::Never, MintMark::UpTo(earlier)] {
        assert_eq!(DaySheet::mint_once(ME, DAY, 50, free), (DaySheet::mint(DAY, 50), None));
        assert!(free.with(DAY).covers(DAY));
    }
    for spent in [MintMark::UpTo(DAY), MintMark::UpTo(later), MintMark::Lost] {
        let (mut sheet, change) = DaySheet::mint_once(ME, DAY, 50, spent);
        let (mut again, changes) = (DaySheet::mint(DAY, 50), change.into_iter().collect());
        again.step(ME, SheetInput::Redo { changes }).expect("of this sheet");
        assert_eq!(again, sheet, "the log tells that it was burned");
        assert_eq!(sell(&mut sheet, 1, &[0], 50), Err(Refused::NoSeat));
        assert_eq!(sheet.step(ME, SheetInput::Burn), Ok(Outcome::Burned { seats: 0 }), "all of mine is burned");
        assert_eq!(spent.with(earlier), spent);
    }
}
