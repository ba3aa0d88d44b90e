//! What this room has to be told before it starts. The office reads it from its own file.

use std::net::SocketAddr;

use crate::broker::BrokerProgram;
use crate::chime::SoundConfig;
use crate::printer::PrinterConfig;
use crate::values::InputRules;

/// Everything [`crate::Devices::start`] needs.
#[derive(Clone, Debug)]
pub struct DevicesConfig {
    /// The allow-list of scanners and keypads; at most [`crate::input::MAX_INPUTS`], names unique.
    pub inputs: Vec<InputRules>,
    /// Where desk devices knock (MQTT 3.1.1); port 0 takes any free one, see
    /// [`crate::Devices::gate_addr`].
    pub gate_listen: SocketAddr,
    /// How to start the broker's own process.
    pub broker: BrokerProgram,
    /// Whether, where and with which chime bells sound.
    pub sound: SoundConfig,
    /// The printer of slips; without one each slip is answered at once.
    pub printer: Option<PrinterConfig>,
    /// How the box tells its name on the local network; `None` keeps quiet.
    pub mdns: Option<Announce>,
}

/// The box's name on the local network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// What people read in a list of services, such as `Aufruf musterland`; at most 40 bytes. It may be
    /// changed by the network when another box has the same, so nothing may rely on it.
    pub name: String,
    /// The stable id other programs may rely on, such as the office's id; letters, digits, `-`.
    pub id: String,
    /// The port of the pages (`_http._tcp`).
    pub pages_port: u16,
}
