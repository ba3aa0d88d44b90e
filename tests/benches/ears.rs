//! A browser with a stop-watch: follows an event stream and notes when each event was whole.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::clock;
use fixture::http::Http;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;

/// Longer than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Events kept while nobody asks for them; older ones matter to nobody.
const KEPT: usize = 4096;

/// Somebody who follows one page.
#[derive(Debug)]
pub(crate) struct Ears {
    page: String,
    events: mpsc::Receiver<(Timestamp, String)>,
}

impl Ears {
    /// Opens an event stream; `http` carries the session of a clerk, if one is needed. Ends with
    /// the program that is listened to.
    pub(crate) async fn open(http: Http, url: String) -> Result<Self> {
        let (tell, events) = mpsc::channel(KEPT);
        let page = url.clone();
        thread::Builder::new().name("ears".to_owned()).spawn(move || {
            let listened = http.listen(&url, |_event, data| {
                // The time first; what it says is read later.
                let heard = (clock::now(), data.to_owned());
                if tell.try_send(heard).is_err() && tell.is_closed() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
            // Told by the stream that ends.
            drop(listened);
        })?;
        let mut ears = Self { page, events };
        ears.hear("the first picture", |_any| true).await?;
        Ok(ears)
    }

    /// Forgets what was told so far.
    pub(crate) fn forget(&mut self) {
        while self.events.try_recv().is_ok() {}
    }

    /// When the first event came whose picture fits.
    pub(crate) async fn hear(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Result<Timestamp> {
        self.hear_within(PATIENCE, what, fits).await
    }

    /// [`Ears::hear`] for what may take longer.
    pub(crate) async fn hear_within(
        &mut self,
        patience: Duration,
        what: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Timestamp> {
        let mut last = Value::Null;
        let found = async {
            loop {
                let (at, data) = self.events.recv().await.context("the stream ended")?;
                let mut told: Value = serde_json::from_str(&data).context("an event is no JSON")?;
                let view = told["view"].take();
                if fits(&view) {
                    return anyhow::Ok(at);
                }
                last = view;
            }
        };
        match tokio::time::timeout(patience, found).await {
            Ok(found) => found.with_context(|| format!("waiting at {} for {what}", self.page)),
            Err(_elapsed) => bail!("{} did not tell {what} within {patience:?}; last it told {last}", self.page),
        }
    }
}
