//! People at the terminals.

use anyhow::{Context, Result, bail, ensure};

use crate::hall::{ENTRANCE, Hall};
use crate::machine::Device;
use crate::rig::Rig;
use crate::town::{Guest, terminal};

/// Two guests scan and one pulls a number, all keys at the same time; each gets their own answer.
pub(crate) async fn three_at_once(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("three-at-once").await?;
    let (one, two) = (rig.town.book("eins").await?, rig.town.book("zwei").await?);
    hall.expects(2).await?;
    // The keypad's key is pressed in the middle of both lines.
    let (a, b, c) = tokio::join!(
        hall.press(Device::ScannerUs, &one.qr),
        hall.press(Device::ScannerDe, &two.qr),
        hall.press(Device::Keypad, "1"),
    );
    a.and(b).and(c)?;
    hall.greeted(terminal(Device::ScannerUs), &one).await?;
    hall.greeted(terminal(Device::ScannerDe), &two).await?;
    hall.machine.photograph(0, "after").await?;
    ensure!(hall.counts().await?.1 == 2, "expected two people who wait, got {:?}", hall.counts().await?);
    hall.machine.off().await?;
    Ok(format!(
        "{} keys on two scanners and a keypad, interleaved; both greeted with their own PIN",
        one.qr.len() * 2 + 3
    ))
}

/// A PIN on the keypad checks in.
pub(crate) async fn pin(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("pin").await?;
    let guest = rig.town.book("pin").await?;
    hall.expects(1).await?;
    let screen = hall.type_pin(&guest).await?;
    hall.machine.photograph(1, "greeted").await?;
    hall.machine.off().await?;
    Ok(format!("{} typed, answered {:?}", guest.pin, screen.kind()))
}

/// The code that is read back from the picture in the mail, under a scanner of each layout.
pub(crate) async fn qr(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("qr").await?;
    let (us, de) = (rig.town.book("us").await?, rig.town.book("de").await?);
    hall.expects(2).await?;
    let first = scan(&hall, Device::ScannerUs, &us).await?;
    hall.machine.photograph(1, "us").await?;
    let second = scan(&hall, Device::ScannerDe, &de).await?;
    // Another scanner's layout must not matter to who was greeted: the same code again is the same person.
    let again = scan(&hall, Device::ScannerUs, &de).await?;
    ensure!(hall.counts().await?.1 == 2, "a second scan must not make a third person");
    hall.machine.off().await?;
    Ok(format!(
        "{} characters, American: {first:?}, German: {second:?}, once more on the other: {again:?}",
        us.qr.len()
    ))
}

async fn scan(hall: &Hall, device: Device, guest: &Guest) -> Result<String> {
    hall.press(device, &guest.qr).await?;
    Ok(hall.greeted(terminal(device), guest).await?.kind().to_owned())
}

/// Numbers are pulled by the keypad, one after the other.
pub(crate) async fn ticket(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("ticket").await?;
    let first = hall.pull_number().await?;
    hall.machine.photograph(1, "number").await?;
    let second = hall.pull_number().await?;
    let digits = |number: &str| number.chars().filter(char::is_ascii_digit).collect::<String>().parse::<u32>();
    let (one, two) = (digits(&first).context("no number")?, digits(&second).context("no number")?);
    if one == two {
        bail!("{first} was given twice");
    }
    ensure!(hall.terminal(ENTRANCE).await?.code().as_deref() == Some(&second), "the second number is not shown");
    hall.machine.off().await?;
    Ok(format!("{first}, then {second}"))
}
