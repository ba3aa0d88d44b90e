//! A sound as it lies in memory, ready to play.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

/// Samples of one channel. Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    rate: NonZero<u32>,
    wave: Arc<[f32]>,
}

impl Samples {
    /// `rate` is in samples per second.
    pub(super) fn new(rate: NonZero<u32>, wave: Vec<f32>) -> Self {
        Self { rate, wave: wave.into() }
    }

    pub(super) fn rate(&self) -> NonZero<u32> {
        self.rate
    }

    pub(super) fn wave(&self) -> &[f32] {
        &self.wave
    }

    /// How long they sound.
    pub(super) fn length(&self) -> Duration {
        Duration::from_secs_f64(self.wave.len() as f64 / f64::from(self.rate.get()))
    }
}
