//! `[sound]`: chime and tones, and how loud they are at which hour.

use std::path::PathBuf;

use jiff::civil::Time;
use serde::Deserialize;

use super::Config;
use super::meant::{Meant, wrong};

/// As loud as the sounds are made, in percent.
const FULL: u8 = 100;

/// More quiet hours than any day has.
const MAX_QUIET: usize = 24;

/// `[sound]`: chime and tones.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    /// Whether bells sound.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The sound card: its ALSA name, or a part of what it is called; else the system's default.
    pub device: Option<String>,
    /// A WAV file in place of the built-in chime.
    pub chime: Option<PathBuf>,
    /// Percent of the full loudness.
    #[serde(default = "full")]
    pub volume: u8,
    /// Hours with another loudness.
    #[serde(default)]
    pub quiet: Vec<Quiet>,
}

/// `[[sound.quiet]]`: hours with a loudness of their own, every day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The first minute.
    pub from: Time,
    /// The first minute after; before `from`: over midnight.
    pub until: Time,
    /// Percent of the full loudness; 0 is silence.
    pub volume: u8,
}

fn yes() -> bool {
    true
}

fn full() -> u8 {
    FULL
}

impl Default for Sound {
    fn default() -> Self {
        Self { enabled: true, device: None, chime: None, volume: FULL, quiet: Vec::new() }
    }
}

impl Sound {
    /// The loudness at a time of the day, if that is known; of two quiet hours the first counts.
    #[must_use]
    pub fn volume_at(&self, time: Option<Time>) -> u8 {
        let quiet = time.and_then(|time| self.quiet.iter().find(|quiet| quiet.holds(time)));
        quiet.map_or(self.volume, |quiet| quiet.volume)
    }
}

impl Quiet {
    fn holds(&self, time: Time) -> bool {
        match self.from < self.until {
            true => self.from <= time && time < self.until,
            false => self.from <= time || time < self.until,
        }
    }
}

impl Config {
    pub(super) fn sound_is_meant(&self) -> Meant {
        if self.sound.volume > FULL {
            return wrong("sound", 0, "volume", "0 to 100");
        }
        for (at, quiet) in self.sound.quiet.iter().enumerate() {
            if at >= MAX_QUIET {
                return wrong("sound.quiet", at, "", format!("at most {MAX_QUIET} quiet hours"));
            }
            if quiet.volume > FULL {
                return wrong("sound.quiet", at, "volume", "0 to 100");
            }
            if quiet.from == quiet.until {
                return wrong("sound.quiet", at, "until", "another time than from");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn quiet_hours_are_quiet_also_over_midnight_and_only_when_the_hour_is_known() {
        let text = "volume = 80\nquiet = [{from = \"12:00\", until = \"13:00\", volume = 30}, \
                    {from = \"20:00\", until = \"07:00\", volume = 0}]";
        let sound: Sound = toml::from_str(text).expect("a good table");
        for (hour, minute, volume) in [(11, 59, 80), (12, 0, 30), (13, 0, 80), (20, 0, 0), (6, 59, 0), (7, 0, 80)] {
            assert_eq!(sound.volume_at(Some(time(hour, minute, 0, 0))), volume, "{hour}:{minute:02}");
        }
        assert_eq!(sound.volume_at(None), 80);
        assert!(sound.enabled && Sound::default().volume_at(None) == 100);
    }
}
