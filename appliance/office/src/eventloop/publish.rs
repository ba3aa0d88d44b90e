//! Projections: the pictures of board, terminals, counter pages and desk lamps, sent if changed.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use names::Now;
use tokio::sync::watch;

use super::day;
use super::hall::Hall;
use crate::care::{BACKUPS, HallFigures, Health, SCREENS, SEATS, STICK};
use crate::pages::paper;
use crate::pages::reception::text::desk;
use crate::pages::view::{Board, Context, CounterView, board_changes};

impl Hall {
    /// Sends every picture that changed.
    pub(super) fn publish(&mut self, now: Now) {
        self.show(now);
        self.show_counters(now);
    }

    /// What the hall sees: board, terminals, desk lamps.
    pub(super) fn show(&mut self, now: Now) {
        let context = self.context();
        replace(&self.pictures.board, Board::of(&self.queue, &context, now));
        let mut terminals = self.terminals.views(&self.queue, &context, now);
        self.slips.tell(&mut terminals);
        replace(&self.pictures.terminals, terminals);
        for show in self.desks.changed(&self.queue, now) {
            self.devices.show(show);
        }
    }

    /// What clerks see: the list of everybody, once for each counter.
    pub(super) fn show_counters(&mut self, now: Now) {
        self.health.figures().hall(HallFigures::of(&self.queue, now));
        replace(&self.pictures.clock, self.clock_view());
        let mut views = CounterView::all(&self.queue, &self.context(), now);
        let mut warnings = warnings(&self.health);
        warnings.extend(self.inputs.warning());
        replace(&self.pictures.inputs, self.inputs_view(now));
        views.values_mut().for_each(|view| view.journal.clone_from(&warnings));
        replace(&self.pictures.counters, views);
    }

    /// How long nothing changes by itself.
    pub(crate) fn until_due(&self) -> Duration {
        let now = self.clock.now().at;
        let next = [
            self.queue.next_deadline(now),
            self.terminals.deadline(),
            self.inputs.seen.deadline(now),
            Some(board_changes(&self.queue, now)),
            // Since the last look: something else may have been done at the stroke of midnight.
            day::next(&self.known.zone, self.looked),
        ];
        next.into_iter().flatten().min().map_or(Duration::ZERO, |due| until(now, due))
    }

    /// What pictures need beside the queue.
    pub(super) fn context(&self) -> Context {
        Context {
            office: self.known.office.clone(),
            link: self.link,
            zone: self.known.zone.clone(),
            confirmed: self.confirmed_today(),
        }
    }
}

/// What clerks have to know of the journal, of sound and of paper.
fn warnings(health: &Health) -> Vec<String> {
    let (text, hall) = (desk(), paper::staff());
    let wrong = [
        (STICK, &text.warn_stick),
        (SEATS, &text.warn_seats),
        (BACKUPS, &text.warn_backup),
        (SCREENS, &text.warn_screens),
        ("sound", &hall.sound),
        ("chime", &hall.chime),
        ("printer", &hall.printer),
        ("printer-paper", &hall.printer_paper),
        ("printer-slip", &hall.printer_slip),
    ];
    wrong.into_iter().filter(|(part, _)| !health.works(part)).map(|(_, words)| words.clone()).collect()
}

/// Rounded up to the next millisecond, so that a deadline is never looked at too early and again.
fn until(now: Timestamp, due: Timestamp) -> Duration {
    let left = due.duration_since(now).max(SignedDuration::ZERO);
    Duration::try_from(left).unwrap_or(Duration::ZERO) + Duration::from_millis(1)
}

fn replace<T: PartialEq>(wire: &watch::Sender<Arc<T>>, picture: T) {
    wire.send_if_modified(|shown| {
        let news = **shown != picture;
        if news {
            *shown = Arc::new(picture);
        }
        news
    });
}
