//! The allow-list as it was written: checked before anything is opened. Pure but for the look
//! whether a recorded stream is a FIFO. Which device it then means: `matching`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::MAX_INPUTS;
use super::matching::without_interface;
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
    /// Two entries that mean the same device, whatever is plugged in.
    #[error("failed to take input {0:?}: another input is found in the same way; add its `port`")]
    Same(String),
    /// The recorded stream exists and is not a FIFO.
    #[error("failed to take input {0:?}: {path} is not a FIFO", path = .1.display())]
    NotFifo(String, PathBuf),
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
        if !ways.insert(way(rules)) {
            return Err(BadInput::Same(name));
        }
    }
    Ok(())
}

/// How an input is found: a serial number makes its port a help only, and the interface of a port
/// means nothing.
fn way(rules: &InputRules) -> (Option<String>, Option<&str>, Option<&str>, Option<&Path>) {
    let usb = rules.usb.as_ref().map(|usb| usb.to_ascii_lowercase());
    let port = rules.port.as_deref().map(without_interface);
    (usb, port, rules.serial.as_deref(), rules.recorded.as_deref())
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

    #[test]
    fn a_wrong_list_is_refused_with_the_input_named() {
        let refused = |list: &[InputRules]| check(list).expect_err("refused");
        let good = || rules("a", Some("05e0:1200"), None, None);
        assert_eq!(refused(&[rules("a", None, None, None)]), BadInput::Nothing("a".into()));
        assert_eq!(refused(&[rules("a", Some("05e0-1200"), None, None)]), BadInput::Usb("a".into()));
        assert_eq!(refused(&[good(), good()]), BadInput::Name("a".into()));
        assert_eq!(refused(&[good(), InputRules { name: "b".into(), ..good() }]), BadInput::Same("b".into()));
        let (first, second) = (rules("a", None, Some("usb-1/input0"), None), rules("b", None, Some("usb-1"), None));
        assert_eq!(refused(&[first, second]), BadInput::Same("b".into()));
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
