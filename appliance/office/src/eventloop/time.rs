//! The hall keeps the time: a clock that is to be set is written down first, then taken over.
//!
//! What must always hold: the time the queue is told jumps in the step of its `clock-set` fact
//! and nowhere else; what cannot be written down does not happen.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use names::Trust;
use queue::Event;
use tokio::sync::oneshot;

use super::hall::Hall;
use super::terminals::Terminals;
use crate::clock::{Browser, Heard, Said, Setting};
use crate::ledger::LedgerError;
use crate::pages::view::ClockView;
use crate::pages::wires::{ClockWord, DayAnswer};

impl Hall {
    /// Looks whether the clock can be believed further, and keeps the newest moment.
    pub(super) async fn keep_time(&mut self) -> Result<(), LedgerError> {
        if let Some(setting) = self.clock.due() {
            self.set_clock(setting).await?;
        }
        if let Err(failure) = self.clock.keep().await {
            tracing::warn!("failed to keep the newest moment for the next boot: {failure}");
        }
        self.health.clock(self.clock.tell_standing());
        Ok(())
    }

    /// An answer of the booking server told its time: it may be known now, and the day another one.
    pub(super) async fn heard_time(&mut self, server: Timestamp) -> Result<(), LedgerError> {
        self.clock.heard(server);
        if self.clock.has_news() { self.due().await } else { Ok(()) }
    }

    async fn set_clock(&mut self, setting: Setting) -> Result<(), LedgerError> {
        let (by, since) = (setting.by, setting.since);
        let delta_ms = i64::try_from(setting.delta.as_millis()).unwrap_or_default();
        let now = self.clock.once_set(setting);
        if !self.step_at(Event::ClockSet { by, delta_ms, since }, now).await? {
            return Ok(());
        }
        self.clock.take(setting);
        tracing::info!(?by, delta_ms, trust = ?setting.trust, "the clock is set");
        // A screen that waits for a moment of the wrong clock would wait for ever.
        self.terminals = Terminals::new(&self.config.inputs, now.at);
        Ok(())
    }

    /// A page speaks of the time.
    pub(super) async fn told_time(&mut self, word: ClockWord) -> Result<(), LedgerError> {
        match word {
            ClockWord::Witness { session, time, here, reply } => {
                self.clock.witnessed(Browser(session), time, here);
                self.due().await?;
                // A page that left does not wait.
                let _gone = reply.send(self.proposed_day());
                Ok(())
            }
            ClockWord::Day { day, time, sure, reply } => self.day_confirmed(day, time, sure, reply).await,
        }
    }

    async fn day_confirmed(
        &mut self,
        day: Date,
        time: Option<Time>,
        sure: bool,
        reply: oneshot::Sender<DayAnswer>,
    ) -> Result<(), LedgerError> {
        let heard = self.clock.said(Said { day, time, sure }, &self.known.zone);
        self.due().await?;
        let now = self.clock.now();
        self.publish(now);
        let _gone = reply.send(match heard {
            Heard::Taken => DayAnswer::Taken,
            Heard::NotNeeded => DayAnswer::NotNeeded,
            Heard::AskAgain => DayAnswer::AskAgain,
            Heard::Before(day) => DayAnswer::Before(day),
            Heard::After(day) => DayAnswer::After(day),
        });
        Ok(())
    }

    fn proposed_day(&self) -> Date {
        self.clock.proposal().to_zoned(self.known.zone.clone()).date()
    }

    /// The day that counts while the clock is unknown, if somebody confirmed it.
    pub(super) fn confirmed(&self) -> Option<Date> {
        self.clock.standing().confirmed
    }

    /// The same, as long as it is that day: at midnight somebody is asked again.
    pub(super) fn confirmed_today(&self) -> Option<Date> {
        let today = self.clock.now().at.to_zoned(self.known.zone.clone()).date();
        self.confirmed().filter(|day| *day == today)
    }

    /// What the page of the clock shows.
    pub(super) fn clock_view(&self) -> ClockView {
        let known = self.clock.now().trust != Trust::Unknown;
        ClockView::of(known, self.confirmed_today(), self.clock.proposal(), &self.known.zone)
    }
}
