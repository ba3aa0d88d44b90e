//! Each kind of wrong message is a typed refusal, changes nothing, and the honest line goes on.

use names::{Incarnation, OfficeId, Side};
use protocol::chain::{ChainHash, Commitment};
use protocol::exchange::{
    Answer, MAX_BATCH_ENTRIES, MAX_BODY_BYTES, NodeSigner, Nonce, Refusal, Request, Sealed, pack, seal,
};
use serde_json::json;

use crate::tests::world::{Pair, office};
use crate::{ExchangeError, exchange, journal};

/// A pair that has already talked, with three more entries waiting at the box.
fn pair() -> Pair {
    let pair = Pair::new();
    pair.appliance.append(1..=2);
    pair.server.append(1..=2);
    pair.settle();
    pair.appliance.append(3..=5);
    pair
}

/// Sends a request that was tampered with and signed again, and checks that nothing came of it.
fn refused(tamper: impl FnOnce(&mut Request)) -> Refusal {
    let pair = pair();
    let mut request = pair.request();
    tamper(&mut request);
    let refusal = outcome(&pair, &pair.seal(&request));
    pair.settle();
    assert_eq!(pair.server.applied(), [1, 2, 3, 4, 5], "the honest line goes on");
    refusal
}

fn outcome(pair: &Pair, sealed: &Sealed) -> Refusal {
    let (answer, outcome) = pair.serve(sealed);
    assert_eq!(pair.server.applied(), [1, 2], "nothing was applied");
    let refusal = outcome.expect_err("refused");
    if sealed.nonce == pair.request().nonce {
        assert_eq!(pair.take(&answer), Err(refusal.clone()), "the box learns the same reason");
    }
    refusal
}

#[test]
fn a_forged_or_missing_signature_is_refused() {
    let pair = pair();
    let request = pair.request();
    let forged = seal(&NodeSigner::from_seed([9; 32]), request.nonce, &request).expect("small");
    assert_eq!(outcome(&pair, &forged), Refusal::BadSignature);
    let honest = pair.seal(&request);
    assert_eq!(outcome(&pair, &Sealed { signature: String::new(), ..honest.clone() }), Refusal::BadSignature);
    let other_body = pair.seal(&Request { more: true, ..request }).body;
    assert_eq!(outcome(&pair, &Sealed { body: other_body, ..honest }), Refusal::BadSignature);
}

#[test]
fn a_wrong_nonce_is_refused_and_the_due_one_is_told() {
    let refusal = refused(|request| request.nonce = Nonce([7; 16]));
    assert!(matches!(refusal, Refusal::BadNonce { due: Some(_) }), "{refusal}");
}

#[test]
fn a_header_that_differs_from_the_body_is_refused() {
    let pair = pair();
    let request = pair.request();
    let signer = pair.appliance.step(|tx| Ok(crate::keys::node_signer(tx)?)).expect("a key");
    let sealed = seal(&signer, Nonce([7; 16]), &request).expect("small");
    assert_eq!(outcome(&pair, &sealed), Refusal::Malformed);
}

#[test]
fn a_gap_names_the_number_that_is_missing() {
    assert_eq!(refused(|r| drop(r.entries.remove(0))), Refusal::Gap { expected: 3 });
    assert_eq!(refused(|r| drop(r.entries.remove(1))), Refusal::Gap { expected: 4 });
    assert_eq!(refused(|r| r.entries.swap(0, 1)), Refusal::Gap { expected: 3 });
}

#[test]
fn content_that_is_not_what_was_committed_to_is_a_fork() {
    assert_eq!(refused(|r| drop(r.entries[1].body.insert("n".to_owned(), json!(9)))), Refusal::Fork { number: 4 });
    assert_eq!(refused(|r| r.entries[0].hash = ChainHash([0; 32])), Refusal::Fork { number: 3 });
    assert_eq!(refused(|r| r.entries[0].commitment = Commitment([0; 32])), Refusal::Fork { number: 3 });
    assert_eq!(refused(|r| r.entries[2].kind = "other".to_owned()), Refusal::Fork { number: 5 });
    assert_eq!(refused(|r| r.entries[2].salt = None), Refusal::Fork { number: 5 });
}

#[test]
fn another_history_under_a_known_number_is_a_fork() {
    let refusal = refused(|request| {
        request.entries[0].number = 2;
        request.entries.truncate(1);
    });
    assert_eq!(refusal, Refusal::Fork { number: 2 });
    assert_eq!(refused(|r| r.ack.hash = ChainHash([1; 32])), Refusal::Fork { number: 2 });
}

#[test]
fn entries_of_another_office_or_side_are_refused() {
    let other: OfficeId = "nachbarland".parse().expect("a good name");
    assert_eq!(refused(|r| r.entries[0].office = other), Refusal::UnknownOffice);
    assert_eq!(refused(|r| r.entries[0].origin = Side::Booking), Refusal::Malformed);
    assert_eq!(refused(|r| r.entries[0].kind = "x".repeat(65)), Refusal::Malformed);
}

#[test]
fn a_box_asking_for_another_office_is_refused() {
    let pair = pair();
    let other: OfficeId = "nachbarland".parse().expect("a good name");
    let request = Request { office: other.clone(), ..pair.request() };
    assert_eq!(outcome(&pair, &pair.seal(&request)), Refusal::UnknownOffice);
    let opened = other.clone();
    pair.server.step(move |tx| Ok(journal::identity(tx, &opened, Side::Booking)?)).expect("opened");
    assert_eq!(outcome(&pair, &pair.seal(&request)), Refusal::NotEnrolled);
}

#[test]
fn an_unknown_life_is_refused_whosever_it_is() {
    let life = Incarnation::from_bits(1);
    assert_eq!(refused(|r| r.incarnation = life), Refusal::UnknownIncarnation { side: Side::Box });
    assert_eq!(refused(|r| r.entries[0].incarnation = life), Refusal::UnknownIncarnation { side: Side::Box });
    assert_eq!(refused(|r| r.ack.incarnation = life), Refusal::UnknownIncarnation { side: Side::Booking });
}

#[test]
fn a_foreign_protocol_or_schema_is_refused() {
    assert_eq!(refused(|r| r.protocol = 2), Refusal::Schema { found: 2 });
    assert_eq!(refused(|r| r.entries[0].schema = 99), Refusal::Schema { found: 99 });
}

#[test]
fn too_many_entries_too_large_a_now_and_oversized_bytes_are_refused() {
    let many = |r: &mut Request| r.entries = vec![r.entries[0].clone(); MAX_BATCH_ENTRIES + 1];
    assert_eq!(refused(many), Refusal::TooLarge);
    assert_eq!(refused(|r| r.now = Some(json!("x".repeat(64 * 1024)))), Refusal::TooLarge);
    let pair = pair();
    let honest = pair.seal(&pair.request());
    let bytes = Sealed { body: vec![0; MAX_BODY_BYTES + 1], ..honest };
    assert_eq!(outcome(&pair, &bytes), Refusal::TooLarge);
}

#[test]
fn garbage_is_malformed_in_both_directions() {
    let pair = pair();
    let honest = pair.seal(&pair.request());
    let portal = b"<html>Bitte melden Sie sich am WLAN an</html>".to_vec();
    assert_eq!(outcome(&pair, &Sealed { body: portal.clone(), ..honest.clone() }), Refusal::Malformed);
    let other_json = pack(&json!({"hello": 1})).expect("small");
    assert_eq!(outcome(&pair, &Sealed { body: other_json, ..honest.clone() }), Refusal::Malformed);
    assert_eq!(pair.take(&Sealed { body: portal, ..honest }), Err(Refusal::BadSignature));
    pair.settle();
}

#[test]
fn an_answer_to_an_older_request_is_not_believed() {
    let pair = pair();
    let old = pair.seal(&pair.request());
    let (first, _applied) = pair.serve(&old);
    let (refusal, _told) = pair.serve(&old);
    assert_eq!(pair.take(&first), Ok(()));
    let due = pair.request().nonce;
    for late in [first, refusal] {
        assert_eq!(pair.take(&late), Err(Refusal::BadNonce { due: None }));
        assert_eq!(pair.request().nonce, due);
    }
}

#[test]
fn a_reply_is_applied_once_even_if_the_program_opens_it_twice() {
    let pair = pair();
    let (sealed, _applied) = pair.serve(&pair.seal(&pair.request()));
    let twice = pair.appliance.step(move |tx| {
        let Answer::Reply(reply) = exchange::open_answer(tx, &office(), &sealed)? else { panic!("a reply") };
        exchange::absorb(tx, &reply)?;
        exchange::absorb(tx, &reply)
    });
    assert!(matches!(twice, Err(ExchangeError::Refused(Refusal::BadNonce { due: None }))));
    pair.settle();
}

#[test]
fn a_restored_end_is_noticed_by_both() {
    for side in [Side::Booking, Side::Box] {
        let mut pair = pair();
        let backup = pair.end(side).copy();
        pair.server.append(3..=4);
        pair.settle();
        pair.end(side).restore(backup);
        let (answer, served) = pair.serve(&pair.seal(&pair.request()));
        // The restored end does not know the last nonce: one round tells it.
        assert!(matches!(served, Err(Refusal::BadNonce { .. })), "{served:?}");
        let _told = pair.take(&answer);
        let (answer, served) = pair.serve(&pair.seal(&pair.request()));
        let taken = pair.take(&answer);
        let seen = [served, taken].into_iter().find_map(Result::err).expect("noticed");
        assert!(matches!(seen, Refusal::PeerWentBack { side: who, .. } if who == side), "{side:?}: {seen}");
    }
}

#[test]
fn enrolling_again_is_the_same_answer_and_another_box_is_refused() {
    let pair = Pair::new();
    let ask = pair.appliance.step(|tx| Ok(exchange::ask(tx, &office(), "code")?)).expect("asked");
    let again = ask.clone();
    let reply = pair.server.step(move |tx| exchange::enrol(tx, &again)).expect("the same box");
    assert_eq!(reply.nonce, pair.request().nonce);
    let mut stranger = ask;
    stranger.public_key = NodeSigner::from_seed([5; 32]).public();
    let refused = pair.server.step(move |tx| exchange::enrol(tx, &stranger));
    assert!(matches!(refused, Err(ExchangeError::Refused(Refusal::AlreadyEnrolled))));
}

#[test]
fn before_enrolment_and_for_unopened_offices_there_is_no_exchange() {
    let appliance = crate::tests::world::End::new(Side::Box);
    let refused = appliance.step(|tx| exchange::prepare(tx, &office(), None));
    assert!(matches!(refused, Err(ExchangeError::Refused(Refusal::NotEnrolled))));
    let ask = appliance.step(|tx| Ok(exchange::ask(tx, &office(), "code")?)).expect("asked");
    let server = crate::tests::world::End::new(Side::Booking);
    let refused = server.step(move |tx| exchange::enrol(tx, &ask));
    assert!(matches!(refused, Err(ExchangeError::Refused(Refusal::UnknownOffice))));
}
