//! What only programs of this very machine ask: the current calls for the console, and whether the
//! page of a screen is painted.
//!
//! What must always hold: nobody else is answered, and nothing here is more than the board shows.

use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response as Answer;
use warp::{Filter, Reply};

use super::caller::{Caller, caller};
use super::{BODY, Site, status, with};
use crate::clock::monotonic;
use crate::pages::view::{Board, Row};

/// The current calls, newest first.
#[derive(Serialize)]
struct Calls<'a> {
    /// The office; may be empty.
    office: &'a str,
    /// What a counter is called here.
    noun: &'a str,
    /// The rows of the board, then what left them.
    calls: Vec<Call<'a>>,
    /// `9:42`, unless it cannot be believed.
    time: Option<&'a str>,
}

#[derive(Serialize)]
struct Call<'a> {
    /// In its two groups.
    code: [&'a str; 2],
    counter: u8,
    /// Whether it is being called right now.
    now: bool,
}

impl<'a> Calls<'a> {
    fn of(board: &'a Board) -> Self {
        let call = |row: &'a Row| Call {
            code: [&row.code.first, &row.code.second],
            counter: row.counter,
            now: row.mark.is_now(),
        };
        Self {
            office: &board.office,
            noun: &board.noun,
            calls: board.rows.iter().chain(&board.last).map(call).collect(),
            time: board.clock.as_ref().map(|clock| clock.time.as_str()),
        }
    }
}

/// A page that was just painted.
#[derive(Deserialize)]
struct Painted {
    screen: u8,
}

/// How long the page of a screen has been silent, in milliseconds; nothing before its first word.
#[derive(Serialize)]
struct Silent {
    silent_ms: Option<u64>,
}

/// The routes for programs of this machine.
pub(super) fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    let get = warp::get().and(with(site)).and(caller());
    let calls = get.clone().and(warp::path!("aufrufe")).map(calls);
    let silent = get.and(warp::path!("bildschirm" / u8)).map(silent);
    let post = warp::post().and(with(site)).and(caller()).and(warp::body::content_length_limit(BODY));
    let painted = post.and(warp::path!("bildschirm" / "lebt")).and(warp::body::json()).map(painted);
    calls.or(silent).unify().or(painted).unify().boxed()
}

fn calls(site: Site, caller: Caller) -> Answer {
    if !caller.here() {
        return super::unknown(&site);
    }
    let board = site.wires.board.borrow().clone();
    warp::reply::json(&Calls::of(&board)).into_response()
}

fn silent(site: Site, caller: Caller, screen: u8) -> Answer {
    match site.health.screens().silent(screen, monotonic()).filter(|_| caller.here()) {
        Some(silent) => {
            let silent_ms = silent.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
            warp::reply::json(&Silent { silent_ms }).into_response()
        }
        None => super::unknown(&site),
    }
}

fn painted(site: Site, caller: Caller, painted: Painted) -> Answer {
    if let Err(refused) = caller.same_origin(&site) {
        return *refused;
    }
    let known = caller.here() && site.health.screens().painted(painted.screen, monotonic());
    status(if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })
}
