//! Desk devices that behave.

use std::process::Command;

use devices::{DeskId, DeskView, Gesture, Permits, Sensed, Show};

use crate::world::{World, permits};

fn view(waiting: u16) -> DeskView {
    DeskView { counter: 1, state: "called".into(), code: Some("A 042".into()), waiting }
}

#[tokio::test]
async fn a_press_arrives_and_its_answer_comes_back_after_the_state() {
    let mut world = World::start().await;
    let mut desk = world.desk("a");
    desk.connected().await.expect("let in");
    world.seen("a", true).await;
    desk.subscribe("desk/a/ack").await;
    desk.press("a", "k7-1").await;
    let (id, press, gesture) = world
        .wait(
            |sensed| {
                if let Sensed::Press { desk, press, gesture } = sensed { Some((desk, press, gesture)) } else { None }
            },
        )
        .await;
    assert_eq!((id.0.as_str(), press.as_str(), gesture), ("a", "k7-1", Gesture::Short));
    world.devices.show(Show::State { desk: id.clone(), view: view(3) });
    world.devices.show(Show::Acknowledge { desk: id, press, answer: "called".into(), code: Some("A 042".into()) });
    let ack = desk.heard().await;
    assert_eq!(ack.topic, "desk/a/ack");
    assert_eq!(&ack.payload[..], br#"{"v":1,"id":"k7-1","answer":"called","code":"A 042","waiting":3}"#);
    world.devices.stop().await;
}

#[tokio::test]
async fn a_desk_that_comes_later_gets_the_newest_state() {
    let world = World::start().await;
    for waiting in 1..=5 {
        world.devices.show(Show::State { desk: DeskId("a".into()), view: view(waiting) });
    }
    let mut desk = world.desk("a");
    desk.connected().await.expect("let in");
    desk.subscribe("desk/a/state").await;
    let mut last = desk.heard().await;
    while !String::from_utf8_lossy(&last.payload).contains(r#""waiting":5"#) {
        last = desk.heard().await;
    }
    assert_eq!(last.topic, "desk/a/state");
    world.devices.stop().await;
}

#[tokio::test]
async fn after_the_broker_was_killed_the_true_state_is_there_again() {
    let mut world = World::start().await;
    world.devices.show(Show::State { desk: DeskId("a".into()), view: view(9) });
    signal_broker(&world, "-KILL");
    world.health("desks", false).await;
    world.health("desks", true).await;
    let mut desk = world.desk("a");
    desk.connected().await.expect("let in");
    desk.subscribe("desk/a/state").await;
    assert!(String::from_utf8_lossy(&desk.heard().await.payload).contains(r#""waiting":9"#));
    desk.press("a", "after").await;
    world.presses_until("after").await;
    world.devices.stop().await;
}

#[tokio::test]
async fn a_broker_that_lives_but_no_longer_answers_is_replaced() {
    let mut world = World::start().await;
    signal_broker(&world, "-STOP");
    world.health("desks", false).await;
    world.health("desks", true).await;
    let mut desk = world.desk("a");
    desk.connected().await.expect("let in");
    desk.press("a", "after").await;
    world.presses_until("after").await;
    world.devices.stop().await;
}

fn signal_broker(world: &World, signal: &str) {
    let broker = world.broker().expect("it runs");
    assert!(Command::new("kill").arg(signal).arg(broker).status().expect("kill runs").success());
}

#[tokio::test]
async fn a_second_connection_of_the_same_desk_takes_over() {
    let mut world = World::start().await;
    let mut old = world.desk("a");
    old.connected().await.expect("let in");
    let mut new = world.desk("a");
    new.connected().await.expect("let in");
    assert!(old.wait(|_| None::<()>).await.is_err(), "the older one is closed");
    new.press("a", "from-the-new").await;
    assert_eq!(world.presses_until("from-the-new").await.len(), 1);
    world.devices.stop().await;
}

#[tokio::test]
async fn a_desk_without_a_permit_any_more_is_thrown_out_at_once() {
    let mut world = World::start().await;
    let (mut a, mut b) = (world.desk("a"), world.desk("b"));
    a.connected().await.expect("let in");
    b.connected().await.expect("let in");
    world.devices.permits(permits(&["b"]));
    assert!(a.wait(|_| None::<()>).await.is_err());
    world.seen("a", false).await;
    assert!(world.desk("a").connected().await.is_err());
    b.press("b", "still-here").await;
    world.presses_until("still-here").await;
    world.devices.permits(Permits::default());
    world.seen("b", false).await;
    world.devices.stop().await;
}
