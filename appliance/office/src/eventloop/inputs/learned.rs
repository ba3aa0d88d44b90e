//! The layouts that staff taught the box: kept in its data, because its own file may be on a card
//! that is only read.
//!
//! What must always hold: a layout that was changed in the box's own file since wins; a file that is
//! torn, foreign or missing is as if nothing had been taught.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use devices::Layout;
use serde::{Deserialize, Serialize};

use crate::config::Input;

/// The file in the data folder.
const FILE: &str = "layouts.json";

/// What was taught, by the name of the input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Learned(BTreeMap<String, Lesson>);

/// One layout, and what the box's own file said when it was taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lesson {
    configured: Layout,
    layout: Layout,
}

impl Learned {
    /// Reads what was taught.
    pub(crate) fn read(data: &Path) -> Self {
        let bytes = std::fs::read(data.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// The layout an input is read in.
    pub(crate) fn layout(&self, input: &Input) -> Layout {
        let lesson = self.0.get(&input.rules.name).filter(|it| it.configured == input.rules.layout);
        lesson.map_or(input.rules.layout, |it| it.layout)
    }

    /// Notes what was taught.
    pub(crate) fn teach(&mut self, input: &Input, layout: Layout) {
        self.0.insert(input.rules.name.clone(), Lesson { configured: input.rules.layout, layout });
    }

    /// Writes all of it, whole or not at all.
    ///
    /// # Errors
    /// The disk is full or broken.
    pub(crate) fn write(&self, data: &Path) -> io::Result<()> {
        let mut file = data.join(FILE);
        file.set_extension("new");
        let mut new = std::fs::File::create(&file)?;
        new.write_all(&serde_json::to_vec(self)?)?;
        new.sync_all()?;
        std::fs::rename(&file, data.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use devices::{InputKind, InputRules};

    use super::*;

    fn input(layout: Layout) -> Input {
        let (name, kind) = ("entrance".to_owned(), InputKind::Scanner);
        let rules =
            InputRules { name, kind, layout, usb: Some("05e0:1200".into()), port: None, serial: None, recorded: None };
        Input { rules, terminal: 1 }
    }

    #[test]
    fn what_was_taught_survives_a_restart_until_the_own_file_says_otherwise() {
        let data = tempfile::tempdir().expect("a folder");
        let mut learned = Learned::read(data.path());
        assert_eq!(learned.layout(&input(Layout::Us)), Layout::Us);
        learned.teach(&input(Layout::Us), Layout::De);
        learned.write(data.path()).expect("written");
        let learned = Learned::read(data.path());
        assert_eq!(learned.layout(&input(Layout::Us)), Layout::De);
        assert_eq!(learned.layout(&input(Layout::Fr)), Layout::Fr, "corrected by hand since");
    }

    #[test]
    fn a_torn_file_teaches_nothing() {
        let data = tempfile::tempdir().expect("a folder");
        std::fs::write(data.path().join(FILE), "{\"entrance\":{\"conf").expect("written");
        assert_eq!(Learned::read(data.path()), Learned::default());
    }
}
