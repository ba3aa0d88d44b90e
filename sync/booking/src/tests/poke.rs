//! The poke: who gets one, when it speaks, and how it ends.

use protocol::exchange::{Hello, NONCE_HEADER, Nonce, Refusal, SIGNATURE_HEADER, Sealed, poke_target, seal_poke};
use store::{StoreError, keys};
use tokio::sync::mpsc;

use super::line::Peer;
use super::*;
use crate::downlink::nonces::Nonces;
use crate::downlink::poke::{MAX_STREAMS, Streams, Word, open};
use crate::downlink::{NotDone, routes};

type Told = mpsc::Receiver<Word>;

/// The server's half of the poke.
struct Poke {
    nonces: Nonces,
    streams: Streams,
}

impl Poke {
    async fn of(world: &World) -> Self {
        Self { nonces: Nonces::of(world.signer().await.as_ref()), streams: Streams::default() }
    }

    async fn open(&self, world: &World, peer: &Peer) -> Result<Told, NotDone> {
        let sealed = sealed(peer, self.nonces.at(world.now())).await;
        let told = open(&world.core, &self.nonces, &self.streams, (office(), sealed), world.now()).await?;
        Ok(told.expect("a place"))
    }
}

async fn sealed(peer: &Peer, nonce: Nonce) -> Sealed {
    let signer = peer.db.write::<_, StoreError>(keys::node_signer).await.expect("a key");
    seal_poke(&signer, nonce, &office())
}

/// The next word, at the latest a heartbeat; nothing for a stream that ended.
async fn word(told: &mut Told) -> Option<Word> {
    told.recv().await
}

async fn news(told: &mut Told) -> u64 {
    match word(told).await {
        Some(Word::News(head)) => head,
        other => panic!("no news: {other:?}"),
    }
}

#[tokio::test]
async fn a_box_is_poked_once_for_each_new_fact() {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    let mut told = Poke::of(&world).await.open(&world, &peer).await.expect("opened");
    let first = news(&mut told).await;
    let (_browser, appointment) = world.booked("2026-02-03T09:40:00+01:00").await;
    assert_eq!(news(&mut told).await, first + 1);
    world.citizen.cancel(&appointment, world.now()).await.expect("cancelled");
    // Once more, and to another office: neither is news.
    world.citizen.cancel(&appointment, world.now()).await.expect("cancelled");
    world.core.nudge_box(&"elsewhere".parse().expect("a name"));
    assert_eq!(news(&mut told).await, first + 2);
    tokio::time::pause();
    world.core.nudge_box(&office());
    assert_eq!(word(&mut told).await, Some(Word::Heartbeat(first + 2)));
}

#[tokio::test]
async fn a_changed_office_file_pokes_and_an_unchanged_one_does_not() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    let mut told = Poke::of(&world).await.open(&world, &peer).await.expect("opened");
    let first = news(&mut told).await;
    let file = World::file(&world.folder);
    let watcher = offices::Watcher::new(vec![file.clone()]);
    std::fs::write(&file, SAMPLE.replacen("minutes = 10", "minutes = 25", 1)).expect("written");
    for _twice in 0..2 {
        watcher.reload(&world.core, world.now()).await.expect("read");
    }
    assert_eq!(news(&mut told).await, first + 1);
    tokio::time::pause();
    assert_eq!(word(&mut told).await, Some(Word::Heartbeat(first + 1)));
}

#[tokio::test]
async fn a_silent_stream_goes_on_saying_that_it_lives() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    let mut told = Poke::of(&world).await.open(&world, &peer).await.expect("opened");
    let first = news(&mut told).await;
    tokio::time::pause();
    for _beat in 0..3 {
        assert_eq!(word(&mut told).await, Some(Word::Heartbeat(first)));
    }
}

#[tokio::test]
async fn a_fact_that_nobody_nudged_for_is_told_with_the_next_heartbeat() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    let mut told = Poke::of(&world).await.open(&world, &peer).await.expect("opened");
    let first = news(&mut told).await;
    let draft = protocol::entry::Draft { kind: "test".to_owned(), at: world.now(), body: serde_json::Map::default() };
    let append = move |tx: &store::rusqlite::Transaction<'_>| {
        store::journal::append(tx, &office(), names::Side::Booking, &[draft]).map(drop)
    };
    world.core.db.write::<_, StoreError>(append).await.expect("written");
    tokio::time::pause();
    assert_eq!(news(&mut told).await, first + 1);
}

#[tokio::test]
async fn a_newer_stream_ends_the_older_one_of_its_office() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    let poke = Poke::of(&world).await;
    let mut older = poke.open(&world, &peer).await.expect("opened");
    news(&mut older).await;
    let mut newer = poke.open(&world, &peer).await.expect("opened");
    assert_eq!(word(&mut older).await, None);
    drop(older);
    news(&mut newer).await;
    world.core.nudge_box(&office());
    tokio::time::pause();
    assert!(matches!(word(&mut newer).await, Some(Word::Heartbeat(_))), "the end of the older one is not its end");
}

#[test]
fn streams_past_the_limit_get_no_place_until_one_ends() {
    let streams = Streams::default();
    let office = |n: usize| format!("office-{n}").parse().expect("a name");
    let mut places: Vec<_> = (0..MAX_STREAMS).map(|n| streams.take(&office(n)).expect("a place")).collect();
    assert!(streams.take(&office(MAX_STREAMS)).is_none());
    let again = streams.take(&office(0));
    assert!(again.is_some(), "a newer stream of an office takes the place of the older one");
    places.truncate(MAX_STREAMS - 1);
    assert!(streams.take(&office(MAX_STREAMS)).is_some());
}

#[tokio::test]
async fn nobody_but_the_enrolled_box_is_poked() {
    let world = World::open().await;
    let poke = Poke::of(&world).await;
    let stranger = Peer::new();
    let refused = async |peer: &Peer| match poke.open(&world, peer).await {
        Err(NotDone::Refused(refusal)) => refusal,
        Err(NotDone::Trouble(error)) => panic!("{error}"),
        Ok(_stream) => panic!("opened"),
    };
    assert_eq!(refused(&stranger).await, Refusal::NotEnrolled);
    let peer = world.enrolled().await;
    assert_eq!(refused(&stranger).await, Refusal::BadSignature);
    world.clock.fetch_sub(3600, Ordering::Relaxed);
    let early = sealed(&peer, poke.nonces.at(world.now())).await;
    world.clock.fetch_add(3600, Ordering::Relaxed);
    let late = open(&world.core, &poke.nonces, &poke.streams, (office(), early), world.now()).await;
    assert!(matches!(late, Err(NotDone::Refused(Refusal::BadNonce { due: Some(_) }))));
}

#[tokio::test]
async fn over_http_a_poke_without_a_good_signature_is_a_typed_refusal() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    let routes = routes(Arc::clone(&world.core), world.signer().await);
    let hello = warp::test::request().path("/sync/v1/hello").reply(&routes).await;
    let hello: Hello = serde_json::from_slice(hello.body()).expect("a greeting");
    let good = sealed(&peer, hello.nonce).await;
    let ask = async |target: &str, signature: &str| {
        let request = warp::test::request().path(target).header(NONCE_HEADER, good.nonce.to_string());
        request.header(SIGNATURE_HEADER, signature).reply(&routes).await.status().as_u16()
    };
    let target = poke_target(&office());
    assert_eq!(ask(&target, "").await, 401);
    assert_eq!(ask("/sync/v1/poke?office=elsewhere", &good.signature).await, 404);
    assert_eq!(ask("/sync/v1/poke", &good.signature).await, 400);
    let unsigned = warp::test::request().path(&target).reply(&routes).await;
    assert_eq!(unsigned.status().as_u16(), 400);
    // Asking for pokes has not used up the nonce of the exchange.
    peer.exchange(&world, None).await.expect("taken");
}
