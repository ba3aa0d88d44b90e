//! Restores of one side: redone only with a full proof, from life to life.

use proptest::prelude::*;

use super::desk::{DAY, Desk, noise};
use crate::seats::Ending;
use crate::sheet::{DaySheet, MintMark, Refused, SeatState, SheetInput};

use names::Side;

fn day(desk: &Desk) -> DaySheet {
    desk.sheets.get(&DAY).expect("minted").clone()
}

fn settle(desk: &mut Desk, last_chance: bool) -> Ending {
    desk.seats().settle(last_chance).expect("memory")
}

/// A server that sold 1 and 2, was copied, cancelled 1 and sold 3 at the same time.
fn story() -> (Desk, Desk) {
    let mut desk = Desk::new(Side::Booking, 1);
    desk.mint();
    desk.sell(1, 50).expect("free");
    desk.sell(2, 51).expect("free");
    let backup = desk.clone();
    noise(&mut desk);
    desk.cancel(1);
    noise(&mut desk);
    desk.sell(3, 50).expect("free again");
    noise(&mut desk);
    (desk, backup)
}

#[test]
fn with_all_lost_entries_found_nothing_is_lost() {
    let (mut desk, backup) = story();
    let lost = day(&desk);
    desk.restore(&backup, 2, |_| true);
    assert_eq!(desk.sell(9, 60), Err(Refused::NotActive), "not before it is settled");
    assert_eq!(settle(&mut desk, false), Ending::Redone);
    assert_eq!(day(&desk), lost);
    desk.sell(9, 60).expect("sells on");
    assert_eq!(desk.sell(9, 50), Err(Refused::AlreadySold));
}

#[test]
fn with_one_seat_fact_missing_everything_held_is_burned() {
    let (mut desk, backup) = story();
    let sale = desk.outside.witness.expect("sold").number;
    desk.restore(&backup, 2, |entry| entry.number < sale);
    assert_eq!(settle(&mut desk, false), Ending::Waits);
    assert_eq!(settle(&mut desk, true), Ending::Burned);
    assert_eq!(desk.sell(9, 50), Err(Refused::NoSeat));
    assert_eq!(desk.sell(9, 60), Err(Refused::NoSeat));
    desk.cancel(1);
    assert_eq!(desk.sell(9, 50), Err(Refused::NoSeat), "what was sold then is frozen");
}

#[test]
fn a_person_opens_burned_seats_again_but_for_those_of_bookings_that_are_known() {
    let (mut desk, backup) = story();
    // All is found but the last sale: the one before it was cancelled, the seat of 2 is known.
    let sale = desk.outside.witness.expect("sold").number;
    desk.restore(&backup, 2, |entry| entry.number != sale);
    assert_eq!(desk.seats().reopen(false), Ok(Err(Refused::NotActive)));
    assert_eq!(settle(&mut desk, true), Ending::Burned);
    let burned = day(&desk);
    let counted = desk.seats().reopen(true).expect("memory").expect("active");
    assert_eq!(day(&desk), burned, "only looked");
    let opened = desk.seats().reopen(false).expect("memory").expect("active");
    assert_eq!((opened.days, opened.seats > 100), (1, true));
    assert_eq!(counted, opened);
    desk.sell(9, 60).expect("open again");
    assert_eq!(desk.sell(8, 51), Err(Refused::NoSeat), "2 is known and sits there");
    let again = desk.clone();
    desk.restore(&backup, 3, |_| true);
    assert_eq!(settle(&mut desk, false), Ending::Redone, "a later restore follows it");
    assert_eq!(day(&desk), day(&again));
}

#[test]
fn seats_that_were_given_away_before_they_were_burned_are_not_opened_again() {
    let (mut desk, backup) = story();
    desk.theirs = Some(names::Incarnation::from_bits(9));
    let at = |number| crate::sheet::Interval::new(number).expect("inside the day");
    let seats = vec![crate::sheet::SeatRange { lane: 0, from: at(60), to: at(62) }];
    assert_eq!(desk.seats().give(DAY, seats), Ok(Ok(2)));
    desk.sell(4, 70).expect("free");
    let sale = desk.outside.witness.expect("sold").number;
    // The other side heard of the give, and may have sold these seats long ago.
    desk.restore(&backup, 2, |entry| entry.number != sale);
    assert_eq!(settle(&mut desk, true), Ending::Burned);
    desk.seats().reopen(false).expect("memory").expect("active");
    assert_eq!(desk.sell(9, 60), Err(Refused::NoSeat), "the other side's now");
    desk.sell(9, 62).expect("open again");
}

#[test]
fn a_gap_in_the_middle_or_a_lost_witness_is_no_proof() {
    let (mut desk, backup) = story();
    let first = backup.log.len() as u64 + 1;
    desk.restore(&backup, 2, |entry| entry.number != first);
    assert_eq!(settle(&mut desk, false), Ending::Waits);
    let (mut desk, backup) = story();
    desk.outside.witness = None;
    desk.restore(&backup, 2, |_| true);
    assert_eq!(settle(&mut desk, true), Ending::Burned);
}

#[test]
fn entries_of_the_hall_that_are_lost_behind_the_last_sale_do_no_harm() {
    let (mut desk, backup) = story();
    let (lost, sale) = (day(&desk), desk.outside.witness.expect("sold").number);
    desk.restore(&backup, 2, |entry| entry.number <= sale);
    assert_eq!(settle(&mut desk, false), Ending::Redone);
    assert_eq!(day(&desk), lost);
}

#[test]
fn more_than_the_witness_knows_is_as_bad_as_less() {
    let (mut desk, backup) = story();
    // The card was copied: the original went on, this copy's witness did not.
    let witness = desk.outside.witness;
    desk.sell(4, 70).expect("free");
    desk.outside.witness = witness;
    desk.restore(&backup, 2, |_| true);
    assert_eq!(settle(&mut desk, false), Ending::Waits);
}

#[test]
fn the_same_old_copy_restored_twice_follows_both_lives() {
    let (mut desk, backup) = story();
    desk.restore(&backup, 2, |entry| entry.number <= 4);
    assert_eq!(settle(&mut desk, true), Ending::Burned);
    let burned = day(&desk);
    noise(&mut desk);
    desk.restore(&backup, 3, |_| true);
    assert_eq!(settle(&mut desk, false), Ending::Redone);
    assert_eq!(day(&desk), burned, "what was burned stays burned");
    assert_eq!(desk.sell(9, 60), Err(Refused::NoSeat));
}

#[test]
fn two_lives_that_go_on_from_the_same_one_are_no_proof() {
    let (mut desk, backup) = story();
    let original = desk.clone();
    desk.restore(&backup, 2, |_| true);
    assert_eq!(settle(&mut desk, false), Ending::Redone);
    let mut twin = original;
    twin.restore(&backup, 3, |_| true);
    assert_eq!(settle(&mut twin, false), Ending::Redone);
    // Both logs come together later: a third restore sees two stories.
    let entries = desk.log.clone();
    twin.log.extend(entries.into_iter().filter(|entry| entry.incarnation == desk.life));
    let known = twin.clone();
    twin.restore(&backup, 4, |_| true);
    assert!(known.log.len() > backup.log.len());
    assert_eq!(settle(&mut twin, false), Ending::Waits);
}

#[test]
fn an_empty_store_is_rebuilt_from_its_whole_log() {
    let (mut desk, _backup) = story();
    let lost = day(&desk);
    let empty = Desk::new(Side::Booking, 1);
    desk.restore(&empty, 2, |_| true);
    assert_eq!(settle(&mut desk, false), Ending::Redone);
    assert_eq!(day(&desk), lost);
}

#[test]
fn a_day_that_was_lost_with_everything_is_minted_burned() {
    let (mut desk, _backup) = story();
    desk.restore(&Desk::new(Side::Booking, 1), 2, |_| false);
    assert_eq!(settle(&mut desk, true), Ending::Burned);
    assert!(desk.outside.minted.covers(DAY) && desk.outside.minted != MintMark::Lost);
    desk.mint();
    let all_burned = day(&desk).lane(0).all(|span| span.state == SeatState::Burned);
    assert!(all_burned);
    assert_eq!(desk.sell(9, 60), Err(Refused::NoSeat));
}

proptest! {
    /// Whatever happened, wherever the copy was made, whatever was found: redone means exactly the
    /// lost day, and otherwise nothing that was held can be sold.
    #[test]
    fn redone_is_exactly_what_was_lost(
        acts in proptest::collection::vec((0_u8..4, 0_u64..6, 50_u8..54), 1..24),
        copied in 0_usize..24,
        found in proptest::collection::vec(proptest::bool::weighted(0.9), 64),
    ) {
        let mut desk = Desk::new(Side::Booking, 1);
        desk.mint();
        let mut backup = desk.clone();
        for (step, (act, number, at)) in acts.iter().enumerate() {
            if step == copied {
                backup = desk.clone();
            }
            match act {
                0 | 1 => drop(desk.sell(*number, *at)),
                2 => desk.cancel(*number),
                _ => noise(&mut desk),
            }
        }
        let lost = day(&desk);
        desk.restore(&backup, 2, |entry| found[entry.number as usize % found.len()]);
        match settle(&mut desk, true) {
            Ending::Redone => prop_assert_eq!(day(&desk), lost),
            Ending::Nothing | Ending::Waits | Ending::Burned => {
                for at in 50..54 {
                    prop_assert_eq!(desk.sell(99, at), Err(Refused::NoSeat));
                }
            }
        }
        let again = desk.seats().step(DAY, SheetInput::Burn).expect("memory");
        prop_assert!(again.is_ok(), "active in any case");
    }
}
