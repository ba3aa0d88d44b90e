//! What people do at a terminal, and what it answers.

use anyhow::{Result, bail};
use fixture::ImaginaryOffice;
use fixture::http::Http;
use serde_json::{Value, json};

use crate::told::watch;

/// The entrance terminal, where the scanner is.
pub(crate) const ENTRANCE: u8 = 1;

/// The one before has gone; the start screen is there. Nobody presses a key that could still be
/// on its way when they are answered.
pub(crate) async fn step_up(office: &ImaginaryOffice, terminal: u8) -> Result<()> {
    let is_start = |screen: &Value| screen["screen"] == "start";
    if is_start(&answer(office, terminal, |_any| true).await?) {
        return Ok(());
    }
    post(office, "/terminal/taste", json!({"terminal": terminal, "key": "B"})).await?;
    answer(office, terminal, is_start).await.map(drop)
}

/// Waits until a terminal shows what fits.
pub(crate) async fn answer(
    office: &ImaginaryOffice,
    terminal: u8,
    fits: impl Fn(&Value) -> bool + Send + 'static,
) -> Result<Value> {
    let stream = format!("/terminal/ereignisse?nr={terminal}");
    let state = watch(office, &stream, "an answer", move |state| fits(&state["view"]["screen"])).await?;
    Ok(state["view"]["screen"].clone())
}

/// Whatever the terminal tells the person before it: the kind of its answer, and `hint` for
/// digits that cannot be right.
pub(crate) async fn any_answer(office: &ImaginaryOffice, terminal: u8) -> Result<String> {
    let told = |screen: &Value| !screen["tone"].is_null() || !screen["hint"].is_null();
    let screen = answer(office, terminal, told).await?;
    Ok(screen["kind"].as_str().unwrap_or("hint").to_owned())
}

/// Touches the glass of a terminal.
pub(crate) async fn post(office: &ImaginaryOffice, path: &str, body: Value) -> Result<()> {
    let url = office.page(path);
    let sent = tokio::task::spawn_blocking(move || Http::default().send_json(&url, &body)).await??;
    if sent.status == 204 { Ok(()) } else { bail!("{} answers {}", sent.url, sent.status) }
}

/// Pulls a number at a terminal; gives back the number.
pub(crate) async fn pull_number(office: &ImaginaryOffice, terminal: u8, press: &str) -> Result<String> {
    step_up(office, terminal).await?;
    post(office, "/terminal/nummer", json!({"terminal": terminal, "press": press})).await?;
    let screen = answer(office, terminal, |screen| screen["kind"] == "ticket").await?;
    let group = |name: &str| screen["code"][name].as_str().unwrap_or_default().to_owned();
    Ok(format!("{} {}", group("first"), group("second")))
}
