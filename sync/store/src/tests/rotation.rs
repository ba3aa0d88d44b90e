//! An end changes the key it signs with, whatever the wire loses meanwhile.

use jiff::Timestamp;
use names::Side;
use protocol::exchange::{NodeKey, NodeSigner, Nonce, Refusal, seal_poke};

use super::line::{Fate, Reached};
use super::world::{End, Pair, office, refusal};
use crate::{exchange, keys};

fn rotate(end: &End) -> NodeKey {
    let me = end.side;
    end.step(move |tx| Ok(keys::rotate(tx, &office(), me, Timestamp::UNIX_EPOCH)?)).expect("a new key")
}

fn signs_with(end: &End) -> NodeKey {
    end.step(|tx| Ok(keys::signer(tx, &office())?.public())).expect("a key")
}

#[test]
fn either_end_signs_with_the_new_key_once_the_other_one_knows_it() {
    for side in [Side::Booking, Side::Box] {
        let mut pair = Pair::new();
        pair.settle();
        let old = signs_with(pair.end(side));
        let new = rotate(pair.end(side));
        assert_eq!(rotate(pair.end(side)), new, "asked again it is the same");
        assert_eq!(signs_with(pair.end(side)), old, "nobody knows it yet");
        for _until_confirmed in 0..3 {
            assert_eq!(pair.connect(&[]), Reached::Synced);
        }
        assert_eq!(signs_with(pair.end(side)), new);
        pair.end(side).append([1]);
        assert_eq!(pair.connect(&[]), Reached::Synced, "and is believed");
        assert_ne!(rotate(pair.end(side)), new, "the next one is another one");
    }
}

#[test]
fn whatever_is_lost_meanwhile_each_end_is_believed() {
    let fates = [Fate::Arrives, Fate::RequestLost, Fate::AnswerLost, Fate::Twice, Fate::SecondAnswer];
    for side in [Side::Booking, Side::Box] {
        for first in fates {
            for second in fates {
                let mut pair = Pair::new();
                let new = rotate(pair.end(side));
                for fate in [first, second, first] {
                    let reached = pair.connect(&[fate]);
                    assert!(
                        matches!(reached, Reached::Synced | Reached::Lost),
                        "{side:?} {first:?} {second:?}: {reached:?}"
                    );
                }
                for _until_confirmed in 0..3 {
                    assert_eq!(pair.connect(&[]), Reached::Synced, "{side:?} {first:?} {second:?}");
                }
                assert_eq!(signs_with(pair.end(side)), new);
            }
        }
    }
}

#[test]
fn the_old_key_is_good_for_nothing_once_the_new_one_was_used() {
    let mut pair = Pair::new();
    pair.settle();
    let before = pair.appliance.copy();
    rotate(&pair.appliance);
    for _until_used in 0..3 {
        pair.appliance.append([1]);
        assert_eq!(pair.connect(&[]), Reached::Synced);
    }
    pair.appliance.restore(before);
    assert_eq!(pair.connect(&[]), Reached::Person(Refusal::Replaced));
    assert_eq!(pair.enrol("new code"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
}

#[test]
fn both_ends_may_change_their_keys_at_once() {
    let pair = Pair::new();
    let (server, appliance) = (rotate(&pair.server), rotate(&pair.appliance));
    for _until_confirmed in 0..4 {
        assert_eq!(pair.connect(&[]), Reached::Synced);
    }
    assert_eq!((signs_with(&pair.server), signs_with(&pair.appliance)), (server, appliance));
}

#[test]
fn a_poke_with_the_new_key_is_known_before_any_exchange_used_it() {
    let pair = Pair::new();
    let new = rotate(&pair.appliance);
    for _until_confirmed in 0..2 {
        if signs_with(&pair.appliance) != new {
            assert_eq!(pair.connect(&[]), Reached::Synced);
        }
    }
    assert_eq!(signs_with(&pair.appliance), new);
    let signer = pair.appliance.step(|tx| Ok(keys::signer(tx, &office())?)).expect("a key");
    let poke = seal_poke(&signer, Nonce([7; 16]), &office());
    let heard = poke.clone();
    let known = pair.server.db.read_blocking(move |tx| exchange::check_sender(tx, &office(), &heard));
    assert!(known.is_ok(), "{known:?}");
    let stranger = seal_poke(&NodeSigner::from_seed([9; 32]), Nonce([7; 16]), &office());
    let refused = pair.server.db.read_blocking(move |tx| exchange::check_sender(tx, &office(), &stranger));
    assert_eq!(refused.map_err(refusal), Err(Refusal::BadSignature));
}
