//! An appointment gets another date.

use protocol::entry::FromBooking;

use super::*;
use crate::citizen::MoveError;

const START: &str = "2026-02-03T09:40:00+01:00";

#[tokio::test]
async fn a_moved_appointment_keeps_its_pin_and_gets_a_new_mail() {
    let mut world = World::open().await;
    let (_browser, appointment) = world.booked(START).await;
    world.deliver().await;
    let first = world.sink.next();
    let before = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    for start in ["2026-02-05T10:00:00+01:00", "2026-02-05T10:10:00+01:00"] {
        world.citizen.move_to(&appointment, at(start), world.now()).await.expect("moved");
        world.citizen.move_to(&appointment, at(start), world.now()).await.expect("twice is once");
        world.verify().await;
        world.deliver().await;
        let mail = world.sink.next();
        assert!(text_of(&mail).contains("verschoben") && text_of(&mail).contains(&before.pin.to_string()));
        assert!(mail.contains("text/calendar"));
        let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
        assert_eq!((view.start, view.pin), (at(start), before.pin));
        assert_ne!(view.token, before.token);
    }
    assert!(text_of(&first).contains("gebucht"));
    let peer = world.enrolled().await;
    let came = peer.exchange(&world, None).await.expect("taken");
    let version =
        |entry: &FromBooking| if let FromBooking::Booked(booked) = entry { Some(booked.version) } else { None };
    let versions = came.iter().filter_map(version);
    assert_eq!(versions.collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn a_time_that_is_not_to_be_had_leaves_the_old_date_as_it_was() {
    let mut world = World::open().await;
    let (_browser, appointment) = world.booked(START).await;
    let taken = "2026-02-05T10:00:00+01:00";
    let (_one, _two) = (world.hold(taken).await, world.hold(taken).await);
    for bad in [taken, "2026-02-05T03:00:00+01:00", "2026-06-02T09:40:00+02:00", "2026-02-02T06:10:00+01:00"] {
        let refused = world.citizen.move_to(&appointment, at(bad), world.now()).await;
        assert!(matches!(refused, Err(MoveError::Taken { .. })), "{bad}: {refused:?}");
        world.verify().await;
    }
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    assert_eq!(view.start, at(START));
    world.citizen.cancel(&appointment, world.now()).await.expect("cancelled");
    let gone = world.citizen.move_to(&appointment, at("2026-02-06T10:00:00+01:00"), world.now()).await;
    assert!(matches!(gone, Err(MoveError::Unknown)));
}
