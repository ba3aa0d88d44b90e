//! A double of a sound card: ALSA's file plug-in writes into a FIFO, which is emptied at the pace
//! of a real card, so the box's audio thread runs as it would before a loudspeaker.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::Command;
use tokio::task::JoinHandle;

/// How often the card takes samples.
const EVERY: Duration = Duration::from_millis(5);
/// What it takes then: 48,000 frames a second of two channels of 32-bit floats.
const CHUNK: usize = 48_000 * 2 * 4 * 5 / 1000;
/// Louder than this is sound.
const SOUND: f32 = 0.05;

/// A card that hears everything.
#[derive(Debug)]
pub(crate) struct Card {
    config: PathBuf,
    loud: Arc<AtomicU64>,
    taking: JoinHandle<()>,
    _folder: TempDir,
}

impl Card {
    /// Puts it in.
    pub(crate) async fn plug_in() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (fifo, config) = (folder.path().join("samples"), folder.path().join("asound.conf"));
        let made = Command::new("mkfifo").arg(&fifo).status().await.context("failed to run mkfifo")?;
        if !made.success() {
            bail!("failed to make the FIFO {}", fifo.display());
        }
        std::fs::write(&config, asound(&fifo))?;
        let samples = pipe::OpenOptions::new().read_write(true).open_receiver(&fifo)?;
        let loud = Arc::<AtomicU64>::default();
        let taking = tokio::spawn(take(samples, Arc::clone(&loud)));
        Ok(Self { config, loud, taking, _folder: folder })
    }

    /// What the box must find in its environment to use it.
    pub(crate) fn environment(&self) -> (String, String) {
        ("ALSA_CONFIG_PATH".to_owned(), self.config.display().to_string())
    }

    /// How many samples were sound so far, not silence.
    pub(crate) fn loud(&self) -> u64 {
        self.loud.load(Ordering::Relaxed)
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        self.taking.abort();
    }
}

fn asound(fifo: &Path) -> String {
    format!(
        "</usr/share/alsa/alsa.conf>\npcm.!default {{ type plug slave.pcm {{ type file slave.pcm \"null\" \
         file \"{}\" format \"raw\" }} }}\n",
        fifo.display()
    )
}

async fn take(mut samples: pipe::Receiver, loud: Arc<AtomicU64>) {
    let mut every = tokio::time::interval(EVERY);
    let mut chunk = vec![0; CHUNK];
    loop {
        every.tick().await;
        if samples.read_exact(&mut chunk).await.is_err() {
            return;
        }
        let heard = chunk.as_chunks::<4>().0.iter().filter(|bytes| f32::from_le_bytes(**bytes).abs() > SOUND);
        loud.fetch_add(heard.count() as u64, Ordering::Relaxed);
    }
}
