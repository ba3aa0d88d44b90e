//! The plan of one day: what the booking server told (services, hours) and what stands in this
//! house (counters), as the queue wants to know it.

use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use protocol::office::OfficeDoc;
use queue::{CounterPlan, Doors, Plan, ServicePlan};

use crate::config::Config;

/// Used until the office document came, and for a zone this system does not know.
const HOME_ZONE: &str = "Europe/Berlin";

/// Tickets have this letter until the office document came.
const FIRST_LETTER: char = 'A';

/// The office's own time zone.
pub(crate) fn zone(doc: Option<&OfficeDoc>) -> TimeZone {
    let told = doc.map_or(HOME_ZONE, |d| d.zone.as_str());
    TimeZone::get(told).or_else(|_unknown| TimeZone::get(HOME_ZONE)).unwrap_or(TimeZone::UTC)
}

/// The day ends by itself at the latest now (`rules.md`, The day).
const LATEST_CLOSE: Time = time(23, 30, 0, 0);

/// The plan of `day`.
pub(crate) fn of(config: &Config, doc: Option<&OfficeDoc>, day: Date) -> Plan {
    Plan {
        office: config.office.clone(),
        day,
        services: doc.map(services).unwrap_or_default(),
        counters: config.counters.iter().map(|c| CounterPlan { id: c.number, skills: c.skills.clone() }).collect(),
        doors: doc.map_or_else(|| all_day(day), |d| doors(d, day)),
        ends: doc.map_or_else(|| end_of_day(day), |d| end(&zone(Some(d)), day)),
        ticket_letter: doc.map_or(FIRST_LETTER, |d| d.ticket_letter),
    }
}

fn services(doc: &OfficeDoc) -> Vec<ServicePlan> {
    doc.services.iter().map(|s| ServicePlan { id: s.id, takes: s.takes }).collect()
}

/// A box that was told no hours never sends anybody away.
fn all_day(day: Date) -> Option<Doors> {
    let zone = zone(None);
    let closes = moment(&zone, day.tomorrow().ok()?, Time::midnight())?;
    Some(Doors { opens: moment(&zone, day, Time::midnight())?, closes })
}

/// First opening to last closing; a lunch break does not send anybody away.
fn doors(doc: &OfficeDoc, day: Date) -> Option<Doors> {
    let zone = zone(Some(doc));
    let hours = doc.hours_of(day);
    let opens = hours.iter().map(|h| h.0).min()?;
    let closes = hours.iter().map(|h| h.1).max()?;
    Some(Doors { opens: moment(&zone, day, opens)?, closes: closing(&zone, day, closes)? })
}

/// A box that does not know its office yet does not know its zone either: it ends no day before
/// the next one begins, or one enrolled late in the evening would be shut elsewhere in the morning.
fn end_of_day(day: Date) -> Timestamp {
    let next = day.tomorrow().ok().and_then(|next| moment(&zone(None), next, Time::midnight()));
    next.unwrap_or(Timestamp::MIN)
}

/// The latest end of a day; days at the edge of all calendars end when they begin.
fn end(zone: &TimeZone, day: Date) -> Timestamp {
    moment(zone, day, LATEST_CLOSE).unwrap_or(Timestamp::MIN)
}

/// The moment of a civil time; in a skipped hour the one after it, in a doubled hour the first.
fn moment(zone: &TimeZone, day: Date, time: Time) -> Option<Timestamp> {
    zone.to_ambiguous_zoned(day.to_datetime(time)).compatible().ok().map(|z| z.timestamp())
}

/// A closing time of 23:59 means the whole evening.
fn closing(zone: &TimeZone, day: Date, time: Time) -> Option<Timestamp> {
    let last_minute = time.hour() == 23 && time.minute() == 59;
    let closes = moment(zone, day, time)?;
    if last_minute { closes.checked_add(SignedDuration::from_mins(1)).ok() } else { Some(closes) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use names::{Minutes, ServiceId};
    use protocol::office::{DayOfWeek, ExceptionDoc, HoursDoc, ServiceDoc};

    use super::*;

    #[test]
    fn doors_follow_the_week_and_its_exceptions() {
        let doc = doc();
        let tuesday = of(&config(), Some(&doc), date(2026, 2, 3)).doors.expect("open on tuesdays");
        assert_eq!(tuesday.opens.to_string(), "2026-02-03T06:30:00Z");
        assert_eq!(tuesday.closes.to_string(), "2026-02-03T15:00:00Z");
        assert_eq!(of(&config(), Some(&doc), date(2026, 2, 4)).doors, None);
        assert_eq!(of(&config(), Some(&doc), date(2026, 2, 10)).doors, None, "an exception closes it");
    }

    #[test]
    fn a_box_without_any_document_still_has_counters_and_is_open() {
        let plan = of(&config(), None, date(2026, 2, 3));
        assert_eq!((plan.services.len(), plan.counters.len()), (0, 1));
        assert!(plan.doors.is_some_and(|d| d.closes.duration_since(d.opens).as_hours() == 24));
        assert_eq!(plan.ends.to_string(), "2026-02-03T23:00:00Z", "it does not end a day in a zone it only guesses");
        assert_eq!(of(&config(), Some(&doc()), date(2026, 2, 3)).ends.to_string(), "2026-02-03T22:30:00Z");
    }

    #[test]
    fn opening_in_the_skipped_hour_of_spring_opens_after_it() {
        let zone = zone(None);
        let opens = moment(&zone, date(2026, 3, 29), time(2, 30, 0, 0)).expect("a moment");
        assert_eq!(opens.to_string(), "2026-03-29T01:30:00Z");
    }

    fn config() -> Config {
        let text = "office = \"musterland\"\ndata = \"/nowhere\"\n[[counter]]\nnumber = 1\n";
        Config::parse(std::path::Path::new("test.toml"), text).expect("a good file")
    }

    fn doc() -> OfficeDoc {
        OfficeDoc {
            revision: 1,
            id: "musterland".parse().expect("a name"),
            name: "Bürgerbüro Musterland".to_owned(),
            telephone: "030 23125 100".to_owned(),
            address: "Marktplatz 1".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            counter_noun: "Platz".to_owned(),
            ticket_letter: 'A',
            qr_base: "HTTPS://EXAMPLE.ORG/T/".to_owned(),
            services: vec![ServiceDoc {
                id: ServiceId(1),
                name: "Personalausweis".to_owned(),
                name_en: "Identity card".to_owned(),
                takes: Minutes(10),
                per_person: Minutes(5),
                bookable: true,
            }],
            hours: vec![
                HoursDoc { weekday: DayOfWeek::Tue, opens: time(7, 30, 0, 0), closes: time(12, 0, 0, 0) },
                HoursDoc { weekday: DayOfWeek::Tue, opens: time(13, 0, 0, 0), closes: time(16, 0, 0, 0) },
            ],
            exceptions: vec![ExceptionDoc {
                day: date(2026, 2, 10),
                hours: vec![],
                reason: "Betriebsausflug".to_owned(),
            }],
            seal_key: None,
            share: None,
        }
    }
}
