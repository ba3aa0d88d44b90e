//! Devices that come, go, or were never invited.

use anyhow::{Context, Result, ensure};

use crate::hall::{ENTRANCE, Hall, PATIENCE};
use crate::keys::{self, Layout};
use crate::machine::Device;
use crate::rig::Rig;
use crate::town::terminal;

/// A scanner loses its plug in the middle of a line; plugged in again, it works within two seconds
/// of the guest's time, and the half line is forgotten.
pub(crate) async fn unplug(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("unplug").await?;
    let guest = rig.town.book("stecker").await?;
    hall.expects(1).await?;
    let half = keys::scan(Layout::Us, &guest.qr)?;
    hall.machine.press(Device::ScannerUs, &half[..half.len() / 2]).await?;
    hall.machine.unplug(Device::ScannerUs).await?;
    let gone = format!("! ls /dev/input/by-id/*{}* 2>/dev/null", Device::ScannerUs.serial());
    hall.look("the scanner to be gone", PATIENCE, async || Ok(hall.machine.shell.run(&gone).await.ok())).await?;
    // The guest notes by its own clock when the kernel sees the scanner and when the box holds it open.
    let seconds = watch_for_scanner(&hall).await?;
    hall.press(Device::ScannerUs, &guest.qr).await?;
    hall.greeted(terminal(Device::ScannerUs), &guest).await?;
    ensure!(hall.counts().await?.1 == 1, "one person waits");
    hall.machine.off().await?;
    Ok(format!(
        "{} of {} keys, out, in; read again {seconds:.2} s (guest) after the kernel saw it",
        half.len() / 2,
        half.len()
    ))
}

/// Plugs the scanner in; seconds of guest time between its node and the box's open file on it.
async fn watch_for_scanner(hall: &Hall) -> Result<f64> {
    let link = format!("/dev/input/by-id/*{}*-event-kbd", Device::ScannerUs.serial());
    let watch = format!(
        "(until n=$(readlink -e {link}); do :; done; a=$(cut -d' ' -f1 /proc/uptime); until ls -l /proc/$(systemctl show -P MainPID aufruf-appliance)/fd | grep -q $n$; \
         do :; done; echo $a $(cut -d' ' -f1 /proc/uptime)) >/tmp/rig-plug 2>&1 &"
    );
    hall.machine.shell.run(&watch).await?;
    hall.machine.plug_in(Device::ScannerUs).await?;
    hall.look("the box to open the scanner", PATIENCE, async || {
        let noted = hall.machine.shell.run("cat /tmp/rig-plug").await?;
        let mut times = noted.split_whitespace().map(str::parse::<f64>);
        let (Some(Ok(from)), Some(Ok(to))) = (times.next(), times.next()) else { return Ok(None) };
        Ok(Some(to - from))
    })
    .await
    .and_then(|seconds| (seconds <= 2.0).then_some(seconds).with_context(|| format!("it took {seconds} s")))
}

/// A keyboard that is on no list types a good code and then keys of the keypad: nothing happens.
/// And what a listed scanner types reaches nobody but the box.
pub(crate) async fn rogue(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("rogue").await?;
    let guest = rig.town.book("fremd").await?;
    hall.expects(1).await?;
    hall.machine.plug_in(Device::Rogue).await?;
    let there = format!("ls /dev/input/by-id/*{}*-event-kbd", Device::Rogue.serial());
    hall.look("the rogue keyboard", PATIENCE, async || Ok(hall.machine.shell.run(&there).await.ok())).await?;
    hall.press(Device::Rogue, &guest.qr).await?;
    hall.press(Device::Rogue, "1").await?;
    // What it typed is behind us once a listed device was answered.
    hall.press(Device::Keypad, "1").await?;
    hall.sees(ENTRANCE, "the digits to type", |screen| screen.name() == "typing").await?;
    ensure!(hall.counts().await?.1 == 0, "a keyboard on no list checked somebody in");
    let console = leaks(&hall, &guest.qr).await?;
    hall.press(Device::ScannerUs, &guest.qr).await?;
    hall.greeted(ENTRANCE, &guest).await?;
    let after = leaks(&hall, &guest.qr).await?;
    hall.machine.photograph(0, "board").await?;
    hall.machine.photograph(1, "terminal").await?;
    hall.machine.off().await?;
    Ok(format!(
        "{} keys without effect; on the console afterwards: {console}, after a real scan: {after}",
        guest.qr.len() + 2
    ))
}

/// Whether typed keys stand on one of the guest's consoles.
async fn leaks(hall: &Hall, typed: &str) -> Result<String> {
    let tail: String = typed.chars().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
    let find = format!("cat /dev/vcs[0-9]* | tr -d '\\0 ' | grep -ciF '{tail}' || true");
    let found = hall.machine.shell.run(&find).await?;
    ensure!(found.trim() == "0", "what was typed stands on a console: {found}");
    Ok("nothing".to_owned())
}
