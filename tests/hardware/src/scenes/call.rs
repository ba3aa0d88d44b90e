//! A call: the button at the desk, the board, the chime.

use anyhow::{Context, Result, ensure};
use fixture::desk::Gesture;

use crate::hall::{Hall, PATIENCE};
use crate::picture;
use crate::rig::Rig;
use crate::town::COUNTER;
use crate::wav::{Recording, Sound};

/// Words of the board that stand on no other screen.
pub(crate) const BOARD: &str = "Wartezeit ohne Termin";

/// Two people are called by the desk device; the board shows both, the chime rings twice.
pub(crate) async fn desk_press(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("desk-press").await?;
    let guest = rig.town.book("aufruf").await?;
    hall.expects(1).await?;
    hall.type_pin(&guest).await?;
    // The terminal's own tone comes to its end, so that it is no part of the chime.
    settle(&hall).await?;
    let first = press(&hall).await?;
    ensure!(first == guest.pin, "{first} was called, {} waits", guest.pin);
    let seen = look(&hall, &first).await?;
    // Called once more by the same counter: the same person, the same chime.
    let again = hall.desk.press(Gesture::Short).await?;
    settle(&hall).await?;
    let file = hall.machine.off().await?;
    let recording = Recording::read(&std::fs::read(file)?)?;
    let sounds = recording.sounds();
    let chimes = sounds.iter().filter(|sound| sound.is_chime()).count();
    ensure!(chimes == 2, "expected two chimes, heard {chimes} among {sounds:?}");
    let pitch = sounds.iter().find(|sound| sound.is_chime()).map(Sound::pitches).unwrap_or_default();
    Ok(format!("{first} at {COUNTER}; {seen}; {chimes} chimes of {pitch}; second press: {}", again.answer))
}

async fn press(hall: &Hall) -> Result<String> {
    let ack = hall.desk.press(Gesture::Short).await?;
    ack.code.with_context(|| format!("the press was answered {:?}", ack.answer))
}

/// The board as data, and as a picture, if this image has a browser.
async fn look(hall: &Hall, code: &str) -> Result<String> {
    let called = (code.to_owned(), u64::from(COUNTER));
    hall.look("the call on the board", PATIENCE, async || Ok(hall.board().await?.contains(&called).then_some(())))
        .await?;
    // The terminal shows the same code to its owner; only the board says how numbers are called.
    let read = hall.look("the call on the picture of the board", PATIENCE, async || {
        for head in [0, 1] {
            let words = picture::words(&hall.machine.photograph(head, &format!("screen-{head}")).await?).await?;
            if picture::holds(&words, code) && picture::holds(&words, BOARD) {
                return Ok(Some((head, words)));
            }
        }
        Ok(None)
    });
    let (head, words) = read.await?;
    Ok(format!("screen {head} says {words:?}"))
}

/// Until the card has played what it was given: the guest's own clock passes three seconds.
async fn settle(hall: &Hall) -> Result<()> {
    hall.machine.shell.run("sleep 4").await.map(drop)
}
