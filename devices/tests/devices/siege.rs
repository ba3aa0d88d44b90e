//! Desk devices that do not behave, and strangers.

use std::time::Duration;

use devices::{DeskId, Sensed, Show};
use rumqttc::{ConnectReturnCode, ConnectionError, LastWill, QoS, SubscribeReasonCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::world::{Desk, PATIENCE, World, exchange, greeting};

fn not_allowed(error: &ConnectionError) -> bool {
    matches!(error, ConnectionError::ConnectionRefused(ConnectReturnCode::NotAuthorized))
}

#[tokio::test]
async fn strangers_wrong_secrets_and_last_wills_are_told_that_they_may_not() {
    let world = World::start().await;
    let mut wrong_secret = world.options("a");
    wrong_secret.set_credentials("a", "secret-b");
    let mut stranger = world.options("c");
    stranger.set_credentials("c", "secret-c");
    let mut under_a_foreign_name = world.options("b");
    under_a_foreign_name.set_credentials("a", "secret-a");
    let mut with_a_will = world.options("a");
    with_a_will.set_last_will(LastWill::new("desk/a/press", "gone", QoS::AtLeastOnce, false));
    for options in [wrong_secret, stranger, under_a_foreign_name, with_a_will] {
        assert!(not_allowed(&Desk::new(options).connected().await.expect_err("refused")));
    }
    world.devices.stop().await;
}

#[tokio::test]
async fn other_versions_of_the_protocol_are_refused_in_their_own_words() {
    let world = World::start().await;
    let five = exchange(world.knock().await, b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a").await;
    assert_eq!(five, [0x20, 3, 0, 0x84, 0]);
    let three = exchange(world.knock().await, b"\x10\x0d\x00\x04MQTT\x03\x02\x00\x3c\x00\x01a").await;
    assert_eq!(three, [0x20, 2, 0, 1]);
    world.devices.stop().await;
}

#[tokio::test]
async fn a_desk_reads_and_writes_nothing_that_is_not_its_own() {
    let mut world = World::start().await;
    for (topic, retain) in
        [("desk/b/press", false), ("desk/b/state", false), ("desk/a/state", true), ("desk/a/press", true)]
    {
        let mut desk = world.desk("a");
        desk.connected().await.expect("let in");
        let forged = desk.publish(topic, retain, r#"{"v":1,"id":"forged","gesture":"short"}"#).await;
        assert!(forged.is_err(), "closed after {topic}");
    }
    let mut desk = world.desk("a");
    desk.connected().await.expect("let in");
    for filter in ["#", "desk/+/state", "desk/b/state", "desk/b/ack", "$SYS/#"] {
        assert_eq!(desk.subscribe(filter).await, SubscribeReasonCode::Failure, "{filter}");
    }
    assert_eq!(desk.subscribe("desk/a/state").await, SubscribeReasonCode::Success(QoS::AtLeastOnce));
    desk.press("a", "honest").await;
    assert_eq!(world.presses_until("honest").await.len(), 1, "no forged press came through");
    world.devices.stop().await;
}

#[tokio::test]
async fn an_unreadable_press_is_told_to_staff_and_hurts_nobody() {
    let mut world = World::start().await;
    let mut desk = world.desk("a");
    desk.connected().await.expect("let in");
    desk.publish("desk/a/press", false, "{\"v\":1").await.expect("taken by the gate");
    world.health("desk:a", false).await;
    desk.press("a", "good").await;
    world.health("desk:a", true).await;
    world.presses_until("good").await;
    world.devices.stop().await;
}

#[tokio::test]
async fn huge_and_malformed_frames_close_the_connection_only() {
    let mut world = World::start().await;
    let hello = greeting("a", "secret-a");
    for bad in [
        &[0x30, 0xff, 0xff, 0xff, 0x7f][..],
        &[0x30, 0x81, 0x20],
        &[0x82, 0x02, 0x00, 0x01],
        &[0x32, 0x04, 0x00, 0x02, 0xff, 0xfe],
        &[0xf0, 0x00],
        &[0x00],
        &[0x10, 0x00],
    ] {
        let bytes = [&hello, bad, &[0; 64]].concat();
        assert_eq!(exchange(world.knock().await, &bytes).await.get(..4), Some(&[0x20, 2, 0, 0][..]), "{bad:x?}");
    }
    assert!(exchange(world.knock().await, &[0xff; 9000]).await.is_empty());
    let mut desk = world.desk("b");
    desk.connected().await.expect("let in");
    desk.press("b", "alive").await;
    world.presses_until("alive").await;
    world.devices.stop().await;
}

#[tokio::test]
async fn a_desk_whose_line_breaks_four_hundred_times_shuts_nobody_out() {
    let mut world = World::start().await;
    let hello = greeting("a", "secret-a");
    for _ in 0..400 {
        let mut stream = world.knock().await;
        // With no lingering the system sends a reset instead of a goodbye.
        stream.set_zero_linger().expect("a socket option");
        stream.write_all(&hello).await.expect("written");
    }
    let mut desk = world.desk("a");
    while desk.connected().await.is_err() {}
    desk.press("a", "at-last").await;
    world.presses_until("at-last").await;
    let mut other = world.desk("b");
    other.connected().await.expect("let in");
    other.press("b", "unharmed").await;
    world.presses_until("unharmed").await;
    world.devices.stop().await;
}

#[tokio::test]
async fn a_press_right_before_the_line_ends_is_not_lost() {
    let mut world = World::start().await;
    for round in 0..20 {
        let id = format!("last-{round}");
        let press = format!(r#"{{"v":1,"id":"{id}","gesture":"short"}}"#);
        let body = [b"\x00\x0cdesk/a/press", press.as_bytes()].concat();
        let bytes = [greeting("a", "secret-a"), vec![0x30, body.len() as u8], body].concat();
        let mut stream = world.knock().await;
        stream.write_all(&bytes).await.expect("written");
        stream.shutdown().await.expect("closed");
        assert_eq!(world.presses_until(&id).await.len(), 1);
    }
    world.devices.stop().await;
}

#[tokio::test]
async fn one_address_may_only_open_so_many_connections_without_saying_who_it_is() {
    let world = World::start().await;
    let mut silent = Vec::new();
    for _ in 0..16 {
        silent.push(world.knock().await);
    }
    // The gate takes connections in order, so this one is the seventeenth.
    assert!(exchange(world.knock().await, b"").await.is_empty());
    let open = silent.iter().filter(|stream| stream.try_read(&mut [0]).is_err());
    assert_eq!(open.count(), 16, "the sixteen still have their time");
    world.devices.stop().await;
}

#[tokio::test]
async fn who_says_nothing_is_shown_out_after_its_time() {
    let mut world = World::start().await;
    // Keep-alive of one second, then silence.
    let mut hello = greeting("a", "secret-a");
    hello[11] = 1;
    let mut quiet = world.knock().await;
    quiet.write_all(&hello).await.expect("written");
    world.seen("a", true).await;
    let silent = exchange(world.knock().await, b"").await;
    assert!(silent.is_empty(), "a stranger's silence ends without a word");
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(5), quiet.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "and a desk's after one and a half keep-alives");
    world.devices.stop().await;
}

#[tokio::test]
async fn a_desk_that_never_reads_is_dropped_and_others_get_their_presses_through() {
    let mut world = World::start().await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a socket option");
    let mut deaf = socket.connect(world.devices.gate_addr()).await.expect("the gate listens");
    let subscription = [b"\x82\x0f\x00\x01\x00\x0adesk/a/ack".as_slice(), &[0]].concat();
    deaf.write_all(&[greeting("a", "secret-a"), subscription].concat()).await.expect("written");
    let mut welcome = [0; 9];
    deaf.read_exact(&mut welcome).await.expect("let in");
    assert_eq!(welcome, [0x20, 2, 0, 0, 0x90, 3, 0, 1, 0], "welcomed and subscribed; from now on deaf");
    world.seen("a", true).await;
    let (desk, answer) = (DeskId("a".into()), "x".repeat(3000));
    let gone = Sensed::DeskSeen { desk: desk.clone(), online: false };
    let flood = async {
        loop {
            let (desk, answer, press) = (desk.clone(), answer.clone(), "p".to_owned());
            world.devices.show(Show::Acknowledge { desk, press, answer, code: None });
            if let Ok(Some(sensed)) = timeout(Duration::from_millis(1), world.sensed.recv()).await
                && sensed == gone
            {
                return;
            }
        }
    };
    timeout(PATIENCE, flood).await.expect("dropped");
    // rumqttd's router may panic on a connection that ends while it is behind; then the broker is
    // replaced, and a device does what devices do: it comes again and repeats until it is heard.
    let repeat = async {
        loop {
            let mut other = world.desk("b");
            let press = r#"{"v":1,"id":"heard","gesture":"short"}"#;
            if other.connected().await.is_ok()
                && other.publish("desk/b/press", false, press).await.is_ok()
                && timeout(Duration::from_secs(1), world.presses_until("heard")).await.is_ok()
            {
                return;
            }
        }
    };
    timeout(PATIENCE, repeat).await.expect("heard");
    world.devices.stop().await;
}
