//! What is plugged in: the kernel's nodes, put together to devices.
//!
//! One scanner may show several nodes (keys, volume keys, a second keyboard); they are one device,
//! and whoever takes it takes all of them, so that none of its keys goes astray.

use std::io;
use std::path::PathBuf;

use evdev::raw_stream::RawDevice;
use evdev::{BusType, KeyCode, RelativeAxisCode};

use super::matching::without_interface;
use super::told::InputDevice;

/// Where the kernel shows its inputs.
const INPUTS: &str = "/dev/input";

/// A device that is plugged in.
pub(super) struct Plugged {
    pub(super) shown: InputDevice,
    /// Its nodes that have keys.
    pub(super) nodes: Vec<RawDevice>,
}

/// Everything that can type and may be opened. Looks at each node; takes a few milliseconds.
///
/// # Errors
/// The folder of the inputs cannot be read; `PermissionDenied` also when none of them may be opened.
pub(super) fn look() -> io::Result<Vec<Plugged>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(INPUTS)?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("event")));
    paths.sort();
    let (mut there, mut locked) = (Vec::new(), None);
    for path in paths {
        match RawDevice::open(&path) {
            Ok(node) => join(&mut there, node),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => locked = Some(error),
            // It went while we looked.
            Err(_gone) => {}
        }
    }
    match locked {
        Some(error) if there.is_empty() => Err(error),
        Some(_) | None => Ok(there),
    }
}

/// What is plugged in, for people who write the allow-list.
pub fn keyboards() -> Vec<InputDevice> {
    let there = look().unwrap_or_default();
    there.into_iter().map(|device| device.shown).filter(|device| device.types).collect()
}

fn join(there: &mut Vec<Plugged>, node: RawDevice) {
    let shown = shown(&node);
    let has_keys = node.supported_keys().is_some();
    let known = there.iter_mut().find(|device| is_same(&device.shown, &shown));
    match known {
        Some(device) => {
            device.shown.types |= shown.types;
            device.shown.points |= shown.points;
            device.nodes.extend(has_keys.then_some(node));
        }
        None => there.push(Plugged { shown, nodes: has_keys.then_some(node).into_iter().collect() }),
    }
}

/// Whether two nodes are parts of one device. What has no port is never joined: two alike would
/// become one.
fn is_same(one: &InputDevice, other: &InputDevice) -> bool {
    one.port.is_some() && (&one.port, &one.usb, &one.serial) == (&other.port, &other.usb, &other.serial)
}

fn shown(node: &RawDevice) -> InputDevice {
    let id = node.input_id();
    let told = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let has = |key| node.supported_keys().is_some_and(|keys| keys.contains(key));
    let ends = has(KeyCode::KEY_ENTER) || has(KeyCode::KEY_KPENTER);
    InputDevice {
        name: node.name().unwrap_or_default().trim().to_owned(),
        usb: (id.bus_type() == BusType::BUS_USB).then(|| format!("{:04x}:{:04x}", id.vendor(), id.product())),
        port: told(node.physical_path()).map(|path| without_interface(&path).to_owned()),
        serial: told(node.unique_name()),
        types: ends && (has(KeyCode::KEY_1) || has(KeyCode::KEY_KP1)),
        points: node.supported_relative_axes().is_some_and(|axes| axes.contains(RelativeAxisCode::REL_X)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: Option<&str>) -> InputDevice {
        let port = port.map(str::to_owned);
        InputDevice { name: "node".into(), usb: Some("05e0:1200".into()), port, ..InputDevice::default() }
    }

    #[test]
    fn the_nodes_of_one_port_are_one_device_and_nodes_without_a_port_are_never_joined() {
        assert!(is_same(&at(Some("usb-1.2")), &InputDevice { name: "volume".into(), ..at(Some("usb-1.2")) }));
        assert!(!is_same(&at(Some("usb-1.2")), &at(Some("usb-1.3"))));
        assert!(!is_same(&at(Some("usb-1.2")), &InputDevice { usb: Some("046d:c31c".into()), ..at(Some("usb-1.2")) }));
        assert!(!is_same(&at(None), &at(None)));
    }
}
