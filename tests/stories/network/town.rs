//! An imaginary office whose box stands in somebody's network.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::{Citizen, ImaginaryOffice, Papers, until};
use serde_json::Value;

use super::relay::{Relay, certificate};
use crate::poke::expected;
use crate::told::{PATIENCE, booked};

/// What the box says when pokes come through.
pub(super) const LISTENING: &str = "the booking server can poke this box";

/// A booking server behind a relay; the box is not switched on yet.
pub(super) struct Town {
    pub(super) office: ImaginaryOffice,
    pub(super) relay: Relay,
}

/// A line of `[booking]` that names the town's authority.
pub(super) fn town_ca() -> String {
    extra_ca("town-ca")
}

/// A line of `[booking]` that names an authority.
pub(super) fn extra_ca(name: &str) -> String {
    format!("extra_ca = {:?}", certificate(name))
}

/// A line of `[booking]` that names a proxy without a password.
pub(super) fn proxy(address: SocketAddr) -> String {
    format!("proxy = \"http://{address}\"")
}

impl Town {
    /// Starts the booking server and a relay that shows this certificate.
    pub(super) async fn build(shows: &str, papers: Papers) -> Result<Self> {
        let office = ImaginaryOffice::furnish(papers).await?;
        office.start_booking().await?;
        office.write_box_papers().await?;
        let relay = Relay::lay(shows, office.line.address()).await?;
        Ok(Self { office, relay })
    }

    /// Writes these lines into the box's file, under `[booking]`, and switches the box on.
    pub(super) async fn switch_on(&self, lines: &[String]) -> Result<()> {
        self.write(lines)?;
        self.office.switch_on().await
    }

    /// The same with a box that runs.
    pub(super) async fn switch_on_again(&self, lines: &[String]) -> Result<()> {
        self.office.power_off().await?;
        self.switch_on(lines).await
    }

    /// Writes these lines into the box's file, instead of those before.
    pub(super) fn write(&self, lines: &[String]) -> Result<()> {
        let file = self.office.places.appliance_file();
        let text = std::fs::read_to_string(&file)?;
        let (before, booking) = text.split_once("[booking]\n").context("no [booking]")?;
        let (booking, after) = booking.split_once("\n[").context("nothing behind [booking]")?;
        let own = |line: &&str| ["code = ", "poll_seconds = "].iter().any(|key| line.starts_with(key));
        let kept: Vec<&str> = booking.lines().filter(own).collect();
        // By name: proxies and certificates know the server by its name.
        let url = format!("url = \"https://localhost:{}\"", self.relay.address().port());
        let text = format!("{before}[booking]\n{url}\n{}\n{}\n\n[{after}", kept.join("\n"), lines.join("\n"));
        std::fs::write(&file, text).context("failed to write the box's file")
    }

    /// A citizen books, and the box comes to know.
    pub(super) async fn a_booking_arrives(&self, clerk: &Arc<Http>, name: &str, count: usize) -> Result<Value> {
        let mail = format!("{name}@example.org");
        booked(&self.office, &Citizen::new(&self.office.site("/musterland"), "Erika Beispiel", &mail)).await?;
        expected(&self.office, clerk, count).await
    }

    /// Waits until the health page says this of the line to the booking server.
    pub(super) async fn health_says(&self, words: &str) -> Result<()> {
        self.health("line", |line| line["detail"].as_str()?.contains(words).then_some(()))
            .await
            .with_context(|| format!("it should say {words:?}"))
    }

    /// Waits until the health page says that the line works.
    pub(super) async fn line_works(&self) -> Result<()> {
        self.health("line", |line| line["works"].as_bool()?.then_some(())).await
    }

    /// Waits until the signed answers of the booking server have told the time.
    pub(super) async fn the_clock_is_trusted(&self) -> Result<()> {
        self.health("clock", |clock| clock["detail"].as_str()?.starts_with("trusted").then_some(())).await
    }

    async fn health(&self, part: &str, fits: impl Fn(&Value) -> Option<()>) -> Result<()> {
        let url = self.office.page("/gesund");
        let mut last = String::new();
        let look = || {
            let page = tokio::task::block_in_place(|| Http::default().open(&url)).ok()?;
            let told = serde_json::from_str::<Value>(&page.body).ok()?["parts"][part].take();
            last = told.to_string();
            fits(&told)
        };
        let outcome = until(&format!("the {part} to be in order"), PATIENCE, look).await;
        outcome.with_context(|| format!("last it said {last}"))
    }

    /// Waits until the box hears pokes.
    pub(super) async fn the_box_listens(&self) -> Result<()> {
        until("the box to hear pokes", PATIENCE, || self.box_log().contains(LISTENING).then_some(())).await
    }

    /// Everything the box logged.
    pub(super) fn box_log(&self) -> String {
        let [_booking, appliance] = self.office.logs();
        std::fs::read_to_string(appliance).unwrap_or_default()
    }
}
