//! `aufruf-appliance backup` and `restore`: copies of the journal, made and put in place by one
//! command each.
//!
//! What must always hold: a restore throws nothing away; what was lost since is found out by the
//! next start, never guessed here.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use store::{Db, backup, second};

use crate::clock;
use crate::config::Config;
use crate::control;
use crate::ledger;

/// Makes a backup: by the running box, or directly while none runs.
///
/// # Errors
/// The file cannot be written, or the copy is not sound.
pub async fn back_up(config: &Config, to: &Path) -> anyhow::Result<()> {
    let to = std::path::absolute(to).context("failed to find the folder of the backup")?;
    if control::ask_backup(&config.data, &to).await?.is_some() {
        return Ok(());
    }
    let journal = ledger::file(&config.data);
    if !journal.is_file() {
        bail!("there is no journal at {}: has this box ever run?", journal.display());
    }
    let db = Db::open(&journal, &[])?;
    Ok(backup::backup(&db, &to).await?)
}

/// Puts a backup in the place of the journal, or only takes the journal away so that the stick
/// alone brings it back. Gives back where the old one is kept. The box must not run.
///
/// # Errors
/// The box runs, the file is none of this office, or the stick has no journal; then nothing changed.
pub fn restore(config: &Config, from: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("failed to make the folder {}", config.data.display()))?;
    let (journal, now) = (ledger::file(&config.data), clock::for_names());
    let Some(from) = from else {
        let stick = config.stick.as_ref().context("no stick is configured: name a backup with --from FILE")?;
        let copy = stick.path.join(second::FILE);
        if !copy.is_file() {
            bail!("there is no journal at {}: is the stick plugged in?", copy.display());
        }
        return Ok(backup::put_aside(&journal, now)?);
    };
    Ok(backup::restore(from, &journal, &[], Some(&config.office), now)?.aside)
}
