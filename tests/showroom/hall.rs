//! What can be seen of the office from outside: its screens, devices and mails, as events.
//!
//! ```text
//!   board, terminal, counter pages (event streams) ─┐
//!   desk devices (MQTT) ────────────────────────────┼─► Seen ─► theatre
//!   mails (SMTP) ───────────────────────────────────┤
//!   health ─────────────────────────────────────────┘
//! ```
//!
//! What must always hold: nothing here asks the inside of a program; a stream that breaks is
//! opened again, because the box may be without power for a while.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use fixture::desk::{Ack, Shown};
use fixture::http::Http;
use fixture::papers::{STAFF_NAME, STAFF_PASSWORD};
use fixture::screens::{self, Answer, Counter, Row};
use fixture::{Desk, ImaginaryOffice, Mail};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// A broken stream is tried again after this: soon enough that a restart is seen at once.
const AGAIN: Duration = Duration::from_millis(150);
/// Health is asked for this often; it drives two words and a number.
const HEALTH: Duration = Duration::from_millis(700);

/// Something was seen.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// The board.
    Board(Vec<Row>),
    /// A counter page.
    Counter(u8, Counter),
    /// The terminal answers somebody.
    Answer(Answer),
    /// What a desk device shows, and whether it has the line.
    Desk(usize, Option<Shown>, bool),
    /// A desk device was answered.
    Ack(Ack),
    /// All mails so far.
    Mails(Vec<Mail>),
    /// What the box says about itself.
    Health(serde_json::Value),
}

type Out = mpsc::Sender<Seen>;

/// Watches everything until the set is dropped.
pub(crate) fn watch(office: &Arc<ImaginaryOffice>, desks: &[Arc<Desk>], out: &Out) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(stream(office.page("/tafel/ereignisse"), out.clone(), |html| Some(Seen::Board(screens::board(html)))));
    tasks.spawn(stream(office.page("/terminal/ereignisse"), out.clone(), |html| {
        screens::terminal(html).map(Seen::Answer)
    }));
    for (credential, counter) in fixture::papers::desks() {
        tracing::debug!(desk = credential.desk, counter, "watching");
        tasks.spawn(counter_page(Arc::clone(office), counter, out.clone()));
    }
    for (index, desk) in desks.iter().enumerate() {
        tasks.spawn(device(index, Arc::clone(desk), out.clone()));
    }
    tasks.spawn(mails(Arc::clone(office), out.clone()));
    tasks.spawn(health(office.page("/gesund"), out.clone()));
    tasks
}

/// Follows a public event stream.
async fn stream(url: String, out: Out, read: fn(&str) -> Option<Seen>) {
    loop {
        let (url, out) = (url.clone(), out.clone());
        follow(move || Http::default().listen(&url, |_event, data| tell(&out, read(&picture_in(data))))).await;
    }
}

/// Follows the page of a counter, signed in as the clerk.
async fn counter_page(office: Arc<ImaginaryOffice>, counter: u8, out: Out) {
    loop {
        let (office, out) = (Arc::clone(&office), out.clone());
        follow(move || {
            let url = office.page(&format!("/platz/{counter}/ereignisse"));
            let read = |data: &str| Some(Seen::Counter(counter, screens::counter(&picture_in(data))));
            signed_in(&office)?.listen(&url, |_event, data| tell(&out, read(data)))
        })
        .await;
    }
}

/// A browser in which the clerk has signed in.
pub(crate) fn signed_in(office: &ImaginaryOffice) -> Result<Http> {
    let mut http = Http::default();
    let page = http.send(&office.page("/anmelden"), &[("name", STAFF_NAME), ("password", STAFF_PASSWORD)])?;
    if page.status >= 400 {
        bail!("the clerk could not sign in: {}", page.status);
    }
    Ok(http)
}

async fn follow(listen: impl FnOnce() -> Result<()> + Send + 'static) {
    match tokio::task::spawn_blocking(listen).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a stream broke"),
        Err(error) => tracing::warn!(%error, "a watcher broke"),
    }
    tokio::time::sleep(AGAIN).await;
}

fn tell(out: &Out, seen: Option<Seen>) -> ControlFlow<()> {
    match seen.map(|seen| out.blocking_send(seen)) {
        None | Some(Ok(())) => ControlFlow::Continue(()),
        Some(Err(_closed)) => ControlFlow::Break(()),
    }
}

/// The picture an event carries, plain or as the text of a JSON value.
fn picture_in(data: &str) -> String {
    match serde_json::from_str(data) {
        Ok(serde_json::Value::String(html)) => html,
        Ok(serde_json::Value::Object(fields)) => {
            fields.values().filter_map(|v| v.as_str()).max_by_key(|html| html.len()).unwrap_or_default().to_owned()
        }
        Ok(_) | Err(_) => data.to_owned(),
    }
}

async fn device(index: usize, desk: Arc<Desk>, out: Out) {
    let (mut shown, mut line, mut acks) = (desk.watch(), desk.watch_line(), desk.watch_acks());
    let mut told = 0;
    loop {
        let state = (shown.borrow_and_update().clone(), *line.borrow_and_update());
        let fresh: Vec<Ack> = acks.borrow_and_update().iter().skip(told).cloned().collect();
        told += fresh.len();
        let news = std::iter::once(Seen::Desk(index, state.0, state.1)).chain(fresh.into_iter().map(Seen::Ack));
        for seen in news {
            if out.send(seen).await.is_err() {
                return;
            }
        }
        let changed = tokio::select! {
            changed = shown.changed() => changed,
            changed = line.changed() => changed,
            changed = acks.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

async fn mails(office: Arc<ImaginaryOffice>, out: Out) {
    let mut mails = office.mails.watch();
    while mails.changed().await.is_ok() {
        let all = mails.borrow_and_update().clone();
        if out.send(Seen::Mails(all)).await.is_err() {
            return;
        }
    }
}

async fn health(url: String, out: Out) {
    let mut every = tokio::time::interval(HEALTH);
    loop {
        every.tick().await;
        let url = url.clone();
        let asked = tokio::task::spawn_blocking(move || Http::default().open(&url)).await;
        let Ok(Ok(page)) = asked else { continue };
        let Ok(health) = serde_json::from_str(&page.body) else { continue };
        if out.send(Seen::Health(health)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_found_whichever_way_it_is_carried() {
        assert_eq!(picture_in("<p>x</p>"), "<p>x</p>");
        assert_eq!(picture_in("\"<p>x</p>\""), "<p>x</p>");
        assert_eq!(picture_in(r#"{"build":"1","html":"<p>longer</p>"}"#), "<p>longer</p>");
    }
}
