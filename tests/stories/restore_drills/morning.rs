//! The morning before the loss: two bookings at each end, one before the backup; with the line cut one
//! more at each end, which the other one never hears of.

use anyhow::{Context, Result};
use fixture::programs::{Kind, ask};
use fixture::{Citizen, ImaginaryOffice};
use tempfile::TempDir;

use super::ground::{self, BACKUPS, PARTS, at, command, mailed};
use super::table::Line;
use crate::reception::Reception;
use crate::told::{booked, pin};

/// What the morning left.
pub(super) struct Snapshot {
    /// Data, stick, second journal, backups.
    pub(super) folder: TempDir,
    /// The PINs of all who were told that they are booked.
    pub(super) pins: Vec<u32>,
    /// The line of the server's file, and the paper from the safe.
    pub(super) recovery: (String, String),
    /// The password of the staff account, hashed.
    pub(super) hash: String,
}

/// Plays it.
pub(super) async fn play(line: Line) -> Result<Snapshot> {
    let made = ask(Kind::Booking, &["recovery-key", "new"], "").await?;
    let (public, paper) = made.split_once("\n\n").context("two halves of a key")?;
    let office = ground::furnish(public).await?;
    office.start_booking().await?;
    ground::write_box_papers(&office).await?;
    office.switch_on().await?;
    let reception = Reception::sign_in(&office).await?;
    reception.ready().await?;
    let mut pins = vec![online(&office, "anna").await?, desk(&office, "bert").await?];
    mailed(&office, "bert@example.org").await?;
    backups(&office).await?;
    pins.extend([online(&office, "cora").await?, desk(&office, "dirk").await?]);
    mailed(&office, "dirk@example.org").await?;
    super::look::heard(&office, Kind::Appliance, &pins, 4).await.context("in the morning")?;
    if line == Line::Offline {
        office.unplug(true);
        pins.extend([online(&office, "emil").await?, desk(&office, "fine").await?]);
    }
    ground::everything_is_kept_twice(&office).await?;
    office.power_off().await?;
    office.crash_booking().await?;
    let folder = tempfile::tempdir()?;
    for part in PARTS {
        ground::copy(&at(&office, part), &folder.path().join(part))?;
    }
    for backup in BACKUPS {
        std::fs::copy(at(&office, backup), folder.path().join(backup))?;
    }
    let hash = ask(Kind::Appliance, &["hash-password"], &format!("{}\n", fixture::papers::STAFF_PASSWORD)).await?;
    Ok(Snapshot { folder, pins, recovery: (public.to_owned(), paper.to_owned()), hash })
}

async fn backups(office: &ImaginaryOffice) -> Result<()> {
    for (kind, name) in [(Kind::Booking, BACKUPS[0]), (Kind::Appliance, BACKUPS[1])] {
        let to = at(office, name);
        command(office, kind, &["backup", "--to", &to.to_string_lossy()], "").await?;
    }
    Ok(())
}

/// Books in a browser; answers the PIN of the mail.
pub(super) async fn online(office: &ImaginaryOffice, name: &str) -> Result<u32> {
    let citizen = Citizen::new(&office.site("/musterland"), name, &format!("{name}@example.org"));
    let mail = match booked(office, &citizen).await {
        Ok(mail) => mail,
        // The earliest time may begin between the page and the click.
        Err(_just_begun) => booked(office, &citizen).await?,
    };
    number(&pin(&mail)?)
}

/// Books at the desk; answers the PIN of the slip.
pub(super) async fn desk(office: &ImaginaryOffice, name: &str) -> Result<u32> {
    let reception = Reception::sign_in(office).await?;
    let order = reception.order(name, &format!("{name}@example.org")).await?;
    number(&reception.book(order).await?.pin)
}

fn number(pin: &str) -> Result<u32> {
    let digits: String = pin.chars().filter(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("a PIN {pin:?}"))
}
