//! The page behind the QR code: how it stands. Nothing personal, nothing to change.

use std::sync::Arc;

use askama::Template;
use jiff::Timestamp;
use warp::http::StatusCode;
use warp::reply::Response;

use super::Site;
use super::answer::page;
use super::ask::Ask;
use super::frame::Frame;
use super::room::Room;
use super::text::{Text, counted};
use super::trouble::Stop;
use crate::citizen::{AppointmentState, OfficeView, StatusView};

/// The longest token that is looked at; ours have about 150 characters.
const MAX_TOKEN: usize = 512;

#[derive(Template)]
#[template(path = "status.html")]
pub(crate) struct StatusPage {
    f: Frame,
    state: Text,
    good: bool,
    when: Text,
    waiting: Option<Text>,
    turn: Option<Text>,
}

impl StatusPage {
    pub(crate) fn new(f: Frame, office: &OfficeView, view: &StatusView, now: Timestamp) -> Self {
        let t = &f.t.status;
        let past = view.day < now.to_zoned(office.zone.clone()).date();
        let (state, good) = match view.state {
            Some(AppointmentState::Cancelled) => (&t.cancelled, false),
            Some(AppointmentState::Served) => (&t.served, false),
            Some(_) | None if past => (&t.past, false),
            Some(AppointmentState::Confirmed) => (&t.booked, true),
            Some(AppointmentState::Arrived) => (&t.arrived, true),
            Some(AppointmentState::Called { .. }) => (&t.called, true),
            Some(AppointmentState::Missed) => (&t.missed, true),
            None => (&t.known, true),
        };
        Self {
            state: state.clone(),
            good,
            when: f.t.moment(view.start, &office.zone),
            turn: view.turn.and_then(|turn| turn.wait).map(|wait| counted(&t.turn_one, &t.turn, wait.0)),
            waiting: view.waiting.filter(|n| *n > 0).map(|n| counted(&t.waiting_one, &t.waiting, n)),
            f: f.titled(&t.title),
        }
    }
}

/// `/T/TOKEN` and `/OFFICE/T/TOKEN`.
pub(crate) async fn show(site: &Site, ask: &Ask, token: &str) -> Result<Response, Stop> {
    if token.len() > MAX_TOKEN {
        return Err(Stop::UnknownCode);
    }
    let now = (site.now)();
    let view = site.citizen.status_by_token(token, now).await?.ok_or(Stop::UnknownCode)?;
    let office: Arc<OfficeView> = site.citizen.office(&view.office).ok_or(Stop::UnknownCode)?;
    let room = Room { site, ask, office, now, known: None };
    page(StatusCode::OK, &StatusPage::new(room.frame(), &room.office, &view, now))
}
