//! Where a drill takes place: an office with stick, second journal and recovery key, and its data as
//! a folder that can be copied.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fixture::programs::{Kind, ask};
use fixture::{ImaginaryOffice, Papers, until};
use serde_json::Value;

use crate::told::PATIENCE;

/// What is copied from drill to drill.
pub(super) const PARTS: [&str; 4] = ["booking", "appliance", "stick", "second"];

/// The backups of the morning.
pub(super) const BACKUPS: [&str; 2] = ["booking.backup", "appliance.backup"];

pub(super) fn at(office: &ImaginaryOffice, name: &str) -> PathBuf {
    office.places.folder.join(name)
}

/// An office that keeps everything twice; nothing runs yet.
pub(super) async fn furnish(recovery_key: &str) -> Result<ImaginaryOffice> {
    let office = ImaginaryOffice::furnish(Papers::default()).await?;
    let file = office.places.booking_file();
    let text = std::fs::read_to_string(&file)?;
    let second = at(&office, "second");
    std::fs::write(&file, format!("second_journal = {second:?}\n{recovery_key}\n{text}"))?;
    for part in PARTS {
        std::fs::create_dir_all(at(&office, part))?;
    }
    Ok(office)
}

/// The box's file, with a new code of the running server and the stick.
pub(super) async fn write_box_papers(office: &ImaginaryOffice) -> Result<()> {
    office.write_box_papers().await?;
    add_stick(office)
}

/// The box's file without a code: it is enrolled.
pub(super) fn write_old_papers(office: &ImaginaryOffice, hash: &str) -> Result<()> {
    office.papers.write_appliance(&office.places, "AAAA-AAAA", hash)?;
    add_stick(office)
}

fn add_stick(office: &ImaginaryOffice) -> Result<()> {
    let file = office.places.appliance_file();
    let text = std::fs::read_to_string(&file)?;
    Ok(std::fs::write(&file, format!("{text}\n[stick]\npath = {:?}\n", at(office, "stick")))?)
}

/// Runs a command of one of the programs.
pub(super) async fn command(office: &ImaginaryOffice, kind: Kind, what: &[&str], input: &str) -> Result<String> {
    let file = match kind {
        Kind::Booking => office.places.booking_file(),
        Kind::Appliance => office.places.appliance_file(),
    };
    let file = file.to_string_lossy();
    let args: Vec<&str> = what.iter().copied().chain(["--config", &file]).collect();
    ask(kind, &args, input).await
}

/// What the server says of itself.
pub(super) async fn status(office: &ImaginaryOffice) -> Result<Value> {
    serde_json::from_str(&command(office, Kind::Booking, &["status"], "").await?).context("a status that is no JSON")
}

/// Waits until the second journal has everything.
pub(super) async fn everything_is_kept_twice(office: &ImaginaryOffice) -> Result<()> {
    for _look in 0..100 {
        if status(office).await?["second_journal"] == "good" {
            return Ok(());
        }
    }
    anyhow::bail!("the second journal stays behind")
}

/// Waits until a mail has gone to somebody.
pub(super) async fn mailed(office: &ImaginaryOffice, to: &str) -> Result<()> {
    let sent = || office.mails.mails().iter().any(|mail| mail.to.contains(to)).then_some(());
    until(&format!("a mail to {to}"), PATIENCE, sent).await
}

/// Copies a folder with all that is in it; sockets are no data.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("failed to list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Empties a folder.
pub(super) fn empty(folder: &Path) -> Result<()> {
    std::fs::remove_dir_all(folder)?;
    Ok(std::fs::create_dir_all(folder)?)
}

/// Takes a folder away.
pub(super) fn take_away(folder: &Path) -> Result<()> {
    std::fs::remove_dir_all(folder)?;
    ensure!(!folder.exists(), "{} is still there", folder.display());
    Ok(())
}
