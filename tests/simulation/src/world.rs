//! Two offices and one server, driven by chance.

use std::fmt;

use jiff::Timestamp;
use names::Side;

use crate::acts::lying_clock;
use crate::chance::Chance;
use crate::ghost::Ghost;
use crate::line::{BACKUP, BOX_RESTORED, BOX_SELLS, Line, SERVER_GIVES, SERVER_RESTORED, name};
use crate::rules::Rules;

/// What happened in a schedule, for the reader of the figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Steps taken.
    pub steps: u64,
    /// Bookings that somebody was told of.
    pub bookings: u64,
    /// Stores that were replaced.
    pub restores: u64,
    /// Restores that ended with burned seats.
    pub burned: u64,
}

/// What a schedule is rich in: some laws are only tried by much of one thing.
#[derive(Clone, Copy, Debug)]
enum Theme {
    Any,
    /// Gives to the box, its sales and its restores.
    Box,
    /// Gives, backups and restores of the server.
    Server,
}

impl Theme {
    fn turn(self, kind: usize) -> usize {
        match (self, kind) {
            (Self::Box, 0..10) => SERVER_GIVES,
            (Self::Box, 10..16) => BOX_SELLS,
            (Self::Box, 16..20) => BACKUP,
            (Self::Box, 20..23) => BOX_RESTORED,
            (Self::Server, 24..29) => SERVER_GIVES,
            (Self::Server, 29..32) => BACKUP,
            (Self::Server, 32..34) => SERVER_RESTORED,
            (Self::Any | Self::Box | Self::Server, kind) => kind,
        }
    }
}

/// Everything that is simulated.
pub struct World {
    chance: Chance,
    theme: Theme,
    pub(crate) lines: Vec<Line>,
    /// What happened.
    pub tally: Tally,
    /// What happened, line by line, if somebody wants to read it.
    pub story: Option<Vec<String>>,
    /// A fingerprint of everything that happened.
    pub trace: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, bookings, restores, burned } = self;
        write!(f, "{steps} steps, {bookings} bookings told, {restores} stores replaced, {burned} burned")
    }
}

impl Tally {
    /// Adds what happened in another schedule.
    pub fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.bookings += other.bookings;
        self.restores += other.restores;
        self.burned += other.burned;
    }
}

impl World {
    /// A new world; the same seed and rules are the same world.
    #[must_use]
    pub fn new(seed: u64, rules: Rules) -> Self {
        let mut chance = Chance::new(seed);
        let lines = ["nord", "sued"].map(|name| Line::new(name, &mut chance, rules)).into();
        let theme = [Theme::Any, Theme::Box, Theme::Server][chance.below(3)];
        Self { chance, theme, lines, tally: Tally::default(), story: None, trace: 0 }
    }

    /// Random steps, then a line that works; every law after every step.
    ///
    /// # Errors
    /// The first law that was broken, and when.
    pub fn run(&mut self, steps: usize) -> Result<(), String> {
        for step in 0..steps {
            let line = self.chance.below(self.lines.len());
            self.step(line).map_err(|broken| format!("after step {step}: {broken}"))?;
            self.tally.steps += 1;
        }
        for line in &mut self.lines {
            line.heal(&mut self.chance)?;
            self.tally.bookings += line.ghost.count() as u64;
            self.tally.burned += line.burned();
            self.trace = self.trace.rotate_left(7) ^ line.server.db.order.len() as u64 ^ line.ghost.count() as u64;
        }
        Ok(())
    }

    fn step(&mut self, which: usize) -> Result<(), String> {
        // Any clock will do: no decision on seats may depend on it.
        let at = lying_clock(&mut self.chance);
        let kind = self.theme.turn(self.chance.below(100));
        self.trace = self.trace.wrapping_mul(31).wrapping_add(kind as u64);
        if kind >= SERVER_RESTORED {
            self.restore_server(at);
        } else {
            let line = &mut self.lines[which];
            let restored = line.step(kind, &mut self.chance, at)?;
            self.tally.restores += u64::from(restored);
        }
        if let Some(story) = &mut self.story {
            let what = if kind >= SERVER_RESTORED { "the server is restored" } else { name(kind) };
            let line = &self.lines[which];
            let (server, appliance) = (line.server.standing(), line.appliance.standing());
            story.push(format!("{}: {what}\n    server {server}\n    box    {appliance}", line.server.office));
        }
        let line = &self.lines[which];
        Ghost::one_holder(&line.server, &line.appliance)
    }

    /// One store serves all offices: it is replaced for all of them at once.
    fn restore_server(&mut self, at: Timestamp) {
        let (age, plugged) = (self.chance.below(4), !self.chance.one_in(4));
        let lost = self.chance.one_in(12);
        for line in &mut self.lines {
            line.restore(Side::Booking, age, plugged, lost, at);
        }
        self.tally.restores += 1;
    }
}
