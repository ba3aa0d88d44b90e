//! What goes back to a browser, with the headers that every answer has.
//!
//! What must always hold: nothing is loaded from, sent to or framed by anybody else; a page that
//! shows a person or holds a secret is kept by no cache.

use askama::Template;
use warp::Reply;
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::assets::Asset;
use super::trouble::Stop;

/// Nothing but our own files, forms and events; no inline script, no inline style.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `same-origin` and not less: without any referrer a browser would hide the origin of our own
/// forms, which tells them apart from those of others. Nothing ever reaches another site.
const ALWAYS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// One year, in words of the header.
const HSTS: &str = "max-age=31536000";

/// A page, as HTML that no cache keeps.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response, Stop> {
    Ok(warp::reply::with_status(warp::reply::html(template.render()?), status).into_response())
}

/// "Look there": the answer to a form that was taken, and to addresses that moved.
pub(crate) fn see(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // Our addresses are escaped; a value that is no header at all leads to the start.
    let value = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, value);
    response
}

/// A static file; for ever under its present address, else to be asked for again.
pub(crate) fn file(asset: &'static Asset, present: bool) -> Response {
    let keep = if present { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = asset.bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}

/// A calendar file.
pub(crate) fn calendar(text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"termin.ics\""));
    response
}

/// Adds what every answer has. `found` tells whether a search engine may know the page.
pub(crate) fn sealed(mut response: Response, https: bool, found: bool) -> Response {
    let headers = response.headers_mut();
    if !found {
        headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    }
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    response
}
