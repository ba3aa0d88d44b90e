//! The judge under every kind of wrong clock: laws first, then the cases people meet.

use jiff::civil::{Date, date, time};
use proptest::prelude::*;

use super::judge::{DRIFT, Judge, SAME_TIME, later};
use super::*;

const DAY: i64 = 24 * 60 * 60;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("a known zone")
}

/// Friday afternoon: what the box saw last.
const FRIDAY: Date = date(2026, 11, 20);
const MONDAY: Date = date(2026, 11, 23);

/// A judge with a system around it, both as the test wants them.
struct Bench {
    judge: Judge,
    reading: Reading,
    /// What the hall wrote down.
    settings: Vec<Setting>,
}

impl Bench {
    /// Switched on with the wall clock at this moment; the box saw Friday, 16:00, last.
    fn booted(wall: &str) -> Self {
        let start = Start { floor: at("2026-11-20T15:00:00Z"), built: at("2026-11-01T00:00:00Z"), ran_on: None };
        let reading = Reading { ran: SignedDuration::ZERO, wall: at(wall), network: false, chip: None };
        Self { judge: Judge::new(start), reading, settings: vec![] }
    }

    fn pass(&mut self, passed: i64) {
        self.reading.ran += seconds(passed);
        self.reading.wall = later(self.reading.wall, seconds(passed));
    }

    /// The hall looks, writes down and takes over.
    fn look(&mut self) -> Now {
        self.judge.look(&self.reading);
        if let Some(setting) = self.judge.due() {
            self.judge.take(setting);
            self.settings.push(setting);
        }
        self.now()
    }

    fn heard(&mut self, server: &str) -> Now {
        self.judge.heard(at(server), self.reading.ran);
        self.look()
    }

    fn browser(&mut self, number: u8, time: &str) -> Now {
        self.judge.witnessed(Browser([number; 32]), at(time), &self.reading, true);
        self.look()
    }

    fn says(&mut self, day: Date, time: Option<jiff::civil::Time>, sure: bool) -> Heard {
        let heard = self.judge.said(Said { day, time, sure }, &berlin(), self.reading.ran);
        self.look();
        heard
    }

    fn now(&self) -> Now {
        self.judge.now(self.reading.ran)
    }
}

#[test]
fn an_offline_boot_is_unknown_whatever_the_wall_clock_says() {
    for wall in ["1970-01-01T00:00:07Z", "2026-11-19T15:00:00Z", "2026-11-20T15:00:01Z", "2040-02-29T12:00:00Z"] {
        let mut bench = Bench::booted(wall);
        bench.pass(60);
        let now = bench.look();
        assert_eq!(now, Now { at: at("2026-11-20T15:01:00Z"), trust: Trust::Unknown }, "booted at {wall}");
    }
}

#[test]
fn a_battery_clock_that_agrees_is_plausible_and_an_empty_one_is_not() {
    let mut bench = Bench::booted("2026-11-23T06:30:00Z");
    bench.reading.chip = Some(at("2026-11-23T06:30:01Z"));
    assert_eq!(bench.look(), Now { at: at("2026-11-23T06:30:00Z"), trust: Trust::Plausible });
    for (wall, chip) in [
        ("2026-11-23T06:30:00Z", "1970-01-01T00:00:09Z"),
        ("1970-01-01T00:00:09Z", "1970-01-01T00:00:09Z"),
        ("2029-01-01T00:00:00Z", "2029-01-01T00:00:00Z"),
    ] {
        let mut bench = Bench::booted(wall);
        bench.reading.chip = Some(at(chip));
        assert_eq!(bench.look().trust, Trust::Unknown, "{wall}, chip {chip}");
    }
}

#[test]
fn the_networks_time_is_trusted_and_set_once() {
    let mut bench = Bench::booted("1970-01-01T00:00:07Z");
    bench.look();
    bench.pass(30);
    bench.reading.wall = at("2026-11-23T06:31:00Z");
    bench.reading.network = true;
    assert_eq!(bench.look(), Now { at: at("2026-11-23T06:31:00Z"), trust: Trust::Trusted });
    bench.pass(3600);
    bench.look();
    assert_eq!(bench.settings.len(), 1);
    assert_eq!(bench.settings[0].since, at("2026-11-20T15:00:00Z"), "what came before was right");
}

#[test]
fn one_signed_answer_is_plausible_and_two_that_agree_are_trusted() {
    let mut bench = Bench::booted("1970-01-01T00:00:07Z");
    assert_eq!(bench.heard("2026-11-23T06:30:00Z").trust, Trust::Plausible);
    bench.pass(15);
    assert_eq!(bench.heard("2026-11-23T06:30:16Z").trust, Trust::Trusted);
    assert_eq!(bench.settings.len(), 1, "a second of difference is no difference");
}

#[test]
fn signed_answers_that_do_not_fit_each_other_are_not_trusted() {
    let mut bench = Bench::booted("1970-01-01T00:00:07Z");
    bench.heard("2026-11-23T06:30:00Z");
    bench.pass(15);
    assert_eq!(bench.heard("2026-11-23T06:30:18Z").trust, Trust::Plausible);
    assert_eq!(bench.heard("2001-01-01T00:00:00Z").trust, Trust::Plausible, "before this program was built");
}

#[test]
fn jumps_of_the_wall_clock_move_nothing_while_the_box_runs() {
    let mut bench = Bench::booted("2026-11-23T06:30:00Z");
    bench.heard("2026-11-23T06:30:00Z");
    bench.heard("2026-11-23T06:30:00Z");
    let trusted = bench.now();
    for jump in [DAY, -DAY, 20 * 365 * DAY, -56 * 365 * DAY] {
        bench.reading.wall = later(trusted.at, seconds(jump));
        assert_eq!(bench.look(), trusted, "{jump} s");
        bench.reading.network = true;
        assert_eq!(bench.look(), trusted, "{jump} s, and somebody calls it synchronised");
        assert!(bench.judge.is_astray(), "but it is told");
        bench.reading.network = false;
    }
}

#[test]
fn a_trusted_clock_that_drifted_is_put_right_by_seconds_and_never_by_hours() {
    let mut bench = Bench::booted("2026-11-23T06:30:00Z");
    bench.heard("2026-11-23T06:30:00Z");
    bench.heard("2026-11-23T06:30:00Z");
    for (server, delta) in [("2026-11-23T06:30:05Z", 5), ("2026-11-23T06:30:01Z", -4)] {
        bench.heard(server);
        assert_eq!(bench.heard(server).at, at(server));
        assert_eq!(bench.settings.last().map(|it| it.delta), Some(seconds(delta)));
    }
    let before = bench.now();
    bench.heard("2026-11-23T09:30:00Z");
    assert_eq!(bench.heard("2026-11-23T09:30:00Z"), before);
    assert!(bench.judge.is_astray());
}

#[test]
fn the_network_and_the_server_do_not_set_the_clock_in_turns() {
    let mut bench = Bench::booted("2026-11-23T06:30:00Z");
    bench.reading.network = true;
    bench.look();
    for _ in 0..10 {
        bench.pass(15);
        let five_off = later(bench.reading.wall, seconds(5));
        bench.judge.heard(five_off, bench.reading.ran);
        bench.look();
    }
    assert_eq!(bench.settings.len(), 1);
}

#[test]
fn two_browsers_are_plausible_one_only_proposes_and_none_moves_a_trusted_clock() {
    let mut bench = Bench::booted("1970-01-01T00:00:07Z");
    assert_eq!(bench.browser(1, "2026-11-23T06:30:00Z").trust, Trust::Unknown);
    assert_eq!(bench.judge.proposal(bench.reading.ran), at("2026-11-23T06:30:00Z"));
    bench.pass(20);
    let now = bench.browser(2, "2026-11-23T06:30:21Z");
    assert_eq!((now.trust, bench.settings[0].by), (Trust::Plausible, ClockSource::Browsers));
    bench.heard("2026-11-23T06:30:20Z");
    bench.heard("2026-11-23T06:30:20Z");
    let trusted = bench.now();
    for number in 0..9 {
        assert_eq!(bench.browser(number, "2027-11-23T06:30:20Z"), trusted);
    }
}

#[test]
fn browsers_far_away_from_the_floor_are_no_witnesses() {
    for time in ["2026-11-19T06:30:00Z", "2028-01-01T00:00:00Z", "1970-01-01T00:00:00Z"] {
        let mut bench = Bench::booted("1970-01-01T00:00:07Z");
        bench.browser(1, time);
        assert_eq!(bench.browser(2, time).trust, Trust::Unknown, "{time}");
        assert_eq!(bench.judge.proposal(bench.reading.ran), bench.now().at);
    }
}

#[test]
fn a_browser_on_the_box_that_repeats_its_wall_clock_is_no_witness() {
    let mut bench = Bench::booted("2026-11-23T06:30:00Z");
    bench.browser(1, "2026-11-23T06:30:00Z");
    assert_eq!(bench.browser(2, "2026-11-23T06:30:00Z").trust, Trust::Unknown);
}

#[test]
fn a_person_confirms_the_day_and_the_hour_still_does_not_count() {
    let mut bench = Bench::booted("1970-01-01T00:00:07Z");
    assert_eq!(bench.says(MONDAY, Some(time(7, 31, 0, 0)), false), Heard::Taken);
    assert_eq!(bench.now(), Now { at: at("2026-11-23T06:31:00Z"), trust: Trust::Unknown });
    assert_eq!(bench.judge.confirmed(), Some(MONDAY));
    assert_eq!(bench.says(FRIDAY, None, false), Heard::Taken, "a typing error is put right");
    assert_eq!(bench.judge.confirmed(), Some(FRIDAY));
    bench.heard("2026-11-23T06:40:00Z");
    assert_eq!(bench.judge.confirmed(), None, "nobody has to confirm what is known");
    assert_eq!(bench.says(MONDAY, None, false), Heard::NotNeeded);
}

#[test]
fn one_tap_takes_what_was_proposed() {
    let mut bench = Bench::booted("1970-01-01T00:00:07Z");
    bench.browser(1, "2026-11-23T06:30:00Z");
    assert_eq!(bench.says(MONDAY, None, false), Heard::Taken);
    assert_eq!(bench.now().at, at("2026-11-23T06:30:00Z"));
}

#[test]
fn what_a_person_says_is_bounded_and_asked_twice_when_it_is_far_ahead() {
    let mut bench = Bench::booted("1970-01-01T00:00:07Z");
    assert_eq!(bench.says(date(2026, 11, 19), None, true), Heard::Before(FRIDAY));
    assert_eq!(bench.says(date(2027, 12, 26), None, true), Heard::After(date(2027, 12, 25)));
    assert_eq!(bench.says(date(9999, 12, 31), None, true), Heard::After(date(2027, 12, 25)));
    assert_eq!(bench.says(date(-9999, 1, 1), None, true), Heard::Before(FRIDAY));
    assert_eq!(bench.says(date(2026, 11, 24), None, false), Heard::AskAgain);
    assert_eq!(bench.judge.confirmed(), None);
    assert_eq!(bench.says(date(2026, 11, 24), None, true), Heard::Taken);
    assert_eq!(bench.says(date(2026, 11, 20), Some(time(3, 0, 0, 0)), false), Heard::Taken, "the day counts");
    assert_eq!(bench.now().at, at("2026-11-20T15:00:00Z"), "and nothing goes behind the floor");
}

#[test]
fn a_typed_time_in_the_hour_that_is_not_there_and_in_the_one_twice_is_a_time() {
    for (floor, day) in [("2027-03-27T20:00:00Z", date(2027, 3, 28)), ("2026-10-24T20:00:00Z", date(2026, 10, 25))] {
        let start = Start { floor: at(floor), built: at("2026-01-01T00:00:00Z"), ran_on: None };
        let judge = Judge::new(start);
        let wall = at("1970-01-01T00:00:00Z");
        let reading = Reading { ran: SignedDuration::ZERO, wall, network: false, chip: None };
        let mut bench = Bench { judge, reading, settings: vec![] };
        assert_eq!(bench.says(day, Some(time(2, 30, 0, 0)), false), Heard::Taken);
        let told = bench.now().at.to_zoned(berlin());
        assert_eq!(told.date(), day);
        assert!((2..=3).contains(&told.hour()), "{told}");
    }
}

#[test]
fn a_floor_in_the_future_is_left_by_trusted_time_only() {
    let start = Start { floor: at("2040-01-01T00:00:00Z"), built: at("2026-11-01T00:00:00Z"), ran_on: None };
    let reading = Reading { ran: SignedDuration::ZERO, wall: at("2026-11-23T06:30:00Z"), network: false, chip: None };
    let mut bench = Bench { judge: Judge::new(start), reading, settings: vec![] };
    assert_eq!(bench.look().at, at("2040-01-01T00:00:00Z"));
    assert_eq!(bench.says(MONDAY, None, true), Heard::Before(date(2040, 1, 1)));
    bench.heard("2026-11-23T06:30:00Z");
    assert_eq!(bench.heard("2026-11-23T06:30:00Z"), Now::trusted(at("2026-11-23T06:30:00Z")));
    assert_eq!(bench.settings[0].since, Timestamp::MIN, "everything seen so far moves along");
}

#[test]
fn within_a_boot_the_clock_runs_on_and_is_still_trusted() {
    let ran_on = Some(Now::trusted(at("2026-11-23T06:30:00Z")));
    let start = Start { floor: at("2026-11-23T06:29:00Z"), built: at("2026-11-01T00:00:00Z"), ran_on };
    assert_eq!(Judge::new(start).now(seconds(1)), Now::trusted(at("2026-11-23T06:30:01Z")));
    let behind = Start { floor: at("2026-11-23T06:31:00Z"), ..start };
    let expected = Now { at: at("2026-11-23T06:31:00Z"), trust: Trust::Unknown };
    assert_eq!(Judge::new(behind).now(SignedDuration::ZERO), expected, "the journal has seen more");
}

#[test]
fn the_real_clock_starts_keeps_its_floor_and_runs_on() {
    let data = std::env::temp_dir().join(format!("aufruf-clock-{}", std::process::id()));
    std::fs::create_dir_all(&data).expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let newest = later(built(), seconds(90 * DAY));
    let clock = Clock::starting_at(Some(newest), &data);
    runtime.block_on(clock.keep()).expect("kept");
    let again = Clock::starting_at(None, &data);
    assert!(again.now().at >= newest, "without any journal");
    clock.heard(later(newest, seconds(DAY)));
    let setting = clock.due().expect("a day to make up");
    let expected = clock.once_set(setting);
    clock.take(setting);
    assert!(clock.now().at >= expected.at && clock.standing().trust == Trust::Plausible);
    std::fs::remove_dir_all(&data).expect("gone");
}

/// Anything that can happen to a clock.
#[derive(Clone, Debug)]
enum Op {
    Pass(i64),
    Wall(i64),
    Network(bool),
    Chip(Option<i64>),
    Heard(i64),
    Browser(u8, i64),
    Says(i64, bool),
}

/// Any moment there is, and often one that could be now.
fn any_moment() -> impl Strategy<Value = i64> {
    let now = 1_795_400_000_i64;
    prop_oneof![
        3 => now - 10 * DAY..now + 10 * DAY,
        1 => Timestamp::MIN.as_second()..Timestamp::MAX.as_second(),
        1 => Just(0_i64),
        1 => Just(1_i64 << 31),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..100_000_i64).prop_map(Op::Pass),
        any_moment().prop_map(Op::Wall),
        any::<bool>().prop_map(Op::Network),
        proptest::option::of(any_moment()).prop_map(Op::Chip),
        any_moment().prop_map(Op::Heard),
        (0..3_u8, any_moment()).prop_map(|(who, time)| Op::Browser(who, time)),
        (any_moment(), any::<bool>()).prop_map(|(day, sure)| Op::Says(day, sure)),
    ]
}

impl Bench {
    fn happens(&mut self, op: &Op) {
        let moment = |it: i64| Timestamp::from_second(it).expect("inside all time");
        match op {
            Op::Pass(passed) => self.pass(*passed),
            Op::Wall(wall) => self.reading.wall = moment(*wall),
            Op::Network(on) => self.reading.network = *on,
            Op::Chip(chip) => self.reading.chip = chip.map(moment),
            Op::Heard(server) => self.judge.heard(moment(*server), self.reading.ran),
            Op::Browser(who, time) => {
                self.judge.witnessed(Browser([*who; 32]), moment(*time), &self.reading, true);
            }
            Op::Says(day, sure) => {
                let day = moment(*day).to_zoned(berlin()).date();
                let said = Said { day, time: None, sure: *sure };
                self.judge.said(said, &berlin(), self.reading.ran);
            }
        }
    }
}

proptest! {
    /// Whatever happens: between two settings the told time is what the monotonic clock counted,
    /// and only a trusted setting goes behind the floor.
    #[test]
    fn the_told_time_never_steps_but_by_a_setting(ops in prop::collection::vec(op(), 0..80)) {
        let mut bench = Bench::booted("1970-01-01T00:00:07Z");
        let floor = bench.now().at;
        let (mut trusted, mut ran) = (false, bench.reading.ran);
        for op in &ops {
            let before = bench.now();
            bench.happens(op);
            let passed = bench.reading.ran - ran;
            ran = bench.reading.ran;
            prop_assert_eq!(bench.now().at, later(before.at, passed), "{:?} alone moves nothing", op);
            let settings = bench.settings.len();
            let (unset, now) = (bench.now(), bench.look());
            match bench.settings.get(settings) {
                None => prop_assert_eq!(now.at, unset.at),
                Some(setting) => {
                    prop_assert_eq!(now.at, later(unset.at, setting.delta));
                    prop_assert!(setting.delta.abs() > SAME_TIME);
                    prop_assert!(before.trust != Trust::Trusted || setting.delta.abs() <= DRIFT);
                    prop_assert!(setting.trust >= before.trust, "what is known is not forgotten");
                    trusted |= setting.by == ClockSource::Server || setting.by == ClockSource::Network;
                }
            }
            prop_assert!(trusted || now.at >= later(floor, ran), "only who is trusted goes behind the floor");
        }
    }
}
