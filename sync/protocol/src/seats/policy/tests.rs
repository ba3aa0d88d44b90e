//! The laws of sharing and of making room, on random days.

use jiff::civil::Date;
use proptest::prelude::*;

use super::*;
use crate::sheet::SheetInput;

const DAY: Date = Date::constant(2026, 11, 23);
const LANES: u8 = 6;

fn at(number: u8) -> Interval {
    Interval::new(number).expect("inside the day")
}

/// Six lanes, open 8:00 to 12:00 and 13:00 to 16:00, each with its services.
fn plan(services: &[Vec<u16>]) -> Vec<LaneOffer> {
    let lane = |(lane, services): (u8, &Vec<u16>)| LaneOffer {
        lane,
        open: vec![at(48)..at(72), at(78)..at(96)],
        services: services.iter().copied().map(ServiceId).collect(),
    };
    (0..).zip(services).map(lane).collect()
}

fn alike() -> Vec<LaneOffer> {
    plan(&vec![vec![1, 2, 3]; usize::from(LANES)])
}

fn share(offered: &[LaneOffer], percent: u8) -> Share<'_> {
    Share { offered, first_desk: LANES, desk_lanes: 0, lost: &[], percent, longest: 3 }
}

/// A sheet on which every seat that is given changes its holder.
fn given(mut sheet: DaySheet, me: Side, seats: Vec<SeatRange>) -> DaySheet {
    let incarnation = names::Incarnation::from_bits(1);
    sheet.step(me, SheetInput::Give { seats, incarnation }).expect("free seats of the giver");
    sheet
}

fn sold(mut sheet: DaySheet, me: Side, wishes: &[(u8, u8)], offered: &[LaneOffer]) -> DaySheet {
    for (number, (from, count)) in (1..).zip(wishes) {
        let booking = BookingId::from_random(me, number);
        let (services, offered) = (vec![ServiceId(1)], offered.to_vec());
        let _taken = sheet.step(me, SheetInput::SellNow { booking, offered, services, from: at(*from), count: *count });
    }
    sheet
}

#[test]
fn the_reserve_grows_as_the_day_comes_near() {
    let reserve = Reserve::default();
    assert_eq!([0, 1, 2, 3, 14, 15].map(|ahead| reserve.on(ahead)), [34, 34, 34, 20, 20, 0]);
}

#[test]
fn a_fifth_of_six_lanes_is_two_lanes_less_what_the_desk_has() {
    let offered = alike();
    assert_eq!(share(&offered, 20).target(), 51, "a fifth of 252 intervals");
    assert_eq!(Share { desk_lanes: 1, ..share(&offered, 20) }.target(), 17, "a fifth of 294, less one lane of 42");
    assert_eq!(Share { desk_lanes: 2, ..share(&offered, 20) }.target(), 0);
    assert_eq!(share(&offered, 0).target(), 0, "switched off");
    assert_eq!(share(&offered[..2], 20).target(), 42, "of two lanes at least one");
    assert_eq!(share(&offered[..1], 20).target(), 9);
}

#[test]
fn for_lanes_that_the_box_burned_it_gets_others() {
    let offered = alike();
    let burned = |lane| SeatRange { lane, from: at(0), to: Interval::END };
    let (one, both) = ([burned(LANES)], [burned(LANES), burned(LANES + 1)]);
    let with_desk = |lost| Share { desk_lanes: 2, lost, ..share(&offered, 20) };
    assert_eq!(with_desk(&[]).target(), 0, "two lanes are its own");
    assert_eq!(with_desk(&one).target(), 59 - 42, "a fifth of 294, less the lane that is left");
    assert_eq!(with_desk(&both).target(), 51, "as if it had none");
    let alone = Share { offered: &offered[..1], ..with_desk(&both) };
    assert_eq!(alone.target(), 9, "the only lane that is left is not given whole");
}

#[test]
fn given_seats_that_the_box_burned_are_given_once_more() {
    let offered = alike();
    let seats = to_give(&DaySheet::mint(DAY, LANES), &share(&offered, 20));
    let sheet = given(DaySheet::mint(DAY, LANES), Side::Booking, seats.clone());
    let share = Share { lost: &seats, ..share(&offered, 20) };
    let more = to_give(&sheet, &share);
    assert_eq!(total(&more), 42, "a fifth of the 201 that are left, but a lane at least");
    assert!(more.iter().all(|range| !seats.contains(range)), "{more:?}");
    let sheet = given(sheet, Side::Booking, more);
    assert!(to_give(&sheet, &share).is_empty() && to_return(&sheet, &share).is_empty(), "and at rest again");
}

#[test]
fn whole_lanes_come_first_and_the_rest_is_one_block_at_an_end() {
    let offered = alike();
    let sheet = DaySheet::mint(DAY, LANES);
    let seats = to_give(&sheet, &share(&offered, 20));
    let row = |lane, from, to| SeatRange { lane, from: at(from), to: at(to) };
    assert_eq!(seats, vec![row(5, 48, 72), row(5, 78, 96), row(4, 87, 96)]);
    let sheet = given(sheet, Side::Booking, seats);
    assert!(to_give(&sheet, &share(&offered, 20)).is_empty());
    let back = to_return(&sheet, &share(&offered, 0));
    assert_eq!(total(&back), 51, "everything, when nothing is reserved any more");
}

#[test]
fn what_is_too_soon_passes_whole() {
    let offered = within(&alike(), &(at(50)..at(56)));
    let sheet = sold(DaySheet::mint(DAY, LANES), Side::Booking, &[(50, 2)], &offered);
    assert_eq!(total(&passing(&sheet, &share(&offered, 0))), 6 * 6 - 2);
}

#[test]
fn another_block_comes_when_half_of_the_last_may_be_used() {
    assert!(needs_block(0, 0), "the first one");
    assert!(!needs_block(1, 100));
    assert!(needs_block(1, 101));
    assert!(!needs_block(2, 101));
}

proptest! {
    #[test]
    fn sharing_comes_to_rest_and_names_only_free_seats(
        online in prop::collection::vec((48_u8..96, 1_u8..4), 0..60),
        desk in prop::collection::vec((48_u8..96, 1_u8..4), 0..30),
        (before, after) in (0_u8..=100, 0_u8..=100),
    ) {
        let offered = alike();
        let sheet = sold(DaySheet::mint(DAY, LANES), Side::Booking, &online, &offered);
        let first = to_give(&sheet, &share(&offered, before));
        // Giving is refused for a seat that is not free or named twice.
        let sheet = given(sheet, Side::Booking, first);
        prop_assert!(to_return(&sheet, &share(&offered, before)).is_empty(), "nothing goes straight back");
        let sheet = sold(sheet, Side::Box, &desk, &offered);
        let back = to_return(&sheet, &share(&offered, after));
        let sheet = given(sheet, Side::Box, back);
        let held = share(&offered, after).held(&sheet);
        let target = share(&offered, after).target();
        prop_assert!(to_return(&sheet, &share(&offered, after)).is_empty() || held > target);
        if to_return(&sheet, &share(&offered, after)).is_empty() && held >= target {
            prop_assert!(to_give(&sheet, &share(&offered, after)).is_empty());
        }
    }

    #[test]
    fn a_give_leaves_no_rest_that_holds_no_visit(percent in 1_u8..=100) {
        let offered = alike();
        let sheet = given(DaySheet::mint(DAY, LANES), Side::Booking, to_give(&DaySheet::mint(DAY, LANES), &share(&offered, percent)));
        for (lane, open) in share(&offered, percent).openings() {
            for side in [Side::Booking, Side::Box] {
                let short = share(&offered, percent).free(&sheet, side, lane, open).iter().any(|range| len(range) < 3);
                prop_assert!(!short, "lane {lane}");
            }
        }
    }

    #[test]
    fn never_more_bookings_of_a_service_than_lanes_that_serve_it(
        services in prop::collection::vec(prop::collection::btree_set(1_u16..4, 1..4), usize::from(LANES)),
        wishes in prop::collection::vec((1_u16..4, 48_u8..60, 1_u8..4), 1..60),
    ) {
        let offered = plan(&services.iter().map(|set| set.iter().copied().collect()).collect::<Vec<_>>());
        let mut sheet = DaySheet::mint(DAY, LANES);
        let mut booked: Vec<(BookingId, ServiceId)> = Vec::new();
        for (number, (service, from, count)) in (1..).zip(&wishes) {
            let booking = BookingId::from_random(Side::Booking, number);
            let wanted = vec![ServiceId(*service)];
            let sell = SheetInput::SellNow { booking, offered: offered.clone(), services: wanted.clone(), from: at(*from), count: *count };
            if sheet.step(Side::Booking, sell.clone()).is_err() {
                let wish = Wish { services: &wanted, from: at(*from), count: *count };
                for (mover, lane) in moves_that_make_room(&sheet, Side::Booking, &offered, &wish) {
                    let services = booked.iter().filter(|(id, _)| *id == mover).map(|(_, s)| *s).collect();
                    let reseat = SheetInput::Reseat { booking: mover, lane, offered: offered.clone(), services };
                    if sheet.step(Side::Booking, reseat).is_ok() {
                        prop_assert!(sheet.step(Side::Booking, sell).is_ok(), "the move made room");
                        booked.push((booking, wanted[0]));
                        break;
                    }
                }
            } else {
                booked.push((booking, wanted[0]));
            }
            for at in 48..64 {
                for service in (1..4).map(ServiceId) {
                    let serving = offered.iter().filter(|offer| offer.services.contains(&service)).count();
                    let here = booked.iter().filter(|(id, s)| {
                        *s == service && sheet.sold(Side::Booking, *id).is_some_and(|p| p.from.number() <= at && at < p.to.number())
                    });
                    prop_assert!(here.count() <= serving);
                }
            }
        }
        let all_there = booked.iter().all(|(id, _)| sheet.sold(Side::Booking, *id).is_some());
        prop_assert!(all_there, "nobody lost a place");
    }
}

#[test]
fn one_booking_moves_so_that_a_rarer_service_finds_its_lane() {
    let offered = plan(&[vec![1, 2], vec![1]]);
    let mut sheet = DaySheet::mint(DAY, LANES);
    let sell = |number, service, offered: &[LaneOffer]| SheetInput::SellNow {
        booking: BookingId::from_random(Side::Booking, number),
        offered: offered.to_vec(),
        services: vec![ServiceId(service)],
        from: at(50),
        count: 1,
    };
    // The common service sits in the only lane of the rare one.
    sheet.step(Side::Booking, sell(1, 1, &offered[..1])).expect("free");
    assert!(sheet.step(Side::Booking, sell(2, 2, &offered)).is_err());
    let wish = Wish { services: &[ServiceId(2)], from: at(50), count: 1 };
    let moves = moves_that_make_room(&sheet, Side::Booking, &offered, &wish);
    assert_eq!(moves, vec![(BookingId::from_random(Side::Booking, 1), 1)]);
}
