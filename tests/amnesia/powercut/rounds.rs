//! The rounds: which places are cut, and the two disks that must be found out.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use amnesia::{Chance, Cutter, Disk, Honesty, Image, Loss, Mount, Op};
use names::Side;
use store::journal;

use crate::judge::{Wrong, judge};
use crate::workload::{Recording, draft, folder, go_on, office, open, record};

/// Commits of the workload.
const COMMITS: usize = 500;

/// Places that `cargo test` cuts at, of some 7,000: what 40 s on two cores allow in debug.
const SOME_PLACES: usize = 200;

/// Cuts that are followed by others, and the commits between two of them.
const SOME_SECOND_LIVES: usize = 8;
const ALL_SECOND_LIVES: usize = 200;
const COMMITS_BETWEEN: usize = 3;

/// Violations that are told in full; the first ones say enough.
const TOLD: usize = 10;

/// A cut and what is wrong after it.
type Violation = (usize, Loss, Wrong);

/// What came out of many cuts.
#[derive(Default)]
struct Outcome {
    /// Cuts by how many operations they put at risk: none, some.
    cuts: usize,
    risky: usize,
    /// Cuts after which the commit in flight was there, although nobody had heard of it.
    ahead: BTreeMap<&'static str, usize>,
    wrong: Vec<Violation>,
}

#[test]
fn after_a_power_cut_at_any_place_every_confirmed_commit_is_there() {
    let seed = seed();
    let recording = record(COMMITS, Honesty::Honest);
    let ops = recording.trace.len();
    let places = spread(ops, if is_full() { ops } else { SOME_PLACES }, seed);
    let outcome = cut_everywhere(&recording, &places, seed);
    println!(
        "AUFRUF_SEED={seed}: {COMMITS} commits, {ops} operations, {} places, {} cuts, {} with something to lose, \
         commit in flight survived {:?}, {} violations",
        places.len(),
        outcome.cuts,
        outcome.risky,
        outcome.ahead,
        outcome.wrong.len()
    );
    assert!(outcome.wrong.is_empty(), "AUFRUF_SEED={seed}: {:#?}", &outcome.wrong[..outcome.wrong.len().min(TOLD)]);
    assert_eq!(outcome.cuts, places.len() * Loss::ALL.len());
    assert!(outcome.risky * 2 > outcome.cuts, "most cuts must put something at risk, or nothing was tried");
}

#[test]
fn the_first_start_of_a_program_survives_a_cut_at_every_place() {
    let recording = record(2, Honesty::Honest);
    let upto = recording.commits[1].confirmed_at;
    let places: Vec<usize> = (0..=upto).collect();
    let outcome = cut_everywhere(&recording, &places, seed());
    assert!(outcome.wrong.is_empty(), "{:#?}", outcome.wrong);
}

#[test]
fn what_is_committed_after_a_cut_survives_the_next_one_at_every_place() {
    let seed = seed();
    let recording = record(60, Honesty::Honest);
    let folder = folder();
    let mut first = Cutter::new(Image::default(), &recording.trace);
    let (mut cuts, mut wrong) = (0, Vec::new());
    for place in spread(recording.trace.len(), if is_full() { ALL_SECOND_LIVES } else { SOME_SECOND_LIVES }, seed) {
        first.advance(place);
        let image = first.cut(Loss::Torn, &mut Chance::new(seed, place as u64));
        let confirmed = recording.commits.partition_point(|commit| commit.confirmed_at <= place);
        let survived =
            judge(image.clone(), folder.path(), &recording.commits, confirmed).expect("as in the first test");
        let second = go_on(image, &recording.commits[..survived], COMMITS_BETWEEN);
        let outcome = cut_everywhere(&second, &(0..=second.trace.len()).collect::<Vec<_>>(), seed);
        cuts += outcome.cuts;
        wrong.extend(outcome.wrong);
    }
    println!("second cuts: {cuts} cuts, {} violations", wrong.len());
    assert!(wrong.is_empty(), "AUFRUF_SEED={seed}: {:#?}", &wrong[..wrong.len().min(TOLD)]);
}

#[test]
fn a_disk_that_lies_about_its_syncs_is_found_out() {
    let recording = record(30, Honesty::LiesAboutSync);
    let last = recording.commits[29].confirmed_at;
    let outcome = cut_everywhere(&recording, &[last], seed());
    let lost = outcome.wrong.iter().filter(|(_, _, wrong)| matches!(wrong, Wrong::Lost { .. })).count();
    assert!(lost > 0, "thirty confirmed commits on a lying disk, and none is missed: {:?}", outcome.wrong);
    let everything = outcome.wrong.iter().find(|(_, loss, _)| *loss == Loss::Everything).map(|(_, _, wrong)| wrong);
    assert_eq!(everything, Some(&Wrong::Lost { confirmed: 30, there: 0 }));
}

#[test]
fn a_commit_that_never_reached_the_disk_is_missed() {
    let recording = record(20, Honesty::Honest);
    let folder = folder();
    let image = after_everything(&recording);
    assert_eq!(judge(image.clone(), folder.path(), &recording.commits, 20), Ok(20));
    assert_eq!(judge(image, folder.path(), &recording.commits, 21), Err(Wrong::Lost { confirmed: 21, there: 20 }));
}

#[test]
fn a_commit_that_is_there_in_part_or_with_other_content_is_seen() {
    let recording = record(20, Honesty::Honest);
    let folder = folder();
    let disk = Disk::with(after_everything(&recording), Honesty::Honest);
    let mount = Mount::new(Arc::clone(&disk), folder.path());
    let db = open(folder.path()).expect("opens");
    // Facts and cursor without the small value and the row that belong to them.
    db.write_blocking(|tx| journal::append(tx, &office(), Side::Box, &[draft(20, 0)])).expect("written");
    drop((db, mount));
    let mut half = after_everything(&recording);
    disk.trace().iter().for_each(|op| half.apply(op));
    let judged = judge(half, folder.path(), &recording.commits, 20);
    assert!(matches!(judged, Err(Wrong::Half(_))), "{judged:?}");
    let other = record(20, Honesty::Honest);
    let judged = judge(after_everything(&recording), folder.path(), &other.commits, 20);
    assert!(matches!(judged, Err(Wrong::Half(_))), "{judged:?}");
    let judged = judge(after_everything(&recording), folder.path(), &recording.commits, 18);
    assert_eq!(judged, Err(Wrong::Invented { begun: 19, there: 20 }));
}

#[test]
fn a_damaged_sector_is_seen() {
    let recording = record(60, Honesty::Honest);
    let folder = folder();
    let whole = after_everything(&recording);
    let len = whole.file("store.db").expect("a database").len();
    let mut seen = 0;
    let sectors = (0..len).step_by(512);
    for at in sectors.clone() {
        let mut image = whole.clone();
        image.apply(&Op::Write { file: "store.db".into(), at, bytes: [0xA5; 512].into() });
        seen += usize::from(judge(image, folder.path(), &recording.commits, 60).is_err());
    }
    // Some sectors hold nothing: free space inside pages, and tables that this workload leaves empty.
    assert!(seen * 2 > sectors.count(), "{seen} of {} damaged sectors were seen", len / 512);
}

/// What a disk holds when everything it was told has reached it.
fn after_everything(recording: &Recording) -> Image {
    let mut image = Image::default();
    recording.trace.iter().for_each(|op| image.apply(op));
    image
}

/// Cuts at these places in every way, on all cores.
fn cut_everywhere(recording: &Recording, places: &[usize], seed: u64) -> Outcome {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(|| work(recording, places, seed, &next))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker that ends")).collect()
    });
    let mut all = Outcome::default();
    for outcome in outcomes {
        all.cuts += outcome.cuts;
        all.risky += outcome.risky;
        all.wrong.extend(outcome.wrong);
        for (loss, ahead) in outcome.ahead {
            *all.ahead.entry(loss).or_default() += ahead;
        }
    }
    all.wrong.sort_by_key(|(place, _, _)| *place);
    all
}

/// Takes one place after the other until none is left.
fn work(recording: &Recording, places: &[usize], seed: u64, next: &AtomicUsize) -> Outcome {
    let folder = folder();
    let mut cutter = Cutter::new(recording.began_with.clone(), &recording.trace);
    let mut outcome = Outcome::default();
    while let Some(&place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
        cutter.advance(place);
        let confirmed = recording.commits.partition_point(|commit| commit.confirmed_at <= place);
        for (way, loss) in (1..).zip(Loss::ALL) {
            let mut chance = Chance::new(seed, place as u64 * 8 + way);
            let image = cutter.cut(loss, &mut chance);
            outcome.cuts += 1;
            outcome.risky += usize::from(cutter.at_risk() > 0);
            match judge(image, folder.path(), &recording.commits, confirmed) {
                Ok(there) if there > confirmed => *outcome.ahead.entry(loss.name()).or_default() += 1,
                Ok(_) => {}
                Err(wrong) => outcome.wrong.push((place, loss, wrong)),
            }
        }
    }
    outcome
}

/// So many places of a trace, evenly spread; another seed gives others.
fn spread(ops: usize, places: usize, seed: u64) -> Vec<usize> {
    let stride = (ops / places).max(1);
    (Chance::new(seed, 0).below(stride)..=ops).step_by(stride).collect()
}

fn is_full() -> bool {
    std::env::var("AUFRUF_POWERCUT").is_ok_and(|how| how == "full")
}

/// Repeats a run, or begins the usual one.
fn seed() -> u64 {
    std::env::var("AUFRUF_SEED").map_or(1, |seed| seed.parse().expect("AUFRUF_SEED is a number"))
}
