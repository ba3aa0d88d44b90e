//! The link in the mail: mail scanners, double presses, late comers.

use super::*;
use crate::citizen::{ConfirmError, LinkView, Progress, ResendError};

const START: &str = "2026-02-03T09:40:00+01:00";

#[tokio::test]
async fn a_mail_scanner_opens_a_link_a_hundred_times_and_changes_nothing() {
    let mut world = World::open().await;
    let (hold, link) = world.asked(START).await;
    for _visit in 0..100 {
        assert!(matches!(world.citizen.link(&link, world.now()).await, Ok(LinkView::Open(_))));
    }
    assert!(matches!(world.citizen.progress(&hold, world.now()).await, Ok(Some(Progress::Unconfirmed { .. }))));
    world.verify().await;
}

#[tokio::test]
async fn confirming_twice_or_at_once_books_once() {
    let mut world = World::open().await;
    let (_hold, link) = world.asked(START).await;
    let (first, second) =
        tokio::join!(world.citizen.confirm(&link, world.now()), world.citizen.confirm(&link, world.now()));
    let (first, second) = (first.expect("booked"), second.expect("booked"));
    assert_eq!(first.expose(), second.expose());
    let third = world.citizen.confirm(&link, world.now()).await.expect("still");
    let view = world.citizen.appointment(&third, world.now()).await.expect("looked");
    assert!(view.is_some());
    assert!(matches!(world.citizen.link(&link, world.now()).await, Ok(LinkView::Confirmed { .. })));
    world.deliver().await;
    world.sink.next();
    assert!(world.sink.mails.try_recv().is_err(), "one mail for one booking");
    world.verify().await;
}

#[tokio::test]
async fn the_state_decides_and_not_the_time() {
    let mut world = World::open().await;
    let (_hold, link) = world.asked(START).await;
    // Past its end, but nobody released the seat yet.
    world.clock.fetch_add(61 * 60, Ordering::Relaxed);
    world.citizen.confirm(&link, world.now()).await.expect("the seat is still held");
    world.verify().await;
}

#[tokio::test]
async fn a_late_link_books_the_same_time_if_it_is_still_free() {
    let mut world = World::open().await;
    let (hold, link) = world.asked(START).await;
    world.pass(61).await;
    assert!(matches!(world.citizen.progress(&hold, world.now()).await, Ok(Some(Progress::Lapsed))));
    assert!(matches!(world.citizen.link(&link, world.now()).await, Ok(LinkView::Late(_))));
    let appointment = world.citizen.confirm(&link, world.now()).await.expect("the time is free");
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    assert_eq!(view.start, at(START));
    world.verify().await;
}

#[tokio::test]
async fn a_late_link_to_a_taken_time_offers_the_next_three_and_books_one() {
    let mut world = World::open().await;
    let (_hold, link) = world.asked(START).await;
    world.pass(61).await;
    let (_one, _two) = (world.hold(START).await, world.hold(START).await);
    let Err(ConfirmError::Lapsed { next, .. }) = world.citizen.confirm(&link, world.now()).await else {
        panic!("the time is taken")
    };
    assert_eq!(next.len(), 3);
    let appointment = world.citizen.confirm_at(&link, next[1], world.now()).await.expect("another time");
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    assert_eq!(view.start, next[1]);
    world.verify().await;
}

#[tokio::test]
async fn a_day_later_a_link_leads_nowhere() {
    let mut world = World::open().await;
    let (_hold, link) = world.asked("2026-02-20T09:40:00+01:00").await;
    world.pass(61).await;
    world.pass(24 * 60).await;
    care::erase(&world.core, world.now()).await.expect("erased");
    assert!(matches!(world.citizen.link(&link, world.now()).await, Ok(LinkView::Unknown)));
    assert!(matches!(world.citizen.confirm(&link, world.now()).await, Err(ConfirmError::Unknown)));
}

#[tokio::test]
async fn a_guessed_link_opens_nothing() {
    let world = World::open().await;
    let guess = LinkSecret::draw().expect("randomness");
    assert!(matches!(world.citizen.link(&guess, world.now()).await, Ok(LinkView::Unknown)));
    assert!(matches!(world.citizen.confirm(&guess, world.now()).await, Err(ConfirmError::Unknown)));
}

#[tokio::test]
async fn no_secret_lies_on_the_disk() {
    let mut world = World::open().await;
    let (hold, link) = world.asked(START).await;
    let appointment = world.citizen.confirm(&link, world.now()).await.expect("booked");
    world.deliver().await;
    let mailed = appointment_in(&world.sink.next());
    let mut stored = Vec::new();
    for file in std::fs::read_dir(world.folder.path()).expect("the folder") {
        stored.extend(std::fs::read(file.expect("a file").path()).expect("its bytes"));
    }
    for secret in [hold.expose(), link.expose(), appointment.expose(), mailed.expose()] {
        assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    }
}

#[tokio::test]
async fn the_mail_is_sent_again_three_times_in_all_and_every_link_is_good() {
    let mut world = World::open().await;
    let (hold, first) = world.asked(START).await;
    assert!(matches!(world.citizen.resend(&hold, world.now()).await, Err(ResendError::Enough)), "a moment ago");
    for _more in 0..2 {
        world.pass(2).await;
        world.citizen.resend(&hold, world.now()).await.expect("once more");
        world.deliver().await;
        let again = link_in(&world.sink.next());
        assert!(matches!(world.citizen.link(&again, world.now()).await, Ok(LinkView::Open(_))));
    }
    world.pass(2).await;
    assert!(matches!(world.citizen.resend(&hold, world.now()).await, Err(ResendError::Enough)));
    world.citizen.confirm(&first, world.now()).await.expect("the first link is still good");
    assert!(matches!(world.citizen.resend(&hold, world.now()).await, Err(ResendError::NothingToConfirm)));
}
