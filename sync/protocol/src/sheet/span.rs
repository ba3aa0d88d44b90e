//! The sheet as spans: neighbouring seats of a lane that are alike stand together.

use jiff::civil::Date;
use names::{BookingId, Side};
use serde::{Deserialize, Serialize};

use super::interval::{INTERVALS, Interval};
use crate::hex::hex_bytes;

/// Lanes of a day: 0 to 99, all minted at once; plans decide which of them are offered.
pub const LANES: u8 = 100;

hex_bytes! {
    /// A hold on seats while somebody fills in a form: random, chosen by the holder.
    HoldId, 8
}

/// What may be done with a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeatState {
    /// The holder may sell, give or retire it. On the other side's copy: nothing is known.
    Free,
    /// Somebody is filling in a form.
    Held(HoldId),
    /// Sold.
    Sold(BookingId),
    /// Sold before a restore that may have lost writes: never free again.
    SoldFrozen(BookingId),
    /// Of unknown fate since a restore: never sold again.
    Burned,
    /// Taken out of the day by its holder.
    Retired,
}

/// Neighbouring seats of one lane that are alike: `from` up to, not including, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SpanRow", into = "SpanRow")]
pub struct Span {
    /// The lane, 0 to 99.
    pub lane: u8,
    /// The first interval.
    pub from: Interval,
    /// The line behind the last interval.
    pub to: Interval,
    /// The only side that may sell.
    pub holder: Side,
    /// Grows with each give.
    pub generation: u32,
    /// What may be done.
    pub state: SeatState,
}

/// A span on disk: a short row instead of six names.
#[derive(Serialize, Deserialize)]
struct SpanRow(u8, Interval, Interval, Side, u32, SeatState);

impl From<SpanRow> for Span {
    fn from(SpanRow(lane, from, to, holder, generation, state): SpanRow) -> Self {
        Self { lane, from, to, holder, generation, state }
    }
}

impl From<Span> for SpanRow {
    fn from(span: Span) -> Self {
        Self(span.lane, span.from, span.to, span.holder, span.generation, span.state)
    }
}

impl Span {
    /// Whether both would be one span.
    fn alike(&self, next: &Self) -> bool {
        let key = |s: &Self| (s.lane, s.holder, s.generation, s.state);
        self.to == next.from && key(self) == key(next)
    }

    /// How many seats.
    #[must_use]
    pub fn len(&self) -> u16 {
        u16::from(self.to.number() - self.from.number())
    }

    /// Whether there is no seat in it; never so inside a sheet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from >= self.to
    }
}

/// Some seats of one lane, whatever their state: `from` up to, not including, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRange {
    /// The lane.
    pub lane: u8,
    /// The first interval.
    pub from: Interval,
    /// The line behind the last interval.
    pub to: Interval,
}

impl SeatRange {
    /// Whether it names at least one seat of a day.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.lane < LANES && self.from < self.to
    }
}

/// All seats of one office's day, as one side knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SheetRows", into = "SheetRows")]
pub struct DaySheet {
    day: Date,
    spans: Vec<Span>,
}

#[derive(Serialize, Deserialize)]
struct SheetRows {
    day: Date,
    spans: Vec<Span>,
}

impl DaySheet {
    /// The day as it is minted, the same on both ends: lanes below `booking_lanes` are held by the
    /// booking server, the others by the box.
    #[must_use]
    pub fn mint(day: Date, booking_lanes: u8) -> Self {
        let lane = |lane| Span {
            lane,
            from: Interval::MIDNIGHT,
            to: Interval::END,
            holder: if lane < booking_lanes { Side::Booking } else { Side::Box },
            generation: 0,
            state: SeatState::Free,
        };
        Self { day, spans: (0..LANES).map(lane).collect() }
    }

    /// The day.
    #[must_use]
    pub fn day(&self) -> Date {
        self.day
    }

    /// All spans, by lane and interval; together every seat exactly once.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The spans of a lane.
    pub fn lane(&self, lane: u8) -> impl Iterator<Item = &Span> {
        let from = self.spans.partition_point(|s| s.lane < lane);
        self.spans.iter().skip(from).take_while(move |s| s.lane == lane)
    }

    /// The parts of spans that lie in a range, cut to it.
    pub(super) fn cut(&self, range: SeatRange) -> impl Iterator<Item = Span> + '_ {
        self.lane(range.lane)
            .map(move |s| Span { from: s.from.max(range.from), to: s.to.min(range.to), ..*s })
            .filter(|s| !s.is_empty())
    }

    /// Changes every seat of a range and keeps the sheet whole and coalesced.
    pub(super) fn paint(&mut self, range: SeatRange, change: impl Fn(&mut Span)) {
        let mut spans = Vec::with_capacity(self.spans.len() + 2);
        for span in &self.spans {
            if span.lane != range.lane || span.to <= range.from || range.to <= span.from {
                push(&mut spans, *span);
                continue;
            }
            push(&mut spans, Span { to: span.to.min(range.from), ..*span });
            let mut inner = Span { from: span.from.max(range.from), to: span.to.min(range.to), ..*span };
            change(&mut inner);
            push(&mut spans, inner);
            push(&mut spans, Span { from: span.from.max(range.to), ..*span });
        }
        self.spans = spans;
    }
}

pub(super) fn push(spans: &mut Vec<Span>, span: Span) {
    if span.is_empty() {
        return;
    }
    match spans.last_mut() {
        Some(last) if last.alike(&span) => last.to = span.to,
        Some(_) | None => spans.push(span),
    }
}

impl From<DaySheet> for SheetRows {
    fn from(sheet: DaySheet) -> Self {
        Self { day: sheet.day, spans: sheet.spans }
    }
}

impl TryFrom<SheetRows> for DaySheet {
    type Error = BadSheet;

    /// Takes only what we would have written: every seat once, in order, coalesced.
    fn try_from(rows: SheetRows) -> Result<Self, BadSheet> {
        let mut due = (0, 0);
        for span in &rows.spans {
            if span.lane >= LANES || (span.lane, span.from.number()) != due || span.is_empty() {
                return Err(BadSheet);
            }
            due = if span.to.number() == INTERVALS { (span.lane + 1, 0) } else { (span.lane, span.to.number()) };
        }
        let coalesced = !rows.spans.windows(2).any(|pair| pair[0].alike(&pair[1]));
        if due == (LANES, 0) && coalesced { Ok(Self { day: rows.day, spans: rows.spans }) } else { Err(BadSheet) }
    }
}

/// Rows that do not hold every seat of a day exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rows of a day sheet do not hold every seat exactly once")]
pub struct BadSheet;

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 11, 23);

    fn json(sheet: &DaySheet) -> String {
        serde_json::to_string(sheet).expect("plain values")
    }

    #[test]
    fn both_ends_mint_the_identical_sheet_and_the_split_is_the_lane() {
        let sheet = DaySheet::mint(DAY, 80);
        assert_eq!(json(&sheet), json(&DaySheet::mint(DAY, 80)));
        let of = |side| sheet.spans().iter().filter(|s| s.holder == side).map(|s| u32::from(s.len())).sum::<u32>();
        assert_eq!((of(Side::Booking), of(Side::Box)), (80 * 144, 20 * 144));
    }

    #[test]
    fn a_minted_day_is_small_on_disk_and_comes_back() {
        let sheet = DaySheet::mint(DAY, 80);
        let text = json(&sheet);
        assert!(text.len() < 4096, "{} bytes", text.len());
        assert_eq!(serde_json::from_str::<DaySheet>(&text).expect("our own text"), sheet);
    }

    #[test]
    fn a_sheet_with_a_hole_an_overlap_or_too_many_lanes_is_not_read() {
        let good = json(&DaySheet::mint(DAY, 0));
        let row = r#"[7,0,144,"box",0,"free"]"#;
        assert!(good.contains(row));
        let split = r#"[7,0,50,"box",0,"free"],[7,50,144,"box",0,"free"]"#;
        let retired = r#"[7,0,50,"box",0,"retired"],[7,50,144,"box",0,"free"]"#;
        assert!(serde_json::from_str::<DaySheet>(&good.replace(row, retired)).is_ok());
        for bad in [split, r#"[7,0,143,"box",0,"free"]"#, r#"[7,0,145,"box",0,"free"]"#, &format!("{row},{row}")] {
            assert!(serde_json::from_str::<DaySheet>(&good.replace(row, bad)).is_err(), "{bad}");
        }
        let more = good.replace("]]}", r#"],[100,0,144,"box",0,"free"]]}"#);
        assert_ne!(more, good);
        assert!(serde_json::from_str::<DaySheet>(&more).is_err());
    }

    #[test]
    fn painted_neighbours_that_are_alike_grow_together_again() {
        let mut sheet = DaySheet::mint(DAY, 80);
        let at = |n| Interval::new(n).expect("inside the day");
        let range = SeatRange { lane: 3, from: at(50), to: at(52) };
        sheet.paint(range, |s| s.state = SeatState::Retired);
        assert_eq!(sheet.lane(3).count(), 3);
        sheet.paint(range, |s| s.state = SeatState::Free);
        assert_eq!(sheet, DaySheet::mint(DAY, 80));
    }
}
