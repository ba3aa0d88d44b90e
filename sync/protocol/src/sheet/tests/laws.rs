//! The law over both copies: whatever two sides do, no seat is ever sold twice.
//!
//! A world of two copies, a wire that loses, repeats and reorders grants, and restores from old
//! backups. A ghost outside both copies remembers what citizens were promised.

use std::collections::BTreeMap;

use jiff::civil::Date;
use names::{BookingId, Incarnation, ServiceId, Side};
use proptest::prelude::*;

use crate::sheet::*;

const DAY: Date = Date::constant(2026, 11, 23);
/// Small, so that the sides meet: four lanes, two of them the server's, six intervals.
const FIRST: u8 = 48;
const OPEN: u8 = 6;

#[derive(Clone, Debug)]
enum Act {
    Hold { me: Side, from: u8, count: u8, service: u16 },
    Extend { me: Side, which: usize, count: u8 },
    Release { me: Side, which: usize },
    Sell { me: Side, which: usize },
    SellNow { me: Side, from: u8, count: u8, service: u16 },
    Cancel { me: Side, which: usize },
    Give { me: Side, lane: u8, from: u8, count: u8, stale: bool },
    Deliver { which: usize },
    Retire { me: Side, lane: u8, from: u8 },
    Backup { me: Side },
    Restore { me: Side, proven: bool },
}

fn side() -> impl Strategy<Value = Side> + Clone {
    prop_oneof![Just(Side::Booking), Just(Side::Box)]
}

fn apart() -> impl Strategy<Value = Act> {
    let (from, count, service, which) = (FIRST..FIRST + OPEN, 0..4_u8, 1..3_u16, 0..50_usize);
    let place = (side(), from.clone(), count.clone(), service);
    prop_oneof![
        place.clone().prop_map(|(me, from, count, service)| Act::Hold { me, from, count, service }),
        (side(), which.clone(), count).prop_map(|(me, which, count)| Act::Extend { me, which, count }),
        (side(), which.clone()).prop_map(|(me, which)| Act::Release { me, which }),
        (side(), which.clone()).prop_map(|(me, which)| Act::Sell { me, which }),
        place.prop_map(|(me, from, count, service)| Act::SellNow { me, from, count, service }),
        (side(), which).prop_map(|(me, which)| Act::Cancel { me, which }),
        (side(), 0..4_u8, from).prop_map(|(me, lane, from)| Act::Retire { me, lane, from }),
    ]
}

fn together() -> impl Strategy<Value = Act> {
    let give = (side(), 0..4_u8, FIRST..FIRST + OPEN, 1..4_u8, prop::bool::weighted(0.2));
    prop_oneof![
        4 => apart(),
        3 => give.prop_map(|(me, lane, from, count, stale)| Act::Give { me, lane, from, count, stale }),
        4 => (0..50_usize).prop_map(|which| Act::Deliver { which }),
        1 => side().prop_map(|me| Act::Backup { me }),
        1 => (side(), any::<bool>()).prop_map(|(me, proven)| Act::Restore { me, proven }),
    ]
}

/// One end: its copy, its life, its last backup and what it wrote down since.
#[derive(Clone)]
struct End {
    sheet: DaySheet,
    lives: Vec<Incarnation>,
    backup: DaySheet,
    changes: Vec<SheetChange>,
}

/// Which rule a test leaves out, to see that the law can fail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    All,
    NoBurn,
    NoIncarnation,
    NoHolder,
}

struct World {
    rule: Rule,
    ends: BTreeMap<Side, End>,
    wire: Vec<Grant>,
    holds: Vec<HoldId>,
    bookings: Vec<BookingId>,
    promised: BTreeMap<(u8, u8), BookingId>,
    next: u64,
}

impl World {
    fn new(rule: Rule) -> Self {
        let sheet = DaySheet::mint(DAY, 2);
        let end = |life| End {
            sheet: sheet.clone(),
            lives: vec![Incarnation::from_bits(life)],
            backup: sheet.clone(),
            changes: Vec::new(),
        };
        let ends = BTreeMap::from([(Side::Booking, end(1)), (Side::Box, end(2))]);
        let (holds, bookings) = (vec![HoldId([0; 8])], vec![BookingId::from_bits(0)]);
        Self { rule, ends, wire: Vec::new(), holds, bookings, promised: BTreeMap::new(), next: 10 }
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn end(&mut self, side: Side) -> &mut End {
        self.ends.get_mut(&side).expect("both ends are there")
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        match act {
            Act::Hold { me, from, count, service } => {
                let hold = HoldId(self.fresh().to_be_bytes());
                self.holds.push(hold);
                self.step(
                    me,
                    SheetInput::Hold {
                        hold,
                        offered: plan(),
                        services: vec![ServiceId(service)],
                        from: at(from),
                        count,
                    },
                )
            }
            Act::Extend { me, which, count } => {
                let hold = self.holds[which % self.holds.len()];
                self.step(me, SheetInput::Extend { hold, count })
            }
            Act::Release { me, which } => {
                let hold = self.holds[which % self.holds.len()];
                self.step(me, SheetInput::Release { hold })
            }
            Act::Sell { me, which } => {
                let hold = self.holds[which % self.holds.len()];
                let booking = self.book(me);
                self.step(me, SheetInput::Sell { hold, booking })
            }
            Act::SellNow { me, from, count, service } => {
                let booking = self.book(me);
                let services = vec![ServiceId(service)];
                self.step(me, SheetInput::SellNow { booking, offered: plan(), services, from: at(from), count })
            }
            Act::Cancel { me, which } => {
                let booking = self.bookings[which % self.bookings.len()];
                self.cancel(me, booking)
            }
            Act::Give { me, lane, from, count, stale } => {
                let lives = &self.end(me.other()).lives;
                let life = if stale { lives.first() } else { lives.last() };
                let incarnation = *life.expect("a life");
                let seats = vec![SeatRange { lane, from: at(from), to: at(from + count) }];
                self.step(me, SheetInput::Give { seats, incarnation })
            }
            Act::Deliver { which } => self.deliver(which),
            Act::Retire { me, lane, from } => {
                self.step(me, SheetInput::Retire { seats: vec![SeatRange { lane, from: at(from), to: at(from + 1) }] })
            }
            Act::Backup { me } => {
                let end = self.end(me);
                end.backup = end.sheet.clone();
                end.changes.clear();
                Ok(())
            }
            Act::Restore { me, proven: true } => self.restore_proven(me),
            Act::Restore { me, proven: false } => self.restore(me),
        }
    }

    fn book(&mut self, me: Side) -> BookingId {
        let booking = BookingId::from_random(me, self.fresh());
        self.bookings.push(booking);
        booking
    }

    /// Delivers a grant without taking it off the wire: repetition, delay and reordering in one.
    fn deliver(&mut self, which: usize) -> Result<(), String> {
        let Some(grant) = self.wire.get(which % self.wire.len().max(1)).cloned() else { return Ok(()) };
        let mine = match self.rule {
            Rule::NoIncarnation => grant.incarnation,
            Rule::All | Rule::NoBurn | Rule::NoHolder => *self.end(grant.to).lives.last().expect("a life"),
        };
        self.step(grant.to, SheetInput::Accept { grant, mine })
    }

    fn restore(&mut self, me: Side) -> Result<(), String> {
        let life = Incarnation::from_bits(u128::from(self.fresh()));
        let end = self.end(me);
        end.sheet = end.backup.clone();
        end.lives.push(life);
        end.changes.clear();
        if self.rule == Rule::NoBurn {
            return Ok(());
        }
        self.step(me, SheetInput::Burn)
    }

    /// All that was written down since the backup is there: nothing is lost but holds.
    fn restore_proven(&mut self, me: Side) -> Result<(), String> {
        let life = Incarnation::from_bits(u128::from(self.fresh()));
        let end = self.end(me);
        let mut lost = std::mem::replace(&mut end.sheet, end.backup.clone());
        end.lives.push(life);
        let changes = std::mem::take(&mut end.changes);
        self.step(me, SheetInput::Redo { changes: changes.clone() })?;
        let end = self.end(me);
        end.changes = changes;
        let no_hold_stands = lost.step(me, SheetInput::Redo { changes: Vec::new() });
        if end.sheet == lost { Ok(()) } else { Err(format!("a proven restore lost something: {no_hold_stands:?}")) }
    }

    fn cancel(&mut self, me: Side, booking: BookingId) -> Result<(), String> {
        let end = self.end(me);
        let before = end.sheet.clone();
        let outcome = end.sheet.step(me, SheetInput::Cancel { booking });
        end.changes.extend(end.sheet.change_since(&before));
        if let Ok(Outcome::Cancelled(_place)) = outcome {
            self.promised.retain(|_seat, promised| *promised != booking);
        }
        Ok(())
    }

    fn step(&mut self, me: Side, input: SheetInput) -> Result<(), String> {
        let as_whom = if self.rule == Rule::NoHolder { Side::Booking } else { me };
        let sold = selling(&input);
        let wanted = wanting(&input).to_vec();
        let before = self.end(me).sheet.clone();
        let outcome = self.end(me).sheet.step(as_whom, input);
        let end = self.end(me);
        end.changes.extend(end.sheet.change_since(&before));
        let after = &self.ends[&me].sheet;
        if outcome.is_err() && *after != before {
            return Err(format!("a refused step changed the sheet: {outcome:?}"));
        }
        whole(after)?;
        match (outcome, sold) {
            (Ok(Outcome::Sold(place)), Some(booking)) => {
                served(place, &wanted)?;
                self.promise(place, booking)
            }
            (Ok(Outcome::Held(place)), None) => served(place, &wanted),
            (Ok(Outcome::Given(grant)), None) => {
                self.wire.push(grant);
                Ok(())
            }
            (Ok(_) | Err(_), _) => Ok(()),
        }
    }

    fn promise(&mut self, place: Place, booking: BookingId) -> Result<(), String> {
        for interval in place.from.number()..place.to.number() {
            if let Some(first) = self.promised.insert((place.lane, interval), booking) {
                return Err(format!("seat {}/{interval} was sold to {first} and to {booking}", place.lane));
            }
        }
        Ok(())
    }
}

/// One seat, one booking, in a lane that serves it: so there are never more bookings of a service
/// at a time than lanes that serve it.
fn served(place: Place, wanted: &[ServiceId]) -> Result<(), String> {
    let serves = plan().iter().any(|offer| offer.lane == place.lane && offer.serves(wanted));
    if serves { Ok(()) } else { Err(format!("lane {} does not serve {wanted:?}", place.lane)) }
}

fn wanting(input: &SheetInput) -> &[ServiceId] {
    match input {
        SheetInput::Hold { services, .. }
        | SheetInput::SellNow { services, .. }
        | SheetInput::Reseat { services, .. } => services,
        SheetInput::Extend { .. }
        | SheetInput::Release { .. }
        | SheetInput::Sell { .. }
        | SheetInput::Cancel { .. }
        | SheetInput::Give { .. }
        | SheetInput::Accept { .. }
        | SheetInput::Retire { .. }
        | SheetInput::Burn
        | SheetInput::Redo { .. } => &[],
    }
}

fn selling(input: &SheetInput) -> Option<BookingId> {
    match input {
        SheetInput::Sell { booking, .. } | SheetInput::SellNow { booking, .. } => Some(*booking),
        SheetInput::Hold { .. }
        | SheetInput::Extend { .. }
        | SheetInput::Release { .. }
        | SheetInput::Cancel { .. }
        | SheetInput::Give { .. }
        | SheetInput::Accept { .. }
        | SheetInput::Retire { .. }
        | SheetInput::Reseat { .. }
        | SheetInput::Burn
        | SheetInput::Redo { .. } => None,
    }
}

/// Every seat once, coalesced: what the checked reader accepts.
fn whole(sheet: &DaySheet) -> Result<(), String> {
    let text = serde_json::to_string(sheet).map_err(|e| e.to_string())?;
    let read: DaySheet = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    if read == *sheet { Ok(()) } else { Err("a sheet changed on disk".to_owned()) }
}

fn plan() -> Vec<LaneOffer> {
    let open = vec![at(FIRST)..at(FIRST + OPEN)];
    let lane = |lane, services: &[u16]| LaneOffer {
        lane,
        open: open.clone(),
        services: services.iter().copied().map(ServiceId).collect(),
    };
    vec![lane(0, &[1]), lane(1, &[1, 2]), lane(2, &[2]), lane(3, &[1, 2])]
}

fn at(number: u8) -> Interval {
    Interval::new(number).expect("inside the day")
}

fn run(rule: Rule, acts: Vec<Act>) -> Result<World, String> {
    let mut world = World::new(rule);
    for act in acts {
        world.act(act)?;
    }
    Ok(world)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn with_a_fixed_split_no_seat_is_sold_twice(acts in prop::collection::vec(apart(), 1..80)) {
        let world = run(Rule::All, acts).map_err(TestCaseError::fail)?;
        for ((lane, _interval), booking) in &world.promised {
            let holder = if *lane < 2 { Side::Booking } else { Side::Box };
            prop_assert_eq!(booking.side(), holder, "only the holder sells");
        }
    }

    #[test]
    fn with_gives_losses_repetitions_and_restores_no_seat_is_sold_twice(acts in prop::collection::vec(together(), 1..150)) {
        run(Rule::All, acts).map_err(TestCaseError::fail)?;
    }
}

fn sell(me: Side, from: u8) -> Act {
    Act::SellNow { me, from, count: 2, service: 1 }
}

fn give(lane: u8) -> Act {
    Act::Give { me: Side::Booking, lane, from: FIRST, count: 2, stale: false }
}

/// Each story is safe with all rules and sells a seat twice without the one it is about.
fn needs(rule: Rule, story: &[Act]) {
    assert!(run(Rule::All, story.to_vec()).is_ok());
    let broken = run(rule, story.to_vec()).err().unwrap_or_default();
    assert!(broken.contains("was sold to"), "{broken}");
}

#[test]
fn without_burning_a_restored_giver_sells_what_it_gave() {
    // Lane 0 and 1 go to the box, which sells both; the server forgets the gives.
    let me = Side::Booking;
    let mut story = vec![Act::Backup { me }, give(0), give(1)];
    story.extend([Act::Deliver { which: 0 }, Act::Deliver { which: 1 }]);
    story.extend([sell(Side::Box, FIRST), sell(Side::Box, FIRST), Act::Restore { me, proven: false }, sell(me, FIRST)]);
    needs(Rule::NoBurn, &story);
}

#[test]
fn without_the_incarnation_a_restored_receiver_takes_the_same_grant_again() {
    let me = Side::Box;
    let story = [
        Act::Backup { me },
        give(0),
        Act::Deliver { which: 0 },
        sell(me, FIRST),
        Act::Restore { me, proven: false },
        Act::Deliver { which: 0 },
        sell(me, FIRST),
    ];
    needs(Rule::NoIncarnation, &story);
}

#[test]
fn without_the_holder_both_sides_sell_the_same_seat() {
    needs(Rule::NoHolder, &[sell(Side::Booking, FIRST), sell(Side::Box, FIRST)]);
}
