//! What staff may see and do: sign in, the counter pages, the end of the day.

use std::time::Duration;

use names::CounterId;
use queue::{Act, Answer as Said, Refusal};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use warp::filters::BoxedFilter;
use warp::http::header::SET_COOKIE;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response as Answer;
use warp::{Filter, Reply};

use super::caller::{COOKIE, Caller, caller};
use super::events::follow;
use super::open::{press_id, unknown};
use super::{BODY, Site, page, see_other, status, with};
use crate::pages::reception;
use crate::pages::render::{House, counter_body, counter_page, house_page};
use crate::pages::sessions::{Refused, SESSION, Secret};
use crate::pages::texts::{self, fill};
use crate::pages::wires::{Command, Counters};

/// The loop answers within one commit; later than this something is wrong, and the page tries
/// the same press again.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    weiter: String,
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
    password: String,
    #[serde(default)]
    weiter: String,
}

#[derive(Deserialize)]
struct Press {
    act: Act,
    press: String,
}

/// The answer to a press.
#[derive(Serialize)]
struct Told {
    /// Whether it was done.
    done: bool,
    /// The answer, in words.
    text: String,
    /// The same for programs.
    answer: Said,
}

/// The routes for staff.
pub(super) fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    let get = warp::get().and(with(site)).and(caller());
    let sign_in_page = get.clone().and(warp::path!("anmelden")).and(warp::query()).map(sign_in_page);
    let counter = get.clone().and(warp::path!("platz" / u8)).map(counter);
    let events = get.and(warp::path!("platz" / u8 / "ereignisse")).map(counter_events);
    let post = warp::post().and(with(site)).and(caller());
    let body = post.clone().and(warp::body::content_length_limit(BODY));
    let sign_in = body.clone().and(warp::path!("anmelden")).and(warp::body::form()).then(sign_in);
    let act = body.clone().and(warp::path!("platz" / u8 / "akt")).and(warp::body::json()).then(act);
    let sign_out = post.clone().and(warp::path!("abmelden")).map(sign_out);
    let close_day = post.and(warp::path!("tag" / "beenden")).map(close_day);
    let pages = sign_in_page.or(counter).unify().or(events).unify();
    pages.or(sign_in).unify().or(act).unify().or(sign_out).unify().or(close_day).unify().boxed()
}

fn sign_in_page(site: Site, caller: Caller, next: Next) -> Answer {
    match caller.safe(&site) {
        Ok(()) => form(&site, local(&next.weiter), None),
        Err(refused) => *refused,
    }
}

fn form(site: &Site, next: &str, wrong: Option<&str>) -> Answer {
    let content = House::SignIn { next: next.to_owned(), wrong: wrong.map(str::to_owned) };
    let mut answer = page(house_page(&texts::staff().sign_in_title, &content, &site.build));
    if wrong.is_some() && answer.status() == StatusCode::OK {
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
    }
    answer
}

/// Only a counter page and the clock are worth coming back to; nothing else is followed.
pub(super) fn local(next: &str) -> &str {
    let number = next.strip_prefix("/platz/");
    let known =
        number.is_some_and(|number| (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()));
    if known || next == "/uhr" || next == super::inputs::INPUTS || next == reception::START { next } else { "/" }
}

async fn sign_in(site: Site, caller: Caller, typed: SignIn) -> Answer {
    if let Err(refused) = caller.safe(&site).and_then(|()| caller.same_origin(&site)) {
        return *refused;
    }
    let text = texts::staff();
    let next = local(&typed.weiter);
    match site.sessions.sign_in(&typed.name, &typed.password).await {
        Ok(secret) => with_cookie(see_other(next), &secret, caller.tls()),
        Err(Refused::Wrong) => form(&site, next, Some(&text.wrong)),
        Err(Refused::Busy) => form(&site, next, Some(&text.busy)),
    }
}

fn with_cookie(mut answer: Answer, secret: &Secret, tls: bool) -> Answer {
    let secure = if tls { "; Secure" } else { "" };
    let age = SESSION.as_secs();
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}", secret.0);
    match HeaderValue::from_str(&cookie) {
        Ok(cookie) => {
            answer.headers_mut().insert(SET_COOKIE, cookie);
            answer
        }
        Err(_never_for_hex) => status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn sign_out(site: Site, caller: Caller) -> Answer {
    if let Err(refused) = caller.safe(&site).and_then(|()| caller.same_origin(&site)) {
        return *refused;
    }
    if let Some(secret) = caller.secret() {
        site.sessions.sign_out(secret);
    }
    let mut answer = see_other("/");
    let gone = HeaderValue::from_static("aufruf=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    answer.headers_mut().insert(SET_COOKIE, gone);
    answer
}

fn counter(site: Site, caller: Caller, number: u8) -> Answer {
    if let Err(refused) = caller.staff(&site, &format!("/platz/{number}")) {
        return *refused;
    }
    let counters = site.wires.counters.borrow().clone();
    let view = CounterId::try_from(number).ok().and_then(|id| counters.get(&id));
    view.map_or_else(|| unknown(&site), |view| page(counter_page(view, &site.build)))
}

fn counter_events(site: Site, caller: Caller, number: u8) -> Answer {
    if let Err(refused) = caller.safe(&site) {
        return *refused;
    }
    let Some(secret) = caller.secret().filter(|_| caller.signed_in(&site)).cloned() else {
        return status(StatusCode::UNAUTHORIZED);
    };
    let seen = site.wires.counters.clone();
    let Some(id) = CounterId::try_from(number).ok().filter(|id| seen.borrow().contains_key(id)) else {
        return unknown(&site);
    };
    let sessions = site.sessions.clone();
    follow(site, seen, move |all: &Counters| all.get(&id).cloned(), move || sessions.knows(&secret), counter_body)
}

async fn act(site: Site, caller: Caller, number: u8, press: Press) -> Answer {
    if let Err(refused) = caller.safe(&site).and_then(|()| caller.same_origin(&site)) {
        return *refused;
    }
    if !caller.signed_in(&site) {
        return status(StatusCode::UNAUTHORIZED);
    }
    let (Ok(counter), Some(id)) = (CounterId::try_from(number), press_id(&press.press)) else {
        return status(StatusCode::BAD_REQUEST);
    };
    let (reply, answered) = oneshot::channel();
    let command = Command::Act { counter, act: press.act, press: id, reply };
    match site.wires.commands.try_send(command) {
        Ok(()) => {}
        Err(TrySendError::Full(_) | TrySendError::Closed(_)) => return status(StatusCode::SERVICE_UNAVAILABLE),
    }
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(answer)) => warp::reply::json(&told(answer)).into_response(),
        Ok(Err(_)) | Err(_) => status(StatusCode::GATEWAY_TIMEOUT),
    }
}

fn told(answer: Said) -> Told {
    let text = texts::counter();
    let said = |key: &str| text.answer.get(key).cloned().unwrap_or_default();
    let (done, text) = match &answer {
        Said::Called { code, .. } => (true, fill(&said("called"), &[("code", &code.to_string())])),
        Said::Recalled { code, times, .. } => {
            let values = [("code", code.to_string()), ("times", times.to_string())];
            (true, fill(&said("recalled"), &[("code", &values[0].1), ("times", &values[1].1)]))
        }
        Said::NobodyWaits => (true, said("nobody-waits")),
        Said::Done => (true, said("done")),
        Said::Refused { why } => (false, text.refusal.get(refusal_key(*why)).cloned().unwrap_or_default()),
    };
    Told { done, text, answer }
}

/// The name of a refusal, as in the text file.
fn refusal_key(why: Refusal) -> &'static str {
    match why {
        Refusal::NoSuchCounter => "no-such-counter",
        Refusal::NotOpen => "not-open",
        Refusal::NobodyHere => "nobody-here",
        Refusal::Busy => "busy",
        Refusal::NotWaiting => "not-waiting",
        Refusal::NotMySkill => "not-my-skill",
        Refusal::NotUnverified => "not-unverified",
        Refusal::TooSoon => "too-soon",
        Refusal::NoDay => "no-day",
        Refusal::NotAvailable => "not-available",
    }
}

fn close_day(site: Site, caller: Caller) -> Answer {
    if let Err(refused) = caller.safe(&site).and_then(|()| caller.same_origin(&site)) {
        return *refused;
    }
    if !caller.signed_in(&site) {
        return status(StatusCode::UNAUTHORIZED);
    }
    match site.wires.commands.try_send(Command::CloseDay) {
        Ok(()) => status(StatusCode::NO_CONTENT),
        Err(TrySendError::Full(_) | TrySendError::Closed(_)) => status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSALS: [Refusal; 10] = [
        Refusal::NoSuchCounter,
        Refusal::NotOpen,
        Refusal::NobodyHere,
        Refusal::Busy,
        Refusal::NotWaiting,
        Refusal::NotMySkill,
        Refusal::NotUnverified,
        Refusal::TooSoon,
        Refusal::NoDay,
        Refusal::NotAvailable,
    ];

    #[test]
    fn every_refusal_has_its_own_words() {
        let mut words: Vec<String> = REFUSALS.map(|why| told(Said::Refused { why }).text).to_vec();
        assert!(words.iter().all(|text| !text.is_empty()));
        words.sort();
        words.dedup();
        assert_eq!(words.len(), REFUSALS.len());
    }

    #[test]
    fn over_tls_the_cookie_never_leaves_tls() {
        let secret = Secret("00".repeat(32));
        let cookie = |tls| format!("{:?}", with_cookie(see_other("/"), &secret, tls).headers().get(SET_COOKIE));
        assert!(cookie(true).contains("; Secure") && cookie(true).contains("HttpOnly"));
        assert!(!cookie(false).contains("Secure"));
    }

    #[test]
    fn after_the_sign_in_only_a_counter_page_and_the_clock_are_followed() {
        assert_eq!((local("/platz/3"), local("/uhr")), ("/platz/3", "/uhr"));
        for bad in ["", "//evil.example", "https://evil.example", "/platz/3/../../x", "/platz/", "/platz/333"] {
            assert_eq!(local(bad), "/", "{bad}");
        }
    }
}
