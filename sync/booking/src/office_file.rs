//! The office file: services, documents, hours, closures of one office. Only this program
//! reads it; the box gets it through the exchange.
//!
//! What must always hold: a file with any mistake changes nothing. At the start it stops the
//! program; later the last good content stays and the log says what is wrong.

mod rules;

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use names::{Minutes, OfficeId, ServiceId, TicketNumber};
use protocol::office::{DayOfWeek, ExceptionDoc, HoursDoc, OfficeDoc, ServiceDoc, ShareDoc};
use rules::LaneRow;
pub use rules::{BookingRules, MAX_LANES_ONLINE};
use serde::Deserialize;
use toml::Spanned;

use crate::citizen::{HoursLine, OfficeView, ServiceView};
use crate::config::{ConfigError, Source};
use crate::holidays::{State, holidays};

/// Years of holidays told to the box: this one and the next, more than the longest horizon.
const HOLIDAY_YEARS: i16 = 2;

/// One office file, checked.
#[derive(Clone, Debug)]
pub struct OfficeFile {
    /// What citizens see; the document's revision is still 0.
    pub view: OfficeView,
    /// How it takes bookings.
    pub rules: BookingRules,
    /// What each lane serves that is offered online, from lane 0 on.
    pub lanes: Vec<Vec<ServiceId>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: OfficeId,
    name: Spanned<String>,
    address: Spanned<String>,
    telephone: Spanned<String>,
    mail: Option<String>,
    zone: Spanned<String>,
    state: State,
    counter_noun: Spanned<String>,
    ticket_letter: Spanned<char>,
    booking: Option<Spanned<BookingRules>>,
    #[serde(default)]
    lane: Vec<LaneRow>,
    service: Spanned<Vec<ServiceRow>>,
    hours: Spanned<Vec<HoursRow>>,
    #[serde(default)]
    exception: Vec<ExceptionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceRow {
    id: Spanned<ServiceId>,
    slug: Spanned<String>,
    name: Spanned<String>,
    name_en: Option<String>,
    minutes: Spanned<u16>,
    #[serde(default)]
    per_person: u16,
    #[serde(default = "yes")]
    bookable: bool,
    #[serde(default)]
    documents: Vec<String>,
    documents_en: Option<Vec<String>>,
    fee: Option<String>,
    fee_en: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursRow {
    weekday: DayOfWeek,
    opens: Spanned<Time>,
    closes: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionRow {
    day: Spanned<Date>,
    #[serde(default)]
    hours: Vec<(Time, Time)>,
    reason: String,
}

impl OfficeFile {
    /// Reads and checks an office file. `year` is the first year whose holidays are told.
    ///
    /// # Errors
    /// The file cannot be read, or the first thing in it that is not right.
    pub fn read(path: &Path, public_url: &str, year: i16) -> Result<Self, ConfigError> {
        let source = Source::open(path)?;
        let file: File = source.parse()?;
        check_texts(&source, &file)?;
        check_services(&source, &file.service)?;
        check_hours(&source, &file)?;
        let mut rules = match &file.booking {
            Some(rules) => rules::check(&source, rules)?,
            None => BookingRules::default(),
        };
        let known = file.service.get_ref().iter().map(|service| *service.id.get_ref()).collect();
        let lanes = rules::lanes(&source, &file.lane, &known, rules)?;
        rules.lanes_online = u8::try_from(lanes.len()).unwrap_or(MAX_LANES_ONLINE);
        let zone = TimeZone::get(file.zone.get_ref())
            .map_err(|_unknown| source.bad(&file.zone, "must be a zone of the IANA list, such as \"Europe/Berlin\""))?;
        let mut view = view(file, zone, public_url, year);
        view.doc.share = Some(Box::new(ShareDoc {
            lanes: lanes.clone(),
            desk_lanes: rules.lanes_box,
            reserve: rules.reserve(),
            lead_minutes: rules.lead_minutes,
        }));
        Ok(Self { view, rules, lanes })
    }
}

fn check_texts(source: &Source, file: &File) -> Result<(), ConfigError> {
    for text in [&file.name, &file.address, &file.telephone, &file.counter_noun] {
        if text.get_ref().trim().is_empty() {
            return Err(source.bad(text, "must not be empty: it stands on every page and mail"));
        }
    }
    if TicketNumber::new(*file.ticket_letter.get_ref(), 1).is_err() {
        return Err(source.bad(&file.ticket_letter, "must be a letter from A to Z, but not I, O or Q"));
    }
    Ok(())
}

fn check_services(source: &Source, services: &Spanned<Vec<ServiceRow>>) -> Result<(), ConfigError> {
    if services.get_ref().is_empty() {
        return Err(source.bad(services, "at least one [[service]] is needed"));
    }
    let (mut ids, mut slugs) = (BTreeSet::new(), BTreeSet::new());
    for service in services.get_ref() {
        if !ids.insert(*service.id.get_ref()) {
            return Err(source.bad(&service.id, "is the number of another service already"));
        }
        let slug = service.slug.get_ref();
        if slug.parse::<OfficeId>().is_err() || !slugs.insert(slug) {
            return Err(
                source.bad(&service.slug, "must be 1 to 40 characters of a-z, 0-9 and -, and no other service's")
            );
        }
        if service.name.get_ref().trim().is_empty() {
            return Err(source.bad(&service.name, "must not be empty"));
        }
        if !(1..=480).contains(service.minutes.get_ref()) {
            return Err(source.bad(&service.minutes, "must be 1 to 480"));
        }
    }
    Ok(())
}

fn check_hours(source: &Source, file: &File) -> Result<(), ConfigError> {
    for row in file.hours.get_ref() {
        if *row.opens.get_ref() >= row.closes {
            return Err(source.bad(&row.opens, "must be before `closes`"));
        }
    }
    let mut days = BTreeSet::new();
    for row in &file.exception {
        if row.hours.iter().any(|(opens, closes)| opens >= closes) {
            return Err(source.bad(&row.day, "has hours that end before they begin"));
        }
        if !days.insert(*row.day.get_ref()) {
            return Err(source.bad(&row.day, "has an exception already"));
        }
    }
    Ok(())
}

fn view(file: File, zone: TimeZone, public_url: &str, year: i16) -> OfficeView {
    let services: Vec<ServiceView> = file.service.into_inner().into_iter().map(service).collect();
    let hours: Vec<HoursDoc> = file.hours.into_inner().into_iter().map(hours_doc).collect();
    let doc = OfficeDoc {
        revision: 0,
        id: file.id.clone(),
        name: file.name.get_ref().clone(),
        telephone: file.telephone.get_ref().clone(),
        address: file.address.get_ref().clone(),
        zone: file.zone.into_inner(),
        counter_noun: file.counter_noun.into_inner(),
        ticket_letter: file.ticket_letter.into_inner(),
        qr_base: format!("{public_url}/T/").to_uppercase(),
        services: services.iter().map(service_doc).collect(),
        hours: hours.clone(),
        exceptions: exceptions(file.exception, file.state, year),
        seal_key: None,
        share: None,
    };
    OfficeView {
        id: file.id,
        name: file.name.into_inner(),
        address: file.address.into_inner(),
        telephone: file.telephone.into_inner(),
        mail: file.mail,
        zone,
        hours: lines(&hours),
        services,
        doc,
    }
}

fn service(row: ServiceRow) -> ServiceView {
    let name = row.name.into_inner();
    ServiceView {
        id: row.id.into_inner(),
        slug: row.slug.into_inner(),
        name_en: row.name_en.unwrap_or_else(|| name.clone()),
        name,
        minutes: Minutes(row.minutes.into_inner()),
        per_person: Minutes(row.per_person),
        bookable: row.bookable,
        documents_en: row.documents_en.unwrap_or_else(|| row.documents.clone()),
        documents: row.documents,
        fee_en: row.fee_en.or_else(|| row.fee.clone()),
        fee: row.fee,
    }
}

fn service_doc(service: &ServiceView) -> ServiceDoc {
    ServiceDoc {
        id: service.id,
        name: service.name.clone(),
        name_en: service.name_en.clone(),
        takes: service.minutes,
        per_person: service.per_person,
        bookable: service.bookable,
    }
}

fn hours_doc(row: HoursRow) -> HoursDoc {
    HoursDoc { weekday: row.weekday, opens: row.opens.into_inner(), closes: row.closes }
}

/// The file's own exceptions, and the holidays of the state on all other days.
fn exceptions(rows: Vec<ExceptionRow>, state: State, first_year: i16) -> Vec<ExceptionDoc> {
    let mut days: Vec<ExceptionDoc> = rows
        .into_iter()
        .map(|row| ExceptionDoc { day: row.day.into_inner(), hours: row.hours, reason: row.reason })
        .collect();
    let own: BTreeSet<Date> = days.iter().map(|exception| exception.day).collect();
    let computed = (first_year..first_year + HOLIDAY_YEARS).flat_map(|year| holidays(state, year));
    let others = computed.filter(|(day, _name)| !own.contains(day));
    days.extend(others.map(|(day, name)| ExceptionDoc { day, hours: Vec::new(), reason: name.to_owned() }));
    days.sort_by_key(|exception| exception.day);
    days
}

/// Weekdays with the same hours on one line, in the order of the week.
fn lines(hours: &[HoursDoc]) -> Vec<HoursLine> {
    use DayOfWeek::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let mut lines: Vec<HoursLine> = Vec::new();
    for day in [Mon, Tue, Wed, Thu, Fri, Sat, Sun] {
        let mut spans: Vec<_> = hours.iter().filter(|h| h.weekday == day).map(|h| (h.opens, h.closes)).collect();
        spans.sort();
        if spans.is_empty() {
            continue;
        }
        match lines.iter_mut().find(|line| line.spans == spans) {
            Some(line) => line.days.push(day),
            None => lines.push(HoursLine { days: vec![day], spans }),
        }
    }
    lines
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::date;

    use super::*;

    pub(crate) const SAMPLE: &str = include_str!("../tests-data/musterland.toml");

    fn read(text: &str) -> Result<OfficeFile, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("musterland.toml");
        std::fs::write(&path, text).expect("a file");
        OfficeFile::read(&path, "https://termine.musterland.example", 2026)
            .map_err(|bad| bad.to_string().replace(&folder.path().display().to_string(), ""))
    }

    #[test]
    fn the_sample_is_read_whole() {
        let file = read(SAMPLE).expect("the sample");
        assert_eq!(file.view.services.len(), 4);
        assert_eq!(file.view.doc.qr_base, "HTTPS://TERMINE.MUSTERLAND.EXAMPLE/T/");
        assert_eq!(file.rules.lanes_online, 2);
        assert_eq!(file.view.hours.len(), 2, "{:?}", file.view.hours);
    }

    #[test]
    fn holidays_close_the_office_unless_the_file_says_otherwise() {
        let file = read(SAMPLE).expect("the sample");
        assert!(file.view.doc.hours_of(date(2026, 6, 4)).is_empty(), "Fronleichnam in Rheinland-Pfalz");
        let own = format!(
            "{SAMPLE}\n[[exception]]\nday = \"2026-06-04\"\nhours = [[\"08:00\", \"10:00\"]]\nreason = \"Notdienst\"\n"
        );
        let file = read(&own).expect("with an exception");
        assert_eq!(file.view.doc.hours_of(date(2026, 6, 4)).len(), 1);
    }

    #[test]
    fn a_visit_takes_the_sum_of_its_services_and_further_persons_rounded_up() {
        let view = read(SAMPLE).expect("the sample").view;
        let minutes = |ids: &[u16], persons| {
            let ids: Vec<_> = ids.iter().copied().map(ServiceId).collect();
            view.pick(&ids, persons).map(|pick| pick.length().0)
        };
        assert_eq!(minutes(&[1], 1), Ok(10));
        assert_eq!(minutes(&[1], 2), Ok(20));
        assert_eq!(minutes(&[1, 3], 3), Ok(60), "10 + 2×10 and 20 + 2×5");
        assert_eq!(minutes(&[3], 2), Ok(30), "25 rounded up");
        assert_eq!(minutes(&[1, 1], 1), Ok(10), "twice the same is once");
    }

    #[test]
    fn a_choice_that_cannot_be_booked_is_refused() {
        use crate::citizen::BadPick;
        let view = read(SAMPLE).expect("the sample").view;
        assert_eq!(view.pick(&[], 1), Err(BadPick::NoService));
        assert_eq!(view.pick(&[ServiceId(99)], 1), Err(BadPick::Unknown(ServiceId(99))));
        assert_eq!(view.pick(&[ServiceId(4)], 1), Err(BadPick::NotBookable(ServiceId(4))));
        assert_eq!(view.pick(&[ServiceId(1)], 0), Err(BadPick::Persons));
        assert_eq!(view.pick(&[ServiceId(1)], 9), Err(BadPick::Persons));
        assert_eq!(view.pick(&[ServiceId(1); 7], 1), Err(BadPick::TooManyServices));
    }

    #[test]
    fn mistakes_are_named_with_line_key_and_what_is_allowed() {
        let cases = [
            ("zone = \"Europe/Berlin\"", "zone = \"Europe/Bonn\"", "zone: must be a zone of the IANA list"),
            ("ticket_letter = \"A\"", "ticket_letter = \"O\"", "ticket_letter: must be a letter"),
            ("state = \"RP\"", "state = \"XX\"", "state: unknown variant `XX`"),
            ("opens = \"07:30\"", "opens = \"17:30\"", "opens: must be before `closes`"),
            ("minutes = 10", "minutes = 0", "minutes: must be 1 to 480"),
            ("id = 2", "id = 1", "id: is the number of another service"),
            ("slug = \"reisepass\"", "slug = \"Reise Pass\"", "slug: must be 1 to 40"),
            ("lanes_online = 2", "lanes_onlin = 2", "lanes_onlin: unknown field"),
            ("lanes_online = 2", "lanes_online = 90", "must be 0 to 50"),
            ("lanes_online = 2", "reserve_percent = 101", "reserve_percent and reserve_percent_48h must be 0 to 100"),
            (
                "[[service]]",
                "[[lane]]\nservices = [9]\n[[service]]",
                "services: must be ids of one or more [[service]]",
            ),
            ("[[service]]", "[[lane]]\nservices = []\n[[service]]", "services: must be ids of one or more [[service]]"),
        ];
        for (good, wrong, says) in cases {
            assert!(SAMPLE.contains(good), "{good}");
            let bad = read(&SAMPLE.replacen(good, wrong, 1)).expect_err(wrong);
            assert!(bad.starts_with("/musterland.toml, line ") && bad.contains(says), "{bad}");
        }
    }
}
