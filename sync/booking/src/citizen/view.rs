//! The office as citizens see it: what the office file says, ready to be shown.

use std::collections::BTreeSet;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use names::{Language, Minutes, OfficeId, ServiceId};
use protocol::office::{DayOfWeek, OfficeDoc};

use super::types::{BadPick, MAX_PERSONS, MAX_SERVICES, Pick};

/// Minutes of the grid that every visit is rounded up to.
pub const GRID_MINUTES: u16 = 10;

/// The longest visit in minutes; a day of seats has no more.
const LONGEST_VISIT: u16 = 24 * 60;

/// One office, whole. Replaced when the office file changes.
#[derive(Clone, Debug)]
pub struct OfficeView {
    /// The office.
    pub id: OfficeId,
    /// Its name, such as "Bürgerbüro Musterland".
    pub name: String,
    /// Street and town.
    pub address: String,
    /// Telephone, as it is printed.
    pub telephone: String,
    /// Mail address of the office, if it has one for citizens.
    pub mail: Option<String>,
    /// Its time zone.
    pub zone: TimeZone,
    /// When the doors are open: weekdays with the same hours stand together.
    pub hours: Vec<HoursLine>,
    /// All services, in the order they are shown.
    pub services: Vec<ServiceView>,
    /// What the box is told; also holds the closures.
    pub doc: OfficeDoc,
}

/// Weekdays that have the same hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursLine {
    /// The weekdays, Monday first.
    pub days: Vec<DayOfWeek>,
    /// From, to; several for a lunch break.
    pub spans: Vec<(Time, Time)>,
}

/// A service as citizens see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceView {
    /// Its number.
    pub id: ServiceId,
    /// Its name in addresses.
    pub slug: String,
    /// German name.
    pub name: String,
    /// English name.
    pub name_en: String,
    /// How long it takes for one person.
    pub minutes: Minutes,
    /// How much longer each further person takes.
    pub per_person: Minutes,
    /// Whether it can be booked online.
    pub bookable: bool,
    /// What to bring, in German.
    pub documents: Vec<String>,
    /// What to bring, in English; German where there is no translation.
    pub documents_en: Vec<String>,
    /// What it costs, as it is printed, in German.
    pub fee: Option<String>,
    /// What it costs, in English; German where there is no translation.
    pub fee_en: Option<String>,
}

impl ServiceView {
    /// The name in a language.
    #[must_use]
    pub fn name_in(&self, language: Language) -> &str {
        match language {
            Language::De => &self.name,
            Language::En => &self.name_en,
        }
    }

    /// What to bring, in a language.
    #[must_use]
    pub fn documents_in(&self, language: Language) -> &[String] {
        match language {
            Language::De => &self.documents,
            Language::En => &self.documents_en,
        }
    }

    /// What it costs, in a language.
    #[must_use]
    pub fn fee_in(&self, language: Language) -> Option<&str> {
        match language {
            Language::De => self.fee.as_deref(),
            Language::En => self.fee_en.as_deref(),
        }
    }
}

impl OfficeView {
    /// One service by its number.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Option<&ServiceView> {
        self.services.iter().find(|s| s.id == id)
    }

    /// Checks a choice and works out how long the visit takes. A service chosen twice counts once.
    ///
    /// # Errors
    /// A choice that cannot be booked here.
    pub fn pick(&self, services: &[ServiceId], persons: u8) -> Result<Pick, BadPick> {
        if services.len() > MAX_SERVICES {
            return Err(BadPick::TooManyServices);
        }
        if !(1..=MAX_PERSONS).contains(&persons) {
            return Err(BadPick::Persons);
        }
        let mut seen = BTreeSet::new();
        let services: Vec<ServiceId> = services.iter().copied().filter(|id| seen.insert(*id)).collect();
        if services.is_empty() {
            return Err(BadPick::NoService);
        }
        let length = self.length(&services, persons)?;
        Ok(Pick { services, persons, length })
    }

    fn length(&self, services: &[ServiceId], persons: u8) -> Result<Minutes, BadPick> {
        let mut sum = 0_u32;
        for id in services {
            let service = self.service(*id).ok_or(BadPick::Unknown(*id))?;
            if !service.bookable {
                return Err(BadPick::NotBookable(*id));
            }
            sum += u32::from(service.minutes.0) + u32::from(service.per_person.0) * u32::from(persons - 1);
        }
        let rounded = sum.div_ceil(u32::from(GRID_MINUTES)) * u32::from(GRID_MINUTES);
        match u16::try_from(rounded) {
            Ok(minutes) if minutes <= LONGEST_VISIT => Ok(Minutes(minutes)),
            Ok(_) | Err(_) => Err(BadPick::TooLong),
        }
    }
}
