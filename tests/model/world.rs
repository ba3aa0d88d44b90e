//! All moves from a state, and what they break.
//!
//! ```text
//!   booking server ── steps on its sheet ──►┐            ┌◄── steps on its sheet ── box
//!        │ mint, back up, restore           wire (grows only)        mint, back up, restore │
//!        └◄────────────── accept, any time, any number of times, or never ─────────────────►┘
//! ```

use std::rc::Rc;

use names::Side;
use protocol::sheet::DaySheet;

use crate::acts::{Act, Acts, Effect, Step};
use crate::bounds::Bounds;
use crate::laws::{Law, fenced, kept, mints_nothing, one_right, stands};
use crate::rules::Rule;
use crate::sheets::{DAY, View};
use crate::sightings::{Sight, Tally};
use crate::state::{MAX_SEATS, NO_BACKUP, NO_SHEET, State, bit, index};

const SIDES: [Side; 2] = [Side::Booking, Side::Box];

/// How a restore knows what was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Not at all.
    None,
    /// From the journal on the second medium.
    Journal,
    /// From the peer, whose cursor has passed everything.
    Echo,
}

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    Mint(Side),
    Step(Side, Act),
    /// Somebody cancels; both ends may hear of it from now on.
    Cancel(u8),
    BackUp(Side),
    Restore(Side, Proof),
    /// The peer's cursor passes all of this side's log.
    Heard(Side),
}

/// Where a move leads and what it breaks.
pub(crate) struct Next {
    pub made: Move,
    pub state: State,
    pub broken: Vec<Law>,
}

/// The moves of one exploration.
pub(crate) struct World {
    pub acts: Acts,
    pub tally: Tally,
    bounds: Bounds,
    without: Option<Rule>,
    minted: View,
}

impl World {
    pub(crate) fn new(bounds: &Bounds, without: Option<Rule>) -> Self {
        let acts = Acts::new(bounds, without);
        let minted = acts.sheets.view_of(&DaySheet::mint(DAY, bounds.booking_lanes));
        Self { acts, tally: Tally::new(), bounds: bounds.clone(), without, minted }
    }

    /// The laws over both copies.
    pub(crate) fn broken(&self, state: &State) -> Vec<Law> {
        let checks = [
            (Law::OneRight, one_right(&self.acts.sheets, &self.minted, state)),
            (Law::Kept, kept(&self.acts.sheets, state)),
        ];
        checks.into_iter().filter(|(_law, holds)| !holds).map(|(law, _holds)| law).collect()
    }

    /// All moves that change something.
    pub(crate) fn moves(&mut self, state: &State) -> Vec<Next> {
        let mut moves = Vec::new();
        for side in SIDES {
            if state.ends[index(side)].sheet == NO_SHEET {
                moves.extend(self.mint(state, side));
            } else {
                self.steps(state, side, &mut moves);
            }
            moves.extend(self.backup(state, side));
            moves.extend(self.hear(state, side));
            self.restores(state, side, &mut moves);
        }
        self.cancels(state, &mut moves);
        moves
    }

    /// What the product answered on the way without changing anything.
    pub(crate) fn answers(&mut self) {
        for sheet in 1..=self.acts.sheets.len() {
            let sheet = u16::try_from(sheet).expect("small bounds have few sheets");
            SIDES.iter().for_each(|side| self.tally.answers(&self.acts, *side, sheet));
        }
    }

    fn mint(&mut self, state: &State, side: Side) -> Option<Next> {
        // The box mints when it hears of it; what is said is never unsaid.
        if side == Side::Box && !state.ends[index(Side::Booking)].minted {
            return None;
        }
        let mut state = *state;
        let end = &mut state.ends[index(side)];
        let again = end.minted;
        end.sheet = self.acts.mint(side, again);
        (end.minted, end.heard) = (true, false);
        let nothing = mints_nothing(&self.acts.sheets, side, end.sheet);
        let broken = if again && !nothing { vec![Law::MintedOnce] } else { Vec::new() };
        self.tally.saw_if(again && nothing, Sight::MintedAgainBurned);
        Some(Next { made: Move::Mint(side), state, broken })
    }

    fn steps(&mut self, state: &State, side: Side, moves: &mut Vec<Next>) {
        let (end, peer) = (&state.ends[index(side)], &state.ends[index(side.other())]);
        let next = (state.made < self.bounds.bookings).then_some(state.made);
        for step in self.acts.all(side, end.sheet, next, peer.life).iter() {
            moves.push(self.after(state, side, step));
        }
        for grant in self.acts.sheets.wire(state.wire).iter().copied() {
            let act = Act::Accept { grant, life: self.acts.life_for(side, grant, end) };
            match self.acts.one(side, end.sheet, act) {
                Some(step) => moves.push(self.after(state, side, &step)),
                None if self.acts.sheets.grant(grant).to != side => self.tally.saw(Sight::MisdirectedGrant),
                None => self.tally.grant_refused(self.acts.too_late(side, grant, end)),
            }
        }
        for booking in (0..state.made).filter(|booking| state.cancelled & bit(*booking) != 0) {
            let act = Act::Cancel { booking, seller: state.seller(booking) };
            match self.acts.one(side, end.sheet, act) {
                Some(step) => moves.push(self.after(state, side, &step)),
                None => self.tally.cancel_refused(&self.acts, state, side, booking),
            }
        }
    }

    fn after(&mut self, state: &State, side: Side, step: &Rc<Step>) -> Next {
        self.tally.step(&self.acts, state, side, step);
        let (before, mut state, mut broken) = (*state, *state, step.broken.clone());
        let end = &mut state.ends[index(side)];
        end.sheet = step.sheet;
        end.heard &= !step.logged;
        let mut uses = step.effect.taken();
        match step.effect {
            Effect::Nothing | Effect::Held { .. } => {}
            Effect::Sold { seats } => {
                let booking = state.made;
                broken.extend(promise(&mut state, seats, booking));
                state.sellers |= if side == Side::Box { bit(state.made) } else { 0 };
                state.made += 1;
            }
            Effect::Freed { booking, seats } => {
                let promised = live_seats(&state, booking);
                broken.extend((promised != seats).then_some(Law::FreedOnce));
                state.live.iter_mut().filter(|live| **live == booking + 1).for_each(|live| *live = 0);
            }
            Effect::Moved { booking, to } => {
                state.live.iter_mut().filter(|live| **live == booking + 1).for_each(|live| *live = 0);
                broken.extend(promise(&mut state, to, booking));
            }
            Effect::Given { grant, seats } => {
                uses |= seats;
                state.wire = self.acts.sheets.sent(state.wire, grant);
            }
            Effect::Accepted { seats } => {
                let end = &before.ends[index(side)];
                let late = matches!(step.act, Act::Accept { grant, .. } if self.acts.too_late(side, grant, end));
                broken.extend((seats != 0 && late).then_some(Law::Fenced));
                state.ends[index(side)].fenced &= !seats;
            }
        }
        broken.extend(fenced(&before, side, uses).then_some(Law::Fenced));
        Next { made: Move::Step(side, step.act), state, broken }
    }

    fn cancels(&self, state: &State, moves: &mut Vec<Next>) {
        let left = u32::from(self.bounds.cancels) > state.cancelled.count_ones();
        for booking in (0..state.made).filter(|booking| left && state.cancelled & bit(*booking) == 0) {
            let cancelled = state.cancelled | bit(booking);
            moves.push(Next { made: Move::Cancel(booking), state: State { cancelled, ..*state }, broken: Vec::new() });
        }
    }

    /// A backup for a restore that is still to come. Each backup is taken for one restore, so the
    /// number of backups is no bound of its own.
    fn backup(&self, state: &State, side: Side) -> Option<Next> {
        let mut after = *state;
        let end = &mut after.ends[index(side)];
        let wanted = end.open_backups() < self.restores_left(state, side);
        end.replace_backup(NO_BACKUP, end.sheet);
        wanted.then(|| Next { made: Move::BackUp(side), state: after, broken: Vec::new() })
    }

    fn hear(&self, state: &State, side: Side) -> Option<Next> {
        let mut after = *state;
        let end = &mut after.ends[index(side)];
        let news = self.bounds.cursors && !end.heard && end.sheet != NO_SHEET;
        end.heard = true;
        news.then(|| Next { made: Move::Heard(side), state: after, broken: Vec::new() })
    }

    fn restores_left(&self, state: &State, side: Side) -> u8 {
        self.bounds.restores[index(side)] - state.ends[index(side)].life
    }

    fn restores(&mut self, state: &State, side: Side, moves: &mut Vec<Next>) {
        let left = self.restores_left(state, side);
        let end = &state.ends[index(side)];
        if left == 0 {
            return;
        }
        for backup in distinct(end.backups) {
            moves.push(self.restore(state, side, Proof::None, Some(backup)));
            if self.without == Some(Rule::ProofReachesWitness) {
                moves.push(self.restore(state, side, Proof::Echo, Some(backup)));
            }
        }
        // By induction (the law LogTells) every backup with its log leads to the same sheet, so
        // that a proven restore needs no backup of its own.
        if end.open_backups() < left {
            moves.push(self.restore(state, side, Proof::Journal, None));
            if end.heard || !self.bounds.cursors {
                moves.push(self.restore(state, side, Proof::Echo, None));
            }
        }
    }

    fn restore(&mut self, state: &State, side: Side, proof: Proof, backup: Option<u16>) -> Next {
        self.tally.restored(&self.acts, state, side, proof, backup);
        let mut state = *state;
        let end = &mut state.ends[index(side)];
        let sheet = backup.unwrap_or(end.sheet);
        let act = if proof == Proof::None { Act::Burn } else { Act::Redo };
        if let Some(backup) = backup {
            end.replace_backup(backup, NO_BACKUP);
        }
        end.life += 1;
        let step = if sheet == NO_SHEET { None } else { self.acts.one(side, sheet, act) };
        end.sheet = step.as_ref().map_or(sheet, |step| step.sheet);
        if proof == Proof::None {
            end.unbroken = end.life;
            let mine =
                (0..).zip(self.acts.sheets.view(sheet)).filter(|(_seat, span)| span.is_some_and(|s| s.holder == side));
            end.fenced = mine.map(|(seat, _span)| bit(seat)).sum();
            let gone = |booking: &u8| state.seller(*booking) == side && !stands(&self.acts.sheets, &state, *booking);
            state.forgotten |= (0..state.made).filter(gone).map(bit).sum::<u8>();
        }
        // A new log here, and an older cursor for the other's.
        state.ends.iter_mut().for_each(|end| end.heard = false);
        let broken = step.map(|step| step.broken.clone()).unwrap_or_default();
        Next { made: Move::Restore(side, proof), state, broken }
    }
}

fn promise(state: &mut State, seats: u8, booking: u8) -> Option<Law> {
    let mut broken = None;
    for seat in (0..MAX_SEATS).filter(|seat| seats & (1 << seat) != 0) {
        if state.live[seat] != 0 {
            broken = Some(Law::SoldOnce);
        }
        state.live[seat] = booking + 1;
    }
    broken
}

fn live_seats(state: &State, booking: u8) -> u8 {
    (0..).zip(state.live).filter(|(_seat, live)| *live == booking + 1).map(|(seat, _live)| bit(seat)).sum()
}

fn distinct(backups: [u16; 2]) -> impl Iterator<Item = u16> {
    let second = (backups[1] != backups[0]).then_some(backups[1]);
    std::iter::once(backups[0]).chain(second).filter(|backup| *backup != NO_BACKUP)
}
