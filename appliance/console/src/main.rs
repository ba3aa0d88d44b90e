//! `aufruf-console`: what stands on the screens of the box besides its pages.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use console::{Outputs, Screens};

#[derive(Parser)]
#[command(version, about = "Aufruf: text on the console, pages on the screens")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Draw the current calls as large text on standard output, a console of Linux.
    Draw {
        /// The pages of the box, on this machine.
        #[arg(long, default_value = "127.0.0.1:8080")]
        of: SocketAddr,
        /// What is to be changed in the file on the card; there only if something is.
        #[arg(long, default_value = "/run/aufruf-card/mistakes.txt")]
        mistakes: PathBuf,
    },
    /// Say to the compositor which page belongs on which output.
    Screens {
        /// The folder for `weston.ini` and `touch.env`.
        #[arg(long)]
        out: PathBuf,
        /// The outputs of this machine.
        #[arg(long, default_value = "/sys/class/drm")]
        outputs: PathBuf,
    },
    /// Keep a painted page on a screen: start the browser, and end when it stands still.
    Page {
        /// 1 or 2.
        screen: u8,
        /// The pages of the box, on this machine.
        #[arg(long, default_value = "127.0.0.1:8080")]
        of: SocketAddr,
        /// Only say whether this screen is to show a page.
        #[arg(long)]
        is_wanted: bool,
        /// The browser.
        #[arg(long, default_value = "/usr/bin/chromium")]
        browser: PathBuf,
        /// The outputs of this machine.
        #[arg(long, default_value = "/sys/class/drm")]
        outputs: PathBuf,
    },
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("AUFRUF_LOG").unwrap_or_else(|_unset| "info".into());
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .with_env_filter(filter)
        .without_time()
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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("failed to start the runtime")?;
    match command {
        Command::Draw { of, mistakes } => runtime.block_on(console::draw(of, &mistakes))?,
        Command::Screens { out, outputs } => {
            console::write_screens(&Screens::wanted(|name| std::env::var(name).ok()), &Outputs::read(&outputs), &out)?;
        }
        Command::Page { screen, outputs, is_wanted: true, .. } => {
            let screens = Screens::wanted(|name| std::env::var(name).ok());
            let wanted = console::is_wanted(&screens, &Outputs::read(&outputs), screen);
            return Ok(if wanted { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Page { screen, of, browser, is_wanted: false, outputs: _ } => {
            let screens = Screens::wanted(|name| std::env::var(name).ok());
            runtime.block_on(console::page(&screens, screen, of, &browser))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
