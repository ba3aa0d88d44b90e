//! `aufruf-booking`: runs the booking server, or asks the running one for an enrolment code.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use booking::config::Config;
use booking::restore;
use clap::{Parser, Subcommand};
use names::OfficeId;

/// Appointments online: pages, mails, and the far end of the boxes' line.
#[derive(Parser)]
#[command(name = "aufruf-booking", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until SIGTERM; SIGHUP reads the office files again.
    Run {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Prints a one-time code for the box of an office, good for one hour. The server must run.
    Enrol {
        /// The office, as its file names it.
        office: OfficeId,
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Copies the data of the running server into a file; safe at any moment.
    Backup {
        /// The file; an older one of that name is replaced when the copy is complete and checked.
        #[arg(long)]
        to: PathBuf,
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Puts a backup in the place of the data; without one, lets the second journal bring everything
    /// back. The server must not run; its next start finds out what was lost since.
    Restore {
        /// The backup.
        #[arg(long)]
        from: Option<PathBuf>,
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// After a restore that lost something: counts the burned seats that no known booking sits on, and
    /// opens them again once somebody has made sure that nobody was promised one.
    Reopen {
        /// The office, as its file names it.
        office: OfficeId,
        /// Somebody has made sure.
        #[arg(long)]
        checked: bool,
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// After a restore: no longer waits for the box of an office. Nothing that was free then is
    /// ever sold; days after the last one that was known can be booked.
    GiveUp {
        /// The office, as its file names it.
        office: OfficeId,
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Gives an office's exchanges a new key and prints its public half; it is used once the box knows
    /// it. The server must run.
    RotateKey {
        /// The office, as its file names it.
        office: OfficeId,
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Prints how the running server does, as one line of JSON.
    Status {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// The key on paper that makes everybody reachable after the loss of the server.
    RecoveryKey {
        #[command(subcommand)]
        what: RecoveryKey,
    },
    /// Opens the contacts that were kept for the worst case; asks for the key on standard input. The
    /// server must not run.
    RecoverContacts {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

#[derive(Subcommand)]
enum RecoveryKey {
    /// Makes a key and prints both halves, once.
    New,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("info"));
    // Complaining about a full log into that log would end the program.
    let log = tracing_subscriber::fmt().log_internal_errors(false);
    log.with_env_filter(filter).with_writer(std::io::stderr).init();
    match obey(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is gone, the exit code still tells.
            let _unheard = writeln!(std::io::stderr(), "aufruf-booking: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run { config } => booking::run(Config::read(&config)?, terminated()?).await,
        Command::Enrol { office, config } => {
            let config = Config::read(&config)?;
            say(&booking::control::ask_code(&config.data, office.as_str()).await?)
        }
        Command::Backup { to, config } => {
            let to = std::path::absolute(&to).context("failed to find the file")?;
            ask(&config, &format!("backup {}", to.display())).await
        }
        Command::Restore { from, config } => say(&restore::restore(&Config::read(&config)?, from.as_deref())?),
        Command::GiveUp { office, config } => ask(&config, &format!("give-up {office}")).await,
        Command::Reopen { office, checked, config } => {
            let sure = if checked { " checked" } else { "" };
            ask(&config, &format!("reopen {office}{sure}")).await
        }
        Command::RotateKey { office, config } => ask(&config, &format!("rotate-key {office}")).await,
        Command::Status { config } => ask(&config, "status").await,
        Command::RecoveryKey { what: RecoveryKey::New } => {
            let (public, secret) = restore::new_recovery_key()?;
            say(&format!("recovery_key = \"{public}\"\n\n{secret}"))
        }
        Command::RecoverContacts { config } => {
            let count = restore::recover_contacts(&Config::read(&config)?, std::io::stdin()).await?;
            say(&format!("{count}"))
        }
    }
}

/// Gives the running server a command and prints its answer.
async fn ask(config: &Path, line: &str) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    say(&booking::control::ask(&config.data, line).await?)
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("failed to print the answer")
}

/// Ready at SIGTERM or Ctrl-C.
fn terminated() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for Ctrl-C")?;
    Ok(async move {
        tokio::select! {
            _asked = terminate.recv() => {}
            _asked = interrupt.recv() => {}
        }
    })
}
