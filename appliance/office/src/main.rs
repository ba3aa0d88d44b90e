//! `aufruf-appliance`: the box in the office.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use office::{Config, staff};
use tokio::signal::unix::{SignalKind, signal};

#[derive(Parser)]
#[command(version, about = "Aufruf: the box in the office")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the box until it is told to stop.
    Run {
        /// The box's own file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Check the box's own file and say what to change.
    Check {
        /// The box's own file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Make a backup of the journal, of a running box or of one that is off.
    Backup {
        /// The box's own file.
        #[arg(long)]
        config: PathBuf,
        /// The new file.
        #[arg(long)]
        to: PathBuf,
    },
    /// Put a backup in the place of the journal of a box that is off; without one, let the stick
    /// bring everything back at the next start.
    Restore {
        /// The box's own file.
        #[arg(long)]
        config: PathBuf,
        /// The backup.
        #[arg(long)]
        from: Option<PathBuf>,
    },
    /// Give the running box a new key for the line; it is used once the booking server knows it.
    RotateKey {
        /// The box's own file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Count the seats that a restore burned and that no known booking sits on; with --checked, open
    /// them again: somebody has made sure that nobody was promised one.
    Reopen {
        /// The box's own file.
        #[arg(long)]
        config: PathBuf,
        /// Open them.
        #[arg(long)]
        checked: bool,
    },
    /// Read a password from standard input and print what belongs into the file.
    HashPassword,
    /// The message broker, started by `run` only.
    #[command(hide = true)]
    Broker,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // Complaining about a full log into that log would end the program.
        .log_internal_errors(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("AUFRUF_LOG")
                .unwrap_or_else(|_unset| "info,rumqttd=off".into()),
        )
        .init();
    match act(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run { config } => run(Config::read(&config)?),
        Command::Check { config } => check(&config),
        Command::Backup { config, to } => back_up(&Config::read(&config)?, &to),
        Command::Restore { config, from } => restore(&Config::read(&config)?, from.as_deref()),
        Command::RotateKey { config } => rotate_key(&Config::read(&config)?),
        Command::Reopen { config, checked } => reopen(&Config::read(&config)?, checked),
        Command::HashPassword => {
            let mut password = String::new();
            std::io::stdin().take(1024).read_to_string(&mut password).context("failed to read the password")?;
            say(&staff::hash(password.trim_end_matches(['\r', '\n']))?)
        }
        Command::Broker => Ok(devices::broker::serve_child()),
    }
}

/// Every mistake as a line of JSON on standard output, for programs; the first one in English, as
/// the start would complain about it.
fn check(config: &Path) -> anyhow::Result<ExitCode> {
    if let Ok(text) = std::fs::read_to_string(config) {
        for mistake in Config::mistakes(&text) {
            say(&serde_json::to_string(&mistake).context("failed to write a mistake")?)?;
        }
    }
    Config::read(config)?;
    say("in Ordnung")
}

fn say(line: &str) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{line}").context("failed to write the answer")?;
    Ok(ExitCode::SUCCESS)
}

fn back_up(config: &Config, to: &Path) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    runtime.block_on(office::back_up(config, to))?;
    say(&format!("gesichert: {}", to.display()))
}

fn rotate_key(config: &Config) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    let key = runtime.block_on(office::rotate_key(config))?;
    say(&format!("neuer Schlüssel: {key}"))
}

fn reopen(config: &Config, checked: bool) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    let (seats, days) = runtime.block_on(office::reopen(config, checked))?;
    let what = format!("{seats} Plätze zu zehn Minuten an {days} Tagen");
    if checked {
        return say(&format!("{what} sind wieder offen"));
    }
    say(&format!("{what} sind gesperrt und gehören zu keinem bekannten Termin; ist keiner zugesagt: --checked"))
}

fn restore(config: &Config, from: Option<&Path>) -> anyhow::Result<ExitCode> {
    match office::restore(config, from)? {
        Some(aside) => say(&format!("bereit; der alte Stand liegt in {}", aside.display())),
        None => say("bereit"),
    }
}

fn run(config: Config) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("failed to start the runtime")?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("failed to listen for signals")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for signals")?;
        let stop = async move {
            tokio::select! {
                _term = terminate.recv() => {}
                _int = interrupt.recv() => {}
            }
        };
        office::run(config, stop).await
    })?;
    Ok(ExitCode::SUCCESS)
}
