//! The page of the clock: which day it is, asked of staff once after an offline boot; and the
//! word of a browser about its own time.
//!
//! What must always hold: only who signed in is asked and believed; nothing changes by a GET.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use names::Language;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response as Answer;
use warp::{Filter, Reply};

use super::caller::{Caller, caller};
use super::staff::{ANSWER, local};
use super::{BODY, Site, page, see_other, status, with};
use crate::pages::render::{ClockSays, clock_page};
use crate::pages::wires::{ClockWord, Command, DayAnswer};

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    weiter: String,
    #[serde(default)]
    sprache: String,
}

#[derive(Deserialize)]
struct Confirmed {
    day: String,
    #[serde(default)]
    time: String,
    #[serde(default)]
    sure: String,
    #[serde(default)]
    weiter: String,
    #[serde(default)]
    sprache: String,
}

/// What a browser's clock says, in milliseconds since 1970.
#[derive(Deserialize)]
struct Told {
    now: i64,
}

/// What the page should propose now.
#[derive(Serialize)]
struct Proposed {
    /// The day.
    day: Date,
}

/// The routes of the clock.
pub(super) fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    let get = warp::get().and(with(site)).and(caller());
    let ask = get.and(warp::path!("uhr")).and(warp::query()).map(ask);
    let body = warp::post().and(with(site)).and(caller()).and(warp::body::content_length_limit(BODY));
    let confirm = body.clone().and(warp::path!("uhr")).and(warp::body::form()).then(confirm);
    let witness = body.and(warp::path!("uhr" / "zeuge")).and(warp::body::json()).then(witness);
    ask.or(confirm).unify().or(witness).unify().boxed()
}

fn language(tag: &str) -> Language {
    if tag == "en" { Language::En } else { Language::De }
}

fn ask(site: Site, caller: Caller, asked: Asked) -> Answer {
    match caller.staff(&site, "/uhr") {
        Ok(()) => shown(&site, &asked.weiter, language(&asked.sprache), ClockSays::Nothing),
        Err(refused) => *refused,
    }
}

fn shown(site: &Site, next: &str, language: Language, says: ClockSays) -> Answer {
    let view = site.wires.clock.borrow().clone();
    page(clock_page(&view, local(next), language, says, &site.build))
}

async fn confirm(site: Site, caller: Caller, typed: Confirmed) -> Answer {
    if let Err(refused) = caller.staff(&site, "/uhr").and_then(|()| caller.same_origin(&site)) {
        return *refused;
    }
    let language = language(&typed.sprache);
    let again = |says| shown(&site, &typed.weiter, language, says);
    let time = if typed.time.is_empty() { Ok(None) } else { typed.time.parse::<Time>().map(Some) };
    let (Ok(day), Ok(time)) = (typed.day.parse::<Date>(), time) else { return again(ClockSays::NotADay) };
    let sure = !typed.sure.is_empty();
    let answer = match ask_the_loop(&site, |reply| ClockWord::Day { day, time, sure, reply }).await {
        Ok(answer) => answer,
        Err(refused) => return *refused,
    };
    match answer {
        DayAnswer::Taken | DayAnswer::NotNeeded => match local(&typed.weiter) {
            "/" => again(ClockSays::Nothing),
            counter => see_other(counter),
        },
        DayAnswer::AskAgain => again(ClockSays::AskAgain { day, time: typed.time.clone() }),
        DayAnswer::Before(first) => again(ClockSays::Before(first)),
        DayAnswer::After(last) => again(ClockSays::After(last)),
    }
}

async fn witness(site: Site, caller: Caller, told: Told) -> Answer {
    if let Err(refused) = caller.safe(&site).and_then(|()| caller.same_origin(&site)) {
        return *refused;
    }
    let Some(session) = caller.secret().and_then(|secret| site.sessions.mark(secret)) else {
        return status(StatusCode::UNAUTHORIZED);
    };
    let Ok(time) = Timestamp::from_millisecond(told.now) else { return status(StatusCode::BAD_REQUEST) };
    let here = caller.here();
    match ask_the_loop(&site, |reply| ClockWord::Witness { session, time, here, reply }).await {
        Ok(day) => warp::reply::json(&Proposed { day }).into_response(),
        Err(refused) => *refused,
    }
}

async fn ask_the_loop<T>(site: &Site, word: impl FnOnce(oneshot::Sender<T>) -> ClockWord) -> Result<T, Box<Answer>> {
    let (reply, answered) = oneshot::channel();
    match site.wires.commands.try_send(Command::Clock(word(reply))) {
        Ok(()) => {}
        Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {
            return Err(Box::new(status(StatusCode::SERVICE_UNAVAILABLE)));
        }
    }
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) | Err(_) => Err(Box::new(status(StatusCode::GATEWAY_TIMEOUT))),
    }
}
