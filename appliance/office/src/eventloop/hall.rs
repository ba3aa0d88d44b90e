//! The hall: sole owner of the queue. Each method names what happened and takes one step of
//! [`super::step`].

use std::sync::Arc;

use devices::{Devices, Sensed};
use jiff::{SignedDuration, Timestamp};
use names::Now;
use protocol::entry::Entry;
use queue::{Act, Event, Presented, Queue, Reader};
use store::rejoin::Found;
use tokio::sync::Notify;

use super::announce::{Asked, Asker, Bells};
use super::desks::{self, Desks};
use super::inputs::HallInputs;
use super::slips::Slips;
use super::terminals::{Terminals, Wish};
use super::{Known, day};
use crate::care::Health;
use crate::clock::Clock;
use crate::config::Config;
use crate::intake::{self, Knowledge};
use crate::ledger::{Ledger, LedgerError, Replayed};
use crate::pages::terminal_keys::{Input, Key};
use crate::pages::view::LinkState;
use crate::pages::wires::{Command, Pictures};
use crate::uplink::{Letter, Taken, Told};

/// What the hall is made of.
pub(crate) struct Parts {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Clock,
    pub(crate) ledger: Ledger,
    pub(crate) replayed: Replayed,
    pub(crate) devices: Devices,
    pub(crate) pictures: Pictures,
    pub(crate) health: Health,
    /// Told after each commit: there is something to send.
    pub(crate) written: Arc<Notify>,
}

/// The hall, alive.
pub(crate) struct Hall {
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) queue: Queue,
    pub(super) known: Known,
    pub(super) link: LinkState,
    pub(super) terminals: Terminals,
    pub(super) desks: Desks,
    pub(super) asked: Asked,
    pub(super) bells: Bells,
    pub(super) slips: Slips,
    pub(super) inputs: HallInputs,
    pub(super) devices: Devices,
    pub(super) pictures: Pictures,
    pub(super) health: Health,
    pub(super) ledger: Ledger,
    /// The last look at calendar and deadlines.
    pub(super) looked: Timestamp,
    pub(super) written: Arc<Notify>,
    /// When surplus seats were last looked for.
    pub(super) shared: Option<Timestamp>,
}

impl Hall {
    /// Puts the replayed day back to work.
    pub(crate) fn new(parts: Parts) -> Self {
        let now = parts.clock.now().at;
        let link = match parts.config.booking {
            Some(_) => LinkState::Offline { since: parts.replayed.newest.unwrap_or(now) },
            None => LinkState::Never,
        };
        Self {
            queue: parts.replayed.queue,
            known: parts.replayed.known,
            link,
            terminals: Terminals::new(&parts.config.inputs, now),
            desks: Desks::new(&parts.config.desks),
            asked: Asked::default(),
            bells: Bells::default(),
            slips: Slips::new(parts.config.printer.is_some()),
            inputs: HallInputs::new(&parts.config),
            devices: parts.devices,
            pictures: parts.pictures,
            ledger: parts.ledger,
            looked: now,
            health: parts.health,
            written: parts.written,
            shared: None,
            config: parts.config,
            clock: parts.clock,
        }
    }

    /// The first step: the calendar, the calls that rang while the power failed, all pictures.
    pub(crate) async fn begin(&mut self) -> Result<(), LedgerError> {
        self.devices.permits(self.desks.permits());
        self.tell_layouts();
        self.due().await?;
        let cut_short: Vec<_> = self
            .queue
            .calls()
            .into_iter()
            .filter(|c| c.announced.is_none() && c.over.is_none())
            .map(|c| c.visit)
            .collect();
        for visit in cut_short {
            self.step(Event::Announced { visit }).await?;
        }
        Ok(())
    }

    /// Somebody touched something.
    pub(crate) async fn sensed(&mut self, sensed: Sensed) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.inputs.notice(&sensed, now);
        match sensed {
            Sensed::Line { input, kind, text } => {
                let Some(reader) = self.terminals.reader(&input) else { return Ok(()) };
                let wish = self.terminals.line(reader, kind, text, now);
                self.fulfil(reader, wish, now).await
            }
            Sensed::Key { input, key } => {
                let (Some(reader), Some(key)) =
                    (self.terminals.reader(&input), Key::named(key.encode_utf8(&mut [0; 4])))
                else {
                    return Ok(());
                };
                self.key(reader, Input::Key(key), now).await
            }
            Sensed::Overlong { input } => {
                let Some(reader) = self.terminals.reader(&input) else { return Ok(()) };
                self.fulfil(reader, Some(Wish::CheckIn { text: String::new() }), now).await
            }
            Sensed::Tested { input, tested } => {
                self.tested(&input, tested, now).await;
                Ok(())
            }
            Sensed::Input { input, state } => {
                self.inputs.seen.stands(&input, state);
                self.show_counters(now);
                Ok(())
            }
            Sensed::Press { desk, press, gesture } => {
                let Some(counter) = self.desks.counter(&desk) else { return Ok(()) };
                let id = desks::press_id(&desk, &press);
                self.asked.remember(counter, id.clone(), Asker::Desk { desk, press });
                self.step(Event::Counter { counter, act: Act::Button(intake::gesture(gesture)), press: id }).await
            }
            Sensed::Rang { bell } => match self.bells.rang(bell) {
                Some(visit) => self.step(Event::Announced { visit }).await,
                None => Ok(()),
            },
            Sensed::Ringing { bell } => {
                tracing::debug!(bell, "the chime sounds");
                Ok(())
            }
            Sensed::DeskSeen { desk, online } => {
                self.health.desk(&desk.0, online);
                Ok(())
            }
            Sensed::Printed { slip, outcome } => {
                self.slips.printed(&slip, outcome);
                self.show(now);
                Ok(())
            }
            Sensed::Health(part) => {
                self.health.part(part);
                self.show_counters(now);
                Ok(())
            }
        }
    }

    /// Somebody asked on a page.
    pub(crate) async fn command(&mut self, command: Command) -> Result<(), LedgerError> {
        let now = self.clock.now();
        match command {
            Command::Act { counter, act, press, reply } => {
                self.asked.remember(counter, press.clone(), Asker::Page(reply));
                self.step(Event::Counter { counter, act, press }).await
            }
            Command::Key { terminal, key } => self.key(terminal, Input::Key(key), now).await,
            Command::Ticket { terminal, press } => self.key(terminal, Input::Ticket(press), now).await,
            Command::Teach => {
                self.inputs.seen.teach(now.at);
                self.show_counters(now);
                Ok(())
            }
            Command::CloseDay => self.step(Event::CloseDay).await,
            Command::Desk { ask, reply } => self.desk(ask, reply).await,
            Command::Clock(word) => self.told_time(word).await,
        }
    }

    /// The uplink has news.
    pub(crate) async fn letter(&mut self, letter: Letter) -> Result<(), LedgerError> {
        match letter {
            Letter::Link(link) => {
                self.link = link;
                self.health.link(link);
                let now = self.clock.now();
                self.publish(now);
                self.give_back(now).await;
                Ok(())
            }
            Letter::Asked { compare, moment } => {
                let told = self.this_moment(compare).await;
                // An uplink that is gone asks no more.
                drop(moment.send(told));
                Ok(())
            }
            Letter::Answer { sealed, taken } => {
                // An uplink that is gone needs no outcome.
                match self.ledger.absorb(sealed, self.clock.now().at).await {
                    Ok(absorbed) => {
                        self.heard_time(absorbed.time).await?;
                        // It is on the disk: the far end can work on the next batch while we learn this one.
                        drop(taken.send(Ok(Taken { more: absorbed.more, heard: absorbed.heard })));
                        self.learn(&absorbed.entries).await
                    }
                    Err(failure) => {
                        drop(taken.send(Err(failure)));
                        Ok(())
                    }
                }
            }
            Letter::Rejoined { sealed, taken } => {
                // First the time, so that what comes back is not taken for the work of a wrong clock.
                if let Some(time) = self.ledger.time_told(&sealed).await? {
                    self.heard_time(time).await?;
                }
                let outcome = match self.ledger.rejoined(sealed, self.clock.now().at).await {
                    Ok(rejoined) => {
                        self.remember(&rejoined.found).await?;
                        Ok(Told { lives: rejoined.lives, done: rejoined.found.done })
                    }
                    Err(failure) => Err(failure),
                };
                drop(taken.send(outcome));
                Ok(())
            }
        }
    }

    /// What this box lost and got back is read with everything else from the journal; what is only
    /// new is learned as always.
    async fn remember(&mut self, found: &Found) -> Result<(), LedgerError> {
        if !found.own.is_empty() {
            let replayed = self.ledger.replay().await?;
            (self.queue, self.known) = (replayed.queue, replayed.known);
            self.publish(self.clock.now());
        }
        self.learn(&found.peer).await
    }

    /// Every entry is a step of its own; what the hall sees of a whole batch is shown once.
    async fn learn(&mut self, entries: &[Entry]) -> Result<(), LedgerError> {
        let mut moments = Vec::new();
        for entry in entries {
            match intake::read(entry) {
                Ok(Some(told)) => {
                    let event = intake::told(&told, entry.at);
                    let read_unknown = event.as_ref().and_then(|event| self.read_unknown(event));
                    self.known.learn(told);
                    if let Some(event) = event {
                        moments.extend(self.keep(event, self.clock.now()).await?.unwrap_or_default());
                    }
                    self.step_if(read_unknown).await?;
                }
                Ok(None) => {}
                Err(not_understood) => tracing::warn!("{not_understood}; it is kept for a newer version"),
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.tell(moments, self.clock.now()).await;
        self.due().await
    }

    /// Somebody typed the PIN of this booking just before the box was told, and still reads that
    /// nobody knows it: they are answered again.
    fn read_unknown(&self, told: &Event) -> Option<Event> {
        let pin = intake::pin_told(told)?;
        let reader = self.terminals.unknown_at(pin)?;
        Some(Event::CheckIn { reader, presented: Presented::Pin { pin, may_exist_unseen: false } })
    }

    /// Time went by.
    pub(crate) async fn due(&mut self) -> Result<(), LedgerError> {
        self.keep_time().await?;
        let now = self.clock.now();
        self.looked = now.at;
        let confirmed = self.confirmed();
        while let Some(event) = day::asks(&self.queue, &self.known, &self.config, now, confirmed) {
            let before = self.queue.clone();
            self.step(event).await?;
            if self.queue == before {
                break;
            }
        }
        for (reader, wish) in self.terminals.tick(now) {
            self.fulfil(reader, Some(wish), now).await?;
        }
        self.step(Event::Tick).await
    }

    async fn key(&mut self, reader: Reader, input: Input, now: Now) -> Result<(), LedgerError> {
        let wish = self.terminals.hear(reader, input, now);
        self.fulfil(reader, wish, now).await
    }

    async fn fulfil(&mut self, reader: Reader, wish: Option<Wish>, now: Now) -> Result<(), LedgerError> {
        match wish {
            Some(Wish::CheckIn { text }) => {
                let presented = intake::presented(&text, self.knowledge());
                self.step(Event::CheckIn { reader, presented }).await
            }
            Some(Wish::Ticket { press }) => self.step(Event::TakeTicket { reader, service: None, press }).await,
            None => {
                self.publish(now);
                Ok(())
            }
        }
    }

    fn knowledge(&self) -> Knowledge<'_> {
        Knowledge {
            office: &self.config.office,
            keyring: &self.known.keyring,
            zone: &self.known.zone,
            may_exist_unseen: intake::may_exist_unseen(self.link, self.poll(), self.clock.now().at),
        }
    }

    /// How often the uplink asks by itself.
    fn poll(&self) -> SignedDuration {
        self.config
            .booking
            .as_ref()
            .map_or(SignedDuration::ZERO, |it| SignedDuration::from_secs(it.poll_seconds.into()))
    }

    /// Gives the devices back for a clean end.
    pub(crate) fn into_devices(self) -> Devices {
        self.devices
    }
}
