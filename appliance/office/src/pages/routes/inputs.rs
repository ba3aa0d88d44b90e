//! Scanners and keypads, for staff: how each stands, the sheet with the test code, teaching.

use devices::input::InputDevice;
use tokio::sync::mpsc::error::TrySendError;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response as Answer;

use super::caller::{Caller, caller};
use super::events::follow;
use super::{Site, page, see_other, status, with};
use crate::pages::inputs::{InputsView, inputs_body, inputs_page};
use crate::pages::wires::Command;

/// The page.
pub(super) const INPUTS: &str = "/geraete";

/// The routes of the inputs.
pub(super) fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    let get = warp::get().and(with(site)).and(caller());
    let shown = get.clone().and(warp::path!("geraete")).then(shown);
    let events = get.and(warp::path!("geraete" / "ereignisse")).map(events);
    let teach = warp::post().and(with(site)).and(caller()).and(warp::path!("geraete" / "anlernen")).map(teach);
    shown.or(events).unify().or(teach).unify().boxed()
}

async fn shown(site: Site, caller: Caller) -> Answer {
    if let Err(refused) = caller.staff(&site, INPUTS) {
        return *refused;
    }
    let view = site.wires.inputs.borrow().clone();
    // Opening every keyboard takes a few milliseconds of the kernel.
    let there = tokio::task::spawn_blocking(devices::input::keyboards).await.unwrap_or_default();
    page(inputs_page(&view, &strangers(&view, there), &site.build))
}

/// What is plugged in and is none of the inputs.
fn strangers(view: &InputsView, there: Vec<InputDevice>) -> Vec<InputDevice> {
    there.into_iter().filter(|device| !view.lines.iter().any(|line| line.holds(device))).collect()
}

fn events(site: Site, caller: Caller) -> Answer {
    if let Err(refused) = caller.safe(&site) {
        return *refused;
    }
    let Some(secret) = caller.secret().filter(|_| caller.signed_in(&site)).cloned() else {
        return status(StatusCode::UNAUTHORIZED);
    };
    let (seen, sessions) = (site.wires.inputs.clone(), site.sessions.clone());
    follow(site, seen, |view: &InputsView| Some(view.clone()), move || sessions.knows(&secret), inputs_body)
}

fn teach(site: Site, caller: Caller) -> Answer {
    if let Err(refused) = caller.staff(&site, INPUTS).and_then(|()| caller.same_origin(&site)) {
        return *refused;
    }
    match site.wires.commands.try_send(Command::Teach) {
        Ok(()) => see_other(INPUTS),
        Err(TrySendError::Full(_) | TrySendError::Closed(_)) => status(StatusCode::SERVICE_UNAVAILABLE),
    }
}
