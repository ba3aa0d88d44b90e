//! Everything outside is away, in three ways; the hall goes on.

use anyhow::{Context, Result, ensure};
use fixture::wire::Plug;

use crate::hall::Hall;
use crate::rig::{Rig, since};
use crate::town::Guest;

/// The network cable is pulled: keypad, scanner and numbers go on; plugged in again, the booking
/// server's next booking arrives.
pub(crate) async fn cable(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("cable").await?;
    let (known, later) = (rig.town.book("vorher").await?, "danach");
    hall.expects(1).await?;
    hall.machine.cable(false).await?;
    let carrier = hall.machine.shell.run("cat /sys/class/net/e*/carrier").await.unwrap_or_default();
    ensure!(carrier.trim() == "0", "the guest sees a carrier: {carrier}");
    let unheard = rig.town.book(later).await?;
    let number = work(&hall, &known, &unheard).await?;
    hall.machine.photograph(1, "without-cable").await?;
    hall.machine.cable(true).await?;
    let seconds = heals(rig, &hall).await?;
    hall.machine.off().await?;
    Ok(format!("no carrier; PIN, unheard QR and {number} answered; together again {seconds:.0} s after the plug"))
}

/// The line stays open and swallows every byte.
pub(crate) async fn silence(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("silence").await?;
    let known = rig.town.book("vorher").await?;
    hall.expects(1).await?;
    rig.town.plug(Plug::Silent);
    let unheard = rig.town.book("danach").await?;
    let number = work(&hall, &known, &unheard).await?;
    rig.town.plug(Plug::In);
    let seconds = heals(rig, &hall).await?;
    hall.machine.off().await?;
    Ok(format!("PIN, unheard QR and {number} answered while the line was silent; together again after {seconds:.0} s"))
}

/// The booking server is not there at all, from the first moment on.
pub(crate) async fn server(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("server-away").await?;
    // The booking is made while the box is cut off, and the server gone before it hears of it.
    rig.town.plug(Plug::Out);
    let unheard = rig.town.book("nie-gehoert").await?;
    rig.town.close().await?;
    let (first, second) = (hall.pull_number().await?, hall.pull_number().await?);
    hall.step_up().await?;
    hall.press(crate::machine::Device::ScannerUs, &unheard.qr).await?;
    let greeted = hall.greeted(crate::hall::ENTRANCE, &unheard).await?;
    hall.machine.photograph(1, "alone").await?;
    hall.machine.off().await?;
    Ok(format!("{first}, {second}, and a booking never heard of: {:?}", greeted.kind()))
}

/// A PIN the box knows, a code it never heard of, and a number.
async fn work(hall: &Hall, known: &Guest, unheard: &Guest) -> Result<String> {
    hall.type_pin(known).await.context("the PIN without a line")?;
    hall.step_up().await?;
    hall.press(crate::machine::Device::ScannerUs, &unheard.qr).await?;
    hall.greeted(crate::hall::ENTRANCE, unheard).await.context("a code never heard of")?;
    hall.pull_number().await.context("a number without a line")
}

/// Seconds until a new booking arrives again.
async fn heals(rig: &Rig, hall: &Hall) -> Result<f64> {
    let from = fixture::clock::now();
    rig.town.book("wieder").await?;
    hall.look("the line to heal", std::time::Duration::from_secs(180), async || {
        Ok((hall.counts().await?.0 >= 1).then_some(()))
    })
    .await?;
    Ok(since(from))
}
