//! The desk devices: which counter each stands at, and what its lamp shows.

use std::collections::BTreeMap;

use devices::{DeskId, DeskView, Permit, Permits, Secret, Show};
use names::{CounterId, Now};
use queue::{Answer, CounterState, PressId, Queue};

use crate::config::Desk;

/// All desk devices of the file.
#[derive(Debug)]
pub(crate) struct Desks {
    counters: BTreeMap<DeskId, CounterId>,
    permits: Permits,
    shown: BTreeMap<DeskId, DeskView>,
}

impl Desks {
    /// The devices as configured; nothing is shown yet.
    pub(crate) fn new(desks: &[Desk]) -> Self {
        let permit = |d: &Desk| Some(Permit { desk: DeskId(d.id.clone()), secret: Secret(d.secret()?) });
        Self {
            counters: desks.iter().map(|d| (DeskId(d.id.clone()), d.counter)).collect(),
            permits: Permits(desks.iter().filter_map(permit).collect()),
            shown: BTreeMap::new(),
        }
    }

    /// Who may come in at the gate.
    pub(crate) fn permits(&self) -> Permits {
        self.permits.clone()
    }

    /// Where a device stands.
    pub(crate) fn counter(&self, desk: &DeskId) -> Option<CounterId> {
        self.counters.get(desk).copied()
    }

    /// What has to be shown anew after a step.
    pub(crate) fn changed(&mut self, queue: &Queue, now: Now) -> Vec<Show> {
        let mut news = Vec::new();
        for (desk, counter) in &self.counters {
            let view = view(queue, *counter, now);
            if self.shown.get(desk) != Some(&view) {
                self.shown.insert(desk.clone(), view.clone());
                news.push(Show::State { desk: desk.clone(), view });
            }
        }
        news
    }
}

/// A press of a device, named so that no two devices share an id.
pub(crate) fn press_id(desk: &DeskId, press: &str) -> PressId {
    PressId(format!("{}/{press}", desk.0))
}

/// The answer in the device's own words.
pub(crate) fn acknowledge(desk: DeskId, press: String, answer: &Answer) -> Show {
    let (word, code) = match answer {
        Answer::Called { code, .. } => ("called", Some(code)),
        Answer::Recalled { code, .. } => ("recalled", Some(code)),
        Answer::NobodyWaits => ("nobody-waits", None),
        Answer::Done => ("done", None),
        Answer::Refused { .. } => ("refused", None),
    };
    Show::Acknowledge { desk, press, answer: word.to_owned(), code: code.map(ToString::to_string) }
}

fn view(queue: &Queue, counter: CounterId, now: Now) -> DeskView {
    let state = queue.counter(counter, now).map(|c| c.state);
    let (word, code) = match state {
        None | Some(CounterState::Closed) => ("closed", None),
        Some(CounterState::Paused) => ("paused", None),
        Some(CounterState::Free) => ("free", None),
        Some(CounterState::Called { code, .. }) => ("called", Some(code)),
        Some(CounterState::Serving { code, .. }) => ("serving", Some(code)),
    };
    let waiting = u16::try_from(queue.waiting_for(counter, now)).unwrap_or(u16::MAX);
    DeskView { counter: counter.number(), state: word.to_owned(), code: code.map(|c| c.to_string()), waiting }
}
