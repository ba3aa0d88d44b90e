//! What the system gets to read: files as values, written by nobody here.

use std::fmt::Write as _;

use crate::own::{Network, PAGES, Screens, Wifi};

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Where, below the folder.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether only the administrator may read it.
    pub secret: bool,
}

impl Output {
    /// A file for everybody on the machine.
    #[must_use]
    pub fn open(path: impl Into<String>, text: String) -> Self {
        Self { path: path.into(), text, secret: false }
    }

    /// A file for the administrator only.
    #[must_use]
    pub fn secret(path: impl Into<String>, text: String) -> Self {
        Self { path: path.into(), text, secret: true }
    }
}

/// The machine's name when none is given.
const HOSTNAME: &str = "aufruf";

/// The files of `[network]`: for systemd-networkd, and the machine's name.
#[must_use]
pub fn network(network: &Network) -> Vec<Output> {
    let name = network.hostname.as_deref().unwrap_or(HOSTNAME);
    let cable = format!("[Match]\nType=ether\n\n{}", link(network, 100));
    vec![Output::open("hostname", format!("{name}\n")), Output::open("network/10-aufruf.network", cable)]
}

/// A fixed address is the cable's; the radio asks for its own.
fn link(network: &Network, metric: u16) -> String {
    let mut text = String::from("[Network]\n");
    for server in &network.dns {
        let _ = writeln!(text, "DNS={server}");
    }
    let Some((at, bits)) = network.address else {
        let named = if network.dns.is_empty() { "" } else { "UseDNS=no\n" };
        let _ = write!(text, "DHCP=yes\n\n[DHCPv4]\nRouteMetric={metric}\n{named}\n[DHCPv6]\n{named}");
        return text;
    };
    let _ = writeln!(text, "Address={at}/{bits}");
    if let Some(way) = network.gateway {
        let _ = write!(text, "\n[Route]\nGateway={way}\nMetric={metric}\n");
    }
    text
}

/// The files of `[wifi]`: the cable wins where both are there.
#[must_use]
pub fn wifi() -> Output {
    let any = Network::default();
    Output::open("network/20-aufruf-wifi.network", format!("[Match]\nType=wlan\n\n{}", link(&any, 600)))
}

/// The file in which iwd looks for the password of a network.
#[must_use]
pub fn iwd_file(ssid: &str) -> String {
    let plain = ssid.bytes().all(|b| b.is_ascii_alphanumeric() || b" -_".contains(&b));
    if plain { format!("{ssid}.psk") } else { format!("={}.psk", hex(ssid.as_bytes())) }
}

/// What stands in it.
#[must_use]
pub fn iwd(wifi: &Wifi) -> Option<String> {
    let escaped = wifi.psk.as_ref()?.replace('\\', "\\\\");
    let escaped = match escaped.strip_prefix(' ') {
        Some(rest) => format!("\\s{rest}"),
        None => escaped,
    };
    Some(format!("[Security]\nPassphrase={escaped}\n"))
}

/// The screens for the units of the screens.
#[must_use]
pub fn screens(Screens(screens): &Screens) -> Output {
    let mut text = String::new();
    for (number, screen) in (1..).zip(screens) {
        let page = PAGES.iter().find(|(_, page)| *page == screen.page).map_or("off", |(word, _)| *word);
        let (rotation, output) = (screen.rotation, screen.output.as_deref().unwrap_or_default());
        let _ = write!(
            text,
            "AUFRUF_SCREEN_{number}={page}\nAUFRUF_SCREEN_{number}_ROTATION={rotation}\nAUFRUF_SCREEN_{number}_OUTPUT={output}\n"
        );
    }
    Output::open("screens.env", text)
}

/// Who may come in by SSH; nothing when nobody may.
#[must_use]
pub fn ssh(keys: &[String]) -> Option<Output> {
    let text = || keys.iter().map(|key| format!("{key}\n")).collect();
    (!keys.is_empty()).then(|| Output::open("ssh/authorized_keys", text()))
}

/// Whom to ask for the time; nothing leaves the system's own.
#[must_use]
pub fn time(servers: &[String]) -> Option<Output> {
    (!servers.is_empty()).then(|| Output::open("time/aufruf.conf", format!("[Time]\nNTP={}\n", servers.join(" "))))
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
