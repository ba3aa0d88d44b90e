//! The sound card, opened and lost.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rodio::{ChannelCount, CpalError, CpalErrorKind, DeviceSinkBuilder, MixerDeviceSink, SampleRate, Source};

use super::cards::{self, NoCard};
use super::samples::Samples;

/// Signs that wait for the audio thread: two of the bell that sounds, and losses.
const SIGNS: usize = 16;

/// How much longer than the bell itself its end may take: buffers of the system.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the sound card tells.
#[derive(Debug, PartialEq, Eq)]
enum Sign {
    Started,
    Ended,
    Lost(String),
}

/// An open sound card. It stays open: opening it per bell would cost some 50 ms each time.
pub(super) struct Speaker {
    sink: MixerDeviceSink,
    tell: SyncSender<Sign>,
    signs: Receiver<Sign>,
}

/// The sound card is gone; it must be opened anew.
#[derive(Debug, thiserror::Error)]
#[error("failed to sound: {0}")]
pub(super) struct Lost(String);

impl Speaker {
    /// Opens the sound card of a name, else the system's default one.
    pub(super) fn open(name: Option<&str>) -> Result<Self, NoCard> {
        let (tell, signs) = sync_channel(SIGNS);
        let error = tell.clone();
        let builder = match name {
            Some(name) => DeviceSinkBuilder::from_device(cards::named(name)?)?,
            None => DeviceSinkBuilder::from_default_device()?,
        };
        let builder = builder.with_error_callback(move |failure: CpalError| {
            if is_loss(failure.kind()) {
                // A full channel holds a loss already.
                let _ = error.try_send(Sign::Lost(failure.to_string()));
            }
        });
        let mut sink = builder.open_sink_or_fallback()?;
        sink.log_on_drop(false);
        Ok(Self { sink, tell, signs })
    }

    /// Whether it was lost while nothing sounded.
    pub(super) fn check(&self) -> Result<(), Lost> {
        self.signs.try_iter().try_for_each(|sign| match sign {
            Sign::Lost(why) => Err(Lost(why)),
            Sign::Started | Sign::Ended => Ok(()),
        })
    }

    /// Plays to the end, each sample times `gain`; `started` is called when the first one goes to the
    /// card.
    pub(super) fn play(&self, samples: &Samples, gain: f32, started: impl FnOnce()) -> Result<(), Lost> {
        self.check()?;
        let patience = samples.length() + PATIENCE;
        let tune = Tune { samples: samples.clone(), gain, place: 0, tell: self.tell.clone() };
        self.sink.mixer().add(tune);
        let mut started = Some(started);
        loop {
            match self.signs.recv_timeout(patience) {
                Ok(Sign::Started) => started.take().into_iter().for_each(|started| started()),
                Ok(Sign::Ended) => return Ok(()),
                Ok(Sign::Lost(why)) => return Err(Lost(why)),
                Err(_) => return Err(Lost("the sound card took no samples".to_owned())),
            }
        }
    }
}

/// A hiccup passes by itself. After everything else the stream may never take a sample again, and
/// opening it anew costs nothing but a look.
fn is_loss(kind: CpalErrorKind) -> bool {
    !matches!(kind, CpalErrorKind::Xrun | CpalErrorKind::RealtimeDenied | CpalErrorKind::DeviceChanged)
}

/// Samples on their way to the card, which tell when the first and the last one left.
struct Tune {
    samples: Samples,
    gain: f32,
    place: usize,
    tell: SyncSender<Sign>,
}

impl Iterator for Tune {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.place == 0 {
            let _ = self.tell.try_send(Sign::Started);
        }
        let sample = self.samples.wave().get(self.place).map(|sample| sample * self.gain);
        if self.place == self.samples.wave().len() {
            let _ = self.tell.try_send(Sign::Ended);
        }
        self.place += 1;
        sample
    }
}

impl Source for Tune {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        ChannelCount::MIN
    }

    fn sample_rate(&self) -> SampleRate {
        self.samples.rate()
    }

    fn total_duration(&self) -> Option<Duration> {
        Some(self.samples.length())
    }
}
