//! `aufruf-rig`: the booted image with virtual hardware, and what people do with it.
//!
//! ```text
//!   aufruf-rig short | all | NAME … ─► boot once ─► each scenario ─► one JSON line, and pictures,
//!                                                                    sound and logs in target/rig
//! ```
//!
//! What must always hold: a scenario that was not run or not seen is never told as good; the
//! program fails if one of them did.

mod card;
mod hall;
mod keys;
mod machine;
mod picture;
mod qmp;
mod rig;
mod scenes;
mod serial;
mod town;
mod wav;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use fixture::clock;
use serde_json::{Value, json};

use crate::rig::{Booted, Places, Rig, since};
use crate::scenes::{Orders, Scene};

#[derive(Parser)]
#[command(version, about = "Aufruf: the booted image with virtual scanners, keypad, screens and sound")]
struct Arguments {
    /// `short`, `all`, or names of scenarios.
    #[arg(required = true)]
    what: Vec<String>,
    /// The folder with `disk.img`, `vmlinuz` and `initrd`; built by `image/build amd64`.
    #[arg(long, default_value = "target/image/amd64")]
    image: PathBuf,
    /// Where pictures, sound and logs go.
    #[arg(long, default_value = "target/rig")]
    out: PathBuf,
    /// More words for the kernel of the guest.
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    words: String,
    /// How many times the power is cut.
    #[arg(long, default_value_t = 30)]
    cuts: u32,
    /// The moments of the cuts follow from this.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let outcome = tokio::runtime::Runtime::new().context("no threads").and_then(|rt| rt.block_on(run()));
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_failed) => ExitCode::FAILURE,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "aufruf-rig: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs what was asked for; gives back how many scenarios failed.
async fn run() -> Result<usize> {
    let arguments = Arguments::parse();
    let scenes = scenes::chosen(&arguments.what)?;
    let places = Places { image: arguments.image, rig: arguments.out, words: arguments.words };
    let mut rig = Rig::set_up(&places).await.context("failed to get the box ready")?;
    let Booted { shell, ready, painted } = rig.booted;
    let more = json!({"shell": shell, "screens": painted, "note": "emulated, no KVM"});
    tell(&json!({"name": "cold_boot", "value": ready, "unit": "s", "more": more}))?;
    let orders = Orders { cuts: arguments.cuts, seed: arguments.seed };
    let mut failed = 0;
    for scene in scenes {
        failed += usize::from(!play(&mut rig, scene, &orders).await?);
    }
    Ok(failed)
}

/// Plays one scenario and tells how it went; whether it went well.
async fn play(rig: &mut Rig, scene: Scene, orders: &Orders) -> Result<bool> {
    let from = clock::now();
    let seen = scene.play(rig, orders).await;
    let (good, seen) = match seen {
        Ok(seen) => (true, seen),
        Err(error) => (false, format!("{error:#}")),
    };
    let ran = if good { "ran" } else { "FAILED" };
    tell(&json!({"name": scene.name(), "value": since(from), "unit": "s", "outcome": ran, "seen": seen}))?;
    Ok(good)
}

/// Prints one line.
fn tell(figure: &Value) -> Result<()> {
    writeln!(std::io::stdout(), "{figure}").context("failed to print a figure")
}
