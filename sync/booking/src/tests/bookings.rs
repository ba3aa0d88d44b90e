//! From free times to a booking that is final, and back.

use super::*;
use crate::citizen::{AppointmentState, CancelError, DetailsError, ExtendError, HoldError, Progress, SubmitError};

const TUESDAY: &str = "2026-02-03";
const TUESDAY_0940: &str = "2026-02-03T09:40:00+01:00";

#[tokio::test]
async fn times_follow_the_doors_the_length_and_the_lead_time() {
    let world = World::open().await;
    let short = world.pick(&[1], 1);
    let times = world.free(&short, TUESDAY).await;
    assert_eq!(times.first(), Some(&at("2026-02-03T07:30:00+01:00")));
    assert_eq!(times.last(), Some(&at("2026-02-03T15:50:00+01:00")));
    let long = world.free(&world.pick(&[3], 3), TUESDAY).await;
    assert_eq!(long.last(), Some(&at("2026-02-03T15:30:00+01:00")), "30 minutes end with the doors");
    world.pass(60 + 45).await;
    let today = world.free(&short, "2026-02-02").await;
    assert_eq!(today.first(), Some(&at("2026-02-02T08:50:00+01:00")), "7:45 and an hour's lead");
    assert!(world.free(&short, "2026-02-07").await.is_empty(), "a Saturday");
    let days = world.citizen.days(&office(), &short, world.now()).await.expect("days");
    assert_eq!(days.len(), 21, "28 days ahead and today, without weekends");
    assert!(world.free(&short, "2026-03-03").await.is_empty(), "beyond the horizon");
}

#[tokio::test]
async fn two_people_reach_for_the_last_seat_and_one_gets_it() {
    let world = World::open().await;
    let (pick, now, office) = (world.pick(&[1], 1), world.now(), office());
    let reach = || world.citizen.hold(&office, &pick, at(TUESDAY_0940), now);
    let outcomes = tokio::join!(reach(), reach(), reach(), reach());
    let outcomes = [outcomes.0, outcomes.1, outcomes.2, outcomes.3];
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 2, "two lanes, two seats");
    for refused in outcomes.into_iter().filter_map(Result::err) {
        let HoldError::Taken { next } = refused else { panic!("{refused}") };
        assert_eq!(next.first(), Some(&at("2026-02-03T09:50:00+01:00")));
        assert_eq!(next.len(), 3);
    }
    world.verify().await;
}

#[tokio::test]
async fn a_time_off_the_grid_too_soon_too_far_or_closed_is_not_held() {
    let world = World::open().await;
    let pick = world.pick(&[1], 1);
    let hold = async |start: &str| world.citizen.hold(&office(), &pick, at(start), world.now()).await;
    assert!(matches!(hold("2026-02-03T09:41:00+01:00").await, Err(HoldError::Taken { .. })));
    assert!(matches!(hold("2026-02-03T03:00:00+01:00").await, Err(HoldError::Taken { .. })), "closed");
    assert!(matches!(hold("2026-02-02T06:30:00+01:00").await, Err(HoldError::TooSoon { .. })));
    assert!(matches!(hold("2025-02-03T09:40:00+01:00").await, Err(HoldError::TooSoon { .. })));
    assert!(matches!(hold("2026-06-02T09:40:00+02:00").await, Err(HoldError::TooFar)));
    world.verify().await;
}

#[tokio::test]
async fn a_hold_lapses_after_ten_minutes_and_the_seat_is_free_again() {
    let world = World::open().await;
    let (first, _second) = (world.hold(TUESDAY_0940).await, world.hold(TUESDAY_0940).await);
    let pick = world.pick(&[1], 1);
    assert!(!world.free(&pick, TUESDAY).await.contains(&at(TUESDAY_0940)));
    world.pass(9).await;
    assert!(world.citizen.held(&first, world.now()).await.expect("looked").is_some());
    world.pass(1).await;
    assert!(world.citizen.held(&first, world.now()).await.expect("looked").is_none());
    assert!(matches!(world.citizen.progress(&first, world.now()).await, Ok(Some(Progress::Lapsed))));
    assert!(world.free(&pick, TUESDAY).await.contains(&at(TUESDAY_0940)));
    let late = world.citizen.details(&first, form("Erika Muster", "erika@example.org"), world.now()).await;
    assert!(matches!(late, Err(DetailsError::Gone)));
    world.verify().await;
}

#[tokio::test]
async fn a_hold_is_extended_twice_and_given_back_at_once() {
    let world = World::open().await;
    let hold = world.hold(TUESDAY_0940).await;
    for left in [1, 0] {
        world.pass(8).await;
        let until = world.citizen.extend(&hold, world.now()).await.expect("extended");
        assert_eq!(until, world.now() + minutes(10));
        let view = world.citizen.held(&hold, world.now()).await.expect("looked").expect("held");
        assert_eq!((view.extensions_left, view.until), (left, until));
    }
    assert!(matches!(world.citizen.extend(&hold, world.now()).await, Err(ExtendError::NoneLeft)));
    world.citizen.give_back(&hold, world.now()).await.expect("given back");
    world.citizen.give_back(&hold, world.now()).await.expect("twice is fine");
    assert!(matches!(world.citizen.extend(&hold, world.now()).await, Err(ExtendError::Gone)));
    world.verify().await;
}

#[tokio::test]
async fn holds_links_and_bookings_survive_a_restart() {
    let mut world = World::open().await;
    let held = world.hold(TUESDAY_0940).await;
    let (_browser, link) = world.asked("2026-02-03T10:00:00+01:00").await;
    let (_browser, appointment) = world.booked("2026-02-04T10:00:00+01:00").await;
    let world = world.restart().await;
    assert!(world.citizen.held(&held, world.now()).await.expect("looked").is_some());
    world.citizen.confirm(&link, world.now()).await.expect("the link still books");
    assert!(world.citizen.appointment(&appointment, world.now()).await.expect("looked").is_some());
    world.verify().await;
}

#[tokio::test]
async fn hostile_details_are_named_and_nothing_is_sent() {
    let world = World::open().await;
    let hold = world.hold(TUESDAY_0940).await;
    assert!(matches!(world.citizen.submit(&hold, world.now()).await, Err(SubmitError::NoDetails)));
    let hostile = form("<script>\u{0}", "a@b\r\nBcc: c@example.org");
    let Err(DetailsError::Fields(fields)) = world.citizen.details(&hold, hostile, world.now()).await else {
        panic!("hostile fields were taken")
    };
    assert_eq!(fields.len(), 2);
    world.citizen.details(&hold, form("<b>Erika</b>", "erika@example.org"), world.now()).await.expect("text is text");
    let view = world.citizen.held(&hold, world.now()).await.expect("looked").expect("held");
    assert_eq!(view.details.expect("kept").name, "<b>Erika</b>");
}

#[tokio::test]
async fn one_address_books_three_times_and_a_person_once_for_a_service() {
    let world = World::open().await;
    let send = async |name: &str, mail: &str, start: &str| {
        let hold = world.hold(start).await;
        world.citizen.details(&hold, form(name, mail), world.now()).await.expect("good details");
        world.citizen.submit(&hold, world.now()).await
    };
    send("Erika Muster", "erika@example.org", "2026-02-03T08:00:00+01:00").await.expect("the first");
    let twice = send("erika  MUSTER", "Erika+again@Example.org", "2026-02-03T08:10:00+01:00").await;
    let Err(SubmitError::Twice { standing }) = twice else { panic!("{twice:?}") };
    assert_eq!(standing.to_string(), TUESDAY);
    send("Max Muster", "erika@example.org", "2026-02-03T08:20:00+01:00").await.expect("the second");
    send("Moritz Muster", "erika@example.org", "2026-02-03T08:30:00+01:00").await.expect("the third");
    let many = send("Mia Muster", "erika@example.org", "2026-02-03T08:40:00+01:00").await;
    assert!(matches!(many, Err(SubmitError::TooMany { standing }) if standing.len() == 3));
    send("Mia Muster", "mia@example.org", "2026-02-03T08:50:00+01:00").await.expect("another address");
}

#[tokio::test]
async fn an_appointment_shows_its_code_and_is_cancelled_once() {
    let mut world = World::open().await;
    let (browser, appointment) = world.booked(TUESDAY_0940).await;
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    assert_eq!(view.state, AppointmentState::Confirmed);
    assert_eq!(view.name.as_deref(), Some("Erika Muster"));
    assert!(view.qr_text.ends_with(&view.token) && view.qr_text.starts_with("HTTPS://TERMIN.EXAMPLE/T/"));
    assert!(view.qr_text.len() <= 178, "{}", view.qr_text.len());
    let status = world.citizen.status_by_token(&view.token, world.now()).await.expect("looked").expect("ours");
    assert_eq!(status.state, Some(AppointmentState::Confirmed));
    let Ok(Some(Progress::Confirmed { appointment: same })) = world.citizen.progress(&browser, world.now()).await
    else {
        panic!("the browser is told")
    };
    assert!(world.citizen.appointment(&same, world.now()).await.expect("looked").is_some());

    world.citizen.cancel(&appointment, world.now()).await.expect("cancelled");
    world.citizen.cancel(&appointment, world.now()).await.expect("twice is once");
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("still shown");
    assert_eq!(view.state, AppointmentState::Cancelled);
    world.verify().await;
    let seats = async || world.citizen.hold(&office(), &world.pick(&[1], 1), at(TUESDAY_0940), world.now()).await;
    let _other_lane = seats().await.expect("the other lane was free all the time");
    assert!(matches!(seats().await, Err(HoldError::Taken { .. })), "the cancelled seat cools down");
    world.pass(61).await;
    seats().await.expect("free again after an hour at most");
    world.verify().await;
}

#[tokio::test]
async fn whoever_is_in_the_office_cancels_no_more() {
    let mut world = World::open().await;
    let (_browser, appointment) = world.booked(TUESDAY_0940).await;
    world.pass(3 * 24 * 60).await;
    let late = world.citizen.cancel(&appointment, world.now()).await;
    assert!(matches!(late, Err(CancelError::TooLate)));
}

#[tokio::test]
async fn contact_data_is_erased_after_two_days_and_typed_data_after_one() {
    let mut world = World::open().await;
    let contacts = async |world: &World| {
        let count = |tx: &store::rusqlite::Transaction<'_>| {
            Ok::<u32, Trouble>(tx.query_row("SELECT count(*) FROM contacts", [], |row| row.get(0))?)
        };
        care::erase(&world.core, world.now()).await.expect("erased");
        world.core.db.read(count).await.expect("counted")
    };
    let (_browser, appointment) = world.booked(TUESDAY_0940).await;
    let left = world.hold("2026-02-20T10:00:00+01:00").await;
    world.citizen.details(&left, form("Max", "max@example.org"), world.now()).await.expect("typed");
    world.pass(11).await;
    assert_eq!(contacts(&world).await, 2);
    world.pass(24 * 60).await;
    assert_eq!(contacts(&world).await, 1, "the form that was left");
    world.clock.store(at("2026-02-05T23:59:00+01:00").as_second(), Ordering::Relaxed);
    assert_eq!(contacts(&world).await, 1, "until the end of the second day after");
    world.pass(1).await;
    assert_eq!(contacts(&world).await, 0);
    assert!(world.citizen.appointment(&appointment, world.now()).await.expect("looked").is_none());
}

#[tokio::test]
async fn the_day_of_the_summer_time_has_its_hours_and_no_others() {
    let world = World::open().await;
    let file = World::file(&world.folder);
    let night = "\n[[exception]]\nday = \"2026-03-29\"\nhours = [[\"01:00\", \"04:00\"]]\nreason = \"Lange Nacht\"\n";
    std::fs::write(&file, format!("{SAMPLE}{night}")).expect("written");
    world.clock.store(at("2026-03-20T12:00:00+01:00").as_second(), Ordering::Relaxed);
    offices::Watcher::new(vec![file]).reload(&world.core, world.now()).await.expect("read");
    let times = world.free(&world.pick(&[1], 1), "2026-03-29").await;
    assert_eq!(times.len(), 12, "1:00 to 1:50 and 3:00 to 3:50: {times:?}");
    assert!(times.windows(2).all(|pair| pair[1].duration_since(pair[0]) == minutes(10)), "without a gap");
}

#[tokio::test]
async fn a_booking_for_today_ends_its_link_half_an_hour_before() {
    let mut world = World::open().await;
    let (hold, _link) = world.asked("2026-02-02T07:30:00+01:00").await;
    let Ok(Some(Progress::Unconfirmed { until, .. })) = world.citizen.progress(&hold, world.now()).await else {
        panic!("the link is awaited")
    };
    assert_eq!(until, at("2026-02-02T07:00:00+01:00"));
}
