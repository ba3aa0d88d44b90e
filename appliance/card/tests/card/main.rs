//! The file on the card, as towns write it: what the screen says, what the system gets, what stays.

mod blanking;
mod disk;
mod plans;
mod sentences;

/// The template that lies on every card.
const TEMPLATE: &str = include_str!("../../../../image/card/appliance.toml");

/// A file with every section of the card.
const GOOD: &str = r#"office = "musterstadt"
[booking]
url = "https://termine.musterstadt.example"
code = "ABCD-2345"
[network]
hostname = "rathaus"
address = "192.0.2.10/24"
gateway = "192.0.2.1"
dns = ["192.0.2.1", "192.0.2.2"]
[wifi]
ssid = "Rathaus"
psk = "sehr geheim"
[screens]
first = "terminal"
first_rotation = 90
second = "off"
second_output = "HDMI-A-2"
[ssh]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5mOGSyE2cJmMbK2cq1uQ1Yq0cJmMbK2cq1uQ1Yq0cJ it@musterstadt"]
[time]
ntp = ["ptbtime1.ptb.de"]
[[counter]]
number = 1
[[input]]
name = "eingang"
kind = "scanner"
layout = "us"
usb = "05e0:1200"
terminal = 1
"#;

/// The good file with one place changed.
fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} does not stand in the good file");
    GOOD.replacen(from, to, 1)
}
