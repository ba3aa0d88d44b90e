//! What everybody in the house may see: board, terminal, overview, health, static files.

use std::collections::BTreeMap;

use names::CounterId;
use queue::{PressId, Reader};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::error::TrySendError;
use warp::filters::BoxedFilter;
use warp::http::{Response, StatusCode};
use warp::reply::Response as Answer;
use warp::{Filter, Reply};

use super::caller::{Caller, caller};
use super::events::follow;
use super::{BODY, Site, page, status, with};
use crate::pages::inputs;
use crate::pages::reception;
use crate::pages::render::{House, Link, board_body, board_page, house_page, terminal_body, terminal_page};
use crate::pages::terminal_keys::Key;
use crate::pages::texts::{self, fill};
use crate::pages::view::CounterView;
use crate::pages::wires::Command;
use crate::pages::{assets, wires};

/// Files whose address names their content may be kept for a year.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The longest id of a press (`PressId`).
pub(super) const PRESS_ID: usize = 64;

#[derive(Deserialize)]
struct Which {
    #[serde(default = "first_terminal")]
    nr: u8,
}

fn first_terminal() -> u8 {
    1
}

#[derive(Deserialize)]
struct Pressed {
    #[serde(default = "first_terminal")]
    terminal: u8,
    key: String,
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default = "first_terminal")]
    terminal: u8,
    press: String,
}

/// The health page: whether the hall works, and every part.
#[derive(Serialize)]
struct Healthy<'a, R> {
    /// Whether the loop takes commands.
    alive: bool,
    /// The build of the static files.
    build: &'a str,
    /// Every part.
    #[serde(flatten)]
    report: R,
}

/// The routes for everybody.
pub(super) fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    let get = warp::get().and(with(site));
    let overview = get.clone().and(warp::path::end()).map(overview);
    let board = get.clone().and(warp::path!("tafel")).map(|site: Site| {
        let board = site.wires.board.borrow().clone();
        page(board_page(&board, &site.build))
    });
    let board_events = get.clone().and(warp::path!("tafel" / "ereignisse")).map(|site: Site| {
        let seen = site.wires.board.clone();
        follow(site, seen, |board| Some(board.clone()), || true, board_body)
    });
    let terminal = get.clone().and(warp::path!("terminal")).and(warp::query()).map(terminal);
    let terminal_events =
        get.clone().and(warp::path!("terminal" / "ereignisse")).and(warp::query()).map(terminal_events);
    let health = get.clone().and(warp::path!("gesund")).map(health);
    let files = get.and(warp::path!("static" / String / ..)).and(warp::path::tail()).map(file);
    let post = warp::post().and(with(site)).and(caller()).and(warp::body::content_length_limit(BODY));
    let key = post.clone().and(warp::path!("terminal" / "taste")).and(warp::body::json()).map(key);
    let ticket = post.and(warp::path!("terminal" / "nummer")).and(warp::body::json()).map(ticket);
    let pages = overview.or(board).unify().or(board_events).unify().or(terminal).unify();
    let more = terminal_events.or(health).unify().or(files).unify().or(key).unify().or(ticket).unify();
    pages.or(more).unify().boxed()
}

fn overview(site: Site) -> Answer {
    let text = texts::staff();
    let counters = site.wires.counters.borrow().clone();
    let link = |href: &str, label: &str| Link { href: href.to_owned(), label: label.to_owned(), plate: None };
    let mut links = vec![link("/tafel", &text.overview_board), link("/terminal", &text.overview_terminal)];
    links.push(link(reception::START, &reception::text::desk().title));
    links.push(link(super::inputs::INPUTS, &inputs::text::inputs().title));
    links.extend(counter_links(&counters, &text.overview_counter));
    let clock = site.wires.clock.borrow().clone();
    links.extend((clock.asks()).then(|| link("/uhr", &text.overview_clock)));
    let nothing = counters.is_empty().then(|| text.overview_none.clone());
    page(house_page(&text.overview_title, &House::Overview { links, nothing }, &site.build))
}

fn counter_links<'a>(
    counters: &'a BTreeMap<CounterId, CounterView>,
    form: &'a str,
) -> impl Iterator<Item = Link> + use<'a> {
    counters.iter().map(move |(id, view)| Link {
        href: format!("/platz/{id}"),
        label: fill(form, &[("noun", &view.noun), ("number", &id.to_string())]),
        plate: Some(id.number()),
    })
}

fn terminal(site: Site, which: Which) -> Answer {
    let terminals = site.wires.terminals.borrow().clone();
    match terminals.get(&Reader(which.nr)) {
        Some(view) => page(terminal_page(view, &site.build)),
        None => unknown(&site),
    }
}

fn terminal_events(site: Site, which: Which) -> Answer {
    let seen = site.wires.terminals.clone();
    if !seen.borrow().contains_key(&Reader(which.nr)) {
        return unknown(&site);
    }
    let pick = move |all: &wires::Terminals| all.get(&Reader(which.nr)).cloned();
    follow(site, seen, pick, || true, terminal_body)
}

pub(in crate::pages) fn unknown(site: &Site) -> Answer {
    let text = texts::staff();
    super::message(&site.build, StatusCode::NOT_FOUND, &text.not_found_title, &text.not_found_text)
}

fn key(site: Site, caller: Caller, pressed: Pressed) -> Answer {
    if let Err(refused) = caller.same_origin(&site) {
        return *refused;
    }
    let Some(key) = Key::named(&pressed.key) else { return status(StatusCode::BAD_REQUEST) };
    at_terminal(&site, pressed.terminal, |terminal| Command::Key { terminal, key })
}

fn ticket(site: Site, caller: Caller, wanted: Wanted) -> Answer {
    if let Err(refused) = caller.same_origin(&site) {
        return *refused;
    }
    let Some(press) = press_id(&wanted.press) else { return status(StatusCode::BAD_REQUEST) };
    at_terminal(&site, wanted.terminal, |terminal| Command::Ticket { terminal, press })
}

/// Reads the id of a press: printable, not empty, not longer than any of ours.
pub(super) fn press_id(text: &str) -> Option<PressId> {
    let fits = (1..=PRESS_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| PressId(text.to_owned()))
}

fn at_terminal(site: &Site, number: u8, command: impl FnOnce(Reader) -> Command) -> Answer {
    let terminal = Reader(number);
    if !site.wires.terminals.borrow().contains_key(&terminal) {
        return status(StatusCode::NOT_FOUND);
    }
    match site.wires.commands.try_send(command(terminal)) {
        Ok(()) => status(StatusCode::NO_CONTENT),
        Err(TrySendError::Full(_) | TrySendError::Closed(_)) => status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Answers 503 only when the loop is gone: a missing scanner or a cut line is no reason to
/// restart the box.
fn health(site: Site) -> Answer {
    let alive = !site.wires.commands.is_closed();
    let health = Healthy { alive, build: &site.build.name, report: site.health.report() };
    let code = if alive { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    warp::reply::with_status(warp::reply::json(&health), code).into_response()
}

fn file(site: Site, build: String, tail: warp::path::Tail) -> Answer {
    let Some((file, kind)) = assets::file(tail.as_str()) else { return status(StatusCode::NOT_FOUND) };
    let keep = if build == site.build.name { FOR_EVER } else { "no-cache" };
    let answer = Response::builder().header("content-type", kind).header("cache-control", keep);
    let answer = answer.body(file.data.into_owned());
    answer.map_or_else(|_bad_header| status(StatusCode::INTERNAL_SERVER_ERROR), Reply::into_response)
}
