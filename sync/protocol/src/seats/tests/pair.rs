//! Two sides: gives, PIN blocks and cancellations across the line.

use std::collections::BTreeSet;

use names::{Pin, Side};

use super::desk::{DAY, Desk};
use crate::entry::SeatFact;
use crate::pins::BLOCK_SIZE;
use crate::seats::Shelf;
use crate::seats::{Ending, Heard};
use crate::sheet::{Interval, Refused, SeatRange};

fn pair() -> (Desk, Desk) {
    let (mut server, mut appliance) = (Desk::new(Side::Booking, 1), Desk::new(Side::Box, 2));
    (server.theirs, appliance.theirs) = (Some(appliance.life), Some(server.life));
    server.mint();
    tell(&server, &mut appliance);
    (server, appliance)
}

/// Everything `from` ever wrote, told (again) to `to`.
fn tell(from: &Desk, to: &mut Desk) -> Vec<Heard> {
    let facts = from.log.iter().filter_map(|entry| SeatFact::read(&entry.draft())?.ok());
    to.told = facts.clone().collect();
    facts.map(|fact| to.seats().hear(&fact).expect("memory")).collect()
}

fn seats(from: u8, to: u8) -> Vec<SeatRange> {
    let at = |n| Interval::new(n).expect("inside the day");
    vec![SeatRange { lane: 0, from: at(from), to: at(to) }]
}

#[test]
fn given_seats_are_sold_by_the_receiver_and_by_nobody_else() {
    let (mut server, mut appliance) = pair();
    assert_eq!(server.seats().give(DAY, seats(50, 52)), Ok(Ok(2)));
    assert_eq!(server.sell(1, 50), Err(Refused::NoSeat));
    assert!(tell(&server, &mut appliance).contains(&Heard::Accepted { seats: 2 }));
    // Its own lane takes the first, the given one the second.
    appliance.sell(1, 50).expect("its own");
    appliance.sell(2, 50).expect("the given one");
    assert_eq!(appliance.sell(3, 50), Err(Refused::NoSeat));
    tell(&server, &mut appliance);
    assert_eq!(appliance.sell(3, 50), Err(Refused::NoSeat), "hearing it again gives nothing");
}

#[test]
fn seats_given_to_a_life_that_is_over_are_nobodys() {
    let (mut server, mut appliance) = pair();
    let backup = appliance.clone();
    assert_eq!(server.seats().give(DAY, seats(50, 52)), Ok(Ok(2)));
    appliance.restore(&backup, 3, |_| true);
    assert_eq!(appliance.seats().settle(true), Ok(Ending::Redone));
    assert!(!tell(&server, &mut appliance).contains(&Heard::Accepted { seats: 2 }));
    server.theirs = Some(appliance.life);
    assert_eq!(server.seats().give(DAY, seats(52, 53)), Ok(Ok(1)));
    assert!(tell(&server, &mut appliance).contains(&Heard::Accepted { seats: 1 }));
}

#[test]
fn what_came_while_a_restore_was_open_is_done_when_it_is_settled() {
    let (mut server, mut appliance) = pair();
    server.sell(1, 50).expect("free");
    let (old, old_box) = (server.clone(), appliance.clone());
    server.sell(2, 51).expect("free");
    server.restore(&old, 3, |_| true);
    let booking = |number| names::BookingId::from_random(Side::Booking, number);
    let cancelled = |number| crate::entry::Cancelled { booking: booking(number), day: Some(DAY), seats: Vec::new() };
    // By the citizen here, and by the clerk there.
    server.write(&SeatFact::Cancelled(cancelled(1))).expect("memory");
    server.told.push(SeatFact::Cancelled(cancelled(2)));
    server.outside.witness = old_witness(&server);
    assert_eq!(server.seats().settle(false), Ok(Ending::Redone));
    assert!(!server.sold(1) && !server.sold(2));
    // A day that was minted meanwhile.
    appliance.restore(&crate::seats::tests::desk::Desk { sheets: Default::default(), ..old_box }, 4, |_| true);
    tell(&server, &mut appliance);
    assert!(appliance.sheets.is_empty());
    appliance.seats().settle(true).expect("memory");
    assert!(appliance.sheets.contains_key(&DAY));
}

/// The witness as it stood before the life that is open now.
fn old_witness(desk: &Desk) -> Option<crate::exchange::Cursor> {
    let last = desk.log.iter().rev().find(|entry| entry.incarnation != desk.life)?;
    Some(crate::exchange::Cursor { incarnation: last.incarnation, number: last.number, hash: last.hash })
}

#[test]
fn nobody_gives_before_there_is_somebody() {
    let mut server = Desk::new(Side::Booking, 1);
    server.mint();
    assert_eq!(server.seats().give(DAY, seats(50, 52)), Ok(Err(Refused::NoReceiver)));
    assert_eq!(server.seats().give_block(), Ok(Err(Refused::NoReceiver)));
}

#[test]
fn a_cancellation_by_the_other_side_frees_the_seat_of_the_seller_once() {
    let (mut server, mut appliance) = pair();
    server.sell(1, 50).expect("free");
    let booking = names::BookingId::from_random(Side::Booking, 1);
    let cancelled = SeatFact::Cancelled(crate::entry::Cancelled { booking, day: Some(DAY), seats: Vec::new() });
    assert_eq!(appliance.seats().hear(&cancelled), Ok(Heard::Nothing), "not its booking");
    assert!(matches!(server.seats().hear(&cancelled), Ok(Heard::Freed { .. })));
    server.sell(2, 50).expect("free again");
    assert_eq!(server.seats().hear(&cancelled), Ok(Heard::Nothing));
    assert!(server.sold(2));
}

/// Draws a PIN and writes down whose it is, as every program does.
fn draw(desk: &mut Desk) -> Option<Pin> {
    let pin = desk.seats().draw_pin(|_shelf, _pin| Ok(false)).expect("memory").expect("active")?;
    let number = desk.log.len() as u64;
    desk.book(names::BookingId::from_random(desk.me, number), pin, Vec::new());
    Some(pin)
}

#[test]
fn a_box_that_knows_all_its_lost_bookings_draws_on_from_its_block() {
    let (mut server, mut appliance) = pair();
    server.seats().give_block().expect("memory").expect("given");
    tell(&server, &mut appliance);
    let backup = appliance.clone();
    let mut drawn: BTreeSet<_> = (0..10).filter_map(|_pin| draw(&mut appliance)).collect();
    appliance.restore(&backup, 3, |_| true);
    assert_eq!(appliance.seats().settle(false), Ok(Ending::Redone));
    drawn.extend((0..10).filter_map(|_pin| draw(&mut appliance)));
    assert_eq!(drawn.len(), 20);
}

#[test]
fn no_pin_is_ever_drawn_by_both_sides_or_again_after_a_restore() {
    let (mut server, mut appliance) = pair();
    assert_eq!(draw(&mut appliance), None, "a box without a block helps with tickets");
    let mut drawn = BTreeSet::new();
    let mut new = |pin: Option<Pin>| assert!(drawn.insert(pin.expect("a PIN")), "drawn twice");
    new(draw(&mut server));
    server.seats().give_block().expect("memory").expect("given");
    tell(&server, &mut appliance);
    let (old_server, old_box) = (server.clone(), appliance.clone());
    for _pin in 0..BLOCK_SIZE / 2 {
        new(draw(&mut server));
        new(draw(&mut appliance));
    }
    for _pin in 0..BLOCK_SIZE {
        new(draw(&mut server));
    }
    server.restore(&old_server, 5, |_| false);
    appliance.restore(&old_box, 6, |_| false);
    for desk in [&mut server, &mut appliance] {
        desk.seats().settle(true).expect("memory");
    }
    for _pin in 0..BLOCK_SIZE {
        new(draw(&mut server));
    }
    assert_eq!(draw(&mut appliance), None, "its block is used up, a new one has to come");
    server.theirs = Some(appliance.life);
    server.seats().give_block().expect("memory").expect("given");
    assert!(tell(&server, &mut appliance).iter().any(|heard| matches!(heard, Heard::Block(_))));
    new(draw(&mut appliance));
}
