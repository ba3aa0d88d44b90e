//! The poke: the box hears at once that there is something, and asks by itself when it does not.
//! In these stories it would ask by itself every ten minutes only.

use std::sync::Arc;

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::{Citizen, ImaginaryOffice, Papers, Plug, until};
use serde_json::Value;

use crate::told::{PATIENCE, booked, signed_in, the_board_is_calm, watch_as};

/// An office that polls so rarely that nothing in a story comes by a poll.
async fn office_that_hardly_polls() -> Result<ImaginaryOffice> {
    let office = ImaginaryOffice::open(Papers { poll_seconds: 600, ..Papers::default() }).await?;
    the_box_listens(&office).await?;
    Ok(office)
}

/// Waits until the log of the box says that it hears pokes.
async fn the_box_listens(office: &ImaginaryOffice) -> Result<()> {
    let [_booking, appliance] = office.logs();
    let listens = || std::fs::read_to_string(&appliance).ok()?.contains(LISTENING).then_some(());
    until("the box to listen", PATIENCE, listens).await
}

/// What the box says when the stream is open.
const LISTENING: &str = "the booking server can poke this box";

fn citizen(office: &ImaginaryOffice, name: &str) -> Citizen {
    Citizen::new(&office.site("/musterland"), "Erika Beispiel", &format!("{name}@example.org"))
}

/// Waits until so many people are expected at counter 1.
pub(crate) async fn expected(office: &ImaginaryOffice, browser: &Arc<Http>, count: usize) -> Result<Value> {
    let url = office.page("/platz/1/ereignisse");
    let fits = move |state: &Value| people(state) == Some(count);
    watch_as(browser, url, "the booking on the counter page", fits).await
}

/// The page counts them per time, in words: "1 Person", "2 Personen".
fn people(state: &Value) -> Option<usize> {
    let rows = state["view"]["expected"].as_array()?;
    rows.iter().map(|row| row["people"].as_str()?.split_whitespace().next()?.parse::<usize>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_booking_is_expected_at_once_although_the_box_hardly_asks() -> Result<()> {
    let office = office_that_hardly_polls().await?;
    let clerk = signed_in(&office).await?;
    for (name, count) in [("first", 1), ("second", 2)] {
        booked(&office, &citizen(&office, name)).await?;
        expected(&office, &clerk, count).await?;
    }
    the_board_is_calm(&office).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poke_that_a_silent_line_swallowed_is_made_up_for() -> Result<()> {
    let office = office_that_hardly_polls().await?;
    let clerk = signed_in(&office).await?;
    office.line.set(Plug::Silent);
    booked(&office, &citizen(&office, "unheard")).await?;
    the_board_is_calm(&office).await?;
    office.line.set(Plug::In);
    expected_after_a_heartbeat(&office, &clerk).await?;
    office.close().await
}

/// The server repeats itself every 20 s, which is as long as a story is patient elsewhere.
async fn expected_after_a_heartbeat(office: &ImaginaryOffice, clerk: &Arc<Http>) -> Result<Value> {
    match expected(office, clerk, 1).await {
        Ok(state) => Ok(state),
        Err(_patience) => expected(office, clerk, 1).await.context("after two heartbeats"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_cut_is_listened_to_again() -> Result<()> {
    let office = office_that_hardly_polls().await?;
    let clerk = signed_in(&office).await?;
    office.unplug(true);
    booked(&office, &citizen(&office, "offline")).await?;
    office.unplug(false);
    expected_after_a_heartbeat(&office, &clerk).await?;
    booked(&office, &citizen(&office, "online")).await?;
    expected(&office, &clerk, 2).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_stops_in_time_with_a_dead_line_in_its_hand() -> Result<()> {
    let office = office_that_hardly_polls().await?;
    office.line.set(Plug::Silent);
    // The fixture gives a stop some seconds; what reads from the dead line would take 45 s.
    office.close().await
}
