//! How far the time can be believed, decided from readings that others took.
//!
//! ```text
//!   start: no source ──► unknown ──chip, browsers, one signed answer──► plausible
//!                           │  ▲                                           │
//!             a person ─► the date counts                                  │
//!                           └────── network, two signed answers ──► trusted ◄
//! ```
//!
//! What must always hold: the told time is an anchor plus what the monotonic clock counted since,
//! so that no jump of the wall clock moves it; it is moved by a [`Setting`] only, which the hall
//! writes down first; only who is trusted may set it behind the floor.
//!
//! What may not be used here: the system. Every reading is an argument.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use names::{Now, Trust};
use queue::ClockSource;

use super::browsers::{Browser, Browsers};

/// Two clocks this close are the same clock: the round trip of one exchange is inside it.
pub(crate) const SAME_TIME: SignedDuration = SignedDuration::from_secs(2);

/// A clock that was once right is off by less after 30 days of outage (200 millionths); a
/// greater difference is somebody's mistake and moves nothing.
pub(crate) const DRIFT: SignedDuration = SignedDuration::from_mins(10);

/// A battery clock that nobody corrects is off by two minutes a year.
const CHIP_AGREES: SignedDuration = SignedDuration::from_mins(5);

/// Nobody leaves a box switched off for longer; a date past it is a typing error (`rules.md`).
const AT_MOST: SignedDuration = SignedDuration::from_hours(400 * 24);

/// A longer closure than a weekend with a holiday is asked about twice (`rules.md`).
const SURE_WITHIN: SignedDuration = SignedDuration::from_hours(3 * 24);

/// One look at the system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// What the monotonic clock counted since the program started.
    pub(crate) ran: SignedDuration,
    /// The wall clock of the system.
    pub(crate) wall: Timestamp,
    /// The system took over the network's time.
    pub(crate) network: bool,
    /// The battery clock, if there is one.
    pub(crate) chip: Option<Timestamp>,
}

/// Where a program begins to count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// Nothing happened after this moment before the program started.
    pub(crate) floor: Timestamp,
    /// No program ran before it was built.
    pub(crate) built: Timestamp,
    /// The clock that ran on since this computer was switched on, if this is not its first start.
    pub(crate) ran_on: Option<Now>,
}

/// The clock is to be set: written down first, then taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Who told the time.
    pub(crate) by: ClockSource,
    /// How far it jumps.
    pub(crate) delta: SignedDuration,
    /// Moments from here on came from the wrong clock.
    pub(crate) since: Timestamp,
    /// How far it can be believed then.
    pub(crate) trust: Trust,
    /// The day a person confirmed.
    pub(crate) day: Option<Date>,
}

/// What a person says about the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// The day.
    pub(crate) day: Date,
    /// The time, if it was typed.
    pub(crate) time: Option<Time>,
    /// Confirmed a second time.
    pub(crate) sure: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The date counts.
    Taken,
    /// The box knows the time without being told.
    NotNeeded,
    /// More than three days ahead: please confirm once more.
    AskAgain,
    /// Before anything the box has seen, which was on this day.
    Before(Date),
    /// Later than any box is switched off; the last day that can be confirmed.
    After(Date),
}

/// The clock as a machine.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    built: Timestamp,
    /// The told time at the start of the monotonic clock, on the present scale.
    anchor: Timestamp,
    /// The first moment of this program, on the present scale.
    began: Timestamp,
    /// The floor of the start: persons and browsers never get behind it.
    floor: Timestamp,
    trust: Trust,
    by: Option<ClockSource>,
    day: Option<Date>,
    signed: Option<(SignedDuration, Timestamp)>,
    browsers: Browsers,
    due: Option<Setting>,
    astray: bool,
}

impl Judge {
    /// A clock that has just started to count.
    pub(crate) fn new(start: Start) -> Self {
        let floor = start.floor.max(start.built);
        let ran_on = start.ran_on.filter(|it| it.at >= floor);
        let (anchor, trust) = ran_on.map_or((floor, Trust::Unknown), |it| (it.at, it.trust));
        Self {
            built: start.built,
            anchor,
            began: anchor,
            floor: anchor,
            trust,
            by: None,
            day: None,
            signed: None,
            browsers: Browsers::default(),
            due: None,
            astray: false,
        }
    }

    /// The told time.
    pub(crate) fn now(&self, ran: SignedDuration) -> Now {
        Now { at: later(self.anchor, ran), trust: self.trust }
    }

    /// The day somebody confirmed, while the clock is unknown.
    pub(crate) fn confirmed(&self) -> Option<Date> {
        self.day.filter(|_| self.trust == Trust::Unknown)
    }

    /// Who vouched for the time last, since the program started.
    pub(crate) fn by(&self) -> Option<ClockSource> {
        self.by
    }

    /// The network or the booking server tell another time than a clock that was trusted.
    pub(crate) fn is_astray(&self) -> bool {
        self.astray
    }

    /// What the page should propose: the browsers know better than a clock that stood still.
    pub(crate) fn proposal(&self, ran: SignedDuration) -> Timestamp {
        let told = self.now(ran).at;
        self.browsers.newest(ran).filter(|it| self.is_possible(*it, ran)).unwrap_or(told)
    }

    /// Looks at the system.
    pub(crate) fn look(&mut self, reading: &Reading) {
        let Reading { ran, wall, network, chip } = *reading;
        if network && wall >= self.built {
            return self.vouched(wall, ran, ClockSource::Network);
        }
        let chip_agrees = chip.is_some_and(|chip| wall.duration_since(chip).abs() <= CHIP_AGREES);
        if self.trust == Trust::Unknown && chip_agrees && self.is_possible(wall, ran) {
            self.propose(wall, ran, ClockSource::Chip, Trust::Plausible, None);
        }
    }

    /// The booking server's signed answer told its time. One is plausible; two that agree with
    /// what passed between them are trusted.
    pub(crate) fn heard(&mut self, server: Timestamp, ran: SignedDuration) {
        if server < self.built {
            return;
        }
        let before = self.signed.replace((ran, server));
        let agrees = before.is_some_and(|(then, told)| {
            let passed = ran.saturating_sub(then);
            server.duration_since(told).saturating_sub(passed).abs() <= SAME_TIME
        });
        if agrees {
            self.vouched(server, ran, ClockSource::Server);
        } else if self.trust == Trust::Unknown {
            self.propose(server, ran, ClockSource::Server, Trust::Plausible, None);
        }
    }

    /// A browser of somebody who signed in told its time. The one on this very computer only
    /// repeats the wall clock: it is no witness.
    pub(crate) fn witnessed(&mut self, browser: Browser, time: Timestamp, reading: &Reading, here: bool) {
        let echo = here && time.duration_since(reading.wall).abs() <= SAME_TIME;
        if self.trust != Trust::Unknown || echo {
            return;
        }
        self.browsers.tell(browser, time, reading.ran);
        let median = self.browsers.median(reading.ran).filter(|it| self.is_possible(*it, reading.ran));
        if let Some(time) = median {
            self.propose(time, reading.ran, ClockSource::Browsers, Trust::Plausible, None);
        }
    }

    /// Somebody who signed in says which day it is: the date counts from now on, not the hour.
    pub(crate) fn said(&mut self, said: Said, zone: &TimeZone, ran: SignedDuration) -> Heard {
        if self.trust != Trust::Unknown {
            return Heard::NotNeeded;
        }
        let lowest = later(self.floor, ran);
        let day_of = |at: Timestamp| at.to_zoned(zone.clone()).date();
        if said.day < day_of(lowest) {
            return Heard::Before(day_of(lowest));
        }
        let last = day_of(later(lowest, AT_MOST));
        let Some(meant) = self.meant(said, zone, ran).filter(|_| said.day <= last) else { return Heard::After(last) };
        let meant = meant.max(lowest).min(later(lowest, AT_MOST));
        if !said.sure && meant.duration_since(lowest) > SURE_WITHIN {
            return Heard::AskAgain;
        }
        self.propose(meant, ran, ClockSource::Person, Trust::Unknown, Some(said.day));
        Heard::Taken
    }

    /// The moment a person means: what was typed, else the proposal of that day, else its noon.
    fn meant(&self, said: Said, zone: &TimeZone, ran: SignedDuration) -> Option<Timestamp> {
        let proposal = self.proposal(ran);
        let of_that_day = proposal.to_zoned(zone.clone()).date() == said.day;
        match said.time {
            None if of_that_day => Some(proposal),
            time => {
                let time = time.unwrap_or(Time::constant(12, 0, 0, 0));
                let meant = zone.to_ambiguous_zoned(said.day.to_datetime(time)).compatible().ok()?;
                Some(meant.timestamp())
            }
        }
    }

    /// What is to be written down before the clock may be set.
    pub(crate) fn due(&self) -> Option<Setting> {
        self.due
    }

    /// The setting is written down: from now on the told time is the new one.
    pub(crate) fn take(&mut self, setting: Setting) {
        self.anchor = later(self.anchor, setting.delta);
        self.began = later(self.began, setting.delta);
        (self.trust, self.by, self.day) = (setting.trust, Some(setting.by), setting.day);
        self.due = None;
    }

    /// Somebody who is to be trusted told the time.
    fn vouched(&mut self, time: Timestamp, ran: SignedDuration, by: ClockSource) {
        let off = time.duration_since(self.now(ran).at).abs();
        self.astray = self.trust == Trust::Trusted && off > DRIFT;
        // Two that differ by seconds must not set the clock in turns: the network's time stays.
        let settled =
            self.trust == Trust::Trusted && self.by == Some(ClockSource::Network) && by != ClockSource::Network;
        if !self.astray && !settled {
            self.propose(time, ran, by, Trust::Trusted, None);
        }
    }

    /// A difference that nobody notices raises the trust and moves nothing.
    fn propose(&mut self, time: Timestamp, ran: SignedDuration, by: ClockSource, trust: Trust, day: Option<Date>) {
        let delta = time.duration_since(self.now(ran).at);
        if delta.abs() <= SAME_TIME {
            (self.trust, self.by, self.day, self.due) = (trust, Some(by), day, None);
            return;
        }
        // Set back, everything that was seen so far came from the wrong clock.
        let since = if delta.is_negative() { Timestamp::MIN } else { self.began };
        self.due = Some(Setting { by, delta, since, trust, day });
    }

    /// Not before the floor, and not later than any box is switched off.
    fn is_possible(&self, time: Timestamp, ran: SignedDuration) -> bool {
        let lowest = later(self.floor, ran);
        later(time, SAME_TIME) >= lowest && time <= later(lowest, AT_MOST)
    }
}

/// A moment later, or earlier; at the edges of time it stays.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}
