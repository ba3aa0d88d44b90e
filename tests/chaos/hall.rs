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
    // The key "I have an appointment" first: on the start screen a slow second digit comes too late.
    let enter = if digits.len() == 3 { "E" } else { "" };
    for key in format!("1E{digits}{enter}").chars().map(String::from) {
        post(office, "/terminal/taste", json!({"terminal": terminal, "key": key})).await?;
    }
    told(office, terminal).await
}

/// Holds a code under the scanner at the entrance.
pub(crate) async fn scan(office: &ImaginaryOffice, line: &str) -> Result<Greeting> {
    step_up(office, ENTRANCE).await?;
    office.scanner.scan(line).await?;
    told(office, ENTRANCE).await
}

/// Pulls a number; the same press always gets the same one.
pub(crate) async fn pull_number(office: &ImaginaryOffice, terminal: u8, press: &str) -> Result<Greeting> {
    let greeting = pull_number_within(office, terminal, press, ANSWERS_WITHIN).await?;
    greeting.with_context(|| format!("terminal {terminal} gives no number within {ANSWERS_WITHIN:?}"))
}

/// The same for somebody who waits only so long; nothing if nothing came.
pub(crate) async fn pull_number_within(
    office: &ImaginaryOffice,
    terminal: u8,
    press: &str,
    limit: Duration,
) -> Result<Option<Greeting>> {
    step_up(office, terminal).await?;
    post(office, "/terminal/nummer", json!({"terminal": terminal, "press": press})).await?;
    answer(office, terminal, limit).await
}

/// The one before has gone; the start screen is there.
async fn step_up(office: &ImaginaryOffice, terminal: u8) -> Result<()> {
    let is_start = |screen: &Value| screen["screen"] == "start";
    let now = screen(office, terminal, ANSWERS_WITHIN, |_any| true).await?;
    if now.as_ref().is_some_and(is_start) {
        return Ok(());
    }
    post(office, "/terminal/taste", json!({"terminal": terminal, "key": "B"})).await?;
    let start = screen(office, terminal, ANSWERS_WITHIN, is_start).await?;
    start.map(drop).with_context(|| format!("terminal {terminal} never starts again"))
}

async fn told(office: &ImaginaryOffice, terminal: u8) -> Result<Greeting> {
    let greeting = answer(office, terminal, ANSWERS_WITHIN).await?;
    greeting.with_context(|| format!("terminal {terminal} did not answer within {ANSWERS_WITHIN:?}"))
}

async fn answer(office: &ImaginaryOffice, terminal: u8, limit: Duration) -> Result<Option<Greeting>> {
    let screen = screen(office, terminal, limit, |screen| !screen["tone"].is_null()).await?;
    let Some(screen) = screen else { return Ok(None) };
    let part = |name: &str| screen["code"][name].as_str().unwrap_or_default().to_owned();
    let kind = screen["kind"].as_str().context("an answer without a name")?.to_owned();
    Ok(Some(Greeting { kind, code: format!("{} {}", part("first"), part("second")) }))
}

/// Waits until a terminal shows what fits; nothing if it did not within the limit.
async fn screen(
    office: &ImaginaryOffice,
    terminal: u8,
    limit: Duration,
    fits: impl Fn(&Value) -> bool + Send + 'static,
) -> Result<Option<Value>> {
    let url = office.page(&format!("/terminal/ereignisse?nr={terminal}"));
    let (found, mut seen) = tokio::sync::mpsc::channel(1);
    let listening = tokio::task::spawn_blocking(move || {
        Http::default().listen(&url, |_event, data| {
            if found.is_closed() {
                return ControlFlow::Break(());
            }
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
    match tokio::time::timeout(limit, seen.recv()).await {
        Ok(Some(screen)) => Ok(Some(screen)),
        Ok(None) => {
            listening.await.context("the listener broke")??;
            bail!("terminal {terminal} went away before it answered")
        }
        Err(_elapsed) => Ok(None),
    }
}

async fn post(office: &ImaginaryOffice, path: &str, body: Value) -> Result<()> {
    let url = office.page(path);
    let sent = tokio::task::spawn_blocking(move || Http::default().send_json(&url, &body)).await??;
    if sent.status == 204 { Ok(()) } else { bail!("{} answers {}", sent.url, sent.status) }
}
