//! The citizens' pages: rendered here, whole, without any script being needed.
//!
//! ```text
//!   request ─► ask (limits, form) ─► mod (where?) ─► room (office, language, time)
//!                                                      │
//!        services ─► times ─► details ─► review ─► waiting ─► link ─► appointment ─► cancel
//!                                                      │
//!   answer (headers) ◄─ template + text/LANGUAGE.toml ─┘          trouble: every other ending
//! ```
//!
//! What must always hold: GET and HEAD change nothing; every ending is a page with the telephone
//! and the hours of an office; every sentence stands in `text/`, every word typed by a citizen is
//! escaped; no cookie, no third party. What may not be used here: the store, the clock, SQL.

mod answer;
mod appointment;
mod ask;
mod assets;
mod details;
mod form;
mod frame;
mod link;
mod offer;
mod once;
mod qr;
mod review;
mod room;
mod say;
mod services;
mod status;
#[doc(hidden)]
pub mod storybook;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod trouble;
mod visit;
mod waiting;

use std::sync::Arc;

use jiff::Timestamp;
use names::OfficeId;
use warp::Filter;
use warp::reply::Response;

use crate::citizen::Citizen;
use ask::{Ask, Verb};
use once::Once;
use room::Room;
use trouble::Stop;

/// Tells the present moment; the program hands in its clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the pages need to know about the place where they are served.
struct Site {
    citizen: Citizen,
    now: Clock,
    /// Host and port of the public address, to tell our own forms.
    host: String,
    https: bool,
    once: Once,
}

/// All pages of the citizens. Answers every request, so it stands last among the routes.
///
/// `public_url` is the address citizens see, such as `https://termine.musterland.example`.
pub fn routes(
    citizen: Citizen,
    public_url: &str,
    now: Clock,
) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone + Send + Sync + 'static {
    let (scheme, rest) = public_url.split_once("://").unwrap_or(("", public_url));
    let host = rest.split('/').next().unwrap_or_default().to_owned();
    let site = Arc::new(Site { citizen, now, host, https: scheme == "https", once: Once::default() });
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method, path: warp::path::FullPath, query, headers, body| {
            let site = Arc::clone(&site);
            async move {
                let ask = Ask::read(method, path.as_str().to_owned(), query, headers, body).await;
                answer(&site, &ask).await
            }
        })
}

async fn answer(site: &Site, ask: &Ask) -> Response {
    let segments: Vec<&str> = ask.path.split('/').filter(|segment| !segment.is_empty()).collect();
    let room = enter(site, ask, segments.first().copied());
    let response = match walk(site, ask, &segments, room.as_ref()).await {
        Ok(response) => response,
        Err(stop) => trouble::page(site, ask, room.as_ref(), stop),
    };
    // Only where a booking begins; everything further in is somebody's own.
    answer::sealed(response, site.https, segments.len() <= 1)
}

/// The office an address begins with; the only office of this server for every other address.
fn enter<'a>(site: &'a Site, ask: &'a Ask, first: Option<&str>) -> Option<Room<'a>> {
    let named = first.and_then(|name| name.parse::<OfficeId>().ok()).and_then(|id| site.citizen.office(&id));
    let office = match (named, site.citizen.offices().as_slice()) {
        (Some(office), _) => office,
        (None, [only]) => Arc::clone(only),
        (None, _) => return None,
    };
    Some(Room { site, ask, office, now: (site.now)(), known: None })
}

async fn walk(site: &Site, ask: &Ask, segments: &[&str], room: Option<&Room<'_>>) -> Result<Response, Stop> {
    if ask.verb == Verb::Other {
        return Err(Stop::Method);
    }
    if ask.verb == Verb::Act && !ask.is_from_our_own_page(&site.host) {
        return Err(Stop::Foreign);
    }
    match (segments, room) {
        ([], _) => look(ask, services::start(site, ask)),
        ([assets::ROOM, version, name @ ..], _) => look(ask, asset(version, &name.join("/"))),
        (["T", token], _) => look(ask, status::show(site, ask, token).await),
        ([first, rest @ ..], Some(room)) if *first == room.office.id.as_str() => inside(room, rest).await,
        (["en"], _) => look(ask, Ok(answer::see("/?lang=en"))),
        ([..], _) => Err(Stop::NotFound),
    }
}

/// The pages of one office.
async fn inside(room: &Room<'_>, rest: &[&str]) -> Result<Response, Stop> {
    let acts = room.ask.verb == Verb::Act;
    match (rest, acts) {
        ([], false) => look(room.ask, services::show(room)),
        (["en"], false) => look(room.ask, Ok(answer::see(&format!("/{}/?lang=en", room.office.id)))),
        (["zeit"], false) => look(room.ask, times::show(room).await),
        (["halten"], true) => times::hold(room).await,
        (["daten", secret], false) => look(room.ask, details::show(room, secret).await),
        (["daten", secret], true) => details::send(room, secret).await,
        (["pruefen", secret], false) => look(room.ask, review::show(room, secret).await),
        (["pruefen", secret], true) => review::send(room, secret).await,
        (["wartet", secret], false) => look(room.ask, waiting::show(room, secret).await),
        (["wartet", secret], true) => waiting::resend(room, secret).await,
        (["wartet", secret, "ereignisse"], false) => look(room.ask, waiting::events(room, secret).await),
        (["bestaetigen", secret], false) => look(room.ask, link::show(room, secret).await),
        (["bestaetigen", secret], true) => link::send(room, secret).await,
        (["termin", secret], false) => look(room.ask, appointment::show(room, secret).await),
        (["termin", secret, "termin.ics"], false) => look(room.ask, appointment::calendar(room, secret).await),
        (["termin", secret, "absagen"], false) => look(room.ask, appointment::ask_cancel(room, secret).await),
        (["termin", secret, "absagen"], true) => appointment::cancel(room, secret).await,
        (["T", token], false) => look(room.ask, status::show(room.site, room.ask, token).await),
        (["halten"], false) => Ok(answer::see(&room.frame().to_with("zeit", &room.ask.query.without("lang")))),
        ([] | ["zeit" | "T", ..] | ["wartet", _, "ereignisse"] | ["termin", _] | ["termin", _, "termin.ics"], true) => {
            Err(Stop::Method)
        }
        ([..], _) => Err(Stop::NotFound),
    }
}

/// A page that is only looked at: a form sent there is told so.
fn look(ask: &Ask, page: Result<Response, Stop>) -> Result<Response, Stop> {
    match ask.verb {
        Verb::Look => page,
        Verb::Act | Verb::Other => Err(Stop::Method),
    }
}

fn asset(version: &str, name: &str) -> Result<Response, Stop> {
    let (asset, present) = assets::find(version, name).ok_or(Stop::NotFound)?;
    Ok(answer::file(asset, present))
}
