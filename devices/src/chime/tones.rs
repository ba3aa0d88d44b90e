//! The sounds themselves, computed: bell tones of a few partials that decay. Pure.
//!
//! No recording and no licence, the same samples on every box. The strongest part lies between
//! 500 and 2,000 Hz, where old ears still hear.

use std::f32::consts::TAU;
use std::num::NonZero;

/// Samples per second, one channel; what sound cards take without converting.
pub(super) const RATE: NonZero<u32> = NonZero::new(48_000).expect("not zero");

/// A stroke on a bell.
struct Stroke {
    /// The pitch heard, in hertz.
    hertz: f32,
    /// When it is struck, in seconds.
    at: f32,
    /// How fast it fades: the time to a third, in seconds.
    fade: f32,
}

/// A bell's partials over its pitch: how many times the frequency, how loud, how much faster they fade.
const PARTIALS: [(f32, f32, f32); 3] = [(1.0, 1.0, 1.0), (2.0, 0.35, 1.6), (3.0, 0.12, 2.4)];

/// A stroke begins softly enough not to click, in seconds.
const ATTACK: f32 = 0.004;

/// The end is faded out, in seconds, so that it does not click either.
const RELEASE: f32 = 0.03;

/// The chime of every call and recall: a major third down, 1.2 s.
pub(super) fn call() -> Vec<f32> {
    render(&[stroke(659.26, 0.0, 0.30), stroke(523.25, 0.42, 0.32)], 1.2, 0.7)
}

/// At the terminal: it worked; upwards, 0.2 s.
pub(super) fn done() -> Vec<f32> {
    render(&[stroke(523.25, 0.0, 0.05), stroke(783.99, 0.08, 0.08)], 0.2, 0.5)
}

/// At the terminal: please check; the same low tone twice, soft.
pub(super) fn please_check() -> Vec<f32> {
    render(&[stroke(392.0, 0.0, 0.08), stroke(392.0, 0.22, 0.08)], 0.45, 0.3)
}

const fn stroke(hertz: f32, at: f32, fade: f32) -> Stroke {
    Stroke { hertz, at, fade }
}

/// The strokes together, `seconds` long, the loudest sample at `peak`.
fn render(strokes: &[Stroke], seconds: f32, peak: f32) -> Vec<f32> {
    let count = (seconds * RATE.get() as f32) as usize;
    let mut samples: Vec<f32> =
        (0..count).map(|place| sound(strokes, place as f32 / RATE.get() as f32) * tail(place, count)).collect();
    let loudest = samples.iter().fold(f32::MIN_POSITIVE, |loudest, sample| loudest.max(sample.abs()));
    samples.iter_mut().for_each(|sample| *sample *= peak / loudest);
    samples
}

fn sound(strokes: &[Stroke], now: f32) -> f32 {
    strokes.iter().filter(|stroke| stroke.at <= now).map(|stroke| bell(stroke, now - stroke.at)).sum()
}

fn bell(stroke: &Stroke, since: f32) -> f32 {
    let attack = (since / ATTACK).min(1.0);
    let partial = |(times, loud, faster): (f32, f32, f32)| {
        loud * (-since * faster / stroke.fade).exp() * (TAU * stroke.hertz * times * since).sin()
    };
    attack * PARTIALS.into_iter().map(partial).sum::<f32>()
}

fn tail(place: usize, count: usize) -> f32 {
    let left = (count - place) as f32 / RATE.get() as f32;
    (left / RELEASE).min(1.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::samples::Samples;
    use super::*;

    fn length(wave: &[f32]) -> Duration {
        Samples::new(RATE, wave.to_vec()).length()
    }

    /// How strong one frequency is in a stretch of samples (Goertzel).
    fn strength(samples: &[f32], hertz: f32) -> f32 {
        let turn = 2.0 * (TAU * hertz / RATE.get() as f32).cos();
        let (last, before) = samples.iter().fold((0.0f32, 0.0f32), |(a, b), sample| (sample + turn * a - b, a));
        (last * last + before * before - turn * last * before).sqrt() / samples.len() as f32
    }

    /// The strongest of all semitones from 200 to 2,000 Hz.
    fn pitch(samples: &[f32]) -> f32 {
        let semitones = (0..40).map(|step| 207.65 * 2f32.powf(step as f32 / 12.0));
        semitones.max_by(|a, b| strength(samples, *a).total_cmp(&strength(samples, *b))).expect("some")
    }

    fn part(samples: &[f32], from: f32, to: f32) -> &[f32] {
        &samples[(from * RATE.get() as f32) as usize..(to * RATE.get() as f32) as usize]
    }

    #[test]
    fn the_chime_falls_a_major_third_within_one_and_a_fifth_seconds() {
        let chime = call();
        assert_eq!(length(&chime), Duration::from_millis(1200));
        assert!((pitch(part(&chime, 0.02, 0.4)) - 659.26).abs() < 2.0);
        assert!((pitch(part(&chime, 0.7, 1.2)) - 523.25).abs() < 2.0);
    }

    #[test]
    fn the_terminal_tones_are_as_drawn() {
        assert_eq!(length(&done()), Duration::from_millis(200));
        assert!((pitch(part(&done(), 0.0, 0.08)) - 523.25).abs() < 2.0);
        assert!((pitch(part(&done(), 0.1, 0.2)) - 783.99).abs() < 2.0);
        assert!((pitch(part(&please_check(), 0.0, 0.2)) - 392.0).abs() < 2.0);
        assert!((pitch(part(&please_check(), 0.22, 0.45)) - 392.0).abs() < 2.0);
    }

    #[test]
    fn no_sound_clips_clicks_or_is_louder_than_meant() {
        for (samples, peak) in [(call(), 0.7), (done(), 0.5), (please_check(), 0.3)] {
            let loudest = samples.iter().fold(0.0f32, |loudest, sample| loudest.max(sample.abs()));
            assert!((loudest - peak).abs() < 1e-3, "{loudest}");
            let leap = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(leap < 0.15, "{leap}");
            assert!(samples[0].abs() < 0.01 && samples.last().expect("some").abs() < 0.01);
        }
    }

    #[test]
    fn the_energy_of_the_chime_lies_where_old_ears_hear() {
        let chime = call();
        let within: f32 = (50..200).map(|n| strength(&chime, n as f32 * 10.0).powi(2)).sum();
        let outside: f32 = (5..50).chain(200..400).map(|n| strength(&chime, n as f32 * 10.0).powi(2)).sum();
        assert!(within > 9.0 * outside, "{within} {outside}");
    }
}
