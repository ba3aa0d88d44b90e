//! `aufruf-appliance`: the box in the office.

use std::io::{Read, Write};
use std::path::PathBuf;
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
        Command::Check { config } => {
            Config::read(&config)?;
            say("in Ordnung")
        }
        Command::HashPassword => {
            let mut password = String::new();
            std::io::stdin().take(1024).read_to_string(&mut password).context("failed to read the password")?;
            say(&staff::hash(password.trim_end_matches(['\r', '\n']))?)
        }
        Command::Broker => Ok(devices::broker::serve_child()),
    }
}

fn say(line: &str) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{line}").context("failed to write the answer")?;
    Ok(ExitCode::SUCCESS)
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
