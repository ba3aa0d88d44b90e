//! What the office has today: services, counters with their skills, opening times.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use names::{CounterId, Minutes, OfficeId, ServiceId};
use serde::{Deserialize, Serialize};

/// The day as the office planned it. A change of plan never loses a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The office, to tell codes of other offices.
    pub office: OfficeId,
    /// The civil day of the office's own zone.
    pub day: Date,
    /// All services, also those no counter serves today.
    pub services: Vec<ServicePlan>,
    /// The counters and what they may serve.
    pub counters: Vec<CounterPlan>,
    /// When the doors are open; none on a closed day.
    pub doors: Option<Doors>,
    /// The letter of today's tickets.
    pub ticket_letter: char,
    /// The day ends by itself at this moment: 23:30 of the office's own zone.
    pub ends: Timestamp,
}

/// One service, as far as the hall needs it: no name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicePlan {
    /// The service.
    pub id: ServiceId,
    /// How long one visit takes on average.
    pub takes: Minutes,
}

/// One counter and its skills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterPlan {
    /// The counter.
    pub id: CounterId,
    /// The services it may serve; empty means all.
    pub skills: BTreeSet<ServiceId>,
}

/// Opening times of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doors {
    /// The doors open.
    pub opens: Timestamp,
    /// The doors close.
    pub closes: Timestamp,
}
