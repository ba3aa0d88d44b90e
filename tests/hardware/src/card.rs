//! The file a town writes onto the card, put there as a PC would: into the FAT partition of the
//! disk's own copy, before its first start.
//!
//! ```text
//!   disk.img ─► GPT ─► where `config` begins ─► mtools ─► ::/appliance.toml
//! ```

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Bytes of a sector of every card.
const SECTOR: u64 = 512;
/// A table longer than this is none of ours.
const MOST_PARTITIONS: u32 = 128;
/// Where an entry tells its first sector, and its name in UTF-16.
const FIRST_SECTOR: usize = 32;
const NAME: std::ops::Range<usize> = 56..128;

/// Where a partition begins, in bytes.
///
/// # Errors
/// No partition table, or nothing of that name in it.
pub(crate) fn partition(disk: &mut (impl Read + Seek), name: &str) -> Result<u64> {
    disk.seek(SeekFrom::Start(SECTOR))?;
    let mut head = [0; 92];
    disk.read_exact(&mut head).context("a disk without a partition table")?;
    if &head[..8] != b"EFI PART" {
        bail!("a disk without a GPT");
    }
    let (table, count, size) = (number(&head[72..80]), number(&head[80..84]), number(&head[84..88]));
    disk.seek(SeekFrom::Start(table * SECTOR))?;
    for _place in 0..count.min(u64::from(MOST_PARTITIONS)) {
        let mut entry = vec![0; usize::try_from(size)?.max(NAME.end)];
        disk.read_exact(&mut entry)?;
        if called(&entry[NAME]) == name {
            return Ok(number(&entry[FIRST_SECTOR..FIRST_SECTOR + 8]) * SECTOR);
        }
    }
    bail!("no partition {name} on the disk")
}

/// Writes a file onto the FAT partition of a disk, over an older one.
///
/// # Errors
/// There is no such partition, or mtools is not installed.
pub(crate) async fn write(disk: &Path, name: &str, text: &str) -> Result<()> {
    let start = partition(&mut std::fs::File::open(disk)?, "config")?;
    let fat = format!("{}@@{start}", disk.display());
    let mut copying = Command::new("mcopy")
        .args(["-o", "-i", &fat, "-", &format!("::/{name}")])
        .env("MTOOLS_SKIP_CHECK", "1")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("failed to run mcopy; `.ci/setup hardware` installs it")?;
    if let Some(mut stdin) = copying.stdin.take() {
        stdin.write_all(text.as_bytes()).await?;
    }
    let done = copying.wait_with_output().await?;
    if !done.status.success() {
        bail!("failed to write {name} onto the card: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

fn called(utf16: &[u8]) -> String {
    let units: Vec<u16> = utf16.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect();
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A disk of nothing but a partition table.
    fn disk(partitions: &[(&str, u64)]) -> Cursor<Vec<u8>> {
        let mut disk = vec![0; 4 * 512];
        disk[512..520].copy_from_slice(b"EFI PART");
        disk[512 + 72..512 + 80].copy_from_slice(&2u64.to_le_bytes());
        disk[512 + 80..512 + 84].copy_from_slice(&4u32.to_le_bytes());
        disk[512 + 84..512 + 88].copy_from_slice(&128u32.to_le_bytes());
        for (place, (name, first)) in partitions.iter().enumerate() {
            let at = 1024 + place * 128;
            disk[at + 32..at + 40].copy_from_slice(&first.to_le_bytes());
            for (unit, letter) in name.encode_utf16().enumerate() {
                disk[at + 56 + unit * 2..at + 58 + unit * 2].copy_from_slice(&letter.to_le_bytes());
            }
        }
        Cursor::new(disk)
    }

    #[test]
    fn a_partition_is_found_by_its_name() {
        let mut disk = disk(&[("config", 2048), ("data", 70_000)]);
        assert_eq!(partition(&mut disk, "config").expect("there"), 2048 * 512);
        assert_eq!(partition(&mut disk, "data").expect("there"), 70_000 * 512);
    }

    #[test]
    fn a_missing_partition_and_a_disk_without_a_table_are_told() {
        let missing = partition(&mut disk(&[("root_a", 1)]), "config").expect_err("not there");
        assert!(missing.to_string().contains("config"));
        assert!(partition(&mut Cursor::new(vec![0; 4096]), "config").is_err());
    }
}
