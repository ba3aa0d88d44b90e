//! Who may know whom, by the manifests; and that the pure rooms are pure.

use std::collections::BTreeSet;

use crate::code::{code_of, names, without_tests};
use crate::tree::{Breach, Tree};

/// Every room and the rooms it may know (`docs/architecture.md`).
const MAY_KNOW: [(&str, &[&str]); 13] = [
    ("sync/names", &[]),
    ("sync/protocol", &["names"]),
    ("sync/store", &["protocol", "names"]),
    ("sync/booking", &["store", "protocol", "names"]),
    ("appliance/queue", &["names"]),
    ("appliance/office", &["queue", "devices", "store", "protocol", "names"]),
    // It asks the box what is to be changed in its file, and words it.
    ("appliance/card", &["office"]),
    // It asks the box over its pages only.
    ("appliance/console", &[]),
    ("devices", &[]),
    ("tests", &["names", "protocol", "store", "queue", "devices", "office", "booking"]),
    // Nobody may know the disk that forgets: its tests are its own.
    ("tests/amnesia", &["names", "protocol", "store"]),
    // It knows the imaginary offices, and of the product nothing but its programs.
    ("tests/hardware", &["tests"]),
    ("tests/simulation", &["names", "protocol", "store"]),
];

/// The rooms that may use nothing but what stands here, because they are the plain words and the
/// rules. Their unit tests may use two more crates.
const ONLY: [(&str, &[&str]); 2] =
    [("sync/names", &["jiff", "serde", "thiserror"]), ("appliance/queue", &["names", "jiff", "serde", "thiserror"])];
const ONLY_IN_TESTS: [&str; 2] = ["proptest", "serde_json"];

/// The rooms without a file, a socket, a clock or chance.
const PURE: [&str; 3] = ["sync/names/", "sync/protocol/", "appliance/queue/"];

/// Crates that do something to the world, or ask it.
const WORLDLY: [&str; 26] = [
    "tokio",
    "tokio-stream",
    "tokio-rustls",
    "futures-util",
    "hyper",
    "hyper-util",
    "warp",
    "ureq",
    "lettre",
    "rusqlite",
    "rumqttc",
    "rumqttd",
    "evdev",
    "udev",
    "rodio",
    "mdns-sd",
    "rustls",
    "sd-notify",
    "getrandom",
    "rand",
    "tempfile",
    "tracing",
    "tracing-subscriber",
    "clap",
    "anyhow",
    "rust-embed",
];

/// Parts of the standard library that do the same, and the words of waiting.
const WORLDLY_STD: [&str; 11] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "std::sync",
    "std::time::Instant",
    "stdin(",
    "stdout(",
    "stderr(",
];
const WAITING: [&str; 2] = ["async", "await"];

/// Each room names only the rooms it may know, and every room has its line here.
pub(crate) fn rooms_know_only_their_neighbours(tree: &Tree) -> Vec<Breach> {
    let rooms: BTreeSet<&str> = MAY_KNOW.iter().map(|(room, _)| last(room)).collect();
    let mut breaches = Vec::new();
    for (file, room) in manifests(tree) {
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(r, _)| *r == room) else {
            breaches.push(Breach::of(file, "a room without a wall: say in walls.rs whom it may know"));
            continue;
        };
        for dependency in dependencies(tree, file, &SECTIONS) {
            if rooms.contains(dependency.as_str()) && !allowed.contains(&dependency.as_str()) {
                breaches.push(Breach::of(file, format!("may not know {dependency}")));
            }
        }
    }
    breaches
}

/// The words and the rules use nothing but time, serde and the error derive.
pub(crate) fn words_and_rules_stand_alone(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (room, allowed) in ONLY {
        let file = format!("{room}/Cargo.toml");
        for dependency in dependencies(tree, &file, &SECTIONS[..2]) {
            if !allowed.contains(&dependency.as_str()) {
                breaches.push(Breach::of(&file, format!("may not use {dependency}")));
            }
        }
        for dependency in dependencies(tree, &file, &SECTIONS[2..]) {
            if !allowed.contains(&dependency.as_str()) && !ONLY_IN_TESTS.contains(&dependency.as_str()) {
                breaches.push(Breach::of(&file, format!("may not use {dependency}, not even in tests")));
            }
        }
    }
    breaches
}

/// No crate that reaches into the world in a pure room.
pub(crate) fn pure_rooms_have_no_worldly_crate(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for room in PURE {
        let file = format!("{room}Cargo.toml");
        for dependency in dependencies(tree, &file, &SECTIONS) {
            if WORLDLY.contains(&dependency.as_str()) {
                breaches.push(Breach::of(&file, format!("{dependency} reaches into the world; this room is pure")));
            }
        }
    }
    breaches
}

/// No file, socket, thread or waiting in a pure room, by the standard library either.
pub(crate) fn pure_rooms_ask_nothing_of_the_world(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust(&PURE) {
        for (line, code) in code_of(without_tests(source), false).lines().enumerate() {
            let asked = WORLDLY_STD.iter().find(|w| code.contains(**w)).copied();
            let waits = names(code).find(|n| WAITING.contains(n));
            if let Some(word) = asked.or(waits) {
                breaches.push(Breach::at(file, line + 1, format!("{word}: this room is pure; take it as an argument")));
            }
        }
    }
    breaches
}

/// What a manifest names, the code of its room uses.
pub(crate) fn manifests_name_only_what_is_used(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, room) in manifests(tree) {
        let folder = format!("{room}/");
        let code: Vec<String> = tree.rust(&[&folder]).map(|(_, source)| code_of(source, false)).collect();
        for dependency in dependencies(tree, file, &SECTIONS) {
            let word = dependency.replace('-', "_");
            if !code.iter().any(|code| names(code).any(|n| n == word)) {
                breaches.push(Breach::of(file, format!("{dependency} is named and not used: take it out")));
            }
        }
    }
    breaches
}

const SECTIONS: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// The manifests of rooms with the room's folder; the workspace's own has no package.
fn manifests(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter_map(|(path, _)| Some((path, path.strip_suffix("/Cargo.toml")?)))
}

fn last(room: &str) -> &str {
    room.rsplit('/').next().unwrap_or(room)
}

/// What a manifest depends on in these sections, by the real name of each crate, also for one
/// target only.
fn dependencies(tree: &Tree, file: &str, sections: &[&str]) -> Vec<String> {
    let Some(text) = tree.get(file) else { return Vec::new() };
    let manifest: toml::Table = text.parse().unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut tables = vec![&manifest];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    tables.extend(targets.into_iter().flat_map(|t| t.values()).filter_map(toml::Value::as_table));
    let found = tables.iter().flat_map(|t| sections.iter().filter_map(|s| t.get(*s)?.as_table()));
    found.flat_map(|s| s.iter().map(|(name, how)| real_name(name, how))).collect()
}

fn real_name(name: &str, how: &toml::Value) -> String {
    how.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn each_room_of_the_house_knows_only_its_neighbours() {
        holds(rooms_know_only_their_neighbours);
    }

    #[test]
    fn the_words_and_the_rules_of_the_house_stand_alone() {
        holds(words_and_rules_stand_alone);
    }

    #[test]
    fn the_manifests_of_the_house_name_only_what_is_used() {
        holds(manifests_name_only_what_is_used);
    }

    #[test]
    fn a_crate_that_is_named_and_not_used_is_found() {
        let manifest = ("devices/Cargo.toml", "[dependencies]\nsd-notify = \"0.5\"\n");
        let rule = manifests_name_only_what_is_used;
        breaks(rule, &[manifest, ("devices/src/lib.rs", "//! sd_notify\n")], "sd-notify is named and not used");
        passes(rule, &[manifest, ("devices/src/lib.rs", "//! x\nuse sd_notify::notify;\n")]);
    }

    #[test]
    fn the_pure_rooms_of_the_house_are_pure() {
        holds(pure_rooms_have_no_worldly_crate);
        holds(pure_rooms_ask_nothing_of_the_world);
    }

    #[test]
    fn devices_knowing_the_queue_is_found() {
        let manifest = ("devices/Cargo.toml", "[dependencies]\nqueue.workspace = true\n");
        breaks(rooms_know_only_their_neighbours, &[manifest], "may not know queue");
    }

    #[test]
    fn office_knowing_booking_is_found_also_in_its_tests_and_under_another_name() {
        let rule = rooms_know_only_their_neighbours;
        breaks(rule, &[("appliance/office/Cargo.toml", "[dev-dependencies]\nbooking.workspace = true\n")], "booking");
        breaks(
            rule,
            &[("sync/booking/Cargo.toml", "[dependencies]\nx = { package = \"office\", path = \"y\" }\n")],
            "office",
        );
        let one_target = "[target.'cfg(unix)'.dependencies]\noffice.workspace = true\n";
        breaks(rule, &[("sync/booking/Cargo.toml", one_target)], "may not know office");
    }

    #[test]
    fn a_new_room_needs_a_wall() {
        breaks(rooms_know_only_their_neighbours, &[("attic/Cargo.toml", "[package]\n")], "without a wall");
    }

    #[test]
    fn a_queue_that_uses_chance_is_found() {
        let manifest = ("appliance/queue/Cargo.toml", "[dependencies]\nnames.workspace = true\nrand = \"0.9\"\n");
        breaks(words_and_rules_stand_alone, &[manifest], "may not use rand");
        passes(
            words_and_rules_stand_alone,
            &[("appliance/queue/Cargo.toml", "[dev-dependencies]\nproptest = \"1\"\n")],
        );
    }

    #[test]
    fn a_protocol_with_a_database_is_found() {
        let manifest = ("sync/protocol/Cargo.toml", "[dependencies]\nrusqlite = \"0.41\"\nserde = \"1\"\n");
        breaks(pure_rooms_have_no_worldly_crate, &[manifest], "rusqlite");
    }

    #[test]
    fn a_rule_that_reads_a_file_or_waits_is_found() {
        let rule = pure_rooms_ask_nothing_of_the_world;
        breaks(rule, &[("appliance/queue/src/lib.rs", "//! x\nfn f() { std::fs::read(\"a\"); }\n")], "std::fs");
        breaks(rule, &[("sync/protocol/src/lib.rs", "//! x\nasync fn f() {}\n")], "async");
        passes(rule, &[("appliance/queue/src/lib.rs", "//! No async here.\nfn f() {}\n")]);
    }
}
