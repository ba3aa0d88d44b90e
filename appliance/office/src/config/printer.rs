//! `[printer]`: the printer of slips at the terminal.

use std::net::SocketAddr;
use std::path::PathBuf;

use devices::printer::{Paper, PrinterConfig, PrinterPlace};
use serde::Deserialize;

use super::Config;
use super::meant::{Meant, wrong};

/// `[printer]`: an ESC/POS printer, at a USB node or on the network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printer {
    /// The node of a USB printer, such as `/dev/usb/lp0`.
    pub path: Option<PathBuf>,
    /// The address of a printer on the network, with its port (9100 as a rule).
    pub address: Option<SocketAddr>,
    /// The width of the paper in millimetres: 80 or 58.
    #[serde(default = "usual_paper")]
    pub paper_mm: u8,
}

fn usual_paper() -> u8 {
    80
}

impl Printer {
    /// The printer in the words of the devices; nothing for one that cannot be meant.
    #[must_use]
    pub fn meant(&self) -> Option<PrinterConfig> {
        let place = match (&self.path, self.address) {
            (Some(path), None) => PrinterPlace::Node(path.clone()),
            (None, Some(address)) => PrinterPlace::Network(address),
            (None, None) | (Some(_), Some(_)) => return None,
        };
        Some(PrinterConfig { place, paper: self.paper()? })
    }

    fn paper(&self) -> Option<Paper> {
        match self.paper_mm {
            80 => Some(Paper::Mm80),
            58 => Some(Paper::Mm58),
            _other => None,
        }
    }
}

impl Config {
    pub(super) fn printer_is_meant(&self) -> Meant {
        let Some(printer) = &self.printer else { return Ok(()) };
        match (printer.paper(), printer.meant()) {
            (None, _) => wrong("printer", 0, "paper_mm", "80 or 58"),
            (Some(_), None) => wrong("printer", 0, "", "one of path (USB) and address (network)"),
            (Some(_), Some(_)) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_has_one_place_and_a_known_paper() {
        let read = |text: &str| toml::from_str::<Printer>(text).expect("a good table").meant();
        let usb = PrinterPlace::Node("/dev/usb/lp0".into());
        assert_eq!(read("path = \"/dev/usb/lp0\""), Some(PrinterConfig { place: usb, paper: Paper::Mm80 }));
        let network = PrinterPlace::Network(SocketAddr::from(([192, 0, 2, 9], 9100)));
        let narrow = read("address = \"192.0.2.9:9100\"\npaper_mm = 58");
        assert_eq!(narrow, Some(PrinterConfig { place: network, paper: Paper::Mm58 }));
        for bad in ["", "path = \"/dev/usb/lp0\"\naddress = \"192.0.2.9:9100\"", "path = \"a\"\npaper_mm = 57"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
