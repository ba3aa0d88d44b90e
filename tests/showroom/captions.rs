//! The line at the foot: what it says when. Pure, but for the moments it is told.

use std::time::Duration;

use tokio::time::Instant;

use crate::picture::Caption;
use crate::play::SENTENCES;
use crate::tally::Count;
use crate::texts::{fill, texts};
use crate::theatre::PLUG_WORDS;

/// What was said last by whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captions {
    /// The sentence that is played or was played last.
    play: Option<Caption>,
    /// About power or trouble; goes before all others until the next sentence.
    special: Option<Caption>,
    /// When the plug was pulled.
    pulled: Option<Instant>,
}

impl Captions {
    /// A sentence begins, from 1.
    pub(crate) fn sentence(&mut self, number: usize) {
        let quote = texts().sentences.get(number - 1).map(|sentence| sentence.quote.clone()).unwrap_or_default();
        let note =
            fill(&texts().caption.sentence_note, &[("number", &number.to_string()), ("count", &SENTENCES.to_string())]);
        self.play = Some(Caption { quote, note, ..Caption::default() });
        self.special = None;
    }

    /// The play is over.
    pub(crate) fn ended(&mut self, ended: anyhow::Result<()>, count: Count) {
        match ended {
            Ok(()) => {
                let words = &texts().caption;
                let counted = [("lost", count.lost.to_string()), ("doubled", count.doubled.to_string())];
                let values = counted.each_ref().map(|(name, value)| (*name, value.as_str()));
                self.play = Some(Caption {
                    strong: fill(&words.end, &values),
                    more: words.end_more.clone(),
                    note: words.end_note.clone(),
                    ..Caption::default()
                });
            }
            Err(error) => self.trouble(&error),
        }
    }

    /// The plug was pulled or pushed in.
    pub(crate) fn plug(&mut self, out: bool, at: Instant) {
        self.pulled = out.then_some(at);
        self.special = None;
    }

    /// The box has no power.
    pub(crate) fn dark(&mut self) {
        self.say(&texts().caption.power_off, &texts().caption.power_off_more);
    }

    /// The box starts.
    pub(crate) fn starting(&mut self) {
        self.say(&texts().caption.power_on, "");
    }

    /// The box is back after so long.
    pub(crate) fn back(&mut self, after: Duration, same: bool) {
        let words = &texts().caption;
        let form = if same { &words.power_back_same } else { &words.power_back_other };
        let seconds = format!("{:.1}", after.as_secs_f64()).replace('.', ",");
        self.say(&fill(form, &[("seconds", &seconds)]), "");
    }

    /// There is nothing to hold under the scanner.
    pub(crate) fn nothing_to_scan(&mut self) {
        self.say(&texts().caption.nothing_to_scan, "");
    }

    /// A step did not work.
    pub(crate) fn trouble(&mut self, error: &anyhow::Error) {
        tracing::warn!("{error:#}");
        self.say(&texts().caption.trouble, &texts().caption.trouble_more);
    }

    fn say(&mut self, strong: &str, more: &str) {
        let note = texts().caption.yours.clone();
        self.special = Some(Caption { strong: strong.to_owned(), more: more.to_owned(), note, ..Caption::default() });
    }

    /// What stands there now.
    pub(crate) fn now(&self, plug_out: bool, playing: bool, at: Instant) -> Caption {
        let words = &texts().caption;
        let just_pulled = self.pulled.is_some_and(|pulled| at < pulled + PLUG_WORDS);
        if let Some(special) = &self.special {
            return special.clone();
        }
        if plug_out && (just_pulled || !playing) {
            return Caption {
                strong: words.unplugged.clone(),
                more: words.unplugged_more.clone(),
                note: words.yours.clone(),
                ..Caption::default()
            };
        }
        self.play.clone().unwrap_or_else(|| Caption {
            text: words.welcome.clone(),
            note: words.welcome_note.clone(),
            ..Caption::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pulled_plug_interrupts_the_play_only_for_a_while() {
        let mut captions = Captions::default();
        captions.sentence(3);
        let start = Instant::now();
        captions.plug(true, start);
        assert_eq!(captions.now(true, true, start).strong, texts().caption.unplugged);
        let later = captions.now(true, true, start + PLUG_WORDS);
        assert_eq!(later.quote, texts().sentences[2].quote);
        assert_eq!(captions.now(true, false, start + PLUG_WORDS).strong, texts().caption.unplugged);
    }

    #[tokio::test(start_paused = true)]
    async fn the_restart_is_told_with_its_real_time_and_outcome() {
        let mut captions = Captions::default();
        captions.dark();
        captions.back(Duration::from_millis(2_340), true);
        assert!(captions.now(false, false, Instant::now()).strong.contains("2,3 Sekunden"));
        captions.back(Duration::from_secs(1), false);
        assert!(captions.now(false, false, Instant::now()).strong.contains("andere"));
    }
}
