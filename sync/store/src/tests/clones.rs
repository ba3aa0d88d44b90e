//! One card, two boxes: the second one that speaks is found out, and neither sells before a person
//! says which one goes on.

use names::Side;
use protocol::agree::Mode;
use protocol::exchange::Refusal;

use super::line::Reached;
use super::world::{End, Pair};

/// A pair that has talked, and a second box with a copy of the card.
fn two_boxes() -> (Pair, End) {
    let pair = Pair::new();
    pair.appliance.append(1..=2);
    pair.server.append(1..=2);
    assert_eq!(pair.connect(&[]), Reached::Synced);
    let copy = End::from(Side::Box, pair.appliance.copy());
    (pair, copy)
}

fn is_a_fork_of_the_box(reached: &Reached) -> bool {
    matches!(reached, Reached::Person(Refusal::Fork { side: Side::Box, .. }))
}

#[test]
fn two_boxes_that_wrote_under_one_name_freeze_both_ends_until_a_code_says_which_one_goes_on() {
    let (mut pair, copy) = two_boxes();
    pair.appliance.append([3]);
    copy.append([4]);
    assert_eq!(pair.connect(&[]), Reached::Synced);
    let first = std::mem::replace(&mut pair.appliance, copy);
    assert!(is_a_fork_of_the_box(&pair.connect(&[])), "the second one is found out");
    assert_eq!((pair.server.mode(), pair.appliance.mode()), (Mode::Frozen, Mode::Frozen));
    let second = std::mem::replace(&mut pair.appliance, first);
    assert!(is_a_fork_of_the_box(&pair.connect(&[])), "the first one learns it, too");
    assert_eq!(pair.appliance.mode(), Mode::Frozen);

    assert_eq!(pair.enrol("new code"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    assert_eq!((pair.server.mode(), pair.appliance.mode()), (Mode::Active, Mode::Active));
    pair.appliance.append([5]);
    assert_eq!(pair.connect(&[]), Reached::Synced);

    pair.appliance = second;
    assert!(is_a_fork_of_the_box(&pair.connect(&[])), "the other one is out");
    assert_eq!(pair.server.mode(), Mode::Active, "and can no longer freeze anything");
}

#[test]
fn a_copy_that_finds_itself_behind_begins_a_new_life_and_the_original_is_then_the_second() {
    let (mut pair, copy) = two_boxes();
    pair.appliance.append([3]);
    assert_eq!(pair.connect(&[]), Reached::Synced);
    let original = std::mem::replace(&mut pair.appliance, copy);
    assert_eq!(pair.connect(&[]), Reached::Synced, "for the server it is a restored box");
    assert_eq!(pair.appliance.lives(Side::Box).len(), 2);
    pair.appliance = original;
    pair.appliance.append([4]);
    assert!(is_a_fork_of_the_box(&pair.connect(&[])), "a closed life does not go on");
    assert_eq!((pair.server.mode(), pair.appliance.mode()), (Mode::Frozen, Mode::Frozen));
}

#[test]
fn a_copy_that_is_even_with_the_original_is_found_out_as_soon_as_either_one_writes() {
    let (mut pair, copy) = two_boxes();
    let original = std::mem::replace(&mut pair.appliance, copy);
    assert_eq!(pair.connect(&[]), Reached::Synced, "nothing tells them apart yet");
    pair.appliance.append([3]);
    assert_eq!(pair.connect(&[]), Reached::Synced);
    pair.appliance = original;
    pair.appliance.append([4]);
    assert!(is_a_fork_of_the_box(&pair.connect(&[])));
}
