//! Who kills: either side or both, after so many answers, and again while it starts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use fixture::Chance;
use fixture::chaos::Weather;

use super::story::World;

/// A kill comes after at most so many further answers.
const ANSWERS: u64 = 40;
/// If nobody is answered any more, it comes all the same.
const AT_THE_LATEST: Duration = Duration::from_secs(5);
/// A program is killed again within so many milliseconds of its start: while it reads its
/// journal, before it listens, or just after.
const WHILE_STARTING: u64 = 250;
/// A start may fail while the one before is still being buried by the system.
const STARTS: usize = 5;

/// How often which side was killed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Crashes {
    pub(crate) server: u64,
    pub(crate) of_box: u64,
    /// How often nobody was answered before the next kill.
    pub(crate) silent: u64,
}

impl Crashes {
    pub(crate) fn all(self) -> u64 {
        self.server + self.of_box
    }
}

impl fmt::Display for Crashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, of_box, silent } = self;
        write!(f, "{} kills ({server} of the booking server, {of_box} of the box, {silent} in silence)", self.all())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Server,
    Box,
}

/// Kills and starts again.
pub(crate) struct Conductor {
    world: Arc<World>,
    chance: Chance,
}

impl Conductor {
    pub(crate) fn new(world: Arc<World>, chance: Chance) -> Self {
        Self { world, chance }
    }

    /// At least so many kills; the weather is bad meanwhile, and everything is up in the end.
    pub(crate) async fn run(mut self, kills: u64) -> Result<Crashes> {
        let town = Arc::clone(&self.world.town);
        town.street.weather(Some(Weather::new(self.chance.split(), 3, Duration::from_millis(2), 4096)));
        town.line.weather(Some(Weather::new(self.chance.split(), 10, Duration::from_millis(15), 700)));
        let mut crashes = Crashes::default();
        while crashes.all() < kills {
            crashes.silent += u64::from(!self.some_answers().await);
            let (mut first, mut second) = (self.chance.split(), self.chance.split());
            match self.chance.below(5) {
                0 | 1 => crashes.server += self.crash(Side::Server, &mut first).await?,
                2 | 3 => crashes.of_box += self.crash(Side::Box, &mut first).await?,
                _ => {
                    let both = tokio::join!(self.crash(Side::Server, &mut first), self.crash(Side::Box, &mut second));
                    crashes.server += both.0?;
                    crashes.of_box += both.1?;
                }
            }
        }
        self.some_answers().await;
        town.street.weather(None);
        town.line.weather(None);
        Ok(crashes)
    }

    /// Waits for some answers to citizens; whether they came.
    async fn some_answers(&mut self) -> bool {
        let mut answers = self.world.answers.subscribe();
        let enough = *answers.borrow() + 1 + self.chance.below(ANSWERS);
        tokio::time::timeout(AT_THE_LATEST, answers.wait_for(|answers| *answers >= enough)).await.is_ok()
    }

    /// Kills one side, sometimes again and again while it starts; answers how often.
    async fn crash(&self, side: Side, chance: &mut Chance) -> Result<u64> {
        let office = &self.world.town.office;
        let up = match side {
            Side::Server => &self.world.server_up,
            Side::Box => &self.world.box_up,
        };
        up.send_replace(false);
        kill(&self.world, side).await?;
        let mut kills = 1;
        while chance.happens(25) {
            let moment = Duration::from_millis(chance.below(WHILE_STARTING));
            // A start that is given up is killed.
            if let Ok(Ok(())) = tokio::time::timeout(moment, start(&self.world, side)).await {
                kill(&self.world, side).await?;
            }
            kills += 1;
        }
        let mut last = None;
        for _start in 0..STARTS {
            match start(&self.world, side).await {
                Ok(()) => {
                    up.send_replace(true);
                    return Ok(kills);
                }
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) => {
                Err(error.context(format!("{side:?} does not start any more ({})", office.places.folder.display())))
            }
            None => bail!("{side:?} was never started"),
        }
    }
}

async fn kill(world: &World, side: Side) -> Result<()> {
    match side {
        Side::Server => world.town.office.crash_booking().await,
        Side::Box => world.town.office.power_off().await,
    }
}

async fn start(world: &World, side: Side) -> Result<()> {
    match side {
        Side::Server => world.town.office.start_booking().await,
        Side::Box => world.town.office.switch_on().await,
    }
}
