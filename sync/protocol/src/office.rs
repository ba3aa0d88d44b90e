//! The office as both ends know it: one document, written by the booking server only.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use names::{Minutes, OfficeId, ServiceId};
use serde::{Deserialize, Serialize};

use crate::seats::policy::Reserve;

/// Everything the box has to know about its office. Replaced as a whole; unknown fields of a
/// newer server are kept by whoever forwards it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeDoc {
    /// Grows with each change.
    pub revision: u32,
    /// The office.
    pub id: OfficeId,
    /// Name on every screen, such as "Bürgerbüro Musterland".
    pub name: String,
    /// Telephone, as it is printed.
    pub telephone: String,
    /// Street and town, as it is printed.
    pub address: String,
    /// IANA zone, such as `Europe/Berlin`.
    pub zone: String,
    /// The counter's noun on screens: Platz, Schalter, Zimmer.
    pub counter_noun: String,
    /// The letter of tickets.
    pub ticket_letter: char,
    /// The public address of the booking server, upper case, for QR codes.
    pub qr_base: String,
    /// The services, in the order they are shown.
    pub services: Vec<ServiceDoc>,
    /// When the doors are open, per weekday.
    pub hours: Vec<HoursDoc>,
    /// Days that differ from the week: closed, or other hours. Holidays are already in here.
    pub exceptions: Vec<ExceptionDoc>,
    /// What contacts for the booking server are sealed to; the text of a `SealKey`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal_key: Option<String>,
    /// How the seats are shared between both ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Box<ShareDoc>>,
}

/// How the seats of a day are shared between both ends (`seats::policy`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareDoc {
    /// What each lane serves that was minted for the booking server and is offered, from lane 0 on.
    pub lanes: Vec<Vec<ServiceId>>,
    /// How many lanes of its own the box offers.
    pub desk_lanes: u8,
    /// The share of the box.
    pub reserve: Reserve,
    /// Minutes before a start from which on it is not sold online any more.
    pub lead_minutes: u16,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDoc {
    /// Its number.
    pub id: ServiceId,
    /// German name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// How long one visit takes.
    pub takes: Minutes,
    /// How much longer each further person takes.
    pub per_person: Minutes,
    /// Whether it can be booked online.
    pub bookable: bool,
}

/// Door hours of one weekday; several rows for a lunch break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursDoc {
    /// The day of the week.
    pub weekday: DayOfWeek,
    /// Doors open.
    pub opens: Time,
    /// Doors close.
    pub closes: Time,
}

/// A weekday that serializes as `mon` … `sun`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names of the week")]
pub enum DayOfWeek {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl From<Weekday> for DayOfWeek {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}

/// A day that differs from its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionDoc {
    /// The day.
    pub day: Date,
    /// Its hours; empty: closed.
    pub hours: Vec<(Time, Time)>,
    /// Why, for citizens; such as "Tag der Deutschen Einheit".
    pub reason: String,
}

impl OfficeDoc {
    /// The door hours of a day, exceptions first; empty: closed.
    #[must_use]
    pub fn hours_of(&self, day: Date) -> Vec<(Time, Time)> {
        if let Some(exception) = self.exceptions.iter().find(|e| e.day == day) {
            return exception.hours.clone();
        }
        let weekday = DayOfWeek::from(day.weekday());
        self.hours.iter().filter(|h| h.weekday == weekday).map(|h| (h.opens, h.closes)).collect()
    }

    /// One service by its number.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Option<&ServiceDoc> {
        self.services.iter().find(|s| s.id == id)
    }

    /// The numbers of all services.
    #[must_use]
    pub fn service_ids(&self) -> BTreeSet<ServiceId> {
        self.services.iter().map(|s| s.id).collect()
    }
}
