//! Desk press → the chime starts.
//!
//! The end is the moment at which the sound system asks for the first sample of the bell, as the
//! box itself logs it (`the chime sounds`), a thread's hop later. Included: everything up to the
//! commit as for the board, the audio thread, and the wait for the card's next buffer. Not
//! included: the card's own buffer and the loudspeaker. The card is a double ([`crate::card`]).
//! Bells never sound over each other, so each press waits for the end of the bell before.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::{Papers, until};
use jiff::Timestamp;
use serde_json::json;

use crate::card::Card;
use crate::figures::Times;
use crate::hall::{self, Hall};

/// How many presses, and how many people they call.
const PRESSES: usize = 100;
/// A bell of 1.2 s and its end in the buffers.
const EVERY: Duration = Duration::from_millis(1_450);
/// So many times that, until the last tones for those who came are over.
const SETTLES: u8 = 4;
/// Desks, so that each is pressed every 5 s at the soonest.
const DESKS: u8 = 4;
/// The line in the box's log.
const SOUNDS: &str = "the chime sounds";
/// The last bell is written down by then.
const PATIENCE: Duration = Duration::from_secs(5);

/// Rings for everybody once.
pub(crate) async fn measure() -> Result<()> {
    let card = Card::plug_in().await?;
    let mut papers = Papers { counters: DESKS, desks: (1..=DESKS).collect(), sound: true, ..hall::papers() };
    papers.environment.push(card.environment());
    papers.environment.push(("AUFRUF_LOG".to_owned(), "info,office=debug,rumqttd=off".to_owned()));
    let mut hall = Hall::open(papers).await?;
    hall.invite(PRESSES).await?;
    let mut pressed = Vec::new();
    let mut every = tokio::time::interval(EVERY);
    // First the terminal's tones come to their end, of which a few may wait.
    for _tone in 0..SETTLES {
        every.tick().await;
    }
    for press in 0..PRESSES {
        every.tick().await;
        let desk = press % hall.desks.len();
        pressed.push(hall.call(desk).await?.pressed);
        hall.missed(desk).await?;
    }
    let [_booking, log] = hall.office.logs();
    let all = || fs::read_to_string(&log).ok().map(|text| sounded(&text)).filter(|bells| bells.len() >= PRESSES);
    let bells = until("the last bell", PATIENCE, all).await?;
    if bells.len() != PRESSES || card.loud() == 0 {
        bail!("{} bells for {PRESSES} calls, {} samples of sound", bells.len(), card.loud());
    }
    let mut times = Times::default();
    for (pressed, sounds) in pressed.into_iter().zip(bells) {
        times.add(pressed, sounds.context("a line of the log without its time")?);
    }
    times.tell("press_to_chime", &json!({"note": "first sample taken by a paced double of a sound card"}))?;
    hall.office.close().await
}

/// When the bells began, by the log.
fn sounded(log: &str) -> Vec<Option<Timestamp>> {
    let lines = log.lines().filter(|line| line.contains(SOUNDS));
    lines.map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}
