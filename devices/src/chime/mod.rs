//! The chime and the terminal's two tones.
//!
//! ```text
//!   Bell ─► queue (8) ─► audio thread ─ samples ─► sound card
//!                             └─ Ringing, Rang, Health
//! ```
//!
//! What must always hold: bells never sound over each other; every `Bell::Call` is answered by
//! exactly one `Rang`, with or without sound, and no sound card is a warning, never a stop. A call
//! that cannot be heard takes as long as one that can: on the board it has to be seen.

mod cards;
mod samples;
mod sounds;
mod speaker;
mod tones;
mod wav;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::report::Report;
use crate::values::{Bell, Sensed};
use samples::Samples;
use sounds::Sounds;
use speaker::Speaker;

/// Bells that may wait: about ten seconds of sound. More are answered without sounding, so that the
/// hall does not hear calls of long ago.
const MAX_WAITING: usize = 8;

/// How often an idle audio thread looks after its sound card.
const LOOK: Duration = Duration::from_secs(1);

/// A missing sound card is tried again after 1, 2, 4 … looks, at most after so many: whoever plugs it
/// in again waits beside it.
const LONGEST_PAUSE: u32 = 8;

/// As loud as the sounds are made, in percent.
const FULL: u8 = 100;

/// Whether the chime of the configuration sounds.
const CHIME_PART: &str = "chime";

/// The sound, as it is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundConfig {
    /// Whether bells sound. When off, each bell is answered at once and no sound card is asked for.
    pub enabled: bool,
    /// The sound card: its ALSA name, or a part of what it is called; none is the system's default.
    pub device: Option<String>,
    /// A WAV file (16-bit PCM, at most two seconds and 1 MiB) in place of the built-in chime.
    pub chime: Option<PathBuf>,
}

/// How long stopping waits for a bell that sounds.
const STOP: Duration = Duration::from_millis(1500);

/// The way to the audio thread.
#[derive(Debug)]
pub(crate) struct Chime {
    bells: SyncSender<Bell>,
    volume: Arc<AtomicU8>,
    sensed: mpsc::Sender<Sensed>,
    runtime: Handle,
    ended: oneshot::Receiver<()>,
}

impl Chime {
    /// Starts the audio thread; needs a running tokio runtime.
    pub(crate) fn start(sound: SoundConfig, sensed: mpsc::Sender<Sensed>) -> io::Result<Self> {
        let (bells, orders) = sync_channel(MAX_WAITING);
        let (end, ended) = oneshot::channel::<()>();
        let volume = Arc::new(AtomicU8::new(FULL));
        let (heard, told) = (Arc::clone(&volume), sensed.clone());
        thread::Builder::new().name("chime".to_owned()).spawn(move || {
            // Reads the file: the thread that plays may wait, the one that starts it may not.
            Player::new(sound, heard, told).run(&orders);
            drop(end);
        })?;
        Ok(Self { bells, volume, sensed, runtime: Handle::current(), ended })
    }

    /// How loud the next bells are, in percent.
    pub(crate) fn volume(&self, percent: u8) {
        self.volume.store(percent.min(FULL), Ordering::Relaxed);
    }

    /// Never waits.
    pub(crate) fn ring(&self, bell: Bell) {
        let (TrySendError::Full(bell) | TrySendError::Disconnected(bell)) = match self.bells.try_send(bell) {
            Ok(()) => return,
            Err(error) => error,
        };
        tracing::warn!(most = MAX_WAITING, "too many bells wait; one does not sound");
        if let Bell::Call { bell } = bell {
            let sensed = self.sensed.clone();
            self.runtime.spawn(async move { sensed.send(Sensed::Rang { bell }).await });
        }
    }

    /// Lets the bell that sounds end.
    pub(crate) async fn stop(self) {
        drop(self.bells);
        // A thread that hangs in the system's sound library is left behind.
        let _ = timeout(STOP, self.ended).await;
    }
}

/// What the audio thread owns.
struct Player {
    sensed: mpsc::Sender<Sensed>,
    report: Report,
    card: Card,
    /// The name of the card that is meant.
    named: Option<String>,
    volume: Arc<AtomicU8>,
    sounds: Sounds,
}

enum Card {
    /// Switched off in the configuration.
    Off,
    /// Not there; looked for again when `wait` looks have passed.
    Missing {
        wait: u32,
        pause: u32,
        /// Gives back the one that was lost. A card that hangs keeps it, and is not opened again.
        leaving: Option<JoinHandle<()>>,
    },
    Open(Speaker),
}

impl Player {
    fn new(config: SoundConfig, volume: Arc<AtomicU8>, sensed: mpsc::Sender<Sensed>) -> Self {
        let mut sounds = Sounds::built_in();
        if let Some(path) = config.chime.filter(|_| config.enabled) {
            let mut report = Report::new(CHIME_PART, sensed.clone());
            match sounds.call_with(&path) {
                Ok(()) => report.works_blocking(),
                Err(bad) => report.broken_blocking(bad.to_string()),
            }
        }
        let report = Report::new("sound", sensed.clone());
        let card = if config.enabled { Card::Missing { wait: 0, pause: 1, leaving: None } } else { Card::Off };
        Self { sensed, report, card, named: config.device, volume, sounds }
    }

    /// Plays until the room drops its end.
    fn run(mut self, orders: &Receiver<Bell>) {
        loop {
            self.look();
            match orders.recv_timeout(LOOK) {
                Ok(bell) => self.ring(&bell),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn ring(&mut self, bell: &Bell) {
        match *bell {
            Bell::Call { bell } => {
                let sensed = self.sensed.clone();
                let call = self.sounds.call.clone();
                if !self.sound(&call, || tell(&sensed, Sensed::Ringing { bell })) {
                    keep_silent(call.length());
                }
                tell(&self.sensed, Sensed::Rang { bell });
            }
            Bell::Done => drop(self.sound(&self.sounds.done.clone(), || {})),
            Bell::PleaseCheck => drop(self.sound(&self.sounds.please_check.clone(), || {})),
        }
    }

    /// Plays to the end; answers whether it could be heard.
    fn sound(&mut self, samples: &Samples, started: impl FnOnce()) -> bool {
        let Card::Open(speaker) = &self.card else { return false };
        let played = speaker.play(samples, gain(self.volume.load(Ordering::Relaxed)), started);
        if let Err(lost) = &played {
            self.miss(lost, 1);
        }
        played.is_ok()
    }

    /// Notices a card that was lost, and opens one that is missing when its time has come.
    fn look(&mut self) {
        match &mut self.card {
            Card::Off => {}
            Card::Missing { wait, .. } if *wait > 0 => *wait -= 1,
            Card::Missing { leaving: Some(leaving), .. } if !leaving.is_finished() => {}
            Card::Missing { pause, .. } => {
                let pause = (*pause * 2).min(LONGEST_PAUSE);
                self.open(pause);
            }
            Card::Open(speaker) => {
                if let Err(lost) = speaker.check() {
                    self.miss(&lost, 1);
                }
            }
        }
    }

    fn open(&mut self, pause: u32) {
        match Speaker::open(self.named.as_deref()) {
            Ok(speaker) => {
                self.card = Card::Open(speaker);
                self.report.works_blocking();
            }
            Err(error) => self.miss(&error, pause),
        }
    }

    fn miss(&mut self, error: &dyn std::error::Error, pause: u32) {
        let missing = Card::Missing { wait: pause, pause, leaving: None };
        if let Card::Open(speaker) = std::mem::replace(&mut self.card, missing) {
            let gone = thread::Builder::new().name("chime-gone".to_owned()).spawn(move || drop(speaker));
            self.card = Card::Missing { wait: pause, pause, leaving: gone.ok() };
        }
        self.report.broken_blocking(format!(
            "silent: {error}; connect the loudspeaker, look at device in [sound], or set enabled = false there"
        ));
    }
}

/// Ears hear a square: half of the percent sounds half as loud.
fn gain(percent: u8) -> f32 {
    let part = f32::from(percent) / f32::from(FULL);
    part * part
}

/// The length of a call nobody hears.
#[expect(clippy::disallowed_methods, reason = "this thread plays; silence has the length of the sound it stands for")]
fn keep_silent(length: Duration) {
    thread::sleep(length);
}

/// The office is gone only when the whole room stops.
fn tell(sensed: &mpsc::Sender<Sensed>, value: Sensed) {
    let _ = sensed.blocking_send(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_sound_every_call_is_answered_once_and_in_order() {
        let (sender, mut sensed) = mpsc::channel(64);
        let chime = Chime::start(SoundConfig::default(), sender).expect("a thread");
        for bell in 1..=3 {
            chime.ring(Bell::Done);
            chime.ring(Bell::Call { bell });
            assert_eq!(sensed.recv().await, Some(Sensed::Rang { bell }));
        }
        chime.stop().await;
        assert_eq!(sensed.recv().await, None, "and nothing else was told");
    }

    #[tokio::test]
    async fn more_bells_than_may_wait_are_each_answered_once() {
        let (sender, mut sensed) = mpsc::channel(256);
        let chime = Chime::start(SoundConfig::default(), sender).expect("a thread");
        (0..100).for_each(|bell| chime.ring(Bell::Call { bell }));
        let mut answered = Vec::new();
        while answered.len() < 100 {
            if let Some(Sensed::Rang { bell }) = sensed.recv().await {
                answered.push(bell);
            }
        }
        answered.sort_unstable();
        assert_eq!(answered, (0..100).collect::<Vec<_>>());
    }
}
