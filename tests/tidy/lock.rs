//! What is really built in, by `Cargo.lock`: the most important bans of `deny.toml`, for when the
//! tool that reads it is not at hand.

use std::collections::BTreeSet;

use crate::tree::{Breach, Tree};

/// Never in the house, and why.
const BANNED: [(&str, &str); 5] = [
    ("aws-lc-rs", "ring is our one crypto provider for TLS"),
    ("openssl-sys", "rustls is our one TLS stack"),
    ("native-tls", "rustls is our one TLS stack"),
    ("chrono", "jiff is our one time crate"),
    ("sqlx", "one SQLite, one writer"),
];

/// At most one version of each.
const SINGLE: [&str; 5] = ["rustls", "rustls-webpki", "ring", "libsqlite3-sys", "jiff"];

/// One TLS stack, one SQLite, one time crate, all from the registry.
pub(crate) fn one_of_each_and_from_the_registry(tree: &Tree) -> Vec<Breach> {
    let file = "Cargo.lock";
    let Some(text) = tree.get(file) else { return vec![Breach::of(file, "there is none")] };
    let lock: toml::Table = text.parse().unwrap_or_else(|e| panic!("{file}: {e}"));
    let packages: Vec<&toml::Value> =
        lock.get("package").and_then(toml::Value::as_array).into_iter().flatten().collect();
    let mut breaches = Vec::new();
    let named = |name: &str| packages.iter().filter(|p| word(p, "name") == name).count();
    for (name, why) in BANNED.iter().filter(|(name, _)| named(name) > 0) {
        breaches.push(Breach::of(file, format!("{name} is in: {why}")));
    }
    for name in SINGLE.iter().filter(|name| named(name) > 1) {
        breaches.push(Breach::of(file, format!("{name} is in more than once")));
    }
    for package in packages.iter().filter(|p| !from_the_registry(p)) {
        breaches.push(Breach::of(file, format!("{} does not come from the registry", word(package, "name"))));
    }
    breaches
}

/// Every crate we chose is used by a room and explained in our document; every crate explained
/// there was chosen.
pub(crate) fn dependencies_are_used_and_explained(tree: &Tree) -> Vec<Breach> {
    let (file, document) = ("Cargo.toml", "docs/dependencies.md");
    let chosen = chosen(tree.get(file).unwrap_or_default());
    let explained = explained(tree.get(document).unwrap_or_default());
    let manifests = || tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    let used = |name: &str| {
        manifests().any(|(_, text)| {
            text.lines().any(|l| l.starts_with(&format!("{name}.workspace")) || l.starts_with(&format!("{name} =")))
        })
    };
    let mut breaches = Vec::new();
    for name in &chosen {
        if !used(name) {
            breaches.push(Breach::of(file, format!("{name}: no room uses it, take it out")));
        }
        if !explained.contains(name) {
            breaches.push(Breach::of(document, format!("{name}: say why it is here")));
        }
    }
    let gone = explained.iter().filter(|name| !chosen.contains(*name));
    breaches.extend(gone.map(|name| Breach::of(document, format!("{name} is not in the house any more"))));
    breaches
}

/// The crates of the workspace that are not our own rooms.
fn chosen(manifest: &str) -> BTreeSet<String> {
    let table: toml::Table = manifest.parse().unwrap_or_else(|e| panic!("Cargo.toml: {e}"));
    let all = table.get("workspace").and_then(|w| w.get("dependencies")).and_then(toml::Value::as_table);
    let others = all.into_iter().flatten().filter(|(_, how)| how.get("path").is_none());
    others.map(|(name, _)| name.clone()).collect()
}

/// The names in the first column of the tables.
fn explained(document: &str) -> BTreeSet<String> {
    let rows = document.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| crate") && !l.starts_with("| -"));
    let first = rows.filter_map(|l| l.split('|').nth(1));
    first.flat_map(|names| names.split(',')).map(|name| name.trim().to_owned()).collect()
}

/// Our own rooms have no source at all.
fn from_the_registry(package: &toml::Value) -> bool {
    package.get("source").and_then(toml::Value::as_str).is_none_or(|s| s.starts_with("registry+"))
}

fn word<'a>(package: &'a toml::Value, key: &str) -> &'a str {
    package.get(key).and_then(toml::Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn the_house_has_one_of_each() {
        holds(one_of_each_and_from_the_registry);
    }

    #[test]
    fn the_dependencies_of_the_house_are_used_and_explained() {
        holds(dependencies_are_used_and_explained);
    }

    #[test]
    fn a_crate_nobody_explains_or_uses_is_found() {
        let rule = dependencies_are_used_and_explained;
        let house = ("Cargo.toml", "[workspace.dependencies]\nserde = \"1\"\nnames = { path = \"x\" }\n");
        let room = ("sync/names/Cargo.toml", "[dependencies]\nserde.workspace = true\n");
        let page = ("docs/dependencies.md", "| crate | why |\n|---|---|\n| serde | x |\n");
        passes(rule, &[house, room, page]);
        breaks(rule, &[house, room], "serde: say why");
        breaks(rule, &[house, page], "no room uses it");
        breaks(rule, &[house, room, ("docs/dependencies.md", "| serde, rand | x |\n")], "rand is not in the house");
    }

    #[test]
    fn a_second_tls_stack_is_found() {
        let rule = one_of_each_and_from_the_registry;
        breaks(rule, &[("Cargo.lock", "[[package]]\nname = \"openssl-sys\"\nversion = \"0.9\"\n")], "openssl-sys");
        let twice =
            "[[package]]\nname = \"rustls\"\nversion = \"0.22\"\n[[package]]\nname = \"rustls\"\nversion = \"0.23\"\n";
        breaks(rule, &[("Cargo.lock", twice)], "more than once");
    }

    #[test]
    fn a_crate_from_a_git_repository_is_found() {
        let git = "[[package]]\nname = \"x\"\nversion = \"1\"\nsource = \"git+https://example.org/x\"\n";
        breaks(one_of_each_and_from_the_registry, &[("Cargo.lock", git)], "does not come from the registry");
    }
}
