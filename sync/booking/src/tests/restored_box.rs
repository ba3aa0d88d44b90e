//! A box comes back with an older copy of its journal, or another box takes its place.

use names::Side;
use protocol::agree::Mode;
use protocol::exchange::{Lives, Refusal, RejoinAnswer, seal};
use store::rejoin::{Found, Next};
use store::{Db, ExchangeError, OfficeShelf, StoreError, journal, keys, rejoin, standing};

use super::line::{Peer, refusal, send};
use super::*;

impl Peer {
    /// What its disk holds at this moment, opened as another store.
    fn copy(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["box.db", "box.db-wal"] {
            let from = self.folder.path().join(name);
            if from.exists() {
                std::fs::copy(from, folder.path().join(name)).expect("copied");
            }
        }
        let db = Db::open(&folder.path().join("box.db"), &[]).expect("a store");
        Self { folder, db }
    }

    async fn heed(&self, refusal: Refusal) -> Next {
        let heeded = self.db.write::<_, StoreError>(move |tx| rejoin::heed(tx, &office(), Side::Box, &refusal));
        heeded.await.expect("heeded")
    }

    async fn round(&self, world: &World, heard: Option<Lives>) -> Result<(Found, Lives), Refusal> {
        let sealed = self.db.write(move |tx| {
            let request = rejoin::prepare(tx, &office(), heard.as_ref())?;
            Ok::<_, ExchangeError>(seal(&keys::signer(tx, &office())?, request.nonce, &request)?)
        });
        let answer = send(world, "rejoin", sealed.await.map_err(refusal)?).await;
        let at = world.now();
        let taken = self.db.write(move |tx| match rejoin::open_answer(tx, &office(), &answer)? {
            RejoinAnswer::Refused(refusal) => Ok::<_, ExchangeError>(Err(refusal)),
            RejoinAnswer::Rejoined(told) => {
                let found = rejoin::absorb(tx, &told)?;
                OfficeShelf::new(tx, &office(), Side::Box, at).seats().settle(found.done)?;
                Ok(Ok((found, told.lives)))
            }
        });
        taken.await.map_err(refusal)?
    }

    /// Rounds until both ends know the same; how many own entries came back.
    pub(super) async fn rejoin(&self, world: &World) -> usize {
        let (mut heard, mut own) = (None, 0);
        for _round in 0..20 {
            match self.round(world, heard.take()).await {
                Ok((found, lives)) => {
                    own += found.own.len();
                    if found.done {
                        return own;
                    }
                    heard = Some(lives);
                }
                Err(refusal) => assert_ne!(self.heed(refusal.clone()).await, Next::Person, "{refusal}"),
            }
        }
        panic!("twenty rounds were not enough");
    }

    async fn mode(&self) -> Mode {
        self.db.read::<_, StoreError>(|tx| standing::mode(tx, &office())).await.expect("readable")
    }

    async fn heads(&self) -> [Option<u64>; 2] {
        let heads = self.db.read::<_, StoreError>(heads);
        heads.await.expect("readable")
    }
}

fn heads(tx: &store::rusqlite::Transaction<'_>) -> Result<[Option<u64>; 2], StoreError> {
    let head = |side| Ok::<_, StoreError>(journal::cursor(tx, &office(), side)?.map(|head| head.number));
    Ok([head(Side::Booking)?, head(Side::Box)?])
}

/// Exchanges, and waits for a refusal that is not about the nonce.
pub(super) async fn refused(peer: &Peer, world: &World) -> Refusal {
    for _try in 0..3 {
        match peer.exchange(world, None).await {
            Err(Refusal::BadNonce { .. }) => {}
            Err(refusal) => return refusal,
            Ok(_) => panic!("taken"),
        }
    }
    panic!("only the nonce was refused");
}

#[tokio::test]
async fn a_box_with_an_older_journal_gets_back_what_it_told_and_goes_on() {
    let mut world = World::open().await;
    let peer = world.enrolled().await;
    peer.exchange(&world, None).await.expect("taken");
    let older = peer.copy();
    world.booked("2026-02-03T09:40:00+01:00").await;
    peer.tell(&world, "hall.opened", serde_json::json!({})).await;
    drop(peer);
    let refusal = refused(&older, &world).await;
    assert!(matches!(refusal, Refusal::PeerWentBack { side: Side::Box, .. }), "{refusal}");
    assert_eq!(older.heed(refusal).await, Next::Rejoin);
    assert_eq!(older.mode().await, Mode::Unproven);
    assert!(older.rejoin(&world).await >= 1, "what it had told comes back");
    assert_eq!(older.mode().await, Mode::Active);
    older.tell(&world, "hall.opened", serde_json::json!({})).await;
    // What it settled is more than one batch.
    older.exchange(&world, None).await.expect("taken");
    let server = world.core.db.read::<_, StoreError>(heads).await.expect("readable");
    assert_eq!(older.heads().await, server, "both know the same");
}

#[tokio::test]
async fn another_box_with_a_fresh_code_takes_the_place_and_the_first_one_is_told() {
    let world = World::open().await;
    let first = world.enrolled().await;
    first.tell(&world, "hall.opened", serde_json::json!({})).await;
    let second = world.enrolled().await;
    assert_eq!(second.mode().await, Mode::Unproven);
    assert_eq!(refused(&first, &world).await, Refusal::Replaced);
    second.rejoin(&world).await;
    assert_eq!(second.mode().await, Mode::Active);
    let of_first = second.db.read::<_, StoreError>(|tx| journal::lives(tx, &office(), Side::Box)).await;
    assert_eq!(of_first.expect("readable").len(), 2, "it knows the life of the one before");
    second.tell(&world, "hall.opened", serde_json::json!({})).await;
}

#[tokio::test]
async fn a_copied_card_freezes_the_office_until_there_is_a_new_code() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    peer.exchange(&world, None).await.expect("taken");
    let copy = peer.copy();
    peer.tell(&world, "hall.opened", serde_json::json!({})).await;
    let draft =
        protocol::entry::Draft { kind: "hall.closed".to_owned(), at: world.now(), body: serde_json::Map::new() };
    let written = copy.db.write(move |tx| journal::append(tx, &office(), Side::Box, &[draft])).await;
    written.expect("written");
    let mode =
        async || world.core.db.read::<_, StoreError>(|tx| standing::mode(tx, &office())).await.expect("readable");
    let refusal = refused(&copy, &world).await;
    assert!(matches!(refusal, Refusal::Fork { side: Side::Box, .. }), "{refusal}");
    assert_eq!(mode().await, Mode::Frozen);
    assert_eq!(peer.heed(refused(&peer, &world).await).await, Next::Rejoin, "the original asks what is the matter");
    let told = peer.round(&world, None).await.map(drop).expect_err("refused");
    assert!(matches!(told, Refusal::Fork { side: Side::Box, .. }), "{told}");
    assert_eq!(peer.enrol(&world, world.code().await).await, Ok(()));
    peer.rejoin(&world).await;
    assert_eq!((mode().await, peer.mode().await), (Mode::Active, Mode::Active));
    peer.tell(&world, "hall.opened", serde_json::json!({})).await;
}
