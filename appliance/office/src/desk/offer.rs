//! What the desk can sell: times at which one lane of the box is free for the whole visit.
//!
//! What must always hold: plans choose among the seats the box holds, they never make one; a
//! lane that the booking server gave is offered like an own one. Pure.

use std::cmp::Ordering;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use names::{Minutes, ServiceId, Side};
use protocol::office::OfficeDoc;
use protocol::seats::policy::{Share, burned_here, to_return, within};
use protocol::sheet::{DaySheet, Interval, LANES, LaneOffer, SeatRange, serving};

/// The most services of one visit (`rules.md`, Booking).
pub(crate) const MAX_SERVICES: usize = 6;
/// The most persons of one visit (`rules.md`, Booking).
pub(crate) const MAX_PERSONS: u8 = 8;
/// How far ahead staff may book, in days (`rules.md`, Booking).
pub(crate) const HORIZON_DAYS: i32 = 180;

/// What somebody at the desk wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The services; the first one decides.
    pub services: Vec<ServiceId>,
    /// How many persons come, from 1.
    pub persons: u8,
}

impl Wish {
    /// A wish the office can fulfil at all; nothing without a service of this office, with too
    /// many of them, or with too many persons.
    pub(crate) fn checked(&self, doc: &OfficeDoc) -> Option<Self> {
        let known = self.services.iter().all(|id| doc.service(*id).is_some());
        let fits = (1..=MAX_SERVICES).contains(&self.services.len()) && (1..=MAX_PERSONS).contains(&self.persons);
        (known && fits).then(|| self.clone())
    }

    /// How long it takes: the sum over the services, each with its further persons.
    pub(crate) fn length(&self, doc: &OfficeDoc) -> Minutes {
        let further = u16::from(self.persons.saturating_sub(1));
        let takes = |id: &ServiceId| {
            doc.service(*id).map_or(0, |s| s.takes.0.saturating_add(s.per_person.0.saturating_mul(further)))
        };
        let minutes = self.services.iter().map(takes).fold(0_u16, u16::saturating_add);
        Minutes(u16::from(Interval::count_for(Minutes(minutes))).saturating_mul(protocol::sheet::MINUTES_PER_INTERVAL))
    }
}

/// Lanes of its own that the box offers until the booking server tells how many.
const OWN_LANES: u8 = 2;

/// The lanes of a day that the desk offers: the office's own, and those that may have been given.
pub(crate) fn lanes(doc: &OfficeDoc, sheet: &DaySheet) -> Vec<LaneOffer> {
    let own = doc.share.as_ref().map_or(OWN_LANES, |share| share.desk_lanes);
    let open: Vec<Range<Interval>> = doc.hours_of(sheet.day()).into_iter().map(open).collect();
    let services: Vec<ServiceId> = doc.service_ids().into_iter().collect();
    let first = (0..LANES).find(|lane| was_minted_for_the_box(sheet, *lane)).unwrap_or(LANES);
    let own = (first..first.saturating_add(own).min(LANES)).map(|lane| (lane, services.clone()));
    let offered = theirs(doc, first).into_iter().chain(own);
    offered.map(|(lane, services)| LaneOffer { lane, open: open.clone(), services }).collect()
}

/// The lanes minted for the booking server, with what each of them serves.
fn theirs(doc: &OfficeDoc, first: u8) -> Vec<(u8, Vec<ServiceId>)> {
    match &doc.share {
        Some(share) => (0..first).zip(share.lanes.iter().cloned()).collect(),
        None => (0..first).map(|lane| (lane, doc.service_ids().into_iter().collect())).collect(),
    }
}

/// What the box should give back of a day, because it has more than its reserve (`rules.md`,
/// Booking); nothing while the booking server has not told how the day is shared.
pub(crate) fn surplus(doc: &OfficeDoc, zone: &TimeZone, sheet: &DaySheet, now: Timestamp) -> Vec<SeatRange> {
    let Some(share) = &doc.share else { return Vec::new() };
    let local = now.to_zoned(zone.clone());
    let ahead = local.date().until(sheet.day()).map_or(-1, |span| span.get_days());
    let sellable = now.saturating_add(SignedDuration::from_mins(i64::from(share.lead_minutes))).unwrap_or(now);
    let sellable = sellable.to_zoned(zone.clone());
    let from = match sellable.date().cmp(&sheet.day()) {
        Ordering::Less => Interval::MIDNIGHT,
        Ordering::Equal => Interval::not_before(sellable.time()),
        Ordering::Greater => return Vec::new(),
    };
    let first = (0..LANES).find(|lane| was_minted_for_the_box(sheet, *lane)).unwrap_or(LANES);
    let offered: Vec<LaneOffer> = lanes(doc, sheet).into_iter().filter(|offer| offer.lane < first).collect();
    let longest = doc.services.iter().map(|service| Interval::count_for(service.takes)).max().unwrap_or(1);
    let offered = within(&offered, &(from..Interval::END));
    let lost = burned_here(sheet);
    let share = Share {
        offered: &offered,
        first_desk: first,
        desk_lanes: share.desk_lanes,
        lost: &lost,
        percent: share.reserve.on(ahead),
        longest,
    };
    to_return(sheet, &share)
}

/// A closing time of 23:59 means the whole evening.
fn open((opens, closes): (jiff::civil::Time, jiff::civil::Time)) -> Range<Interval> {
    let last_minute = closes.hour() == 23 && closes.minute() == 59;
    Interval::not_before(opens)..if last_minute { Interval::END } else { Interval::at(closes) }
}

/// Each give raises the generation and changes the holder, so both together tell who began.
fn was_minted_for_the_box(sheet: &DaySheet, lane: u8) -> bool {
    let mut spans = sheet.spans().iter().filter(|span| span.lane == lane);
    spans.next().is_some_and(|span| (span.holder == Side::Box) == (span.generation % 2 == 0))
}

/// The free starts of a day for a wish, from a moment on.
pub(crate) fn times(doc: &OfficeDoc, zone: &TimeZone, sheet: &DaySheet, wish: &Wish, now: Timestamp) -> Vec<Interval> {
    let offered = serving(&lanes(doc, sheet), &wish.services);
    let starts = sheet.free_starts(Side::Box, &offered, Interval::count_for(wish.length(doc)));
    let later = |start: &Interval| moment(zone, sheet.day(), *start).is_some_and(|at| at >= now);
    starts.into_iter().filter(later).collect()
}

/// The moment of an interval; nothing for a time that a day does not have.
pub(crate) fn moment(zone: &TimeZone, day: Date, interval: Interval) -> Option<Timestamp> {
    let zoned = day.to_datetime(interval.time()?).to_zoned(zone.clone()).ok()?;
    // A time that the clocks skip would move: nobody is booked there.
    (Some(zoned.time()) == interval.time()).then(|| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use protocol::office::ShareDoc;
    use protocol::seats::policy::Reserve;
    use protocol::sheet::SheetInput;

    use super::*;
    use crate::desk::tests::doc;

    const DAY: Date = date(2026, 2, 3);

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the zone of the examples")
    }

    fn wish(persons: u8) -> Wish {
        Wish { services: vec![ServiceId(1)], persons }
    }

    /// The small office; it told that it has so many desk lanes, and two lanes online.
    fn shared(desk_lanes: u8, reserve: Reserve) -> OfficeDoc {
        let share = ShareDoc { lanes: vec![vec![ServiceId(1)]; 2], desk_lanes, reserve, lead_minutes: 60 };
        OfficeDoc { share: Some(Box::new(share)), ..doc() }
    }

    fn starts(sheet: &DaySheet, own: u8, wish: &Wish) -> usize {
        times(&shared(own, Reserve::default()), &zone(), sheet, wish, Timestamp::UNIX_EPOCH).len()
    }

    #[test]
    fn a_wish_takes_as_long_as_its_services_and_persons_in_whole_intervals() {
        assert_eq!(wish(1).length(&doc()), Minutes(10));
        assert_eq!(wish(2).length(&doc()), Minutes(20), "15 minutes are two intervals");
        assert_eq!(wish(0).checked(&doc()), None);
        assert_eq!(Wish { services: vec![ServiceId(99)], persons: 1 }.checked(&doc()), None);
        assert_eq!(Wish { services: vec![ServiceId(1); 7], persons: 1 }.checked(&doc()), None);
    }

    #[test]
    fn only_so_many_own_lanes_are_offered_and_none_of_the_booking_server() {
        let sheet = DaySheet::mint(DAY, 50);
        assert_eq!(starts(&sheet, 0, &wish(1)), 0);
        assert_eq!(starts(&sheet, 1, &wish(1)), 27 + 18, "7:30 to 12 and 13 to 16");
        assert_eq!(lanes(&doc(), &sheet).len(), 52, "50 that may come by a give, and two");
        assert_eq!(lanes(&shared(3, Reserve::default()), &sheet).len(), 5);
    }

    #[test]
    fn a_given_lane_is_offered_and_a_sold_seat_is_not() {
        let (mut server, mut mine) = (DaySheet::mint(DAY, 50), DaySheet::mint(DAY, 50));
        let at = |hour| Interval::at(time(hour, 0, 0, 0));
        let seats = vec![SeatRange { lane: 0, from: at(8), to: at(9) }];
        let life = names::Incarnation::from_bits(7);
        let given = server.step(Side::Booking, SheetInput::Give { seats, incarnation: life }).expect("free");
        let protocol::sheet::Outcome::Given(grant) = given else { panic!("a give gives") };
        mine.step(Side::Box, SheetInput::Accept { grant, mine: life }).expect("to this life");
        assert_eq!(starts(&mine, 0, &wish(1)), 6);
        let offered = lanes(&shared(0, Reserve::default()), &mine);
        let sell = SheetInput::SellNow {
            booking: names::BookingId::from_random(Side::Box, 1),
            offered,
            services: vec![ServiceId(1)],
            from: at(8),
            count: 1,
        };
        mine.step(Side::Box, sell).expect("free");
        assert_eq!(starts(&mine, 0, &wish(1)), 5);
    }

    #[test]
    fn what_is_beyond_the_reserve_goes_back_and_the_reserve_stays() {
        let (mut server, mut mine) = (DaySheet::mint(DAY, 50), DaySheet::mint(DAY, 50));
        let (at, life) = (|hour| Interval::at(time(hour, 0, 0, 0)), names::Incarnation::from_bits(7));
        let seats = [0, 1].map(|lane| SeatRange { lane, from: at(8), to: at(16) }).to_vec();
        let given = server.step(Side::Booking, SheetInput::Give { seats, incarnation: life }).expect("free");
        let protocol::sheet::Outcome::Given(grant) = given else { panic!("a give gives") };
        mine.step(Side::Box, SheetInput::Accept { grant, mine: life }).expect("to this life");
        let morning = moment(&zone(), DAY, at(6)).expect("a moment");
        let back = |percent| {
            let reserve = Reserve { percent, percent_48h: percent };
            surplus(&shared(1, reserve), &zone(), &mine, morning)
        };
        assert!(!back(34).is_empty(), "two whole lanes are more than a third");
        assert!(back(100).is_empty(), "all of it is the reserve");
        let late = moment(&zone(), DAY, at(23)).expect("a moment");
        assert!(surplus(&shared(1, Reserve::default()), &zone(), &mine, late).is_empty(), "nobody could book it");
        assert!(surplus(&doc(), &zone(), &mine, morning).is_empty(), "nobody told how to share");
    }

    #[test]
    fn what_is_past_is_not_offered() {
        let noon = moment(&zone(), DAY, Interval::at(time(15, 0, 0, 0))).expect("a moment");
        let left = times(&shared(1, Reserve::default()), &zone(), &DaySheet::mint(DAY, 50), &wish(1), noon);
        assert_eq!(left.len(), 6);
        assert_eq!(moment(&zone(), date(2026, 3, 29), Interval::at(time(2, 30, 0, 0))), None, "skipped in spring");
    }
}
