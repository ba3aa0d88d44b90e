//! The card's own sections as values: network, Wi-Fi, screens, SSH, time.
//!
//! What must always hold: a section that is wrong leaves the others alone; without any section
//! the box takes its address from the cable, shows board and terminal, and lets nobody in.

use std::net::IpAddr;

use office::{Kind, Mistake};

use crate::reader::Reader;

/// `[network]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The name of the machine.
    pub hostname: Option<String>,
    /// The fixed address and the bits of its network; none: DHCP.
    pub address: Option<(IpAddr, u8)>,
    /// The way out.
    pub gateway: Option<IpAddr>,
    /// Who knows names.
    pub dns: Vec<IpAddr>,
}

/// `[wifi]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wifi {
    /// The name of the network.
    pub ssid: String,
    /// Its password; none when it moved into the box.
    pub psk: Option<String>,
}

/// What a screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The calls.
    Board,
    /// Where people say that they are here.
    Terminal,
    /// Nothing.
    Off,
}

/// The words for [`Page`] in the file and for the screens.
pub const PAGES: [(&str, Page); 3] = [("board", Page::Board), ("terminal", Page::Terminal), ("off", Page::Off)];

/// One screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// What it shows.
    pub page: Page,
    /// Degrees clockwise: 0, 90, 180, 270.
    pub rotation: u16,
    /// The name of its output; none: the next one there is.
    pub output: Option<String>,
}

/// `[screens]`: the first and the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screens(pub [Screen; 2]);

impl Default for Screens {
    fn default() -> Self {
        Self([Page::Board, Page::Terminal].map(|page| Screen { page, rotation: 0, output: None }))
    }
}

/// What a section came to, and every mistake in it.
pub type Read<T> = (Option<T>, Vec<Mistake>);

/// A section as `right` understands it; nothing when there is none or nothing of it can be read.
fn section<T>(name: &'static str, text: &str, right: impl Fn(&mut Reader<'_>) -> Option<T>) -> Read<T> {
    match Reader::of(name, text) {
        Ok(None) => (None, Vec::new()),
        Ok(Some(mut reader)) => (right(&mut reader), reader.finish()),
        Err(mistake) => (None, vec![mistake]),
    }
}

/// Reads `[network]`.
#[must_use]
pub fn network(text: &str) -> Read<Network> {
    section("network", text, |reader| {
        let hostname = reader.text("hostname", is_host);
        let address = reader.text("address", address);
        let gateway = reader.text("gateway", |text| text.parse::<IpAddr>().ok().filter(|at| is_ones(*at)));
        let dns = reader.texts("dns", |text| text.parse::<IpAddr>().ok());
        if reader.has("gateway") && !reader.has("address") {
            reader.object("address", Kind::MissingKey);
        }
        let near = |(at, bits): (IpAddr, u8)| gateway.is_none_or(|way| same_network(at, way, bits));
        if let (Some(way), false) = (gateway, address.is_none_or(near)) {
            reader.object("gateway", Kind::NotAllowed { found: way.to_string(), detail: String::new() });
        }
        Some(Network { hostname, address, gateway: gateway.filter(|_| address.is_some_and(near)), dns })
    })
}

/// Reads `[wifi]`.
#[must_use]
pub fn wifi(text: &str) -> Read<Wifi> {
    section("wifi", text, |reader| {
        let ssid = reader.text("ssid", |text| (1..=32).contains(&text.len()).then(|| text.to_owned()));
        // An empty one is told by whoever knows whether it moved into the box.
        let psk = reader.text("psk", |text| (text.is_empty() || is_psk(text)).then(|| text.to_owned()));
        for key in ["ssid", "psk"] {
            if !reader.has(key) {
                reader.object(key, Kind::MissingKey);
            }
        }
        Some(Wifi { ssid: ssid?, psk: Some(psk?).filter(|psk| !psk.is_empty()) })
    })
}

/// Reads `[screens]`.
#[must_use]
pub fn screens(text: &str) -> Read<Screens> {
    section("screens", text, |reader| {
        let Screens([first, second]) = Screens::default();
        let mut screen = |page_key, rotation_key, output_key, other: Screen| Screen {
            page: reader.word(page_key, &PAGES).unwrap_or(other.page),
            rotation: reader.number(rotation_key, rotation).unwrap_or(other.rotation),
            output: reader.text(output_key, is_output),
        };
        let first = screen("first", "first_rotation", "first_output", first);
        let mut second = screen("second", "second_rotation", "second_output", second);
        if let Some(found) = first.output.clone().filter(|_| first.output == second.output) {
            reader.object("second_output", Kind::Twice { found });
            second.output = None;
        }
        Some(Screens([first, second]))
    })
}

/// Reads `[ssh]`: the keys that may come in.
#[must_use]
pub fn ssh(text: &str) -> Read<Vec<String>> {
    section("ssh", text, |reader| Some(reader.texts("keys", is_key)))
}

/// Reads `[time]`: the servers to ask.
#[must_use]
pub fn time(text: &str) -> Read<Vec<String>> {
    section("time", text, |reader| Some(reader.texts("ntp", is_server)))
}

fn is_host(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = (1..=63).contains(&text.len()) && text.bytes().all(plain);
    (fits && !text.starts_with('-') && !text.ends_with('-')).then(|| text.to_owned())
}

fn address(text: &str) -> Option<(IpAddr, u8)> {
    let (at, bits) = text.split_once('/')?;
    let (at, bits) = (at.parse::<IpAddr>().ok().filter(|at| is_ones(*at))?, bits.parse::<u8>().ok()?);
    let most = if at.is_ipv4() { 32 } else { 128 };
    (1..=most).contains(&bits).then_some((at, bits))
}

/// Whether one machine can have this address.
fn is_ones(at: IpAddr) -> bool {
    !at.is_unspecified() && !at.is_loopback() && !at.is_multicast() && at.to_string() != "255.255.255.255"
}

fn same_network(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros() >= u32::from(bits),
        // The way out of IPv6 is often told link-local, in no network of ours.
        (IpAddr::V6(_), IpAddr::V6(_)) => true,
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// What WPA allows: 8 to 63 characters of ASCII.
fn is_psk(text: &str) -> bool {
    (8..=63).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7F).contains(&b))
}

fn rotation(degrees: u32) -> Option<u16> {
    [0, 90, 180, 270].into_iter().find(|right| u32::from(*right) == degrees)
}

/// The kernel's names of outputs, such as `HDMI-A-1`.
fn is_output(text: &str) -> Option<String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (plain && (1..=32).contains(&text.len())).then(|| text.to_owned())
}

/// A public key without options before it, on one line.
fn is_key(text: &str) -> Option<String> {
    let mut words = text.trim().splitn(3, ' ');
    let (sort, body) = (words.next()?, words.next()?);
    let known = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-ed25519@", "sk-ecdsa-sha2-"];
    let is_base64 = body.len() >= 60 && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    let fits = known.iter().any(|known| sort.starts_with(known)) && is_base64 && !text.contains(char::is_control);
    fits.then(|| text.trim().to_owned())
}

fn is_server(text: &str) -> Option<String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    (plain && (1..=253).contains(&text.len())).then(|| text.to_owned())
}
