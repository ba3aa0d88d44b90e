//! Which device is which input: examples, and laws over any list and any devices.

use proptest::prelude::*;

use super::*;
use crate::values::{InputKind, Layout};

const SCANNER: &str = "05e0:1200";

fn rule(name: &str, usb: Option<&str>, port: Option<&str>, serial: Option<&str>) -> InputRules {
    let own = |text: Option<&str>| text.map(str::to_owned);
    let (usb, port, serial) = (own(usb), own(port), own(serial));
    let (kind, layout, name) = (InputKind::Scanner, Layout::Us, name.to_owned());
    InputRules { name, kind, layout, usb, port, serial, recorded: None }
}

fn device(usb: &str, port: &str, serial: Option<&str>) -> InputDevice {
    InputDevice {
        name: "a device".to_owned(),
        usb: Some(usb.to_owned()),
        port: Some(port.to_owned()),
        serial: serial.map(str::to_owned),
        types: true,
        points: false,
    }
}

fn one(rule: InputRules, devices: &[InputDevice]) -> Match {
    assign(&[rule], devices).remove(0)
}

#[test]
fn the_serial_number_decides_before_the_port_and_the_port_before_the_product() {
    let there = [device(SCANNER, "usb-1.2", Some("S1"))];
    assert_eq!(one(rule("a", None, Some("elsewhere"), Some("S1")), &there), Match::Device(0));
    assert_eq!(one(rule("a", None, Some("usb-1.2"), Some("S2")), &there), Match::Missing);
    assert_eq!(one(rule("a", None, Some("usb-1.2"), None), &there), Match::Device(0));
    assert_eq!(one(rule("a", None, Some("usb-1.2/input0"), None), &there), Match::Device(0));
    assert_eq!(one(rule("a", None, Some("elsewhere"), None), &there), Match::Missing);
    assert_eq!(one(rule("a", Some("05E0:1200"), None, None), &there), Match::Device(0));
}

#[test]
fn two_identical_scanners_are_told_apart_by_their_ports() {
    let rules =
        [rule("left", Some(SCANNER), Some("usb-1.1"), None), rule("right", Some(SCANNER), Some("usb-1.2"), None)];
    let there = [device(SCANNER, "usb-1.2", None), device(SCANNER, "usb-1.1", None)];
    assert_eq!(assign(&rules, &there), [Match::Device(1), Match::Device(0)]);
}

#[test]
fn two_scanners_that_share_a_serial_number_are_told_apart_by_their_ports() {
    let there = [device(SCANNER, "usb-1.1", Some("0001")), device(SCANNER, "usb-1.2", Some("0001"))];
    assert_eq!(one(rule("a", None, Some("usb-1.2"), Some("0001")), &there), Match::Device(1));
    assert_eq!(one(rule("a", None, None, Some("0001")), &there), Match::Several(2));
}

#[test]
fn of_two_with_one_serial_number_the_one_that_is_unplugged_is_missing_and_the_other_works_on() {
    let at = |port| rule(port, None, Some(port), Some("0001"));
    let rules = [at("usb-1.1"), at("usb-1.2")];
    let there = [device(SCANNER, "usb-1.1", Some("0001"))];
    assert_eq!(assign(&rules, &there), [Match::Device(0), Match::Missing]);
    let moved = [device(SCANNER, "usb-1.3", Some("0001"))];
    assert_eq!(assign(&rules, &moved), [Match::Shared("usb-1.2".into()), Match::Shared("usb-1.1".into())]);
}

#[test]
fn a_rule_that_two_devices_fit_takes_neither() {
    let there = [device(SCANNER, "usb-1.1", None), device(SCANNER, "usb-1.2", None)];
    assert_eq!(one(rule("a", Some(SCANNER), None, None), &there), Match::Several(2));
}

#[test]
fn a_surer_rule_takes_its_device_out_of_the_choice_of_the_others() {
    let rules = [rule("any", Some(SCANNER), None, None), rule("left", Some(SCANNER), Some("usb-1.1"), None)];
    let there = [device(SCANNER, "usb-1.1", None), device(SCANNER, "usb-1.2", None)];
    assert_eq!(assign(&rules, &there), [Match::Device(1), Match::Device(0)]);
    assert_eq!(assign(&rules, &there[..1]), [Match::Missing, Match::Device(0)]);
}

#[test]
fn two_rules_for_one_device_both_leave_it_and_name_each_other() {
    let rules = [rule("a", None, Some("usb-1.1"), None), rule("b", Some(SCANNER), Some("usb-1.1"), None)];
    let there = [device(SCANNER, "usb-1.1", None)];
    assert_eq!(assign(&rules, &there), [Match::Shared("b".into()), Match::Shared("a".into())]);
}

#[test]
fn another_product_at_the_right_port_is_not_let_in() {
    let there = [device(SCANNER, "usb-1.2", None)];
    assert_eq!(one(rule("a", Some("1234:0001"), Some("usb-1.2"), None), &there), Match::Missing);
}

#[test]
fn what_cannot_type_or_is_sold_with_a_mouse_is_never_taken_by_its_product_or_port() {
    let silent = InputDevice { types: false, ..device(SCANNER, "usb-1.2", Some("S1")) };
    let desktop = InputDevice { points: true, ..device(SCANNER, "usb-1.2", Some("S1")) };
    for rule in [rule("a", Some(SCANNER), None, None), rule("a", None, Some("usb-1.2"), None)] {
        assert_eq!(one(rule.clone(), std::slice::from_ref(&silent)), Match::Missing);
        assert_eq!(one(rule, std::slice::from_ref(&desktop)), Match::Missing);
    }
    assert_eq!(one(rule("a", None, None, Some("S1")), &[silent]), Match::Missing);
    assert_eq!(one(rule("a", None, None, Some("S1")), &[desktop]), Match::Device(0), "named by its serial number");
}

#[test]
fn a_keyboard_that_is_not_on_usb_is_never_taken_by_a_product() {
    let built_in = InputDevice { usb: None, ..device(SCANNER, "isa0060/serio0", None) };
    assert_eq!(one(rule("a", Some("0001:0001"), None, None), &[built_in]), Match::Missing);
}

#[test]
fn the_interfaces_of_a_device_are_one_port() {
    assert_eq!(without_interface("usb-0000:01:00.0-1.2/input0"), "usb-0000:01:00.0-1.2");
    assert_eq!(without_interface("usb-0000:01:00.0-1.2/input2:1"), "usb-0000:01:00.0-1.2");
    assert_eq!(without_interface("usb-0000:01:00.0-1.2"), "usb-0000:01:00.0-1.2");
    assert_eq!(without_interface("gpio/inputs"), "gpio/inputs");
}

/// Few values, so that they meet often.
fn few(name: &'static str) -> impl Strategy<Value = Option<String>> {
    proptest::option::of((0..3u8).prop_map(move |n| format!("{name}{n}")))
}

fn any_rules() -> impl Strategy<Value = Vec<InputRules>> {
    let parts = (few("u"), few("p"), few("s"));
    proptest::collection::vec(parts, 0..6).prop_map(|all| {
        let named = all.into_iter().enumerate();
        named.map(|(n, (u, p, s))| rule(&n.to_string(), u.as_deref(), p.as_deref(), s.as_deref())).collect()
    })
}

fn any_devices() -> impl Strategy<Value = Vec<InputDevice>> {
    let parts = (few("u"), few("s"), proptest::bool::weighted(0.9), proptest::bool::weighted(0.1));
    proptest::collection::vec((parts, few("p")), 0..6).prop_map(|all| {
        let device = |((usb, serial, types, points), port)| InputDevice {
            name: String::new(),
            usb,
            port,
            serial,
            types,
            points,
        };
        all.into_iter().map(device).collect()
    })
}

/// The devices, by their places, in the order of the rules' names.
fn by_name(rules: &[InputRules], devices: &[InputDevice]) -> Vec<(String, Match)> {
    let mut named: Vec<_> = rules.iter().map(|r| r.name.clone()).zip(assign(rules, devices)).collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    named
}

proptest! {
    #[test]
    fn one_device_is_never_two_inputs_and_never_one_that_does_not_fit(rules in any_rules(), devices in any_devices()) {
        let mut seen = std::collections::BTreeSet::new();
        for (rule, answer) in rules.iter().zip(assign(&rules, &devices)) {
            if let Match::Device(at) = answer {
                prop_assert!(seen.insert(at), "{at} twice");
                prop_assert!(fits(rule, &devices[at]));
            }
        }
    }

    #[test]
    fn a_device_is_taken_only_when_no_other_free_one_fits_as_well(rules in any_rules(), devices in any_devices()) {
        let answers = assign(&rules, &devices);
        for (rule, answer) in rules.iter().zip(&answers) {
            let Match::Device(at) = answer else { continue };
            let rival = (0..devices.len()).find(|d| d != at && fits(rule, &devices[*d]));
            let Some(rival) = rival else { continue };
            // Another rule has it or argues about it, or the port tells them apart.
            let claimed = rules.iter().any(|r| r.name != rule.name && fits(r, &devices[rival]));
            let narrowed = rule.port.as_deref().is_some_and(|port| at_port(&devices[*at], port) && !at_port(&devices[rival], port));
            prop_assert!(claimed || narrowed, "{rule:?} took {at} and might have taken {rival}");
        }
    }

    #[test]
    fn the_order_of_rules_and_of_devices_changes_nothing(rules in any_rules(), devices in any_devices()) {
        let (mut backwards, mut reversed) = (rules.clone(), devices.clone());
        backwards.reverse();
        reversed.reverse();
        let there = by_name(&rules, &devices);
        let turned: Vec<_> = by_name(&backwards, &reversed).into_iter().map(|(name, answer)| {
            let answer = if let Match::Device(at) = answer { Match::Device(devices.len() - 1 - at) } else { answer };
            (name, answer)
        }).collect();
        for ((name, here), (_, back)) in there.iter().zip(&turned) {
            // Of three that argue, each names one of the others.
            let argue = matches!((here, back), (Match::Shared(_), Match::Shared(_)));
            prop_assert!(argue || here == back, "{name}: {here:?} {back:?}");
        }
    }

    #[test]
    fn plugging_in_what_no_rule_knows_changes_nothing(rules in any_rules(), devices in any_devices()) {
        let mut more = devices.clone();
        more.push(InputDevice { name: "a stranger".into(), usb: Some("ffff:ffff".into()), types: true, ..InputDevice::default() });
        prop_assert_eq!(assign(&rules, &devices), assign(&rules, &more));
    }
}
