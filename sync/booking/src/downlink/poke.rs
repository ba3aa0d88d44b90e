//! The poke: an event stream to a box that says "there is something" and nothing else.
//!
//! ```text
//!   commit ─► nudge_box ─► stream of that office ─ log grown? ─► data: 17
//!                                   └─ 20 s without a word ────► : 17
//! ```
//!
//! What must always hold: a box that hears nothing loses nothing, because it also asks by
//! itself; no stream is opened for anybody but the enrolled box; one stream per office. The
//! heartbeat looks at the log as well, so that a nudge nobody gave costs its 20 s and no more.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use names::{OfficeId, Side};
use protocol::exchange::{Refusal, Sealed};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Sleep;
use warp::Reply;
use warp::http::HeaderValue;
use warp::reply::Response;
use warp::sse::Event;

use super::NotDone;
use super::nonces::Nonces;
use crate::citizen::Trouble;
use crate::core::Core;

/// A word so often keeps the line open through proxies, which cut it after 30 to 60 s.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Streams at a time: half of the server's connections; boxes beyond them only poll.
pub(crate) const MAX_STREAMS: usize = 500;

/// Words that wait for a slow line; the next one then says the same or more.
const WORDS_KEPT: usize = 1;

/// Which stream of an office is the newest.
#[derive(Clone, Default)]
pub(crate) struct Streams {
    newest: Arc<watch::Sender<Newest>>,
}

#[derive(Default)]
struct Newest {
    opened: u64,
    by_office: BTreeMap<OfficeId, u64>,
}

impl Streams {
    /// A place for a new stream, which ends the older one of its office; none when all are taken.
    pub(crate) fn take(&self, office: &OfficeId) -> Option<Place> {
        let mut number = None;
        self.newest.send_if_modified(|newest| {
            let room = newest.by_office.contains_key(office) || newest.by_office.len() < MAX_STREAMS;
            if room {
                newest.opened += 1;
                newest.by_office.insert(office.clone(), newest.opened);
                number = Some(newest.opened);
            }
            room
        });
        let seen = self.newest.subscribe();
        number.map(|number| Place { streams: self.clone(), seen, office: office.clone(), number })
    }
}

/// The place of one stream; free again when it is dropped.
pub(crate) struct Place {
    streams: Streams,
    seen: watch::Receiver<Newest>,
    office: OfficeId,
    number: u64,
}

impl Place {
    /// Waits until a newer stream has taken the place.
    async fn lost(&mut self) {
        let (office, number) = (&self.office, self.number);
        drop(self.seen.wait_for(|newest| newest.by_office.get(office) != Some(&number)).await);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.streams.newest.send_if_modified(|newest| {
            let mine = newest.by_office.get(&self.office) == Some(&self.number);
            if mine {
                newest.by_office.remove(&self.office);
            }
            mine
        });
    }
}

/// What the stream says: the number of the last entry in the office's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The log has grown; also the first word of every stream.
    News(u64),
    /// It has not.
    Heartbeat(u64),
}

/// Opens the stream for the enrolled box of an office; nothing when all places are taken.
pub(crate) async fn open(
    core: &Arc<Core>,
    nonces: &Nonces,
    streams: &Streams,
    (office, sealed): (OfficeId, Sealed),
    now: Timestamp,
) -> Result<Option<mpsc::Receiver<Word>>, NotDone> {
    core.office(&office).map_err(|_unknown| Refusal::UnknownOffice)?;
    if !nonces.is_fresh(sealed.nonce, now) {
        return Err(Refusal::BadNonce { due: Some(nonces.at(now)) }.into());
    }
    let asked = office.clone();
    core.db.read(move |tx| store::exchange::check_sender(tx, &asked, &sealed).map_err(NotDone::from)).await?;
    Ok(streams.take(&office).map(|place| {
        let (words, told) = mpsc::channel(WORDS_KEPT);
        let line = Line { news: core.news(), core: Arc::clone(core), office, told: None };
        tokio::spawn(attend(line, place, words));
        told
    }))
}

/// The stream as HTTP.
pub(super) fn reply(told: mpsc::Receiver<Word>) -> Response {
    let next = |mut told: mpsc::Receiver<Word>| async move { Some((told.recv().await?, told)) };
    let events = stream::unfold(told, next).map(|word| {
        Ok::<_, Infallible>(match word {
            Word::News(head) => Event::default().data(head.to_string()),
            Word::Heartbeat(head) => Event::default().comment(head.to_string()),
        })
    });
    let mut response = warp::sse::reply(events).into_response();
    // Said to the usual proxies: pass it on at once.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Talks until the box is gone, a newer stream has come, or the server stops.
async fn attend(mut line: Line, mut place: Place, words: mpsc::Sender<Word>) {
    tokio::select! {
        () = place.lost() => {}
        () = words.closed() => {}
        () = line.talk(&words) => {}
    }
}

struct Line {
    core: Arc<Core>,
    news: broadcast::Receiver<OfficeId>,
    office: OfficeId,
    told: Option<u64>,
}

impl Line {
    async fn talk(&mut self, words: &mpsc::Sender<Word>) {
        while let Some(word) = self.next().await {
            if words.send(word).await.is_err() {
                return;
            }
        }
    }

    /// The next word; nothing more when the store fails or the server stops.
    async fn next(&mut self) -> Option<Word> {
        if self.told.is_none() {
            return self.look(false).await?;
        }
        let beat = tokio::time::sleep(HEARTBEAT);
        tokio::pin!(beat);
        loop {
            let why = wake(&mut self.news, &self.office, beat.as_mut()).await?;
            if let Some(word) = self.look(why == Why::Heartbeat).await? {
                return Some(word);
            }
        }
    }

    /// What there is to say; a heartbeat only when it is due.
    async fn look(&mut self, due: bool) -> Option<Option<Word>> {
        let head = self.head().await?;
        let news = self.told.replace(head) != Some(head);
        Some(if news { Some(Word::News(head)) } else { due.then_some(Word::Heartbeat(head)) })
    }

    async fn head(&self) -> Option<u64> {
        let office = self.office.clone();
        let read = self.core.db.read(move |tx| Ok::<_, Trouble>(store::journal::cursor(tx, &office, Side::Booking)?));
        match read.await {
            Ok(cursor) => Some(cursor.map_or(0, |cursor| cursor.number)),
            Err(error) => {
                tracing::error!(error = %anyhow::Error::from(error), "failed to look at the log for a box");
                None
            }
        }
    }
}

/// Why the line looks at the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Nudge,
    Heartbeat,
}

/// Waits until it is time to look; nothing when the server stops.
async fn wake(news: &mut broadcast::Receiver<OfficeId>, office: &OfficeId, beat: Pin<&mut Sleep>) -> Option<Why> {
    tokio::select! {
        going_on = nudged(news, office) => going_on.then_some(Why::Nudge),
        () = beat => Some(Why::Heartbeat),
    }
}

/// Waits for a nudge; `false` when the server stops.
async fn nudged(news: &mut broadcast::Receiver<OfficeId>, office: &OfficeId) -> bool {
    loop {
        match news.recv().await {
            Ok(of) if of == *office => return true,
            Ok(_another) => {}
            // Something was missed: looking is always right.
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    fn office(name: &str) -> OfficeId {
        name.parse().expect("a name")
    }

    #[tokio::test(start_paused = true)]
    async fn the_heart_beats_after_20_s_whatever_other_offices_have_to_tell() {
        let news = broadcast::Sender::new(4);
        let (mut heard, begun) = (news.subscribe(), Instant::now());
        let mut beat = std::pin::pin!(sleep(HEARTBEAT));
        news.send(office("elsewhere")).expect("heard");
        assert_eq!(wake(&mut heard, &office("musterland"), beat.as_mut()).await, Some(Why::Heartbeat));
        assert_eq!(begun.elapsed().as_millis(), 20_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_nudge_wakes_at_once_and_so_does_a_nudge_that_was_missed() {
        let news = broadcast::Sender::new(1);
        let (mut heard, begun) = (news.subscribe(), Instant::now());
        let mut beat = std::pin::pin!(sleep(HEARTBEAT));
        news.send(office("musterland")).expect("heard");
        assert_eq!(wake(&mut heard, &office("musterland"), beat.as_mut()).await, Some(Why::Nudge));
        for _more_than_kept in 0..2 {
            news.send(office("elsewhere")).expect("heard");
        }
        assert_eq!(wake(&mut heard, &office("musterland"), beat.as_mut()).await, Some(Why::Nudge));
        drop(news);
        assert_eq!(wake(&mut heard, &office("musterland"), beat.as_mut()).await, None);
        assert!(begun.elapsed().is_zero());
    }
}
