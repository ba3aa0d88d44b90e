//! How an office takes bookings: lanes, horizon, lead time, and the share of the box.
//!
//! What must always hold: what is out of bounds is named with its line and what is allowed.

use std::collections::BTreeSet;

use names::ServiceId;
use protocol::seats::policy::Reserve;
use serde::Deserialize;
use toml::Spanned;

use crate::config::{ConfigError, Source};

/// The most days ahead that may be booked online: half a year, as far as days are minted.
const MAX_HORIZON_DAYS: u16 = 180;

/// The longest lead time in minutes: one week.
const MAX_LEAD_MINUTES: u16 = 7 * 24 * 60;

/// The most lanes the booking server may offer; it is minted this many (`crate::seats`).
pub const MAX_LANES_ONLINE: u8 = 50;

/// How an office takes bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BookingRules {
    /// How many appointments may run side by side that were booked online.
    pub lanes_online: u8,
    /// How many lanes the box may sell.
    pub lanes_box: u8,
    /// How many days ahead can be booked.
    pub horizon_days: u16,
    /// How many minutes ahead at least.
    pub lead_minutes: u16,
    /// The share of the intervals that the box holds from 14 days before on, in percent.
    pub reserve_percent: u8,
    /// The share that it holds from 48 hours before on, in percent.
    pub reserve_percent_48h: u8,
}

impl BookingRules {
    /// The share of the box.
    #[must_use]
    pub fn reserve(&self) -> Reserve {
        Reserve { percent: self.reserve_percent, percent_48h: self.reserve_percent_48h }
    }
}

impl Default for BookingRules {
    fn default() -> Self {
        let Reserve { percent, percent_48h } = Reserve::default();
        Self {
            lanes_online: 2,
            lanes_box: 2,
            horizon_days: 28,
            lead_minutes: 60,
            reserve_percent: percent,
            reserve_percent_48h: percent_48h,
        }
    }
}

/// One lane that is offered online, and what its counter serves.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaneRow {
    services: Spanned<Vec<ServiceId>>,
}

pub(super) fn check(source: &Source, rules: &Spanned<BookingRules>) -> Result<BookingRules, ConfigError> {
    let given = rules.get_ref();
    if given.lanes_online > MAX_LANES_ONLINE || given.lanes_box > MAX_LANES_ONLINE {
        return Err(source.bad(rules, "lanes_online and lanes_box must be 0 to 50"));
    }
    if !(1..=MAX_HORIZON_DAYS).contains(&given.horizon_days) {
        return Err(source.bad(rules, "horizon_days must be 1 to 180"));
    }
    if given.lead_minutes > MAX_LEAD_MINUTES {
        return Err(source.bad(rules, "lead_minutes must be 0 to 10080"));
    }
    if given.reserve_percent > 100 || given.reserve_percent_48h > 100 {
        return Err(source.bad(rules, "reserve_percent and reserve_percent_48h must be 0 to 100"));
    }
    Ok(*given)
}

/// The lanes as they are written one by one, or so many lanes that serve everything.
pub(super) fn lanes(
    source: &Source,
    rows: &[LaneRow],
    known: &BTreeSet<ServiceId>,
    rules: BookingRules,
) -> Result<Vec<Vec<ServiceId>>, ConfigError> {
    if rows.is_empty() {
        return Ok(vec![known.iter().copied().collect(); usize::from(rules.lanes_online)]);
    }
    let mut lanes = Vec::new();
    for row in rows {
        let services: BTreeSet<ServiceId> = row.services.get_ref().iter().copied().collect();
        if services.is_empty() || !services.is_subset(known) {
            return Err(source.bad(&row.services, "must be ids of one or more [[service]] of this file"));
        }
        if lanes.len() >= usize::from(MAX_LANES_ONLINE) {
            return Err(source.bad(&row.services, "is one lane too many: 50 are allowed"));
        }
        lanes.push(services.into_iter().collect());
    }
    Ok(lanes)
}
