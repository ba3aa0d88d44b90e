//! The only place of this program that asks the time.
//!
//! ```text
//!   system ──Reading──► Judge ◄── signed answers, browsers, a person
//!                         │ due
//!   hall writes it down ──┴──► take: from now on the time is the new one
//! ```
//!
//! What must always hold: the clock never steps behind what the journal has seen unless the hall
//! has written down a trusted setting, so that facts stay in order through an offline boot; it
//! says how far it can be believed (`rules.md`, Clock). Safety never depends on it.

mod browsers;
mod judge;
mod kept;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use names::{Now, Trust};
use queue::ClockSource;

pub(crate) use self::browsers::Browser;
pub(crate) use self::judge::{Heard, Said, Setting};
use self::judge::{Judge, Reading, Start};
use self::kept::{Boot, Kept};

/// systemd touches this file once the network's time was taken over.
const TIME_SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

/// The battery clock, in seconds since 1970.
const CHIP: &str = "/sys/class/rtc/rtc0/since_epoch";

/// The newest moment is kept so often: 1,440 small writes a day, which any card stands.
const KEPT_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The clock of the box. Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    state: Arc<Mutex<State>>,
    data: PathBuf,
}

#[derive(Debug)]
struct State {
    judge: Judge,
    started: Instant,
    kept: Option<Now>,
    told: Option<Standing>,
}

/// How the clock stands, for the health document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How far it can be believed.
    pub(crate) trust: Trust,
    /// Who vouched for it last.
    pub(crate) by: Option<ClockSource>,
    /// The day somebody confirmed, while it is unknown.
    pub(crate) confirmed: Option<Date>,
    /// The network or the booking server tell another time.
    pub(crate) astray: bool,
}

impl Clock {
    /// A clock that knows the newest moment of the journal, and what was kept in `data`.
    #[must_use]
    pub(crate) fn starting_at(newest: Option<Timestamp>, data: &Path) -> Self {
        let (kept, boot) = (Kept::read(data), Boot::read());
        let ran_on = kept.as_ref().and_then(|it| it.ran_on(&boot));
        let floor = newest.max(kept.map(|it| it.at)).unwrap_or(Timestamp::UNIX_EPOCH);
        let judge = Judge::new(Start { floor, built: built(), ran_on });
        let state = State { judge, started: monotonic(), kept: None, told: None };
        Self { state: Arc::new(Mutex::new(state)), data: data.to_owned() }
    }

    /// The present moment; never before one it has told already, but for a trusted setting.
    #[must_use]
    pub(crate) fn now(&self) -> Now {
        let state = self.lock();
        state.judge.now(state.ran())
    }

    /// The booking server's signed answer told its time.
    pub(crate) fn heard(&self, server: Timestamp) {
        let mut state = self.lock();
        let ran = state.ran();
        state.judge.heard(server, ran);
    }

    /// A browser of somebody who signed in told its time; `here` if it runs on this computer.
    pub(crate) fn witnessed(&self, browser: Browser, time: Timestamp, here: bool) {
        let mut state = self.lock();
        let reading = state.reading();
        state.judge.witnessed(browser, time, &reading, here);
    }

    /// Somebody who signed in says which day it is.
    pub(crate) fn said(&self, said: Said, zone: &TimeZone) -> Heard {
        let mut state = self.lock();
        let ran = state.ran();
        state.judge.said(said, zone, ran)
    }

    /// What the page should propose.
    pub(crate) fn proposal(&self) -> Timestamp {
        let state = self.lock();
        state.judge.proposal(state.ran())
    }

    /// Looks at the system; says what is to be written down before the clock may be set.
    pub(crate) fn due(&self) -> Option<Setting> {
        let mut state = self.lock();
        let reading = state.reading();
        state.judge.look(&reading);
        state.judge.due()
    }

    /// The present moment, as it will be told once this setting is taken.
    pub(crate) fn once_set(&self, setting: Setting) -> Now {
        Now { at: judge::later(self.now().at, setting.delta), trust: setting.trust }
    }

    /// The setting is written down: from now on the time is the new one.
    pub(crate) fn take(&self, setting: Setting) {
        let mut state = self.lock();
        state.judge.take(setting);
        state.kept = None;
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        self.lock().standing()
    }

    /// How it stands, for somebody who tells everybody.
    pub(crate) fn tell_standing(&self) -> Standing {
        let mut state = self.lock();
        let standing = state.standing();
        state.told = Some(standing);
        standing
    }

    /// Whether it is to be set, or stands otherwise than everybody was told.
    pub(crate) fn has_news(&self) -> bool {
        let due = self.due().is_some();
        let state = self.lock();
        due || state.told != Some(state.standing())
    }

    /// Keeps the newest moment for the next boot, once a minute, after each setting and when it
    /// can be believed otherwise.
    ///
    /// # Errors
    /// The disk is full or broken; it is tried again a minute later.
    pub(crate) async fn keep(&self) -> std::io::Result<()> {
        let now = self.now();
        let fresh = |kept: Now| kept.trust == now.trust && now.at.duration_since(kept.at) < KEPT_EVERY;
        if self.lock().kept.is_some_and(fresh) {
            return Ok(());
        }
        self.lock().kept = Some(now);
        let data = self.data.clone();
        let written = tokio::task::spawn_blocking(move || Kept::of(now, &Boot::read()).write(&data)).await;
        written.map_err(std::io::Error::other)?.map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn standing(&self) -> Standing {
        let trust = self.judge.now(self.ran()).trust;
        let (by, confirmed) = (self.judge.by(), self.judge.confirmed());
        Standing { trust, by, confirmed, astray: self.judge.is_astray() }
    }

    fn ran(&self) -> SignedDuration {
        SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::MAX)
    }

    fn reading(&self) -> Reading {
        Reading { ran: self.ran(), wall: system_time(), network: Path::new(TIME_SYNCHRONIZED).exists(), chip: chip() }
    }
}

/// No box runs before it was built: the date of the first version with this clock, or the date
/// of the release.
fn built() -> Timestamp {
    let first = Timestamp::constant(1_795_000_000, 0);
    let release = option_env!("SOURCE_DATE_EPOCH").and_then(|it| it.parse().ok());
    release.and_then(|it| Timestamp::from_second(it).ok()).map_or(first, |release| release.max(first))
}

fn chip() -> Option<Timestamp> {
    let seconds = std::fs::read_to_string(CHIP).ok()?;
    Timestamp::from_second(seconds.trim().parse().ok()?).ok()
}

/// A moment of the clock that only counts.
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}

/// The system's time, for the names of files only.
pub(crate) fn for_names() -> Timestamp {
    system_time()
}

#[expect(clippy::disallowed_methods, reason = "this is the one clock of the program")]
fn system_time() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
#[path = "clock/tests.rs"]
mod tests;
