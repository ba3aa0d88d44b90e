//! A citizen confirms → the box expects them, with the line up: told by the poke, and by polls
//! alone where no stream passes.
//!
//! Included: the citizen's press on the button, the booking server's commit, the exchange, the
//! box's commit, and the counter page's event stream. Where the poke passes the box asks at once
//! and `poll_seconds` says little; where it does not, people confirm at any moment between two
//! polls.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::http::{Http, Page};
use fixture::{Citizen, Papers, Plug, clock, until};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::backlog::line::{Line, STREAMLESS};
use crate::ears::Ears;
use crate::figures::Times;
use crate::hall::{self, Hall, addresses, signed_in};

/// Seconds between polls where only the poke is looked at: none comes in time.
const HARDLY_POLLS: u16 = 600;
/// What the box says when it hears pokes.
const LISTENING: &str = "the booking server can poke this box";
/// How many bookings are told by the poke.
const POKED: usize = 200;
/// Rounds of bookings told by polls, and how many in each: one round is about two polls, and the
/// page names no more times.
const ROUNDS: usize = 4;
const A_ROUND: usize = 6;
/// Between two presses of a round, so that they meet the polls at any moment.
const APART: Duration = Duration::from_millis(2700);
/// The default of the box's file, as a town leaves it.
const POLL_SECONDS: u16 = 15;
/// A box whose line was cut dials again after at most eight polls.
const LINE_COMES_BACK: Duration = Duration::from_secs(180);

/// Both ways, each in an office of its own. The counter page names the next times only, so everybody
/// cancels again as soon as they are expected.
pub(crate) async fn measure() -> Result<()> {
    by_poke().await?;
    by_poll().await
}

async fn by_poke() -> Result<()> {
    let hall = Hall::open(Papers { poll_seconds: HARDLY_POLLS, ..hall::papers() }).await?;
    let [_booking, appliance] = hall.office.logs();
    let listens = || std::fs::read_to_string(&appliance).ok()?.contains(LISTENING).then_some(());
    until("the box to listen", LINE_COMES_BACK, listens).await?;
    let mut page = counter_page(&hall).await?;
    let mut times = Times::default();
    for number in 1..=POKED {
        let (citizen, button) = hall.book().await?;
        page.forget();
        let pressed = clock::now();
        citizen.confirm(&button).await?;
        let told = page.hear_within(LINE_COMES_BACK, "somebody expected", |view| people(view) > 0).await;
        times.add(pressed, told.with_context(|| format!("booking {number}"))?);
        cancel(&hall, &citizen).await?;
        page.hear("nobody expected", |view| people(view) == 0).await?;
    }
    let more = json!({"poll_seconds": hall.office.papers.poll_seconds, "aim": "p99 1000"});
    times.tell("confirm_to_expected", &more)?;
    hall.office.close().await
}

async fn by_poll() -> Result<()> {
    let hall = Hall::open(Papers { poll_seconds: POLL_SECONDS, ..hall::papers() }).await?;
    let _line = without_streams(&hall).await?;
    let mut page = counter_page(&hall).await?;
    let mut times = Times::default();
    for _round in 0..ROUNDS {
        let mut citizens = Vec::new();
        for _booking in 0..A_ROUND {
            citizens.push(hall.book().await?);
        }
        page.forget();
        let pressed = press_apart(&citizens).await?;
        told(&mut page, &pressed, &mut times).await?;
        for (citizen, _button) in &citizens {
            cancel(&hall, citizen).await?;
        }
        page.hear_within(LINE_COMES_BACK, "nobody expected", |view| people(view) == 0).await?;
    }
    times.tell("confirm_to_expected_by_poll", &json!({"poll_seconds": POLL_SECONDS, "aim": "p99 20000"}))?;
    hall.office.close().await
}

/// From the mail over the question to the button.
async fn cancel(hall: &Hall, citizen: &Citizen) -> Result<()> {
    let mail = hall.office.mails.wait_for_mail(&citizen.mail, "Ihr Termin am", LINE_COMES_BACK).await?;
    let link = mail.links().into_iter().find(|link| link.contains("/termin/")).context("no link in the mail")?;
    let appointment = citizen.open(&link).await?;
    let asks = citizen.open(&format!("{}/absagen", appointment.url)).await?;
    citizen.confirm(&asks).await.map(drop)
}

/// The line of an office where no stream passes; whoever listens is cut off.
async fn without_streams(hall: &Hall) -> Result<Line> {
    let ready = std::fs::read(hall.office.places.booking_data().join("ready.json"))?;
    let ready: Value = serde_json::from_slice(&ready)?;
    let line = Line::lay(STREAMLESS).await?;
    line.lead_to(ready["site"].as_str().context("ready.json names no site")?.parse()?);
    line.plug(true);
    let pages = addresses(&hall.office)?.pages;
    let mut board = Ears::open(Http::default(), format!("http://{pages}/tafel/ereignisse")).await?;
    hall.office.line.lead_to(line.address());
    hall.office.line.set(Plug::Out);
    board.hear_within(LINE_COMES_BACK, "the cut", |view| !view["offline_since"].is_null()).await?;
    hall.office.line.set(Plug::In);
    board.hear_within(LINE_COMES_BACK, "the line", |view| view["offline_since"].is_null()).await?;
    Ok(line)
}

async fn press_apart(citizens: &[(Citizen, Page)]) -> Result<Vec<Timestamp>> {
    let mut every = tokio::time::interval(APART);
    let mut pressed = Vec::new();
    for (citizen, button) in citizens {
        every.tick().await;
        pressed.push(clock::now());
        citizen.confirm(button).await?;
    }
    Ok(pressed)
}

/// They are told in the order in which they pressed, several at once.
async fn told(page: &mut Ears, pressed: &[Timestamp], times: &mut Times) -> Result<()> {
    let told = Cell::new(0);
    while told.get() < pressed.len() {
        let until_now = told.get();
        let more = |view: &Value| {
            told.set(people(view).clamp(until_now, pressed.len()));
            told.get() > until_now
        };
        let expected = page.hear("somebody more expected", more).await?;
        pressed[until_now..told.get()].iter().for_each(|pressed| times.add(*pressed, expected));
    }
    Ok(())
}

async fn counter_page(hall: &Hall) -> Result<Ears> {
    let pages = format!("http://{}", addresses(&hall.office)?.pages);
    let browser = tokio::task::spawn_blocking({
        let pages = pages.clone();
        move || signed_in(&pages)
    });
    Ears::open(browser.await??, format!("{pages}/platz/1/ereignisse")).await
}

/// The page counts them per time, in words: "1 Person", "2 Personen".
fn people(view: &Value) -> usize {
    let rows = view["expected"].as_array().map_or(&[][..], Vec::as_slice);
    let count = |row: &Value| row["people"].as_str()?.split_whitespace().next()?.parse::<usize>().ok();
    rows.iter().filter_map(count).sum()
}
