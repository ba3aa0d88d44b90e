//! `aufruf-card`: reads the file on the card at each boot, and takes used secrets out of it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use card::plan::{Found, plan};
use card::{code, disk, words};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about = "Aufruf: the file on the card")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read the card and write what the system needs; mistakes never end this.
    Read {
        /// The file on the card.
        #[arg(long)]
        card: PathBuf,
        /// The folder of this start.
        #[arg(long)]
        out: PathBuf,
        /// The folder that stays.
        #[arg(long, default_value = "/data/aufruf")]
        keep: PathBuf,
        /// What the box wrote when it had used its code.
        #[arg(long, default_value = "/data/var/lib/private/aufruf/enrolled")]
        enrolled: PathBuf,
    },
    /// Take the used code and the kept password out of the file on the card.
    Blank {
        /// The file on the card.
        #[arg(long)]
        card: PathBuf,
        /// The folder that stays.
        #[arg(long, default_value = "/data/aufruf")]
        keep: PathBuf,
        /// What the box wrote when it had used its code.
        #[arg(long, default_value = "/data/var/lib/private/aufruf/enrolled")]
        enrolled: PathBuf,
    },
    /// Say in German what is to be changed in a file; for those who prepare cards.
    Check {
        /// The file.
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).without_time().init();
    let done = match Arguments::parse().command {
        Command::Read { card, out, keep, enrolled } => read(&card, &out, &keep, &enrolled),
        Command::Blank { card, keep, enrolled } => blank(&card, &keep, &enrolled),
        Command::Check { file } => check(&file),
    };
    done.unwrap_or_else(|error| {
        tracing::error!("{error:#}");
        ExitCode::FAILURE
    })
}

fn read(card: &Path, out: &Path, keep: &Path, enrolled: &Path) -> anyhow::Result<ExitCode> {
    let plan = plan(&disk::find(card), &disk::kept(keep, enrolled));
    for mistake in &plan.mistakes {
        tracing::warn!("{}", words::sentence(mistake));
    }
    // What the system needs comes first: a full data partition keeps nobody from being called.
    disk::write_start(out, &plan.outputs)?;
    if let Err(error) = disk::write_kept(keep, &plan.keep) {
        tracing::error!("{error:#}");
    }
    tracing::info!(start = ?plan.start, mistakes = plan.mistakes.len(), "the card is read");
    Ok(ExitCode::SUCCESS)
}

fn blank(card: &Path, keep: &Path, enrolled: &Path) -> anyhow::Result<ExitCode> {
    let Found::Bytes(bytes) = disk::find(card) else { return Ok(ExitCode::SUCCESS) };
    if let Some(blanked) = code::blank(&bytes, &disk::kept(keep, enrolled)) {
        disk::replace(card, &blanked, 0o644).with_context(|| format!("failed to write {}", card.display()))?;
        tracing::info!("what was used is taken out of the card");
    }
    Ok(ExitCode::SUCCESS)
}

fn check(file: &Path) -> anyhow::Result<ExitCode> {
    let plan = plan(&disk::find(file), &card::plan::Kept::default());
    let lines: Vec<String> = plan.mistakes.iter().map(words::sentence).collect();
    let mut out = std::io::stdout();
    lines.iter().try_for_each(|line| writeln!(out, "{line}")).context("failed to write the answer")?;
    Ok(if lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
