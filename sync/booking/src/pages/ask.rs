//! What a browser asked: read whole, with limits, before anything is decided.
//!
//! What must always hold: a body beyond [`MAX_BODY_BYTES`] is never kept in memory; a form from
//! another site is told apart before anything is changed.

use std::time::Duration;

use futures_util::{Stream, StreamExt, pin_mut};
use names::Language;
use warp::Buf;
use warp::http::{HeaderMap, Method, header};

use super::form::Pairs;

/// The largest body of a citizen (`rules.md`, Limits).
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// How long a body may take: a form on the slowest line, never a connection held open.
const BODY_TIME: Duration = Duration::from_secs(20);

/// What is wanted with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// To look; GET and HEAD change nothing.
    Look,
    /// To change something.
    Act,
    /// Something no page of ours offers.
    Other,
}

/// Why a body was not read as a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadBody {
    /// More than [`MAX_BODY_BYTES`].
    Large,
    /// Not a form, or the line broke.
    Unreadable,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) verb: Verb,
    pub(crate) path: String,
    pub(crate) query: Pairs,
    pub(crate) form: Result<Pairs, BadBody>,
    headers: HeaderMap,
}

impl Ask {
    /// Reads a request to its end.
    pub(crate) async fn read<B: Buf>(
        method: Method,
        path: String,
        query: String,
        headers: HeaderMap,
        body: impl Stream<Item = Result<B, warp::Error>>,
    ) -> Self {
        let verb = match method {
            Method::GET | Method::HEAD => Verb::Look,
            Method::POST => Verb::Act,
            _ => Verb::Other,
        };
        let form = match verb {
            Verb::Act => form(&headers, body).await,
            Verb::Look | Verb::Other => Ok(Pairs::default()),
        };
        Self { verb, path, query: Pairs::read(query.as_bytes()), form, headers }
    }

    /// The language the address asks for.
    pub(crate) fn language(&self) -> Option<Language> {
        self.query.get("lang").and_then(Language::from_tag)
    }

    /// Whether the browser says that this was sent by a page of ours. Every browser of the last
    /// years says it for a POST; a program that says nothing carries nobody's session either.
    pub(crate) fn is_from_our_own_page(&self, public_host: &str) -> bool {
        let said = |name: &str| self.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        if let Some(site) = said("sec-fetch-site") {
            return matches!(site, "same-origin" | "none");
        }
        let Some(origin) = said("origin") else { return true };
        let from = origin.split_once("://").map_or("", |(_, host)| host);
        !from.is_empty() && (from == public_host || Some(from) == said("host"))
    }
}

async fn form<B: Buf>(headers: &HeaderMap, body: impl Stream<Item = Result<B, warp::Error>>) -> Result<Pairs, BadBody> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(BadBody::Large);
    }
    let kind = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    if !kind.is_empty() && !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(BadBody::Unreadable);
    }
    let read = tokio::time::timeout(BODY_TIME, bytes(body)).await;
    Ok(Pairs::read(&read.map_err(|_too_slow| BadBody::Unreadable)??))
}

async fn bytes<B: Buf>(body: impl Stream<Item = Result<B, warp::Error>>) -> Result<Vec<u8>, BadBody> {
    pin_mut!(body);
    let mut read = Vec::new();
    while let Some(part) = body.next().await {
        let mut part = part.map_err(|_line_broke| BadBody::Unreadable)?;
        if read.len() + part.remaining() > MAX_BODY_BYTES {
            return Err(BadBody::Large);
        }
        while part.has_remaining() {
            let chunk = part.chunk();
            let taken = chunk.len();
            read.extend_from_slice(chunk);
            part.advance(taken);
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// A form that comes in pieces, without saying how long it is.
    async fn in_pieces(count: usize) -> Ask {
        let pieces = stream::iter((0..count).map(|_| Ok::<_, warp::Error>(&[b'a'; 1024][..])));
        Ask::read(Method::POST, "/".to_owned(), String::new(), HeaderMap::new(), pieces).await
    }

    #[tokio::test]
    async fn a_body_that_never_said_how_long_it_is_ends_at_the_limit() {
        assert!(in_pieces(MAX_BODY_BYTES / 1024).await.form.is_ok());
        assert_eq!(in_pieces(MAX_BODY_BYTES / 1024 + 1).await.form, Err(BadBody::Large));
    }

    #[tokio::test]
    async fn what_comes_with_a_look_is_not_read() {
        let body = stream::iter([Ok::<_, warp::Error>(&b"service=1"[..])]);
        let ask = Ask::read(Method::GET, "/".to_owned(), "a=1".to_owned(), HeaderMap::new(), body).await;
        assert_eq!((ask.verb, ask.form, ask.query.get("a")), (Verb::Look, Ok(Pairs::default()), Some("1")));
    }
}
