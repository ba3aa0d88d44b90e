//! `aufruf-booking`: runs the booking server, or asks the running one for an enrolment code.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use booking::config::Config;
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
            let code = booking::control::ask_code(&config.data, office.as_str()).await?;
            writeln!(std::io::stdout(), "{code}").context("failed to print the code")
        }
    }
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
