//! A code lets a box in: the first one, one that asks again, and one that takes another one's place.

use names::Side;
use protocol::agree::Mode;
use protocol::exchange::{EnrolAnswer, NodeSigner, Refusal, seal};

use super::line::Reached;
use super::world::{End, Pair, office, refusal};
use crate::rejoin::Next;
use crate::{exchange, keys};

fn pair() -> Pair {
    let pair = Pair::new();
    pair.appliance.append(1..=3);
    pair.server.append(1..=3);
    assert_eq!(pair.connect(&[]), Reached::Synced);
    pair
}

#[test]
fn a_lost_answer_is_asked_for_again_and_is_the_same() {
    let pair = Pair { server: End::new(Side::Booking), appliance: End::new(Side::Box) };
    pair.server.append([1]);
    for code in ["first", "again"] {
        let asked = pair.appliance.step(move |tx| exchange::ask(tx, &office(), code)).expect("asked");
        let _lost = pair.let_in(&asked.sealed);
    }
    assert_eq!(pair.enrol("once more"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    assert_eq!(pair.appliance.mode(), Mode::Active, "the first box has nothing to prove");
}

#[test]
fn a_new_box_takes_the_old_ones_place_learns_its_lives_and_the_old_one_is_told() {
    let mut pair = pair();
    let old = std::mem::replace(&mut pair.appliance, End::new(Side::Box));
    let lived = old.lives(Side::Box);
    pair.appliance.append([1]);
    assert_eq!(pair.enrol("new box"), Ok(()));
    assert_eq!(pair.appliance.mode(), Mode::Unproven, "what the old one sold has to be learned first");
    let open = pair.appliance.step(|tx| Ok(crate::standing::restored(tx, &office())?)).expect("readable");
    let witness = open.map(|open| open.witness);
    assert_eq!(witness, Some(None), "what it wrote in its hall before it was let in proves nothing of seats");
    assert_eq!(pair.connect(&[]), Reached::Synced);
    assert_eq!(pair.appliance.mode(), Mode::Active);
    assert_eq!(pair.appliance.lives(Side::Box)[..1], lived, "the old life is there to its end");
    assert_eq!(pair.appliance.numbers_of(Side::Booking), [1, 2, 3]);
    let new = std::mem::replace(&mut pair.appliance, old);
    pair.appliance.append([4]);
    assert_eq!(pair.connect(&[]), Reached::Person(Refusal::Replaced));
    pair.appliance = new;
    assert_eq!(pair.connect(&[]), Reached::Synced, "the new one is not disturbed");
}

#[test]
fn a_box_that_took_its_place_back_goes_on_and_tells_what_it_wrote_meanwhile() {
    let mut pair = pair();
    let old = std::mem::replace(&mut pair.appliance, End::new(Side::Box));
    assert_eq!(pair.enrol("new box"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    pair.appliance = old;
    pair.appliance.append([4]);
    assert_eq!(pair.enrol("old box again"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    assert_eq!(pair.server.applied(), [1, 2, 3, 4]);
}

#[test]
fn a_new_server_gets_everything_back_from_the_box() {
    let mut pair = pair();
    pair.server = End::new(Side::Booking);
    pair.server.append([1]);
    assert!(matches!(pair.connect(&[]), Reached::Person(_)), "another server is not believed");
    assert_eq!(pair.enrol("code of the new server"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    assert_eq!(pair.server.applied(), [1, 2, 3]);
    let lives = pair.server.lives(Side::Booking);
    assert_eq!(lives.len(), 3, "the lost one, the one it began with, and the one after it knew");
    assert_eq!((pair.server.mode(), pair.appliance.mode()), (Mode::Active, Mode::Active));
}

#[test]
fn a_code_that_was_used_is_known_again() {
    let pair = pair();
    let wants = |code: &'static str| pair.appliance.step(move |tx| Ok(exchange::wants_code(tx, &office(), code)?));
    assert!(!wants("code").expect("readable"));
    assert!(wants("another").expect("readable"));
}

#[test]
fn a_question_is_signed_with_the_key_it_tells() {
    let pair = pair();
    let asked = pair.appliance.step(|tx| exchange::ask(tx, &office(), "code")).expect("asked");
    let forged = seal(&NodeSigner::from_seed([9; 32]), asked.request.nonce, &asked.request).expect("small");
    assert_eq!(exchange::open_enrol(&forged), Err(Refusal::BadSignature));
    let mut replayed = asked.sealed.clone();
    replayed.nonce.0[0] ^= 1;
    assert_eq!(exchange::open_enrol(&replayed), Err(Refusal::BadSignature));
    assert_eq!(exchange::open_enrol(&asked.sealed).map(|request| request.code), Ok("code".to_owned()));
}

#[test]
fn an_answer_is_believed_only_if_its_key_signed_it_for_this_question() {
    let pair = Pair { server: End::new(Side::Booking), appliance: End::new(Side::Box) };
    pair.server.append([1]);
    let first = pair.appliance.step(|tx| exchange::ask(tx, &office(), "code")).expect("asked");
    let answer = pair.let_in(&first.sealed);
    let second = pair.appliance.step(|tx| exchange::ask(tx, &office(), "code")).expect("asked");
    let keep = |request: &protocol::exchange::EnrolRequest, answer: &protocol::exchange::Sealed| {
        let (request, answer) = (request.clone(), answer.clone());
        pair.appliance.step(move |tx| exchange::enrolled(tx, &request, &answer)).map_err(refusal)
    };
    assert_eq!(keep(&second.request, &answer), Err(Refusal::BadSignature), "the answer to another question");
    let no = pair.server.seal(second.request.nonce, &EnrolAnswer::Refused(Refusal::NotEnrolled));
    assert_eq!(keep(&second.request, &no), Err(Refusal::NotEnrolled));
    assert_eq!(keep(&first.request, &answer), Ok(()));
    assert_eq!(keep(&first.request, &answer), Ok(()), "twice is once");
}

#[test]
fn before_it_is_let_in_again_a_box_goes_on_with_its_old_key_and_life() {
    let pair = pair();
    let public = || pair.appliance.step(|tx| Ok(keys::signer(tx, &office())?.public())).expect("a key");
    let (key, lives) = (public(), pair.appliance.lives(Side::Box));
    let asked = pair.appliance.step(|tx| exchange::ask(tx, &office(), "other")).expect("asked");
    assert_ne!(asked.request.public_key, key);
    assert_eq!((public(), pair.appliance.lives(Side::Box)), (key.clone(), lives));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    assert_eq!(pair.enrol("other"), Ok(()));
    assert_ne!(public(), key);
    assert_eq!(pair.connect(&[]), Reached::Synced);
}

#[test]
fn a_box_from_an_image_older_than_its_enrolment_begins_a_new_life_to_be_let_in() {
    let mut pair = Pair { server: End::new(Side::Booking), appliance: End::new(Side::Box) };
    pair.server.append([1]);
    pair.appliance.append([1]);
    let image = pair.appliance.copy();
    assert_eq!(pair.enrol("first"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    let older = pair.appliance.copy();
    pair.appliance.append([2]);
    assert_eq!(pair.connect(&[]), Reached::Synced);
    pair.appliance.restore(older);
    assert_eq!(pair.connect(&[]), Reached::Synced, "in its second life");

    pair.appliance.restore(image);
    let over = Refusal::UnknownIncarnation { side: Side::Box };
    assert_eq!(pair.enrol("new code"), Err(over.clone()));
    assert_eq!(pair.server.mode(), Mode::Active);
    assert_eq!(pair.appliance.heed(&over), Next::Again);
    assert_eq!(pair.enrol("new code"), Ok(()));
    assert_eq!(pair.connect(&[]), Reached::Synced);
    assert_eq!(pair.server.applied(), [1, 2]);
    assert_eq!(pair.appliance.lives(Side::Box).len(), 3);
}
