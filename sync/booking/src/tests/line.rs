//! An empty box enrols, gets everything, and tells what happens in the hall.

use names::{BookingId, Minutes, Side};
use protocol::entry::{Draft, FromBooking};
use protocol::exchange::{Answer, NONCE_HEADER, Refusal, SIGNATURE_HEADER, Sealed, seal};
use protocol::now::Turn;
use serde_json::{Value, json};
use store::{Db, ExchangeError, StoreError, journal, keys};

use super::*;
use crate::citizen::{AppointmentState, CancelError};
use crate::downlink::{new_code, routes};

/// The other end of the line: a store of its own, as the box has one.
pub(super) struct Peer {
    pub(super) folder: TempDir,
    pub(super) db: Db,
}

impl Peer {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("box.db"), &[]).expect("a store");
        Self { folder, db }
    }

    pub(super) async fn enrol(&self, world: &World, code: String) -> Result<(), Refusal> {
        self.enrol_after(world, code, 1).await
    }

    /// Asks so many times before an answer arrives.
    async fn enrol_after(&self, world: &World, code: String, times: usize) -> Result<(), Refusal> {
        let asked = self.db.write(move |tx| store::exchange::ask(tx, &office(), &code)).await.expect("a question");
        for _lost in 1..times {
            send(world, "enrol", asked.sealed.clone()).await;
        }
        let answer = send(world, "enrol", asked.sealed).await;
        let kept = self.db.write(move |tx| store::exchange::enrolled(tx, &asked.request, &answer)).await;
        kept.map_err(refusal)
    }

    /// Exchanges until neither end has more; answers what came.
    pub(super) async fn exchange(&self, world: &World, now: Option<Value>) -> Result<Vec<FromBooking>, Refusal> {
        let mut came = Vec::new();
        loop {
            let document = now.clone();
            let sealed = self.db.write(move |tx| {
                let request = store::exchange::prepare(tx, &office(), document)?;
                let sealed = seal(&keys::signer(tx, &office())?, request.nonce, &request)?;
                Ok::<_, ExchangeError>((sealed, request.more))
            });
            let (sealed, mine) = sealed.await.expect("a request");
            let answer = send(world, "exchange", sealed).await;
            let (new, more) = self
                .db
                .write(move |tx| match store::exchange::open_answer(tx, &office(), &answer)? {
                    // Committed: a refusal may say which nonce is due.
                    Answer::Refused(refusal) => Ok(Err(refusal)),
                    Answer::Reply(reply) => Ok(Ok((store::exchange::absorb(tx, &reply)?, reply.more))),
                })
                .await
                .map_err(refusal)??;
            came.extend(new.iter().filter_map(|entry| FromBooking::read(&entry.draft())?.ok()));
            if !more && !mine {
                return Ok(came);
            }
        }
    }

    pub(super) async fn tell(&self, world: &World, kind: &str, body: Value) {
        let Value::Object(body) = body else { panic!("a body is an object") };
        let draft = Draft { kind: kind.to_owned(), at: world.now(), body };
        let written = self.db.write(move |tx| journal::append(tx, &office(), Side::Box, &[draft])).await;
        written.expect("written");
        self.exchange(world, None).await.expect("told");
    }
}

pub(super) fn refusal(error: ExchangeError) -> Refusal {
    match error {
        ExchangeError::Refused(refusal) => refusal,
        ExchangeError::Store(error) => panic!("{error}"),
    }
}

pub(super) async fn send(world: &World, what: &str, sealed: Sealed) -> Sealed {
    let answer = warp::test::request()
        .method("POST")
        .path(&format!("/sync/v1/{what}"))
        .header(NONCE_HEADER, sealed.nonce.to_string())
        .header(SIGNATURE_HEADER, sealed.signature)
        .body(sealed.body)
        .reply(&routes(Arc::clone(&world.core), world.signer().await))
        .await;
    let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    Sealed {
        nonce: header(NONCE_HEADER).parse().expect("a nonce"),
        signature: header(SIGNATURE_HEADER),
        body: answer.body().to_vec(),
    }
}

impl World {
    pub(super) async fn signer(&self) -> Arc<protocol::exchange::NodeSigner> {
        Arc::new(self.core.db.write::<_, StoreError>(keys::node_signer).await.expect("a key"))
    }

    pub(super) async fn code(&self) -> String {
        // The routes ask the real clock, so a code is made by it, too.
        new_code(&self.core, &office(), crate::clock::now()).await.expect("a code")
    }

    pub(super) async fn enrolled(&self) -> Peer {
        let peer = Peer::new();
        peer.enrol(self, self.code().await).await.expect("enrolled");
        peer
    }
}

#[tokio::test]
async fn an_empty_box_gets_services_keys_days_pins_and_bookings() {
    let mut world = World::open().await;
    world.booked("2026-02-03T09:40:00+01:00").await;
    let peer = world.enrolled().await;
    let came = peer.exchange(&world, None).await.expect("taken");
    let count = |kind: fn(&FromBooking) -> bool| came.iter().filter(|entry| kind(entry)).count();
    assert_eq!(count(|e| matches!(e, FromBooking::Office(doc) if doc.services.len() == 4 && doc.revision == 1)), 1);
    assert_eq!(count(|e| matches!(e, FromBooking::Key(_))), 1);
    assert_eq!(count(|e| matches!(e, FromBooking::Minted(minted) if minted.booking_lanes == 50)), 181);
    assert_eq!(count(|e| matches!(e, FromBooking::PinBlock(_))), 1);
    assert_eq!(count(|e| matches!(e, FromBooking::Booked(_))), 1);
    assert!(peer.exchange(&world, None).await.expect("taken").is_empty(), "nothing twice");
}

#[tokio::test]
async fn a_code_is_good_for_one_box_and_few_tries() {
    let world = World::open().await;
    let code = world.code().await;
    let (first, second) = (Peer::new(), Peer::new());
    assert_eq!(first.enrol(&world, "WRONG-CODE".to_owned()).await, Err(Refusal::NotEnrolled));
    assert_eq!(first.enrol_after(&world, code.to_lowercase(), 2).await, Ok(()), "an answer that got lost");
    assert_eq!(second.enrol(&world, code).await, Err(Refusal::NotEnrolled), "one box");

    let guesser = World::open().await;
    let code = guesser.code().await;
    for _try in 0..10 {
        assert_eq!(second.enrol(&guesser, "AAAA-AAAA".to_owned()).await, Err(Refusal::NotEnrolled));
    }
    assert_eq!(second.enrol(&guesser, code).await, Err(Refusal::NotEnrolled), "too many tries");
}

#[tokio::test]
async fn a_code_that_is_older_than_an_hour_is_refused() {
    let world = World::open().await;
    let past = crate::clock::now() - minutes(61);
    let code = new_code(&world.core, &office(), past).await.expect("a code");
    assert_eq!(Peer::new().enrol(&world, code).await, Err(Refusal::NotEnrolled));
}

#[tokio::test]
async fn what_happens_in_the_hall_shows_on_the_appointment() {
    let mut world = World::open().await;
    let (_browser, appointment) = world.booked("2026-02-03T09:40:00+01:00").await;
    let peer = world.enrolled().await;
    let came = peer.exchange(&world, None).await.expect("taken");
    let booked = came.iter().find_map(|e| if let FromBooking::Booked(b) = e { Some(b.clone()) } else { None });
    let booked = booked.expect("our booking");
    world.clock.store(at("2026-02-03T09:30:00+01:00").as_second(), Ordering::Relaxed);
    let state = async |world: &World| {
        world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there").state
    };
    peer.tell(
        &world,
        "hall.arrived",
        json!({ "visit": 7, "booking": booked.booking, "code": booked.pin, "new": true }),
    )
    .await;
    assert_eq!(state(&world).await, AppointmentState::Arrived);
    assert!(matches!(world.citizen.cancel(&appointment, world.now()).await, Err(CancelError::TooLate)));
    peer.tell(&world, "hall.called", json!({ "visit": 7, "counter": 3 })).await;
    assert_eq!(state(&world).await, AppointmentState::Called { counter: 3.try_into().ok() });
    peer.tell(&world, "hall.something-new", json!({ "visit": [] })).await;
    peer.tell(&world, "hall.called", json!({ "visit": "what?", "counter": 9000 })).await;
    assert_eq!(state(&world).await, AppointmentState::Called { counter: 3.try_into().ok() });
    peer.tell(&world, "hall.served", json!({ "visit": 7, "counter": 3 })).await;
    assert_eq!(state(&world).await, AppointmentState::Served);
}

#[tokio::test]
async fn the_now_of_the_box_stands_on_the_status_page_for_three_minutes() {
    let mut world = World::open().await;
    let (_browser, appointment) = world.booked("2026-02-03T09:40:00+01:00").await;
    let token = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there").token;
    let peer = world.enrolled().await;
    let booking = world
        .core
        .db
        .read(|tx| Ok::<_, StoreError>(tx.query_row("SELECT booking FROM bookings", [], |row| row.get(0))?));
    let booking = BookingId::from_bits(i64::cast_unsigned(booking.await.expect("one booking"))).to_string();
    let now = json!({ "waiting": 12, "turns": { booking: { "ahead": 3, "wait": 15 } } });
    peer.exchange(&world, Some(now)).await.expect("taken");
    let status = async |at| world.citizen.status_by_token(&token, at).await.expect("looked").expect("ours");
    let waiting = async |at| status(at).await.waiting;
    let came = world.core.nows.borrow().get(&office()).map(|(at, _document)| *at).expect("a document");
    assert_eq!(waiting(came + minutes(3)).await, Some(12));
    assert_eq!(status(came).await.turn, Some(Turn { ahead: 3, wait: Some(Minutes(15)) }));
    assert_eq!(waiting(came + minutes(4)).await, None);
    assert!(world.citizen.status_by_token("NONSENSE", came).await.expect("looked").is_none());
}

#[tokio::test]
async fn a_changed_office_file_raises_the_revision_once_and_reaches_the_box() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    peer.exchange(&world, None).await.expect("taken");
    let file = World::file(&world.folder);
    let mut watcher = offices::Watcher::new(vec![file.clone()]);
    assert!(!watcher.changed());
    std::fs::write(&file, SAMPLE.replacen("minutes = 10", "minutes = 25", 1)).expect("written");
    assert!(watcher.changed());
    for _twice in 0..2 {
        watcher.reload(&world.core, world.now()).await.expect("read");
    }
    let came = peer.exchange(&world, None).await.expect("taken");
    let [FromBooking::Office(doc)] = came.as_slice() else { panic!("{came:?}") };
    assert_eq!((doc.revision, doc.services[0].takes.0), (2, 25));
    assert_eq!(world.pick(&[1], 1).length().0, 30, "and the pages say so");
    std::fs::write(&file, "broken = ").expect("written");
    watcher.reload(&world.core, world.now()).await.expect("a mistake is no failure");
    assert_eq!(world.pick(&[1], 1).length().0, 30, "the last good content stays");
}

#[tokio::test]
async fn a_stranger_is_refused_with_a_signed_no() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    let stranger = protocol::exchange::NodeSigner::from_seed([9; 32]);
    let request = peer.db.write(|tx| store::exchange::prepare(tx, &office(), None)).await.expect("a request");
    let forged = seal(&stranger, request.nonce, &request).expect("small");
    let answer = send(&world, "exchange", forged).await;
    let opened = peer.db.write(move |tx| store::exchange::open_answer(tx, &office(), &answer)).await.expect("signed");
    assert_eq!(opened, Answer::Refused(Refusal::BadSignature));
}
