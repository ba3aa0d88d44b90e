//! The three sounds of the box, ready before the first call.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::samples::Samples;
use super::tones;
use super::wav::{self, NotAChime};

/// The three sounds.
pub(super) struct Sounds {
    pub(super) call: Samples,
    pub(super) done: Samples,
    pub(super) please_check: Samples,
}

/// A chime that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("failed to use the chime {}: {why}; the built-in one sounds", path.display())]
pub(super) struct BadChime {
    path: PathBuf,
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    #[error("it is larger than {} KiB", wav::MAX_FILE / 1024)]
    TooLarge,
    #[error("{0}")]
    NotAChime(#[from] NotAChime),
}

impl Sounds {
    /// The built-in ones; computed.
    pub(super) fn built_in() -> Self {
        let samples = |wave| Samples::new(tones::RATE, wave);
        Self {
            call: samples(tones::call()),
            done: samples(tones::done()),
            please_check: samples(tones::please_check()),
        }
    }

    /// The chime of a file takes the place of the built-in one; if it cannot, that one stays.
    pub(super) fn call_with(&mut self, path: &Path) -> Result<(), BadChime> {
        self.call = read(path).map_err(|why| BadChime { path: path.to_owned(), why })?;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Samples, Why> {
    let mut file = Vec::new();
    File::open(path)?.take(wav::MAX_FILE + 1).read_to_end(&mut file)?;
    if file.len() as u64 > wav::MAX_FILE {
        return Err(Why::TooLarge);
    }
    Ok(wav::decode(&file)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chime_that_cannot_be_used_is_named_and_the_built_in_one_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (missing, large, text) =
            (folder.path().join("no.wav"), folder.path().join("large.wav"), folder.path().join("text.wav"));
        std::fs::write(&large, vec![0; 1024 * 1024 + 1]).expect("written");
        std::fs::write(&text, "ding dong").expect("written");
        for (path, why) in [(missing, "No such file"), (large, "larger than"), (text, "not a WAV file")] {
            let mut sounds = Sounds::built_in();
            let told = sounds.call_with(&path).expect_err("no chime").to_string();
            assert!(told.contains(why) && told.contains("built-in") && told.contains(".wav"), "{told}");
            assert_eq!(sounds.call.wave(), tones::call());
        }
    }
}
