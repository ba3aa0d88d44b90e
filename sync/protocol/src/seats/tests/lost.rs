//! What the booking server knows of seats that the box cannot sell any more, from what it was told.

use names::{Incarnation, Side};
use proptest::prelude::*;

use super::desk::{BOOKING_LANES, DAY, Desk};
use crate::entry::{Entry, Given, SeatFact};
use crate::seats::policy::{burned_here, lost_there};
use crate::sheet::{DaySheet, Interval, SeatRange, SeatState};

/// Both ends, and the lives that the box had so far.
struct Two {
    server: Desk,
    appliance: Desk,
    life: u128,
    /// What the server has of the box's log.
    told: Vec<Entry>,
}

fn two() -> Two {
    let (mut server, mut appliance) = (Desk::new(Side::Booking, 1), Desk::new(Side::Box, 2));
    (server.theirs, appliance.theirs) = (Some(appliance.life), Some(server.life));
    server.mint();
    let mut both = Two { server, appliance, life: 2, told: Vec::new() };
    both.meet();
    both
}

/// What is found of the lost entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// A stick has them all.
    All,
    /// The server has what it was told.
    Told,
    /// Nothing.
    Nothing,
}

/// Seats of the first lane, which is the server's at first.
fn range(from: u8, to: u8) -> SeatRange {
    let at = |number| Interval::new(number).expect("inside the day");
    SeatRange { lane: 0, from: at(from), to: at(to) }
}

/// Tells what was written since and is not known there.
fn tell(from: &Desk, known: &mut Vec<Entry>, to: &mut Desk) {
    for entry in &from.log {
        if known.contains(entry) {
            continue;
        }
        known.push(entry.clone());
        if let Some(Ok(fact)) = SeatFact::read(&entry.draft()) {
            to.told.push(fact.clone());
            to.seats().hear(&fact).expect("memory");
        }
    }
}

impl Two {
    /// Both tell each other everything.
    fn meet(&mut self) {
        tell(&self.appliance, &mut self.told, &mut self.server);
        let mut known = std::mem::take(&mut self.appliance.known);
        tell(&self.server, &mut known, &mut self.appliance);
        self.appliance.known = known;
        tell(&self.appliance, &mut self.told, &mut self.server);
    }

    /// The box dies and comes back with what is found of all it had written since.
    fn restore(&mut self, backup: &Desk, found: Found) {
        self.life += 1;
        let own: Vec<Entry> = self.appliance.log.clone();
        let echo = std::mem::take(&mut self.told);
        self.appliance.log.extend(echo.iter().filter(|entry| !own.contains(entry)).cloned());
        self.appliance.restore(backup, self.life, |entry| match found {
            Found::All => own.contains(entry),
            Found::Told => echo.contains(entry),
            Found::Nothing => false,
        });
        self.told = echo;
        self.appliance.seats().settle(true).expect("memory");
        self.server.theirs = Some(self.appliance.life);
    }

    fn lost(&self) -> Vec<SeatRange> {
        let mut given: Vec<Given> =
            self.server.log.iter().filter_map(|entry| given(entry, self.appliance.life)).collect();
        // Another day has the same seats.
        let seats = self.server.sheets[&DAY].lane(0).copied().collect();
        given.push(Given { day: DAY.tomorrow().expect("a day"), incarnation: self.appliance.life, seats });
        lost_there(&self.server.sheets[&DAY], BOOKING_LANES, &self.server.told, &given)
    }
}

fn given(entry: &Entry, life: Incarnation) -> Option<Given> {
    match SeatFact::read(&entry.draft())?.ok()? {
        SeatFact::Given(given) if given.incarnation == life => Some(given),
        SeatFact::Given(_)
        | SeatFact::Minted(_)
        | SeatFact::Seats(_)
        | SeatFact::PinBlock(_)
        | SeatFact::Booked(_)
        | SeatFact::Cancelled(_)
        | SeatFact::Settled(_) => None,
    }
}

fn covers(ranges: &[SeatRange], lane: u8, at: u8) -> bool {
    ranges.iter().any(|r| r.lane == lane && r.from.number() <= at && at < r.to.number())
}

/// What a seat is at the box; nothing if it does not hold it.
fn state(sheet: &DaySheet, lane: u8, at: u8) -> Option<SeatState> {
    let here = sheet.lane(lane).find(|s| s.from.number() <= at && at < s.to.number())?;
    (here.holder == Side::Box).then_some(here.state)
}

fn holds(sheet: &DaySheet, lane: u8, at: u8) -> bool {
    sheet.lane(lane).any(|s| s.from.number() <= at && at < s.to.number() && s.holder == Side::Box)
}

/// Whether the box told that it sold this seat.
fn sold(told: &[SeatFact], lane: u8, at: u8) -> bool {
    told.iter().any(|fact| match fact {
        SeatFact::Booked(booked) => {
            booked.seats.iter().any(|s| s.lane == lane && s.from.number() <= at && at < s.to.number())
        }
        SeatFact::Given(_)
        | SeatFact::Minted(_)
        | SeatFact::Seats(_)
        | SeatFact::PinBlock(_)
        | SeatFact::Cancelled(_)
        | SeatFact::Settled(_) => false,
    })
}

#[test]
fn while_no_restore_burned_anything_nothing_is_lost() {
    let mut both = two();
    both.server.seats().give(DAY, vec![range(50, 60)]).expect("memory").expect("free");
    assert!(both.lost().is_empty(), "on its way");
    both.meet();
    both.appliance.sell(1, 50).expect("its own");
    both.meet();
    assert!(both.lost().is_empty() && burned_here(&both.appliance.sheets[&DAY]).is_empty());
}

#[test]
fn after_a_fresh_card_the_old_seats_of_the_box_are_lost_and_new_ones_are_not() {
    let mut both = two();
    let empty = Desk::new(Side::Box, 2);
    both.server.seats().give(DAY, vec![range(50, 60)]).expect("memory").expect("free");
    both.meet();
    both.restore(&empty, Found::Nothing);
    both.meet();
    assert!(covers(&both.lost(), 0, 50) && covers(&both.lost(), 1, 50), "given and its own");
    both.server.seats().give(DAY, vec![range(60, 70)]).expect("memory").expect("free");
    assert!(!covers(&both.lost(), 0, 60), "on its way to the new life");
    both.meet();
    assert!(!covers(&both.lost(), 0, 60));
    both.appliance.sell(1, 60).expect("the new ones are sold");
    both.appliance.sell(2, 50).expect_err("the old ones never");
    both.appliance.seats().reopen(false).expect("memory").expect("active");
    both.meet();
    assert!(!covers(&both.lost(), 1, 50), "a person opened them again");
    assert!(covers(&both.lost(), 0, 50), "what was given to the old life stays nobody's");
}

proptest! {
    /// Whatever both did, whenever the box came back with whatever was found: once both have met, the
    /// server knows exactly which free seats that are the box's the box cannot sell.
    #[test]
    fn the_server_knows_exactly_what_the_box_cannot_sell(
        acts in prop::collection::vec((0_u8..8, 0_u64..8, 50_u8..58), 1..40),
    ) {
        let mut both = two();
        let mut backup = both.appliance.clone();
        for (act, number, at) in acts {
            match act {
                0 => drop(both.appliance.sell(number, at)),
                1 => both.appliance.cancel(number),
                2 | 3 => drop(both.server.seats().give(DAY, vec![range(at, at + 2)]).expect("memory")),
                4 => drop(both.appliance.seats().give(DAY, vec![range(at, at + 1)]).expect("memory")),
                5 => both.meet(),
                6 => backup = both.appliance.clone(),
                _ => {
                    let found = [Found::All, Found::Told, Found::Nothing][number as usize % 3];
                    both.restore(&backup, found);
                    if found == Found::Told && number > 2 {
                        both.appliance.seats().reopen(false).expect("memory").expect("active");
                    }
                }
            }
        }
        both.meet();
        let (mine, theirs, lost) = (&both.server.sheets[&DAY], &both.appliance.sheets[&DAY], both.lost());
        for lane in 0..3 {
            for at in 48..62 {
                let (known, there) = (covers(&lost, lane, at), state(theirs, lane, at));
                let alive = matches!(there, Some(SeatState::Free | SeatState::Held(_) | SeatState::Sold(_)));
                prop_assert!(!(known && alive), "lane {} at {} is not lost", lane, at);
                let gone = holds(mine, lane, at) && matches!(there, None | Some(SeatState::Burned));
                // What the box forgot that it sold was no free seat, lost or not.
                prop_assert!(known || !gone || sold(&both.server.told, lane, at), "lane {} at {} is lost", lane, at);
            }
        }
    }
}
