//! Scanners and keypads in the loop: how each stands, and the layouts that staff teach.

mod learned;

use std::path::Path;

use devices::Sensed;
use devices::input::Tested;
use names::Now;

use self::learned::Learned;
use super::hall::Hall;
use crate::config::Config;
use crate::pages::inputs::{Inputs, InputsView, Lesson, warning};

/// The inputs, and what was taught.
#[derive(Debug)]
pub(super) struct HallInputs {
    pub(super) seen: Inputs,
    learned: Learned,
}

impl HallInputs {
    /// The configured inputs, in the layouts that were taught.
    pub(super) fn new(config: &Config) -> Self {
        let learned = Learned::read(&config.data);
        Self { seen: Inputs::new(&config.inputs, |input| learned.layout(input)), learned }
    }

    /// Notes that something came of an input, before it is given a meaning.
    pub(super) fn notice(&mut self, sensed: &Sensed, now: Now) {
        match sensed {
            Sensed::Line { input, .. } | Sensed::Key { input, .. } | Sensed::Overlong { input } => {
                self.seen.read(input, now.at);
            }
            Sensed::Tested { .. }
            | Sensed::Input { .. }
            | Sensed::Press { .. }
            | Sensed::DeskSeen { .. }
            | Sensed::Ringing { .. }
            | Sensed::Rang { .. }
            | Sensed::Printed { .. }
            | Sensed::Health(_) => {}
        }
    }

    /// What clerks have to know while an input cannot be read.
    pub(super) fn warning(&self) -> Option<String> {
        let names: Vec<&str> = self.seen.missing().collect();
        (!names.is_empty()).then(|| warning(&names))
    }
}

impl Hall {
    /// Tells the devices which layouts were taught.
    pub(super) fn tell_layouts(&self) {
        for input in &self.config.inputs {
            self.devices.layout(&input.rules.name, self.inputs.learned.layout(input));
        }
    }

    /// The picture of all inputs.
    pub(super) fn inputs_view(&self, now: Now) -> InputsView {
        InputsView::of(&self.inputs.seen, &self.known.zone, now)
    }

    /// The test code was held under a scanner.
    pub(super) async fn tested(&mut self, input: &str, tested: Tested, now: Now) {
        if let Some(lesson) = self.inputs.seen.tested(input, tested, now.at) {
            self.take_over(&lesson).await;
        }
        self.publish(now);
    }

    /// A layout that cannot be kept is used all the same, until the next start.
    async fn take_over(&mut self, Lesson { input, layout }: &Lesson) {
        let Some(configured) = self.config.inputs.iter().find(|it| it.rules.name == *input) else { return };
        self.devices.layout(input, *layout);
        self.inputs.learned.teach(configured, *layout);
        if let Err(error) = write(self.inputs.learned.clone(), &self.config.data).await {
            tracing::error!(%error, input, "failed to keep the layout that was taught; check the disk");
        }
    }
}

/// Beside the loop's own thread: a disk may be slow.
async fn write(learned: Learned, data: &Path) -> std::io::Result<()> {
    let data = data.to_owned();
    tokio::task::spawn_blocking(move || learned.write(&data)).await.unwrap_or_else(|broken| Err(broken.into()))
}
