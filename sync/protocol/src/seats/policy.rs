//! How many seats each side should hold, and how room is made: policy, apart from safety. A wrong
//! answer here wastes seats and never sells one twice.
//!
//! ```text
//!   booking server ── to_give: what the box lacks of its reserve ──► box
//!                  ── passing: what is too soon to be booked online ─►
//!                  ◄── to_return: what the box has beyond its reserve ──
//! ```
//!
//! What must always hold: only free seats are named, each once; right after a give nothing is
//! returned, and right after a return nothing is given. Seats that the box burned after a restore
//! count as nobody's: it gets others instead, and both ends reckon so ([`lost`]).

mod lost;

use std::cmp::Reverse;
use std::ops::Range;

pub use lost::{burned_here, lost_there};
use names::{BookingId, ServiceId, Side};
use serde::{Deserialize, Serialize};

use crate::pins::BLOCK_SIZE;
use crate::sheet::{DaySheet, Interval, LaneOffer, SeatRange, SeatState, Span, serving};

/// Days ahead from which on the office has its reserve.
const RESERVE_DAYS: i32 = 14;

/// Days ahead that begin within 48 hours, whatever the hour is.
const SOON_DAYS: i32 = 2;

/// How much of a day the box should be able to sell, in percent of the day's intervals; 0 is
/// nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserve {
    /// From 14 days before the day on.
    pub percent: u8,
    /// From 48 hours before it on.
    pub percent_48h: u8,
}

impl Default for Reserve {
    fn default() -> Self {
        Self { percent: 20, percent_48h: 34 }
    }
}

impl Reserve {
    /// The share of a day that is so many days ahead, in percent.
    #[must_use]
    pub fn on(self, days_ahead: i32) -> u8 {
        if days_ahead <= SOON_DAYS {
            self.percent_48h
        } else if days_ahead <= RESERVE_DAYS {
            self.percent
        } else {
            0
        }
    }
}

/// What both ends know of a day when they share it.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// The lanes minted for the booking server that the plan offers, open only as long as can still
    /// be booked online.
    pub offered: &'a [LaneOffer],
    /// The first lane that was minted for the box.
    pub first_desk: u8,
    /// How many lanes of its own the box offers, from that one on.
    pub desk_lanes: u8,
    /// Seats that are the box's and that it never sells: [`burned_here`] at the box, [`lost_there`]
    /// at the booking server.
    pub lost: &'a [SeatRange],
    /// The share of the box in percent ([`Reserve::on`]).
    pub percent: u8,
    /// Intervals of the longest service: nothing shorter is cut off if it can be helped.
    pub longest: u8,
}

impl Share<'_> {
    /// How many seats of the offered lanes the box should hold.
    #[must_use]
    pub fn target(&self) -> u16 {
        let open = |offer: &LaneOffer| offer.open.iter().map(length).sum::<u16>();
        let Some(widest) = self.offered.iter().max_by_key(|offer| open(offer)) else { return 0 };
        let day = open(widest);
        if self.percent == 0 || day == 0 {
            return 0;
        }
        let own = self.own(day, &widest.open);
        let lost: u16 = self.openings().map(|(lane, open)| self.lost_of(lane, open)).sum();
        let all = self.offered.iter().map(open).sum::<u16>().saturating_sub(lost).saturating_add(own);
        let share = (u32::from(all) * u32::from(self.percent)).div_ceil(100);
        let share = u16::try_from(share).unwrap_or(u16::MAX);
        // A lane that is all that is left is not given whole.
        let two_left = self.lanes() >= 2 && (self.lost.is_empty() || all / day >= 2);
        let at_least = if two_left { day } else { 0 };
        share.max(at_least).saturating_sub(own)
    }

    fn lanes(&self) -> usize {
        self.offered.len() + usize::from(self.desk_lanes)
    }

    /// What the box can sell of its own lanes on a day that is so long.
    fn own(&self, day: u16, open: &[Range<Interval>]) -> u16 {
        let lanes = self.first_desk..self.first_desk.saturating_add(self.desk_lanes);
        let lost: u16 = lanes.flat_map(|lane| open.iter().map(move |open| self.lost_of(lane, open))).sum();
        day.saturating_mul(u16::from(self.desk_lanes)).saturating_sub(lost)
    }

    /// How many seats of a stretch the box has and never sells.
    fn lost_of(&self, lane: u8, within: &Range<Interval>) -> u16 {
        let of_lane = self.lost.iter().filter(|range| range.lane == lane);
        of_lane.map(|range| length(&(range.from.max(within.start)..range.to.min(within.end)))).sum()
    }

    /// How many seats of the offered lanes the box holds and has sold or can sell.
    fn held(&self, sheet: &DaySheet) -> u16 {
        let of_box =
            self.openings().flat_map(|(lane, open)| parts(sheet, lane, open)).filter(|s| s.holder == Side::Box);
        of_box.map(|s| s.len().saturating_sub(self.lost_of(s.lane, &(s.from..s.to)))).sum()
    }

    fn openings(&self) -> impl Iterator<Item = (u8, &Range<Interval>)> {
        self.offered.iter().flat_map(|offer| offer.open.iter().map(|open| (offer.lane, open)))
    }

    /// The stretches of an opening that a side may give away.
    fn free(&self, sheet: &DaySheet, me: Side, lane: u8, open: &Range<Interval>) -> Vec<SeatRange> {
        let mut free: Vec<SeatRange> = Vec::new();
        for part in parts(sheet, lane, open).filter(|s| s.holder == me && s.state == SeatState::Free) {
            match free.last_mut() {
                Some(last) if last.to == part.from => last.to = part.to,
                Some(_) | None => free.push(SeatRange { lane, from: part.from, to: part.to }),
            }
        }
        free
    }

    /// Whole lanes that are free all day, the last ones first, as long as they fit.
    fn whole_lanes(&self, sheet: &DaySheet, me: Side, most: u16) -> Vec<SeatRange> {
        let (mut picked, mut left) = (Vec::new(), most);
        for offer in self.offered.iter().rev().filter(|offer| !offer.open.is_empty()) {
            let free: Vec<SeatRange> = offer.open.iter().flat_map(|o| self.free(sheet, me, offer.lane, o)).collect();
            let (len, day) = (total(&free), offer.open.iter().map(length).sum::<u16>());
            if len == day && len <= left {
                left -= len;
                picked.extend(free);
            }
        }
        picked
    }

    /// The shortest block worth moving.
    fn least(&self) -> u16 {
        u16::from(self.longest.max(1))
    }
}

/// What the booking server gives so that the box has its reserve: whole lanes first, then blocks at
/// the end of an opening. May be up to two of the longest services more.
#[must_use]
pub fn to_give(sheet: &DaySheet, share: &Share<'_>) -> Vec<SeatRange> {
    let me = Side::Booking;
    let mut left = share.target().saturating_sub(share.held(sheet));
    let mut given = share.whole_lanes(sheet, me, left);
    left -= total(&given);
    let mut tails: Vec<SeatRange> = Vec::new();
    for (lane, open) in share.openings().filter(|(lane, _)| given.iter().all(|range| range.lane != *lane)) {
        tails.extend(share.free(sheet, me, lane, open).last().filter(|tail| len(tail) >= share.least()));
    }
    while left > 0 && !tails.is_empty() {
        let cut = |tail: &SeatRange| {
            let want = left.max(share.least()).min(len(tail));
            // A rest that holds no visit would be lost for both.
            if len(tail) - want < share.least() { len(tail) } else { want }
        };
        let rank = |tail: &SeatRange| (cut(tail) < left, cut(tail).abs_diff(left), Reverse((tail.lane, tail.to)));
        let Some(best) = (0..tails.len()).min_by_key(|at| rank(&tails[*at])) else { break };
        let count = cut(&tails[best]);
        let tail = tails.swap_remove(best);
        given.push(SeatRange { from: minus(tail.to, count), ..tail });
        left = left.saturating_sub(count);
    }
    given
}

/// What the box gives back because it has more than its reserve: whole lanes first, then the
/// beginnings of what it was given. Less than two of the longest services stays.
#[must_use]
pub fn to_return(sheet: &DaySheet, share: &Share<'_>) -> Vec<SeatRange> {
    let me = Side::Box;
    let mut left = share.held(sheet).saturating_sub(share.target());
    if left < 2 * share.least() {
        return Vec::new();
    }
    let mut given = share.whole_lanes(sheet, me, left);
    left -= total(&given);
    for (lane, open) in share.openings() {
        if given.iter().any(|range| range.lane == lane) {
            continue;
        }
        let Some(head) = share.free(sheet, me, lane, open).first().copied() else { continue };
        let rest = len(&head).saturating_sub(left);
        let count = if rest == 0 { len(&head) } else { len(&head) - rest.max(share.least()).min(len(&head)) };
        if left >= 2 * share.least() && count >= share.least() {
            given.push(SeatRange { to: plus(head.from, count), ..head });
            left -= count;
        }
    }
    given
}

/// What can no longer be booked online, because it is too soon: all free seats of the openings.
#[must_use]
pub fn passing(sheet: &DaySheet, share: &Share<'_>) -> Vec<SeatRange> {
    share.openings().flat_map(|(lane, open)| share.free(sheet, Side::Booking, lane, open)).collect()
}

/// Openings cut to a part of the day; lanes that are not open then are left out.
#[must_use]
pub fn within(offered: &[LaneOffer], part: &Range<Interval>) -> Vec<LaneOffer> {
    let cut = |open: &Range<Interval>| open.start.max(part.start)..open.end.min(part.end);
    let one = |offer: &LaneOffer| LaneOffer {
        open: offer.open.iter().map(cut).filter(|open| open.start < open.end).collect(),
        ..offer.clone()
    };
    offered.iter().map(one).filter(|offer| !offer.open.is_empty()).collect()
}

/// Whether the box should get another block of PINs: when it may have used more than half of one.
#[must_use]
pub fn needs_block(given: u32, booked: u32) -> bool {
    given.saturating_mul(u32::from(BLOCK_SIZE)) < booked.saturating_add(u32::from(BLOCK_SIZE) / 2)
}

/// A visit somebody wants.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The lane must serve all of them.
    pub services: &'a [ServiceId],
    /// The start.
    pub from: Interval,
    /// How many intervals; 0 counts as 1.
    pub count: u8,
}

/// Bookings with the lane each could move to at its time, so that the wish finds a place; the best
/// first. Whether the lane serves the booking's services is for the step to say.
#[must_use]
pub fn moves_that_make_room(
    sheet: &DaySheet,
    me: Side,
    offered: &[LaneOffer],
    wish: &Wish<'_>,
) -> Vec<(BookingId, u8)> {
    let Some(to) = wish.from.plus(wish.count.max(1)) else { return Vec::new() };
    let mut lanes = serving(offered, wish.services);
    lanes.sort_by_key(|offer| (offer.services.len(), offer.lane));
    let mut moves = Vec::new();
    for offer in lanes.iter().filter(|offer| offer.open.iter().any(|o| o.start <= wish.from && to <= o.end)) {
        let Some(booking) = only_one_in_the_way(sheet, me, offer.lane, &(wish.from..to)) else { continue };
        let Some(place) = sheet.sold(me, booking) else { continue };
        let fits = |other: &&LaneOffer| {
            let open = other.open.iter().any(|o| o.start <= place.from && place.to <= o.end);
            let free = |s: Span| s.holder == me && s.state == SeatState::Free;
            other.lane != offer.lane && open && parts(sheet, other.lane, &(place.from..place.to)).all(free)
        };
        let mut others: Vec<&LaneOffer> = offered.iter().filter(fits).collect();
        others.sort_by_key(|other| (other.services.len(), other.lane));
        moves.extend(others.into_iter().map(|other| (booking, other.lane)));
    }
    moves
}

/// The one booking of this side that lies in a stretch which is free otherwise.
fn only_one_in_the_way(sheet: &DaySheet, me: Side, lane: u8, wanted: &Range<Interval>) -> Option<BookingId> {
    let mut found = None;
    for part in parts(sheet, lane, wanted) {
        match part.state {
            SeatState::Free if part.holder == me => {}
            SeatState::Sold(booking) if part.holder == me && found.is_none_or(|known| known == booking) => {
                found = Some(booking);
            }
            SeatState::Free
            | SeatState::Sold(_)
            | SeatState::Held(_)
            | SeatState::SoldFrozen(_)
            | SeatState::Burned
            | SeatState::Retired => return None,
        }
    }
    found
}

/// The parts of a lane's spans that lie in a stretch.
fn parts<'a>(sheet: &'a DaySheet, lane: u8, within: &Range<Interval>) -> impl Iterator<Item = Span> + use<'a> {
    let within = within.clone();
    let cut = move |s: &Span| Span { from: s.from.max(within.start), to: s.to.min(within.end), ..*s };
    sheet.lane(lane).map(cut).filter(|s| !s.is_empty())
}

fn length(open: &Range<Interval>) -> u16 {
    u16::from(open.end.number().saturating_sub(open.start.number()))
}

fn len(range: &SeatRange) -> u16 {
    length(&(range.from..range.to))
}

fn total(ranges: &[SeatRange]) -> u16 {
    ranges.iter().map(len).sum()
}

fn minus(line: Interval, count: u16) -> Interval {
    let number = u16::from(line.number()).saturating_sub(count);
    u8::try_from(number).ok().and_then(Interval::new).unwrap_or(Interval::MIDNIGHT)
}

fn plus(line: Interval, count: u16) -> Interval {
    u8::try_from(count).ok().and_then(|count| line.plus(count)).unwrap_or(Interval::END)
}

#[cfg(test)]
mod tests;
