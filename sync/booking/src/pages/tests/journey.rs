//! From the first choice to the pass and back, as a browser without scripts goes.

use std::pin::pin;

use futures_util::{FutureExt, StreamExt};
use warp::http::StatusCode;

use super::browser::{Shown, World};

const CHOICE: &str = "service=1&personen=2";
const WHO: &str = "name=Erika+Beispiel&mail=erika%40beispiel.de&telefon=030+23125+200";

/// The secret in an address such as `/musterland/daten/SECRET?…`.
fn secret(address: &str) -> String {
    address.split(['/', '?']).nth(3).expect("a secret").to_owned()
}

/// From the times to the details form; answers its address and page.
pub(super) async fn hold(world: &World) -> (String, Shown) {
    let browser = world.browser();
    let times = browser.get(&format!("/musterland/zeit?{CHOICE}")).await;
    let start = times.starts().first().expect("a free time").clone();
    let held = browser.post(&times.way("action", "/halten"), &format!("start={start}")).await;
    assert_eq!(held.status, StatusCode::SEE_OTHER, "{}", held.html);
    let address = held.location();
    let details = browser.get(&address).await;
    (address, details)
}

/// On to "not booked yet"; answers its address and page.
async fn submit(world: &World) -> (String, Shown) {
    let browser = world.browser();
    let (_, details) = hold(world).await;
    let review = browser.send(&details.way("action", "/daten/"), WHO).await;
    let sent = browser.post(&review.way("action", "/pruefen/"), "").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
    (sent.location(), browser.get(&sent.location()).await)
}

/// On to "my appointment"; answers its address and page.
pub(super) async fn book(world: &World) -> (String, Shown) {
    let (waiting, _) = submit(world).await;
    let link = world.mailed_link(&secret(&waiting)).await;
    let booked = world.browser().post(&link, "").await;
    assert_eq!(booked.status, StatusCode::SEE_OTHER, "{}", booked.html);
    (booked.location(), world.browser().open(&booked.location()).await)
}

#[tokio::test]
async fn a_citizen_books_without_any_script_from_the_first_page_to_the_pass() {
    let world = World::open().await;
    let browser = world.browser();
    let start = browser.open("/").await;
    assert_eq!(start.heading(), "Was möchten Sie erledigen?");
    let (_, details) = hold(&world).await;
    assert_eq!(details.heading(), "Wie erreichen wir Sie?");
    assert!(details.html.contains("Noch 10 Minuten für Sie frei"), "{}", details.html);
    let review = browser.send(&details.way("action", "/daten/"), WHO).await;
    assert_eq!(review.heading(), "Stimmt alles?");
    assert!(review.html.contains("Erika Beispiel") && review.html.contains("erika@beispiel.de"));
    let (waiting, page) = submit(&World::open().await).await;
    assert_eq!(page.heading(), "Noch nicht gebucht – bitte bestätigen");
    assert!(page.html.contains("e…a@beispiel.de") && page.html.contains("Montag, 2. März"), "{}", page.html);
    assert!(page.html.contains("http-equiv=\"refresh\"") && waiting.contains("/wartet/"));
    let (_, pass) = book(&World::open().await).await;
    assert_eq!(pass.heading(), "Gebucht und bestätigt");
    assert!(pass.html.contains("Nicht die PIN Ihres Ausweises oder Ihrer Bankkarte."));
    assert!(pass.html.contains("<svg class=\"qr\""));
}

#[tokio::test]
async fn only_the_button_confirms_and_the_waiting_page_turns_by_itself() {
    let world = World::open().await;
    let browser = world.browser();
    let (waiting, _) = submit(&world).await;
    let link = world.mailed_link(&secret(&waiting)).await;
    for method in ["GET", "HEAD", "GET"] {
        let looked = browser.ask(warp::test::request().method(method).path(&link)).await;
        assert_eq!(looked.status, StatusCode::OK);
    }
    assert_eq!(browser.get(&link).await.heading(), "Termin jetzt bestätigen?");
    assert_eq!(browser.get(&waiting).await.heading(), "Noch nicht gebucht – bitte bestätigen");
    let address = browser.get(&waiting).await.way("data-events", "/ereignisse");
    let mut events = pin!(world.events(&address).await.expect("a stream"));
    assert!(events.next().now_or_never().is_none(), "looking told nobody anything");
    assert_eq!(browser.send(&link, "").await.heading(), "Gebucht und bestätigt");
    assert!(events.next().now_or_never().is_some(), "the other browser is told");
    let mut late = pin!(world.events(&address).await.expect("a stream"));
    assert!(late.next().now_or_never().is_some(), "a page that is old already is told at once");
    assert!(world.events(&address.replace(&secret(&waiting), &"0".repeat(40))).await.is_none(), "nobody's stream");
    assert_eq!(browser.open(&waiting).await.heading(), "Gebucht und bestätigt");
    assert_eq!(browser.open(&link).await.heading(), "Gebucht und bestätigt", "the link leads on, however often");
    assert_eq!(browser.send(&link, "").await.heading(), "Gebucht und bestätigt", "twice is once");
}

#[tokio::test]
async fn cancelling_asks_once_and_is_then_done() {
    let world = World::open().await;
    let browser = world.browser();
    let (address, pass) = book(&world).await;
    let ask = browser.get(&pass.way("href", "/absagen")).await;
    assert_eq!(ask.heading(), "Möchten Sie diesen Termin absagen?");
    assert_eq!(browser.open(&address).await.heading(), "Gebucht und bestätigt", "asking changes nothing");
    let done = browser.send(&ask.way("action", "/absagen"), "").await;
    assert_eq!(done.heading(), "Ihr Termin ist abgesagt");
    assert_eq!(browser.send(&ask.way("action", "/absagen"), "").await.heading(), "Ihr Termin ist abgesagt");
}

#[tokio::test]
async fn the_page_of_the_qr_code_shows_the_state_and_nobody() {
    let world = World::open().await;
    let browser = world.browser();
    let (address, _) = book(&world).await;
    let calendar = browser.get(&format!("{}/termin.ics", address.split('?').next().expect("a path"))).await;
    assert_eq!(calendar.headers["content-type"], "text/calendar; charset=utf-8");
    assert!(calendar.html.starts_with("BEGIN:VCALENDAR"));
    let token = world.token(&secret(&address)).await;
    let status = browser.get(&format!("/T/{token}")).await;
    assert_eq!(status.heading(), "Dieser Termin ist gebucht");
    for personal in ["Erika", "beispiel.de", "Personalausweis", "<form"] {
        assert!(!status.html.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn what_was_typed_stays_when_something_is_missing_or_time_is_asked_for() {
    let world = World::open().await;
    let browser = world.browser();
    let (_, details) = hold(&world).await;
    let action = details.way("action", "/daten/");
    let again = browser.post(&action, "name=Erika+Beispiel&mail=erika&telefon=abc").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.html.contains("value=\"Erika Beispiel\"") && again.html.contains("value=\"erika\""));
    assert!(again.html.contains("<a href=\"#mail\">") && again.html.contains("aria-invalid=\"true\""));
    assert!(!again.html.contains("<a href=\"#name\">"), "the name was right");
    world.pass(5);
    let longer = browser.post(&action, "name=Erika+Beispiel&mail=erika&aktion=laenger").await;
    assert_eq!(longer.status, StatusCode::OK);
    assert!(longer.html.contains("Noch 10 Minuten") && longer.html.contains("value=\"Erika Beispiel\""));
    let second = browser.post(&action, "aktion=laenger").await;
    assert!(!second.html.contains("value=\"laenger\""), "twice at most");
    let third = browser.post(&action, "aktion=laenger").await;
    assert!(third.html.contains("nicht noch einmal verlängern"), "{}", third.html);
}

#[tokio::test]
async fn another_time_gives_the_first_one_back_and_keeps_the_choice() {
    let world = World::narrow().await;
    let before = world.free().await;
    let (_, details) = hold(&world).await;
    assert_ne!(world.free().await, before);
    let times = world.browser().send(&details.way("action", "/daten/"), "aktion=andere").await;
    assert_eq!(times.heading(), "Wann möchten Sie kommen?");
    assert!(times.html.contains("2 Personen"));
    assert_eq!(world.free().await, before);
}

#[tokio::test]
async fn a_time_that_is_gone_is_answered_with_the_next_three() {
    let world = World::narrow().await;
    let browser = world.browser();
    let times = browser.get(&format!("/musterland/zeit?{CHOICE}")).await;
    let (action, start) = (times.way("action", "/halten"), times.starts()[0].clone());
    assert_eq!(browser.post(&action, &format!("start={start}")).await.status, StatusCode::SEE_OTHER);
    let late = browser.post(&action, &format!("start={start}")).await;
    assert_eq!((late.status, late.heading().as_str()), (StatusCode::CONFLICT, "Diese Uhrzeit wurde gerade vergeben"));
    assert_eq!(late.starts().len(), 3);
    let other = browser.send(&late.way("action", "/halten"), &format!("start={}", late.starts()[0])).await;
    assert_eq!(other.heading(), "Wie erreichen wir Sie?");
}

#[tokio::test]
async fn a_double_click_holds_one_seat_and_leads_to_one_page() {
    let world = World::narrow().await;
    let browser = world.browser();
    let times = browser.get(&format!("/musterland/zeit?{CHOICE}")).await;
    let number =
        times.html.split_once("name=\"einmal\" value=\"").expect("a number").1.split_once('"').expect("closed").0;
    let form = format!("einmal={number}&start={}", times.starts()[0]);
    let routes = times.way("action", "/halten");
    let (first, second) = browser.twice(&routes, &form).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.html);
    assert_eq!(first.location(), second.location());
}

#[tokio::test]
async fn sending_twice_and_going_back_lead_to_where_the_booking_is() {
    let world = World::open().await;
    let browser = world.browser();
    let (address, details) = hold(&world).await;
    let review = browser.send(&details.way("action", "/daten/"), WHO).await;
    let action = review.way("action", "/pruefen/");
    for _ in 0..2 {
        assert_eq!(browser.send(&action, "").await.heading(), "Noch nicht gebucht – bitte bestätigen");
    }
    assert_eq!(browser.open(&address).await.heading(), "Noch nicht gebucht – bitte bestätigen");
    assert_eq!(browser.open(&action).await.heading(), "Noch nicht gebucht – bitte bestätigen");
    assert_eq!(
        browser.send(&details.way("action", "/daten/"), WHO).await.heading(),
        "Noch nicht gebucht – bitte bestätigen"
    );
}

#[tokio::test]
async fn english_stays_english_to_the_pass_and_the_booking_remembers_it() {
    let world = World::open().await;
    let browser = world.browser();
    let times = browser.get(&format!("/musterland/zeit?{CHOICE}&lang=en")).await;
    let start = times.starts()[0].clone();
    let details = browser.send(&times.way("action", "/halten"), &format!("start={start}")).await;
    assert_eq!(details.heading(), "How do we reach you?");
    let review = browser.send(&details.way("action", "/daten/"), WHO).await;
    let sent = browser.post(&review.way("action", "/pruefen/"), "").await;
    assert_eq!(browser.get(&sent.location()).await.heading(), "Not booked yet – please confirm");
    let link = world.mailed_link(&secret(&sent.location())).await;
    assert_eq!(browser.get(&link).await.heading(), "Confirm the appointment now?", "the booking knows");
    assert_eq!(browser.send(&link, "").await.heading(), "Booked and confirmed");
}

#[tokio::test]
async fn of_several_offices_one_is_chosen_first_and_each_can_be_called() {
    let world = World::two().await;
    let browser = world.browser();
    let start = browser.get("/?lang=en").await;
    assert_eq!(start.heading(), "Which office would you like to visit?");
    let second = browser.get(&start.way("href", "/beispieltal/")).await;
    assert_eq!(second.heading(), "What would you like to do?");
    assert!(second.html.contains("030 23125 300") && !second.html.contains("030 23125 100"));
    let lost = browser.get("/elsewhere/").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(lost.html.contains("030 23125 300") && lost.html.contains("030 23125 100"));
}

#[tokio::test]
async fn a_short_address_leads_to_english() {
    let world = World::open().await;
    for address in ["/en", "/musterland/en", "/?lang=en"] {
        assert_eq!(world.browser().open(address).await.heading(), "What would you like to do?", "{address}");
    }
}

#[tokio::test]
async fn past_its_time_a_hold_that_was_not_let_go_can_go_on() {
    let world = World::open().await;
    let (address, _) = hold(&world).await;
    world.pass(11);
    let page = world.browser().get(&address).await;
    assert!(page.html.contains("Die Haltezeit ist um"), "{}", page.html);
    let review = world.browser().send(&page.way("action", "/daten/"), WHO).await;
    assert_eq!(review.heading(), "Stimmt alles?");
}

#[tokio::test]
async fn steppers_work_without_scripts() {
    let world = World::open().await;
    let browser = world.browser();
    let more = browser.get("/musterland/?service=1&personen=2&schritt=mehr").await;
    assert!(more.html.contains("name=\"personen\" value=\"3\"") && more.html.contains("checked"));
    let most = browser.get("/musterland/?service=1&personen=8&schritt=mehr").await;
    assert!(most.html.contains("name=\"personen\" value=\"8\""));
    let least = browser.get("/musterland/?personen=1&schritt=weniger").await;
    assert!(least.html.contains("name=\"personen\" value=\"1\""));
}
