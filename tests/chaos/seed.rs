//! Which numbers a run is made of, and how to repeat it.

use std::fmt;

use anyhow::{Context, Result};
use fixture::Chance;

/// The seed of a run and what it takes to have the same once more.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    number: u64,
    test: &'static str,
}

impl Seed {
    /// The seed of `AUFRUF_SEED`, or one nobody chose. `test` is what to run to repeat it.
    pub(crate) fn of(test: &'static str) -> Result<Self> {
        let number = match number("AUFRUF_SEED")? {
            Some(seed) => seed,
            None => u64::from(getrandom::u32().context("no random bits for a seed")?),
        };
        Ok(Self { number, test })
    }

    pub(crate) fn chance(&self) -> Chance {
        Chance::new(self.number)
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to repeat: AUFRUF_SEED={} cargo test -p tests --test chaos {}", self.number, self.test)
    }
}

/// A number of the environment, such as `AUFRUF_KILLS`.
pub(crate) fn number(name: &str) -> Result<Option<u64>> {
    match std::env::var(name) {
        Ok(number) => Ok(Some(number.parse().with_context(|| format!("{name}: not a number"))?)),
        Err(_unset) => Ok(None),
    }
}
