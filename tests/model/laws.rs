//! What must hold after every move.

use names::Side;
use protocol::sheet::{DaySheet, SeatState, SheetInput, Span};

use crate::acts::{Act, Effect};
use crate::sheets::{PASS, Sheets, View, booking_id, hold_id, incarnation, is_held};
use crate::state::{NO_SHEET, State, bit, index};

/// One law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    /// For each seat at most one right: to sell it, on its way to be sold, or sold and alive.
    OneRight,
    /// No seat is promised to two citizens.
    SoldOnce,
    /// Who sells holds the seat, and it is free or held by the citizen's own form.
    Authority,
    /// Generations never fall within a life; only the holder makes the next one.
    Generations,
    /// After an unproven restore nothing from before is sold, held or given; no dead life accepts.
    Fenced,
    /// No side mints a day twice with seats to sell.
    MintedOnce,
    /// A hold ends by its release, its sale or a restore.
    HoldsStand,
    /// A seat is sold or held only in a lane that is offered and serves what is wanted.
    LaneServes,
    /// The log tells the sheet: done again, it gives what was lost, but for holds.
    LogTells,
    /// A cancel frees the seats that its citizen was promised, once.
    FreedOnce,
    /// What was given and is accepted may be sold at once, whatever was known of it.
    GrantUsable,
    /// What a citizen was promised stands on its seller's sheet until it is cancelled; only an
    /// unproven restore forgets.
    Kept,
}

impl Law {
    pub(crate) const ALL: [Self; 12] = [
        Self::OneRight,
        Self::SoldOnce,
        Self::Authority,
        Self::Generations,
        Self::Fenced,
        Self::MintedOnce,
        Self::HoldsStand,
        Self::LaneServes,
        Self::LogTells,
        Self::FreedOnce,
        Self::GrantUsable,
        Self::Kept,
    ];
}

/// One step of one side on its copy.
pub(crate) struct Local<'a> {
    pub side: Side,
    pub act: Act,
    pub before: &'a DaySheet,
    pub after: &'a DaySheet,
    pub effect: Effect,
    /// Whether the change is written down; always so with all rules.
    pub written: bool,
}

/// The laws that one copy alone can break.
pub(crate) fn broken_by(sheets: &Sheets, step: &Local<'_>) -> Vec<Law> {
    let (old, new) = (sheets.view_of(step.before), sheets.view_of(step.after));
    let checks = [
        (Law::Authority, authority(step, &old)),
        (Law::Generations, generations(step, &old, &new)),
        (Law::HoldsStand, holds_stand(step, &old, &new)),
        (Law::LaneServes, lane_serves(sheets, step)),
        (Law::LogTells, log_tells(step)),
        (Law::GrantUsable, grant_usable(step, &new)),
    ];
    checks.into_iter().filter(|(_law, holds)| !holds).map(|(law, _holds)| law).collect()
}

fn authority(step: &Local<'_>, old: &View) -> bool {
    let may = |span: &Span| match (step.act, span.state) {
        (_, SeatState::Free) => true,
        (Act::Sell { hold } | Act::Extend { hold }, SeatState::Held(by)) => by == hold_id(step.side, hold),
        (_, SeatState::Held(_)) => false,
        (_, SeatState::Sold(_) | SeatState::SoldFrozen(_) | SeatState::Burned | SeatState::Retired) => false,
    };
    let taken = chosen(old, step.effect.taken());
    taken.iter().all(|span| span.holder == step.side && may(span))
}

fn generations(step: &Local<'_>, old: &View, new: &View) -> bool {
    let given = if let Effect::Given { seats, .. } = step.effect { seats } else { 0 };
    let accepts = matches!(step.act, Act::Accept { .. });
    old.iter().zip(new).zip(0_u8..).all(|((old, new), number)| match (old, new) {
        (Some(old), Some(new)) if given & bit(number) != 0 => {
            old.holder == step.side && new.holder == step.side.other() && new.generation == old.generation + 1
        }
        (Some(old), Some(new)) if old.generation == new.generation => old.holder == new.holder,
        (Some(old), Some(new)) => accepts && old.generation < new.generation && new.holder == step.side,
        (None, _) | (_, None) => true,
    })
}

fn holds_stand(step: &Local<'_>, old: &View, new: &View) -> bool {
    if matches!(step.act, Act::Burn | Act::Redo) {
        return true;
    }
    let ends = if let Act::Release { hold } | Act::Sell { hold } = step.act {
        Some(SeatState::Held(hold_id(step.side, hold)))
    } else {
        None
    };
    let mut pairs = old.iter().zip(new).filter_map(|(old, new)| old.zip(*new));
    pairs.all(|(old, new)| {
        !is_held(&old) || (old.state == new.state && old.holder == new.holder) || Some(old.state) == ends
    })
}

fn grant_usable(step: &Local<'_>, new: &View) -> bool {
    let came = if let Effect::Accepted { seats } = step.effect { seats } else { 0 };
    chosen(new, came).iter().all(|span| span.holder == step.side && span.state == SeatState::Free)
}

fn lane_serves(sheets: &Sheets, step: &Local<'_>) -> bool {
    let Some((lanes, wanted)) = step.act.wanted() else { return true };
    // Said here again, since the product's own answer is what is looked at.
    let serving = |lane: u8| lanes & bit(lane) != 0 && (wanted == PASS || lane != 0);
    sheets.ranges(step.effect.taken()).iter().all(|seat| serving(seat.lane))
}

/// By induction over all steps since a backup: a proven restore loses nothing but holds.
fn log_tells(step: &Local<'_>) -> bool {
    if step.act == Act::Redo {
        return true;
    }
    let redone = |sheet: &DaySheet, changes| {
        let mut sheet = sheet.clone();
        sheet.step(step.side, SheetInput::Redo { changes }).map(|_outcome| sheet)
    };
    let change = step.after.change_since(step.before).filter(|_change| step.written);
    let changes = change.into_iter().collect();
    match (redone(step.before, changes), redone(step.after, Vec::new())) {
        (Ok(again), Ok(lost)) => again == lost,
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn chosen(view: &View, seats: u8) -> Vec<Span> {
    (0..).zip(view).filter(|(number, _span)| seats & bit(*number) != 0).filter_map(|(_number, span)| *span).collect()
}

/// The law over both copies: at most one right for each seat.
pub(crate) fn one_right(sheets: &Sheets, minted: &View, state: &State) -> bool {
    (0..).zip(minted).all(|(number, span)| {
        let Some(span) = span else { return true };
        let sold = u8::from(state.live[usize::from(number)] != 0);
        let held = [Side::Booking, Side::Box].map(|side| u8::from(spendable(sheets, state, side, number, span)));
        let flying = in_flight(sheets, state, number, span);
        sold + held[0] + held[1] + flying <= 1
    })
}

/// Whether a booking stands on its seller's sheet, at all seats that were promised.
pub(crate) fn stands(sheets: &Sheets, state: &State, booking: u8) -> bool {
    let seller = state.seller(booking);
    let id = booking_id(seller, booking);
    let view = sheets.view(state.ends[index(seller)].sheet);
    let mut promised = state.live.iter().zip(view).filter(|(live, _span)| **live == booking + 1);
    promised.all(|(_live, span)| {
        span.is_some_and(|s| s.state == SeatState::Sold(id) || s.state == SeatState::SoldFrozen(id))
    })
}

/// The law against lost bookings.
pub(crate) fn kept(sheets: &Sheets, state: &State) -> bool {
    (0..state.made).all(|booking| state.forgotten & bit(booking) != 0 || stands(sheets, state, booking))
}

/// A side may sell the seat: it holds it, or will hold it by its first minting.
fn spendable(sheets: &Sheets, state: &State, side: Side, number: u8, minted: &Span) -> bool {
    let end = &state.ends[index(side)];
    match sheets.view(end.sheet)[usize::from(number)] {
        Some(span) => span.holder == side && (span.state == SeatState::Free || is_held(&span)),
        None => !end.minted && minted.holder == side,
    }
}

fn in_flight(sheets: &Sheets, state: &State, number: u8, minted: &Span) -> u8 {
    let seat = (minted.lane, sheets.ranges(bit(number))[0].from);
    let grants = sheets.wire(state.wire);
    let mut flying = 0;
    for grant in grants.iter().map(|id| sheets.grant(*id)) {
        let end = &state.ends[index(grant.to)];
        let known = sheets.view(end.sheet)[usize::from(number)].map_or(0, |span| span.generation);
        let covers = grant.spans.iter().any(|given| {
            let inside = given.seats.lane == seat.0 && given.seats.from <= seat.1 && seat.1 < given.seats.to;
            inside && given.generation > known
        });
        let lives = (end.unbroken..=end.life).any(|life| grant.incarnation == incarnation(grant.to, life));
        flying += u8::from(covers && lives);
    }
    flying
}

/// Whether a side may use these seats after its restores.
pub(crate) fn fenced(state: &State, side: Side, seats: u8) -> bool {
    state.ends[index(side)].fenced & seats != 0
}

/// Whether a new sheet of a side that had one before offers nothing of its own.
pub(crate) fn mints_nothing(sheets: &Sheets, side: Side, sheet: u16) -> bool {
    assert_ne!(sheet, NO_SHEET);
    let spends = |span: &Span| span.holder == side && span.state == SeatState::Free;
    !sheets.view(sheet).iter().flatten().any(spends)
}
