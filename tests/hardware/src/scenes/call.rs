//! A call: the button at the desk, the board, the chime.

use anyhow::{Context, Result, ensure};
use fixture::desk::Gesture;

use crate::hall::{Hall, PATIENCE};
use crate::picture;
use crate::rig::Rig;
use crate::town::COUNTER;
use crate::wav::{Recording, Sound};

/// Two people are called by the desk device; the board shows both, the chime rings twice.
pub(crate) async fn desk_press(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("desk-press").await?;
    let guest = rig.town.book("aufruf").await?;
    hall.expects(1).await?;
    hall.type_pin(&guest).await?;
    let first = press(&hall).await?;
    ensure!(first == guest.pin, "{first} was called, {} waits", guest.pin);
    let seen = look(&hall, &first).await?;
    // Called once more by the same counter: the same person, the same chime.
    let again = hall.desk.press(Gesture::Double).await?;
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
    let read = hall.look("the call on the screen", PATIENCE, async || {
        let words = picture::words(&hall.machine.photograph(0, "board").await?).await?;
        Ok(picture::holds(&words, code).then_some(words))
    });
    Ok(format!("the screen says {:?}", read.await?))
}

/// Until the card has played what it was given: the guest's own clock passes three seconds.
async fn settle(hall: &Hall) -> Result<()> {
    hall.machine.shell.run("sleep 4").await.map(drop)
}
