//! Codes the box was never told of, and bookings that change while their holder stands in the
//! hall: the line is cut, citizens book and cancel all the same, and nobody is sent away.

use std::sync::Arc;

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::{Citizen, Clerk, ImaginaryOffice, Mail, Papers, until};
use serde_json::{Value, json};

use crate::terminal::{ENTRANCE, answer, any_answer, step_up};
use crate::told::{PATIENCE, booked, greeted, link_to, pin, qr, signed_in, the_board_is_calm, watch_as};

/// What the counter page of counter 1 tells.
const COUNTER: &str = "/platz/1/ereignisse";

fn citizen(office: &ImaginaryOffice, name: &str) -> Citizen {
    Citizen::new(&office.site("/musterland"), "Erika Beispiel", &format!("{name}@example.org"))
}

/// An office whose box has heard of its booking server once.
async fn office_at_work() -> Result<ImaginaryOffice> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let clerk = signed_in(&office).await?;
    let knows = |state: &Value| state["view"]["cut"] == false && state["view"]["office"] != "";
    watch_as(&clerk, office.page(COUNTER), "the box to know its office", knows).await?;
    Ok(office)
}

/// Pulls the plug and waits until the clerk sees it.
async fn cut(office: &ImaginaryOffice, clerk: &Arc<Http>) -> Result<()> {
    office.unplug(true);
    watch_as(clerk, office.page(COUNTER), "the cut line", |state| state["view"]["cut"] == true).await.map(drop)
}

/// Pushes the plug in and waits until the clerk sees it.
async fn mend(office: &ImaginaryOffice, clerk: &Arc<Http>) -> Result<()> {
    office.unplug(false);
    watch_as(clerk, office.page(COUNTER), "the line again", |state| state["view"]["cut"] == false).await.map(drop)
}

/// Waits until the person with this code stands in the list and fits; gives back the row.
async fn row(
    office: &ImaginaryOffice,
    clerk: &Arc<Http>,
    code: &str,
    what: &str,
    fits: impl Fn(&Value) -> bool + Clone + Send + 'static,
) -> Result<Value> {
    let code = code.to_owned();
    let find = move |state: &Value| {
        let rows = state["view"]["line"].as_array()?.iter();
        rows.filter(|row| shown(&row["code"]) == code).find(|row| fits(row)).cloned()
    };
    let seen = find.clone();
    let state = watch_as(clerk, office.page(COUNTER), what, move |state| seen(state).is_some()).await?;
    find(&state).context("the row is gone")
}

/// `482 917`.
fn shown(code: &Value) -> String {
    format!("{} {}", code["first"].as_str().unwrap_or_default(), code["second"].as_str().unwrap_or_default())
}

fn says(row: &Value, field: &str, words: &str) -> bool {
    row[field].as_str().is_some_and(|text| text.contains(words))
}

/// How many wait, and how many are expected and not here.
async fn counted(office: &ImaginaryOffice, clerk: &Arc<Http>, waiting: usize) -> Result<()> {
    let fits = move |state: &Value| {
        let nobody_expected = state["view"]["expected"].as_array().is_some_and(Vec::is_empty);
        state["view"]["waiting"] == waiting && nobody_expected
    };
    watch_as(clerk, office.page(COUNTER), "one visit for each person, and nobody expected", fits).await.map(drop)
}

async fn scan(office: &ImaginaryOffice, text: &str) -> Result<String> {
    step_up(office, ENTRANCE).await?;
    office.scanner.scan(text).await?;
    any_answer(office, ENTRANCE).await
}

async fn type_in(office: &ImaginaryOffice, pin: &str) -> Result<String> {
    step_up(office, ENTRANCE).await?;
    office.keypad.press_keys(&pin.replace(' ', "")).await?;
    any_answer(office, ENTRANCE).await
}

/// Pulls the box's power and switches it on again; the clerk has to sign in again.
async fn power_cut(office: &ImaginaryOffice) -> Result<Arc<Http>> {
    office.power_off().await?;
    office.switch_on().await?;
    signed_in(office).await
}

async fn cancel(office: &ImaginaryOffice, who: &Citizen, mail: &Mail) -> Result<()> {
    let appointment = who.open(&link_to(mail, "/termin/")?).await?;
    let asks = who.open(&format!("{}/absagen", appointment.url)).await?;
    who.confirm(&asks).await?;
    office.mails.wait_for_mail(&who.mail, "abgesagt", PATIENCE).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_the_box_never_heard_of_comes_in_by_its_qr_code_once_and_is_merged_by_its_id() -> Result<()> {
    let office = office_at_work().await?;
    let clerk = signed_in(&office).await?;
    cut(&office, &clerk).await?;
    let mail = booked(&office, &citizen(&office, "unheard")).await?;
    let (code, token) = (pin(&mail)?, qr(&mail)?);
    assert_eq!(scan(&office, &token).await?, "here");
    greeted(&office, ENTRANCE, &code).await?;
    assert_eq!(scan(&office, &token).await?, "next", "the second scan finds the first one");

    let clerk = power_cut(&office).await?;
    assert_eq!(scan(&office, &token).await?, "next", "also after a power cut");
    mend(&office, &clerk).await?;
    // Entries come in order: once this one is known, the first one is.
    booked(&office, &citizen(&office, "later")).await?;
    let later = |state: &Value| state["view"]["expected"].as_array().is_some_and(|it| it.len() == 1);
    let state = watch_as(&clerk, office.page(COUNTER), "the later booking", later).await?;
    assert_eq!(state["view"]["expected"][0]["people"], "1 Person", "who is here is not expected any more");
    assert_eq!(state["view"]["waiting"], 1);
    assert_eq!(scan(&office, &token).await?, "next");
    the_board_is_calm(&office).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_nobody_knows_waits_unverified_is_lifted_by_the_clerk_and_merged_when_the_line_is_back() -> Result<()> {
    let office = office_at_work().await?;
    let clerk = signed_in(&office).await?;
    cut(&office, &clerk).await?;
    let mail = booked(&office, &citizen(&office, "unheard")).await?;
    let code = pin(&mail)?;
    assert_eq!(type_in(&office, &code).await?, "unverified");
    let is_new = |row: &Value| says(row, "notice", "offline seit") && row["lift"] == true;
    let waiting = row(&office, &clerk, &code, "an unverified appointment", is_new).await?;

    let hands = Clerk::sign_in(&office.page("")).await?;
    let lift = json!({"lift": waiting["visit"]});
    let answer = hands.act_with(1, lift.clone(), &hands.next_id()).await?;
    assert_eq!(answer["answer"], "done");
    let is_lifted = |row: &Value| says(row, "why", "zählt als Termin") && row["lift"] == false;
    row(&office, &clerk, &code, "a lifted appointment", is_lifted).await?;

    let clerk = power_cut(&office).await?;
    row(&office, &clerk, &code, "the same after a power cut", is_lifted).await?;
    assert_eq!(type_in(&office, &code).await?, "next", "the same person");

    mend(&office, &clerk).await?;
    let is_known = |row: &Value| says(row, "what", "Termin ") && !says(row, "why", "zählt als Termin");
    let known = row(&office, &clerk, &code, "the appointment with its time", is_known).await?;
    assert!(says(&known, "service", "ausweis"), "and with its service: {known}");
    counted(&office, &clerk, 1).await?;

    let clerk = power_cut(&office).await?;
    row(&office, &clerk, &code, "the merged appointment after a power cut", is_known).await?;
    counted(&office, &clerk, 1).await?;
    the_board_is_calm(&office).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_cancelled_online_while_in_the_hall_is_called_and_served_and_the_clerk_sees_why() -> Result<()> {
    let office = office_at_work().await?;
    let clerk = signed_in(&office).await?;
    let here = citizen(&office, "here");
    let mail = booked(&office, &here).await?;
    let code = pin(&mail)?;
    // Once the booking server knows who is here, its pages cancel nothing any more.
    cut(&office, &clerk).await?;
    scan(&office, &qr(&mail)?).await?;
    cancel(&office, &here, &mail).await?;
    mend(&office, &clerk).await?;
    let is_told = |row: &Value| says(row, "notice", "online abgesagt um") && says(row, "notice", "ist aber da");
    row(&office, &clerk, &code, "the notice in the list", is_told).await?;
    let clerk = power_cut(&office).await?;
    row(&office, &clerk, &code, "the same notice after a power cut", is_told).await?;

    let hands = Clerk::sign_in(&office.page("")).await?;
    hands.open(1).await?;
    let called = hands.act(1, "call-next").await?;
    assert_eq!(called["answer"], "called");
    let notice = |state: &Value| state["view"]["visitor"]["facts"].to_string().contains("online abgesagt um");
    watch_as(&clerk, office.page(COUNTER), "the notice beside the called person", notice).await?;
    assert_eq!(hands.act(1, "finish").await?["answer"], "done");
    assert_eq!(scan(&office, &qr(&mail)?).await?, "cancelled", "over now");
    the_board_is_calm(&office).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cancelled_while_the_line_was_cut_is_admitted_and_told_to_the_clerk_later() -> Result<()> {
    let office = office_at_work().await?;
    let clerk = signed_in(&office).await?;
    let undecided = citizen(&office, "undecided");
    let mail = booked(&office, &undecided).await?;
    let code = pin(&mail)?;
    let expected = |state: &Value| state["view"]["expected"].as_array().is_some_and(|it| !it.is_empty());
    watch_as(&clerk, office.page(COUNTER), "the booking", expected).await?;
    cut(&office, &clerk).await?;
    cancel(&office, &undecided, &mail).await?;
    assert!(["here", "early"].contains(&type_in(&office, &code).await?.as_str()), "nobody here could know");
    mend(&office, &clerk).await?;
    let is_told = |row: &Value| says(row, "notice", "online abgesagt um") && says(row, "what", "Termin ");
    row(&office, &clerk, &code, "the cancellation beside the appointment", is_told).await?;
    counted(&office, &clerk, 1).await?;
    the_board_is_calm(&office).await?;
    office.close().await
}

/// Waits until the line carries nothing any more: no exchange is on its way.
async fn nobody_speaks(office: &ImaginaryOffice) -> Result<()> {
    let (mut carried, mut looks) = (office.line.bytes(), 0);
    let quiet = move || {
        looks = if office.line.bytes() == carried { looks + 1 } else { 0 };
        carried = office.line.bytes();
        (looks == QUIET_LOOKS).then_some(())
    };
    until("a quiet line", PATIENCE, quiet).await
}

/// Looks at the line, 20 ms apart, at which it has carried nothing new: longer than an exchange
/// leaves between two of its bytes.
const QUIET_LOOKS: u32 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_typed_before_the_box_was_told_of_it_is_answered_again_when_it_is() -> Result<()> {
    let office = ImaginaryOffice::open(Papers { poll_seconds: 600, ..Papers::default() }).await?;
    let clerk = signed_in(&office).await?;
    // Once it was told of a first booking, the box has nothing more to ask for ten minutes.
    booked(&office, &citizen(&office, "first")).await?;
    let expected = |state: &Value| state["view"]["expected"].as_array().is_some_and(|it| !it.is_empty());
    watch_as(&clerk, office.page(COUNTER), "the first booking", expected).await?;
    nobody_speaks(&office).await?;
    // So short that the box notices nothing, but the poke for the second one is lost.
    office.unplug(true);
    let mail = booked(&office, &citizen(&office, "quick")).await?;
    office.unplug(false);
    let code = pin(&mail)?;
    assert!(["unknown", "here"].contains(&type_in(&office, &code).await?.as_str()), "the line is up");
    answer(&office, ENTRANCE, |screen| screen["kind"] == "here").await?;
    assert_eq!(type_in(&office, &code).await?, "next");
    let known = |row: &Value| says(row, "what", "Termin ") && row["lift"] == false;
    row(&office, &clerk, &code, "an appointment, not an unverified one", known).await?;
    office.close().await
}
