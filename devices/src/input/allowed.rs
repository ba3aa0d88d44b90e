//! Which device is which input: the allow-list. Pure.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::MAX_INPUTS;
use crate::values::InputRules;

/// A wrong entry of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadInput {
    /// More than [`MAX_INPUTS`].
    #[error("failed to take {0} inputs: at most {MAX_INPUTS} are allowed")]
    TooMany(usize),
    /// The name is empty or used twice.
    #[error("failed to take input {0:?}: each needs a name of its own")]
    Name(String),
    /// Nothing says how to find it.
    #[error("failed to take input {0:?}: it needs `usb`, `port`, `serial`, or `recorded` alone")]
    Nothing(String),
    /// Not four hexadecimal digits, a colon, four hexadecimal digits.
    #[error("failed to take input {0:?}: `usb` must look like \"05e0:1200\"")]
    Usb(String),
    /// Two entries that mean the same device.
    #[error("failed to take input {0:?}: another input is found in the same way; add its `port`")]
    Same(String),
    /// The recorded stream exists and is not a FIFO.
    #[error("failed to take input {0:?}: {path} is not a FIFO", path = .1.display())]
    NotFifo(String, PathBuf),
}

/// How a device shows itself to the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// `vendor:product`, four lower-case hexadecimal digits each.
    pub(super) usb: String,
    pub(super) port: Option<String>,
    pub(super) serial: Option<String>,
    /// Whether it can end a line at all; a scanner's volume keys cannot.
    pub(super) has_enter: bool,
}

/// Checks the whole list before anything is opened.
pub(super) fn check(inputs: &[InputRules]) -> Result<(), BadInput> {
    if inputs.len() > MAX_INPUTS {
        return Err(BadInput::TooMany(inputs.len()));
    }
    let (mut names, mut ways) = (BTreeSet::new(), BTreeSet::new());
    for rules in inputs {
        let name = rules.name.clone();
        if name.is_empty() || !names.insert(&rules.name) {
            return Err(BadInput::Name(name));
        }
        check_way(rules)?;
        if !ways.insert((&rules.usb, &rules.port, &rules.serial, &rules.recorded)) {
            return Err(BadInput::Same(name));
        }
    }
    Ok(())
}

/// Whether a device is the one the rules mean. The USB ids, where given, must always fit; then the
/// serial number decides, and only without one the port: a scanner with a serial number may move.
pub(super) fn fits(rules: &InputRules, facts: &Facts) -> bool {
    let usb = rules.usb.as_ref().is_none_or(|usb| usb.eq_ignore_ascii_case(&facts.usb));
    let place = match (&rules.serial, &rules.port) {
        (Some(serial), _) => facts.serial.as_ref() == Some(serial),
        (None, Some(port)) => facts.port.as_ref() == Some(port),
        (None, None) => rules.usb.is_some(),
    };
    facts.has_enter && usb && place
}

fn check_way(rules: &InputRules) -> Result<(), BadInput> {
    let name = || rules.name.clone();
    let hardware = rules.usb.is_some() || rules.port.is_some() || rules.serial.is_some();
    if hardware == rules.recorded.is_some() {
        return Err(BadInput::Nothing(name()));
    }
    if rules.usb.as_deref().is_some_and(|usb| !is_usb(usb)) {
        return Err(BadInput::Usb(name()));
    }
    match &rules.recorded {
        Some(path) if path.exists() && !super::source::is_fifo(path) => Err(BadInput::NotFifo(name(), path.clone())),
        Some(_) | None => Ok(()),
    }
}

fn is_usb(text: &str) -> bool {
    let four = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_once(':').is_some_and(|(vendor, product)| four(vendor) && four(product))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{InputKind, Layout};

    fn rules(name: &str, usb: Option<&str>, port: Option<&str>, serial: Option<&str>) -> InputRules {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (usb, port, serial) = (own(usb), own(port), own(serial));
        let (kind, layout, name) = (InputKind::Scanner, Layout::Us, name.to_owned());
        InputRules { name, kind, layout, usb, port, serial, recorded: None }
    }

    fn facts() -> Facts {
        let (port, serial) = (Some("usb-1.2/input0".to_owned()), Some("S1".to_owned()));
        Facts { usb: "05e0:1200".to_owned(), port, serial, has_enter: true }
    }

    #[test]
    fn the_serial_number_decides_before_the_port_and_the_port_before_the_product() {
        assert!(fits(&rules("a", None, Some("elsewhere"), Some("S1")), &facts()));
        assert!(!fits(&rules("a", None, Some("usb-1.2/input0"), Some("S2")), &facts()));
        assert!(fits(&rules("a", None, Some("usb-1.2/input0"), None), &facts()));
        assert!(!fits(&rules("a", None, Some("elsewhere"), None), &facts()));
        assert!(fits(&rules("a", Some("05E0:1200"), None, None), &facts()));
    }

    #[test]
    fn another_product_at_the_right_port_is_not_let_in() {
        assert!(!fits(&rules("a", Some("1234:0001"), Some("usb-1.2/input0"), None), &facts()));
    }

    #[test]
    fn a_device_without_an_enter_key_is_not_taken() {
        assert!(!fits(&rules("a", Some("05e0:1200"), None, None), &Facts { has_enter: false, ..facts() }));
    }

    #[test]
    fn a_wrong_list_is_refused_with_the_input_named() {
        let refused = |list: &[InputRules]| check(list).expect_err("refused");
        let good = || rules("a", Some("05e0:1200"), None, None);
        assert_eq!(refused(&[rules("a", None, None, None)]), BadInput::Nothing("a".into()));
        assert_eq!(refused(&[rules("a", Some("05e0-1200"), None, None)]), BadInput::Usb("a".into()));
        assert_eq!(refused(&[good(), good()]), BadInput::Name("a".into()));
        assert_eq!(refused(&[good(), InputRules { name: "b".into(), ..good() }]), BadInput::Same("b".into()));
        let many: Vec<_> = (0..=MAX_INPUTS).map(|n| rules(&n.to_string(), None, None, Some(&n.to_string()))).collect();
        assert_eq!(refused(&many), BadInput::TooMany(MAX_INPUTS + 1));
    }

    #[test]
    fn a_recorded_stream_must_be_a_fifo() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let recorded = Some(file.path().to_owned());
        let list = [InputRules { recorded, ..rules("a", None, None, None) }];
        assert_eq!(check(&list), Err(BadInput::NotFifo("a".into(), file.path().to_owned())));
    }
}
