//! `/metrics`: health and figures for a Prometheus on this machine, or for whoever has signed in.

use warp::filters::BoxedFilter;
use warp::http::Response;
use warp::reply::Response as Answer;
use warp::{Filter, Reply};

use super::caller::{Caller, caller};
use super::{Site, with};
use crate::pages::metrics;

/// The address.
const METRICS: &str = "/metrics";

/// The route.
pub(super) fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    warp::get().and(with(site)).and(caller()).and(warp::path!("metrics")).map(answer).boxed()
}

fn answer(site: Site, caller: Caller) -> Answer {
    if !caller.here()
        && let Err(refused) = caller.staff(&site, METRICS)
    {
        return *refused;
    }
    let alive = !site.wires.commands.is_closed();
    let memory = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| metrics::resident(&status));
    let page = metrics::page(alive, &site.health.report(), &site.health.figures().kept(), memory);
    let answer = Response::builder().header("content-type", metrics::TYPE).body(page);
    answer.map_or_else(|_bad_header| super::status(warp::http::StatusCode::INTERNAL_SERVER_ERROR), Reply::into_response)
}
