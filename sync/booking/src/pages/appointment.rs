//! "Mein Termin": the pass with Termin-PIN and QR code; and giving it up.

use askama::Template;
use names::Pin;
use warp::http::StatusCode;
use warp::reply::Response;

use super::answer::{self, page, see};
use super::frame::Frame;
use super::qr::Qr;
use super::room::Room;
use super::text::{Text, Texts};
use super::trouble::Stop;
use super::visit::Visit;
use crate::citizen::{AppointmentState, AppointmentView, CancelError, OfficeView};
use crate::secret::AppointmentSecret;

#[derive(Template)]
#[template(path = "appointment.html")]
pub(crate) struct AppointmentPage {
    f: Frame,
    visit: Visit,
    state: Text,
    /// Shown in green with a tick.
    good: bool,
    /// The code can still be used.
    valid: bool,
    cancelled: bool,
    pin: Pin,
    qr: Option<Qr>,
    name: Option<String>,
    documents: Vec<String>,
    calendar: String,
    cancel: Option<String>,
    erased: Text,
}

impl AppointmentPage {
    /// `here` is the address of the page inside the office; `past` tells that the day is over.
    pub(crate) fn new(f: Frame, office: &OfficeView, view: &AppointmentView, past: bool, here: &str) -> Self {
        let t = f.t;
        let visit = Visit::of_appointment(office, f.language, view);
        let valid = is_open(view.state) && !past;
        let booked = view.state == AppointmentState::Confirmed;
        Self {
            state: state(t, office, view.state, past),
            good: valid,
            valid,
            cancelled: view.state == AppointmentState::Cancelled,
            pin: view.pin,
            qr: if valid { Qr::of(&view.qr_text) } else { None },
            name: view.name.clone(),
            documents: visit.documents.clone(),
            visit,
            calendar: f.to(&format!("{here}/termin.ics")),
            cancel: (valid && booked).then(|| f.to(&format!("{here}/absagen"))),
            erased: t.appointment.erased.with("day", t.day(view.erased_on)),
            f: f.titled(&t.appointment.title),
        }
    }
}

/// Whether somebody may still come, or is in the hall.
fn is_open(state: AppointmentState) -> bool {
    match state {
        AppointmentState::Confirmed
        | AppointmentState::Arrived
        | AppointmentState::Called { .. }
        | AppointmentState::Missed => true,
        AppointmentState::Cancelled | AppointmentState::Served => false,
    }
}

fn state(t: &Texts, office: &OfficeView, state: AppointmentState, past: bool) -> Text {
    let t = (&t.appointment, &t.cancel);
    match state {
        AppointmentState::Cancelled => t.1.done_heading.clone(),
        AppointmentState::Served => t.0.served.clone(),
        AppointmentState::Confirmed | AppointmentState::Arrived | AppointmentState::Missed if past => t.0.past.clone(),
        AppointmentState::Confirmed => t.0.booked.clone(),
        AppointmentState::Arrived => t.0.arrived.clone(),
        AppointmentState::Missed => t.0.missed.clone(),
        AppointmentState::Called { counter: Some(counter) } => {
            t.0.called_to.with("noun", &office.doc.counter_noun).with("n", counter)
        }
        AppointmentState::Called { counter: None } => t.0.called.clone(),
    }
}

/// The appointment behind an address, and the room in its office and language.
async fn find<'a>(room: &Room<'a>, secret: &str) -> Result<(AppointmentSecret, AppointmentView, Room<'a>), Stop> {
    let secret = AppointmentSecret::read(secret).ok_or(Stop::UnknownAppointment)?;
    let view = room.citizen().appointment(&secret, room.now).await?.ok_or(Stop::UnknownAppointment)?;
    let room = room.of_booking(&view.office, view.language)?;
    Ok((secret, view, room))
}

fn is_past(room: &Room<'_>, view: &AppointmentView) -> bool {
    view.day < room.now.to_zoned(room.office.zone.clone()).date()
}

fn here(secret: &AppointmentSecret) -> String {
    format!("termin/{}", secret.expose())
}

/// `/OFFICE/termin/SECRET`.
pub(crate) async fn show(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let (secret, view, room) = find(room, secret).await?;
    let past = is_past(&room, &view);
    page(StatusCode::OK, &AppointmentPage::new(room.frame(), &room.office, &view, past, &here(&secret)))
}

/// `/OFFICE/termin/SECRET/termin.ics`.
pub(crate) async fn calendar(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let (_, view, _) = find(room, secret).await?;
    Ok(answer::calendar(view.calendar))
}

#[derive(Template)]
#[template(path = "cancel.html")]
pub(crate) struct CancelPage {
    f: Frame,
    visit: Visit,
    action: String,
    keep: String,
}

impl CancelPage {
    pub(crate) fn new(f: Frame, office: &OfficeView, view: &AppointmentView, here: &str) -> Self {
        let title = &f.t.cancel.title;
        Self {
            visit: Visit::of_appointment(office, f.language, view),
            action: f.to(&format!("{here}/absagen")),
            keep: f.to(here),
            f: f.titled(title),
        }
    }
}

/// `/OFFICE/termin/SECRET/absagen`: asks once more.
pub(crate) async fn ask_cancel(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let (secret, view, room) = find(room, secret).await?;
    if view.state != AppointmentState::Confirmed || is_past(&room, &view) {
        return Ok(see(&room.frame().to(&here(&secret))));
    }
    page(StatusCode::OK, &CancelPage::new(room.frame(), &room.office, &view, &here(&secret)))
}

/// `POST /OFFICE/termin/SECRET/absagen`.
pub(crate) async fn cancel(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let (secret, _, room) = find(room, secret).await?;
    match room.citizen().cancel(&secret, room.now).await {
        Ok(()) => Ok(see(&room.frame().to(&here(&secret)))),
        Err(CancelError::Unknown) => Err(Stop::UnknownAppointment),
        Err(CancelError::TooLate) => Err(Stop::AlreadyHere),
        Err(CancelError::Trouble(trouble)) => Err(trouble.into()),
    }
}
