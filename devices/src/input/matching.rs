//! Which plugged-in device is which input: one decision for the whole allow-list. Pure.
//!
//! ```text
//!   rules ─┐   serial number ─► port ─► product      each device at most once;
//!          ├─► (the surer way takes first)      ─►   never one of several by chance
//!   devices┘
//! ```
//!
//! What must always hold: a device that fits no rule is never taken; one device is never two
//! inputs; the order of rules and devices changes nothing; when two devices fit and nothing tells
//! them apart, neither is taken and staff are told.

use super::told::InputDevice;
use crate::values::InputRules;

/// What the allow-list says about one input at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// This device, by its place in the list.
    Device(usize),
    /// Nothing that fits is plugged in.
    Missing,
    /// So many fit, and nothing tells them apart.
    Several(usize),
    /// The other input is found in the same way and means the same device.
    Shared(String),
}

/// How sure a rule is of its device; the surer one takes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Serial,
    Port,
    Product,
}

const WAYS: [Way; 3] = [Way::Serial, Way::Port, Way::Product];

/// What became of a device so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Free,
    /// Taken, or nobody's because it cannot be told whose it is.
    Gone,
}

/// One answer for each rule, in their order.
pub(super) fn assign(rules: &[InputRules], devices: &[InputDevice]) -> Vec<Match> {
    let mut answers = vec![Match::Missing; rules.len()];
    let mut taken = vec![Taken::Free; devices.len()];
    for way in WAYS {
        let claims = claims(way, rules, devices, &taken);
        for (rule, fitting) in &claims {
            answers[*rule] = answer(*rule, fitting, &claims, rules, devices);
        }
        for device in claims.into_iter().flat_map(|(_, fitting)| fitting) {
            taken[device] = Taken::Gone;
        }
    }
    answers
}

/// The rules of one way, and the devices each of them fits.
fn claims(way: Way, rules: &[InputRules], devices: &[InputDevice], taken: &[Taken]) -> Vec<(usize, Vec<usize>)> {
    let free = |at: &usize| taken[*at] == Taken::Free;
    let of_way = rules.iter().enumerate().filter(|(_, rule)| way_of(rule) == Some(way));
    of_way
        .map(|(at, rule)| {
            let all: Vec<usize> = (0..devices.len()).filter(free).filter(|d| fits(rule, &devices[*d])).collect();
            (at, narrowed(rule, devices, all))
        })
        .collect()
}

/// Cheap scanners share one serial number; there the port, if it is given, tells them apart.
fn narrowed(rule: &InputRules, devices: &[InputDevice], fitting: Vec<usize>) -> Vec<usize> {
    let Some(port) = rule.port.as_deref().filter(|_| fitting.len() > 1) else { return fitting };
    let there: Vec<usize> = fitting.iter().copied().filter(|at| at_port(&devices[*at], port)).collect();
    if there.is_empty() { fitting } else { there }
}

fn answer(
    rule: usize,
    fitting: &[usize],
    claims: &[(usize, Vec<usize>)],
    rules: &[InputRules],
    devices: &[InputDevice],
) -> Match {
    let [device] = fitting else {
        return if fitting.is_empty() { Match::Missing } else { Match::Several(fitting.len()) };
    };
    let here = |rule: usize| rules[rule].port.as_deref().is_some_and(|port| at_port(&devices[*device], port));
    let rivals = claims.iter().filter(|(other, theirs)| *other != rule && theirs.contains(device));
    // Of two that name the same serial number, the one whose port it is plugged into has it.
    let mut rivals = rivals.map(|(other, _)| *other).filter(|other| here(*other) >= here(rule));
    match rivals.clone().find(|other| here(*other)).or_else(|| rivals.next()) {
        None => Match::Device(*device),
        Some(other) if here(other) && !here(rule) => Match::Missing,
        Some(other) => Match::Shared(rules[other].name.clone()),
    }
}

fn way_of(rule: &InputRules) -> Option<Way> {
    match (&rule.serial, &rule.port, &rule.usb) {
        (Some(_), ..) => Some(Way::Serial),
        (None, Some(_), _) => Some(Way::Port),
        (None, None, Some(_)) => Some(Way::Product),
        (None, None, None) => None,
    }
}

/// Whether a device can be the one a rule means. The USB ids, where given, must always fit; then
/// the serial number decides, and only without one the port: a scanner with a serial number may
/// move. A keyboard that is sold with a mouse is a person's, unless its serial number is named.
fn fits(rule: &InputRules, device: &InputDevice) -> bool {
    let usb = rule.usb.as_ref().is_none_or(|usb| device.usb.as_ref().is_some_and(|it| usb.eq_ignore_ascii_case(it)));
    let found = match (&rule.serial, &rule.port) {
        (Some(serial), _) => device.serial.as_ref() == Some(serial),
        (None, Some(port)) => at_port(device, port) && !device.points,
        (None, None) => rule.usb.is_some() && !device.points,
    };
    device.types && usb && found
}

fn at_port(device: &InputDevice, port: &str) -> bool {
    device.port.as_deref() == Some(without_interface(port))
}

/// The port of a physical path: one device may show several interfaces, `…-1.2/input0` and
/// `…-1.2/input1`, and is still one device.
pub(super) fn without_interface(path: &str) -> &str {
    match path.rsplit_once("/input") {
        Some((port, interface)) if interface.starts_with(|c: char| c.is_ascii_digit()) => port,
        Some(_) | None => path,
    }
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
