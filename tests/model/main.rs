//! The model: one day sheet at both ends, everything that can happen to it within small bounds.
//!
//! ```text
//!   bounds ─► all states, breadth first ─► every law in every state ─► counts, or the shortest story
//!                    │ each step by DaySheet::step, the product's own
//! ```
//!
//! What must always hold: no step of a sheet is re-implemented here; a rule is left out only by
//! using the function wrongly. Loss is a grant that is never delivered. A crash is no move: each step
//! is one transaction, and nothing is told or sent before the witness has it, so that a commit that
//! nobody heard of is the same as none.

mod acts;
mod bounds;
mod explorer;
mod laws;
mod mutants;
mod rules;
mod sheets;
mod sightings;
mod state;
mod story;
mod world;

use laws::Law;
use rules::Rule;
use sightings::Tally;
use story::{Report, explore};

fn holds(bounds: &bounds::Bounds, tally: &mut Tally) -> Report {
    let report = explore(bounds, None);
    assert!(report.story.is_none(), "{report}");
    tally.add(&report.tally);
    report
}

#[test]
fn within_the_bounds_every_law_holds_and_everything_happens_sometimes() {
    let full = std::env::var("AUFRUF_MODEL").is_ok_and(|which| which == "full");
    let mut tally = Tally::new();
    let mut reports: Vec<Report> = bounds::small().iter().map(|bounds| holds(bounds, &mut tally)).collect();
    assert_eq!(tally.never(), [], "never seen");
    if full {
        reports.extend(bounds::full().iter().map(|bounds| holds(bounds, &mut tally)));
    }
    for report in &reports {
        eprintln!("{report}");
    }
    for (sight, count) in tally.counts() {
        eprintln!("sometimes {sight:?}: {count}");
    }
    let states: usize = reports.iter().map(|report| report.states).sum();
    let moves: u64 = reports.iter().map(|report| report.moves).sum();
    eprintln!("all together: {states} states, {moves} moves, 0 laws broken");
}

#[test]
fn without_any_one_rule_the_model_tells_a_story_that_breaks_its_laws() {
    for rule in Rule::ALL {
        assert_ne!(rule.guards(), [], "{rule:?}");
        for law in rule.guards() {
            let mut tried = bounds::for_rules().into_iter().map(|bounds| explore(&bounds, Some((rule, *law))));
            let caught = tried.find(|report| report.story.is_some());
            let report = caught.unwrap_or_else(|| panic!("without {rule:?} {law:?} still holds within these bounds"));
            eprintln!("without {rule:?}: {report}");
        }
    }
    eprintln!("left out alone: {} rules, each noticed", Rule::ALL.len());
}

#[test]
fn every_law_can_be_broken() {
    let guarded = |law: &Law| Rule::ALL.iter().any(|rule| rule.guards().contains(law));
    let never: Vec<Law> = Law::ALL.into_iter().filter(|law| !guarded(law)).collect();
    assert_eq!(never, [], "no rule needs these laws");
}
