//! An office whose street and line can do everything real ones do.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::papers::{OFFICE, STAFF_NAME, STAFF_PASSWORD};
use fixture::{ChaosLine, ImaginaryOffice, Papers, clock, until};
use serde_json::Value;
use tokio::sync::watch;

use crate::person::Person;

/// The hour at which a day begins here: early, so that there is much of it left to book.
const MORNING: i8 = 7;
/// Longer than any step takes on a loaded machine; who waits this long waits in vain.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An office, with chaos between it and the world.
pub(crate) struct Town {
    pub(crate) office: ImaginaryOffice,
    /// Between citizens and the booking server.
    pub(crate) street: ChaosLine,
    /// Between the box and the booking server.
    pub(crate) line: ChaosLine,
}

impl Town {
    /// Opens it; box and citizens know only the addresses of the lines of chaos.
    pub(crate) async fn open(papers: Papers) -> Result<Arc<Self>> {
        let town = Self::lay(papers).await?;
        town.begin().await?;
        Ok(Arc::new(town))
    }

    /// Everything but the programs.
    pub(crate) async fn lay(papers: Papers) -> Result<Self> {
        let mut office = ImaginaryOffice::furnish(papers).await?;
        let street = ChaosLine::lay(office.street.address()).await?;
        let line = ChaosLine::lay(office.line.address()).await?;
        (office.places.site, office.places.line) = (street.address(), line.address());
        office.papers.write_booking(&office.places)?;
        Ok(Self { office, street, line })
    }

    /// Starts the programs for the first time.
    pub(crate) async fn begin(&self) -> Result<()> {
        self.office.start_booking().await?;
        self.office.write_box_papers().await?;
        self.office.switch_on().await
    }

    /// Papers of an office in which it is early in the morning.
    pub(crate) fn papers() -> Papers {
        Papers { zone: clock::zone_at_hour(MORNING, clock::now()), ..Papers::default() }
    }

    /// Somebody who knows the address of the office's pages.
    pub(crate) fn person(&self, name: &str) -> Person {
        Person::new(&format!("http://{}/{OFFICE}", self.office.places.site), name)
    }

    /// What the box says about one part of itself: whether it works, and what is wrong.
    pub(crate) fn health(&self, part: &str) -> Option<(bool, String)> {
        let url = self.office.page("/gesund");
        let page = tokio::task::block_in_place(|| Http::default().open(&url)).ok()?;
        let part = serde_json::from_str::<Value>(&page.body).ok()?["parts"][part].take();
        Some((part["works"].as_bool()?, part["detail"].as_str().unwrap_or_default().to_owned()))
    }

    /// Waits until the box says that its line works, or does not.
    pub(crate) async fn line_works(&self, works: bool) -> Result<()> {
        let what = if works { "the box to have a line" } else { "the box to notice that the line is cut" };
        until(what, PATIENCE, || self.health("line").filter(|(is, _)| *is == works)).await.map(drop)
    }

    /// Follows the page of counter 1 as long as the box lives.
    pub(crate) async fn counter(&self) -> Result<watch::Receiver<Value>> {
        let (sign_in, events) = (self.office.page("/anmelden"), self.office.page("/platz/1/ereignisse"));
        let (seen, counter) = watch::channel(Value::Null);
        let looking = tokio::task::spawn_blocking(move || -> Result<()> {
            let mut http = Http::default();
            http.send(&sign_in, &[("name", STAFF_NAME), ("password", STAFF_PASSWORD)])?;
            http.listen(&events, |_event, data| {
                let told = serde_json::from_str(data).map(|state| seen.send(state).is_ok());
                if told.unwrap_or(true) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        drop(looking);
        let mut first = counter.clone();
        let told = tokio::time::timeout(PATIENCE, first.wait_for(|state| !state.is_null())).await;
        told.context("the counter page tells nothing")?.context("the counter page broke")?;
        Ok(counter)
    }

    /// How many wait in the hall, as a clerk sees it.
    pub(crate) async fn waiting(&self) -> Result<usize> {
        let waiting = self.counter().await?.borrow()["view"]["waiting"].as_u64();
        Ok(usize::try_from(waiting.context("a counter page that counts nobody")?)?)
    }

    /// The ends of both logs, for whoever has to find out.
    pub(crate) fn logs(&self) -> String {
        let end = |path: &std::path::PathBuf| {
            let log = std::fs::read_to_string(path).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            format!("{}:\n{}\n", path.display(), lines[lines.len().saturating_sub(15)..].join("\n"))
        };
        self.office.logs().iter().map(end).collect()
    }

    /// Adds the ends of the logs to what went wrong.
    pub(crate) fn explain<T>(&self, outcome: Result<T>) -> Result<T> {
        if outcome.is_ok() { outcome } else { outcome.with_context(|| self.logs()) }
    }
}
