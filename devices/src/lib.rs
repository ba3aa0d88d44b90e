//! All that people touch, see or hear: scanner, keypad, desk devices, chime, printer,
//! the box's name on the network.
//!
//! ```text
//!   scanner, keypad (evdev) ─► input ─┐                       ┌─► chime   ◄─ Bell
//!                                     │                       ├─► printer ◄─ Slip
//!   desk device ─► gate ─► broker ─► bus ─┴─Sensed─►  office ─┤
//!   desk device ◄─ gate ◄─ broker ◄─ bus ◄──────────── Show ──┘   Permits ─► gate
//! ```
//!
//! Adapters that speak values: this room answers [`Sensed`], and is told [`Permits`], [`Show`],
//! [`Bell`] and [`printer::Slip`]. It knows hardware and protocols and nothing of tickets.
//!
//! What may not be used here: any other room of the workspace, a store, a callback into the
//! office (`tests/tidy`).

pub mod broker;
mod bus;
mod chime;
mod config;
mod devices;
mod discovery;
mod gate;
pub mod input;
mod mqtt;
pub mod printer;
mod report;
mod values;

pub use chime::SoundConfig;
pub use config::{Announce, DevicesConfig};
pub use devices::{Devices, DevicesError};
pub use gate::MAX_DESKS;
pub use values::{
    Bell, DeskId, DeskView, Gesture, Health, InputKind, InputRules, Layout, Permit, Permits, Secret, Sensed, Show,
};
