//! `enrolled` in the data folder: the hash of the code that was used, for whoever takes it out of
//! the file on the card. Another code in that file is a new one and stays.
//!
//! What must always hold: it is there only after the box was enrolled with that code; the code
//! itself is not in it.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::ledger::Ledger;

/// The file's name.
const FILE: &str = "enrolled";

/// Where the used code is told.
#[derive(Clone, Debug)]
pub(crate) struct UsedCode {
    data: PathBuf,
}

impl UsedCode {
    /// In this data folder.
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self { data: data.to_owned() }
    }

    /// Tells of the code in the settings, if it was used.
    pub(super) async fn look(&self, ledger: &Ledger, code: Option<&str>) {
        let Some(code) = code else { return };
        match ledger.is_new_code(code.to_owned()).await {
            Ok(false) => self.tell(code),
            Ok(true) => {}
            Err(error) => tracing::warn!("failed to look up the used code: {error}"),
        }
    }

    /// Tells that a code was used. A box that cannot write this works all the same: the code stays
    /// on the card and is told at the next start.
    fn tell(&self, code: &str) {
        if let Err(error) = self.write(code) {
            tracing::warn!("failed to write down that the code was used: {error}");
        }
    }

    fn write(&self, code: &str) -> io::Result<()> {
        let (file, draft) = (self.data.join(FILE), self.data.join("enrolled.new"));
        let text = hash_of_code(code) + "\n";
        if std::fs::read_to_string(&file).is_ok_and(|told| told == text) {
            return Ok(());
        }
        std::fs::write(&draft, text)?;
        std::fs::rename(draft, file)
    }
}

/// SHA-256 of an enrolment code as it was typed, in hexadecimal digits.
#[must_use]
pub fn hash_of_code(code: &str) -> String {
    Sha256::digest(code.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_told_as_its_hash_and_only_once() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let used = UsedCode::in_folder(folder.path());
        for code in ["old", "abc", "abc"] {
            used.tell(code);
        }
        let told = std::fs::read_to_string(folder.path().join(FILE)).expect("told");
        assert_eq!(told, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        UsedCode::in_folder(Path::new("/nowhere")).tell("abc");
    }
}
