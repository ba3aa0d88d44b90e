//! The door of the site: our own accept loop, so that nobody can hold it open.
//!
//! What must always hold: a connection that says nothing ends; there are never more than the
//! named number at a time; a stop takes less than two seconds, whatever streams are open.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

/// Connections at a time: one office's citizens with a few streams each, far below what the
/// system allows in open files.
const MAX_CONNECTIONS: usize = 1000;

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the head of a request, the first and every later one.
    pub(crate) head: Duration,
    /// From the head of a request to the head of its answer; streams go on after that.
    pub(crate) answer: Duration,
}

impl Default for Patience {
    /// A slow telephone in the underground needs a few seconds for a form; nobody needs more.
    fn default() -> Self {
        Self { head: Duration::from_secs(15), answer: Duration::from_secs(30) }
    }
}

/// Bytes of a request's head.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// How long requests in progress may take when the server stops; streams are cut then.
const STOP_TIME: Duration = Duration::from_millis(1000);

/// Wait after a failed accept (no file handle left): long enough not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` becomes true.
pub(crate) async fn serve<F>(listener: TcpListener, routes: F, patience: Patience, mut stop: watch::Receiver<bool>)
where
    F: Filter<Error = warp::Rejection> + Clone + Send + Sync + 'static,
    F::Extract: Reply,
{
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let taken = tokio::select! {
            taken = accept(&listener, &places) => taken,
            Some(_ended) = connections.join_next() => continue,
            _stopped = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, place)) = taken else { continue };
        let answers = TowerToHyperService::new(warp::service(routes.clone()));
        let service = service_fn(move |request| in_time(answers.call(request), patience.answer));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.head)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // A browser that goes away in the middle is everyday life.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIME, graceful.shutdown()).await.is_err() {
        tracing::debug!("streams were cut at the stop");
    }
    connections.shutdown().await;
}

/// An answer that takes too long, mostly for a body that never comes, is cut short.
async fn in_time(
    answer: impl Future<Output = Result<Response, Infallible>>,
    time: Duration,
) -> Result<Response, Infallible> {
    match tokio::time::timeout(time, answer).await {
        Ok(answer) => answer,
        Err(_late) => Ok(warp::reply::with_status("", StatusCode::REQUEST_TIMEOUT).into_response()),
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    // First a place, then a connection: whoever comes beyond waits in the system's queue.
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _from)) => {
            // The end of an answer and a poke are short: neither waits for an acknowledgement.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection stays slow");
            }
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "failed to take a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn open(patience: Patience) -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = watch::channel(false);
        let echo = warp::body::bytes().map(|body: warp::hyper::body::Bytes| body.to_vec());
        (address, stop, tokio::spawn(serve(listener, echo, patience, stopped)))
    }

    async fn say(address: SocketAddr, words: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(words.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it ends by itself");
        answer
    }

    const SHORT: Patience = Patience { head: Duration::from_millis(80), answer: Duration::from_millis(80) };

    #[tokio::test]
    async fn who_says_nothing_or_half_a_head_is_hung_up_on() {
        let (address, stop, server) = open(SHORT).await;
        assert!(!say(address, "").await.contains("200"));
        assert!(!say(address, "GET / HTTP/1.1\r\nhost:").await.contains("200"));
        stop.send_replace(true);
        server.await.expect("a clean end");
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_not_waited_for() {
        let (address, stop, server) = open(Patience { head: Duration::from_secs(5), ..SHORT }).await;
        let answer =
            say(address, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nconnection: close\r\n\r\nhalf").await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        let whole =
            say(address, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\nwhole").await;
        assert!(whole.ends_with("whole"), "{whole}");
        stop.send_replace(true);
        server.await.expect("a clean end");
    }
}
