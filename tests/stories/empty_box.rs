//! An empty box: what it gets when it is enrolled, what it can do before, and how it hears of
//! changes afterwards.

use std::path::Path;

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::{Citizen, Clerk, ImaginaryOffice, Papers, until};
use serde_json::Value;

use crate::terminal::{ENTRANCE, answer, any_answer, pull_number, step_up};
use crate::told::{PATIENCE, booked, greeted, pin, qr, signed_in, the_board_is_calm, wait_for_page, watch, watch_as};

fn citizen(office: &ImaginaryOffice, name: &str) -> Citizen {
    Citizen::new(&office.site("/musterland"), "Erika Beispiel", &format!("{name}@example.org"))
}

/// An office whose booking server runs and whose box has never been switched on.
async fn before_the_first_day() -> Result<ImaginaryOffice> {
    let office = ImaginaryOffice::furnish(Papers::default()).await?;
    office.start_booking().await?;
    office.write_box_papers().await?;
    Ok(office)
}

/// Waits until the terminal knows whose it is.
async fn the_terminal_knows_the_office(office: &ImaginaryOffice) -> Result<Value> {
    watch(office, "/terminal/ereignisse", "the office's name", |state| {
        state["view"]["office"] == "Bürgerbüro Musterland" && state["view"]["telephone"] == "030 23125 100"
    })
    .await
}

/// Whether the journal of the box holds an entry of this kind.
fn journal_holds(data: &Path, kind: &str) -> bool {
    let files = std::fs::read_dir(data).into_iter().flatten().flatten();
    let contents = files.filter_map(|file| std::fs::read(file.path()).ok());
    contents.into_iter().any(|bytes| bytes.windows(kind.len()).any(|window| window == kind.as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_box_is_enrolled_and_gets_services_hours_seats_pins_and_keys() -> Result<()> {
    let office = before_the_first_day().await?;
    let early_bird = booked(&office, &citizen(&office, "early")).await?;
    office.switch_on().await?;

    let terminal = the_terminal_knows_the_office(&office).await?;
    assert_eq!(terminal["view"]["hours"], "heute bis 23:59 Uhr", "the hours");
    for kind in ["office", "minted", "pin-block", "key"] {
        let what = format!("an entry of the kind {kind}");
        until(&what, PATIENCE, || journal_holds(&office.places.appliance_data(), kind).then_some(())).await?;
    }
    // What was booked before there was a box, with the name of its service; the key reads its token.
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&qr(&early_bird)?).await?;
    greeted(&office, ENTRANCE, &pin(&early_bird)?).await?;
    a_counter_reads(&office, "Personalausweis beantragen").await?;

    // All of it is kept: after a power cut, without a line, nothing has to be fetched.
    office.power_off().await?;
    office.unplug(true);
    office.switch_on().await?;
    the_terminal_knows_the_office(&office).await?;
    let late = booked(&office, &citizen(&office, "late")).await?;
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&qr(&late)?).await?;
    greeted(&office, ENTRANCE, &pin(&late)?).await?;
    the_board_is_calm(&office).await?;
    office.close().await
}

/// Waits until somebody in the list of counter 1 has come for this service.
async fn a_counter_reads(office: &ImaginaryOffice, service: &str) -> Result<Value> {
    let (browser, service) = (signed_in(office).await?, service.to_owned());
    watch_as(&browser, office.page("/platz/1/ereignisse"), "a visitor with that service", move |state| {
        let line = state["view"]["line"].as_array();
        line.is_some_and(|line| line.iter().any(|row| row["service"] == service.as_str()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_changed_on_the_server_is_seen_at_the_terminal_and_the_counter() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let clerk = Clerk::sign_in(&office.page("")).await?;
    clerk.open(1).await?;
    the_terminal_knows_the_office(&office).await?;
    arrives(&office, "before").await?;
    a_counter_reads(&office, "Personalausweis beantragen").await?;
    assert_eq!(clerk.act(1, "call-next").await?["answer"], "called");
    let before = told_wait(&office).await?;

    let changed = office.papers.office().replacen("minutes = 10", "minutes = 40", 1);
    let changed = changed.replace("Personalausweis beantragen", "Neuen Personalausweis beantragen");
    std::fs::write(office.places.office_file(), changed)?;
    let url = format!("{}/zeit?service=1&personen=1", office.site("/musterland"));
    wait_for_page(&url, "40 Minuten").await?;

    arrives(&office, "after").await?;
    a_counter_reads(&office, "Neuen Personalausweis beantragen").await?;
    assert_eq!(clerk.act(1, "finish-and-next").await?["answer"], "called");
    let after = told_wait(&office).await?;
    assert!(before <= 10 && after >= 35, "10 minutes were told as {before}, 40 minutes as {after}");
    office.close().await
}

/// Books, comes and is greeted.
async fn arrives(office: &ImaginaryOffice, name: &str) -> Result<()> {
    let mail = booked(office, &citizen(office, name)).await?;
    step_up(office, ENTRANCE).await?;
    office.scanner.scan(&qr(&mail)?).await?;
    greeted(office, ENTRANCE, &pin(&mail)?).await.map(drop)
}

/// How many minutes the terminal tells the next person without an appointment.
async fn told_wait(office: &ImaginaryOffice) -> Result<u32> {
    step_up(office, ENTRANCE).await?;
    let screen = answer(office, ENTRANCE, |screen| screen["screen"] == "start").await?;
    let line = screen["offer"]["line"].as_str().context("no word about the wait")?.to_owned();
    let minutes: String = line.chars().filter(char::is_ascii_digit).collect();
    minutes.parse().with_context(|| format!("no minutes in {line:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_has_never_reached_the_server_gives_numbers_and_learns_the_rest_later() -> Result<()> {
    let office = before_the_first_day().await?;
    office.unplug(true);
    office.switch_on().await?;
    let clerk = Clerk::sign_in(&office.page("")).await?;
    clerk.open(1).await?;
    assert_eq!(pull_number(&office, ENTRANCE, "first").await?, "A 001");
    assert_eq!(clerk.act(1, "call-next").await?["answer"], "called");
    // A code it cannot check is not called foreign; typed, it is let in.
    let unheard = booked(&office, &citizen(&office, "unheard")).await?;
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&qr(&unheard)?).await?;
    assert_eq!(any_answer(&office, ENTRANCE).await?, "unreadable");
    step_up(&office, ENTRANCE).await?;
    office.keypad.press_keys(&pin(&unheard)?.replace(' ', "")).await?;
    greeted(&office, ENTRANCE, &pin(&unheard)?).await?;
    the_board_is_calm(&office).await?;

    office.unplug(false);
    the_terminal_knows_the_office(&office).await?;
    // The day goes on: whoever was called is still called.
    let board = watch(&office, "/tafel/ereignisse", "the board", |_| true).await?;
    assert_eq!(board["view"]["rows"][0]["code"]["second"], "001", "{board}");
    office.close().await
}

/// Waits until the box says about a part of itself that it does not work, and why.
async fn health_says(office: &ImaginaryOffice, part: &'static str, words: &'static str) -> Result<String> {
    let url = office.page("/gesund");
    let look = move || {
        let page = tokio::task::block_in_place(|| Http::default().open(&url)).ok()?;
        let health: Value = serde_json::from_str(&page.body).ok()?;
        let part = &health["parts"][part];
        let detail = part["detail"].as_str().filter(|detail| detail.contains(words))?;
        (part["works"] == false).then(|| detail.to_owned())
    };
    until(&format!("{words:?} about {part} in the health of the box"), PATIENCE, look).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_used_code_is_told_with_what_to_do_while_the_hall_works() -> Result<()> {
    let office = before_the_first_day().await?;
    let file = office.places.appliance_file();
    let good = std::fs::read_to_string(&file)?;
    let code = good.lines().find(|line| line.starts_with("code = ")).context("no code in the file")?;
    std::fs::write(&file, good.replace(code, "code = \"2222-3333-4444\""))?;
    office.switch_on().await?;
    health_says(&office, "enrolment", "aufruf-booking enrol").await?;
    assert_eq!(pull_number(&office, ENTRANCE, "first").await?, "A 001");
    the_board_is_calm(&office).await?;
    office.power_off().await?;

    // With the right one it goes on where it was.
    std::fs::write(&file, &good)?;
    office.switch_on().await?;
    the_terminal_knows_the_office(&office).await?;
    office.power_off().await?;

    // Another box with the same code, as after a card was copied too early.
    std::fs::remove_dir_all(office.places.appliance_data())?;
    office.switch_on().await?;
    health_says(&office, "enrolment", "aufruf-booking enrol").await?;
    assert_eq!(pull_number(&office, ENTRANCE, "first-of-the-new-box").await?, "A 001");
    the_board_is_calm(&office).await
}
