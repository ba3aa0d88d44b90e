//! The product's function, and the hand that a program without one of the rules would lay on it.

use names::{Incarnation, Side};
use protocol::sheet::{DaySheet, Outcome, Refused, SeatState, SheetInput, Span};

use crate::acts::Act;
use crate::rules::Rule;
use crate::sheets::{PASS, Sheets, booking_id, hold_id, incarnation, is_held, plan};
use crate::state::bit;

/// Which rule is left out, if any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hand {
    pub without: Option<Rule>,
}

impl Hand {
    /// Does one step on a copy. With all rules this is the product's function and nothing else.
    pub(crate) fn step(
        self,
        sheets: &Sheets,
        side: Side,
        before: &DaySheet,
        act: Act,
        input: SheetInput,
    ) -> Result<(DaySheet, Outcome), Refused> {
        let Some(rule) = self.without else {
            let mut sheet = before.clone();
            let outcome = sheet.step(side, input)?;
            return Ok((sheet, outcome));
        };
        if let Act::Reclaim { seats } = act {
            return Ok((reclaimed(sheets, side, before, seats), Outcome::Unchanged));
        }
        let mut sheet = sheets.meddle(before, |_seat, span| before_step(rule, side, act, span));
        let outcome = sheet.step(side, changed(rule, before, act, input))?;
        let old = sheets.view_of(before);
        let after = sheets.meddle(&sheet, |seat, span| {
            if let Some(old) = old[seat] {
                after_step(rule, act, &old, span);
            }
        });
        Ok((after, without_growth(rule, outcome)))
    }

    /// Whether the step is written down.
    pub(crate) fn writes(self, act: Act) -> bool {
        self.without != Some(Rule::ChangesWritten) || !matches!(act, Act::Retire { .. })
    }

    pub(crate) fn life(self, side: Side, life: u8) -> Incarnation {
        match self.without {
            Some(Rule::NewLife | Rule::RestoreNoticed) => incarnation(side, 0),
            Some(_) | None => incarnation(side, life),
        }
    }
}

/// A lease is over: the giver takes the seat back, whatever the other side did with it.
fn reclaimed(sheets: &Sheets, side: Side, sheet: &DaySheet, seats: u8) -> DaySheet {
    sheets.meddle(sheet, |seat, span| {
        let mine = u8::try_from(seat).is_ok_and(|seat| seats & bit(seat) != 0);
        if mine && span.holder != side && span.generation > 0 {
            (span.holder, span.state) = (side, SeatState::Free);
        }
    })
}

fn before_step(rule: Rule, side: Side, act: Act, span: &mut Span) {
    let mine = span.holder == side;
    let sold = matches!(span.state, SeatState::Sold(_));
    match (rule, act) {
        (Rule::HolderSells, Act::Hold { .. } | Act::SellNow { .. }) => span.holder = side,
        (Rule::HoldStands, Act::Sell { hold }) if mine && sold => span.state = SeatState::Held(hold_id(side, hold)),
        (Rule::SoldStays, Act::Give { .. }) if mine && sold => span.state = SeatState::Free,
        (Rule::HeldStays, Act::Give { .. }) if mine && is_held(span) => span.state = SeatState::Free,
        (Rule::RetiredStays, Act::SellNow { .. }) if mine && span.state == SeatState::Retired => {
            span.state = SeatState::Free;
        }
        (Rule::FrozenStays, Act::Cancel { .. }) => {
            if let SeatState::SoldFrozen(booking) = span.state {
                span.state = SeatState::Sold(booking);
            }
        }
        (Rule::CancelByName, Act::Cancel { booking, seller }) if mine && sold => {
            span.state = SeatState::Sold(booking_id(seller, booking));
        }
        (Rule::ReseatOntoFree, Act::Reseat { booking, lane, .. }) if mine && sold && span.lane == lane => {
            let stays = span.state == SeatState::Sold(booking_id(side, booking));
            span.state = if stays { span.state } else { SeatState::Free };
        }
        _ => {}
    }
}

fn after_step(rule: Rule, act: Act, old: &Span, span: &mut Span) {
    let sold = matches!(old.state, SeatState::Sold(_));
    match (rule, act) {
        (Rule::GiveBeforeGrant, Act::Give { .. }) => *span = Span { from: span.from, to: span.to, ..*old },
        (Rule::GenerationGrows, Act::Give { .. }) => span.generation = old.generation,
        (Rule::BurnFree, Act::Burn) if old.state == SeatState::Free => span.state = old.state,
        (Rule::BurnHeld, Act::Burn) if is_held(old) => span.state = old.state,
        (Rule::FreezeSold, Act::Burn) if sold => span.state = old.state,
        (Rule::GrantThaws, Act::Accept { .. }) if old.state == SeatState::Burned => span.state = old.state,
        (Rule::RestoreNoticed, Act::Burn) => span.state = old.state,
        _ => {}
    }
}

fn changed(rule: Rule, before: &DaySheet, act: Act, input: SheetInput) -> SheetInput {
    match (rule, act, input) {
        (Rule::LifeChecked, Act::Accept { .. }, SheetInput::Accept { grant, .. }) => {
            let mine = grant.incarnation;
            SheetInput::Accept { grant, mine }
        }
        (Rule::GenerationChecked, Act::Accept { .. }, SheetInput::Accept { mut grant, mine }) => {
            for given in &mut grant.spans {
                let known =
                    before.lane(given.seats.lane).find(|s| s.from <= given.seats.from && given.seats.from < s.to);
                given.generation = given.generation.max(known.map_or(0, |span| span.generation) + 1);
            }
            SheetInput::Accept { grant, mine }
        }
        (Rule::PlanAsked, Act::SellNow { .. }, SheetInput::SellNow { booking, from, count, .. }) => {
            SheetInput::SellNow { booking, offered: plan(u8::MAX, count), services: vec![PASS], from, count }
        }
        (_, _, input) => input,
    }
}

fn without_growth(rule: Rule, mut outcome: Outcome) -> Outcome {
    if let (Rule::GenerationGrows, Outcome::Given(grant)) = (rule, &mut outcome) {
        grant.spans.iter_mut().for_each(|given| given.generation -= 1);
    }
    outcome
}
