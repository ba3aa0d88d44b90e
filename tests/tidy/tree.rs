//! The house as texts: each file by its path from the top.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Folders that are not ours: what git keeps, what cargo built, what was installed.
const NOT_OURS: [&str; 4] = [".git", "target", ".cache", "node_modules"];

/// Endings of the files that are text and ours to judge. `Cargo.lock` has its own rule.
const TEXTS: [&str; 13] =
    ["rs", "toml", "md", "html", "css", "js", "sql", "txt", "service", "sh", "yml", "lock", "conf"];

/// Files without an ending that are read as well, by folder or name.
const PLAIN: [&str; 4] = ["Makefile", "LICENSE", ".ci/", "systemd/"];

/// A few hundred files at most; the paths use `/` and start at the top of the repository.
pub(crate) struct Tree(BTreeMap<String, String>);

/// Where a rule is broken and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The file, from the top of the repository.
    pub(crate) file: String,
    /// From 1; 0 when it is about the whole file.
    pub(crate) line: usize,
    /// What is wrong and what to do instead.
    pub(crate) says: String,
}

impl Breach {
    /// A breach at a line, counted from 1.
    pub(crate) fn at(file: &str, line: usize, says: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, says: says.into() }
    }

    /// A breach of a whole file.
    pub(crate) fn of(file: &str, says: impl Into<String>) -> Self {
        Self::at(file, 0, says)
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.says)
    }
}

impl Tree {
    /// Reads the repository this test was built from.
    pub(crate) fn of_the_house() -> Self {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the house");
        let mut files = BTreeMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(top.join(&folder)).expect("a folder of the house can be read");
            for entry in entries {
                let entry = entry.expect("an entry of a folder can be read");
                let path = folder.join(entry.file_name());
                let name = path.to_str().expect("the house uses plain names").to_owned();
                let kind = entry.file_type().expect("an entry has a type");
                if kind.is_dir() && !NOT_OURS.contains(&entry.file_name().to_str().unwrap_or_default()) {
                    folders.push(path);
                } else if kind.is_file() && is_text(&name) {
                    let text = std::fs::read_to_string(top.join(&path));
                    files.insert(name.clone(), text.unwrap_or_else(|e| panic!("{name} is no text: {e}")));
                }
            }
        }
        Self(files)
    }

    /// A tree made up for a test of a test.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// One file.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// All files in the order of their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The Rust files below one of `folders`.
    pub(crate) fn rust<'a>(&'a self, folders: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs") && folders.iter().any(|f| path.starts_with(f)))
    }
}

fn is_text(path: &str) -> bool {
    let ending = Path::new(path).extension().and_then(|e| e.to_str());
    ending.map_or_else(|| PLAIN.iter().any(|p| path.starts_with(p)), |e| TEXTS.contains(&e))
}
