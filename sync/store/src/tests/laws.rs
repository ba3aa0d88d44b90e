//! Whatever the wire and the power do, everything arrives exactly once and in order.

use names::Side;
use proptest::prelude::*;
use protocol::exchange::{Refusal, Sealed};

use crate::journal;
use crate::tests::world::{Pair, office};

#[derive(Clone, Debug)]
enum Act {
    Write {
        side: Side,
        count: u64,
    },
    /// The box sends; the request waits on the wire.
    Send,
    /// Some request that was ever sent arrives: late, repeated, out of order; or never.
    Arrive {
        which: usize,
    },
    /// Some answer that was ever given arrives.
    Answer {
        which: usize,
    },
    /// The power goes.
    Crash {
        side: Side,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let side = || prop_oneof![Just(Side::Booking), Just(Side::Box)];
    prop_oneof![
        3 => (side(), 1..4_u64).prop_map(|(side, count)| Act::Write { side, count }),
        4 => Just(Act::Send),
        4 => (0..20_usize).prop_map(|which| Act::Arrive { which }),
        4 => (0..20_usize).prop_map(|which| Act::Answer { which }),
        1 => side().prop_map(|side| Act::Crash { side }),
    ]
}

struct World {
    pair: Pair,
    requests: Vec<Sealed>,
    answers: Vec<Sealed>,
    written: [u64; 2],
}

impl World {
    fn new() -> Self {
        Self { pair: Pair::new(), requests: Vec::new(), answers: Vec::new(), written: [0; 2] }
    }

    fn act(&mut self, act: &Act) -> Result<(), Refusal> {
        match act {
            Act::Write { side, count } => {
                let from = self.written[*side as usize];
                self.written[*side as usize] += count;
                self.pair.end(*side).append(from + 1..=from + count);
                Ok(())
            }
            Act::Send => {
                self.requests.push(self.pair.seal(&self.pair.request()));
                Ok(())
            }
            Act::Arrive { which } => {
                // The newest first, so that most of the line works and some of it is a mess.
                let Some(request) = self.requests.iter().rev().nth(*which / 4) else { return Ok(()) };
                let (answer, outcome) = self.pair.serve(request);
                self.answers.push(answer);
                outcome
            }
            Act::Answer { which } => {
                let Some(answer) = self.answers.iter().rev().nth(*which / 4) else { return Ok(()) };
                self.pair.take(answer)
            }
            Act::Crash { side } => {
                self.pair.end(*side).crash();
                Ok(())
            }
        }
    }

    fn check(&mut self, side: Side) {
        let other = side.other();
        let expected: Vec<u64> = (1..=self.written[other as usize]).collect();
        let own: Vec<u64> = (1..=self.written[side as usize]).collect();
        let end = self.pair.end(side);
        assert_eq!(end.applied(), expected, "applied once each, in order, at {side:?}");
        assert_eq!(end.numbers_of(other), expected);
        assert_eq!(end.numbers_of(side), own);
        let heads = |end: &crate::tests::world::End| {
            end.step(|tx| {
                Ok([journal::cursor(tx, &office(), Side::Booking)?, journal::cursor(tx, &office(), Side::Box)?])
            })
            .expect("cursors")
        };
        assert_eq!(heads(&self.pair.server), heads(&self.pair.appliance), "both know the same");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everything_arrives_exactly_once_in_order(acts in prop::collection::vec(act(), 1..50)) {
        let mut world = World::new();
        for act in &acts {
            match world.act(act) {
                Ok(()) | Err(Refusal::BadNonce { .. }) => {}
                Err(refusal) => return Err(TestCaseError::fail(format!("an honest line was refused: {refusal}"))),
            }
        }
        world.pair.settle();
        world.check(Side::Booking);
        world.check(Side::Box);
    }
}

#[test]
fn a_lost_answer_costs_one_round_and_nothing_else() {
    let pair = Pair::new();
    pair.appliance.append(1..=3);
    let request = pair.seal(&pair.request());
    let (_lost, outcome) = pair.serve(&request);
    assert_eq!(outcome, Ok(()));
    let (told, outcome) = pair.serve(&request);
    assert!(matches!(outcome, Err(Refusal::BadNonce { due: Some(_) })), "{outcome:?}");
    assert!(matches!(pair.take(&told), Err(Refusal::BadNonce { due: Some(_) })));
    let (answer, outcome) = pair.serve(&pair.seal(&pair.request()));
    assert_eq!(outcome, Ok(()));
    assert_eq!(pair.take(&answer), Ok(()));
    assert_eq!(pair.server.applied(), [1, 2, 3]);
    assert!(pair.request().batch.entries.is_empty());
}

#[test]
fn a_month_of_backlog_goes_through_in_batches_within_the_limits() {
    use protocol::exchange::{MAX_BATCH_BYTES, MAX_BATCH_ENTRIES};
    let pair = Pair::new();
    for day in 0..6 {
        pair.appliance.append(day * 300 + 1..=day * 300 + 300);
    }
    let first = pair.request();
    assert!(first.more);
    assert!(first.batch.entries.len() <= MAX_BATCH_ENTRIES);
    let bytes: usize = first.batch.entries.iter().map(|e| serde_json::to_string(e).expect("plain").len()).sum();
    assert!(bytes <= MAX_BATCH_BYTES, "{bytes}");
    assert!(first.batch.entries.len() > 300, "{} of a batch used", first.batch.entries.len());
    let packed = pair.seal(&first).body.len() / first.batch.entries.len();
    assert!(packed < 60, "{packed} bytes on the wire for each entry");
    pair.settle();
    assert_eq!(pair.server.applied(), (1..=1800).collect::<Vec<_>>());
}

#[test]
fn a_kind_and_fields_of_tomorrow_arrive_as_they_were_written() {
    let pair = Pair::new();
    let body = serde_json::json!({
        "z": {"y": [0.1, -0.0, 1e300, 9_007_199_254_740_993_u64, null], "x": "\u{0}\u{7f} 🦆 \"\\"},
        "n": 1,
        "a": i64::MIN,
    });
    let tomorrow = protocol::entry::Draft {
        kind: "of-tomorrow".to_owned(),
        at: "2026-11-23T08:20:00.123456789Z".parse().expect("a time"),
        body: body.as_object().expect("an object").clone(),
    };
    let written =
        pair.appliance.step(move |tx| Ok(journal::append(tx, &office(), Side::Box, &[tomorrow])?)).expect("appended");
    pair.settle();
    let limits = journal::Limits::default();
    let life = (Side::Box, written[0].incarnation);
    let arrived = pair.server.step(move |tx| Ok(journal::since(tx, &office(), life, 0, limits)?));
    assert_eq!(arrived.expect("readable"), written);
}
