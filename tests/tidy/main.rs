//! Tidy: the walls of the house, checked by reading it.
//!
//! ```text
//!   the repository ─┐
//!                   ├─► Tree (path → text) ─► a rule ─► breaches (file, line, what to do)
//!   a broken tree  ─┘
//! ```
//!
//! Each rule is a pure function of a [`Tree`]. What must always hold: a rule is tried twice, once
//! on the house, where it finds nothing, and at least once on a tree broken on purpose, where it
//! must find just that. A rule that cannot fail is no rule. Nothing here may run, build or fetch
//! anything.

mod clocks;
mod code;
mod danger;
mod docs;
mod leftovers;
mod lock;
mod privacy;
mod routes;
mod shape;
mod texts;
mod tree;
mod walls;
mod words;

use tree::{Breach, Tree};

/// The house has not the least breach of `rule`.
fn holds(rule: fn(&Tree) -> Vec<Breach>) {
    let breaches = rule(&Tree::of_the_house());
    let told: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} breaches:\n{}", told.len(), told.join("\n"));
}

/// The rule finds exactly one breach in these files, and it speaks of `about`.
fn breaks(rule: fn(&Tree) -> Vec<Breach>, files: &[(&str, &str)], about: &str) {
    let breaches = rule(&Tree::with(files));
    let told: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "expected one breach, got: {told:#?}");
    assert!(told.iter().all(|t| t.contains(about)), "{told:#?} does not speak of {about}");
}

/// The rule has nothing against these files.
fn passes(rule: fn(&Tree) -> Vec<Breach>, files: &[(&str, &str)]) {
    let told: Vec<String> = rule(&Tree::with(files)).iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn the_tree_of_the_house_is_not_empty() {
    let house = Tree::of_the_house();
    for known in ["Cargo.toml", "appliance/queue/src/lib.rs", "tests/tidy/main.rs", "docs/interfaces.md"] {
        assert!(house.get(known).is_some(), "{known} was not read: every rule would pass");
    }
}
