//! Reads the card and what was kept, and writes what was planned.
//!
//! What must always hold: a file is replaced whole or not at all, also when power is cut; what an
//! earlier start wrote and nobody wants any more is gone; a card that is right is never written.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Context;

use crate::outputs::Output;
use crate::plan::{Found, Kept, LAST_GOOD, MAX_FILE};

/// The names below the folder of a start that may be there from an earlier one.
const OF_A_START: [&str; 7] = ["appliance.toml", "mistakes.txt", "hostname", "screens.env", "network", "ssh", "time"];

/// The file on the card.
#[must_use]
pub fn find(card: &Path) -> Found {
    match read_short(card) {
        Ok(bytes) if bytes.len() as u64 > MAX_FILE => Found::Unreadable(format!("mehr als {} KiB", MAX_FILE / 1024)),
        Ok(bytes) => Found::Bytes(bytes),
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Found::Nothing,
        Err(bad) => Found::Unreadable(bad.to_string()),
    }
}

fn read_short(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What stays from start to start; whatever cannot be read is not there.
#[must_use]
pub fn kept(keep: &Path, enrolled: &Path) -> Kept {
    let text = |path: &Path| read_short(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let names = fs::read_dir(keep.join("wifi")).into_iter().flatten().flatten();
    Kept {
        last_good: text(&keep.join(LAST_GOOD)),
        enrolled: text(enrolled).map(|marker| marker.trim().to_owned()).filter(|marker| !marker.is_empty()),
        wifi: names.filter_map(|entry| entry.file_name().into_string().ok()).collect(),
    }
}

/// Writes the files of this start; those of an earlier one are gone.
///
/// # Errors
/// The folder cannot be written.
pub fn write_start(out: &Path, outputs: &[Output]) -> anyhow::Result<()> {
    fs::create_dir_all(out).with_context(|| format!("failed to make {}", out.display()))?;
    for name in OF_A_START {
        let path = out.join(name);
        let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match gone {
            Err(bad) if bad.kind() != io::ErrorKind::NotFound => {
                return Err(bad).with_context(|| format!("failed to remove {}", path.display()));
            }
            Ok(()) | Err(_) => {}
        }
    }
    outputs.iter().try_for_each(|output| write(out, output))
}

/// Writes what stays.
///
/// # Errors
/// The folder cannot be written.
pub fn write_kept(keep: &Path, outputs: &[Output]) -> anyhow::Result<()> {
    outputs.iter().try_for_each(|output| write(keep, output))
}

fn write(folder: &Path, output: &Output) -> anyhow::Result<()> {
    let path = folder.join(&output.path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("failed to make {}", parent.display()))?;
    }
    let mode = if output.secret { 0o600 } else { 0o644 };
    replace(&path, output.text.as_bytes(), mode).with_context(|| format!("failed to write {}", path.display()))
}

/// Replaces a file whole: a new one beside it, synced, takes its name.
///
/// # Errors
/// The disk is full, read-only or gone; then the old file is as it was.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&draft)?;
    file.set_permissions(Permissions::from_mode(mode)).or_else(not_on_fat)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// FAT knows no rights but those of its mount.
fn not_on_fat(bad: io::Error) -> io::Result<()> {
    if bad.kind() == io::ErrorKind::PermissionDenied { Ok(()) } else { Err(bad) }
}
