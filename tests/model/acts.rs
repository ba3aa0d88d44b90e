//! One side's steps on its own copy, through the product's function, each computed once.

use std::collections::HashMap;
use std::rc::Rc;

use names::{ServiceId, Side};
use protocol::sheet::{DaySheet, Grant, MintMark, Outcome, Refused, SheetInput};

use crate::bounds::{Bounds, FIRST};
use crate::laws::{Law, Local, broken_by};
use crate::mutants::Hand;
use crate::rules::Rule;
use crate::sheets::{DAY, MOVE, PASS, Sheets, at, booking_id, hold_id, incarnation, plan};
use crate::state::{End, bit};

/// What one side does with its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    /// Hold seats while somebody fills in a form; `lanes` is the plan of the moment.
    Hold { hold: u8, from: u8, count: u8, lanes: u8, wanted: u16 },
    /// Make a hold one interval longer.
    Extend { hold: u8 },
    /// Let a hold go.
    Release { hold: u8 },
    /// Confirm a hold.
    Sell { hold: u8 },
    /// Sell at the desk.
    SellNow { from: u8, count: u8, lanes: u8, wanted: u16 },
    /// Free the seats of a booking.
    Cancel { booking: u8, seller: Side },
    /// Move a booking to another lane.
    Reseat { booking: u8, lane: u8, lanes: u8, wanted: u16 },
    /// Give seats to a life of the other side.
    Give { seats: u8, life: u8 },
    /// Take what the other side gave.
    Accept { grant: u16, life: u8 },
    /// Take a seat out of the day.
    Retire { seats: u8 },
    /// After an unproven restore.
    Burn,
    /// After a proven restore: end the holds.
    Redo,
    /// Not ours: take a given seat back when its time is over.
    Reclaim { seats: u8 },
}

impl Act {
    /// The plan and the wanted service of the acts that choose a lane.
    pub(crate) fn wanted(self) -> Option<(u8, ServiceId)> {
        match self {
            Self::Hold { lanes, wanted, .. }
            | Self::SellNow { lanes, wanted, .. }
            | Self::Reseat { lanes, wanted, .. } => Some((lanes, ServiceId(wanted))),
            Self::Extend { .. }
            | Self::Release { .. }
            | Self::Sell { .. }
            | Self::Cancel { .. }
            | Self::Give { .. }
            | Self::Accept { .. }
            | Self::Retire { .. }
            | Self::Burn
            | Self::Redo
            | Self::Reclaim { .. } => None,
        }
    }
}

/// What a step means outside the copy; seats by bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing but the copy changed.
    Nothing,
    /// Held.
    Held { seats: u8 },
    /// A citizen was told: yours.
    Sold { seats: u8 },
    /// A booking's seats are free.
    Freed { booking: u8, seats: u8 },
    /// A booking has other seats.
    Moved { booking: u8, to: u8 },
    /// A grant goes onto the wire.
    Given { grant: u16, seats: u8 },
    /// Seats came.
    Accepted { seats: u8 },
}

impl Effect {
    /// The seats that somebody was promised by this.
    pub(crate) fn taken(self) -> u8 {
        match self {
            Self::Held { seats } | Self::Sold { seats } | Self::Moved { to: seats, .. } => seats,
            Self::Nothing | Self::Freed { .. } | Self::Given { .. } | Self::Accepted { .. } => 0,
        }
    }
}

/// What a step leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub act: Act,
    pub sheet: u16,
    pub effect: Effect,
    /// Whether it leaves an entry in the log.
    pub logged: bool,
    pub broken: Vec<Law>,
}

/// What decides which steps a side has: itself, its sheet, the next booking, the peer's lives.
type Key = (Side, u16, Option<u8>, u8);

/// All steps, each computed once by the product's function.
pub(crate) struct Acts {
    pub sheets: Sheets,
    bounds: Bounds,
    hand: Hand,
    known: HashMap<(Side, u16, Act), Option<Rc<Step>>>,
    lists: HashMap<Key, Rc<[Rc<Step>]>>,
}

impl Acts {
    pub(crate) fn new(bounds: &Bounds, without: Option<Rule>) -> Self {
        let (sheets, hand) = (Sheets::new(bounds), Hand { without });
        Self { sheets, bounds: bounds.clone(), hand, known: HashMap::new(), lists: HashMap::new() }
    }

    /// The copy as a side mints it.
    pub(crate) fn mint(&mut self, side: Side, before: bool) -> u16 {
        let mark = match (before, self.hand.without) {
            (true, Some(Rule::MintMark)) | (false, _) => MintMark::Never,
            (true, _) => MintMark::UpTo(DAY),
        };
        let (sheet, _change) = DaySheet::mint_once(side, DAY, self.bounds.booking_lanes, mark);
        self.sheets.id(&sheet)
    }

    /// All steps that a side may do with its copy by itself and that change something; each way
    /// to get there once.
    pub(crate) fn all(&mut self, side: Side, sheet: u16, next: Option<u8>, peer: u8) -> Rc<[Rc<Step>]> {
        let key = (side, sheet, next, peer);
        if let Some(list) = self.lists.get(&key) {
            return list.clone();
        }
        let mut list: Vec<Rc<Step>> = Vec::new();
        for act in self.possible(next.is_some(), peer) {
            let step = self.compute(side, sheet, act, next).map(Rc::new);
            let same = |old: &Step, new: &Step| Step { act: new.act, ..old.clone() } == *new;
            list.extend(step.filter(|new| !list.iter().any(|old| same(old, new))));
        }
        let list: Rc<[Rc<Step>]> = list.into();
        self.lists.insert(key, list.clone());
        list
    }

    /// One step; nothing if it changes nothing.
    pub(crate) fn one(&mut self, side: Side, sheet: u16, act: Act) -> Option<Rc<Step>> {
        let key = (side, sheet, act);
        if let Some(step) = self.known.get(&key) {
            return step.clone();
        }
        let step = self.compute(side, sheet, act, None).map(Rc::new);
        self.known.insert(key, step.clone());
        step
    }

    fn possible(&self, may_sell: bool, peer: u8) -> Vec<Act> {
        let seats = self.seats();
        let all_seats = 1..bit(seats);
        let mut acts = Vec::new();
        for hold in 0..seats {
            acts.extend(self.places().map(|(from, count, lanes, wanted)| Act::Hold {
                hold,
                from,
                count,
                lanes,
                wanted,
            }));
            acts.extend([Act::Extend { hold }, Act::Release { hold }]);
            acts.extend(may_sell.then_some(Act::Sell { hold }));
        }
        if may_sell {
            acts.extend(self.places().map(|(from, count, lanes, wanted)| Act::SellNow { from, count, lanes, wanted }));
        }
        let (lanes, bookings) = (self.sheets.lanes(), self.bounds.bookings);
        let moves = (0..bookings).flat_map(|booking| (0..lanes).map(move |lane| (booking, lane)));
        acts.extend(moves.map(|(booking, lane)| Act::Reseat { booking, lane, lanes: bit(lanes) - 1, wanted: PASS.0 }));
        acts.extend((0..=peer).flat_map(|life| all_seats.clone().map(move |seats| Act::Give { seats, life })));
        if self.bounds.retire {
            acts.extend((0..seats).map(|seat| Act::Retire { seats: bit(seat) }));
        }
        if self.hand.without == Some(Rule::NoLease) {
            acts.extend((0..seats).map(|seat| Act::Reclaim { seats: bit(seat) }));
        }
        acts
    }

    /// Every start, length, plan and service.
    fn places(&self) -> impl Iterator<Item = (u8, u8, u8, u16)> + use<> {
        let (longest, plans) = (self.bounds.longest, bit(self.sheets.lanes()));
        let starts = (0..longest).flat_map(move |from| (1..=longest).map(move |count| (FIRST + from, count)));
        let plans = (0..plans).flat_map(|lanes| [PASS.0, MOVE.0].map(|wanted| (lanes, wanted)));
        starts.flat_map(move |(from, count)| plans.clone().map(move |(lanes, wanted)| (from, count, lanes, wanted)))
    }

    fn compute(&mut self, side: Side, sheet: u16, act: Act, next: Option<u8>) -> Option<Step> {
        let before = self.sheets.sheet(sheet);
        let input = self.input(side, act, next);
        let (after, outcome) = self.hand.step(&self.sheets, side, &before, act, input).ok()?;
        let effect = self.effect(&before, &after, act, &outcome);
        let silent = matches!(effect, Effect::Nothing | Effect::Accepted { .. });
        if silent && after == *before || self.gives_too_often(effect, &after) {
            return None;
        }
        let written = self.hand.writes(act);
        let broken = broken_by(&self.sheets, &Local { side, act, before: &before, after: &after, effect, written });
        let logged = after.change_since(&before).is_some();
        Some(Step { act, logged, sheet: self.sheets.id(&after), effect, broken })
    }

    fn gives_too_often(&self, effect: Effect, after: &DaySheet) -> bool {
        let most = u32::from(self.bounds.gives);
        let over = || self.sheets.view_of(after).iter().flatten().any(|span| span.generation > most);
        matches!(effect, Effect::Given { .. }) && over()
    }

    fn input(&self, side: Side, act: Act, next: Option<u8>) -> SheetInput {
        let offered = |lanes| plan(lanes, self.bounds.longest);
        let booking = booking_id(side, next.unwrap_or_default());
        match act {
            Act::Hold { hold, from, count, lanes, wanted } => {
                let (hold, offered, services) = (hold_id(side, hold), offered(lanes), vec![ServiceId(wanted)]);
                SheetInput::Hold { hold, offered, services, from: at(from), count }
            }
            Act::Extend { hold } => SheetInput::Extend { hold: hold_id(side, hold), count: self.bounds.longest },
            Act::Release { hold } => SheetInput::Release { hold: hold_id(side, hold) },
            Act::Sell { hold } => SheetInput::Sell { hold: hold_id(side, hold), booking },
            Act::SellNow { from, count, lanes, wanted } => {
                let (offered, services) = (offered(lanes), vec![ServiceId(wanted)]);
                SheetInput::SellNow { booking, offered, services, from: at(from), count }
            }
            Act::Cancel { booking, seller } => SheetInput::Cancel { booking: booking_id(seller, booking) },
            Act::Reseat { booking, lane, lanes, wanted } => {
                let (booking, offered, services) = (booking_id(side, booking), offered(lanes), vec![ServiceId(wanted)]);
                SheetInput::Reseat { booking, lane, offered, services }
            }
            Act::Give { seats, life } => {
                let incarnation = self.hand.life(side.other(), life);
                SheetInput::Give { seats: self.sheets.ranges(seats), incarnation }
            }
            Act::Accept { grant, life } => {
                let grant: Grant = (*self.sheets.grant(grant)).clone();
                SheetInput::Accept { grant, mine: self.hand.life(side, life) }
            }
            Act::Retire { seats } | Act::Reclaim { seats } => SheetInput::Retire { seats: self.sheets.ranges(seats) },
            Act::Burn => SheetInput::Burn,
            Act::Redo => SheetInput::Redo { changes: Vec::new() },
        }
    }

    fn effect(&mut self, before: &DaySheet, after: &DaySheet, act: Act, outcome: &Outcome) -> Effect {
        match outcome {
            Outcome::Held(place) => Effect::Held { seats: self.sheets.seats_in(*place) },
            Outcome::Extended(place) if after != before => Effect::Held { seats: self.sheets.seats_in(*place) },
            Outcome::Sold(place) => Effect::Sold { seats: self.sheets.seats_in(*place) },
            Outcome::Cancelled(place) => Effect::Freed { booking: named(act), seats: self.sheets.seats_in(*place) },
            Outcome::Reseated { to, .. } => Effect::Moved { booking: named(act), to: self.sheets.seats_in(*to) },
            Outcome::Given(grant) => {
                let seats = if let Act::Give { seats, .. } = act { seats } else { 0 };
                Effect::Given { grant: self.sheets.grant_id(grant), seats }
            }
            Outcome::Accepted { .. } => {
                let (old, new) = (self.sheets.view_of(before), self.sheets.view_of(after));
                let came = (0..).zip(old.iter().zip(&new)).filter(|(_number, (old, new))| old != new);
                Effect::Accepted { seats: came.map(|(number, _pair)| bit(number)).sum() }
            }
            Outcome::Extended(_)
            | Outcome::Released(_)
            | Outcome::Retired { .. }
            | Outcome::Burned { .. }
            | Outcome::Redone { .. }
            | Outcome::Unchanged => Effect::Nothing,
        }
    }

    pub(crate) fn seats(&self) -> u8 {
        u8::try_from(self.bounds.seats.len()).expect("few")
    }

    /// What the product says to a step whose answer matters but changes nothing.
    pub(crate) fn answer(&self, side: Side, sheet: u16, act: Act, next: Option<u8>) -> Result<Outcome, Refused> {
        let input = self.input(side, act, next);
        (*self.sheets.sheet(sheet)).clone().step(side, input)
    }

    /// In which of its lives an end would take a grant: one that nothing was lost since, or else
    /// its present one.
    pub(crate) fn life_for(&self, side: Side, grant: u16, end: &End) -> u8 {
        let named = self.sheets.grant(grant).incarnation;
        (end.unbroken..=end.life).find(|life| incarnation(side, *life) == named).unwrap_or(end.life)
    }

    /// Whether a grant is for a life that is over.
    pub(crate) fn too_late(&self, side: Side, grant: u16, end: &End) -> bool {
        self.sheets.grant(grant).incarnation != incarnation(side, self.life_for(side, grant, end))
    }
}

fn named(act: Act) -> u8 {
    if let Act::Cancel { booking, .. } | Act::Reseat { booking, .. } = act { booking } else { 0 }
}
