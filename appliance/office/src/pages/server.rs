//! The pages' own door: accepts connections, with TLS or for this machine.
//!
//! What must always hold: nobody can hold the door open with slow headers or idle
//! connections; a full house turns newcomers away and keeps who is in; on stop every stream
//! ends and the door is shut within 1.5 seconds.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::care::Health;
use crate::pages::assets;
use crate::pages::routes::{Peer, Site, policy, routes};
use crate::pages::sessions::{Account, BadAccount, Sessions};
use crate::pages::wires::Wires;

/// Connections at the same time: every screen of an office with 50 counters several times over.
const CONNECTIONS: usize = 512;
/// A browser in the house sends its headers at once; also ends idle connections.
const HEADERS: Duration = Duration::from_secs(15);
/// A TLS greeting takes milliseconds in the house.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// After this, connections that are still busy are cut.
const STOP: Duration = Duration::from_millis(1500);
/// More headers than any browser sends.
const HEADER_BYTES: usize = 16 * 1024;
/// After a failed accept (too many open files) the door rests, so that it does not spin.
const REST: Duration = Duration::from_millis(100);

/// Where the pages are served.
#[derive(Debug)]
pub struct Doors {
    /// Board and terminal for everybody, staff pages for this machine.
    pub plain: TcpListener,
    /// Everything, over TLS.
    pub tls: Option<(TcpListener, Arc<ServerConfig>)>,
}

/// What the pages need besides the wires.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Who may sign in.
    pub staff: Vec<Account>,
    /// The address whose pages may frame ours; nobody otherwise.
    pub frame_ancestors: Option<String>,
}

/// Pages that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BadPages {
    /// An account cannot be used.
    #[error(transparent)]
    Account(#[from] BadAccount),
    /// The address may not stand in a header.
    #[error("frame_ancestors {0:?} is not an address such as http://127.0.0.1:8090")]
    FrameAncestors(String),
    /// A file of the TLS door cannot be read.
    #[error("cannot read {}: {what}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// Certificate and key do not fit.
    #[error("certificate and key do not fit: {0}")]
    Tls(#[from] rustls::Error),
}

/// Reads certificate chain and private key, both PEM.
///
/// # Errors
/// [`BadPages::Pem`] names the file that cannot be read, [`BadPages::Tls`] a pair that does not fit.
pub fn tls_config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, BadPages> {
    let bad = |path: &Path| {
        let path = path.to_owned();
        move |error: rustls::pki_types::pem::Error| BadPages::Pem { path, what: error.to_string() }
    };
    let chain = CertificateDer::pem_file_iter(certificate).map_err(bad(certificate))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(bad(certificate))?;
    if chain.is_empty() {
        return Err(BadPages::Pem { path: certificate.to_owned(), what: "no certificate in it".to_owned() });
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(bad(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The pages, ready to be served.
#[derive(Debug)]
pub struct Pages {
    site: Site,
    stop: watch::Sender<bool>,
}

impl Pages {
    /// Checks the settings before any door opens.
    ///
    /// # Errors
    /// [`BadPages`] with the account or the setting that cannot be used.
    pub(crate) fn new(wires: Wires, settings: &Settings, health: Health) -> Result<Self, BadPages> {
        let framed = settings.frame_ancestors.as_deref();
        let fits = framed.is_none_or(is_address);
        let policy = policy(framed).filter(|_| fits);
        let policy = policy.ok_or_else(|| BadPages::FrameAncestors(framed.unwrap_or_default().to_owned()))?;
        let (stop, stopping) = watch::channel(false);
        let sessions = Sessions::new(&settings.staff)?;
        let site = Site { wires, sessions, health, build: assets::build(), policy: Arc::new(policy), stop: stopping };
        Ok(Self { site, stop })
    }

    /// Serves until `stop` is over, and ends within 1.5 seconds after it.
    pub async fn serve(self, doors: Doors, stop: impl Future<Output = ()>) {
        let house = House {
            site: self.site.clone(),
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            connections: Arc::new(GracefulShutdown::new()),
        };
        let (plain_listener, secure_listener) = (doors.plain, doors.tls);
        tokio::select! {
            () = stop => {}
            () = house.plain(plain_listener) => {}
            () = house.secure(secure_listener) => {}
        }
        self.stop.send_replace(true);
        house.close().await;
    }
}

/// One scheme and one host, nothing that could add to the policy.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    })
}

struct House {
    site: Site,
    places: Arc<Semaphore>,
    connections: Arc<GracefulShutdown>,
}

impl House {
    async fn plain(&self, listener: TcpListener) {
        loop {
            if let Some((stream, peer, place)) = self.accept(&listener, false).await {
                self.spawn(peer, place, async move { Ok::<_, io::Error>(stream) });
            }
        }
    }

    async fn secure(&self, door: Option<(TcpListener, Arc<ServerConfig>)>) {
        let Some((listener, config)) = door else { return std::future::pending().await };
        let acceptor = TlsAcceptor::from(config);
        loop {
            if let Some((stream, peer, place)) = self.accept(&listener, true).await {
                let greeting = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream));
                self.spawn(peer, place, async move { greeting.await.map_err(io::Error::other)? });
            }
        }
    }

    async fn accept(&self, listener: &TcpListener, tls: bool) -> Option<(TcpStream, Peer, OwnedSemaphorePermit)> {
        match listener.accept().await {
            Ok((stream, addr)) => {
                let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
                stream.set_nodelay(true).ok()?;
                Some((stream, Peer { addr, tls }, place))
            }
            Err(error) => {
                tracing::warn!(%error, "failed to accept a connection");
                tokio::time::sleep(REST).await;
                None
            }
        }
    }

    fn spawn<S, F>(&self, peer: Peer, place: OwnedSemaphorePermit, greeting: F)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        F: Future<Output = io::Result<S>> + Send + 'static,
    {
        let watcher = self.connections.watcher();
        let site = self.site.clone();
        tokio::spawn(async move {
            let _place = place;
            let Ok(stream) = greeting.await else { return };
            let service = TowerToHyperService::new(warp::service(routes(site)));
            let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(peer);
                service.call(request)
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS)
                .max_buf_size(HEADER_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            // A browser that goes away in the middle is no news.
            let _gone = watcher.watch(connection).await;
        });
    }

    async fn close(self) {
        let Some(connections) = Arc::into_inner(self.connections) else { return };
        if tokio::time::timeout(STOP, connections.shutdown()).await.is_err() {
            tracing::warn!("connections were still busy and are cut");
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "server_tls_tests.rs"]
mod tls_tests;
