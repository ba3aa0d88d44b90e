//! What must happen sometimes: a model in which nothing happens breaks no law.

use names::Side;
use protocol::sheet::{Outcome, Refused, SeatState};

use crate::acts::{Act, Acts, Effect, Step};
use crate::sheets::{PASS, booking_id, is_held};
use crate::state::{NO_SHEET, State, bit, index};
use crate::world::Proof;

/// Something that must be seen at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    HoldLapses,
    HoldBecomesBooking,
    HoldGrows,
    HoldEndsByRestore,
    SoldAtTheDesk,
    PlanOffersNothingFree,
    GiveReachesBox,
    GiveReachesServer,
    SeatsComeHome,
    RepeatedGrant,
    MisdirectedGrant,
    BurnedSeatIsUsableAgain,
    GiveToAFormerLife,
    GiveCrossesARestore,
    GiveCrossesAProvenRestore,
    GiverHasForgotten,
    CancelFrees,
    CancelAfterAGive,
    CancelOfAFrozenBooking,
    CancelRepeated,
    CancelFindsNothingHere,
    SoldAgainAfterACancel,
    Reseated,
    RetireFindsABooking,
    ServerRestoredUnproven,
    BoxRestoredUnproven,
    ServerRestoredByJournal,
    BoxRestoredByJournal,
    ServerRestoredByEcho,
    BoxRestoredByEcho,
    BothRestored,
    RestoreForgetsASale,
    RestoreForgetsAGive,
    RestoreFromBeforeTheMinting,
    MintedAgainBurned,
    SoldAfterABurn,
}

impl Sight {
    pub(crate) const ALL: [Self; 36] = [
        Self::HoldLapses,
        Self::HoldBecomesBooking,
        Self::HoldGrows,
        Self::HoldEndsByRestore,
        Self::SoldAtTheDesk,
        Self::PlanOffersNothingFree,
        Self::GiveReachesBox,
        Self::GiveReachesServer,
        Self::SeatsComeHome,
        Self::RepeatedGrant,
        Self::MisdirectedGrant,
        Self::BurnedSeatIsUsableAgain,
        Self::GiveToAFormerLife,
        Self::GiveCrossesARestore,
        Self::GiveCrossesAProvenRestore,
        Self::GiverHasForgotten,
        Self::CancelFrees,
        Self::CancelAfterAGive,
        Self::CancelOfAFrozenBooking,
        Self::CancelRepeated,
        Self::CancelFindsNothingHere,
        Self::SoldAgainAfterACancel,
        Self::Reseated,
        Self::RetireFindsABooking,
        Self::ServerRestoredUnproven,
        Self::BoxRestoredUnproven,
        Self::ServerRestoredByJournal,
        Self::BoxRestoredByJournal,
        Self::ServerRestoredByEcho,
        Self::BoxRestoredByEcho,
        Self::BothRestored,
        Self::RestoreForgetsASale,
        Self::RestoreForgetsAGive,
        Self::RestoreFromBeforeTheMinting,
        Self::MintedAgainBurned,
        Self::SoldAfterABurn,
    ];
}

/// How often each was seen.
#[derive(Clone, Debug)]
pub(crate) struct Tally([u64; Sight::ALL.len()]);

impl Tally {
    pub(crate) fn new() -> Self {
        Self([0; Sight::ALL.len()])
    }

    pub(crate) fn saw(&mut self, sight: Sight) {
        self.0[sight as usize] += 1;
    }

    pub(crate) fn saw_if(&mut self, seen: bool, sight: Sight) {
        self.0[sight as usize] += u64::from(seen);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine += theirs);
    }

    pub(crate) fn never(&self) -> Vec<Sight> {
        Sight::ALL.into_iter().filter(|sight| self.0[*sight as usize] == 0).collect()
    }

    pub(crate) fn counts(&self) -> impl Iterator<Item = (Sight, u64)> + '_ {
        Sight::ALL.into_iter().map(|sight| (sight, self.0[sight as usize]))
    }

    /// What a step that changed something shows.
    pub(crate) fn step(&mut self, acts: &Acts, state: &State, side: Side, step: &Step) {
        let end = &state.ends[index(side)];
        let before = acts.sheets.view(end.sheet);
        match step.act {
            Act::Hold { .. } => {}
            Act::Extend { .. } => self.saw(Sight::HoldGrows),
            Act::Release { .. } => self.saw(Sight::HoldLapses),
            Act::Sell { .. } => self.saw(Sight::HoldBecomesBooking),
            Act::SellNow { .. } => self.saw(Sight::SoldAtTheDesk),
            Act::Cancel { .. } => {
                self.saw(Sight::CancelFrees);
                let given = |seat: u8| before[usize::from(seat)].is_some_and(|span| span.generation > 0);
                let freed = if let Effect::Freed { seats, .. } = step.effect { seats } else { 0 };
                self.saw_if((0..2).any(|seat| freed & bit(seat) != 0 && given(seat)), Sight::CancelAfterAGive);
            }
            Act::Reseat { .. } => self.saw(Sight::Reseated),
            Act::Give { life, .. } => {
                self.saw_if(life < state.ends[index(side.other())].life, Sight::GiveToAFormerLife)
            }
            Act::Accept { .. } => self.accepted(acts, state, side, step),
            Act::Retire { .. } | Act::Burn | Act::Redo | Act::Reclaim { .. } => {}
        }
        if let Effect::Sold { .. } = step.effect {
            self.saw_if(end.fenced != 0, Sight::SoldAfterABurn);
            let gone = (0..state.made).any(|b| state.cancelled & bit(b) != 0 && !state.live.contains(&(b + 1)));
            self.saw_if(gone, Sight::SoldAgainAfterACancel);
        }
    }

    fn accepted(&mut self, acts: &Acts, state: &State, side: Side, step: &Step) {
        self.saw(match side {
            Side::Booking => Sight::GiveReachesServer,
            Side::Box => Sight::GiveReachesBox,
        });
        let now = state.ends[index(side)].life;
        self.saw_if(matches!(step.act, Act::Accept { life, .. } if life < now), Sight::GiveCrossesAProvenRestore);
        let fenced = state.ends[index(side)].fenced;
        let came = if let Effect::Accepted { seats } = step.effect { seats } else { 0 };
        self.saw_if(fenced & came != 0, Sight::BurnedSeatIsUsableAgain);
        let giver = acts.sheets.view(state.ends[index(side.other())].sheet);
        let new = acts.sheets.view(step.sheet);
        let pairs = || giver.iter().zip(new).filter_map(|(giver, new)| giver.zip(*new));
        self.saw_if(pairs().any(|(_giver, new)| new.generation >= 2 && new.holder == side), Sight::SeatsComeHome);
        let forgotten = pairs().any(|(giver, new)| new.holder == side && giver.generation < new.generation);
        self.saw_if(forgotten, Sight::GiverHasForgotten);
    }

    /// What a grant that changes nothing shows.
    pub(crate) fn grant_refused(&mut self, too_late: bool) {
        self.saw(if too_late { Sight::GiveCrossesARestore } else { Sight::RepeatedGrant });
    }

    /// What a cancel that changes nothing shows.
    pub(crate) fn cancel_refused(&mut self, acts: &Acts, state: &State, side: Side, booking: u8) {
        let view = acts.sheets.view(state.ends[index(side)].sheet);
        let seller = state.seller(booking);
        let frozen = SeatState::SoldFrozen(booking_id(seller, booking));
        if view.iter().flatten().any(|span| span.state == frozen) {
            self.saw(Sight::CancelOfAFrozenBooking);
        } else if side == seller && !state.live.contains(&(booking + 1)) {
            self.saw(Sight::CancelRepeated);
        } else if side != seller {
            self.saw(Sight::CancelFindsNothingHere);
        }
    }

    /// What the product answers on a sheet without changing anything.
    pub(crate) fn answers(&mut self, acts: &Acts, side: Side, sheet: u16) {
        for seat in 0..acts.seats() {
            let retire = acts.answer(side, sheet, Act::Retire { seats: bit(seat) }, None);
            self.saw_if(
                matches!(retire, Ok(Outcome::Retired { sold, .. }) if !sold.is_empty()),
                Sight::RetireFindsABooking,
            );
        }
        let closed = Act::SellNow { from: crate::bounds::FIRST, count: 1, lanes: 0, wanted: PASS.0 };
        let refused = acts.answer(side, sheet, closed, Some(0)) == Err(Refused::NoSeat);
        let free = |span: &protocol::sheet::Span| span.holder == side && span.state == SeatState::Free;
        let free = acts.sheets.view(sheet).iter().flatten().any(free);
        self.saw_if(refused && free, Sight::PlanOffersNothingFree);
    }

    /// What a restore shows.
    pub(crate) fn restored(&mut self, acts: &Acts, state: &State, side: Side, proof: Proof, backup: Option<u16>) {
        self.saw(match (side, proof) {
            (Side::Booking, Proof::None) => Sight::ServerRestoredUnproven,
            (Side::Box, Proof::None) => Sight::BoxRestoredUnproven,
            (Side::Booking, Proof::Journal) => Sight::ServerRestoredByJournal,
            (Side::Box, Proof::Journal) => Sight::BoxRestoredByJournal,
            (Side::Booking, Proof::Echo) => Sight::ServerRestoredByEcho,
            (Side::Box, Proof::Echo) => Sight::BoxRestoredByEcho,
        });
        self.saw_if(state.ends[index(side.other())].life > 0, Sight::BothRestored);
        let end = &state.ends[index(side)];
        let now = acts.sheets.view(end.sheet);
        let then = acts.sheets.view(backup.unwrap_or(end.sheet));
        self.saw_if(then.iter().chain(now).flatten().any(is_held), Sight::HoldEndsByRestore);
        self.saw_if(backup == Some(NO_SHEET) && end.minted, Sight::RestoreFromBeforeTheMinting);
        let pairs = || then.iter().zip(now).filter_map(|(then, now)| then.zip(*now));
        let is_sold = |state: SeatState| matches!(state, SeatState::Sold(_));
        let sale = pairs().any(|(then, now)| is_sold(now.state) && then.state != now.state);
        self.saw_if(sale, Sight::RestoreForgetsASale);
        self.saw_if(pairs().any(|(then, now)| then.holder == side && now.holder != side), Sight::RestoreForgetsAGive);
    }
}
