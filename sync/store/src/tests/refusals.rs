//! Each kind of wrong message is a typed refusal, changes nothing, and the honest line goes on.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use names::{Incarnation, OfficeId, Side};
use protocol::chain::{ChainHash, Commitment};
use protocol::digest::Digest;
use protocol::exchange::{
    Answer, MAX_BATCH_ENTRIES, MAX_BODY_BYTES, MAX_DAYS, NodeSigner, Nonce, Refusal, Request, Sealed, pack, seal,
};
use serde_json::json;

use crate::tests::world::{End, Pair, office, refusal};
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

/// A fork of the box's present life, at a number.
fn fork(pair: &Pair, number: u64) -> Refusal {
    Refusal::Fork { side: Side::Box, incarnation: pair.request().batch.incarnation, number }
}

/// As [`refused`], for refusals that name the life.
fn forked(number: u64, tamper: impl FnOnce(&mut Request)) {
    let pair = pair();
    let mut request = pair.request();
    tamper(&mut request);
    assert_eq!(outcome(&pair, &pair.seal(&request)), fork(&pair, number));
    pair.settle();
    assert_eq!(pair.server.applied(), [1, 2, 3, 4, 5], "the honest line goes on");
}

#[test]
fn a_batch_that_lost_or_swapped_entries_does_not_reach_its_own_end() {
    for lost in 0..3 {
        forked(4, |r| {
            r.batch.entries.remove(lost);
            r.batch.salts.drain(lost * 32..(lost + 1) * 32);
        });
    }
    forked(5, |r| r.batch.entries.swap(0, 1));
    forked(6, |r| {
        r.batch.entries.push(r.batch.entries[0].clone());
        r.batch.salts.push_str(&"0".repeat(32));
    });
    assert_eq!(refused(|r| drop(r.batch.entries.pop())), Refusal::Malformed);
}

#[test]
fn whoever_believes_that_we_confirmed_more_than_we_have_tells_us_that_we_went_back() {
    let refusal = refused(|r| r.batch.after = 3);
    assert_eq!(refusal, Refusal::PeerWentBack { side: Side::Booking, has: 2, had: 3 });
}

#[test]
fn content_that_is_not_what_was_committed_to_is_a_fork() {
    forked(5, |r| drop(r.batch.entries[1].body.insert("n".to_owned(), json!(9))));
    forked(5, |r| r.batch.through = ChainHash([0; 32]));
    forked(5, |r| r.batch.salts.replace_range(0..32, &"0".repeat(32)));
    forked(5, |r| r.batch.entries[2].kind = "other".to_owned());
    forked(5, |r| r.batch.entries[2].at = Timestamp::MAX);
    forked(2, |r| {
        r.batch.entries.clear();
        r.batch.salts.clear();
        r.batch.through = ChainHash([0; 32]);
    });
}

#[test]
fn an_entry_is_either_whole_or_erased() {
    assert_eq!(refused(|r| r.batch.salts.truncate(64)), Refusal::Malformed);
    assert_eq!(refused(|r| r.batch.entries[2].commitment = Some(Commitment([0; 32]))), Refusal::Malformed);
    assert_eq!(refused(|r| r.batch.entries[0].kind = "x".repeat(65)), Refusal::Malformed);
    assert_eq!(refused(|r| r.batch.entries[0].kind = String::new()), Refusal::Malformed);
    assert_eq!(
        refused(|r| r.batch.after = u64::MAX),
        Refusal::PeerWentBack { side: Side::Booking, has: 2, had: u64::MAX }
    );
}

#[test]
fn another_history_under_a_known_number_is_a_fork() {
    forked(4, |request| {
        request.batch.after = 1;
    });
    let pair = pair();
    let mut request = pair.request();
    request.ack.hash = ChainHash([1; 32]);
    let incarnation = request.ack.incarnation;
    let expected = Refusal::Fork { side: Side::Booking, incarnation, number: 2 };
    assert_eq!(outcome(&pair, &pair.seal(&request)), expected);
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
    assert_eq!(refused(|r| r.batch.incarnation = life), Refusal::UnknownIncarnation { side: Side::Box });
    assert_eq!(refused(|r| r.ack.incarnation = life), Refusal::UnknownIncarnation { side: Side::Booking });
}

#[test]
fn a_foreign_protocol_or_schema_is_refused() {
    assert_eq!(refused(|r| r.protocol = 1), Refusal::Schema { found: 1 });
    assert_eq!(refused(|r| r.batch.schema = 99), Refusal::Schema { found: 99 });
    assert_eq!(refused(|r| r.batch.entries[1].schema = Some(99)), Refusal::Schema { found: 99 });
    let pair = pair();
    let request = pair.request();
    let of_yesterday = json!({"protocol": 1, "office": request.office, "nonce": request.nonce, "entries": []});
    let sealed = pair.appliance.seal(request.nonce, &of_yesterday);
    assert_eq!(outcome(&pair, &sealed), Refusal::Schema { found: 1 });
}

#[test]
fn too_many_entries_too_large_a_now_and_oversized_bytes_are_refused() {
    let many = |r: &mut Request| r.batch.entries = vec![r.batch.entries[0].clone(); MAX_BATCH_ENTRIES + 1];
    assert_eq!(refused(many), Refusal::TooLarge);
    assert_eq!(refused(|r| r.now = Some(json!("x".repeat(64 * 1024)))), Refusal::TooLarge);
    let days =
        (0..=MAX_DAYS).map(|n| (Date::constant(2026, 1, 1) + SignedDuration::from_hours(24 * n as i64), Digest::EMPTY));
    assert_eq!(refused(|r| r.days = days.collect()), Refusal::TooLarge);
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
fn before_enrolment_and_for_unopened_offices_there_is_no_exchange() {
    let (server, appliance) = (End::new(Side::Booking), End::new(Side::Box));
    let pair = Pair { server, appliance };
    let refused = pair.appliance.step(|tx| exchange::prepare(tx, &office(), None)).map_err(refusal);
    assert_eq!(refused.map(drop), Err(Refusal::NotEnrolled));
    assert_eq!(pair.enrol("code"), Err(Refusal::UnknownOffice));
}
