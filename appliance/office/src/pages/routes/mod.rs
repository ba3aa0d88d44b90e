//! Every address of the house, and who may ask for it.
//!
//! What must always hold: staff pages answer only to this machine or over TLS, and only to a
//! session; a request of a foreign page changes nothing; every answer carries the same strict
//! headers; nothing here waits for the loop without an end.

mod caller;
mod clock;
mod events;
mod inputs;
mod metrics;
mod near;
mod open;
mod staff;

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::watch;
use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use warp::http::{Response, StatusCode};
use warp::reply::Response as Answer;
use warp::{Filter, Rejection, Reply};

use crate::care::Health;
use crate::pages::reception;
use crate::pages::render::{Build, House, house_page};
use crate::pages::sessions::Sessions;
use crate::pages::texts;
use crate::pages::wires::Wires;

pub use caller::Peer;
pub(super) use caller::{Caller, caller};
pub(super) use open::unknown;

/// The largest body of a page of ours; a sign-in or a press is far below.
const BODY: u64 = 4 * 1024;

/// What all routes share.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) wires: Wires,
    pub(crate) sessions: Sessions,
    pub(crate) build: Build,
    pub(crate) policy: Arc<HeaderValue>,
    pub(crate) health: Health,
    /// Becomes true when the program stops; event streams end then.
    pub(crate) stop: watch::Receiver<bool>,
}

/// Every route, with every header.
pub(crate) fn routes(site: Site) -> BoxedFilter<(Answer,)> {
    let policy = Arc::clone(&site.policy);
    let build = site.build.clone();
    let open = open::routes(&site);
    let staff = staff::routes(&site);
    let clock = clock::routes(&site);
    let reception = reception::routes(&site);
    let near = near::routes(&site);
    let inputs = inputs::routes(&site);
    let metrics = metrics::routes(&site);
    open.or(staff)
        .unify()
        .or(clock)
        .unify()
        .or(reception)
        .unify()
        .or(near)
        .unify()
        .or(inputs)
        .unify()
        .or(metrics)
        .unify()
        .recover(move |rejection| refused(rejection, build.clone()))
        .unify()
        .map(move |answer| with_headers(answer, &policy))
        .boxed()
}

/// The policy of every page; only the configured address may frame it.
pub(crate) fn policy(frame_ancestors: Option<&str>) -> Option<HeaderValue> {
    let framed = frame_ancestors.unwrap_or("'none'");
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {framed}"
    );
    HeaderValue::from_str(&policy).ok()
}

fn with_headers(mut answer: Answer, policy: &HeaderValue) -> Answer {
    let headers = answer.headers_mut();
    headers.insert(HeaderName::from_static("content-security-policy"), policy.clone());
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// Hands the shared parts to a route.
pub(super) fn with(site: &Site) -> impl Filter<Extract = (Site,), Error = Infallible> + Clone + use<> {
    let site = site.clone();
    warp::any().map(move || site.clone())
}

/// A rendered page; a page that cannot be rendered is a fault of ours and says nothing more.
pub(super) fn page(rendered: Result<String, askama::Error>) -> Answer {
    match rendered {
        Ok(html) => warp::reply::html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "failed to render a page");
            status(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

pub(super) fn status(status: StatusCode) -> Answer {
    warp::reply::with_status(warp::reply(), status).into_response()
}

/// A page with one sentence.
fn message(build: &Build, code: StatusCode, title: &str, message: &str) -> Answer {
    let content = House::Message { message: message.to_owned() };
    let mut answer = page(house_page(title, &content, build));
    if answer.status() == StatusCode::OK {
        *answer.status_mut() = code;
    }
    answer
}

pub(super) fn see_other(to: &str) -> Answer {
    let answer = Response::builder().status(StatusCode::SEE_OTHER).header("location", to).body(String::new());
    answer.map_or_else(|_bad_address| status(StatusCode::INTERNAL_SERVER_ERROR), Reply::into_response)
}

async fn refused(rejection: Rejection, build: Build) -> Result<Answer, Infallible> {
    let text = texts::staff();
    let (code, title, sentence) = if rejection.find::<warp::reject::PayloadTooLarge>().is_some() {
        (StatusCode::PAYLOAD_TOO_LARGE, &text.too_big_title, &text.too_big_text)
    } else if rejection.find::<warp::body::BodyDeserializeError>().is_some()
        || rejection.find::<warp::reject::InvalidQuery>().is_some()
        || rejection.find::<warp::reject::InvalidHeader>().is_some()
        || rejection.find::<warp::reject::LengthRequired>().is_some()
    {
        (StatusCode::BAD_REQUEST, &text.not_understood_title, &text.not_understood_text)
    } else if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        (StatusCode::METHOD_NOT_ALLOWED, &text.not_understood_title, &text.not_understood_text)
    } else {
        (StatusCode::NOT_FOUND, &text.not_found_title, &text.not_found_text)
    };
    Ok(message(&build, code, title, sentence))
}
