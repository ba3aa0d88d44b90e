//! The server changes the key of its exchanges by one command.

use store::{StoreError, keys};

use super::*;
use crate::control;

async fn signs_with(world: &World) -> String {
    let key = world.core.db.read(|tx| Ok::<_, StoreError>(keys::signer(tx, &office())?.public()));
    key.await.expect("a key").to_string()
}

#[tokio::test]
async fn a_new_key_is_told_by_command_and_used_once_the_box_knows_it() {
    let world = World::open().await;
    let peer = world.enrolled().await;
    peer.exchange(&world, None).await.expect("taken");
    let data = world.folder.path();
    let listener = control::listen(data).expect("a socket");
    let serving = tokio::spawn(control::serve(listener, Arc::clone(&world.core)));
    let old = signs_with(&world).await;
    let new = control::ask(data, "rotate-key musterland").await.expect("a new key");
    assert_ne!(new, old);
    assert_eq!(control::ask(data, "rotate-key musterland").await.expect("asked twice"), new, "it is the same");
    assert_eq!(signs_with(&world).await, old, "nobody knows it yet");
    for _until_confirmed in 0..3 {
        peer.exchange(&world, None).await.expect("believed");
    }
    assert_eq!(signs_with(&world).await, new);
    control::ask(data, "rotate-key elsewhere").await.expect_err("no such office");
    serving.abort();
}
