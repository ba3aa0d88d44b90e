//! The steps told as short stories, one rule each.

use jiff::civil::Date;
use names::{BookingId, Incarnation, ServiceId, Side};

use crate::sheet::*;

const DAY: Date = Date::constant(2026, 11, 23);
const PASS: ServiceId = ServiceId(1);
const MOVE: ServiceId = ServiceId(2);

fn at(number: u8) -> Interval {
    Interval::new(number).expect("inside the day")
}

fn booking(number: u64) -> BookingId {
    BookingId::from_random(Side::Booking, number)
}

fn hold(number: u8) -> HoldId {
    HoldId([number; 8])
}

fn offer(lane: u8, open: &[(u8, u8)], services: &[ServiceId]) -> LaneOffer {
    LaneOffer { lane, open: open.iter().map(|(a, b)| at(*a)..at(*b)).collect(), services: services.to_vec() }
}

fn seats(lane: u8, from: u8, to: u8) -> SeatRange {
    SeatRange { lane, from: at(from), to: at(to) }
}

fn sell_now(sheet: &mut DaySheet, me: Side, number: u64, offered: &[LaneOffer], from: u8) -> Result<Outcome, Refused> {
    let (offered, services) = (offered.to_vec(), vec![PASS]);
    sheet.step(me, SheetInput::SellNow { booking: booking(number), offered, services, from: at(from), count: 2 })
}

fn hold_pass(sheet: &mut DaySheet, id: u8, offered: &[LaneOffer], from: u8, count: u8) -> Result<Outcome, Refused> {
    let (offered, services) = (offered.to_vec(), vec![PASS]);
    sheet.step(Side::Booking, SheetInput::Hold { hold: hold(id), offered, services, from: at(from), count })
}

#[test]
fn a_form_holds_extends_and_becomes_a_booking_once() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(4, &[(48, 72)], &[PASS])];
    let held = Place { lane: 4, from: at(50), to: at(52) };
    assert_eq!(hold_pass(&mut sheet, 1, &plan, 50, 2), Ok(Outcome::Held(held)));
    assert_eq!(hold_pass(&mut sheet, 1, &plan, 60, 2), Err(Refused::HoldTaken));
    let extend = |count| SheetInput::Extend { hold: hold(1), count };
    assert_eq!(sheet.step(Side::Booking, extend(1)), Ok(Outcome::Extended(held)));
    let longer = Place { to: at(53), ..held };
    assert_eq!(sheet.step(Side::Booking, extend(3)), Ok(Outcome::Extended(longer)));
    let sell = |number| SheetInput::Sell { hold: hold(1), booking: booking(number) };
    assert_eq!(sheet.step(Side::Box, sell(1)), Err(Refused::NoSuchHold), "only the holder sells");
    assert_eq!(sheet.step(Side::Booking, sell(1)), Ok(Outcome::Sold(longer)));
    assert_eq!(sheet.step(Side::Booking, sell(1)), Ok(Outcome::Unchanged), "a second tap");
    assert_eq!(sheet.step(Side::Booking, sell(2)), Err(Refused::NoSuchHold));
    assert_eq!(sheet.sold(Side::Booking, booking(1)), Some(longer));
}

#[test]
fn a_hold_grows_only_into_free_seats() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(4, &[(48, 72)], &[PASS])];
    hold_pass(&mut sheet, 1, &plan, 50, 2).expect("free");
    hold_pass(&mut sheet, 2, &plan, 53, 1).expect("free");
    let before = sheet.clone();
    let extend = SheetInput::Extend { hold: hold(1), count: 4 };
    assert_eq!(sheet.step(Side::Booking, extend), Err(Refused::NoSeat));
    assert_eq!(sheet, before);
}

#[test]
fn released_and_cancelled_seats_are_free_again_and_the_day_is_as_minted() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(4, &[(48, 72)], &[PASS])];
    hold_pass(&mut sheet, 1, &plan, 50, 2).expect("free");
    sheet.step(Side::Booking, SheetInput::Release { hold: hold(1) }).expect("it stands");
    sell_now(&mut sheet, Side::Booking, 7, &plan, 50).expect("free");
    let cancel = SheetInput::Cancel { booking: booking(7) };
    assert_eq!(sheet.step(Side::Box, cancel.clone()), Ok(Outcome::Unchanged), "only the holder frees");
    assert!(matches!(sheet.step(Side::Booking, cancel.clone()), Ok(Outcome::Cancelled(_))));
    assert_eq!(sheet.step(Side::Booking, cancel), Ok(Outcome::Unchanged), "monotone");
    assert_eq!(sheet, DaySheet::mint(DAY, 80));
}

#[test]
fn the_most_specialised_lane_that_serves_all_is_taken_first() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(1, &[(48, 72)], &[PASS, MOVE]), offer(2, &[(48, 72)], &[PASS]), offer(3, &[(48, 72)], &[MOVE])];
    let lane = |outcome| match outcome {
        Ok(Outcome::Sold(place)) => Some(place.lane),
        _refused => None,
    };
    assert_eq!(lane(sell_now(&mut sheet, Side::Booking, 1, &plan, 50)), Some(2));
    assert_eq!(lane(sell_now(&mut sheet, Side::Booking, 2, &plan, 50)), Some(1));
    assert_eq!(sell_now(&mut sheet, Side::Booking, 3, &plan, 50), Err(Refused::NoSeat), "lane 3 does not serve it");
    let both = SheetInput::SellNow {
        booking: booking(4),
        offered: plan.to_vec(),
        services: vec![PASS, MOVE],
        from: at(60),
        count: 2,
    };
    assert_eq!(lane(sheet.step(Side::Booking, both)), Some(1));
}

#[test]
fn a_booking_goes_where_it_leaves_the_fewest_fragments_and_then_the_smallest() {
    let lane = |first: (u8, u8), second: (u8, u8)| {
        let plan = [offer(1, &[first], &[PASS]), offer(2, &[second], &[PASS])];
        match sell_now(&mut DaySheet::mint(DAY, 80), Side::Booking, 1, &plan, 50) {
            Ok(Outcome::Sold(place)) => place.lane,
            refused => panic!("{refused:?}"),
        }
    };
    assert_eq!(lane((48, 72), (50, 52)), 2, "an exact fit leaves nothing");
    assert_eq!(lane((49, 53), (50, 72)), 2, "one fragment is better than two, however long");
    assert_eq!(lane((50, 72), (50, 54)), 2, "the tighter gap of two");
    assert_eq!(lane((50, 54), (50, 54)), 1, "the first of equals");
}

#[test]
fn free_starts_leave_out_what_does_not_fit_before_lunch_or_is_not_ours() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(1, &[(48, 51), (54, 56)], &[PASS]), offer(90, &[(60, 70)], &[PASS])];
    let numbers =
        |sheet: &DaySheet, me| sheet.free_starts(me, &plan, 2).into_iter().map(Interval::number).collect::<Vec<_>>();
    assert_eq!(numbers(&sheet, Side::Booking), [48, 49, 54]);
    assert_eq!(numbers(&sheet, Side::Box), (60..=68).collect::<Vec<_>>());
    sell_now(&mut sheet, Side::Booking, 1, &plan, 49).expect("free");
    assert_eq!(numbers(&sheet, Side::Booking), [54]);
    assert!(sheet.free_starts(Side::Booking, &plan, 200).is_empty());
}

#[test]
fn seats_travel_by_a_grant_and_a_repeated_grant_does_nothing() {
    let (mut server, mut appliance) = (DaySheet::mint(DAY, 80), DaySheet::mint(DAY, 80));
    let (life, other) = (Incarnation::from_bits(1), Incarnation::from_bits(2));
    let give = SheetInput::Give { seats: vec![seats(3, 50, 56)], incarnation: life };
    let Ok(Outcome::Given(grant)) = server.step(Side::Booking, give.clone()) else { panic!("free seats") };
    assert_eq!(server.step(Side::Booking, give), Err(Refused::NotHolder), "given once");
    let plan = [offer(3, &[(48, 72)], &[PASS])];
    assert_eq!(sell_now(&mut server, Side::Booking, 1, &plan, 50), Err(Refused::NoSeat));
    let accept = |mine| SheetInput::Accept { grant: grant.clone(), mine };
    assert_eq!(appliance.step(Side::Box, accept(other)), Ok(Outcome::Accepted { seats: 0 }), "another life");
    assert_eq!(appliance.step(Side::Box, accept(life)), Ok(Outcome::Accepted { seats: 6 }));
    sell_now(&mut appliance, Side::Box, 2, &plan, 50).expect("its own now");
    let sold = appliance.clone();
    assert_eq!(appliance.step(Side::Box, accept(life)), Ok(Outcome::Accepted { seats: 0 }));
    assert_eq!(appliance, sold);
}

#[test]
fn held_and_sold_seats_are_never_given_and_a_refused_give_changes_nothing() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(3, &[(48, 72)], &[PASS])];
    hold_pass(&mut sheet, 1, &plan, 50, 2).expect("free");
    sell_now(&mut sheet, Side::Booking, 2, &plan, 60).expect("free");
    let before = sheet.clone();
    let give = |seats| SheetInput::Give { seats, incarnation: Incarnation::from_bits(1) };
    for (range, why) in [
        (seats(3, 48, 51), Refused::NotFree),
        (seats(3, 61, 62), Refused::NotFree),
        (seats(99, 48, 51), Refused::NotHolder),
        (SeatRange { lane: 100, ..seats(3, 48, 51) }, Refused::NoSuchSeats),
        (seats(3, 51, 51), Refused::NoSuchSeats),
    ] {
        assert_eq!(sheet.step(Side::Booking, give(vec![seats(5, 0, 144), range])), Err(why));
    }
    assert_eq!(sheet.step(Side::Booking, give(vec![seats(5, 0, 9), seats(5, 8, 12)])), Err(Refused::NotHolder));
    assert_eq!(sheet, before);
}

#[test]
fn retiring_names_the_bookings_and_holds_that_stand_in_the_way() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(3, &[(48, 72)], &[PASS])];
    hold_pass(&mut sheet, 1, &plan, 50, 2).expect("free");
    sell_now(&mut sheet, Side::Booking, 2, &plan, 60).expect("free");
    let retire = SheetInput::Retire { seats: vec![seats(3, 48, 72), seats(3, 48, 49)] };
    let expected = Outcome::Retired { seats: 20, sold: vec![booking(2)], held: vec![hold(1)] };
    assert_eq!(sheet.step(Side::Booking, retire), Ok(expected));
    assert!(sheet.free_starts(Side::Booking, &plan, 1).is_empty());
}

#[test]
fn after_a_restore_nothing_from_before_is_sold_or_freed() {
    let mut sheet = DaySheet::mint(DAY, 80);
    let plan = [offer(3, &[(48, 72)], &[PASS])];
    sell_now(&mut sheet, Side::Booking, 2, &plan, 60).expect("free");
    assert_eq!(sheet.step(Side::Booking, SheetInput::Burn), Ok(Outcome::Burned { seats: 80 * 144 }));
    assert_eq!(sheet.step(Side::Booking, SheetInput::Burn), Ok(Outcome::Burned { seats: 0 }));
    assert_eq!(sheet.step(Side::Booking, SheetInput::Cancel { booking: booking(2) }), Ok(Outcome::Unchanged));
    assert!(sheet.free_starts(Side::Booking, &plan, 1).is_empty());
}
