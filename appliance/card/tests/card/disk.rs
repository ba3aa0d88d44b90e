//! On real files: what a start writes, what goes, and who may read it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use card::disk::{find, kept, replace, write_kept, write_start};
use card::plan::{Found, plan};
use tempfile::TempDir;

use crate::GOOD;

struct Machine {
    folder: TempDir,
}

impl Machine {
    fn with(card: Option<&[u8]>) -> Self {
        let folder = TempDir::new().expect("a folder");
        if let Some(bytes) = card {
            fs::write(folder.path().join("appliance.toml"), bytes).expect("a card");
        }
        Self { folder }
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn boots(&self) {
        let kept = kept(&self.at("keep"), &self.at("enrolled"));
        let plan = plan(&find(&self.at("appliance.toml")), &kept);
        write_start(&self.at("run"), &plan.outputs).expect("written");
        write_kept(&self.at("keep"), &plan.keep).expect("written");
    }

    fn reads(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.at(path)).ok()
    }
}

#[test]
fn a_card_becomes_files_and_secrets_are_the_administrators() {
    let machine = Machine::with(Some(GOOD.as_bytes()));
    machine.boots();
    for (path, mode) in [
        ("run/appliance.toml", 0o600),
        ("run/screens.env", 0o644),
        ("run/network/10-aufruf.network", 0o644),
        ("keep/wifi/Rathaus.psk", 0o600),
        ("keep/appliance.last-good.toml", 0o600),
    ] {
        let right = fs::metadata(machine.at(path)).expect(path).permissions().mode() & 0o777;
        assert_eq!(right, mode, "{path}");
    }
    assert_eq!(machine.reads("run/hostname").as_deref(), Some("rathaus\n"));
}

#[test]
fn what_nobody_wants_any_more_is_gone_at_the_next_start() {
    let machine = Machine::with(Some(GOOD.as_bytes()));
    machine.boots();
    fs::write(machine.at("appliance.toml"), "office = \"a\"\n").expect("a smaller card");
    machine.boots();
    assert_eq!(machine.reads("run/ssh/authorized_keys"), None, "SSH is off again");
    assert_eq!(machine.reads("run/appliance.toml").as_deref(), Some("office = \"a\"\n"));
}

#[test]
fn a_card_that_is_gone_starts_with_the_last_good_file() {
    let machine = Machine::with(Some(GOOD.as_bytes()));
    machine.boots();
    fs::remove_file(machine.at("appliance.toml")).expect("gone");
    machine.boots();
    assert!(machine.reads("run/appliance.toml").is_some_and(|file| file.contains("musterstadt")));
    assert!(machine.reads("run/mistakes.txt").is_some_and(|page| page.contains("fehlt auf der Karte")));
    assert!(machine.reads("run/ssh/authorized_keys").is_some(), "as last time");
}

#[test]
fn a_file_too_large_to_be_typed_is_not_read() {
    let machine = Machine::with(Some(&vec![b'#'; 300 * 1024]));
    assert_eq!(find(&machine.at("appliance.toml")), Found::Unreadable("mehr als 256 KiB".to_owned()));
}

#[test]
fn a_file_is_replaced_whole_and_leaves_no_draft() {
    let machine = Machine::with(Some(b"old"));
    replace(&machine.at("appliance.toml"), b"new", 0o644).expect("replaced");
    assert_eq!(machine.reads("appliance.toml").as_deref(), Some("new"));
    assert_eq!(fs::read_dir(machine.folder.path()).expect("a folder").count(), 1);
}
