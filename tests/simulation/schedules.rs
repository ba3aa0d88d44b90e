//! Many schedules, and the proof that the laws can notice.
//!
//! `SIM_SCHEDULES` and `SIM_SEED` choose how many and which; `.ci/proof simulation` runs millions.

use std::sync::atomic::{AtomicBool, Ordering};

use simulation::{Rules, Tally, World};

/// Schedules in every test run; the proof runs many more.
const SCHEDULES: u64 = 20_000;

/// Steps of one schedule, before the line works again.
const STEPS: usize = 80;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn schedule(seed: u64, rules: Rules) -> Result<World, String> {
    let mut world = World::new(seed, rules);
    world.run(STEPS)?;
    Ok(world)
}

/// A schedule told step by step, for whoever wants to know why a law was broken.
fn told(seed: u64, rules: Rules) -> String {
    let mut world = World::new(seed, rules);
    world.story = Some(Vec::new());
    let end = world.run(STEPS);
    format!("{}\n{end:?}", world.story.unwrap_or_default().join("\n"))
}

/// Runs schedules on all cores; the first broken law that is found with its seed, or what happened.
fn run(first: u64, count: u64, rules: Rules) -> Result<Tally, String> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let broken = AtomicBool::new(false);
    let part = |thread: u64| {
        let mut tally = Tally::default();
        let seeds = (first + thread..first + count).step_by(usize::try_from(threads).unwrap_or(1));
        for seed in seeds.take_while(|_seed| !broken.load(Ordering::Relaxed)) {
            let world = schedule(seed, rules).map_err(|law| {
                broken.store(true, Ordering::Relaxed);
                format!("{}\nSIM_SEED={seed} SIM_SCHEDULES=1 breaks a law: {law}", told(seed, rules))
            })?;
            tally.add(world.tally);
        }
        Ok::<_, String>(tally)
    };
    std::thread::scope(|scope| {
        let part = &part;
        let parts: Vec<_> = (0..threads).map(|thread| scope.spawn(move || part(thread))).collect();
        let mut tally = Tally::default();
        for part in parts {
            tally.add(part.join().map_err(|_panic| "a schedule panicked".to_owned())??);
        }
        Ok(tally)
    })
}

#[test]
fn no_law_is_broken_in_any_schedule() {
    let (seed, count) = (setting("SIM_SEED", 1), setting("SIM_SCHEDULES", SCHEDULES));
    let tally = run(seed, count, Rules::ALL).unwrap_or_else(|broken| panic!("{broken}"));
    eprintln!("SIMULATION {count} schedules, {tally}");
    assert!(tally.restores > count / 2 && tally.bookings > count, "too little happened: {tally:?}");
}

#[test]
fn the_same_seed_is_the_same_schedule() {
    for seed in 0..50 {
        let once = schedule(seed, Rules::ALL).map(|world| world.trace);
        assert_eq!(once, schedule(seed, Rules::ALL).map(|world| world.trace));
    }
}

#[test]
fn every_rule_that_is_left_out_is_noticed() {
    let without = [
        ("witness", Rules { witness: false, ..Rules::ALL }),
        ("new life", Rules { new_life: false, ..Rules::ALL }),
        ("grant names life", Rules { grant_names_life: false, ..Rules::ALL }),
        ("given is gone", Rules { given_is_gone: false, ..Rules::ALL }),
    ];
    for (name, rules) in without {
        assert!(run(1, SCHEDULES, rules).is_err(), "leaving out \"{name}\" was not noticed");
    }
}
