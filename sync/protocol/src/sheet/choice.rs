//! Which lane takes a booking: the most specialised one, and there the tightest gap.
//!
//! What must always hold: a chosen place is free, held by the chooser and inside one opening.

use std::collections::BTreeSet;
use std::ops::Range;

use names::Side;

use super::interval::Interval;
use super::offer::LaneOffer;
use super::span::{DaySheet, SeatRange, SeatState};

impl DaySheet {
    /// All starts at which `count` intervals can be had, ascending. Pass only lanes that serve
    /// what is wanted ([`super::serving`]).
    #[must_use]
    pub fn free_starts(&self, me: Side, offered: &[LaneOffer], count: u8) -> Vec<Interval> {
        let mut starts = BTreeSet::new();
        for (_offer, gap) in offered.iter().flat_map(|offer| self.gaps(me, offer)) {
            let last = gap.end.number().checked_sub(count.max(1));
            let numbers = last.map(|last| gap.start.number()..=last).into_iter().flatten();
            starts.extend(numbers.filter_map(Interval::new));
        }
        starts.into_iter().collect()
    }

    /// The best place for `count` intervals from `from` on: fewest services, then fewest new
    /// fragments, then the tightest gap, then the lowest lane.
    pub(super) fn choose(&self, me: Side, offered: &[LaneOffer], from: Interval, count: u8) -> Option<SeatRange> {
        let to = from.plus(count.max(1))?;
        let fits = |gap: &Range<Interval>| gap.start <= from && to <= gap.end;
        let rank = |(offer, gap): &(&LaneOffer, Range<Interval>)| {
            let fragments = u8::from(gap.start < from) + u8::from(to < gap.end);
            (offer.services.len(), fragments, gap.end.number() - gap.start.number(), offer.lane)
        };
        let gaps = offered.iter().flat_map(|offer| self.gaps(me, offer)).filter(|(_offer, gap)| fits(gap));
        gaps.min_by_key(rank).map(|(offer, _gap)| SeatRange { lane: offer.lane, from, to })
    }

    /// The longest stretches of a lane that I may sell, cut to its openings.
    fn gaps<'a>(&self, me: Side, offer: &'a LaneOffer) -> Vec<(&'a LaneOffer, Range<Interval>)> {
        let mut free: Vec<Range<Interval>> = Vec::new();
        for span in self.lane(offer.lane).filter(|s| s.holder == me && s.state == SeatState::Free) {
            match free.last_mut() {
                Some(last) if last.end == span.from => last.end = span.to,
                Some(_) | None => free.push(span.from..span.to),
            }
        }
        let cut = |open: &Range<Interval>, gap: &Range<Interval>| open.start.max(gap.start)..open.end.min(gap.end);
        let pairs = offer.open.iter().flat_map(|open| free.iter().map(move |gap| cut(open, gap)));
        pairs.filter(|gap| gap.start < gap.end).map(|gap| (offer, gap)).collect()
    }
}
