//! Step 1: what somebody comes for, and how many come.

use askama::Template;
use names::ServiceId;
use warp::http::StatusCode;
use warp::reply::Response;

use super::Site;
use super::answer::{page, see};
use super::ask::Ask;
use super::form::Pairs;
use super::frame::{Contact, Frame, address};
use super::room::Room;
use super::text::{Text, Texts};
use super::trouble::Stop;
use crate::citizen::types::{MAX_PERSONS, MAX_SERVICES};
use crate::citizen::view::GRID_MINUTES;
use crate::citizen::{BadPick, OfficeView, Pick, ServiceView};

/// One service to be ticked.
pub(crate) struct Row {
    id: ServiceId,
    name: String,
    takes: Text,
    minutes: u16,
    further: u16,
    documents: Vec<String>,
    fee: Option<String>,
    picked: bool,
}

/// What is chosen so far.
pub(crate) struct Chosen {
    what: String,
    long: Text,
}

#[derive(Template)]
#[template(path = "services.html")]
pub(crate) struct ServicesPage {
    f: Frame,
    grid: u16,
    most_persons: u8,
    services: Vec<Row>,
    only_without: Vec<String>,
    persons: u8,
    persons_said: Text,
    chosen: Option<Chosen>,
    problem: Option<Text>,
}

impl ServicesPage {
    /// The page with what an address has ticked already.
    pub(crate) fn new(f: Frame, office: &OfficeView, query: &Pairs, problem: Option<Text>) -> Self {
        let t = f.t;
        let persons = persons_wanted(query);
        let ticked: Vec<ServiceId> = services_wanted(office, query).into_iter().flatten().collect();
        let chosen = office.pick(&ticked, persons).ok();
        let row = |service: &ServiceView| Row {
            id: service.id,
            name: service.name_in(f.language).to_owned(),
            takes: t.takes(service),
            minutes: service.minutes.0,
            further: service.per_person.0,
            documents: service.documents_in(f.language).to_vec(),
            fee: service.fee_in(f.language).map(str::to_owned),
            picked: ticked.contains(&service.id),
        };
        let (bookable, others): (Vec<_>, Vec<_>) = office.services.iter().partition(|service| service.bookable);
        Self {
            grid: GRID_MINUTES,
            most_persons: MAX_PERSONS,
            services: bookable.into_iter().map(row).collect(),
            only_without: others.into_iter().map(|service| service.name_in(f.language).to_owned()).collect(),
            persons,
            persons_said: t.persons(persons),
            chosen: chosen.map(|pick| Chosen { what: t.wish(&pick), long: t.minutes(pick.length()) }),
            problem,
            f: f.titled(&t.services.step),
        }
    }
}

/// The persons asked for, after the steppers; always a number the page can show.
fn persons_wanted(query: &Pairs) -> u8 {
    let typed = query.get("personen").and_then(|n| n.parse::<u8>().ok()).unwrap_or(1);
    let stepped = match query.get("schritt") {
        Some("mehr") => typed.saturating_add(1),
        Some("weniger") => typed.saturating_sub(1),
        Some(_) | None => typed,
    };
    stepped.clamp(1, MAX_PERSONS)
}

/// The services of an address, by number or by name; nothing for what this office does not have.
fn services_wanted(office: &OfficeView, query: &Pairs) -> Vec<Option<ServiceId>> {
    let wanted = query.all("service").take(MAX_SERVICES + 1);
    let find = |text: &str| office.services.iter().find(|s| s.slug == text || s.id.to_string() == text);
    wanted.map(|text| find(text).map(|service| service.id)).collect()
}

/// Reads a choice out of an address.
pub(crate) fn read_pick(office: &OfficeView, query: &Pairs) -> Result<Pick, BadPick> {
    let services = services_wanted(office, query).into_iter().collect::<Option<Vec<_>>>();
    let persons = query.get("personen").map_or(Ok(1), |n| n.parse::<u8>().map_err(|_not_a_number| BadPick::Persons))?;
    // No service has the number 0: an unknown name ends like an unknown number.
    office.pick(&services.ok_or(BadPick::Unknown(ServiceId(0)))?, persons)
}

/// `/`: the only office, or all offices to choose from.
pub(crate) fn start(site: &Site, ask: &Ask) -> Result<Response, Stop> {
    let language = ask.language().unwrap_or_default();
    let offices = site.citizen.offices();
    if let [only] = offices.as_slice() {
        return Ok(see(&address(&format!("/{}/", only.id), &Pairs::default(), language)));
    }
    let t = Texts::of(language);
    let contacts: Vec<_> = offices.iter().map(|office| Contact::of(office, t)).collect();
    let f = Frame {
        t,
        language,
        title: String::new(),
        office: None,
        contacts,
        path: "/".to_owned(),
        query: Pairs::default(),
        again_after: None,
    };
    page(StatusCode::OK, &OfficesPage::new(f))
}

/// `/OFFICE/`.
pub(crate) fn show(room: &Room<'_>) -> Result<Response, Stop> {
    let mut f = room.frame();
    f.query = f.query.without("schritt").without("personen").with("personen", persons_wanted(&room.ask.query));
    page(StatusCode::OK, &ServicesPage::new(f, &room.office, &room.ask.query, None))
}

/// Step 1 once more, with what has to be changed.
pub(crate) fn again(room: &Room<'_>, bad: BadPick) -> Result<Response, Stop> {
    let t = &room.texts().services;
    let problem = match bad {
        BadPick::NoService => t.none_picked.clone(),
        BadPick::TooManyServices => t.too_many_services.with("n", MAX_SERVICES),
        BadPick::Persons => t.too_many_persons.with("n", MAX_PERSONS),
        BadPick::Unknown(_) | BadPick::NotBookable(_) => t.unknown_service.clone(),
        BadPick::TooLong => t.too_long.clone(),
    };
    let f = room.frame().at(format!("/{}/", room.office.id), Pairs::default());
    page(StatusCode::UNPROCESSABLE_ENTITY, &ServicesPage::new(f, &room.office, &room.ask.query, Some(problem)))
}

/// One office to choose.
pub(crate) struct OfficeLink {
    name: String,
    href: String,
}

#[derive(Template)]
#[template(path = "offices.html")]
pub(crate) struct OfficesPage {
    f: Frame,
    offices: Vec<OfficeLink>,
}

impl OfficesPage {
    pub(crate) fn new(f: Frame) -> Self {
        let link = |contact: &Contact| OfficeLink {
            name: contact.name.clone(),
            href: address(&format!("/{}/", contact.id), &Pairs::default(), f.language),
        };
        let offices = f.contacts.iter().map(link).collect();
        let title = &f.t.offices.heading;
        Self { offices, f: f.titled(title) }
    }
}
