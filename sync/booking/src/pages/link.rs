//! The link in the mail: a page with a button. Only the button books.

use askama::Template;
use jiff::Timestamp;
use names::Language;
use warp::http::StatusCode;
use warp::reply::Response;

use super::answer::{page, see};
use super::form::Pairs;
use super::frame::Frame;
use super::offer::OfferPage;
use super::room::Room;
use super::text::Text;
use super::trouble::Stop;
use super::visit::Visit;
use crate::citizen::{ConfirmError, LinkBooking, LinkView, OfficeView};
use crate::secret::{AppointmentSecret, LinkSecret};

#[derive(Template)]
#[template(path = "link.html")]
pub(crate) struct LinkPage {
    f: Frame,
    visit: Visit,
    heading: Text,
    text: Text,
    button: Text,
    note: Option<Text>,
    action: String,
}

impl LinkPage {
    pub(crate) fn new(f: Frame, office: &OfficeView, booking: &LinkBooking, late: bool, action: String) -> Self {
        let t = &f.t.link;
        let until = f.t.clock(booking.until, &office.zone);
        let (heading, text, button, note) = if late {
            (t.late_heading.with("until", until), &t.late_text, &t.late_confirm, None)
        } else {
            (t.heading.clone(), &t.text, &t.confirm, Some(t.until.with("until", until)))
        };
        Self {
            visit: Visit::of_link(office, f.language, booking),
            heading,
            text: text.clone(),
            button: button.clone(),
            note,
            action,
            f: f.titled(&t.title),
        }
    }
}

fn read(secret: &str) -> Result<LinkSecret, Stop> {
    LinkSecret::read(secret).ok_or(Stop::UnknownLink)
}

/// `/OFFICE/bestaetigen/SECRET`. However often it is opened, nothing changes.
pub(crate) async fn show(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let secret = read(secret)?;
    let (booking, late) = match room.citizen().link(&secret, room.now).await? {
        LinkView::Open(booking) => (booking, false),
        LinkView::Late(booking) => (booking, true),
        LinkView::Confirmed { appointment } => return Ok(on(room, &appointment)),
        LinkView::Unknown => return Err(Stop::UnknownLink),
    };
    let room = room.of_booking(&booking.office, booking.language)?;
    let f = room.frame();
    let action = f.to(&format!("bestaetigen/{}", secret.expose()));
    page(StatusCode::OK, &LinkPage::new(f, &room.office, &booking, late, action))
}

fn on(room: &Room<'_>, appointment: &AppointmentSecret) -> Response {
    // Without a language in this address the appointment knows its own.
    let query = room.ask.language().filter(|_| room.known.is_none());
    let lang = query.map(|language| Pairs::default().with("lang", language.tag())).unwrap_or_default();
    let path = format!("/{}/termin/{}", room.office.id, appointment.expose());
    see(&super::form::encode(&path, &lang))
}

/// `POST /OFFICE/bestaetigen/SECRET`: books; with `start`, after the time was lost, another one.
pub(crate) async fn send(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let secret = read(secret)?;
    let form = room.form()?;
    let done = match form.get("start").map(str::parse::<Timestamp>) {
        None => room.citizen().confirm(&secret, room.now).await,
        Some(Ok(start)) => room.citizen().confirm_at(&secret, start, room.now).await,
        Some(Err(_)) => return Err(Stop::Unreadable),
    };
    match done {
        Ok(appointment) => Ok(on(room, &appointment)),
        Err(ConfirmError::Lapsed { office, next }) => {
            let room = room.of_booking(&office, room.known.unwrap_or(Language::De))?;
            page(StatusCode::CONFLICT, &too_late(&room, &secret, &next))
        }
        Err(ConfirmError::Unknown) => Err(Stop::UnknownLink),
        Err(ConfirmError::Trouble(trouble)) => Err(trouble.into()),
    }
}

fn too_late(room: &Room<'_>, secret: &LinkSecret, next: &[Timestamp]) -> OfferPage {
    let f = room.frame();
    let t = &f.t.link;
    let (action, all) = (f.to(&format!("bestaetigen/{}", secret.expose())), f.to(""));
    let text = if next.is_empty() { &t.late_taken_none } else { &t.late_taken_text };
    OfferPage::new(f, &room.office, next, (&t.late_taken_heading, text), action, all).pressed_by(&t.late_take)
}
