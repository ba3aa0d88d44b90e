//! After a restore nothing is sold for a while: calm pages, and what is booked can be called off.

use warp::http::StatusCode;

use super::browser::World;
use super::journey::{book, hold};

const CHOICE: &str = "service=1&personen=2";

#[tokio::test]
async fn while_nothing_is_sold_the_pages_say_so_with_telephone_and_hours() {
    let world = World::open().await;
    let browser = world.browser();
    let (_, details) = hold(&world).await;
    world.pause().await;
    let times = browser.get(&format!("/musterland/zeit?{CHOICE}")).await;
    assert_eq!(times.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(times.heading(), "Buchung in Kürze wieder möglich");
    for there in ["030 23125 100", "7:30–12:00"] {
        assert!(times.html.contains(there), "{there}: {}", times.html);
    }
    let english = browser.get(&format!("/musterland/zeit?{CHOICE}&lang=en")).await;
    assert_eq!(english.heading(), "Booking will be possible again shortly");
    let held = browser.post(&format!("/musterland/halten?{CHOICE}"), "start=2026-03-03T08:40:00Z").await;
    assert_eq!(held.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.get("/musterland/").await.status, StatusCode::OK, "the choice is still there");
    assert_eq!(details.status, StatusCode::OK);
}

#[tokio::test]
async fn while_nothing_is_sold_an_appointment_is_shown_and_called_off() {
    let world = World::open().await;
    let (_, pass) = book(&world).await;
    world.pause().await;
    let browser = world.browser();
    let sure = browser.get(&pass.way("href", "/absagen")).await;
    assert_eq!(sure.status, StatusCode::OK);
    let off = browser.post(&sure.way("action", "/absagen"), "").await;
    assert!(off.status.is_success() || off.status.is_redirection(), "{}", off.html);
    world.resume().await;
    let times = browser.get(&format!("/musterland/zeit?{CHOICE}")).await;
    assert_eq!(times.status, StatusCode::OK);
}
