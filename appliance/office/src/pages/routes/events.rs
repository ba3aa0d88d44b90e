//! Event streams: the whole state at connect and after each change.
//!
//! What must always hold: a browser that missed something is right again with the next event;
//! a stream ends when the program stops or its session is over; nothing is buffered, a slow
//! browser gets the newest picture only.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use serde::Serialize;
use tokio::sync::watch;
use warp::Reply;
use warp::reply::Response as Answer;
use warp::sse::Event;

use super::Site;

/// A comment this often keeps the way open and lets the browser notice a dead line.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How soon a browser tries again.
const RETRY: Duration = Duration::from_secs(1);

/// One picture as it goes over the wire.
#[derive(Serialize)]
struct Picture<'a, V> {
    /// The build of the static files; another one means: load the page again.
    build: &'a str,
    /// What changes on the page.
    html: String,
    /// The same for programs.
    view: &'a V,
}

/// Draws a picture.
type Draw<V> = fn(&V) -> Result<String, askama::Error>;

/// Picks one picture out of what a wire carries.
type Pick<T, V> = Box<dyn Fn(&T) -> Option<V> + Send + Sync>;

/// Whether the browser may still see it.
type Allowed = Box<dyn Fn() -> bool + Send + Sync>;

struct Following<T, V> {
    site: Site,
    seen: watch::Receiver<Arc<T>>,
    stop: watch::Receiver<bool>,
    pick: Pick<T, V>,
    allowed: Allowed,
    draw: Draw<V>,
    last: Option<V>,
    number: u64,
}

/// The stream of one picture out of what a wire carries.
pub(super) fn follow<T, V>(
    site: Site,
    seen: watch::Receiver<Arc<T>>,
    pick: impl Fn(&T) -> Option<V> + Send + Sync + 'static,
    allowed: impl Fn() -> bool + Send + Sync + 'static,
    draw: Draw<V>,
) -> Answer
where
    T: Send + Sync + 'static,
    V: PartialEq + Serialize + Send + Sync + 'static,
{
    let stop = site.stop.clone();
    let (pick, allowed) = (Box::new(pick), Box::new(allowed));
    let following = Following { site, seen, stop, pick, allowed, draw, last: None, number: 0 };
    let events = stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok::<_, Infallible>(event), following))
    });
    let kept = warp::sse::keep_alive().interval(KEEP_ALIVE).stream(events);
    let mut answer = warp::sse::reply(kept).into_response();
    answer.headers_mut().insert("x-accel-buffering", warp::http::HeaderValue::from_static("no"));
    answer
}

impl<T, V: PartialEq + Serialize> Following<T, V> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if *self.stop.borrow() || !(self.allowed)() {
                return None;
            }
            let newest = Arc::clone(&self.seen.borrow_and_update());
            let picked = (self.pick)(&newest);
            if picked.is_some() && picked != self.last {
                self.last = picked;
                return self.event();
            }
            tokio::select! {
                changed = self.seen.changed() => changed.ok()?,
                stopped = self.stop.changed() => stopped.ok()?,
            }
        }
    }

    fn event(&mut self) -> Option<Event> {
        let view = self.last.as_ref()?;
        let html = (self.draw)(view).inspect_err(|error| tracing::error!(%error, "failed to render a picture")).ok()?;
        let picture = Picture { build: &self.site.build.name, html, view };
        self.number += 1;
        Event::default().id(self.number.to_string()).retry(RETRY).json_data(&picture).ok()
    }
}
