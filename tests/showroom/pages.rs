//! The show-room's own pages: the house, the mailbox, the acts of the visitor.

use std::convert::Infallible;

use futures_util::{Stream, StreamExt as _};
use rust_embed::RustEmbed;
use tokio_stream::wrappers::WatchStream;
use warp::http::{Response, StatusCode};
use warp::reply::Reply;
use warp::{Filter, Rejection, sse};

use crate::inbox;
use crate::message::{Act, Message};
use crate::picture::Picture;
use crate::texts::texts;
use crate::theatre::Doors;

/// An act is a few words.
const LONGEST_ACT: u64 = 1024;

/// The house frames the programs' own screens, whose ports are given out by the system.
const HOUSE_POLICY: &str = "default-src 'self'; frame-src 'self' http://127.0.0.1:*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Mails bring their own styles and nothing else.
const MAIL_POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self'; frame-ancestors 'self'";

#[derive(RustEmbed)]
#[folder = "showroom/static"]
struct Static;

/// All routes.
pub(crate) fn routes(doors: Doors) -> impl Filter<Extract = impl Reply, Error = Rejection> + Clone {
    let with = warp::any().map(move || doors.clone());
    let house = warp::path::end().map(|| file("index.html", HOUSE_POLICY));
    let files =
        warp::path("static").and(warp::path::tail()).map(|tail: warp::path::Tail| file(tail.as_str(), HOUSE_POLICY));
    let words = warp::path!("texte.json").map(|| warp::reply::json(&texts().page));
    let pictures = warp::path!("buehne")
        .and(with.clone())
        .map(|doors: Doors| sse::reply(sse::keep_alive().stream(events(WatchStream::new(doors.pictures)))));
    let list =
        warp::path!("postfach").and(with.clone()).map(|doors: Doors| mail_page(inbox::list(&doors.mails.borrow())));
    let one = warp::path!("postfach" / usize).and(with.clone()).map(one_mail);
    let part = warp::path!("postfach" / usize / "teil" / usize).and(with.clone()).map(one_part);
    let gets = house.or(files).or(words).or(pictures).or(list).or(one).or(part);
    let acts = warp::path!("akt")
        .and(warp::post())
        .and(warp::body::content_length_limit(LONGEST_ACT))
        // Only JSON: no page of another origin can send it without being asked first.
        .and(warp::body::json::<Act>())
        .and(with)
        .then(act);
    warp::get().and(gets).or(acts)
}

async fn act(act: Act, doors: Doors) -> StatusCode {
    match doors.messages.send(Message::Act(act)).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_closed) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn events(pictures: impl Stream<Item = Picture>) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    pictures.map(|picture| {
        // A picture is plain data; it can always be written as JSON.
        Ok(sse::Event::default().json_data(&picture).unwrap_or_default())
    })
}

fn one_mail(number: usize, doors: Doors) -> Response<Vec<u8>> {
    match doors.mails.borrow().get(number) {
        Some(mail) => mail_page(inbox::mail(number, mail)),
        None => nothing(),
    }
}

fn one_part(number: usize, place: usize, doors: Doors) -> Response<Vec<u8>> {
    let mails = doors.mails.borrow();
    match mails.get(number).and_then(|mail| mail.attachments.get(place)) {
        Some(part) => answer(&part.mime, MAIL_POLICY, part.bytes.clone()),
        None => nothing(),
    }
}

fn mail_page(html: String) -> Response<Vec<u8>> {
    answer("text/html; charset=utf-8", MAIL_POLICY, html.into_bytes())
}

fn file(name: &str, policy: &str) -> Response<Vec<u8>> {
    let mime = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some(_) | None => "text/plain; charset=utf-8",
    };
    match Static::get(name) {
        Some(file) => answer(mime, policy, file.data.into_owned()),
        None => nothing(),
    }
}

fn nothing() -> Response<Vec<u8>> {
    let mut response = answer("text/plain; charset=utf-8", MAIL_POLICY, Vec::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn answer(mime: &str, policy: &str, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    for (name, value) in [
        ("content-type", mime),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, watch};

    use super::*;

    fn doors() -> (Doors, mpsc::Receiver<Message>) {
        let (messages, heard) = mpsc::channel(4);
        let (_, pictures) = watch::channel(Picture::default());
        let (_, mails) = watch::channel(Vec::new());
        (Doors { messages, pictures, mails }, heard)
    }

    #[tokio::test]
    async fn the_house_and_its_files_are_served_with_a_strict_policy() {
        let (doors, _heard) = doors();
        for path in
            ["/", "/static/showroom.js", "/static/fonts/aufruf-hall-latin-wght.woff2", "/texte.json", "/postfach"]
        {
            let reply = warp::test::request().path(path).reply(&routes(doors.clone())).await;
            assert_eq!(reply.status(), 200, "{path}");
        }
        let house = warp::test::request().reply(&routes(doors.clone())).await;
        assert_eq!(house.headers()["content-security-policy"], HOUSE_POLICY);
        for path in ["/static/../main.rs", "/postfach/7", "/postfach/7/teil/0", "/nothing"] {
            let reply = warp::test::request().path(path).reply(&routes(doors.clone())).await;
            assert_eq!(reply.status(), 404, "{path}");
        }
    }

    #[tokio::test]
    async fn only_known_acts_in_json_are_taken() {
        let (doors, mut heard) = doors();
        let post = |body: &'static str| warp::test::request().method("POST").path("/akt").body(body);
        let json = post(r#"{"act":"plug","out":true}"#).header("content-type", "application/json");
        assert_eq!(json.reply(&routes(doors.clone())).await.status(), 202);
        assert!(matches!(heard.recv().await, Some(Message::Act(Act::Plug { out: true }))));
        for bad in [r#"{"act":"burn"}"#, "act=plug", ""] {
            let reply = post(bad).header("content-type", "application/json").reply(&routes(doors.clone())).await;
            assert_eq!(reply.status(), 400, "{bad}");
        }
        let form = post(r#"{"act":"reset"}"#).header("content-type", "text/plain");
        assert_eq!(form.reply(&routes(doors.clone())).await.status(), 415);
    }
}
