//! The one owner of everything that is shown: takes messages, moves the stage, draws pictures.
//!
//! ```text
//!   page ── Act ──┐
//!   play ── Cue ──┼─► Theatre ─► Picture ─► page
//!   hall ── Seen ─┘       └─────► plug, power, hands, desk devices
//! ```
//!
//! What must always hold: only this loop changes the picture; whatever takes its time (opening
//! an office, giving power) runs beside it and comes back as a message.

mod seen;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use fixture::desk::Gesture;
use fixture::{Mail, clock};
use jiff::tz::TimeZone;
use names::Code;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::captions::Captions;
use crate::message::{Act, Cue, Message};
use crate::people::{People, Queue};
use crate::picture::{DeskPicture, Picture, PowerState};
use crate::play::{Player, SENTENCES, Tempo, pin_in};
use crate::stage::{self, Stage};
use crate::tally::Tally;
use crate::texts::{self, fill};

/// Messages that may wait.
pub(crate) const MESSAGES: usize = 64;
/// How long the words about the plug stand over a running play.
pub(crate) const PLUG_WORDS: Duration = Duration::from_secs(6);

/// Everything about the running show.
pub(crate) struct Theatre {
    framed_by: String,
    tempo: Tempo,
    own: mpsc::Sender<Message>,
    shown: watch::Sender<Picture>,
    mails: watch::Sender<Vec<Mail>>,
    stage: Option<Stage>,
    picture: Picture,
    captions: Captions,
    tally: Tally,
    people: People,
    play: Option<JoinHandle<()>>,
    play_when_open: bool,
    /// Whether anything happened in this life; a play begins in a fresh office.
    touched: bool,
    /// The booked code that was held under the scanner and is not answered yet.
    scanned: Option<Code>,
    /// The calls on the board with how often they were called; none before the first picture.
    on_board: Option<BTreeMap<Code, u8>>,
    restart: Option<(Queue, Instant)>,
    /// What happened on either side since the plug was pulled and the other cannot know yet.
    happened_alone: u64,
}

/// The ends of the theatre that the page holds.
#[derive(Clone, Debug)]
pub(crate) struct Doors {
    pub(crate) messages: mpsc::Sender<Message>,
    pub(crate) pictures: watch::Receiver<Picture>,
    pub(crate) mails: watch::Receiver<Vec<Mail>>,
}

impl Theatre {
    /// Opens the theatre for pages served at `framed_by`.
    pub(crate) fn open(framed_by: String, tempo: Tempo) -> (Doors, JoinHandle<()>) {
        let (own, messages) = mpsc::channel(MESSAGES);
        let (shown, pictures) = watch::channel(Picture::default());
        let (mails, mails_seen) = watch::channel(Vec::new());
        let doors = Doors { messages: own.clone(), pictures, mails: mails_seen };
        let theatre = Self {
            framed_by,
            tempo,
            own,
            shown,
            mails,
            stage: None,
            picture: Picture { town: stage::town(""), ..Picture::default() },
            captions: Captions::default(),
            tally: Tally::default(),
            people: People::default(),
            play: None,
            play_when_open: false,
            touched: false,
            scanned: None,
            on_board: None,
            restart: None,
            happened_alone: 0,
        };
        (doors, tokio::spawn(theatre.run(messages)))
    }

    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        self.fresh();
        loop {
            self.draw();
            let seen = async {
                match self.stage.as_mut() {
                    Some(stage) => stage.seen.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                message = messages.recv() => match message {
                    Some(Message::Close) | None => break,
                    Some(message) => self.take(message).await,
                },
                Some(seen) = seen => self.see(seen),
            }
        }
        self.close().await;
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Act(act) => self.act(act).await,
            Message::Cue(life, cue) if life == self.picture.life => self.cue(cue),
            Message::Opened(Ok(stage)) => self.opened(stage),
            Message::Opened(Err(error)) => {
                self.picture.curtain = fill(&texts::page("broken"), &[("why", &format!("{error:#}"))])
            }
            Message::Restarted(life, started) if life == self.picture.life => self.restarted(started),
            Message::Cue(..) | Message::Restarted(..) | Message::Refresh | Message::Close => {}
        }
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Name { town } => self.name(&town),
            Act::Reset => self.fresh(),
            Act::Play => self.start_play(),
            Act::Plug { out } => self.plug(out),
            Act::Power { on } => self.power(on).await,
            Act::Scan => self.scan().await,
            Act::Key { key } => self.key(&key).await,
            Act::Press { desk, gesture } => self.press(desk, gesture),
        }
    }

    /// Closes this life and begins the next.
    fn fresh(&mut self) {
        if let Some(play) = self.play.take() {
            play.abort();
        }
        if self.picture.life > 0 && self.stage.is_none() && self.picture.curtain == texts::page("starting") {
            return;
        }
        let old = self.stage.take();
        let (town, named, life) = (self.picture.town.clone(), self.picture.named, self.picture.life + 1);
        self.picture =
            Picture { life, town: town.clone(), named, curtain: texts::page("starting"), ..Picture::default() };
        self.picture.play.count = SENTENCES;
        (self.captions, self.tally, self.people) = (Captions::default(), Tally::default(), People::default());
        (self.touched, self.scanned, self.on_board, self.restart) = (false, None, None, None);
        self.happened_alone = 0;
        self.mails.send_replace(Vec::new());
        let (own, framed_by) = (self.own.clone(), self.framed_by.clone());
        tokio::spawn(async move {
            drop(old);
            deliver(&own, Message::Opened(Stage::open(&town, &framed_by).await)).await;
        });
    }

    fn opened(&mut self, stage: Stage) {
        self.picture.curtain.clear();
        self.picture.urls = Some(stage.urls());
        let counters = fixture::papers::desks().map(|(_, counter)| counter);
        self.picture.desks = counters.map(|counter| DeskPicture { counter, ..DeskPicture::default() }).into();
        let site = stage.urls().site;
        self.stage = Some(stage);
        self.lead(site);
        if std::mem::take(&mut self.play_when_open) {
            self.start_play();
        }
    }

    fn name(&mut self, typed: &str) {
        let town = stage::town(typed);
        let other = town != self.picture.town;
        (self.picture.town, self.picture.named) = (town, true);
        if other {
            self.fresh();
        }
    }

    fn start_play(&mut self) {
        let Some(stage) = self.stage.as_ref().filter(|_| !self.touched) else {
            self.play_when_open = true;
            return self.fresh();
        };
        let player = Player {
            tempo: self.tempo,
            life: self.picture.life,
            office: Arc::clone(&stage.office),
            desks: stage.desks.clone(),
            cues: self.own.clone(),
            picture: self.shown.subscribe(),
        };
        self.touched = true;
        self.picture.play.running = true;
        self.play = Some(tokio::spawn(player.run()));
    }

    fn cue(&mut self, cue: Cue) {
        match cue {
            Cue::Sentence(number) => {
                self.picture.play.at = number;
                self.captions.sentence(number);
            }
            Cue::Lead(url) => self.lead(url),
            Cue::Point(desk) => self.picture.play.hand = desk,
            Cue::Ended(ended) => {
                (self.picture.play.running, self.play) = (false, None);
                self.captions.ended(ended, self.tally.count());
            }
        }
    }

    fn lead(&mut self, url: String) {
        self.picture.phone.turn += 1;
        self.picture.phone.url = url;
    }

    fn plug(&mut self, out: bool) {
        let Some(stage) = &self.stage else { return };
        stage.office.unplug(out);
        self.picture.plug.out = out;
        self.captions.plug(out, Instant::now());
        if out {
            self.picture.plug.since = local_time(&stage.office.papers.zone);
            let own = self.own.clone();
            tokio::spawn(async move {
                tokio::time::sleep(PLUG_WORDS).await;
                deliver(&own, Message::Refresh).await;
            });
        }
    }

    async fn power(&mut self, on: bool) {
        let Some(stage) = &self.stage else { return };
        let office = Arc::clone(&stage.office);
        match (on, self.picture.power.state) {
            (false, PowerState::On) => {
                let queue = self.people.queue();
                if let Err(error) = office.power_off().await {
                    return self.captions.trouble(&error);
                }
                self.people.went_dark();
                self.restart = Some((queue, Instant::now()));
                self.picture.power.state = PowerState::Off;
                self.captions.dark();
            }
            (true, PowerState::Off) => {
                self.restart = self.restart.take().map(|(queue, _off)| (queue, Instant::now()));
                self.picture.power.state = PowerState::Starting;
                self.captions.starting();
                let (own, life) = (self.own.clone(), self.picture.life);
                tokio::spawn(async move { deliver(&own, Message::Restarted(life, office.switch_on().await)).await });
            }
            (_, PowerState::On | PowerState::Off | PowerState::Starting) => {}
        }
    }

    fn restarted(&mut self, started: Result<()>) {
        match started {
            Ok(()) => self.picture.power.state = PowerState::On,
            Err(error) => {
                self.picture.power.state = PowerState::Off;
                self.captions.trouble(&error);
            }
        }
    }

    async fn scan(&mut self) {
        let Some(stage) = self.stage.as_ref().filter(|_| self.picture.power.state == PowerState::On) else { return };
        self.touched = true;
        let mails = stage.office.mails.mails();
        let scanned = match stage::newest_code(&mails) {
            None => return self.captions.nothing_to_scan(),
            Some(Ok(line)) => stage.office.scanner.scan(&line).await,
            Some(Err(error)) => Err(error),
        };
        match scanned {
            Ok(()) => {
                self.picture.scans += 1;
                self.scanned = mails.iter().rev().find_map(pin_in);
            }
            Err(error) => self.captions.trouble(&error),
        }
    }

    async fn key(&mut self, key: &str) {
        let Some(stage) = self.stage.as_ref().filter(|_| self.picture.power.state == PowerState::On) else { return };
        self.touched = true;
        let known = matches!(key.as_bytes(), [b'0'..=b'9' | b'C' | b'E']);
        if known && let Err(error) = stage.office.keypad.press_keys(key).await {
            self.captions.trouble(&error);
        }
    }

    fn press(&mut self, desk: usize, gesture: Gesture) {
        self.touched = true;
        let device = self.stage.as_ref().and_then(|stage| stage.desks.get(desk)).cloned();
        let Some(device) = device else { return };
        tokio::spawn(async move {
            if let Err(error) = device.press(gesture).await {
                tracing::info!(%error, "a press without an answer");
            }
        });
    }

    fn draw(&mut self) {
        self.picture.count = self.tally.count();
        self.picture.people = self.people.persons();
        self.picture.caption = self.captions.now(self.picture.plug.out, self.picture.play.running, Instant::now());
        self.shown.send_if_modified(|shown| {
            let news = *shown != self.picture;
            if news {
                shown.clone_from(&self.picture);
            }
            news
        });
    }

    async fn close(mut self) {
        if let Some(play) = self.play.take() {
            play.abort();
        }
        if let Some(stage) = self.stage.take()
            && let Err(error) = stage.office.close().await
        {
            tracing::warn!(%error, "the office did not close by itself and is ended");
        }
    }
}

async fn deliver(own: &mpsc::Sender<Message>, message: Message) {
    if own.send(message).await.is_err() {
        tracing::debug!("the theatre is closed already");
    }
}

fn local_time(zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    clock::now().to_zoned(zone).strftime("%-H:%M").to_string()
}
