//! Tells the office how one part does, but only when that changed.

use tokio::sync::mpsc::Sender;

use crate::values::{Health, Sensed};

/// The last thing told about one part.
#[derive(Debug)]
pub(crate) struct Report {
    part: String,
    told: Option<String>,
    sensed: Sender<Sensed>,
}

impl Report {
    pub(crate) fn new(part: impl Into<String>, sensed: Sender<Sensed>) -> Self {
        Self { part: part.into(), told: None, sensed }
    }

    /// It works; waits while the office has no room.
    pub(crate) async fn works(&mut self) {
        if let Some(health) = self.changed(String::new()) {
            // The office is gone only when the whole room stops.
            let _ = self.sensed.send(Sensed::Health(health)).await;
        }
    }

    /// It does not; `detail` says what is wrong and what to do.
    pub(crate) async fn broken(&mut self, detail: String) {
        if let Some(health) = self.changed(detail) {
            let _ = self.sensed.send(Sensed::Health(health)).await;
        }
    }

    /// As [`Report::works`], on a thread of its own.
    pub(crate) fn works_blocking(&mut self) {
        if let Some(health) = self.changed(String::new()) {
            let _ = self.sensed.blocking_send(Sensed::Health(health));
        }
    }

    /// As [`Report::broken`], on a thread of its own.
    pub(crate) fn broken_blocking(&mut self, detail: String) {
        if let Some(health) = self.changed(detail) {
            let _ = self.sensed.blocking_send(Sensed::Health(health));
        }
    }

    fn changed(&mut self, detail: String) -> Option<Health> {
        if self.told.as_ref() == Some(&detail) {
            return None;
        }
        if detail.is_empty() {
            tracing::info!(part = self.part, "works");
        } else {
            tracing::warn!(part = self.part, detail, "does not work");
        }
        self.told = Some(detail.clone());
        Some(Health { part: self.part.clone(), works: detail.is_empty(), detail })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_change_is_told() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
        let mut report = Report::new("sound", sender);
        report.works().await;
        report.works().await;
        report.broken("no card".into()).await;
        report.broken("no card".into()).await;
        report.works().await;
        drop(report);
        let mut told = Vec::new();
        while let Some(Sensed::Health(health)) = receiver.recv().await {
            told.push(health.works);
        }
        assert_eq!(told, [true, false, true]);
    }
}
