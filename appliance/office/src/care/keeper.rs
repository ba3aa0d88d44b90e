//! The keeper: looks after the journal beside the hall's work. Backups, the stick, how far this box
//! can be believed, and the erasing of what is past its time.
//!
//! What must always hold: nothing in the hall waits for it; what it finds stands in the health, and
//! what staff must act on, on their pages.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;
use protocol::agree::Mode;
use store::SecondState;
use tokio::time::{MissedTickBehavior, interval};

use super::Health;
use super::figures::JournalFigures;
use crate::clock::{Clock, monotonic};
use crate::ledger::{self, Ledger, Standing};
use crate::plan;

/// How soon a stick that was pulled out is seen.
const LOOK: Duration = Duration::from_secs(5);

/// Looks from one backup to the next, a quarter of an hour: what an office can lose at most with its
/// card when there is neither a stick nor a line.
const BACKUP_LOOKS: u32 = 15 * 60 / 5;

/// The folder of the backups, below the data and on the stick.
const FOLDER: &str = "backup";

/// The part of the stick in the health.
pub(crate) const STICK: &str = "stick";
/// The part that says whether this box may book.
pub(crate) const SEATS: &str = "seats";
/// The part of the backups.
pub(crate) const BACKUPS: &str = "backup";
/// The part of the screens that are watched.
pub(crate) const SCREENS: &str = "screens";
/// The part that erases.
const ERASING: &str = "erasing";

/// What the keeper works with.
pub(crate) struct Keeper {
    ledger: Ledger,
    clock: Clock,
    health: Health,
    data: PathBuf,
    stick: Option<PathBuf>,
    /// How far the journal was at the last backup, and how many looks ago that was.
    backed_up: Option<(u64, u32)>,
    erased: Option<Date>,
}

impl Keeper {
    /// A keeper that has done nothing yet.
    pub(crate) fn new(ledger: Ledger, clock: Clock, health: Health, data: &Path, stick: Option<&Path>) -> Self {
        let (data, stick) = (data.to_owned(), stick.map(Path::to_owned));
        Self { ledger, clock, health, data, stick, backed_up: None, erased: None }
    }

    /// Looks again and again, until the future is dropped.
    pub(crate) async fn run(mut self) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.look_at_screens();
            self.look().await;
        }
    }

    async fn look(&mut self) {
        let standing = match self.ledger.standing().await {
            Ok(standing) => standing,
            // The loop says the same where it writes.
            Err(_no_journal) => return,
        };
        self.health.keep(STICK, stick(&standing.second));
        self.health.keep(SEATS, seats(standing.mode));
        self.health.figures().journal(self.journal(&standing));
        if let Some((_, looks)) = &mut self.backed_up {
            *looks = looks.saturating_add(1);
        }
        let due = self.backed_up.is_none_or(|(position, looks)| looks >= BACKUP_LOOKS && position != standing.position);
        if due {
            self.back_up(standing.second == SecondState::Good).await;
            self.backed_up = Some((standing.position, 0));
        }
        self.erase().await;
    }

    fn journal(&self, standing: &Standing) -> JournalFigures {
        let bytes = std::fs::metadata(ledger::file(&self.data)).ok().map(|file| file.len());
        JournalFigures { entries: standing.position, backlog: standing.backlog, bytes }
    }

    /// Only a machine with screens has this part.
    fn look_at_screens(&self) {
        let screens = self.health.screens().missing(monotonic());
        if !screens.is_empty() {
            self.health.keep(SCREENS, missing(&screens));
        }
    }

    /// On the card, and on the stick if it is really there: its folder alone may be the card, too.
    async fn back_up(&self, stick_is_there: bool) {
        let now = self.clock.now().at;
        let folders =
            [Some(self.data.join(FOLDER)), self.stick.as_ref().map(|s| s.join(FOLDER)).filter(|_| stick_is_there)];
        let mut failed = None;
        for folder in folders.into_iter().flatten() {
            match self.ledger.backup_round(&folder, now).await {
                Ok(made) => tracing::debug!(file = %made.display(), "a backup is made"),
                Err(error) => {
                    failed = Some(format!("no backup in {}: {error}; make room or change the medium", folder.display()))
                }
            }
        }
        if failed.is_none() {
            self.health.backed_up(now);
        }
        self.health.keep(BACKUPS, failed);
    }

    /// Once a day, and at every start.
    async fn erase(&mut self) {
        let today = self.clock.now().at.to_zoned(plan::zone(None)).date();
        if self.erased == Some(today) {
            return;
        }
        match self.ledger.erase_contacts(today).await {
            Ok(count) => {
                self.erased = Some(today);
                self.health.keep(ERASING, None);
                tracing::info!(count, "contacts past their time are erased");
            }
            Err(error) => self.health.keep(ERASING, Some(format!("contacts past their time are not erased: {error}"))),
        }
    }
}

fn missing(screens: &[(u8, bool)]) -> Option<String> {
    let numbers: Vec<String> =
        screens.iter().filter(|(_, missing)| *missing).map(|(number, _)| number.to_string()).collect();
    let named = (!numbers.is_empty()).then(|| numbers.join(" and "));
    named.map(|named| format!("nothing is painted on screen {named}: the browser is started again; check the cable"))
}

fn stick(state: &SecondState) -> Option<String> {
    match state {
        SecondState::None | SecondState::Good => None,
        SecondState::Behind { why, .. } => Some(why.to_string()),
    }
}

fn seats(mode: Mode) -> Option<String> {
    match mode {
        Mode::Active => None,
        Mode::Unproven => Some("restored: nothing is booked here until this box has met the booking server".to_owned()),
        Mode::Frozen => Some(
            "this box and the booking server disagree, or another box took its place: get a new code with \
             `aufruf-booking enrol`, put it into booking.code and start again"
                .to_owned(),
        ),
    }
}
