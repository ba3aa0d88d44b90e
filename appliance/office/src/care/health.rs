//! The state of every part, kept up by the loop, read by the health page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use protocol::now::MAX_WRONG;
use serde::Serialize;

use super::figures::Figures;
use super::screens::Screens;
use crate::ledger::LedgerError;
use crate::pages::view::LinkState;

/// The state of every part. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    state: Arc<Mutex<State>>,
    screens: Screens,
    figures: Figures,
}

#[derive(Debug, Default)]
struct State {
    parts: BTreeMap<String, Part>,
    desks: BTreeMap<String, bool>,
    /// Why the last try to reach the booking server failed, and what to do.
    trouble: Option<String>,
    /// When the last backup was made.
    backup: Option<Timestamp>,
}

/// One part and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    /// Whether it works.
    pub(crate) works: bool,
    /// What is wrong and what to do; empty while it works. The clock always says who vouched.
    pub(crate) detail: String,
}

/// The health document.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Whether everything works.
    pub(crate) works: bool,
    /// Every part by its name.
    pub(crate) parts: BTreeMap<String, Part>,
    /// Every desk device, and whether it is connected.
    pub(crate) desks: BTreeMap<String, bool>,
    /// When the last backup was made; nothing before the first one of this run.
    pub(crate) backup: Option<Timestamp>,
}

impl Health {
    /// A part of the devices changed.
    pub(crate) fn part(&self, part: devices::Health) {
        if !part.works {
            tracing::warn!(part = part.part, "{}", part.detail);
            self.figures.broke(&part.part);
        }
        self.set(&part.part, part.works, part.detail);
    }

    /// A desk device came or went.
    pub(crate) fn desk(&self, desk: &str, online: bool) {
        self.lock().desks.insert(desk.to_owned(), online);
    }

    /// The last try to reach the booking server failed for this reason, or worked. Shown with
    /// the next change of the line.
    pub(crate) fn trouble(&self, why: Option<String>) {
        self.lock().trouble = why;
    }

    /// The line to the booking server changed.
    pub(crate) fn link(&self, link: LinkState) {
        match link {
            LinkState::Connected { as_of } => {
                self.figures.answered(as_of);
                self.set("line", true, String::new());
            }
            LinkState::Offline { since } => {
                let trouble = self.lock().trouble.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
                self.set("line", false, format!("offline since {since}; the office works on{trouble}"))
            }
            LinkState::Never => {}
        }
    }

    /// The figures for machines that watch the box.
    pub(crate) fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The screens of this machine.
    pub(crate) fn screens(&self) -> &Screens {
        &self.screens
    }

    /// The box cannot be enrolled, and what to do; nothing when it is.
    pub(crate) fn enrolment(&self, wrong: Option<String>) {
        match wrong {
            Some(what) => self.set("enrolment", false, what),
            None => drop(self.lock().parts.remove("enrolment")),
        }
    }

    /// The journal took a step, or could not.
    pub(crate) fn journal(&self, failure: Option<&LedgerError>) {
        let detail = failure.map(|f| format!("{f}; check the disk")).unwrap_or_default();
        self.set("journal", failure.is_none(), detail);
    }

    /// This box and the booking server know different bookings, and on which days; nothing when they
    /// agree.
    pub(crate) fn agreement(&self, apart: Option<String>) {
        self.keep("agreement", apart);
    }

    /// A part of the keeper's does, or does not, and why.
    pub(super) fn keep(&self, part: &str, wrong: Option<String>) {
        let changed =
            self.lock().parts.get(part).is_none_or(|known| known.detail != *wrong.as_deref().unwrap_or_default());
        if let Some(what) = wrong.as_ref().filter(|_| changed) {
            tracing::warn!(part, "{what}");
        }
        self.set(part, wrong.is_none(), wrong.unwrap_or_default());
    }

    /// A backup was made.
    pub(super) fn backed_up(&self, at: Timestamp) {
        self.lock().backup = Some(at);
    }

    /// Whether a part works; one that never reported does.
    pub(crate) fn works(&self, part: &str) -> bool {
        self.lock().parts.get(part).is_none_or(|part| part.works)
    }

    /// How the box does.
    pub(crate) fn report(&self) -> Report {
        let state = self.lock();
        Report {
            works: state.parts.values().all(|p| p.works),
            parts: state.parts.clone(),
            desks: state.desks.clone(),
            backup: state.backup,
        }
    }

    /// The parts that do not work, as far as they are told to the booking server; what scanners and
    /// desks are called in the house stays there.
    pub(crate) fn wrong(&self) -> Vec<String> {
        let state = self.lock();
        let wrong = state.parts.iter().filter(|(name, part)| !part.works && !name.contains(':'));
        wrong.map(|(name, _)| name.clone()).take(MAX_WRONG).collect()
    }

    pub(super) fn set(&self, part: &str, works: bool, detail: String) {
        let news = Part { works, detail };
        let mut state = self.lock();
        if state.parts.get(part) != Some(&news) {
            state.parts.insert(part.to_owned(), news);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_down_says_why_and_what_to_do_until_it_works_again() {
        let health = Health::default();
        health.trouble(Some("the proxy asks for a password".to_owned()));
        health.link(LinkState::Offline { since: Timestamp::UNIX_EPOCH });
        let line = health.report().parts["line"].clone();
        assert!(!line.works && line.detail.ends_with("the office works on; the proxy asks for a password"));
        health.trouble(None);
        health.link(LinkState::Connected { as_of: Timestamp::UNIX_EPOCH });
        assert_eq!(health.report().parts["line"], Part { works: true, detail: String::new() });
    }
}
