//! The made-up office and visit of the storybook.

use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use names::{Language, Minutes, Pin, ServiceId};
use protocol::office::DayOfWeek::{Fri, Mon, Thu, Tue, Wed};
use protocol::office::OfficeDoc;

use crate::citizen::{
    AppointmentState, AppointmentView, Details, HeldView, HoursLine, LinkBooking, OfficeView, Pick, ServiceView,
    StatusView,
};
use crate::pages::times::Window;

const QR_BASE: &str = "HTTPS://TERMINE.MUSTERLAND.EXAMPLE/T/";

pub(super) fn at(moment: &str) -> Timestamp {
    moment.parse().expect("written in this file")
}

pub(super) fn now() -> Timestamp {
    at("2026-02-02T13:00:00Z")
}

pub(super) fn start() -> Timestamp {
    at("2026-02-03T08:40:00Z")
}

pub(super) fn link_ends() -> Timestamp {
    at("2026-02-02T13:32:00Z")
}

pub(super) fn day(day: i8) -> Date {
    date(2026, 2, day)
}

fn starts(day: i8, clocks: &[(i8, i8)]) -> (Date, Vec<Timestamp>) {
    let zone = TimeZone::get("Europe/Berlin").expect("part of the time crate");
    let start = |(hour, minute): &(i8, i8)| {
        date(2026, 2, day).at(*hour, *minute, 0, 0).to_zoned(zone.clone()).expect("no gap in February").timestamp()
    };
    (date(2026, 2, day), clocks.iter().map(start).collect())
}

pub(super) fn window() -> Window {
    let busy: Vec<(i8, i8)> = (7..16).flat_map(|hour| [(hour, 30), (hour, 40)]).collect();
    let days = vec![
        starts(3, &[(8, 40), (9, 40), (10, 20), (11, 0), (14, 20), (15, 10)]),
        starts(4, &[(7, 50), (9, 10), (11, 30)]),
        starts(5, &busy),
        starts(6, &[(8, 30)]),
    ];
    Window { days, earlier: None, later: Some(date(2026, 2, 9)) }
}

pub(super) fn next() -> Vec<Timestamp> {
    [starts(3, &[(10, 20), (11, 0)]).1, starts(4, &[(7, 50)]).1].concat()
}

fn service(id: u16, names: (&str, &str), minutes: u16, per_person: u16, documents: &[(&str, &str)]) -> ServiceView {
    ServiceView {
        id: ServiceId(id),
        slug: format!("service-{id}"),
        name: names.0.to_owned(),
        name_en: names.1.to_owned(),
        minutes: Minutes(minutes),
        per_person: Minutes(per_person),
        bookable: id < 9,
        documents: documents.iter().map(|(german, _)| (*german).to_owned()).collect(),
        documents_en: documents.iter().map(|(_, english)| (*english).to_owned()).collect(),
        fee: (id == 1).then(|| "37,00 Euro, bar oder mit Karte".to_owned()),
        fee_en: (id == 1).then(|| "37.00 euro, in cash or by card".to_owned()),
    }
}

pub(super) fn office() -> OfficeView {
    let photo = ("Biometrisches Passfoto, nicht älter als ein Jahr", "Biometric photo, not older than one year");
    let old = ("Bisheriger Ausweis oder Geburtsurkunde", "Former identity card or birth certificate");
    let home = ("Wohnungsgeberbestätigung", "Confirmation of the landlord");
    let services = vec![
        service(1, ("Personalausweis beantragen", "Apply for an identity card"), 10, 10, &[old, photo]),
        service(2, ("Reisepass beantragen", "Apply for a passport"), 10, 10, &[old, photo]),
        service(3, ("Wohnsitz ummelden", "Register a new address"), 20, 5, &[home]),
        service(4, ("Führerschein umtauschen", "Exchange a driving licence"), 10, 0, &[]),
        service(9, ("Ausweis abholen", "Collect an identity card"), 5, 0, &[]),
    ];
    let morning = (time(7, 30, 0, 0), time(12, 0, 0, 0));
    let long = (time(7, 30, 0, 0), time(16, 0, 0, 0));
    let hours = vec![
        HoursLine { days: vec![Mon, Wed, Fri], spans: vec![morning] },
        HoursLine { days: vec![Tue, Thu], spans: vec![long] },
    ];
    OfficeView {
        id: "musterland".parse().expect("a good name"),
        name: "Bürgerbüro Musterland".to_owned(),
        address: "Marktplatz 1, 54321 Musterland".to_owned(),
        telephone: "030 23125 100".to_owned(),
        mail: Some("buergerbuero@musterland.example".to_owned()),
        zone: TimeZone::get("Europe/Berlin").expect("part of the time crate"),
        hours,
        services,
        doc: doc(),
    }
}

fn doc() -> OfficeDoc {
    OfficeDoc {
        revision: 1,
        id: "musterland".parse().expect("a good name"),
        name: "Bürgerbüro Musterland".to_owned(),
        telephone: "030 23125 100".to_owned(),
        address: "Marktplatz 1, 54321 Musterland".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        counter_noun: "Platz".to_owned(),
        ticket_letter: 'A',
        qr_base: QR_BASE.to_owned(),
        services: Vec::new(),
        hours: Vec::new(),
        exceptions: Vec::new(),
        seal_key: None,
        share: None,
    }
}

pub(super) fn pick(office: &OfficeView) -> Pick {
    office.pick(&[ServiceId(1)], 2).expect("the office has this service")
}

pub(super) fn who() -> Details {
    Details {
        name: "Erika Beispiel".to_owned(),
        mail: "erika@beispiel.de".to_owned(),
        telephone: Some("030 23125 200".to_owned()),
        language: Language::De,
    }
}

pub(super) fn held(office: &OfficeView) -> HeldView {
    HeldView {
        office: office.id.clone(),
        pick: pick(office),
        start: start(),
        until: at("2026-02-02T13:09:30Z"),
        extensions_left: 2,
        details: None,
    }
}

pub(super) fn link_booking(office: &OfficeView) -> LinkBooking {
    LinkBooking {
        office: office.id.clone(),
        start: start(),
        length: Minutes(20),
        services: vec![ServiceId(1)],
        persons: 2,
        until: link_ends(),
        language: Language::De,
    }
}

pub(super) fn appointment(office: &OfficeView, language: Language, state: AppointmentState) -> AppointmentView {
    let token = "0G50M1O4TQ2FPMMR00S9QKJ2E4B1UVLD5N8C".repeat(4);
    AppointmentView {
        office: office.id.clone(),
        day: day(3),
        start: start(),
        length: Minutes(20),
        services: vec![ServiceId(1)],
        persons: 2,
        pin: Pin::from_index(38_291).expect("inside the count"),
        qr_text: format!("{QR_BASE}{}", &token[..141]),
        token,
        state,
        language,
        name: Some("Erika Beispiel".to_owned()),
        calendar: String::new(),
        erased_on: day(5),
    }
}

pub(super) fn status(office: &OfficeView) -> StatusView {
    StatusView {
        office: office.id.clone(),
        day: day(3),
        start: start(),
        state: Some(AppointmentState::Confirmed),
        waiting: Some(7),
        turn: None,
    }
}
