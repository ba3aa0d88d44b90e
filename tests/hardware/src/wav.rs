//! What the sound card was told to play: strokes of a bell, their pitches and the silence between.
//!
//! ```text
//!   chime.wav ─► left channel ─► frames of 10 ms ─► loud stretches ─► strokes with a pitch
//! ```
//!
//! The file holds only the time during which the guest had the card open, so nothing is told from
//! where a sound stands in it. The lengths in its head are right only after a clean end of QEMU,
//! so the file's own length counts. Pure, but for reading the file.

use std::f64::consts::TAU;

use anyhow::{Context, Result, bail};

/// One frame, in seconds: short beside a stroke, long beside a wave of 200 Hz.
const FRAME: f64 = 0.01;
/// Loud is above this part of full scale.
const LOUD: f64 = 0.02;
/// Silence shorter than this lies inside one sound, in seconds: an emulated card stutters.
const GAP: f64 = 0.15;
/// Pitches are searched in these steps, in hertz.
const STEP: f64 = 2.0;
/// The pitches searched, in hertz.
const PITCHES: std::ops::Range<f64> = 200.0..2000.0;

/// A recording.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    rate: f64,
    samples: Vec<f64>,
}

/// One sound between two silences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sound {
    /// Where it begins, in seconds.
    pub(crate) begins: f64,
    /// How long it is, in seconds.
    pub(crate) seconds: f64,
    /// The pitch of its first fifth, in hertz.
    pub(crate) first: f64,
    /// The pitch of its second half, in hertz.
    pub(crate) last: f64,
}

impl Recording {
    /// Reads a WAV file of 16-bit samples; of several channels the first.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let head = bytes.get(..44).context("a WAV file without a whole head")?;
        if &head[..4] != b"RIFF" || &head[8..16] != b"WAVEfmt " {
            bail!("no WAV file");
        }
        let channels = usize::from(u16::from_le_bytes([head[22], head[23]]));
        let rate = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
        let bits = u16::from_le_bytes([head[34], head[35]]);
        if bits != 16 || channels == 0 {
            bail!("a WAV file of {bits} bits and {channels} channels");
        }
        let frames = bytes[44..].chunks_exact(2 * channels);
        let samples = frames.map(|f| f64::from(i16::from_le_bytes([f[0], f[1]])) / 32768.0).collect();
        Ok(Self { rate: f64::from(rate), samples })
    }

    /// Everything that sounds, in order.
    pub(crate) fn sounds(&self) -> Vec<Sound> {
        let frame = (self.rate * FRAME) as usize;
        let loud = self.samples.chunks(frame.max(1)).map(|f| f.iter().any(|s| s.abs() > LOUD));
        let mut stretches: Vec<(usize, usize)> = Vec::new();
        for (place, _) in loud.enumerate().filter(|(_, loud)| *loud) {
            match stretches.last_mut() {
                Some((_, end)) if (place - *end) as f64 * FRAME <= GAP => *end = place + 1,
                _ => stretches.push((place, place + 1)),
            }
        }
        stretches.into_iter().map(|(from, to)| self.sound(from * frame, to * frame)).collect()
    }

    fn sound(&self, from: usize, to: usize) -> Sound {
        let part = &self.samples[from..to.min(self.samples.len())];
        let (fifth, half) = (part.len() / 5, part.len() / 2);
        Sound {
            begins: from as f64 / self.rate,
            seconds: part.len() as f64 / self.rate,
            first: self.pitch(&part[..fifth.max(1)]),
            last: self.pitch(&part[half..]),
        }
    }

    /// The strongest frequency of a stretch.
    fn pitch(&self, samples: &[f64]) -> f64 {
        let steps = ((PITCHES.end - PITCHES.start) / STEP) as u32;
        let pitches = (0..steps).map(|step| PITCHES.start + f64::from(step) * STEP);
        let strongest = pitches.map(|hertz| (self.strength(samples, hertz), hertz)).max_by(|a, b| a.0.total_cmp(&b.0));
        strongest.map_or(0.0, |(_, hertz)| hertz)
    }

    /// How strong one frequency is (Goertzel).
    fn strength(&self, samples: &[f64], hertz: f64) -> f64 {
        let turn = 2.0 * (TAU * hertz / self.rate).cos();
        let (last, before) = samples.iter().fold((0.0f64, 0.0f64), |(a, b), sample| (sample + turn * a - b, a));
        last * last + before * before - turn * last * before
    }
}

impl Sound {
    /// Whether it is the chime of a call: about E5, then a major third lower C5 (docs and
    /// `devices` say 659 and 523 Hz), 1.2 s long, of which the end is too soft to count.
    pub(crate) fn is_chime(&self) -> bool {
        near(self.first, 659.26) && near(self.last, 523.25) && (0.7..1.6).contains(&self.seconds)
    }

    /// Its two pitches and its length, for people.
    pub(crate) fn pitches(&self) -> String {
        format!("{:.0} and {:.0} Hz, {:.2} s long", self.first, self.last, self.seconds)
    }
}

/// Within a quarter of a semitone and the width of a short stretch.
fn near(heard: f64, meant: f64) -> bool {
    (heard - meant).abs() <= 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A WAV file with two channels and lengths nobody filled in, as of a QEMU that was killed.
    fn wav(parts: &[(f64, f64)]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        bytes.extend(16u32.to_le_bytes());
        bytes.extend(1u16.to_le_bytes());
        bytes.extend(2u16.to_le_bytes());
        bytes.extend(48_000u32.to_le_bytes());
        bytes.extend(192_000u32.to_le_bytes());
        bytes.extend(4u16.to_le_bytes());
        bytes.extend(16u16.to_le_bytes());
        bytes.extend(b"data\0\0\0\0");
        for (hertz, seconds) in parts {
            for place in 0..(seconds * 48_000.0) as u32 {
                let sample = ((TAU * hertz * f64::from(place) / 48_000.0).sin() * 12_000.0) as i16;
                bytes.extend(sample.to_le_bytes());
                bytes.extend((-sample).to_le_bytes());
            }
        }
        bytes
    }

    #[test]
    fn two_chimes_are_counted_and_known_by_their_pitch() {
        let chime = [(659.26, 0.42), (523.25, 0.6)];
        let parts: Vec<_> = [[(0.0, 0.3)].as_slice(), &chime, &[(0.0, 0.5)], &chime].concat();
        let recording = Recording::read(&wav(&parts)).expect("a recording");
        let sounds = recording.sounds();
        assert_eq!(sounds.len(), 2, "{sounds:?}");
        assert!(sounds.iter().all(Sound::is_chime), "{sounds:?}");
        assert!((sounds[0].begins - 0.3).abs() < 0.03);
    }

    #[test]
    fn another_pitch_or_order_is_no_chime_and_a_stutter_is_one_sound() {
        let rising = Recording::read(&wav(&[(523.25, 0.42), (0.0, 0.05), (659.26, 0.6)])).expect("a recording");
        let sounds = rising.sounds();
        assert_eq!(sounds.len(), 1, "{sounds:?}");
        assert!(!sounds[0].is_chime());
    }

    #[test]
    fn silence_has_no_sounds_and_no_wav_file_is_told() {
        let silent = Recording::read(&wav(&[(0.0, 1.0)])).expect("a recording");
        assert_eq!(silent.sounds(), []);
        assert_eq!(silent.samples.len(), 48_000);
        assert!(Recording::read(b"RIFF").is_err());
    }
}
