//! What is offered: plans choose among the seats, they never make or destroy any.

use std::ops::Range;

use names::ServiceId;
use serde::{Deserialize, Serialize};

use super::interval::Interval;

/// One lane of the day's plan: which services its counter serves, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneOffer {
    /// The lane.
    pub lane: u8,
    /// When it is open; a booking lies whole in one of them.
    pub open: Vec<Range<Interval>>,
    /// What it may serve.
    pub services: Vec<ServiceId>,
}

impl LaneOffer {
    /// Whether the lane may serve all of them.
    #[must_use]
    pub fn serves(&self, wanted: &[ServiceId]) -> bool {
        wanted.iter().all(|service| self.services.contains(service))
    }
}

/// The lanes that may serve all wanted services.
#[must_use]
pub fn serving(offered: &[LaneOffer], wanted: &[ServiceId]) -> Vec<LaneOffer> {
    offered.iter().filter(|offer| offer.serves(wanted)).cloned().collect()
}
