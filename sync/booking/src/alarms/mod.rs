//! Alarm mails to the town's people who look after the system: an office that is not heard, what
//! its box says of itself, mails that wait.
//!
//! ```text
//!   what boxes told, the outbox ─► known ─► rules (pure) ─► letter ─► mail server ─► told (stored)
//! ```
//!
//! What must always hold: nothing personal stands in such a mail; what was told outlives a restart;
//! a mail server that takes nothing costs one try a minute.

mod letter;
pub(crate) mod rules;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lettre::message::Mailbox;
use names::{OfficeId, Side};
use store::rusqlite::Transaction;
use store::{journal, kv};

use self::rules::{Alarm, Known, Told};
use crate::citizen::Trouble;
use crate::core::{Core, Offices};
use crate::post::{Mailer, outbox};

/// Seconds between two looks.
const LOOK_SECONDS: u64 = 60;

/// An office that is not heard for so long is told; a restart of its box is far shorter.
const SILENT: SignedDuration = SignedDuration::from_mins(15);

/// Where stands what was told.
const TOLD: &str = "alarms.told";

/// What a box calls its parts, and the alarm of each.
const PARTS: [(&str, Alarm); 3] = [("printer-paper", Alarm::Paper), ("clock", Alarm::Clock), ("stick", Alarm::Stick)];

/// Who looks after alarms.
pub(crate) struct Alarms {
    core: Arc<Core>,
    mailer: Mailer,
    from: Mailbox,
    /// Who gets them; nobody if left out.
    operator: Option<Mailbox>,
    since: Timestamp,
}

impl Alarms {
    pub(crate) fn new(
        core: Arc<Core>,
        mailer: Mailer,
        from: Mailbox,
        operator: Option<Mailbox>,
        now: Timestamp,
    ) -> Self {
        Self { core, mailer, from, operator, since: now }
    }

    /// Looks until the future is dropped.
    pub(crate) async fn run(&self, clock: fn() -> Timestamp) {
        let mut tick = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
        loop {
            tick.tick().await;
            if let Err(error) = self.look(clock()).await {
                tracing::error!(error = %anyhow::Error::from(error), "failed to look for alarms");
            }
        }
    }

    /// Tells what is to be told now; answers how many mails were taken.
    pub(crate) async fn look(&self, now: Timestamp) -> Result<usize, Trouble> {
        let Some(operator) = &self.operator else { return Ok(0) };
        let known = self.known(now).await?;
        let mut told = self.core.db.read(told).await?;
        let mut taken = 0;
        for news in told.due(&known, now) {
            let mail = match letter::letter(&news, &self.from, operator, now) {
                Ok(mail) => mail,
                Err(error) => {
                    tracing::error!(error = %anyhow::Error::from(error), "failed to write an alarm mail");
                    continue;
                }
            };
            if self.mailer.send(mail).await.is_err() {
                tracing::warn!("an alarm mail was not taken; it is tried again");
                break;
            }
            told.told(&news, now);
            taken += 1;
            let text = serde_json::to_vec(&told).map_err(|_never| Trouble::Corrupt("told alarms".to_owned()))?;
            self.core.db.write(move |tx| Ok::<_, Trouble>(kv::set(tx, TOLD, &text)?)).await?;
        }
        Ok(taken)
    }

    /// What is known of everything that can be wrong.
    async fn known(&self, now: Timestamp) -> Result<Known, Trouble> {
        let offices: Offices = self.core.offices.borrow().clone();
        let mut known = Known::new();
        for id in offices.keys() {
            self.of_office(id, now, &mut known).await?;
        }
        let late = self.core.db.read(move |tx| outbox::waits_since(tx, now - SILENT)).await?;
        known.insert((String::new(), Alarm::MailQueue), late);
        Ok(known)
    }

    async fn of_office(&self, id: &OfficeId, now: Timestamp, known: &mut Known) -> Result<(), Trouble> {
        let office = id.clone();
        // An office without a box is not missed.
        let has_box =
            self.core.db.read(move |tx| Ok::<_, Trouble>(journal::cursor(tx, &office, Side::Box)?.is_some())).await?;
        if !has_box {
            return Ok(());
        }
        let heard = self.core.last_heard(id);
        let silent = now.duration_since(heard.unwrap_or(self.since)) >= SILENT;
        if heard.is_some() || silent {
            known.insert((id.to_string(), Alarm::Offline), silent);
        }
        if let Some(told) = self.core.hall(id, now) {
            let wrong = |part: &str| told.wrong.iter().any(|wrong| wrong == part);
            known.extend(PARTS.map(|(part, alarm)| ((id.to_string(), alarm), wrong(part))));
        }
        Ok(())
    }
}

fn told(tx: &Transaction<'_>) -> Result<Told, Trouble> {
    let text = kv::get(tx, TOLD)?;
    // Of another version: at worst somebody gets a mail twice.
    Ok(text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default())
}
