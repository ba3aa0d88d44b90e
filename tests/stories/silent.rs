//! The loudspeaker is unplugged: the office goes on, staff read it, and when it is back every call
//! and recall sounds.

use std::path::Path;

use anyhow::{Result, ensure};
use fixture::clerk::Clerk;
use fixture::papers::Papers;
use fixture::{ImaginaryOffice, until};
use serde_json::Value;

use crate::terminal::{ENTRANCE, pull_number};
use crate::told::{PATIENCE, signed_in, watch_as};

/// A terminal that is not at the entrance.
const FURTHER: u8 = 2;

/// What the box writes into its log when a bell begins to sound.
const SOUNDS: &str = "the chime sounds";

/// What the system's sound library knows when nothing is plugged in.
const NO_CARD: &str = "# No sound card at all.\n";

/// A double of a sound card, which hears everything and keeps nothing.
const CARD: &str = "</usr/share/alsa/alsa.conf>\npcm.!default { type plug slave.pcm { type file slave.pcm \"null\" \
                    file \"/dev/null\" format \"raw\" } }\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_hall_is_told_to_staff_and_every_call_and_recall_sounds_once_it_is_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sounds = folder.path().join("asound.conf");
    put(&sounds, NO_CARD)?;
    let environment = vec![
        ("ALSA_CONFIG_PATH".to_owned(), sounds.display().to_string()),
        ("AUFRUF_LOG".to_owned(), "info,office=debug,rumqttd=off".to_owned()),
    ];
    let office =
        ImaginaryOffice::open(Papers { sound: true, environment, terminals: FURTHER, ..Papers::default() }).await?;
    staff_read_of_silence(&office, true).await?;
    pull_number(&office, ENTRANCE, "first").await?;
    let clerk = Clerk::sign_in(&office.page("")).await?;
    clerk.open(2).await?;
    ensure!(clerk.act(1, "call-next").await?["answer"] == "called", "calls go on");
    ensure!(rung(&office) == 0, "nobody heard it");

    put(&sounds, CARD)?;
    staff_read_of_silence(&office, false).await?;
    ensure!(clerk.act(1, "recall").await?["answer"] == "recalled", "the one who was called in silence");
    until("the chime of a recall", PATIENCE, || (rung(&office) == 1).then_some(())).await?;
    pull_number(&office, FURTHER, "second").await?;
    ensure!(clerk.act(2, "call-next").await?["answer"] == "called", "the next one");
    until("the chime of a call", PATIENCE, || (rung(&office) == 2).then_some(())).await?;
    office.close().await
}

/// In one step: nobody reads half a configuration.
fn put(file: &Path, text: &str) -> Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, text)?;
    Ok(std::fs::rename(new, file)?)
}

/// How many bells sounded so far.
fn rung(office: &ImaginaryOffice) -> usize {
    let [_booking, log] = office.logs();
    std::fs::read_to_string(log).map_or(0, |text| text.lines().filter(|line| line.contains(SOUNDS)).count())
}

/// Waits until the counter pages say that the chime is silent, or do not any more.
async fn staff_read_of_silence(office: &ImaginaryOffice, silent: bool) -> Result<()> {
    let clerk = signed_in(office).await?;
    let fits = move |state: &Value| state["view"]["journal"].to_string().contains("Der Gong ist stumm") == silent;
    watch_as(&clerk, office.page("/platz/1/ereignisse"), "the sound on the counter page", fits).await.map(drop)
}
