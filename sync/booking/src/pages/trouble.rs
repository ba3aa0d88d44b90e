//! Every ending that is not the page somebody wanted: calm, with the way on and the telephone.

use askama::Template;
use jiff::civil::Date;
use names::Language;
use warp::Reply;
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::Site;
use super::ask::Ask;
use super::form::Pairs;
use super::frame::{Contact, Frame, address};
use super::room::Room;
use super::text::{Text, Texts};
use super::visit::pick_query;
use crate::citizen::{Pick, Trouble};

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("there is no such page")]
    NotFound,
    #[error("the page cannot be asked like that")]
    Method,
    #[error("the body is larger than a form may be")]
    Large,
    #[error("the body is no form")]
    Unreadable,
    #[error("the form came from another site")]
    Foreign,
    #[error("the hold is gone")]
    Lapsed(Option<Pick>),
    #[error("the link is unknown")]
    UnknownLink,
    #[error("the appointment is unknown")]
    UnknownAppointment,
    #[error("the code is unknown")]
    UnknownCode,
    #[error("the person is in the office already")]
    AlreadyHere,
    #[error("the address has as many open bookings as it may have")]
    Limit(Vec<Date>),
    #[error("the person has this booking already")]
    Twice(Date),
    #[error("nothing can be booked for the moment")]
    Paused,
    #[error("failed to answer: {0}")]
    Trouble(Trouble),
    #[error("failed to render a page: {0}")]
    Render(#[from] askama::Error),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Paused(_office) => Self::Paused,
            Trouble::UnknownOffice(_) | Trouble::Store(_) | Trouble::Chance(_) | Trouble::Corrupt(_) => {
                Self::Trouble(trouble)
            }
        }
    }
}

/// The way on.
pub(crate) struct On {
    href: String,
    text: Text,
}

#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct MessagePage {
    f: Frame,
    heading: Text,
    text: Text,
    standing: Vec<Text>,
    on: On,
}

impl MessagePage {
    pub(crate) fn new(f: Frame, stop: &Stop) -> Self {
        let (title, heading, text) = words(f.t, stop);
        let days: &[Date] = match stop {
            Stop::Limit(standing) => standing,
            Stop::Twice(standing) => std::slice::from_ref(standing),
            Stop::NotFound
            | Stop::Method
            | Stop::Large
            | Stop::Unreadable
            | Stop::Foreign
            | Stop::Lapsed(_)
            | Stop::UnknownLink
            | Stop::UnknownAppointment
            | Stop::UnknownCode
            | Stop::AlreadyHere
            | Stop::Paused
            | Stop::Trouble(_)
            | Stop::Render(_) => &[],
        };
        Self {
            standing: days.iter().map(|day| f.t.day(*day)).collect(),
            on: on(&f, stop),
            heading: heading.clone(),
            text: text.clone(),
            f: f.titled(title),
        }
    }
}

fn on(f: &Frame, stop: &Stop) -> On {
    match stop {
        Stop::Lapsed(Some(pick)) => On { href: f.to_with("zeit", &pick_query(pick)), text: f.t.lapsed.again.clone() },
        Stop::Lapsed(None) => On { href: f.to(""), text: f.t.lapsed.again.clone() },
        Stop::NotFound
        | Stop::Method
        | Stop::Large
        | Stop::Unreadable
        | Stop::Foreign
        | Stop::UnknownLink
        | Stop::UnknownAppointment
        | Stop::UnknownCode
        | Stop::AlreadyHere
        | Stop::Limit(_)
        | Stop::Twice(_)
        | Stop::Paused
        | Stop::Trouble(_)
        | Stop::Render(_) => On { href: f.to(""), text: f.t.trouble.start.clone() },
    }
}

/// Title, heading and text.
fn words<'t>(t: &'t Texts, stop: &Stop) -> (&'t Text, &'t Text, &'t Text) {
    let alike = |heading: &'t Text, text: &'t Text| (heading, heading, text);
    match stop {
        Stop::NotFound => alike(&t.trouble.not_found_title, &t.trouble.not_found),
        Stop::Method => alike(&t.trouble.method_title, &t.trouble.method),
        Stop::Large => alike(&t.trouble.large_title, &t.trouble.large),
        Stop::Unreadable => alike(&t.trouble.unreadable_title, &t.trouble.unreadable),
        Stop::Foreign => alike(&t.trouble.foreign_title, &t.trouble.foreign),
        Stop::Lapsed(_) => (&t.lapsed.title, &t.lapsed.heading, &t.lapsed.text),
        Stop::UnknownLink => alike(&t.link.unknown_heading, &t.link.unknown_text),
        Stop::UnknownAppointment => alike(&t.appointment.unknown_heading, &t.appointment.unknown_text),
        Stop::UnknownCode => alike(&t.status.unknown_heading, &t.status.unknown_text),
        Stop::AlreadyHere => alike(&t.cancel.late_heading, &t.cancel.late_text),
        Stop::Limit(_) => alike(&t.trouble.limit_title, &t.trouble.limit),
        Stop::Twice(_) => alike(&t.trouble.twice_title, &t.trouble.twice),
        Stop::Paused => alike(&t.trouble.paused_title, &t.trouble.paused),
        Stop::Trouble(_) | Stop::Render(_) => alike(&t.trouble.broken_title, &t.trouble.broken),
    }
}

fn status(stop: &Stop) -> StatusCode {
    match stop {
        Stop::NotFound | Stop::UnknownLink | Stop::UnknownAppointment | Stop::UnknownCode => StatusCode::NOT_FOUND,
        Stop::Method => StatusCode::METHOD_NOT_ALLOWED,
        Stop::Large => StatusCode::PAYLOAD_TOO_LARGE,
        Stop::Unreadable => StatusCode::BAD_REQUEST,
        Stop::Foreign => StatusCode::FORBIDDEN,
        Stop::Lapsed(_) => StatusCode::GONE,
        Stop::AlreadyHere | Stop::Limit(_) | Stop::Twice(_) => StatusCode::CONFLICT,
        Stop::Paused => StatusCode::SERVICE_UNAVAILABLE,
        Stop::Trouble(_) | Stop::Render(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The page of an ending. The log gets the detail, never the address: it may hold a secret.
pub(crate) fn page(site: &Site, ask: &Ask, room: Option<&Room<'_>>, stop: Stop) -> Response {
    let status = status(&stop);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(%stop, "a citizen's page failed");
    }
    let f = room.map_or_else(|| whole_site(site, ask), Room::frame);
    let shown = MessagePage::new(back_to_start(f), &stop).render();
    // A page that cannot even say so is left to the status alone.
    let html = shown.unwrap_or_default();
    let mut response = warp::reply::with_status(warp::reply::html(html), status).into_response();
    if matches!(stop, Stop::Method) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

/// The switch of language repeats only what was looked at, never a form that was sent.
fn back_to_start(f: Frame) -> Frame {
    let start = f.office.as_ref().map_or_else(|| "/".to_owned(), |office| format!("/{}/", office.id));
    f.at(start, Pairs::default())
}

fn whole_site(site: &Site, ask: &Ask) -> Frame {
    let language: Language = ask.language().unwrap_or_default();
    let t = Texts::of(language);
    Frame {
        t,
        language,
        title: String::new(),
        office: None,
        contacts: site.citizen.offices().iter().map(|office| Contact::of(office, t)).collect(),
        path: address("/", &Pairs::default(), Language::De),
        query: Pairs::default(),
        again_after: None,
    }
}
