//! The box's own file: network, devices, counters, sound. Services and hours come from the
//! booking server and are never configured here.
//!
//! A bad file stops the start, naming file, line, key and what is allowed.

mod booking;
mod meant;
mod mistakes;
mod places;
mod printer;
mod said;
mod sound;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use devices::InputRules;
use names::{CounterId, OfficeId, ServiceId};
use serde::Deserialize;

use self::booking::without_passwords;
pub(crate) use self::booking::{Booking, ProxyAddress};
pub use self::mistakes::{Kind, MAX_MISTAKES, Mistake, Sort};
pub use self::places::{Places, is_secret};
pub(crate) use self::printer::Printer;
pub use self::said::kind_of_form;
pub(crate) use self::sound::Sound;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which office this box stands in.
    pub office: OfficeId,
    /// Where the journal lies.
    #[serde(default = "default_data")]
    pub data: PathBuf,
    /// The booking server; without it the box works alone.
    pub booking: Option<Booking>,
    /// The pages in the house.
    #[serde(default)]
    pub pages: Pages,
    /// The door for desk devices.
    #[serde(default)]
    pub gate: Gate,
    /// Chime and tones.
    #[serde(default)]
    pub sound: Sound,
    /// The printer of slips; without one the number is only shown.
    pub printer: Option<Printer>,
    /// The box's name on the network.
    #[serde(default)]
    pub mdns: Switch,
    /// Scanners and keypads.
    #[serde(default, rename = "input")]
    pub inputs: Vec<Input>,
    /// Counters.
    #[serde(default, rename = "counter")]
    pub counters: Vec<Counter>,
    /// The second medium of the journal.
    pub stick: Option<Stick>,
    /// Desk devices.
    #[serde(default, rename = "desk")]
    pub desks: Vec<Desk>,
    /// Who may sign in to the staff pages.
    #[serde(default)]
    pub staff: Vec<Staff>,
}

/// Where systemd's `StateDirectory=aufruf` is: nobody who edits the card needs to know.
fn default_data() -> PathBuf {
    PathBuf::from("/var/lib/aufruf")
}

/// `[pages]`: where board, terminal and counter pages are served.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// Board and terminal for everyone; staff pages only to this machine.
    #[serde(default = "default_pages")]
    pub listen: SocketAddr,
    /// All pages, over TLS.
    pub tls_listen: Option<SocketAddr>,
    /// Certificate chain, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// Private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// An address whose pages may frame ours (the show-room); nobody otherwise.
    pub frame_ancestors: Option<String>,
}

fn default_pages() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

impl Default for Pages {
    fn default() -> Self {
        Self { listen: default_pages(), tls_listen: None, tls_certificate: None, tls_key: None, frame_ancestors: None }
    }
}

/// `[gate]`: the door for desk devices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The only MQTT door of the house.
    pub listen: SocketAddr,
}

impl Default for Gate {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 1883)) }
    }
}

/// `[stick]`: the second medium, on which every entry of the journal stands again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stick {
    /// The folder where it is mounted.
    pub path: PathBuf,
}

/// A part that can be switched off.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Whether it works.
    pub enabled: bool,
}

impl Default for Switch {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// `[[input]]`: one scanner or keypad and the terminal it belongs to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// How to find it.
    #[serde(flatten)]
    pub rules: InputRules,
    /// The terminal it stands at.
    pub terminal: u8,
}

/// `[[counter]]`: one counter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// The number on its plate.
    pub number: CounterId,
    /// What it serves; empty: everything.
    #[serde(default)]
    pub skills: BTreeSet<ServiceId>,
}

/// `[[desk]]`: one desk device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// Its name in MQTT.
    pub id: String,
    /// Where it stands.
    pub counter: CounterId,
    /// SHA-256 of its secret, 64 hexadecimal digits.
    pub secret_sha256: String,
}

/// `[[staff]]`: one account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// What is typed at sign-in.
    pub name: String,
    /// argon2id, made by `aufruf-appliance hash-password`.
    pub password: String,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// Not there or not readable.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not the form we expect; the text names line, key and what is allowed.
    #[error("{}: {what}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Line, key and what is allowed.
        what: String,
    },
    /// Well formed, but it cannot be meant.
    #[error("{}: line {line}, {key}: {what}", path.display())]
    Meaning {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What is allowed.
        what: String,
    },
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`BadConfig`] with the place and what is allowed there.
    pub fn read(path: &Path) -> Result<Self, BadConfig> {
        let text =
            std::fs::read_to_string(path).map_err(|source| BadConfig::Unreadable { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    /// Checks the text of a file; `path` is for messages only.
    ///
    /// # Errors
    /// [`BadConfig`] with the place and what is allowed there.
    pub fn parse(path: &Path, text: &str) -> Result<Self, BadConfig> {
        let text = text.trim_start_matches('\u{feff}');
        let config: Self = toml::from_str(text).map_err(|bad| BadConfig::Form {
            path: path.to_owned(),
            what: without_passwords(bad.to_string().trim_end()),
        })?;
        match config.meant() {
            Ok(()) => Ok(config),
            Err(wrong) => Err(wrong.in_file(path, text)),
        }
    }
}

impl Desk {
    /// The 32 bytes of the hash.
    #[must_use]
    pub fn secret(&self) -> Option<[u8; 32]> {
        let text = &self.secret_sha256;
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        office = "musterland"
        data = "/var/lib/aufruf"
        [booking]
        url = "https://termine.musterland.example"
        [[input]]
        name = "entrance-scanner"
        kind = "scanner"
        usb = "05e0:1200"
        terminal = 1
        [[counter]]
        number = 3
        [[desk]]
        id = "desk-3"
        counter = 3
        secret_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    "#;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("appliance.toml"), text).map_err(|bad| bad.to_string())
    }

    #[test]
    fn a_good_file_is_read_also_with_a_byte_order_mark_and_windows_line_ends() {
        assert!(parse(GOOD).is_ok());
        assert!(parse(&format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))).is_ok());
    }

    #[test]
    fn a_wrong_key_is_named_with_file_line_and_what_is_allowed() {
        let message = parse(&GOOD.replace("number = 3", "nummer = 3")).expect_err("there is no such key");
        for part in ["appliance.toml", "line 12", "nummer", "number"] {
            assert!(message.contains(part), "{part} is missing in: {message}");
        }
    }

    #[test]
    fn no_mistake_shows_the_password_of_the_proxy() {
        for line in [
            "proxy = \"https://box:hunter2@proxy:3128\"",
            "proxy = \"http://box:hunter2@proxy\"",
            "proxi = \"http://box:hunter2@proxy:3128\"",
            "proxy = [\"http://box:hunter2@proxy:3128\"]",
            "proxy = \"http://box:hunter2@proxy:3128\" ?",
            "proxy = \"http://box:hunter2@proxy:3128",
        ] {
            let message = parse(&GOOD.replace("[[input]]", &format!("{line}\n[[input]]"))).expect_err(line);
            assert!(message.contains("line 6") || message.contains("line 7"), "{line}: {message}");
            assert!(!message.contains("hunter2"), "{line}: {message}");
        }
        let good = GOOD.replace("[[input]]", "proxy = \"http://box:hunter2@proxy:3128\"\n[[input]]");
        let shown = format!("{:?}", parse(&good).expect("a good file"));
        assert!(shown.contains("@proxy:3128") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_key() {
        for (from, to, key) in [
            ("counter = 3", "counter = 4", "desk.counter"),
            ("e3b0", "xyz0", "desk.secret_sha256"),
            ("desk-3", "Desk 3", "desk.id"),
            ("usb = \"05e0:1200\"", "", "input"),
            ("https://termine", "http://termine", "booking.url"),
            ("https://termine.musterland.example", "http://localhost.evil.example", "booking.url"),
            ("[[input]]", "proxy = \"https://proxy:3128\"\n[[input]]", "booking.proxy"),
            ("[[input]]", "extra_ca = \"/nowhere/ca.pem\"\n[[input]]", "booking.extra_ca: cannot read /nowhere/ca.pem"),
        ] {
            let message = parse(&GOOD.replace(from, to)).expect_err(key);
            assert!(message.contains(key) && message.contains("line "), "{message}");
        }
    }
}
