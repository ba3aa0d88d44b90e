//! Alarm mails: what goes wrong is told once and cleared once, over real SMTP, also after a restart.

use protocol::now::BoxNow;

use super::line::Peer;
use super::*;
use crate::alarms::Alarms;
use crate::downlink::new_code;

/// The server starts at that moment.
fn alarms(world: &World, since: Timestamp) -> Alarms {
    let config = smtp(&world.sink);
    let operator = "IT <it@town.example>".parse().expect("an address");
    let mailer = Mailer::new(&config).expect("a mailer");
    Alarms::new(Arc::clone(&world.core), mailer, config.from, Some(operator), since)
}

/// A box of the office; the line runs by the real clock.
async fn enrolled(world: &World) -> Peer {
    let code = new_code(&world.core, &office(), crate::clock::now()).await.expect("a code");
    let peer = Peer::new();
    peer.enrol(world, code).await.expect("enrolled");
    peer
}

/// How many mails were taken.
async fn look(world: &World, alarms: &Alarms) -> usize {
    alarms.look(world.now()).await.expect("looked")
}

/// The box says how it does.
fn tells(world: &World, wrong: &[&str]) {
    let wrong = wrong.iter().map(|part| (*part).to_owned()).collect();
    let now = BoxNow { wrong, ..BoxNow::default() }.write().expect("a document");
    world.core.heard(&office(), world.now());
    world.core.nows.send_modify(|nows| drop(nows.insert(office(), (world.now(), now))));
}

#[tokio::test]
async fn an_office_that_is_not_heard_is_told_once_and_cleared_once_also_over_a_restart() {
    let mut world = World::open().await;
    let _box = enrolled(&world).await;
    let alarm = alarms(&world, world.now());
    tells(&world, &[]);
    world.pass(14).await;
    assert_eq!(look(&world, &alarm).await, 0);
    world.pass(1).await;
    assert_eq!(look(&world, &alarm).await, 1);
    let mail = world.sink.next();
    assert!(mail.contains("it@town.example") && mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    assert!(mail.contains("Aufruf musterland: die Anlage ist nicht erreichbar"), "{mail}");

    drop(alarm);
    let mut world = world.restart().await;
    let alarm = alarms(&world, world.now());
    world.pass(60).await;
    assert_eq!(look(&world, &alarm).await, 0, "it was told before the restart");
    tells(&world, &[]);
    assert_eq!((look(&world, &alarm).await, look(&world, &alarm).await), (1, 0));
    assert!(world.sink.next().contains("Aufruf musterland: erledigt"), "the all-clear");
}

#[tokio::test]
async fn what_a_box_says_of_itself_is_told_and_an_office_without_a_box_is_not_missed() {
    let mut world = World::open().await;
    let alarm = alarms(&world, world.now());
    world.pass(600).await;
    assert_eq!(look(&world, &alarm).await, 0);
    let _box = enrolled(&world).await;
    tells(&world, &["printer-paper", "stick", "sound"]);
    assert_eq!(look(&world, &alarm).await, 2);
    let mails = [world.sink.next(), world.sink.next()].concat();
    assert!(mails.contains("das Papier geht zu Ende") && mails.contains("die zweite Sicherung fehlt"), "{mails}");
    world.pass(10).await;
    assert_eq!(look(&world, &alarm).await, 0, "what is not known any more is not cleared");
}

#[tokio::test]
async fn late_mails_are_told_once_the_mail_server_takes_mails_again() {
    let mut world = World::open().await;
    world.sink.answer(451);
    let hold = world.hold("2026-02-03T10:00:00+01:00").await;
    world.submit(&hold, "Erika Muster", "erika@example.org").await;
    let alarm = alarms(&world, world.now());
    world.pass(20).await;
    assert_eq!(look(&world, &alarm).await, 0, "nothing is taken");
    world.sink.answer(250);
    assert_eq!((look(&world, &alarm).await, look(&world, &alarm).await), (1, 0));
    let mail = world.sink.next();
    assert!(mail.contains("Mails warten zu lange") && !mail.contains("Erika"), "{mail}");
}

#[tokio::test]
async fn without_an_operator_nobody_is_told() {
    let world = World::open().await;
    let config = smtp(&world.sink);
    let mailer = Mailer::new(&config).expect("a mailer");
    let _box = enrolled(&world).await;
    let alarm = Alarms::new(Arc::clone(&world.core), mailer, config.from, None, world.now());
    world.pass(600).await;
    assert_eq!(look(&world, &alarm).await, 0);
}
