//! `aufruf-showroom`: a whole office on one page, for visitors.
//!
//! ```text
//!   one command ─► booking server, box, mailbox, terminal, two desk devices, board, plug
//!                        └──────────── live, in one page ────────────┘
//! ```
//!
//! What must always hold: every screen on the page is the real program's; every key, scan, press
//! and click goes the way it would go in an office; the count is compared, never assumed; it
//! works without internet and ends without a trace.
//!
//! What may not be used here: the insides of the two programs (as in the fixture), names of real
//! persons or towns.

mod captions;
mod hall;
mod inbox;
mod message;
mod pages;
mod people;
mod picture;
mod play;
#[cfg(test)]
mod rehearsal;
mod stage;
mod tally;
mod texts;
mod theatre;

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::message::Message;
use crate::play::Tempo;
use crate::theatre::Theatre;

/// Taken if it is free and no other was asked for: easy to type.
const USUAL_PORT: u16 = 8000;

/// What is told on the terminal if nothing else is asked for. A browser that goes away in the
/// middle of a stream is no news.
const QUIET: &str = "warn,warp::server=off";

/// A whole citizens' office on one page.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// The port of the page on this machine; 0 takes any. Without it 8000, or any if 8000 is taken.
    #[arg(long)]
    port: Option<u16>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new(QUIET));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let listener = listen(Options::parse().port).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let (doors, theatre) = Theatre::open(address.clone(), Tempo::Audience);
    let pages = tokio::spawn(warp::serve(pages::routes(doors.clone())).incoming(listener).run());
    writeln!(std::io::stdout(), "Aufruf-Schauraum: {address}/\nBeenden mit Strg+C.")?;
    asked_to_end().await?;
    if doors.messages.send(Message::Close).await.is_err() {
        tracing::warn!("the theatre was closed already");
    }
    theatre.await?;
    pages.abort();
    Ok(())
}

async fn listen(asked: Option<u16>) -> Result<TcpListener> {
    let at = |port: u16| TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)));
    match asked {
        Some(port) => at(port).await.with_context(|| format!("port {port} of this machine is taken")),
        None => match at(USUAL_PORT).await {
            Ok(listener) => Ok(listener),
            Err(_taken) => at(0).await.context("no port is free on this machine"),
        },
    }
}

/// Waits for Ctrl+C or SIGTERM.
async fn asked_to_end() -> Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _asked = terminated.recv() => {}
    }
    Ok(())
}
