//! All day sheets and grants that occur, each once and by number.

use std::collections::HashMap;
use std::rc::Rc;

use jiff::civil::Date;
use names::{BookingId, Incarnation, ServiceId, Side};
use protocol::sheet::{DaySheet, Grant, HoldId, Interval, LaneOffer, Place, SeatRange, SeatState, Span};

use crate::bounds::{Bounds, FIRST};
use crate::state::{MAX_SEATS, NO_SHEET, bit, index};

/// The one day of the model.
pub(crate) const DAY: Date = Date::constant(2026, 11, 23);

/// Every lane serves it.
pub(crate) const PASS: ServiceId = ServiceId(1);

/// Lane 0 does not serve it.
pub(crate) const MOVE: ServiceId = ServiceId(2);

/// What a sheet says of the seats of the model.
pub(crate) type View = [Option<Span>; MAX_SEATS];

/// Sheets, grants and wires by number.
pub(crate) struct Sheets {
    seats: &'static [(u8, u8)],
    sheets: Vec<Rc<DaySheet>>,
    views: Vec<View>,
    ids: HashMap<String, u16>,
    grants: Vec<Rc<Grant>>,
    wires: Vec<Rc<[u16]>>,
}

impl Sheets {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        let minted = Rc::new(DaySheet::mint(DAY, bounds.booking_lanes));
        let mut sheets = Self {
            seats: bounds.seats,
            sheets: vec![minted.clone()],
            views: vec![[None; MAX_SEATS]],
            ids: HashMap::new(),
            grants: Vec::new(),
            wires: vec![Rc::from([])],
        };
        sheets.id(&minted);
        sheets
    }

    /// The number of a sheet; never [`NO_SHEET`].
    pub(crate) fn id(&mut self, sheet: &DaySheet) -> u16 {
        let key = serde_json::to_string(sheet).expect("plain values");
        let next = u16::try_from(self.sheets.len()).expect("small bounds have few sheets");
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            let view = self.view_of(sheet);
            self.sheets.push(Rc::new(sheet.clone()));
            self.views.push(view);
        }
        id
    }

    pub(crate) fn sheet(&self, id: u16) -> Rc<DaySheet> {
        assert_ne!(id, NO_SHEET, "the day is not minted here");
        self.sheets[usize::from(id)].clone()
    }

    pub(crate) fn view(&self, id: u16) -> &View {
        &self.views[usize::from(id)]
    }

    pub(crate) fn len(&self) -> usize {
        self.sheets.len() - 1
    }

    /// Each seat of the model as a span of its own.
    pub(crate) fn view_of(&self, sheet: &DaySheet) -> View {
        let mut view = [None; MAX_SEATS];
        for (seat, (lane, number)) in self.seats.iter().enumerate() {
            let span = sheet.lane(*lane).find(|s| (s.from.number()..s.to.number()).contains(number));
            view[seat] = span.map(|span| Span { from: at(*number), to: at(number + 1), ..*span });
        }
        view
    }

    pub(crate) fn grant_id(&mut self, grant: &Grant) -> u16 {
        let known = self.grants.iter().position(|known| **known == *grant);
        let position = known.unwrap_or_else(|| {
            self.grants.push(Rc::new(grant.clone()));
            self.grants.len() - 1
        });
        u16::try_from(position).expect("small bounds have few grants")
    }

    pub(crate) fn grant(&self, id: u16) -> Rc<Grant> {
        self.grants[usize::from(id)].clone()
    }

    pub(crate) fn wire(&self, id: u16) -> Rc<[u16]> {
        self.wires[usize::from(id)].clone()
    }

    /// The wire with one grant more.
    pub(crate) fn sent(&mut self, wire: u16, grant: u16) -> u16 {
        let mut grants = self.wire(wire).to_vec();
        grants.push(grant);
        grants.sort_unstable();
        grants.dedup();
        let known = self.wires.iter().position(|known| **known == *grants);
        let position = known.unwrap_or_else(|| {
            self.wires.push(grants.into());
            self.wires.len() - 1
        });
        u16::try_from(position).expect("small bounds have few wires")
    }

    /// The seats of the model that lie in a place, by bit.
    pub(crate) fn seats_in(&self, place: Place) -> u8 {
        let inside =
            |seat: &(u8, u8)| seat.0 == place.lane && (place.from.number()..place.to.number()).contains(&seat.1);
        (0..).zip(self.seats).filter(|(_number, seat)| inside(seat)).map(|(number, _seat)| bit(number)).sum()
    }

    /// Each seat as a range of its own.
    pub(crate) fn ranges(&self, seats: u8) -> Vec<SeatRange> {
        let chosen = (0..).zip(self.seats).filter(|(number, _seat)| seats & bit(*number) != 0);
        chosen.map(|(_number, (lane, from))| SeatRange { lane: *lane, from: at(*from), to: at(from + 1) }).collect()
    }

    pub(crate) fn lanes(&self) -> u8 {
        self.seats.iter().map(|seat| seat.0 + 1).max().unwrap_or(0)
    }

    /// A hand on a sheet, for a program without one of the rules: changes seats of the model
    /// without asking the product's function.
    pub(crate) fn meddle(&self, sheet: &DaySheet, change: impl Fn(usize, &mut Span)) -> DaySheet {
        let mut spans: Vec<Span> = Vec::new();
        let mut put = |span: Span| match spans.last_mut() {
            Some(last) if alike(last, &span) => last.to = span.to,
            Some(_) | None => spans.push(span),
        };
        for span in sheet.spans() {
            for number in span.from.number()..span.to.number() {
                let mut one = Span { from: at(number), to: at(number + 1), ..*span };
                if let Some(seat) = self.seats.iter().position(|seat| *seat == (span.lane, number)) {
                    change(seat, &mut one);
                }
                put(one);
            }
        }
        let rows = serde_json::json!({ "day": sheet.day(), "spans": spans });
        serde_json::from_value(rows).expect("a whole sheet")
    }
}

fn alike(last: &Span, span: &Span) -> bool {
    let key = |s: &Span| (s.lane, s.holder, s.generation, s.state);
    last.to == span.from && key(last) == key(span)
}

pub(crate) fn at(number: u8) -> Interval {
    Interval::new(number).expect("inside the day")
}

/// The life a side has after so many restores.
pub(crate) fn incarnation(side: Side, life: u8) -> Incarnation {
    Incarnation::from_bits(u128::from(life) * 2 + u128::from(index(side) == 1))
}

pub(crate) fn booking_id(side: Side, booking: u8) -> BookingId {
    BookingId::from_random(side, u64::from(booking) + 1)
}

pub(crate) fn hold_id(side: Side, hold: u8) -> HoldId {
    HoldId([u8::from(index(side) == 1), hold, 0, 0, 0, 0, 0, 0])
}

/// The plan that offers these lanes, by bit; lane 0 serves less than the others.
pub(crate) fn plan(lanes: u8, longest: u8) -> Vec<LaneOffer> {
    let services = |lane| if lane == 0 { vec![PASS] } else { vec![PASS, MOVE] };
    let open = at(FIRST)..at(FIRST + longest.max(1));
    let offered = (0..8_u8).filter(|lane| lanes & bit(*lane) != 0);
    offered.map(|lane| LaneOffer { lane, open: vec![open.clone()], services: services(lane) }).collect()
}

pub(crate) fn is_held(span: &Span) -> bool {
    matches!(span.state, SeatState::Held(_))
}
