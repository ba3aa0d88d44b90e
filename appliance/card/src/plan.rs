//! From the bytes on the card to everything that is written: the pure core.
//!
//! ```text
//!   card ─► parts ─┬─ of the box ─► can it start? ─no─► that of last time, if there is one
//!                  └─ each own section ─► is it right? ─no─► that of last time, else what is right
//! ```
//!
//! What must always hold: any bytes give a plan; the file for the box is one it can start with, or
//! there is none; what is kept as the last good file is good in every part.

use std::collections::BTreeSet;

use office::{Config, Kind, Mistake};

use crate::code;
use crate::outputs::{self, Output};
use crate::own::{self, Read};
use crate::parts::{OWN, Parts};
use crate::words::{self, Start};
use crate::writing;

/// Larger is no file that somebody typed.
pub const MAX_FILE: u64 = 256 * 1024;

/// The file on the card, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There is none.
    Nothing,
    /// It cannot be read, and why.
    Unreadable(String),
    /// Its bytes.
    Bytes(Vec<u8>),
}

/// What was kept on the data partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The last good file.
    pub last_good: Option<String>,
    /// The hash of the enrolment code that was used.
    pub enrolled: Option<String>,
    /// The names of the files for iwd.
    pub wifi: BTreeSet<String>,
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Into the folder of this start.
    pub outputs: Vec<Output>,
    /// Into the folder that stays: the last good file, and passwords of Wi-Fi.
    pub keep: Vec<Output>,
    /// With what the box starts.
    pub start: Start,
    /// What is to be changed on the card.
    pub mistakes: Vec<Mistake>,
}

/// The name of the last good file.
pub const LAST_GOOD: &str = "appliance.last-good.toml";

/// Decides.
#[must_use]
pub fn plan(found: &Found, kept: &Kept) -> Plan {
    let (card, mut mistakes) = match found {
        Found::Nothing => (None, vec![Mistake { line: 0, key: String::new(), kind: Kind::NoFile }]),
        Found::Unreadable(detail) => {
            (None, vec![Mistake { line: 0, key: String::new(), kind: Kind::Unreadable { detail: detail.clone() } }])
        }
        Found::Bytes(bytes) => {
            let text = writing::read(bytes).1;
            (Some(Parts::of(text.trim_start_matches('\u{feff}'))), Vec::new())
        }
    };
    let last = kept.last_good.as_deref().map(Parts::of).filter(|last| Config::mistakes(&last.of_box).is_empty());
    let of_box = card.as_ref().map(|card| of_the_box(&card.of_box)).unwrap_or_default();
    let (start, parts) = match (card, last) {
        (Some(card), _) if of_box.is_empty() => (Start::Card, Some(card)),
        (Some(card), Some(last)) => (Start::LastTime, Some(Parts { of_box: last.of_box.clone(), ..card })),
        (None, Some(last)) => (Start::LastTime, Some(last)),
        (Some(card), None) => (Start::Not, Some(card)),
        (None, None) => (Start::Not, None),
    };
    mistakes.extend(of_box);
    let mut settled = Settled::of(parts, kept);
    mistakes.append(&mut settled.mistakes);
    if start == Start::Card {
        mistakes.extend(code::mistake(&settled.parts.of_box, kept.enrolled.as_deref()));
    }
    mistakes.sort();
    settled.plan(start, mistakes, kept)
}

/// What the box says about its file, and the card's own sections among what is allowed.
fn of_the_box(text: &str) -> Vec<Mistake> {
    let mut mistakes = Config::mistakes(text);
    for mistake in &mut mistakes {
        if let Kind::UnknownSection { allowed, .. } = &mut mistake.kind
            && !mistake.key.contains('.')
        {
            allowed.extend(OWN.iter().map(|own| (*own).to_owned()));
        }
    }
    mistakes
}

/// The card's own sections, each as it is good.
struct Settled<'a> {
    parts: Parts,
    last: Parts,
    kept: &'a Kept,
    outputs: Vec<Output>,
    keep: Vec<Output>,
    mistakes: Vec<Mistake>,
    /// Sections that stay as they were.
    stay: Vec<&'static str>,
}

impl<'a> Settled<'a> {
    fn of(parts: Option<Parts>, kept: &'a Kept) -> Self {
        let last = Parts::of(kept.last_good.as_deref().unwrap_or_default());
        let mut settled = Self {
            parts: parts.unwrap_or_else(|| last.clone()),
            last,
            kept,
            outputs: Vec::new(),
            keep: Vec::new(),
            mistakes: Vec::new(),
            stay: Vec::new(),
        };
        settled.all();
        settled
    }

    fn all(&mut self) {
        let network = self.section(0, own::network).unwrap_or_default();
        self.outputs.extend(outputs::network(&network));
        if let Some(wifi) = self.section(1, own::wifi) {
            self.wifi(&wifi);
        }
        let screens = self.section(2, own::screens).unwrap_or_default();
        self.outputs.push(outputs::screens(&screens));
        let keys = self.section(3, own::ssh).unwrap_or_default();
        self.outputs.extend(outputs::ssh(&keys));
        let servers = self.section(4, own::time).unwrap_or_default();
        self.outputs.extend(outputs::time(&servers));
    }

    /// One section: of the card if it is right, else of last time, else what of it is right.
    fn section<T>(&mut self, at: usize, read: fn(&str) -> Read<T>) -> Option<T> {
        let (here, mistakes) = read(&self.parts.own[at]);
        if mistakes.is_empty() {
            return here;
        }
        self.mistakes.extend(mistakes);
        match read(&self.last.own[at]) {
            (Some(last), wrong) if wrong.is_empty() => {
                self.stay.push(OWN[at]);
                self.parts.own[at].clone_from(&self.last.own[at]);
                Some(last)
            }
            _no_last_time => {
                self.parts.own[at].clear();
                here
            }
        }
    }

    fn wifi(&mut self, wifi: &own::Wifi) {
        let file = outputs::iwd_file(&wifi.ssid);
        match outputs::iwd(wifi) {
            Some(text) => self.keep.push(Output::secret(format!("wifi/{file}"), text)),
            None if self.kept.wifi.contains(&file) => {}
            None => {
                let line = office::Places::of(&self.parts.own[1]).line_of("wifi.psk");
                self.mistakes.push(Mistake { line, key: "wifi.psk".to_owned(), kind: Kind::Empty });
                return;
            }
        }
        self.outputs.push(outputs::wifi());
    }

    fn plan(mut self, start: Start, mistakes: Vec<Mistake>, kept: &Kept) -> Plan {
        if start != Start::Not {
            self.outputs.push(Output::secret("appliance.toml", self.parts.of_box.clone()));
        }
        let good = self.parts.together();
        if start == Start::Card && kept.last_good.as_ref() != Some(&good) {
            self.keep.push(Output::secret(LAST_GOOD, good));
        }
        let page = words::page(&mistakes, start, &self.stay);
        self.outputs.extend(page.map(|page| Output::open("mistakes.txt", page)));
        Plan { outputs: self.outputs, keep: self.keep, start, mistakes }
    }
}
