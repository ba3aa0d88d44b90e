//! The clock of the box: booted offline in 1970, in 2040 and a day back, with jumps, confirmed by
//! a person, by browsers, and put right by the line.
//!
//! The wall clock of the real program is shifted by libfaketime; its monotonic clock is the real
//! one, as it is on a computer whose date is wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use fixture::http::{Http, Page};
use fixture::{Browser, Citizen, Clerk, ImaginaryOffice, Papers, until};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::terminal::{ENTRANCE, any_answer, pull_number, step_up};
use crate::told::{PATIENCE, booked, greeted, pin, qr, signed_in, state_of, waiting, watch_as};

/// Where Debian puts the library, below the folder of the machine's kind.
const LIBRARIES: &str = "/usr/lib";
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// Finds the library that shifts the wall clock of a program.
fn faketime() -> Result<PathBuf> {
    let kinds = std::fs::read_dir(LIBRARIES)?.flatten().map(|kind| kind.path().join(LIBRARY));
    kinds.into_iter().find(|path| path.is_file()).context("libfaketime is missing; run `.ci/setup test`")
}

/// The environment of a program whose wall clock shows what `faketime` says.
fn wrong_clock(name: &str, value: &str) -> Result<Vec<(String, String)>> {
    let library = faketime()?.to_string_lossy().into_owned();
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Ok(vec![
        own("LD_PRELOAD", &library),
        own("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        own("FAKETIME_NO_CACHE", "1"),
        own(name, value),
    ])
}

/// What the box kept was kept in another boot of this computer.
fn as_after_a_boot(data: &Path) -> Result<()> {
    let file = data.join("clock.json");
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    kept["boot"] = "another".into();
    Ok(std::fs::write(file, kept.to_string())?)
}

fn citizen(office: &ImaginaryOffice, name: &str) -> Citizen {
    Citizen::new(&office.site("/musterland"), "Erika Beispiel", &format!("{name}@example.org"))
}

fn today(office: &ImaginaryOffice) -> Result<Date> {
    Ok(fixture::clock::now().to_zoned(TimeZone::get(&office.papers.zone)?).date())
}

/// The box is booted without a line, with a wall clock as given.
async fn booted_offline(office: &mut ImaginaryOffice, name: &str, value: &str) -> Result<()> {
    office.power_off().await?;
    as_after_a_boot(&office.places.appliance_data())?;
    office.unplug(true);
    office.papers.environment = wrong_clock(name, value)?;
    office.switch_on().await
}

/// An office whose box has once been connected: it knows the office and its keys.
async fn an_office_that_was_connected() -> Result<ImaginaryOffice> {
    let office = ImaginaryOffice::open(Papers { terminals: 6, ..Papers::default() }).await?;
    the_clock_is(&office, "trusted, by the booking server").await?;
    let file = office.places.appliance_data().join("clock.json");
    until("a kept moment", PATIENCE, || file.is_file().then_some(())).await?;
    Ok(office)
}

/// Waits until the health document says this of the clock.
async fn the_clock_is(office: &ImaginaryOffice, words: &str) -> Result<()> {
    let url = office.page("/gesund");
    let detail = || {
        let page = tokio::task::block_in_place(|| Http::default().open(&url)).ok()?;
        let health: Value = serde_json::from_str(&page.body).ok()?;
        health["parts"]["clock"]["detail"].as_str().filter(|it| it.starts_with(words)).map(drop)
    };
    until(&format!("a clock that is {words:?}"), PATIENCE, detail).await
}

/// Whether the board shows a time of day.
async fn board_clock(office: &ImaginaryOffice) -> Result<Value> {
    let state = state_of(&Arc::default(), office.page("/tafel/ereignisse")).await?;
    Ok(state["view"]["clock"].clone())
}

/// What the page of counter 1 says of the clock.
async fn note(office: &ImaginaryOffice, what: &str, fits: fn(&Value) -> bool) -> Result<Value> {
    let browser = signed_in(office).await?;
    let page = office.page("/platz/1/ereignisse");
    let state = watch_as(&browser, page, what, move |state| fits(&state["view"]["clock"])).await?;
    Ok(state["view"]["clock"].clone())
}

/// Somebody who signed in sends a form of the page.
async fn says(office: &ImaginaryOffice, day: Date, time: &str, sure: &str) -> Result<Page> {
    let (sign_in, url) = (office.page("/anmelden"), office.page("/uhr"));
    let (day, time, sure) = (day.to_string(), time.to_owned(), sure.to_owned());
    let sent = tokio::task::spawn_blocking(move || {
        let mut http = Http::default();
        http.send(&sign_in, &[("name", fixture::papers::STAFF_NAME), ("password", fixture::papers::STAFF_PASSWORD)])?;
        http.send(&url, &[("day", &day), ("time", &time), ("sure", &sure)])
    });
    sent.await.context("the browser broke")?
}

/// A browser of the house tells its time, as the script of the counter page does.
async fn witnesses(office: &ImaginaryOffice, browser: &mut Http) -> Result<u16> {
    let now = fixture::clock::now().as_millisecond();
    let url = office.page("/uhr/zeuge");
    Ok(tokio::task::block_in_place(|| browser.send_json(&url, &json!({ "now": now })))?.status)
}

/// The log tells by which wall clock it was written.
fn logged_in(office: &ImaginaryOffice, year: &str) -> Result<()> {
    let [_booking, appliance] = office.logs();
    let log = std::fs::read_to_string(appliance)?;
    if log.lines().any(|line| line.contains(&format!("{year}-"))) {
        Ok(())
    } else {
        bail!("nobody faked {year}:\n{log}")
    }
}

/// The whole story: unknown, confirmed, codes of the day by arrival, called, served, trusted again.
async fn a_day_with_a_wrong_clock(name: &str, value: &str, year: Option<&str>) -> Result<()> {
    let mut office = an_office_that_was_connected().await?;
    let known = booked(&office, &citizen(&office, "known")).await?;
    booted_offline(&mut office, name, value).await?;
    year.map_or(Ok(()), |year| logged_in(&office, year))?;
    the_clock_is(&office, "unknown: confirm the day").await?;
    assert_eq!(board_clock(&office).await?, Value::Null, "the board hides a time it does not know");
    assert_eq!(note(&office, "the question", |note| note["ask"] == true).await?["ask"], true);

    // Whoever comes before anybody confirmed the day is not lost by it.
    assert_eq!(pull_number(&office, ENTRANCE, "early").await?, "A 001");
    says(&office, today(&office)?, "", "").await?;
    the_clock_is(&office, "unknown, the day").await?;
    note(&office, "a confirmed day", |note| note["ask"] == false).await?;

    let unheard = booked(&office, &citizen(&office, "unheard")).await?;
    for mail in [&known, &unheard] {
        step_up(&office, ENTRANCE).await?;
        office.scanner.scan(&qr(mail)?).await?;
        greeted(&office, ENTRANCE, &pin(mail)?).await?;
    }
    let clerk = Clerk::sign_in(&office.page("")).await?;
    clerk.open(1).await?;
    let called = clerk.act(1, "call-next").await?;
    assert_eq!((&called["answer"], &called["code"]), (&json!("called"), &json!("A001")), "by arrival: {called}");
    assert_eq!(clerk.act(1, "finish").await?["answer"], "done");
    assert_eq!(waiting(&office).await?, 2);

    office.unplug(false);
    the_clock_is(&office, "trusted, by the booking server").await?;
    assert_ne!(board_clock(&office).await?, Value::Null);
    assert_eq!(note(&office, "no word of the clock", Value::is_null).await?, Value::Null);
    assert_eq!(waiting(&office).await?, 2, "nobody is lost when the time is known");
    assert_eq!(clerk.act(1, "call-next").await?["answer"], "called");
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_boots_in_1970_works_by_arrival_and_is_put_right_by_the_line() -> Result<()> {
    a_day_with_a_wrong_clock("FAKETIME", "@1970-01-01 00:00:10", Some("1970")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_boots_in_2040_works_by_arrival_and_is_put_right_by_the_line() -> Result<()> {
    a_day_with_a_wrong_clock("FAKETIME", "@2040-02-29 12:00:00", Some("2040")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_boots_a_day_back_works_by_arrival_and_is_put_right_by_the_line() -> Result<()> {
    a_day_with_a_wrong_clock("FAKETIME", "-1d", None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_clock_that_jumps_moves_nothing_in_the_hall() -> Result<()> {
    let mut office = an_office_that_was_connected().await?;
    let shift = office.places.folder.join("shift");
    std::fs::write(&shift, "+0")?;
    office.power_off().await?;
    office.papers.environment = wrong_clock("FAKETIME_TIMESTAMP_FILE", &shift.to_string_lossy())?;
    office.switch_on().await?;
    the_clock_is(&office, "trusted").await?;
    let date = board_clock(&office).await?["date"].clone();
    assert_eq!(pull_number(&office, ENTRANCE, "first").await?, "A 001");
    // Each at another terminal: two presses at one are soon the same press.
    for (terminal, jump) in (2..).zip(["+1d", "-1d", "+9000d", "-20000d", "+0"]) {
        std::fs::write(&shift, jump)?;
        let ticket = pull_number(&office, terminal, "jump").await?;
        assert_eq!(ticket, format!("A {terminal:03}"), "the same day goes on after {jump}");
        assert_eq!(board_clock(&office).await?["date"], date, "after {jump}");
        the_clock_is(&office, "trusted").await?;
    }
    assert_eq!(waiting(&office).await?, 6);
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_was_confirmed_wrongly_is_put_right_by_the_line_and_loses_nobody() -> Result<()> {
    let mut office = an_office_that_was_connected().await?;
    let known = booked(&office, &citizen(&office, "known")).await?;
    booted_offline(&mut office, "FAKETIME", "@1970-01-01 00:00:10").await?;
    let today = today(&office)?;
    let far = says(&office, today.checked_add(jiff::Span::new().days(9))?, "08:00", "").await?;
    assert!(far.body.contains("noch einmal"), "nine days ahead is asked twice: {}", far.body);
    let past = says(&office, today.checked_sub(jiff::Span::new().days(9))?, "08:00", "ja").await?;
    assert!(past.body.contains("kann es nicht sein"), "{}", past.body);
    the_clock_is(&office, "unknown: confirm the day").await?;

    let tomorrow = today.tomorrow()?;
    says(&office, tomorrow, "09:00", "").await?;
    note(&office, "a confirmed day", |note| note["ask"] == false).await?;
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&qr(&known)?).await?;
    assert_eq!(any_answer(&office, ENTRANCE).await?, "day-over", "today's code is told its date");
    assert_eq!(pull_number(&office, ENTRANCE, "ticket").await?, "A 001");

    office.unplug(false);
    the_clock_is(&office, "trusted, by the booking server").await?;
    assert_eq!(waiting(&office).await?, 1, "who pulled a number still waits");
    // So says the journal, after a restart without the line and with the wall clock in 1970: the
    // day that never was is no floor.
    office.unplug(true);
    office.power_off().await?;
    office.switch_on().await?;
    the_clock_is(&office, "trusted, since before").await?;
    assert_eq!(waiting(&office).await?, 1, "who pulled a number still waits");
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&qr(&known)?).await?;
    greeted(&office, ENTRANCE, &pin(&known)?).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_that_agree_make_the_time_plausible_and_one_does_not() -> Result<()> {
    let mut office = an_office_that_was_connected().await?;
    booted_offline(&mut office, "FAKETIME", "@2040-02-29 12:00:00").await?;
    let url = office.page("/anmelden");
    let mut browsers = [Http::default(), Http::default()];
    assert_eq!(witnesses(&office, &mut browsers[0]).await?, 401, "only who signed in is believed");
    for browser in &mut browsers {
        let fields = [("name", fixture::papers::STAFF_NAME), ("password", fixture::papers::STAFF_PASSWORD)];
        tokio::task::block_in_place(|| browser.send(&url, &fields))?;
    }
    for _again in 0..2 {
        assert_eq!(witnesses(&office, &mut browsers[0]).await?, 200);
    }
    the_clock_is(&office, "unknown").await?;
    assert_eq!(witnesses(&office, &mut browsers[1]).await?, 200);
    the_clock_is(&office, "plausible, by the browsers").await?;
    assert_ne!(board_clock(&office).await?, Value::Null);
    office.close().await
}

/// A clerk in a real browser: the question, one tap, and back at the counter.
#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_confirms_the_day_with_one_tap() -> Result<()> {
    let mut office = an_office_that_was_connected().await?;
    booted_offline(&mut office, "FAKETIME", "@1970-01-01 00:00:10").await?;
    let browser = Browser::start(1280, 800).await?;
    browser.open(&office.page("/anmelden?weiter=/platz/1")).await?;
    browser.type_into("input[name=name]", fixture::papers::STAFF_NAME).await?;
    browser.type_into("input[name=password]", fixture::papers::STAFF_PASSWORD).await?;
    browser.click_text("Weiter").await?;
    browser.wait_for_text("Welcher Tag ist heute?").await?;
    browser.click_text("Tag bestätigen").await?;
    browser.wait_for_text("Ja, heute ist").await?;
    assert!(!browser.run("return document.querySelector('details').open").await?.as_bool().unwrap_or(true));
    browser.click("button.yes").await?;
    browser.wait_for_text("ist bestätigt, die Uhrzeit noch nicht").await?;
    assert!(browser.url().await?.ends_with("/platz/1"), "one tap leads back to the counter");
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    browser.close().await?;
    the_clock_is(&office, "unknown, the day").await?;
    office.close().await
}
