//! The door of the site: our own accept loop, so that nobody can hold it open.
//!
//! What must always hold: a connection that says nothing ends; there are never more than the
//! named number at a time; a stop takes less than two seconds, whatever streams are open.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use warp::{Filter, Reply};

/// Connections at a time: one office's citizens with a few streams each, far below what the
/// system allows in open files.
const MAX_CONNECTIONS: usize = 1000;

/// How long a connection may take for the head of a request, the first and every later one.
const HEAD_TIME: Duration = Duration::from_secs(15);

/// Bytes of a request's head.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// How long requests in progress may take when the server stops; streams are cut then.
const STOP_TIME: Duration = Duration::from_millis(1000);

/// Wait after a failed accept (no file handle left): long enough not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` becomes true.
pub(crate) async fn serve<F>(listener: TcpListener, routes: F, mut stop: watch::Receiver<bool>)
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
        let service = TowerToHyperService::new(warp::service(routes.clone()));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
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

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    // First a place, then a connection: whoever comes beyond waits in the system's queue.
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _from)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "failed to take a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
