//! Bad input: each gets a clear answer, and nothing is changed or lost.

use warp::http::StatusCode;

use super::browser::{World, form_request};
use crate::pages::ask::MAX_BODY_BYTES;

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_others_out() {
    let world = World::open().await;
    for address in ["/musterland/", "/nowhere", "/musterland/zeit?service=1", "/T/0"] {
        let shown = world.browser().get(address).await;
        let policy = shown.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(shown.headers["cache-control"], "no-store");
        assert_eq!(shown.headers["x-content-type-options"], "nosniff");
        assert!(shown.headers.contains_key("strict-transport-security"));
        assert!(!shown.headers.contains_key("set-cookie"), "no cookie at all");
    }
}

#[tokio::test]
async fn static_files_are_kept_for_a_year_under_their_present_address_only() {
    let world = World::open().await;
    let page = world.browser().get("/musterland/").await;
    let address = page.way("href", "site.css");
    let style = world.browser().get(&address).await;
    assert!(style.headers["cache-control"].to_str().expect("text").contains("immutable"));
    let old = world.browser().get("/-/0000/site.css").await;
    assert_eq!((old.status, &old.headers["cache-control"]), (StatusCode::OK, &"no-cache".parse().expect("a value")));
    assert_eq!(world.browser().get("/-/0000/../secret.rs").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn choices_that_cannot_be_are_answered_on_the_first_step() {
    let world = World::open().await;
    let cases = [
        ("", "mindestens ein Anliegen"),
        ("service=99", "gibt es hier nicht mehr"),
        ("service=abc", "gibt es hier nicht mehr"),
        ("service=-1", "gibt es hier nicht mehr"),
        ("service=4", "gibt es hier nicht mehr"),
        ("service=%3Cscript%3E", "gibt es hier nicht mehr"),
        ("service=1&personen=0", "1 bis 8 Personen"),
        ("service=1&personen=99", "1 bis 8 Personen"),
        ("service=1&personen=viele", "1 bis 8 Personen"),
        ("service=1&service=1&service=1&service=1&service=1&service=1&service=1", "höchstens 6 Anliegen"),
    ];
    for (query, says) in cases {
        let shown = world.browser().get(&format!("/musterland/zeit?{query}")).await;
        assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(shown.html.contains(says), "{query}: {}", shown.html);
        assert_eq!(shown.heading(), "Was möchten Sie erledigen?");
    }
}

#[tokio::test]
async fn times_that_cannot_be_are_answered_on_the_second_step() {
    let world = World::open().await;
    let before = world.free().await;
    for (form, says) in [
        ("", "Bitte wählen Sie eine Uhrzeit"),
        ("start=gestern", "Diese Uhrzeit gibt es nicht"),
        ("start=2026-13-40T99:00:00Z", "Diese Uhrzeit gibt es nicht"),
        ("start=9999-12-30T22:00:00Z", "Diese Uhrzeit gibt es nicht"),
    ] {
        let shown = world.browser().post("/musterland/halten?service=1", form).await;
        assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(shown.html.contains(says), "{form}: {}", shown.html);
    }
    for start in ["2026-03-02T05:00:00Z", "1970-01-01T00:00:00Z", "2026-03-03T02:00:00Z", "2026-03-03T08:43:21Z"] {
        let shown = world.browser().post("/musterland/halten?service=1", &format!("start={start}")).await;
        assert_eq!(shown.status, StatusCode::CONFLICT, "{start}: {}", shown.html);
        assert_eq!(shown.starts().len(), 3);
    }
    assert_eq!(world.free().await, before, "nothing was held");
}

#[tokio::test]
async fn a_day_that_is_none_shows_the_first_days() {
    let world = World::open().await;
    for day in ["gestern", "2026-02-30", "0000-00-00", "%00", "9999-12-31"] {
        let shown = world.browser().get(&format!("/musterland/zeit?service=1&ab={day}")).await;
        assert_eq!((shown.status, shown.starts().is_empty()), (StatusCode::OK, false), "{day}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let world = World::open().await;
    let before = world.free().await;
    let times = world.browser().get("/musterland/zeit?service=1").await;
    let (action, form) = (times.way("action", "/halten"), format!("start={}", times.starts()[0]));
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "https://termine.musterland.example.evil.example"),
        ("origin", "null"),
    ] {
        let shown = world.browser().ask(form_request(&action, &form).header(name, value)).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(shown.html.contains("030 23125 100"));
    }
    assert_eq!(world.free().await, before);
    let own = form_request(&action, &form).header("origin", "https://termine.musterland.example");
    assert_eq!(world.browser().ask(own).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_a_page() {
    let world = World::open().await;
    let large = format!("name={}", "a".repeat(MAX_BODY_BYTES));
    let shown = world.browser().post("/musterland/halten?service=1", &large).await;
    assert_eq!((shown.status, shown.heading().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "Das war zu viel auf einmal"));
    let json = warp::test::request()
        .method("POST")
        .path("/musterland/halten?service=1")
        .header("content-type", "application/json");
    assert_eq!(world.browser().ask(json.body("{}")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn hostile_fields_come_back_as_text_with_a_clear_answer() {
    let world = World::open().await;
    let browser = world.browser();
    let times = browser.get("/musterland/zeit?service=1").await;
    let held = browser.post(&times.way("action", "/halten"), &format!("start={}", times.starts()[0])).await;
    let long = "x".repeat(60_000);
    for (name, mail) in [
        ("%3Cscript%3Ealert(1)%3C/script%3E", "%3Cscript%3E"),
        ("%00%01%0d%0aBcc:+x@evil.example", "a%0d%0aBcc:b@evil.example"),
        (long.as_str(), "a@b"),
        ("%ff%fe", "%ff@%fe"),
    ] {
        let shown = browser.post(&held.location(), &format!("name={name}&mail={mail}")).await;
        assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:.40}");
        assert!(!shown.html.contains("<script>alert") && !shown.html.contains('\0'), "{name:.40}");
        assert!(shown.html.contains("Bitte prüfen Sie Ihre Angaben"));
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_end_on_a_calm_page_with_the_telephone() {
    let world = World::open().await;
    let long = format!("/musterland/{}", "a".repeat(4_000));
    let secret = "0".repeat(40);
    let cases = [
        ("/nowhere".to_owned(), StatusCode::NOT_FOUND),
        ("/elsewhere/zeit".to_owned(), StatusCode::NOT_FOUND),
        (long, StatusCode::NOT_FOUND),
        ("/musterland/daten/kurz".to_owned(), StatusCode::GONE),
        (format!("/musterland/daten/{secret}?service=1"), StatusCode::GONE),
        (format!("/musterland/pruefen/{secret}"), StatusCode::GONE),
        (format!("/musterland/wartet/{secret}"), StatusCode::GONE),
        (format!("/musterland/bestaetigen/{secret}"), StatusCode::NOT_FOUND),
        (format!("/musterland/termin/{secret}"), StatusCode::NOT_FOUND),
        (format!("/musterland/termin/{secret}/absagen"), StatusCode::NOT_FOUND),
        ("/T/KEINTOKEN".to_owned(), StatusCode::NOT_FOUND),
        ("/T/%00%3Cscript%3E".to_owned(), StatusCode::NOT_FOUND),
    ];
    for (address, status) in cases {
        let shown = world.browser().get(&address).await;
        assert_eq!(shown.status, status, "{address:.60}");
        assert!(shown.html.contains("030 23125 100") && !shown.html.contains("<script>"), "{address:.60}");
        assert!(!shown.heading().is_empty());
    }
}

#[tokio::test]
async fn methods_that_no_page_offers_are_told_so() {
    let world = World::open().await;
    for (method, address) in [
        ("PUT", "/musterland/"),
        ("DELETE", "/musterland/zeit"),
        ("PATCH", "/musterland/halten"),
        ("POST", "/musterland/zeit"),
        ("POST", "/"),
    ] {
        let request = warp::test::request().method(method).path(address).header("sec-fetch-site", "same-origin");
        let shown = world.browser().ask(request).await;
        assert_eq!(shown.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {address}");
        assert!(shown.headers.contains_key("allow") && shown.html.contains("030 23125 100"));
    }
}

#[tokio::test]
async fn a_hold_that_lapsed_leads_back_with_the_choice_kept() {
    let world = World::open().await;
    let shown = world.browser().get(&format!("/musterland/daten/{}?service=1&personen=3", "0".repeat(40))).await;
    assert_eq!(shown.heading(), "Die Zeit ist wieder frei für andere");
    let times = world.browser().get(&shown.way("href", "/zeit")).await;
    assert!(times.html.contains("3 Personen"), "{}", times.html);
}
