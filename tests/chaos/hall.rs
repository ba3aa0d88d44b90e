//! What people do in the hall, and what the terminal answers.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::ImaginaryOffice;
use fixture::http::Http;
use serde_json::{Value, json};

/// An answer takes one commit; on a loaded machine some more.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

/// The terminal with the scanner.
pub(crate) const ENTRANCE: u8 = 1;

/// What a terminal answers: the name of the answer and the code on it, such as `A 001`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Greeting {
    pub(crate) kind: String,
    pub(crate) code: String,
}

impl Greeting {
    /// Whether the box knows this appointment of today, and that the person is here.
    pub(crate) fn is_here(&self) -> bool {
        ["here", "early", "late"].contains(&self.kind.as_str()) || self.was_here()
    }

    /// Whether the box knew before that the person is here.
    pub(crate) fn was_here(&self) -> bool {
        ["next", "one-ahead", "ahead", "go-to"].contains(&self.kind.as_str())
    }

    /// Whether the appointment is known, and of another day.
    pub(crate) fn is_for_another_day(&self) -> bool {
        self.kind.starts_with("other-day")
    }
}

/// Types a PIN or the digits of a ticket on the glass of a terminal.
pub(crate) async fn type_code(office: &ImaginaryOffice, terminal: u8, digits: &str) -> Result<Greeting> {
    step_up(office, terminal).await?;
    let enter = if digits.len() == 3 { "E" } else { "" };
    for key in digits.chars().map(String::from).chain((!enter.is_empty()).then(|| enter.to_owned())) {
        post(office, "/terminal/taste", json!({"terminal": terminal, "key": key})).await?;
    }
    answer(office, terminal).await
}

/// Holds a code under the scanner at the entrance.
pub(crate) async fn scan(office: &ImaginaryOffice, line: &str) -> Result<Greeting> {
    step_up(office, ENTRANCE).await?;
    office.scanner.scan(line).await?;
    answer(office, ENTRANCE).await
}

/// The one before has gone; the start screen is there.
async fn step_up(office: &ImaginaryOffice, terminal: u8) -> Result<()> {
    let is_start = |screen: &Value| screen["screen"] == "start";
    if is_start(&screen(office, terminal, |_any| true).await?) {
        return Ok(());
    }
    post(office, "/terminal/taste", json!({"terminal": terminal, "key": "B"})).await?;
    screen(office, terminal, is_start).await.map(drop)
}

async fn answer(office: &ImaginaryOffice, terminal: u8) -> Result<Greeting> {
    let screen = screen(office, terminal, |screen| !screen["tone"].is_null()).await?;
    let part = |name: &str| screen["code"][name].as_str().unwrap_or_default().to_owned();
    let kind = screen["kind"].as_str().context("an answer without a name")?.to_owned();
    Ok(Greeting { kind, code: format!("{} {}", part("first"), part("second")) })
}

async fn screen(
    office: &ImaginaryOffice,
    terminal: u8,
    fits: impl Fn(&Value) -> bool + Send + 'static,
) -> Result<Value> {
    let url = office.page(&format!("/terminal/ereignisse?nr={terminal}"));
    let (found, mut seen) = tokio::sync::mpsc::channel(1);
    let listening = tokio::task::spawn_blocking(move || {
        Http::default().listen(&url, |_event, data| {
            let state = serde_json::from_str::<Value>(data).map(|mut state| state["view"]["screen"].take());
            match state {
                Ok(screen) if fits(&screen) => {
                    drop(found.try_send(screen));
                    ControlFlow::Break(())
                }
                Ok(_) | Err(_) => ControlFlow::Continue(()),
            }
        })
    });
    match tokio::time::timeout(ANSWERS_WITHIN, seen.recv()).await {
        Ok(Some(screen)) => Ok(screen),
        Ok(None) => {
            listening.await.context("the listener broke")??;
            bail!("terminal {terminal} went away before it answered")
        }
        Err(_elapsed) => bail!("terminal {terminal} did not answer within {ANSWERS_WITHIN:?}"),
    }
}

async fn post(office: &ImaginaryOffice, path: &str, body: Value) -> Result<()> {
    let url = office.page(path);
    let sent = tokio::task::spawn_blocking(move || Http::default().send_json(&url, &body)).await??;
    if sent.status == 204 { Ok(()) } else { bail!("{} answers {}", sent.url, sent.status) }
}
